package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// practiceBook is a book on a real store, with its reminders kept for looking at.
type practiceBook struct {
	*cooperation.Book
	db *DB

	mu    sync.Mutex
	at    time.Time
	items map[string]work.Item
}

// The members of every book: ann and carl work at organisation 1 in Italy, bea at 2 in Poland, dan
// at 3 in Germany, eve at 4 in Italy, mia moderates and works at 5 in Ireland; gus works nowhere.
const (
	bookAnn = int64(iota + 1)
	bookBea
	bookDan
	bookEve
	bookMia
	bookCarl
	bookGus
)

func eachBook(t *testing.T, test func(t *testing.T, b *practiceBook)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, db *DB) { test(t, newBook(t, db)) })
}

func newBook(t *testing.T, db *DB) *practiceBook {
	t.Helper()
	b := &practiceBook{db: db, at: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC), items: map[string]work.Item{}}
	b.write(t, `INSERT INTO community (id, name, language, zone, policy, created) VALUES (1, 'VET Net', 'en', '', 'open', 0)`)
	b.write(t, `INSERT INTO counter (community_id, name, last) VALUES (1, 'organisation', 5)`)
	for no, country := range []string{"IT", "PL", "DE", "IT", "IE"} {
		b.write(t, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
			VALUES (1, $1, $2, $2, $3, '', '', TRUE, 0, '')`, int64(no+1), fmt.Sprint("org ", no+1), country)
	}
	for no, org := range []int64{1, 2, 3, 4, 5, 1, 0} {
		role := "member"
		if int64(no+1) == bookMia {
			role = "moderator"
		}
		b.join(t, int64(no+1), org, role, false)
	}
	ledger := db.Ledger()
	b.Book = cooperation.New(cooperation.Store{Transactions: db, Practices: db.Practices(), Reviews: db.Reviews(), Adoptions: db.Adoptions(), Circles: db.Circles(),
		Members: db.Directory(), Consents: ledger, Changes: ledger, Trails: ledger, Queue: b}, b.now)
	return b
}

func (b *practiceBook) write(t *testing.T, query string, args ...any) {
	t.Helper()
	err := b.db.Atomically(t.Context(), func(ctx context.Context) error {
		_, err := b.db.exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *practiceBook) join(t *testing.T, no, org int64, role string, reviewer bool) {
	t.Helper()
	b.write(t, `INSERT INTO member (community_id, number, name, folded, language, country, organisation, topics, role, zone,
		quote, helper, weekly_cap, reviewer, stopped, erased, joined, asked, pace_since, pace_count)
		VALUES (1, $1, $2, $2, '', '', $3, '', $4, '', 'ask', FALSE, 0, $5, FALSE, FALSE, 0, 0, 0, 0)`, no, fmt.Sprint("member ", no), org, role, reviewer)
}

func (b *practiceBook) reviewers(t *testing.T, members ...int64) {
	t.Helper()
	for _, m := range members {
		b.write(t, `UPDATE member SET reviewer = TRUE WHERE community_id = 1 AND number = $1`, m)
	}
}

func (b *practiceBook) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *practiceBook) step(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

func (b *practiceBook) Add(_ context.Context, items ...work.Item) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, it := range items {
		if _, there := b.items[it.Key]; !there {
			b.items[it.Key] = it
		}
	}
	return nil
}

func (b *practiceBook) Drop(context.Context, int64, ...string) error { return nil }

// due takes the reminders of a kind that are due by now.
func (b *practiceBook) due(t *testing.T, kind string) []cooperation.Reminder {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []cooperation.Reminder
	for key, it := range b.items {
		if it.Kind != kind || it.Due.After(b.at) {
			continue
		}
		var m cooperation.Reminder
		if err := it.Read(&m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
		it.Kind = "done"
		b.items[key] = it
	}
	return out
}

func (b *practiceBook) who(t *testing.T, no int64) community.Member {
	t.Helper()
	m, err := b.db.Directory().Member(t.Context(), 1, no)
	if err != nil || m.No == 0 {
		t.Fatalf("member %d: %v", no, err)
	}
	return m
}

var bookTexts = map[string]string{"context": "A school.", "problem": "Distance.", "approach": "Video."}

// candidate is a practice of ann's that may be submitted.
func (b *practiceBook) candidate(t *testing.T, said ...cooperation.Said) cooperation.Promoted {
	t.Helper()
	out, err := b.Promote(t.Context(), b.who(t, bookAnn), cooperation.Draft{Title: "Video portfolios", Texts: bookTexts, Said: said})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (b *practiceBook) submitted(t *testing.T) cooperation.Reviewing {
	t.Helper()
	p := b.candidate(t)
	out, err := b.Submit(t.Context(), b.who(t, bookAnn), p.Practice.ID)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (b *practiceBook) review(t *testing.T, id record.ID, no int64, v cooperation.Verdict) cooperation.Reviewing {
	t.Helper()
	out, err := b.Review(t.Context(), b.who(t, no), id, cooperation.Opinion{Verdict: v, Comment: "Clear and useful."})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// accepted is a practice of ann's that was reviewed by bea and eve.
func (b *practiceBook) accepted(t *testing.T) record.ID {
	t.Helper()
	b.reviewers(t, bookBea, bookEve)
	id := b.submitted(t).Practice.ID
	b.review(t, id, bookBea, cooperation.Accept)
	b.review(t, id, bookEve, cooperation.Accept)
	if _, err := b.Decide(t.Context(), b.who(t, bookMia), id, true, ""); err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *practiceBook) at1(t *testing.T, id record.ID) cooperation.Practice {
	t.Helper()
	p, err := b.Practice(t.Context(), 1, id)
	if err != nil || p == nil {
		t.Fatalf("%s: %v, %v", id, p, err)
	}
	return *p
}

func practiceRefused(t *testing.T, err error, key string) {
	t.Helper()
	var r *text.Refusal
	if !errors.As(err, &r) || r.Key != key {
		t.Errorf("refused with %v, want %s", err, key)
	}
}
