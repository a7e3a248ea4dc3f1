package sharing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// The kinds of the toolbox's work: to fetch files that may be kept, to remove contents that nobody
// needs, to ask a link what it is, and to tell a depositor that a creator said no.
const (
	KindSaidNo   = "sharing.said_no"
	KindFetch    = "sharing.fetch"
	KindDrop     = "sharing.drop"
	KindDescribe = "sharing.describe"
)

// What those who fetch files and links may meet.
var (
	ErrTooLarge = errors.New("the file is larger than is kept")
	ErrNoBytes  = errors.New("the file is empty")
	ErrAway     = errors.New("nothing answers there just now") // another try may help
)

// dropAfter leaves those time who are depositing the same content just now.
const dropAfter = 10 * time.Minute

// Fetch is the body of work of KindFetch.
type Fetch struct {
	Resource record.ID `json:"resource"`
	Version  int64     `json:"version"`
}

// SaidNo is the body of work of KindSaidNo.
type SaidNo struct {
	Resource record.ID `json:"resource"`
	Title    string    `json:"title"`
}

// Drop is the body of work of KindDrop.
type Drop struct {
	Contents []string `json:"contents"`
}

// fetch queues the fetching of the newest version's files, where copies may be kept and any are
// missing.
func (t *Toolbox) fetch(ctx context.Context, r *Resource) error {
	missing := slices.ContainsFunc(r.Files, func(f File) bool { return !f.Kept && f.Ref != "" })
	if !missing || !r.MayKeep() || r.State == Withdrawn {
		return nil
	}
	key := fmt.Sprintf("sharing/%d/%s/fetch/%d/%d", r.Community, r.ID, r.Version, r.Modified.UnixMicro())
	it := work.New(KindFetch, "", key, Fetch{Resource: r.ID, Version: r.Version}).In(r.Community)
	if err := t.store.Queue.Add(ctx, it); err != nil {
		return fmt.Errorf("queue files to fetch: %w", err)
	}
	return nil
}

// ToFetch are the files of a version that may be kept and are not; none when that is no longer so.
func (t *Toolbox) ToFetch(ctx context.Context, of int64, f Fetch) ([]File, error) {
	r, err := t.Resource(ctx, of, f.Resource)
	if err != nil || r == nil || r.State == Withdrawn || !r.MayKeep() || r.Version != f.Version {
		return nil, err
	}
	var out []File
	for _, x := range r.Files {
		if !x.Kept && x.Ref != "" {
			out = append(out, x)
		}
	}
	return out, nil
}

// Fetched notes which files, known by their Ref, are kept by now, with what their contents are.
// Contents that are not wanted any more are queued for removal.
func (t *Toolbox) Fetched(ctx context.Context, of int64, f Fetch, files []File) error {
	return t.store.Atomically(ctx, func(ctx context.Context) error {
		var got []string
		for _, x := range files {
			got = append(got, x.SHA)
		}
		r, err := t.store.Resources.Lock(ctx, of, f.Resource)
		if err != nil {
			return fmt.Errorf("lock resource %s: %w", f.Resource, err)
		}
		if r == nil || r.State == Withdrawn || !r.MayKeep() || r.Version != f.Version {
			_, err := t.unneeded(ctx, of, got)
			return err
		}
		for i := range r.Files {
			for _, x := range files {
				if y := &r.Files[i]; !y.Kept && y.Ref != "" && y.Ref == x.Ref && isSHA(x.SHA) {
					y.SHA, y.Kept, y.Size, y.Type = x.SHA, true, x.Size, text.Clean(x.Type, 100)
				}
			}
		}
		if err := t.store.Versions.SaveVersion(ctx, of, r.newest()); err != nil {
			return fmt.Errorf("save version: %w", err)
		}
		if _, err := t.unneeded(ctx, of, got); err != nil {
			return err
		}
		return t.report(ctx, r, "edited", 0)
	})
}

// unneeded are those of some contents that nobody refers to. Their removal is queued.
func (t *Toolbox) unneeded(ctx context.Context, of int64, contents []string) ([]string, error) {
	out, err := t.Unneeded(ctx, contents)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	now := t.now()
	it := work.New(KindDrop, "", fmt.Sprintf("sharing/drop/%s/%d", out[0], now.UnixMicro()), Drop{Contents: out}).In(of).At(now.Add(dropAfter))
	if err := t.store.Queue.Add(ctx, it); err != nil {
		return nil, fmt.Errorf("queue contents to remove: %w", err)
	}
	return out, nil
}

// Unneeded are those of some contents that no resource of any community keeps.
func (t *Toolbox) Unneeded(ctx context.Context, contents []string) ([]string, error) {
	if len(contents) == 0 {
		return nil, nil
	}
	needed, err := t.store.Versions.Needed(ctx, contents)
	if err != nil {
		return nil, fmt.Errorf("look who needs contents: %w", err)
	}
	var out []string
	for _, c := range contents {
		if c != "" && !slices.Contains(needed, c) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, nil
}
