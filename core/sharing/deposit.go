package sharing

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Deposit is what somebody wants to put into the toolbox.
type Deposit struct {
	Title        string
	Link         string
	Files        []File // with the sha256 of what was looked at, and Kept, already
	Summary      string
	Kind         Kind
	Language     string
	Licence      Licence
	RightsHolder string
	Topics       []string
	Level        int
	Audience     string
	Creator      int64 // the member whose message it is from; the depositor's own and 0 are the same
	Stranger     bool  // it is from the message of somebody who is no member, and so cannot be asked
	Source       record.Source
	Silent       bool      // the link has not said in time what it is, and is asked again later
	Guessed      bool      // so the title is made up from the link
	From         record.ID // the record that it grew from; zero for none
	Anyway       bool      // a twin is known of
}

// Deposited is what became of a deposit.
type Deposited struct {
	Resource Resource
	Twin     *Resource // what is there already: nothing was kept
	Ask      bool      // the creator has to be asked
	Drop     []string  // contents that were fetched for it and that nobody refers to
}

// Deposit puts d into the toolbox of by's community, which lets by publish at once or has it looked
// at first.
//
// A twin (a file of the same content, or the same link) is no error: it is returned, and nothing is
// kept until the caller deposits again with d.Anyway. Where the licence allows no copy, or as long as
// the creator has not agreed, only links, and the names of files, are kept.
//
// Errors: refusals for a title or content that is empty, for what is too long or unknown, and for a
// file that nobody could get at.
func (t *Toolbox) Deposit(ctx context.Context, by community.Member, policy community.Policy, d Deposit) (Deposited, error) {
	r, err := t.draft(by, d)
	if err != nil {
		return Deposited{}, err
	}
	fetched := r.Contents()
	var out Deposited
	err = t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Deposited{Resource: r}
		if !d.Anyway {
			twin, err := t.store.Resources.Twin(ctx, by.Community, r.Content)
			if err != nil {
				return fmt.Errorf("look for the same resource: %w", err)
			}
			if !twin.IsZero() {
				return t.found(ctx, by.Community, twin, fetched, &out)
			}
		}
		return t.add(ctx, by, policy, d, fetched, &out)
	})
	return out, err
}

// draft is d as a resource, checked.
func (t *Toolbox) draft(by community.Member, d Deposit) (Resource, error) {
	r := Resource{Community: by.Community, ID: record.ID{Letter: Letter}, Depositor: by.No, Kind: d.Kind, Language: d.Language,
		Level: d.Level, Source: d.Source, Version: 1}
	var err error
	if r.Title, err = titled(d.Title); err != nil {
		return r, err
	}
	if r.Summary, err = wording("summary", d.Summary, MaxSummary, true); err != nil {
		return r, err
	}
	if r.Audience, err = wording("audience", d.Audience, MaxAudience, false); err != nil {
		return r, err
	}
	if r.RightsHolder, err = wording("rights", d.RightsHolder, MaxAudience, false); err != nil {
		return r, err
	}
	if r.Licence, err = licensed(d.Licence); err != nil {
		return r, err
	}
	if r.Topics, err = topics(d.Topics); err != nil {
		return r, err
	}
	if err := kind(d.Kind); err != nil {
		return r, err
	}
	if err := level(d.Level); err != nil {
		return r, err
	}
	if r.Content, err = t.content(d.Link, d.Files); err != nil {
		return r, err
	}
	if r.IsEmpty() {
		return r, text.RefuseArg("file", "sharing.empty", nil)
	}
	return r, reachable(&r)
}

// reachable refuses files of which there would be neither a copy nor a place where they can be seen.
func reachable(r *Resource) error {
	if r.Licence.AllowsCopies() || r.Link != "" || r.Source.Message != "" || r.Source.URL != "" {
		return nil
	}
	return text.RefuseArg("licence", "sharing.licence.needed", nil)
}

func (t *Toolbox) add(ctx context.Context, by community.Member, policy community.Policy, d Deposit, fetched []string, out *Deposited) error {
	r, now := &out.Resource, t.now()
	r.Created, r.Modified = now, now
	had, err := t.store.Resources.Published(ctx, by.Community, by.No)
	if err != nil {
		return fmt.Errorf("count published resources: %w", err)
	}
	if r.State = First(policy, by.Role, had); r.State == Published {
		r.Issued = now
	}
	if d.Creator != by.No && d.Creator != 0 {
		// Nothing is kept before the creator's answer is known; asking needs the id.
		r.Creator, r.Said = d.Creator, community.ConsentWaiting
	}
	if d.Stranger {
		r.Said = community.ConsentWaiting
	}
	all := r.Content
	if !r.MayKeep() {
		r.Content = all.unkept()
	}
	v := Version{No: 1, By: by.No, At: now, Content: r.Content}
	twin, err := t.store.Resources.Add(ctx, r, &v, d.Anyway)
	if err != nil {
		return fmt.Errorf("keep resource: %w", err)
	}
	if !twin.IsZero() {
		return t.found(ctx, by.Community, twin, fetched, out)
	}
	if r.Creator != 0 {
		if err := t.askCreator(ctx, r, all, out); err != nil {
			return err
		}
	}
	if !d.From.IsZero() {
		link := record.Link{Community: by.Community, From: d.From, To: r.ID, How: "grew into", At: now}
		if err := t.store.Trails.Link(ctx, link); err != nil {
			return fmt.Errorf("link %s to what it grew from: %w", r.ID, err)
		}
	}
	if err := t.fetch(ctx, r); err != nil {
		return err
	}
	if d.Silent {
		if err := t.askLink(ctx, r, d.Guessed); err != nil {
			return err
		}
	}
	if out.Drop, err = t.unneeded(ctx, r.Community, fetched); err != nil {
		return err
	}
	return t.report(ctx, r, word(r.State), by.No)
}

// word is the change by which a resource comes into a state.
func word(s State) string {
	if s == Published {
		return "published"
	}
	return "submitted"
}

// found makes the outcome the twin with this id, and lets go of what was fetched for another.
func (t *Toolbox) found(ctx context.Context, of int64, id record.ID, fetched []string, out *Deposited) error {
	twin, err := t.Resource(ctx, of, id)
	if err != nil {
		return err
	}
	drop, err := t.unneeded(ctx, of, fetched)
	*out = Deposited{Twin: twin, Drop: drop}
	return err
}

// First is the state in which a deposit begins: its community's policy decides, for a depositor of
// this role who has had so many resources published.
func First(p community.Policy, role community.Role, published int) State {
	switch {
	case p == community.PolicyOpen:
		return Published
	case p == community.PolicyTrusted && (role >= community.RoleCurator || published > 0):
		return Published
	}
	return Submitted
}
