package cooperation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// twinTime is how long the same title from the same source by the same member is the same practice.
const twinTime = 24 * time.Hour

// Said is one message that is to be quoted.
type Said struct {
	Author int64 // a member's number
	Text   string
	Source record.Source
	At     time.Time
}

// Draft is what a practice begins with.
type Draft struct {
	Title    string
	Texts    map[string]string
	Topic    string
	Language string
	Said     []Said
	Source   record.Source
	From     record.ID // the record that it grew from; zero for none
}

// Promoted is what became of a draft.
type Promoted struct {
	Practice Practice
	Twin     bool    // it was there already: nothing is new
	Ask      []Quote // the first quote of each author who has to be asked
	Refused  int     // quotes that their authors never allow
}

// Promote makes a practice candidate. Whoever is quoted is asked for consent, once for all that is
// quoted of them; until then nothing of theirs is shown.
//
// Errors: refusals for an empty title, for what is too long, and for too many quotes.
func (b *Book) Promote(ctx context.Context, by community.Member, d Draft) (Promoted, error) {
	title, err := checked("title", d.Title, MaxTitle, false)
	if err != nil {
		return Promoted{}, err
	}
	if title == "" {
		return Promoted{}, text.RefuseArg("title", "cooperation.title.empty", nil)
	}
	if len(d.Said) > MaxQuotes {
		return Promoted{}, text.RefuseArg("messages", "cooperation.quotes.too_many", text.Args{"n": MaxQuotes})
	}
	texts, err := checkedTexts(d.Texts)
	if err != nil {
		return Promoted{}, err
	}
	var out Promoted
	err = b.store.Atomically(ctx, func(ctx context.Context) error {
		out = Promoted{}
		now := b.now()
		p := Practice{Community: by.Community, Title: title, Texts: texts, Topic: d.Topic, Language: d.Language, Author: by.No, Steward: by.No,
			Organisation: by.Organisation, State: Candidate, Source: d.Source, Made: now, Active: now}
		twin, err := b.store.Practices.AddPractice(ctx, &p, now.Add(-twinTime))
		if err != nil {
			return fmt.Errorf("keep practice: %w", err)
		}
		if !twin.IsZero() {
			old, err := b.Practice(ctx, by.Community, twin)
			if err != nil {
				return err
			}
			if old != nil {
				out.Practice, out.Twin = *old, true
			}
			return nil
		}
		if err := b.quote(ctx, by, &p, d.Said, &out); err != nil {
			return err
		}
		if err := b.save(ctx, &p, "promoted", by.No, ""); err != nil {
			return err
		}
		out.Practice = p
		return b.grew(ctx, &p, d.From)
	})
	return out, err
}

// grew notes the record that a practice grew from.
func (b *Book) grew(ctx context.Context, p *Practice, from record.ID) error {
	if from.IsZero() || from == p.ID {
		return nil
	}
	link := record.Link{Community: p.Community, From: from, To: p.ID, How: "grew into", At: b.now()}
	if err := b.store.Trails.Link(ctx, link); err != nil {
		return fmt.Errorf("note what %s grew from: %w", p.ID, err)
	}
	return nil
}

// Candidate makes a practice candidate whose results are described, and that quotes nobody: what a
// collaboration comes to.
func (b *Book) Candidate(ctx context.Context, by community.Member, title, results string, from record.ID) (record.ID, error) {
	out, err := b.Promote(ctx, by, Draft{Title: title, Texts: map[string]string{Results: results}, From: from})
	return out.Practice.ID, err
}

// AddQuotes puts more quotes into a candidate, for services whose threads cannot be read: message by
// message. A message that it quotes already is left out.
//
// Errors: refusals for the wrong person or state, and for too many quotes.
func (b *Book) AddQuotes(ctx context.Context, by community.Member, id record.ID, said []Said, from record.ID) (Promoted, error) {
	var out Promoted
	_, err := b.change(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice) (string, error) {
		out = Promoted{}
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if p.State != Candidate {
			return "", wrongState(p, "cooperation.add.state")
		}
		there, err := b.Quotes(ctx, p.Community, p.ID)
		if err != nil {
			return "", err
		}
		var fresh []Said
		for _, s := range said {
			if !slices.ContainsFunc(there, func(q Quote) bool { return sameMessage(q.Source, s.Source) }) {
				fresh = append(fresh, s)
			}
		}
		if len(there)+len(fresh) > MaxQuotes {
			return "", text.RefuseArg("messages", "cooperation.quotes.too_many", text.Args{"n": MaxQuotes})
		}
		parts := p.Parts
		if err := b.quote(ctx, by, p, fresh, &out); err != nil {
			return "", err
		}
		out.Practice, out.Twin = *p, p.Parts == parts
		if out.Twin {
			return "", nil
		}
		return "edited", b.grew(ctx, p, from)
	})
	return out, err
}

func sameMessage(a, b record.Source) bool {
	return a.Message != "" && a.Platform == b.Platform && a.Room == b.Room && a.Message == b.Message
}

// Drafting is the caller's newest candidate that grew out of a room, when it was touched within a
// day: what further messages of that room are added to; nil when there is none.
func (b *Book) Drafting(ctx context.Context, by community.Member, s record.Source) (*Practice, error) {
	ps, err := b.Practices(ctx, by.Community, Filter{Author: by.No, States: []State{Candidate}, N: 20})
	if err != nil {
		return nil, err
	}
	for i := range ps {
		p := &ps[i]
		if s.Room != "" && p.Source.Platform == s.Platform && p.Source.Room == s.Room && !p.Hidden && b.now().Sub(p.Active) < twinTime {
			return p, nil
		}
	}
	return nil, nil
}

// quote keeps what was said and asks the consents.
func (b *Book) quote(ctx context.Context, by community.Member, p *Practice, said []Said, out *Promoted) error {
	answers, err := b.answered(ctx, p)
	if err != nil {
		return err
	}
	for _, s := range said {
		words := text.CleanLines(s.Text, MaxQuote)
		if words == "" || s.Author == 0 {
			continue
		}
		p.Parts++
		q := Quote{Community: p.Community, Practice: p.ID, Part: p.Parts, Author: s.Author, Text: words, Source: s.Source, At: s.At}
		kept, known := answers[s.Author]
		if !known {
			if kept, err = b.consent(ctx, by, &q); err != nil {
				return err
			}
			answers[s.Author] = kept
		}
		q.Kept = kept
		if kept == community.ConsentNo {
			q.Text = ""
			out.Refused++
		}
		if err := b.store.Practices.AddQuote(ctx, &q); err != nil {
			return fmt.Errorf("keep quote %s: %w", q.Subject(), err)
		}
		if !known && kept == community.ConsentWaiting {
			out.Ask = append(out.Ask, q)
			m := Reminder{Practice: p.ID, Step: q.Part}
			if err := b.remind(ctx, p.Community, KindSilence, m, b.now().AddDate(0, 0, community.ConsentDays)); err != nil {
				return err
			}
		}
	}
	return nil
}

// answered is what authors have said about being quoted in p so far: one answer holds for all that
// it quotes of them.
func (b *Book) answered(ctx context.Context, p *Practice) (map[int64]community.Answer, error) {
	out := map[int64]community.Answer{}
	if p.Parts == 0 {
		return out, nil
	}
	qs, err := b.Quotes(ctx, p.Community, p.ID)
	for _, q := range qs {
		if !q.Gone {
			out[q.Author] = q.Kept
		}
	}
	return out, err
}

func (b *Book) consent(ctx context.Context, by community.Member, q *Quote) (community.Answer, error) {
	if q.Author == by.No { // their own words, by their own hand
		return community.ConsentYes, nil
	}
	author, err := b.member(ctx, q.Community, q.Author)
	if err != nil {
		return "", err
	}
	answer, err := b.store.Consents.Ask(ctx, author, q.Subject().String(), b.now())
	if err != nil {
		return "", fmt.Errorf("ask for consent: %w", err)
	}
	return answer, nil
}
