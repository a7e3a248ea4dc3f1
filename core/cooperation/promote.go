package cooperation

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
		return Promoted{}, text.RefuseArg("messages", "cooperation.quotes.many", text.Args{"n": MaxQuotes})
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
		if d.From.IsZero() || d.From == p.ID {
			return nil
		}
		link := record.Link{Community: by.Community, From: d.From, To: p.ID, How: "grew into", At: now}
		if err := b.store.Trails.Link(ctx, link); err != nil {
			return fmt.Errorf("note what %s grew from: %w", p.ID, err)
		}
		return nil
	})
	return out, err
}

// quote keeps what was said and asks the consents.
func (b *Book) quote(ctx context.Context, by community.Member, p *Practice, said []Said, out *Promoted) error {
	answers := map[int64]community.Answer{}
	for _, s := range said {
		words := text.CleanLines(s.Text, MaxQuote)
		if words == "" || s.Author == 0 {
			continue
		}
		p.Parts++
		q := Quote{Community: p.Community, Practice: p.ID, Part: p.Parts, Author: s.Author, Text: words, Source: s.Source, At: s.At}
		kept, known := answers[s.Author]
		if !known {
			var err error
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
		}
	}
	return nil
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

// Consented follows an author's answer: it holds for all that the practice quotes of them. A no
// removes their words.
func (b *Book) Consented(ctx context.Context, of int64, s record.Subject, member int64, answer community.Answer) error {
	return b.store.Atomically(ctx, func(ctx context.Context) error {
		p, err := b.store.Practices.LockPractice(ctx, of, s.ID)
		if err != nil || p == nil {
			return err
		}
		qs, err := b.Quotes(ctx, of, s.ID)
		if err != nil {
			return err
		}
		changed := false
		for i := range qs {
			q := &qs[i]
			if q.Author != member || q.Gone || q.Kept == answer {
				continue
			}
			q.Kept = answer
			if answer == community.ConsentNo {
				q.Text = ""
			}
			if err := b.store.Practices.SaveQuote(ctx, q); err != nil {
				return fmt.Errorf("save quote %s: %w", q.Subject(), err)
			}
			changed = true
		}
		if !changed {
			return nil
		}
		return b.report(ctx, p, "edited", 0, "quotes")
	})
}

// Unsay removes what is quoted of a message that was deleted, and Reword follows its correction.
// They return how many quotes it changed.
func (b *Book) Unsay(ctx context.Context, of int64, s record.Source) (int, error) {
	return b.follow(ctx, of, s, func(q *Quote) bool {
		if q.Gone {
			return false
		}
		q.Text, q.Gone, q.Source = "", true, record.Source{}
		return true
	})
}

// Reword is described at Unsay.
func (b *Book) Reword(ctx context.Context, of int64, s record.Source, words string) (int, error) {
	words = text.CleanLines(words, MaxQuote)
	return b.follow(ctx, of, s, func(q *Quote) bool {
		if q.Gone || q.Kept == community.ConsentNo || q.Text == words {
			return false
		}
		q.Text = words
		return true
	})
}

func (b *Book) follow(ctx context.Context, of int64, s record.Source, change func(q *Quote) bool) (n int, err error) {
	if s.Message == "" {
		return 0, nil
	}
	err = b.store.Atomically(ctx, func(ctx context.Context) error {
		n = 0
		found, err := b.store.Practices.QuotesAt(ctx, of, s)
		if err != nil {
			return fmt.Errorf("look for quotes of a message: %w", err)
		}
		for _, q := range found {
			did, err := b.changeQuotes(ctx, of, q.Practice, func(x *Quote) bool { return x.Part == q.Part && change(x) })
			if err != nil {
				return err
			}
			n += did
		}
		return nil
	})
	return n, err
}

// changeQuotes changes quotes of one practice under its lock.
func (b *Book) changeQuotes(ctx context.Context, of int64, id record.ID, change func(q *Quote) bool) (n int, err error) {
	p, err := b.store.Practices.LockPractice(ctx, of, id)
	if err != nil || p == nil {
		return 0, err
	}
	qs, err := b.Quotes(ctx, of, id)
	if err != nil {
		return 0, err
	}
	for i := range qs {
		if !change(&qs[i]) {
			continue
		}
		if err := b.store.Practices.SaveQuote(ctx, &qs[i]); err != nil {
			return n, fmt.Errorf("save quote %s: %w", qs[i].Subject(), err)
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, b.report(ctx, p, "edited", 0, "quotes")
}

// Edit is what may be changed of a practice; nil leaves it as it is.
type Edit struct {
	Title    *string
	Topic    *string
	Language *string
	Texts    map[string]string // by section
}

// Edit changes a practice. Its author, its steward and moderators may, until it is over.
func (b *Book) Edit(ctx context.Context, by community.Member, id record.ID, e Edit) (Practice, error) {
	return b.change(ctx, by.No, by.Community, id, func(_ context.Context, p *Practice) (string, error) {
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if p.State.Over() {
			return "", wrongState(p, "cooperation.over")
		}
		changed, err := e.apply(p)
		if err != nil || len(changed) == 0 {
			return "", err
		}
		return "edited", nil
	})
}

func (e Edit) apply(p *Practice) ([]string, error) {
	var changed []string
	if e.Title != nil {
		title, err := checked("title", *e.Title, MaxTitle, false)
		if err != nil {
			return nil, err
		}
		if title == "" {
			return nil, text.RefuseArg("title", "cooperation.title.empty", nil)
		}
		if title != p.Title {
			p.Title, changed = title, append(changed, "title")
		}
	}
	if e.Topic != nil && *e.Topic != p.Topic {
		p.Topic, changed = *e.Topic, append(changed, "topic")
	}
	if e.Language != nil && *e.Language != p.Language {
		p.Language, changed = *e.Language, append(changed, "language")
	}
	for _, s := range Sections {
		given, ok := e.Texts[s]
		if !ok {
			continue
		}
		words, err := checked(s, given, MaxSection, true)
		if err != nil {
			return nil, err
		}
		if words == "" && p.State != Candidate && p.State != Revised && slices.Contains(Needed, s) {
			return nil, text.RefuseArg(s, "cooperation.section.needed", text.Args{"section": text.Key("cooperation.section." + s)})
		}
		if words != p.Texts[s] {
			if p.Texts == nil {
				p.Texts = map[string]string{}
			}
			p.Texts[s], changed = words, append(changed, s)
		}
	}
	return changed, nil
}

// Withdraw takes a practice back: its words and quotes are removed, a tombstone with the reason
// stays. again says that it was withdrawn before.
func (b *Book) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (p Practice, again bool, err error) {
	p, err = b.change(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice) (string, error) {
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if again = p.State == Withdrawn; again {
			return "", nil
		}
		_, err := b.dropQuotes(ctx, p)
		p.State, p.Reason, p.Texts, p.Level, p.Source = Withdrawn, text.Clean(reason, MaxComment), nil, Unproven, record.Source{}
		p.Round++
		return "withdrawn", err
	})
	return p, again, err
}

func (b *Book) dropQuotes(ctx context.Context, p *Practice) (int, error) {
	return b.changeQuotes(ctx, p.Community, p.ID, func(q *Quote) bool {
		if q.Gone {
			return false
		}
		q.Text, q.Gone, q.Source = "", true, record.Source{}
		return true
	})
}

// Hide takes a practice off view. Whether by may do so was checked before.
func (b *Book) Hide(ctx context.Context, by community.Member, id record.ID) (Practice, error) {
	return b.change(ctx, by.No, by.Community, id, func(_ context.Context, p *Practice) (string, error) {
		if p.Hidden {
			return "", nil
		}
		p.Hidden = true
		return "hidden", nil
	})
}

// checked is a text fit to be kept; it may be empty.
func checked(arg, s string, most int, lines bool) (string, error) {
	words := text.Clean(s, 0)
	if lines {
		words = text.CleanLines(s, 0)
	}
	if n := text.Length(words); n > most {
		return "", text.RefuseArg(arg, "cooperation.long", text.Args{"n": most, "length": n})
	}
	return words, nil
}

func checkedTexts(given map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range Sections {
		words, err := checked(s, strings.TrimSpace(given[s]), MaxSection, true)
		if err != nil {
			return nil, err
		}
		if words != "" {
			out[s] = words
		}
	}
	return out, nil
}
