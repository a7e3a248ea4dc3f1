package communication

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// twinTime is how long the same words of the same asker mean the same request.
const twinTime = 24 * time.Hour

// Question is what somebody wants to ask.
type Question struct {
	Text     string
	Topic    string
	Language string
	Urgency  Urgency
	To       Audience // empty: Everyone
	Source   record.Source
	From     record.ID // the record that it grew from; zero for none
}

// Asked is what became of a question.
type Asked struct {
	Request Request
	Twin    bool  // the asker had opened it already: nothing is new
	Helper  int64 // who is to be asked privately, now; 0 for nobody
}

// Ask opens a request for help and chooses the first helper to be asked. The same words again within
// a day are the same request.
//
// Errors: refusals for an empty question and for one longer than MaxQuestion.
func (d *Desk) Ask(ctx context.Context, by community.Member, q Question) (Asked, error) {
	words, err := checked(q.Text)
	if err != nil {
		return Asked{}, err
	}
	if q.To == "" {
		q.To = Everyone
	}
	var out Asked
	err = d.store.Atomically(ctx, func(ctx context.Context) error {
		out = Asked{}
		now := d.now()
		r := Request{Community: by.Community, Question: words, Topic: q.Topic, Language: q.Language, Urgency: q.Urgency, To: q.To,
			Asker: by.No, State: Open, Source: q.Source, Asked: now, Active: now, Round: 1}
		twin, err := d.store.Requests.Twin(ctx, &r, now.Add(-twinTime))
		if err != nil {
			return fmt.Errorf("look for the same request: %w", err)
		}
		if !twin.IsZero() {
			return d.found(ctx, by.Community, twin, &out)
		}
		// Whoever may be asked is locked before the counter of the ids, which others wait for.
		helper, err := d.pick(ctx, &r)
		if err != nil {
			return err
		}
		if err := d.store.Requests.Add(ctx, &r); err != nil {
			return fmt.Errorf("keep request: %w", err)
		}
		if err := d.sought(ctx, &r, helper); err != nil {
			return err
		}
		made := record.Change{Subject: r.Subject(), What: "opened", By: by.No, New: true}
		if err := d.changed(ctx, &r, made); err != nil {
			return err
		}
		out.Request, out.Helper = r, helper
		return d.grewFrom(ctx, &r, q.From)
	})
	return out, err
}

// opened does what follows from a request being open to its audience for the first time.
func (d *Desk) opened(ctx context.Context, r *Request, helper, by int64) error {
	if err := d.seek(ctx, r, helper); err != nil {
		return err
	}
	return d.save(ctx, r, "opened", by, "")
}

func (d *Desk) grewFrom(ctx context.Context, r *Request, from record.ID) error {
	if from.IsZero() || r.To == OneHelper {
		return nil
	}
	err := d.store.Trails.Link(ctx, record.Link{Community: r.Community, From: from, To: r.ID, How: "grew into", At: r.Asked})
	if err != nil {
		return fmt.Errorf("note what %s grew from: %w", r.ID, err)
	}
	return nil
}

func (d *Desk) found(ctx context.Context, of int64, id record.ID, out *Asked) error {
	r, err := d.Request(ctx, of, id)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("request %s went away", id)
	}
	out.Request, out.Twin = *r, true
	return nil
}

// checked is a question fit to be kept.
func checked(question string) (string, error) {
	words := text.CleanLines(question, 0)
	if words == "" {
		return "", text.RefuseArg("question", "communication.question.empty", nil)
	}
	if n := text.Length(words); n > MaxQuestion {
		return "", text.RefuseArg("question", "communication.question.long", text.Args{"n": MaxQuestion, "length": n})
	}
	return words, nil
}

// Widen puts a request that went to one helper to everyone, with or without the asker's name. What
// helpers answered before stays between them and the asker.
func (d *Desk) Widen(ctx context.Context, by community.Member, id record.ID, to Audience) (Asked, error) {
	var out Asked
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		out = Asked{}
		r, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if by.No != r.Asker {
			return text.Refuse("chat.hidden", nil)
		}
		if err := closed(r); err != nil {
			return err
		}
		if r.To != OneHelper {
			out.Request, out.Twin = *r, true
			return nil
		}
		if to != Unnamed {
			to = Everyone
		}
		r.To, r.State, r.Active = to, Open, d.now()
		r.Answers, r.Accepted, r.Credited = 0, 0, 0
		r.AnsweredAt, r.SolvedAt = time.Time{}, time.Time{}
		if out.Helper, err = d.pick(ctx, r); err != nil {
			return err
		}
		if err := d.opened(ctx, r, out.Helper, by.No); err != nil {
			return err
		}
		out.Request = *r
		return nil
	})
	return out, err
}

// Edit is what may be changed of a request; nil leaves it as it is.
type Edit struct {
	Question *string
	Topic    *string
	Language *string
	Urgency  *Urgency
}

// Edit changes a request. Only its asker and moderators may.
func (d *Desk) Edit(ctx context.Context, by community.Member, id record.ID, e Edit) (Request, error) {
	var out Request
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := r.Editable(by); err != nil {
			return err
		}
		changed, err := e.apply(r)
		if err != nil {
			return err
		}
		out = *r
		if len(changed) == 0 {
			return nil
		}
		r.Active = d.now()
		out = *r
		return d.save(ctx, r, "edited", by.No, strings.Join(changed, " "))
	})
	return out, err
}

// Editable says, by a refusal, why by may not change the request now.
func (r *Request) Editable(by community.Member) error {
	if err := mayChange(by, r); err != nil {
		return err
	}
	return closed(r)
}

// apply writes e into r and returns the names of what changed.
func (e Edit) apply(r *Request) ([]string, error) {
	var changed []string
	if e.Question != nil {
		words, err := checked(*e.Question)
		if err != nil {
			return nil, err
		}
		if words != r.Question {
			r.Question, changed = words, append(changed, "question")
		}
	}
	if e.Topic != nil && *e.Topic != r.Topic {
		r.Topic, changed = *e.Topic, append(changed, "topic")
	}
	if e.Language != nil && *e.Language != r.Language {
		r.Language, changed = *e.Language, append(changed, "language")
	}
	if e.Urgency != nil && *e.Urgency != r.Urgency {
		r.Urgency, changed = *e.Urgency, append(changed, "urgency")
	}
	return changed, nil
}

// mayChange refuses whoever may not change r.
func mayChange(by community.Member, r *Request) error {
	if r.MayChange(by) {
		return nil
	}
	if r.To == OneHelper {
		return text.Refuse("chat.hidden", nil)
	}
	return text.Refuse("communication.not_yours", text.Args{"id": text.Record(r.ID.String())})
}
