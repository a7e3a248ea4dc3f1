package sharing

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Toolbox is where resources are deposited, looked at, changed and used. It keeps the rules; it is
// safe for concurrent use.
type Toolbox struct {
	store Store
	now   func() time.Time
}

// Store is all that the toolbox needs.
type Store struct {
	Transactions
	Resources Resources
	Versions  Versions
	Uses      Uses
	Members   Members
	Consents  community.Consents
	Changes   record.Changes
	Trails    record.Trails
	Queue     work.Queue
	// Normalize writes a link in the one form that the same link always has; it fails for what is no
	// http or https address.
	Normalize func(link string) (string, error)
}

// Transactions runs a function in one transaction, which travels in the context; inside another it
// joins. The function may be run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Resources keeps resources.
type Resources interface {
	// Add keeps a new resource with its first version and gives it its id. Unless anyway is set, it
	// keeps nothing where there is a twin by then, and returns that.
	Add(ctx context.Context, r *Resource, v *Version, anyway bool) (twin record.ID, err error)
	// Twin is the oldest resource that is not withdrawn and of which a version has the same link or a
	// file of the same content; the zero ID when there is none.
	Twin(ctx context.Context, of int64, c Content) (record.ID, error)
	// ByID is a resource with its newest content; nil when there is none.
	ByID(ctx context.Context, of int64, id record.ID) (*Resource, error)
	// Lock is ByID for what is going to be changed: it waits for others who do so.
	Lock(ctx context.Context, of int64, id record.ID) (*Resource, error)
	// Save keeps all but the content, which its version has.
	Save(ctx context.Context, r *Resource) error
	// List are resources without their content.
	List(ctx context.Context, of int64, f Filter) ([]Resource, error)
	// From are the resources that stand and were deposited from a message, in order.
	From(ctx context.Context, of int64, s record.Source) ([]record.ID, error)
	// Published is how many resources of a member have been published and stand.
	Published(ctx context.Context, of, depositor int64) (int, error)
}

// Versions keeps the content of resources.
type Versions interface {
	AddVersion(ctx context.Context, of int64, v *Version) error
	// Versions are a resource's versions in order.
	Versions(ctx context.Context, of int64, id record.ID) ([]Version, error)
	SaveVersion(ctx context.Context, of int64, v *Version) error
	// VersionsOf are all that a member added, oldest first.
	VersionsOf(ctx context.Context, of, member int64) ([]Version, error)
	// Needed are those of some contents that a version of any community keeps.
	Needed(ctx context.Context, contents []string) ([]string, error)
}

// Uses keeps who used what.
type Uses interface {
	// AddUse keeps a use; a member's second one changes the first, and fresh is false.
	AddUse(ctx context.Context, of int64, u *Use) (fresh bool, err error)
	// UsesOf are the uses of a resource, oldest first, with organisations as they are known today.
	UsesOf(ctx context.Context, of int64, id record.ID) ([]Use, error)
	// UsedBy are a member's uses, oldest first; DropUse forgets one.
	UsedBy(ctx context.Context, of, member int64) ([]Use, error)
	DropUse(ctx context.Context, of int64, id record.ID, member int64) error
}

// Members knows who is who.
type Members interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
}

// Filter chooses resources for a list.
type Filter struct {
	States    []State
	Depositor int64 // only this member's; 0: anybody's
	Creator   int64 // only what this member made; 0: anybody's
	Oldest    bool  // the oldest first, else the newest
	Skip      int
	N         int // 0: all
}

// New makes a toolbox.
func New(s Store, now func() time.Time) *Toolbox { return &Toolbox{store: s, now: now} }

// Resource is a resource as it is now; nil when there is none.
func (t *Toolbox) Resource(ctx context.Context, of int64, id record.ID) (*Resource, error) {
	r, err := t.store.Resources.ByID(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load resource %s: %w", id, err)
	}
	return r, nil
}

// Versions are a resource's versions in order; none of one that was withdrawn holds anything.
func (t *Toolbox) Versions(ctx context.Context, of int64, id record.ID) ([]Version, error) {
	vs, err := t.store.Versions.Versions(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load versions of %s: %w", id, err)
	}
	return vs, nil
}

// Waiting are the resources that a curator has to look at, the one that waits longest first.
func (t *Toolbox) Waiting(ctx context.Context, of int64, n int) ([]Resource, error) {
	rs, err := t.store.Resources.List(ctx, of, Filter{States: []State{Submitted}, Oldest: true, N: n})
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	return rs, nil
}

// Deposits are a member's resources that stand or may still, the newest first.
func (t *Toolbox) Deposits(ctx context.Context, of, member int64, n int) ([]Resource, error) {
	rs, err := t.store.Resources.List(ctx, of, Filter{States: []State{Draft, Submitted, Published}, Depositor: member, N: n})
	if err != nil {
		return nil, fmt.Errorf("list a member's resources: %w", err)
	}
	return rs, nil
}

// locked loads a resource for changing it.
func (t *Toolbox) locked(ctx context.Context, of int64, id record.ID) (*Resource, error) {
	r, err := t.store.Resources.Lock(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("lock resource %s: %w", id, err)
	}
	if r == nil {
		return nil, text.Refuse("chat.no_record", text.Args{"id": id.String()})
	}
	return r, nil
}

// changeable loads a resource for a change by one who may make it.
func (t *Toolbox) changeable(ctx context.Context, by community.Member, id record.ID) (*Resource, error) {
	r, err := t.locked(ctx, by.Community, id)
	if err != nil {
		return nil, err
	}
	return r, r.changeable(by)
}

// changeable refuses a change by a member who may not make it.
func (r *Resource) changeable(by community.Member) error {
	switch {
	case !r.MayRead(by):
		return text.Refuse("chat.hidden", nil)
	case !r.MayChange(by):
		return text.Refuse("sharing.not_yours", ref(r.ID))
	}
	return nil
}

// Editable refuses who may not edit the resource, and a withdrawn one.
func (r *Resource) Editable(by community.Member) error {
	if err := r.changeable(by); err != nil {
		return err
	}
	return standing(r)
}

// standing refuses a withdrawn resource.
func standing(r *Resource) error {
	if r.State == Withdrawn {
		return text.Refuse("sharing.withdrawn", text.Args{"id": text.Record(r.ID.String())})
	}
	return nil
}

// save keeps a resource and reports what happened to it.
func (t *Toolbox) save(ctx context.Context, r *Resource, what string, by int64) error {
	if err := t.store.Resources.Save(ctx, r); err != nil {
		return fmt.Errorf("save resource %s: %w", r.ID, err)
	}
	return t.report(ctx, r, what, by)
}

func (t *Toolbox) report(ctx context.Context, r *Resource, what string, by int64) error {
	quiet := r.State == Draft || r.State == Submitted || r.State == Withdrawn && r.Issued.IsZero()
	err := t.store.Changes.Record(ctx, record.Change{Community: r.Community, Subject: r.Subject(), What: what, By: by, At: t.now(), Quiet: quiet})
	if err != nil {
		return fmt.Errorf("report that %s was %s: %w", r.ID, what, err)
	}
	return nil
}

func ref(id record.ID) text.Args { return text.Args{"id": text.Record(id.String())} }
