package community

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"

	"guildhall/core/text"
)

// InvitationDays is how long a code works; it works once.
const InvitationDays = 7

// How often codes may be tried in an hour, by one account and in one space: enough for slips of the
// finger, far too little for guessing one of millions.
const (
	triesOfAccount = 5
	triesInSpace   = 10
	tryWindow      = time.Hour
)

// InvitationState is where an invitation stands.
type InvitationState string

// The states.
const (
	InvitationOpen     InvitationState = "open"
	InvitationAsked    InvitationState = "asked" // a space wants to join with it
	InvitationAccepted InvitationState = "accepted"
	InvitationDeclined InvitationState = "declined"
)

// Invitation is a code by which one other space may ask to join a community.
type Invitation struct {
	Community ID
	Code      string // such as "KESTREL-41-LARCH"
	By        int64
	Made      time.Time
	Expires   time.Time
	State     InvitationState
	Guest     Guest // who asked with it
	Asked     time.Time
}

// Guest is a space that wants to join.
type Guest struct {
	Platform, Space, Room string // Room is where the answer is expected
	Name                  string
	People                int    // 0 when nobody knows
	Account               string // of who asked
	Later                 bool   // rooms only when they are needed
}

// Spaces keeps the spaces of communities, and those that want to join.
type Spaces interface {
	Spaces(ctx context.Context, of ID) ([]Space, error) // those that have left included
	AddSpace(ctx context.Context, s Space) error        // again: updates it
	// LockSpace is a live space for changing it, of whichever community.
	LockSpace(ctx context.Context, platform, space string) (s Space, ok bool, err error)
	// LockCommunity keeps what is decided about all spaces of a community in order.
	LockCommunity(ctx context.Context, of ID) error
	// AdminsElsewhere counts the admins who have an account in another live space.
	AdminsElsewhere(ctx context.Context, of ID, platform, space string) (int, error)

	AddInvitation(ctx context.Context, i Invitation) error
	// TakeInvitation gives an open code that has not expired to a guest; ok is false when there is
	// none: only one guest can take it.
	TakeInvitation(ctx context.Context, code string, g Guest, now time.Time) (i Invitation, ok bool, err error)
	// Waiting says whether a space waits for an answer already.
	GuestWaits(ctx context.Context, platform, space string) (bool, error)
	LockInvitation(ctx context.Context, of ID, code string) (i Invitation, ok bool, err error)
	SetInvitation(ctx context.Context, i Invitation) error
	// Guests are the invitations with which somebody wants to join, oldest first.
	Guests(ctx context.Context, of ID) ([]Invitation, error)
	// CountTry counts a try of a code and returns how many there were in the window so far.
	CountTry(ctx context.Context, platform, who string, now time.Time, window time.Duration) (int64, error)
}

// NewCode is a code to be read aloud, one of some millions.
func NewCode() (string, error) {
	pick := func(n int) (int, error) {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
		if err != nil {
			return 0, fmt.Errorf("make a code: %w", err)
		}
		return int(i.Int64()), nil
	}
	a, err := pick(len(codeWords))
	if err != nil {
		return "", err
	}
	b, err := pick(len(codeWords))
	if err != nil {
		return "", err
	}
	n, err := pick(90)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%d-%s", codeWords[a], n+10, codeWords[b]), nil
}

// CleanCode is a code as it is kept, however it was typed.
func CleanCode(s string) string {
	parts := strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	return text.Clean(strings.Join(parts, "-"), 64)
}

// Invite makes a code.
func (o *Office) Invite(ctx context.Context, by Member) (Invitation, error) {
	var i Invitation
	err := o.store.Atomically(ctx, func(ctx context.Context) error {
		code, err := NewCode()
		if err != nil {
			return err
		}
		now := o.now()
		i = Invitation{Community: by.Community, Code: code, By: by.No, Made: now, Expires: now.AddDate(0, 0, InvitationDays), State: InvitationOpen}
		if err := o.store.Spaces.AddInvitation(ctx, i); err != nil {
			return fmt.Errorf("keep an invitation: %w", err)
		}
		return o.note(ctx, by, "space.invited", "")
	})
	return i, err
}

// Knocked is what came of trying a code. Nothing is told about codes that exist: one that was used,
// one that has expired and one that never was are the same.
type Knocked string

// What can come of trying a code.
const (
	KnockAsked   Knocked = "asked"
	KnockUnknown Knocked = "unknown"
	KnockSlow    Knocked = "slow" // too many tries; later
	KnockWaits   Knocked = "waits"
	KnockMember  Knocked = "member" // the space belongs to a community already
)

// Knock asks with a code to join. It is no refusal when that does not work: the try has to count.
func (o *Office) Knock(ctx context.Context, code string, g Guest) (i Invitation, k Knocked, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		i, k, err = o.knock(ctx, CleanCode(code), g)
		return err
	})
	return i, k, err
}

func (o *Office) knock(ctx context.Context, code string, g Guest) (Invitation, Knocked, error) {
	now := o.now()
	of, err := o.store.Spaces.CountTry(ctx, g.Platform, "account/"+g.Account, now, tryWindow)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("count a try: %w", err)
	}
	in, err := o.store.Spaces.CountTry(ctx, g.Platform, "space/"+g.Space, now, tryWindow)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("count a try: %w", err)
	}
	if of > triesOfAccount || in > triesInSpace {
		return Invitation{}, KnockSlow, nil
	}
	_, there, err := o.store.Spaces.LockSpace(ctx, g.Platform, g.Space)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("look up space: %w", err)
	}
	if there {
		return Invitation{}, KnockMember, nil
	}
	waits, err := o.store.Spaces.GuestWaits(ctx, g.Platform, g.Space)
	if err != nil {
		return Invitation{}, "", fmt.Errorf("look up invitation: %w", err)
	}
	if waits {
		return Invitation{}, KnockWaits, nil
	}
	i, ok, err := o.store.Spaces.TakeInvitation(ctx, code, g, now)
	if err != nil {
		return i, "", fmt.Errorf("take an invitation: %w", err)
	}
	if !ok {
		return i, KnockUnknown, nil
	}
	return i, KnockAsked, nil
}

// Admit lets the space that asked with a code join. Nothing that was written there before is shared.
func (o *Office) Admit(ctx context.Context, by Member, code string) (Invitation, Space, error) {
	var i Invitation
	var s Space
	err := o.store.Atomically(ctx, func(ctx context.Context) (err error) {
		if i, err = o.settle(ctx, by, code, InvitationAccepted); err != nil {
			return err
		}
		other, there, err := o.store.Spaces.LockSpace(ctx, i.Guest.Platform, i.Guest.Space)
		if err != nil {
			return fmt.Errorf("look up space: %w", err)
		}
		if there {
			return text.Refuse("community.invite.elsewhere", text.Args{"name": i.Guest.Name, "same": other.Community == by.Community})
		}
		s = Space{Community: by.Community, Platform: i.Guest.Platform, ID: i.Guest.Space, Name: i.Guest.Name, Noise: NoiseAll, Joined: o.now()}
		if i.Guest.Later {
			s.Later = append(append(s.Later, Sections...), News)
		}
		if err := o.store.Spaces.AddSpace(ctx, s); err != nil {
			return fmt.Errorf("add a space: %w", err)
		}
		return o.note(ctx, by, "space.admitted", spaceName(s))
	})
	return i, s, err
}

func spaceName(s Space) string { return "space " + s.Platform + "/" + s.ID }

// TurnAway declines the space that asked with a code.
func (o *Office) TurnAway(ctx context.Context, by Member, code string) (Invitation, error) {
	var i Invitation
	err := o.store.Atomically(ctx, func(ctx context.Context) (err error) {
		if i, err = o.settle(ctx, by, code, InvitationDeclined); err != nil {
			return err
		}
		return o.note(ctx, by, "space.declined", "")
	})
	return i, err
}

func (o *Office) settle(ctx context.Context, by Member, code string, as InvitationState) (Invitation, error) {
	i, ok, err := o.store.Spaces.LockInvitation(ctx, by.Community, CleanCode(code))
	switch {
	case err != nil:
		return i, fmt.Errorf("load invitation: %w", err)
	case !ok || i.State == InvitationOpen:
		return i, text.Refuse("community.invite.none", nil)
	case i.State != InvitationAsked:
		return i, text.Refuse("community.invite.settled."+string(i.State), text.Args{"name": i.Guest.Name})
	}
	i.State = as
	if err := o.store.Spaces.SetInvitation(ctx, i); err != nil {
		return i, fmt.Errorf("keep invitation: %w", err)
	}
	return i, nil
}

// Leave takes a space out of its community. The last space stays, and so does one without which no
// admin could be reached.
func (o *Office) Leave(ctx context.Context, by Member, platform, space string) (Space, error) {
	var out Space
	err := o.store.Atomically(ctx, func(ctx context.Context) error {
		s, others, err := o.leaving(ctx, by.Community, platform, space)
		if err != nil {
			return err
		}
		if others == 0 {
			return text.Refuse("community.leave.only", nil)
		}
		admins, err := o.store.Spaces.AdminsElsewhere(ctx, by.Community, platform, space)
		if err != nil {
			return fmt.Errorf("count admins: %w", err)
		}
		if admins == 0 {
			return text.Refuse("community.leave.admins", nil)
		}
		s.Left = true
		if err := o.store.Spaces.AddSpace(ctx, s); err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		out = s
		return o.note(ctx, by, "space.left", spaceName(s))
	})
	return out, err
}

// leaving is the space, and how many others live in its community.
func (o *Office) leaving(ctx context.Context, of ID, platform, space string) (s Space, others int, err error) {
	if err := o.store.Spaces.LockCommunity(ctx, of); err != nil {
		return s, 0, fmt.Errorf("lock community: %w", err)
	}
	all, err := o.store.Spaces.Spaces(ctx, of)
	if err != nil {
		return s, 0, fmt.Errorf("list spaces: %w", err)
	}
	found := false
	for _, x := range all {
		switch {
		case x.Left:
		case x.Platform == platform && x.ID == space:
			s, found = x, true
		default:
			others++
		}
	}
	if !found {
		return s, 0, text.Refuse("community.leave.not_here", nil)
	}
	return s, others, nil
}

// Tune says how much a space shows of what goes on elsewhere, and which rooms it makes only when they
// are needed; nil leaves a thing as it is.
func (o *Office) Tune(ctx context.Context, by Member, platform, space string, noise *Noise, topics *[]string, later *[]Section) (Space, error) {
	var out Space
	err := o.store.Atomically(ctx, func(ctx context.Context) error {
		s, ok, err := o.store.Spaces.LockSpace(ctx, platform, space)
		if err != nil {
			return fmt.Errorf("load space: %w", err)
		}
		if !ok || s.Community != by.Community {
			return text.Refuse("community.leave.not_here", nil)
		}
		set(&s.Noise, noise)
		set(&s.Topics, topics)
		set(&s.Later, later)
		if s.Noise == NoiseTopics && len(s.Topics) == 0 {
			return text.RefuseArg("topics", "community.space.topics", nil)
		}
		if err := o.store.Spaces.AddSpace(ctx, s); err != nil {
			return fmt.Errorf("keep space: %w", err)
		}
		out = s
		return o.note(ctx, by, "space.tuned", spaceName(s))
	})
	return out, err
}
