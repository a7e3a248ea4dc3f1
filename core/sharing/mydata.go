package sharing

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Erase removes what a member left: what they used, what they handed in that nobody has seen yet,
// their name on what others deposited. What they published stays, under the pseudonym that the
// community gives them.
func (t *Toolbox) Erase(ctx context.Context, of, member int64) error {
	return t.store.Atomically(ctx, func(ctx context.Context) error {
		if err := t.eraseDeposits(ctx, of, member); err != nil {
			return err
		}
		made, err := t.store.Resources.List(ctx, of, Filter{Creator: member, Oldest: true})
		if err != nil {
			return fmt.Errorf("load what a member made: %w", err)
		}
		for _, m := range made {
			if err := t.eraseCreator(ctx, of, m.ID); err != nil {
				return err
			}
		}
		return t.eraseUses(ctx, of, member)
	})
}

func (t *Toolbox) eraseDeposits(ctx context.Context, of, member int64) error {
	rs, err := t.store.Resources.List(ctx, of, Filter{Depositor: member, Oldest: true})
	if err != nil {
		return fmt.Errorf("load a member's deposits: %w", err)
	}
	for i := range rs {
		r, err := t.locked(ctx, of, rs[i].ID)
		if err != nil {
			return err
		}
		switch {
		case r.State == Draft || r.State == Submitted:
			if _, err := t.withdraw(ctx, r, 0, ""); err != nil {
				return err
			}
		case r.State == Withdrawn:
			r.Reason = ""
			if err := t.saveQuietly(ctx, r); err != nil {
				return err
			}
		default:
			r.Source = record.Source{URL: r.Source.URL}
			if err := t.save(ctx, r, "edited", 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseCreator takes the name off a resource; one whose creator has not answered loses its files, as
// after a no.
func (t *Toolbox) eraseCreator(ctx context.Context, of int64, id record.ID) error {
	r, err := t.locked(ctx, of, id)
	if err != nil || r.State == Withdrawn {
		return err
	}
	agreed, _ := r.Said.Allows()
	r.Modified = t.now()
	if !agreed {
		r.Said = community.ConsentNo
		return t.refused(ctx, r)
	}
	r.Said = community.ConsentUnnamed
	return t.save(ctx, r, "edited", 0)
}

func (t *Toolbox) eraseUses(ctx context.Context, of, member int64) error {
	us, err := t.store.Uses.UsedBy(ctx, of, member)
	if err != nil {
		return fmt.Errorf("load a member's uses: %w", err)
	}
	for _, u := range us {
		r, err := t.locked(ctx, of, u.Resource)
		if err != nil {
			return err
		}
		if err := t.store.Uses.DropUse(ctx, of, u.Resource, member); err != nil {
			return fmt.Errorf("erase use: %w", err)
		}
		r.Uses = max(0, r.Uses-1)
		if err := t.save(ctx, r, "edited", 0); err != nil {
			return err
		}
	}
	return nil
}

// Export is all that is kept of one member, for JSON.
type Export struct {
	Deposits []ExportedResource `json:"deposits"`
	Created  []string           `json:"created"` // what others deposited of theirs
	Versions []ExportedVersion  `json:"versions"`
	Uses     []ExportedUse      `json:"used"`
}

// ExportedResource is a resource that the member deposited.
type ExportedResource struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Summary   string    `json:"summary,omitempty"`
	Kind      Kind      `json:"kind,omitempty"`
	Language  string    `json:"language,omitempty"`
	Licence   Licence   `json:"licence,omitempty"`
	Rights    string    `json:"rights_holder,omitempty"`
	Topics    []string  `json:"topics,omitempty"`
	Level     int       `json:"eqf_level,omitempty"`
	Audience  string    `json:"audience,omitempty"`
	State     State     `json:"state"`
	Hidden    bool      `json:"hidden,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Deposited time.Time `json:"deposited"`
	Issued    time.Time `json:"issued,omitzero"`
	Modified  time.Time `json:"modified"`
	Platform  string    `json:"platform,omitempty"`
	Room      string    `json:"room,omitempty"`
}

// ExportedVersion is a version that the member added.
type ExportedVersion struct {
	Resource string    `json:"resource"`
	No       int64     `json:"version"`
	Note     string    `json:"note,omitempty"`
	Link     string    `json:"link,omitempty"`
	Files    []string  `json:"files,omitempty"`
	At       time.Time `json:"at"`
}

// ExportedUse is something that the member used.
type ExportedUse struct {
	Resource     string    `json:"resource"`
	Version      int64     `json:"version"`
	Note         string    `json:"note,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	At           time.Time `json:"at"`
}

// Export gives all that is kept of one member.
func (t *Toolbox) Export(ctx context.Context, of, member int64) (Export, error) {
	out := Export{Deposits: []ExportedResource{}, Created: []string{}, Versions: []ExportedVersion{}, Uses: []ExportedUse{}}
	rs, err := t.store.Resources.List(ctx, of, Filter{Depositor: member, Oldest: true})
	if err != nil {
		return out, fmt.Errorf("load a member's deposits: %w", err)
	}
	for _, r := range rs {
		out.Deposits = append(out.Deposits, ExportedResource{ID: r.ID.String(), Title: r.Title, Summary: r.Summary, Kind: r.Kind,
			Language: r.Language, Licence: r.Licence, Rights: r.RightsHolder, Topics: r.Topics, Level: r.Level, Audience: r.Audience,
			State: r.State, Hidden: r.Hidden, Reason: r.Reason, Deposited: r.Created, Issued: r.Issued, Modified: r.Modified,
			Platform: r.Source.Platform, Room: r.Source.Room})
	}
	made, err := t.store.Resources.List(ctx, of, Filter{Creator: member, Oldest: true})
	if err != nil {
		return out, fmt.Errorf("load what a member made: %w", err)
	}
	for _, r := range made {
		out.Created = append(out.Created, r.ID.String())
	}
	vs, err := t.store.Versions.VersionsOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's versions: %w", err)
	}
	for _, v := range vs {
		x := ExportedVersion{Resource: v.Resource.String(), No: v.No, Note: v.Note, Link: v.Link, At: v.At}
		for _, f := range v.Files {
			x.Files = append(x.Files, f.Name)
		}
		out.Versions = append(out.Versions, x)
	}
	us, err := t.store.Uses.UsedBy(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's uses: %w", err)
	}
	for _, u := range us {
		out.Uses = append(out.Uses, ExportedUse{u.Resource.String(), u.Version, u.Note, u.Organisation.Name, u.At})
	}
	return out, nil
}
