package communication

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// maxFiles is how many names of files are kept with one answer.
const maxFiles = 10

// Said is what somebody wrote to a request.
type Said struct {
	Text   string
	Files  []string // names
	Via    string   // the platform, as people call it
	Source record.Source
}

// Heard is what became of it.
type Heard struct {
	Request Request
	Answer  Answer
	Fresh   bool    // false: it was kept before, nothing is new
	First   bool    // the first answer of all
	Asked   []int64 // the helpers whose being asked is over now
	Follow  []int64 // on the first answer: who follows the request
}

// Hear keeps a part of a request: an answer, or what the asker adds. It wakes a stale request; what
// is said after the solution is kept and shown as before it.
//
// Errors: refusals for a withdrawn or hidden request, for one put to one helper when by is neither
// its asker nor was asked, and for a text that says nothing.
func (d *Desk) Hear(ctx context.Context, by community.Member, id record.ID, s Said) (Heard, error) {
	words := text.CleanLines(s.Text, MaxAnswer)
	files := fileNames(s.Files)
	if words == "" && len(files) == 0 {
		return Heard{}, text.RefuseArg("answer", "communication.answer.empty", nil)
	}
	var out Heard
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		out = Heard{}
		r, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := d.mayAnswer(ctx, by, r); err != nil {
			return err
		}
		now := d.now()
		a := Answer{Community: r.Community, Request: r.ID, Part: r.Parts + 1, Author: by.No, Text: words, Files: files,
			Via: text.Clean(s.Via, 40), Source: s.Source, At: now, Own: by.No == r.Asker, Private: r.To == OneHelper}
		if a.Calls, err = d.calls(ctx, r, &a); err != nil {
			return err
		}
		if out.Fresh, err = d.store.Answers.AddAnswer(ctx, &a); err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		out.Request, out.Answer = *r, a
		if !out.Fresh {
			return nil
		}
		return d.heard(ctx, r, &a, &out)
	})
	return out, err
}

// heard moves the request on after a new part.
func (d *Desk) heard(ctx context.Context, r *Request, a *Answer, out *Heard) (err error) {
	before := r.State
	r.Parts, r.Active = a.Part, a.At
	if !a.Own {
		r.Answers++
		if out.First = r.AnsweredAt.IsZero(); out.First {
			r.AnsweredAt = a.At
		}
	}
	r.State = awake(r)
	if err := d.report(ctx, r, a.Subject(), "answered", a.Author, ""); err != nil {
		return err
	}
	if r.State == before {
		if err := d.store.Requests.Save(ctx, r); err != nil {
			return fmt.Errorf("save request %s: %w", r.ID, err)
		}
	} else if err := d.save(ctx, r, string(r.State), a.Author, ""); err != nil {
		return err
	}
	if before == Open && r.State == Answered {
		if out.Asked, err = d.AskedAbout(ctx, r.Community, r.ID); err != nil {
			return err
		}
	}
	if out.First {
		if out.Follow, err = d.followers(ctx, r, a.Author); err != nil {
			return err
		}
	}
	out.Request = *r
	return nil
}

// awake is the state of a request in which somebody has just spoken, or lost a word.
func awake(r *Request) State {
	switch {
	case r.Closed():
		return r.State
	case r.Answers > 0:
		return Answered
	}
	return Open
}

// mayAnswer refuses whoever may not answer a request.
func (d *Desk) mayAnswer(ctx context.Context, by community.Member, r *Request) error {
	if err := closed(r); err != nil {
		return err
	}
	may, err := d.MayRead(ctx, r, by.No)
	if err != nil {
		return err
	}
	if !may {
		return text.Refuse("chat.hidden", nil)
	}
	return nil
}

// calls says whether a mentions the asker: the first answer that the space they asked in sees only
// as a copy does. What was written there itself they are told by their own platform.
func (d *Desk) calls(ctx context.Context, r *Request, a *Answer) (bool, error) {
	home := a.Source.Message != "" && a.Source.Platform == r.Source.Platform && a.Source.Space == r.Source.Space
	if a.Own || a.Private || home || r.To != Everyone {
		return false, nil
	}
	before, err := d.Answers(ctx, r.Community, r.ID)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(before, func(b Answer) bool { return b.Calls && !b.Gone }), nil
}

func fileNames(names []string) []string {
	var out []string
	for _, n := range names {
		if n = text.Clean(n, 80); n != "" && len(out) < maxFiles {
			out = append(out, n)
		}
	}
	return out
}

// Reword follows an edit of a message that is a part of a request; held is nil when the message is
// none. Without files the message has those it had. Edited to nothing it is as good as deleted.
func (d *Desk) Reword(ctx context.Context, of int64, s record.Source, newText string, files []string) (held *Answer, err error) {
	words, names := text.CleanLines(newText, MaxAnswer), fileNames(files)
	err = d.store.Atomically(ctx, func(ctx context.Context) error {
		r, a, err := d.part(ctx, of, s)
		if held = a; err != nil || a == nil || a.Gone || r.Hidden || r.State == Withdrawn {
			return err
		}
		if len(names) == 0 {
			names = a.Files
		}
		switch {
		case words == "" && len(names) == 0:
			return d.drop(ctx, r, a)
		case words == a.Text && slices.Equal(names, a.Files) && !a.Forgotten:
			return nil
		}
		a.Text, a.Files, a.Edited = words, names, d.now()
		return d.reworded(ctx, r, a)
	})
	return held, err
}

func (d *Desk) reworded(ctx context.Context, r *Request, a *Answer) error {
	if a.Forgotten {
		// Its copies follow the edit, and then the text is let go of again.
		a.Forgotten = false
		if err := d.forgetLater(ctx, r, a); err != nil {
			return err
		}
	}
	if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
		return fmt.Errorf("save answer: %w", err)
	}
	if err := d.report(ctx, r, a.Subject(), "edited", a.Author, ""); err != nil {
		return err
	}
	if r.Accepted != a.Part {
		return nil
	}
	return d.report(ctx, r, r.Subject(), "edited", a.Author, "") // search knows the answer, too
}

// Unsay follows the deletion of a message: the part of a request that it is loses its text and its
// copies. held is nil when the message is none. A request whose only answer it was is open again.
func (d *Desk) Unsay(ctx context.Context, of int64, s record.Source) (held *Answer, err error) {
	err = d.store.Atomically(ctx, func(ctx context.Context) error {
		r, a, err := d.part(ctx, of, s)
		if held = a; err != nil || a == nil || a.Gone {
			return err
		}
		return d.drop(ctx, r, a)
	})
	return held, err
}

// part locks the request that a message is a part of.
func (d *Desk) part(ctx context.Context, of int64, s record.Source) (*Request, *Answer, error) {
	a, err := d.Written(ctx, of, s)
	if err != nil || a == nil {
		return nil, nil, err
	}
	r, err := d.locked(ctx, of, a.Request)
	if err != nil {
		return nil, nil, err
	}
	a, err = d.Answer(ctx, of, a.Subject()) // as it is now that the request is locked
	return r, a, err
}

// drop takes one part out of a request.
func (d *Desk) drop(ctx context.Context, r *Request, a *Answer) error {
	a.Text, a.Files, a.Gone = "", nil, true
	if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
		return fmt.Errorf("save answer: %w", err)
	}
	if err := d.report(ctx, r, a.Subject(), "deleted", a.Author, ""); err != nil {
		return err
	}
	if !a.Own {
		r.Answers--
	}
	before := r.State
	if r.State != Stale {
		r.State = awake(r)
	}
	if r.State == Open && before == Answered {
		if err := d.seek(ctx, r, 0); err != nil {
			return err
		}
	}
	if r.State != before || r.Accepted == a.Part {
		return d.save(ctx, r, "edited", 0, "")
	}
	if err := d.store.Requests.Save(ctx, r); err != nil {
		return fmt.Errorf("save request %s: %w", r.ID, err)
	}
	return nil
}

// followers are who follows a request, without the one who acts.
func (d *Desk) followers(ctx context.Context, r *Request, but int64) ([]int64, error) {
	all, err := d.store.Requests.Followers(ctx, r.Community, r.ID)
	if err != nil {
		return nil, fmt.Errorf("load followers: %w", err)
	}
	return slices.DeleteFunc(all, func(m int64) bool { return m == but || m == r.Asker }), nil
}
