package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// helpDesk is a desk on a real store, with what it tells others kept for looking at.
type helpDesk struct {
	*communication.Desk
	db    *DB
	clock *helpClock

	consents *helpConsents

	mu      sync.Mutex
	changes []record.Change
	links   []record.Link
	items   map[string]work.Item
}

// helpClock stands until it is told to go on.
type helpClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *helpClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *helpClock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// The members of every desk: ann asks, bea and dan help, eve is a helper with another topic, mia
// moderates.
const (
	helpAnn = int64(iota + 1)
	helpBea
	helpDan
	helpEve
	helpMia
)

func helpMember(no int64) community.Member {
	m := community.Member{Community: 1, No: no, Name: fmt.Sprint("member ", no), Role: community.RoleMember, Quote: community.QuoteAsk}
	if no == helpMia {
		m.Role = community.RoleModerator
	}
	return m
}

// eachDesk runs a test on every engine.
func eachDesk(t *testing.T, test func(t *testing.T, d *helpDesk)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, db *DB) { test(t, newDesk(t, db)) })
}

func newDesk(t *testing.T, db *DB) *helpDesk {
	t.Helper()
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		_, err := db.exec(ctx, `INSERT INTO community (id, name, language, zone, policy, created) VALUES (1, 'VET Net', 'en', '', 'open', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &helpDesk{db: db, clock: &helpClock{at: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}, items: map[string]work.Item{},
		consents: &helpConsents{answers: map[string]community.Answer{}}}
	for no := helpAnn; no <= helpMia; no++ {
		d.join(t, no, "", "", false, 0)
	}
	d.Desk = communication.New(communication.Store{Transactions: db, Requests: db.Requests(), Answers: db.Answers(), Helpers: db.Helpers(),
		Members: d, Consents: d.consents, Changes: d, Trails: d, Queue: d}, d.clock.now)
	return d
}

// join puts a member into the store.
func (d *helpDesk) join(t *testing.T, no int64, language, topics string, helper bool, most int) {
	t.Helper()
	err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
		if _, err := d.db.exec(ctx, `DELETE FROM member WHERE community_id = 1 AND number = $1`, no); err != nil {
			return err
		}
		_, err := d.db.exec(ctx, `INSERT INTO member (community_id, number, name, folded, language, country, organisation, topics, role, zone,
			quote, helper, weekly_cap, reviewer, stopped, erased, joined, asked, pace_since, pace_count)
			VALUES (1, $1, $2, $2, $3, '', 0, $4, 'member', '', 'ask', $5, $6, FALSE, FALSE, FALSE, 0, 0, 0, 0)`,
			no, fmt.Sprint("member ", no), language, topics, helper, int64(most))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *helpDesk) Member(_ context.Context, _, no int64) (community.Member, error) {
	return helpMember(no), nil
}

func (d *helpDesk) Record(_ context.Context, c record.Change) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes = append(d.changes, c)
	return nil
}

// told are the changes since the last call, one word for each.
func (d *helpDesk) told() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, c := range d.changes {
		by := ""
		if c.By != 0 {
			by = fmt.Sprintf(" by %d", c.By)
		}
		if c.Quiet {
			by += " quietly"
		}
		out = append(out, c.Subject.String()+" "+c.What+by)
	}
	d.changes = nil
	return strings.Join(out, ", ")
}

func (d *helpDesk) Link(_ context.Context, l record.Link) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links = append(d.links, l)
	return nil
}

func (d *helpDesk) Trail(context.Context, int64, record.ID) ([]record.Link, []record.Link, error) {
	return nil, nil, nil
}

func (d *helpDesk) Add(_ context.Context, items ...work.Item) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, it := range items {
		if _, there := d.items[it.Key]; !there {
			d.items[it.Key] = it
		}
	}
	return nil
}

func (d *helpDesk) Drop(context.Context, int64, ...string) error { return nil }

// due takes the items of a kind that are due by now.
func (d *helpDesk) due(t *testing.T, kind string) []communication.Reminder {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []communication.Reminder
	for key, it := range d.items {
		if it.Kind == kind && !it.Due.After(d.clock.now()) {
			var m communication.Reminder
			if err := it.Read(&m); err != nil {
				t.Fatal(err)
			}
			out = append(out, m)
			it.Kind = "done"
			d.items[key] = it
		}
	}
	return out
}

func (d *helpDesk) Ask(ctx context.Context, by int64, q communication.Question) (communication.Asked, error) {
	return d.Desk.Ask(ctx, helpMember(by), q)
}

// helpConsents are consents in memory, without standing answers.
type helpConsents struct {
	mu      sync.Mutex
	answers map[string]community.Answer
}

func (c *helpConsents) Ask(_ context.Context, _ community.Member, subject string, _ time.Time) (community.Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers[subject] == "" {
		c.answers[subject] = community.ConsentWaiting
	}
	return c.answers[subject], nil
}

func (c *helpConsents) Consent(context.Context, int64, int64, string) (community.Consent, error) {
	return community.Consent{}, errors.New("the desk does not ask this")
}

func (c *helpConsents) SetConsent(_ context.Context, _, _ int64, subject string, a community.Answer, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[subject] = a
	return nil
}

func (c *helpConsents) OverdueConsents(context.Context, int64, time.Time, int) ([]community.Consent, error) {
	return nil, errors.New("the desk does not ask this")
}

// asked opens a request.
func (d *helpDesk) asked(t *testing.T, by int64, q communication.Question) communication.Asked {
	t.Helper()
	out, err := d.Ask(t.Context(), by, q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// says writes a message into the thread of a request in a space.
func (d *helpDesk) says(t *testing.T, by int64, id record.ID, space, message, words string) communication.Heard {
	t.Helper()
	out, err := d.Hear(t.Context(), helpMember(by), id, communication.Said{Text: words, Via: "web chat", Source: helpAt(space, message)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func helpAt(space, message string) record.Source {
	return record.Source{Platform: "webchat", Space: space, Room: space + "/communication", Thread: "t1", Message: message}
}

func (d *helpDesk) state(t *testing.T, id record.ID) communication.State {
	t.Helper()
	r, err := d.Request(t.Context(), 1, id)
	if err != nil || r == nil {
		t.Fatalf("%s: %v, %v", id, r, err)
	}
	return r.State
}

// helpRefused says that err is the refusal with a key.
func helpRefused(t *testing.T, err error, key string) {
	t.Helper()
	var no *text.Refusal
	if !errors.As(err, &no) || no.Key != key {
		t.Errorf("got the error %v, want the refusal %s", err, key)
	}
}

func helpID(no int64) record.ID { return record.ID{Letter: 'H', No: no} }

// helpTogether runs f n times at once.
func helpTogether(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
