package communication

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/record"
)

// Erase removes what a member left: their answers with all copies, what they were asked as a helper,
// whom they follow, and what they asked one helper. What they asked in public stays, under the
// pseudonym that the community gives them.
func (d *Desk) Erase(ctx context.Context, of, member int64) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		if err := d.eraseAnswers(ctx, of, member); err != nil {
			return err
		}
		if err := d.eraseRequests(ctx, of, member); err != nil {
			return err
		}
		if err := d.store.Helpers.DropHelping(ctx, of, member); err != nil {
			return fmt.Errorf("erase what a helper was asked: %w", err)
		}
		if err := d.store.Requests.DropFollows(ctx, of, member); err != nil {
			return fmt.Errorf("erase what a member follows: %w", err)
		}
		return nil
	})
}

func (d *Desk) eraseAnswers(ctx context.Context, of, member int64) error {
	as, err := d.store.Answers.AnswersOf(ctx, of, member)
	if err != nil {
		return fmt.Errorf("load a member's answers: %w", err)
	}
	for i := range as {
		if as[i].Gone && as[i].Source.IsZero() {
			continue
		}
		r, err := d.locked(ctx, of, as[i].Request)
		if err != nil {
			return err
		}
		a, err := d.Answer(ctx, of, as[i].Subject())
		if err != nil {
			return err
		}
		a.Source, a.Via = record.Source{}, ""
		if a.Gone {
			if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
				return fmt.Errorf("erase answer: %w", err)
			}
			continue
		}
		if err := d.drop(ctx, r, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) eraseRequests(ctx context.Context, of, member int64) error {
	rs, err := d.store.Requests.AskedBy(ctx, of, member)
	if err != nil {
		return fmt.Errorf("load a member's requests: %w", err)
	}
	for i := range rs {
		r, err := d.locked(ctx, of, rs[i].ID)
		if err != nil {
			return err
		}
		r.Source, r.Reason = record.Source{}, ""
		if r.To == OneHelper && r.State != Withdrawn {
			if err := d.withdraw(ctx, r, 0, ""); err != nil {
				return err
			}
			continue
		}
		if err := d.save(ctx, r, "edited", 0, ""); err != nil {
			return err
		}
	}
	return nil
}

// Export is all that is kept of one member, for JSON.
type Export struct {
	Requests []ExportedRequest `json:"requests"`
	Answers  []ExportedAnswer  `json:"answers"`
	Helping  []ExportedHelping `json:"asked_to_help"`
	Follows  []string          `json:"follows"`
}

// ExportedRequest is a request that the member asked.
type ExportedRequest struct {
	ID       string    `json:"id"`
	Question string    `json:"question"`
	Topic    string    `json:"topic,omitempty"`
	Language string    `json:"language,omitempty"`
	Urgency  Urgency   `json:"urgency,omitempty"`
	To       Audience  `json:"to"`
	State    State     `json:"state"`
	Hidden   bool      `json:"hidden,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Asked    time.Time `json:"asked"`
	Solved   time.Time `json:"solved,omitzero"`
	Platform string    `json:"platform,omitempty"`
	Room     string    `json:"room,omitempty"`
}

// ExportedAnswer is something that the member wrote to a request.
type ExportedAnswer struct {
	Request  string    `json:"request"`
	Part     int64     `json:"part"`
	Text     string    `json:"text"`
	Files    []string  `json:"files,omitempty"`
	Kept     string    `json:"consent,omitempty"`
	Deleted  bool      `json:"deleted,omitempty"`
	Written  time.Time `json:"written"`
	Edited   time.Time `json:"edited,omitzero"`
	Platform string    `json:"platform,omitempty"`
	Room     string    `json:"room,omitempty"`
}

// ExportedHelping is a time when the member was asked to help.
type ExportedHelping struct {
	Request string    `json:"request"`
	At      time.Time `json:"at"`
	Outcome Outcome   `json:"outcome"`
}

// Export gives all that is kept of one member.
func (d *Desk) Export(ctx context.Context, of, member int64) (Export, error) {
	out := Export{Requests: []ExportedRequest{}, Answers: []ExportedAnswer{}, Helping: []ExportedHelping{}, Follows: []string{}}
	rs, err := d.store.Requests.AskedBy(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's requests: %w", err)
	}
	for _, r := range rs {
		out.Requests = append(out.Requests, ExportedRequest{ID: r.ID.String(), Question: r.Question, Topic: r.Topic, Language: r.Language,
			Urgency: r.Urgency, To: r.To, State: r.State, Hidden: r.Hidden, Reason: r.Reason, Asked: r.Asked, Solved: r.SolvedAt,
			Platform: r.Source.Platform, Room: r.Source.Room})
	}
	as, err := d.store.Answers.AnswersOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's answers: %w", err)
	}
	for _, a := range as {
		out.Answers = append(out.Answers, ExportedAnswer{Request: a.Request.String(), Part: a.Part, Text: a.Text, Files: a.Files,
			Kept: string(a.Kept), Deleted: a.Gone, Written: a.At, Edited: a.Edited, Platform: a.Source.Platform, Room: a.Source.Room})
	}
	hs, err := d.store.Helpers.HelpAskedOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load what a helper was asked: %w", err)
	}
	for _, h := range hs {
		out.Helping = append(out.Helping, ExportedHelping{Request: h.Request.String(), At: h.At, Outcome: h.Outcome})
	}
	ids, err := d.store.Requests.Followed(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load what a member follows: %w", err)
	}
	for _, id := range ids {
		out.Follows = append(out.Follows, id.String())
	}
	return out, nil
}
