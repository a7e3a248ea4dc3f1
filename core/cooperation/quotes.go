package cooperation

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

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

// Silence counts a question for consent that nobody answered in time as a no. asked is who was asked,
// 0 when they had answered.
func (b *Book) Silence(ctx context.Context, of int64, m Reminder) (asked int64, s record.Subject, err error) {
	s = record.Subject{ID: m.Practice, Part: m.Step}
	err = b.store.Atomically(ctx, func(ctx context.Context) error {
		asked = 0
		qs, err := b.Quotes(ctx, of, m.Practice)
		if err != nil {
			return err
		}
		for _, q := range qs {
			if q.Part != m.Step {
				continue
			}
			c, err := b.store.Consents.Consent(ctx, of, q.Author, s.String())
			if err != nil {
				return fmt.Errorf("look up consent: %w", err)
			}
			if c.Answer != community.ConsentWaiting {
				return nil
			}
			if err := b.store.Consents.SetConsent(ctx, of, q.Author, s.String(), community.ConsentNo, b.now()); err != nil {
				return fmt.Errorf("note a silence: %w", err)
			}
			asked = q.Author
			return b.Consented(ctx, of, s, q.Author, community.ConsentNo)
		}
		return nil
	})
	return asked, s, err
}
