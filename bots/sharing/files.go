package sharing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"guildhall/core/chat"
	"guildhall/core/sharing"
	"guildhall/core/text"
	queue "guildhall/core/work"
)

type work = queue.Item

// place is where a platform has a file, as sharing.File.Ref.
type place struct {
	Platform chat.PlatformID `json:"platform"`
	File     string          `json:"file"`
}

// taken are the files that came with a call.
type taken struct {
	files []sharing.File
	large []string // the names of those that are larger than is kept
	empty []string // the names of those in which nothing is
}

// take makes files of those that came with a call. Where copies may be kept, it fetches them as long
// as ctx allows, and the others later; where not, it only looks whether they are known.
func (b *bot) take(ctx context.Context, c *chat.Call, copies bool) taken {
	platform := c.Event.Where.Platform
	var out taken
	for _, f := range c.Files("file") {
		ref, err := json.Marshal(place{platform, f.ID})
		if err != nil {
			continue // two strings always have a form
		}
		file := sharing.File{Name: f.Name, Type: f.Type, Size: f.Size, Ref: string(ref)}
		if b.Files != nil && f.Size > b.Files.MaxBytes() {
			out.large = append(out.large, f.Name)
			continue
		}
		if len(out.files) < sharing.MaxFiles {
			fetch := b.look
			if copies {
				fetch = b.copy
			}
			got, err := fetch(ctx, file)
			switch {
			case errors.Is(err, sharing.ErrTooLarge):
				out.large = append(out.large, f.Name)
				continue
			case errors.Is(err, sharing.ErrNoBytes):
				out.empty = append(out.empty, f.Name)
				continue
			case err == nil:
				file = got
			}
		}
		out.files = append(out.files, file)
	}
	return out
}

// refusal says why none of the files can be taken; ok is false when nothing is wrong with them. again
// is the command that goes on with a link instead.
func (t taken) refusal(b *bot, again chat.Press) (r chat.Reply, ok bool) {
	switch {
	case len(t.files) > 0 || len(t.large)+len(t.empty) == 0:
		return r, false
	case len(t.large) == 0:
		r = chat.OnlyYouSay("sharing.file.empty", text.Args{"n": len(t.empty)})
	default:
		again.Label = "sharing.file.link"
		r = chat.OnlyYouSay("sharing.file.large", text.Args{"n": len(t.large), "mb": b.megabytes()}).Press(again)
	}
	r.Kind = chat.Alarm
	return r, true
}

// without notes which files were left out.
func (t taken) without(b *bot, r chat.Reply) chat.Reply {
	if len(t.large) > 0 {
		r = r.Note("sharing.file.without_large", text.Args{"n": len(t.large), "files": t.large, "mb": b.megabytes()})
	}
	if len(t.empty) > 0 {
		r = r.Note("sharing.file.without_empty", text.Args{"n": len(t.empty), "files": t.empty})
	}
	return r
}

// waiting says whether a file that may be copied is still to be fetched.
func (b *bot) waiting(r *sharing.Resource) bool {
	for _, f := range r.Files {
		if !f.Kept && r.MayKeep() && b.Files != nil && b.Downloads != nil {
			return true
		}
	}
	return false
}

func (b *bot) megabytes() int64 {
	if b.Files == nil {
		return 0
	}
	return b.Files.MaxBytes() >> 20
}

// open fetches a file.
func (b *bot) open(ctx context.Context, f sharing.File) (io.ReadCloser, error) {
	if b.Files == nil || b.Downloads == nil {
		return nil, errors.New("no files are kept here")
	}
	var at place
	if err := json.Unmarshal([]byte(f.Ref), &at); err != nil {
		return nil, fmt.Errorf("read where a file is: %w", err)
	}
	r, err := b.Downloads.Download(ctx, at.Platform, chat.FileRef{ID: at.File, Name: f.Name, Type: f.Type, Size: f.Size})
	if err != nil {
		return nil, fmt.Errorf("fetch file: %w", err)
	}
	return r, nil
}

// copy fetches a file and keeps it.
func (b *bot) copy(ctx context.Context, f sharing.File) (sharing.File, error) {
	r, err := b.open(ctx, f)
	if err != nil {
		return f, err
	}
	kept, err := b.Files.Keep(ctx, r, f.Name)
	if closed := r.Close(); err != nil || closed != nil {
		return f, fmt.Errorf("keep file: %w", errors.Join(err, closed))
	}
	kept.Ref = f.Ref
	return kept, nil
}

// look reads through a file, keeping nothing of it but what its content is known by.
func (b *bot) look(ctx context.Context, f sharing.File) (sharing.File, error) {
	r, err := b.open(ctx, f)
	if err != nil {
		return f, err
	}
	defer r.Close()
	// A sender who falls silent is not waited for: closing ends a read that blocks.
	stop := context.AfterFunc(ctx, func() { _ = r.Close() })
	defer stop()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r, b.Files.MaxBytes()+1))
	switch {
	case err != nil:
		return f, fmt.Errorf("look at a file: %w", err)
	case n > b.Files.MaxBytes():
		return f, sharing.ErrTooLarge
	case n == 0:
		return f, sharing.ErrNoBytes
	}
	f.SHA, f.Size = hex.EncodeToString(sum.Sum(nil)), n
	return f, nil
}

// brought is what came of fetching files later.
type brought struct {
	files []sharing.File
	large []string
}

// prepareFetch fetches the files of a resource that may be kept by now. A file that its platform has
// no more, that is too large or empty stays a name.
func (b *bot) prepareFetch(ctx context.Context, it work) (any, error) {
	var f sharing.Fetch
	if err := it.Read(&f); err != nil {
		return nil, err
	}
	var out brought
	missing, err := b.Toolbox.ToFetch(ctx, it.Community, f)
	if err != nil || b.Files == nil || b.Downloads == nil {
		return out, err
	}
	for _, x := range missing {
		kept, err := b.copy(ctx, x)
		switch {
		case errors.Is(err, sharing.ErrTooLarge):
			out.large = append(out.large, x.Name)
		case errors.Is(err, chat.ErrGone), errors.Is(err, sharing.ErrNoBytes):
		case err != nil:
			return nil, err
		default:
			out.files = append(out.files, kept)
		}
	}
	return out, nil
}

func (b *bot) fetched(ctx context.Context, it work) (chat.Reply, error) {
	var f sharing.Fetch
	if err := it.Read(&f); err != nil {
		return chat.Reply{}, err
	}
	got, _ := chat.Prepared(ctx).(brought)
	r := chat.Nothing()
	if len(got.large) > 0 {
		x, err := b.Toolbox.Resource(ctx, it.Community, f.Resource)
		if err != nil || x == nil {
			return r, err
		}
		args := text.Args{"id": chat.Rec(x.ID), "n": len(got.large), "files": got.large, "mb": b.megabytes()}
		r = r.Tell(chat.Post{To: chat.To{Member: x.Depositor, Thread: x.ID}, Key: fmt.Sprintf("sharing/large/%s/%d", x.ID, f.Version),
			Say: chat.Say{Record: x.ID, Lines: []chat.Phrase{chat.P("sharing.file.told_large", args)},
				Buttons: []chat.Press{chat.Show(x.ID), {Command: "version", Given: chat.ID(x.ID), Label: "sharing.file.link"}}}})
	}
	if len(got.files) == 0 {
		return r, nil
	}
	return r, b.Toolbox.Fetched(ctx, it.Community, f, got.files)
}

// drop removes contents that still nobody needs.
func (b *bot) drop(ctx context.Context, it work) (any, error) {
	var d sharing.Drop
	if err := it.Read(&d); err != nil || b.Files == nil {
		return nil, err
	}
	contents, err := b.Toolbox.Unneeded(ctx, d.Contents)
	if err != nil {
		return nil, err
	}
	for _, sha := range contents {
		if err := b.Files.Remove(ctx, sha); err != nil {
			return nil, fmt.Errorf("remove content: %w", err)
		}
	}
	return nil, nil
}

func nothing(context.Context, work) (chat.Reply, error) { return chat.Nothing(), nil }
