package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// crewHall is groups on a real store, with their work kept for looking at.
type crewHall struct {
	*collaboration.Groups
	db  *DB
	com community.Community

	mu    sync.Mutex
	at    time.Time
	items map[string]work.Item
}

func (h *crewHall) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *crewHall) step(days int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.AddDate(0, 0, days)
}

// Member has each member in an organisation of their own, except multiples of four, who said nothing.
func (h *crewHall) Member(_ context.Context, of, no int64) (community.Member, error) {
	m := community.Member{Community: of, No: no, Name: fmt.Sprint("member ", no), Role: community.RoleMember}
	if no%4 != 0 {
		m.Country = []string{"IE", "IT", "PL", "DE"}[no%4]
		m.Organisation = community.Organisation{No: no, Confirmed: no%2 == 1}
	}
	if no == 99 {
		m.Role = community.RoleModerator
	}
	return m, nil
}

func (h *crewHall) member(no int64) community.Member {
	m, _ := h.Member(context.Background(), 1, no)
	return m
}

func (h *crewHall) Add(_ context.Context, items ...work.Item) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, it := range items {
		if _, there := h.items[it.Key]; !there {
			h.items[it.Key] = it
		}
	}
	return nil
}

func (h *crewHall) Drop(_ context.Context, _ int64, keys ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range keys {
		delete(h.items, k)
	}
	return nil
}

// waits are the items that wait, with when they are due.
func (h *crewHall) waits() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, k := range slices.Sorted(maps.Keys(h.items)) {
		out = append(out, strings.TrimPrefix(k, "collaboration/")+" at "+h.items[k].Due.UTC().Format("01-02T15"))
	}
	return strings.Join(out, ", ")
}

func eachHall(t *testing.T, test func(t *testing.T, h *crewHall)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := &crewHall{db: db, com: community.Community{ID: 1, Zone: "Europe/Dublin"}, at: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
			items: map[string]work.Item{}}
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			_, err := db.exec(ctx, `INSERT INTO community (id, name, language, zone, policy, created) VALUES (1, 'VET Net', 'en', '', 'open', 0)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Groups = collaboration.New(collaboration.Store{Transactions: db, Collaborations: db.Collaborations(), Members: h,
			Records: db.Ledger(), Changes: db.Ledger(), Trails: db.Ledger(), Queue: h}, h.now)
		test(t, h)
	})
}

func hallDate(s string) text.Date {
	d, err := text.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func hallRefused(t *testing.T, err error, key string) {
	t.Helper()
	var r *text.Refusal
	if !errors.As(err, &r) || r.Key != key {
		t.Errorf("got %v, want the refusal %s", err, key)
	}
}

var hallPlan = collaboration.Plan{Theme: "A shared rubric", Goal: "One rubric\nfor five schools.", Topic: "didactics",
	Source: record.Source{Platform: "slack", Space: "T1", Room: "C1"}, From: record.ID{Letter: 'H', No: 7}}

// opened is a collaboration of member 1 that ends on 15 January 2027.
func (h *crewHall) opened(t *testing.T) collaboration.Collaboration {
	t.Helper()
	p := hallPlan
	p.Until = hallDate("2027-01-15")
	c, twin, err := h.Open(t.Context(), h.com, h.member(1), p)
	if err != nil || twin {
		t.Fatal(twin, err)
	}
	return c
}

func (h *crewHall) joined(t *testing.T, id record.ID, nos ...int64) {
	t.Helper()
	for _, no := range nos {
		if _, fresh, err := h.Join(t.Context(), h.member(no), id); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
		h.mu.Lock()
		h.at = h.at.Add(time.Second)
		h.mu.Unlock()
	}
}

func (h *crewHall) load(t *testing.T, id record.ID) *collaboration.Collaboration {
	t.Helper()
	c, err := h.Collaboration(t.Context(), 1, id)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c
}

func TestCollaborationIsKeptWhole(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		c := h.opened(t)
		got := h.load(t, c.ID)
		want := collaboration.Collaboration{Community: 1, ID: record.ID{Letter: 'C', No: 1}, Theme: "A shared rubric",
			Goal: "One rubric\nfor five schools.", Topic: "didactics", Until: hallDate("2027-01-15"), Owner: 1, State: collaboration.Proposed,
			Opened: h.now(), Active: h.now(), Source: hallPlan.Source}
		if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		p := hallPlan
		p.Until = hallDate("2027-01-15")
		if again, twin, err := h.Open(t.Context(), h.com, h.member(1), p); err != nil || !twin || again.ID != c.ID {
			t.Errorf("the same again: %v %v %v", again.ID, twin, err)
		}
		if want := "C1/2027-01-15/-1 at 01-16T09, C1/2027-01-15/1 at 01-14T09, C1/2027-01-15/7 at 01-08T09"; h.waits() != want {
			t.Errorf("waits: %s", h.waits())
		}
		from, _, err := h.db.Ledger().Trail(t.Context(), 1, c.ID)
		if err != nil || len(from) != 1 || from[0].From.String() != "H7" {
			t.Errorf("trail: %v, %v", from, err)
		}
	})
}

func TestJoinLeaveAndHandOver(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		id := h.opened(t).ID
		_, err := h.Leave(t.Context(), h.member(1), id)
		hallRefused(t, err, "collaboration.last")
		if c, fresh, err := h.Join(t.Context(), h.member(1), id); err != nil || fresh || c.State != collaboration.Proposed {
			t.Errorf("the owner again: %v %v %v", c.State, fresh, err)
		}
		h.step(1)
		h.joined(t, id, 5, 3)
		if c := h.load(t, id); c.State != collaboration.Open {
			t.Errorf("state %s", c.State)
		}
		l, err := h.Leave(t.Context(), h.member(1), id)
		if err != nil || l.Heir != 5 || l.Collaboration.Owner != 5 {
			t.Errorf("left: %+v, %v", l, err)
		}
		if l, err := h.Leave(t.Context(), h.member(1), id); err != nil || l.Was {
			t.Errorf("left again: %+v, %v", l, err)
		}
		if l, err := h.Leave(t.Context(), h.member(3), id); err != nil || l.Heir != 0 {
			t.Errorf("one who does not own it: %+v, %v", l, err)
		}
	})
}

func TestManyJoinAtOnce(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		id := h.opened(t).ID
		var wg sync.WaitGroup
		fresh := make(chan bool, 64)
		for i := range 64 { // each of 32 members twice
			wg.Go(func() {
				_, f, err := h.Join(t.Context(), h.member(int64(i%32)+2), id)
				if err != nil {
					t.Error(err)
				}
				fresh <- f
			})
		}
		wg.Wait()
		close(fresh)
		n := 0
		for f := range fresh {
			if f {
				n++
			}
		}
		if n != 32 {
			t.Errorf("%d joins were new", n)
		}
		// Of 1 to 33, eight said nothing, and seventeen have a confirmed organisation.
		got, err := h.Counts(t.Context(), h.load(t, id))
		if want := (collaboration.Counts{Members: 33, Organisations: 17, Countries: 3}); err != nil || got != want {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	})
}

func TestExtendOnceWithoutAModerator(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		id := h.opened(t).ID
		extend := func(no int64, until, reason string) (bool, error) {
			_, again, err := h.Extend(t.Context(), h.com, h.member(no), id, hallDate(until), reason)
			return again, err
		}
		_, err := extend(2, "2027-02-15", "More time.")
		hallRefused(t, err, "collaboration.not_yours")
		_, err = extend(1, "2027-02-15", " ")
		hallRefused(t, err, "collaboration.reason.empty")
		_, err = extend(1, "2027-01-14", "Less time.")
		hallRefused(t, err, "collaboration.until.not_later")
		h.step(46) // 16 January
		m := collaboration.Reminder{ID: id, Until: "2027-01-15", Days: -1}
		if c, err := h.Remind(t.Context(), 1, m); err != nil || c == nil || c.State != collaboration.Closing {
			t.Fatal(c, err)
		}
		if again, err := extend(1, "2027-02-15", "More time."); err != nil || again {
			t.Fatal(again, err)
		}
		if again, err := extend(1, "2027-02-15", "More time."); err != nil || !again {
			t.Errorf("pressed twice: %v %v", again, err)
		}
		if c := h.load(t, id); c.State != collaboration.Proposed || c.Until != hallDate("2027-02-15") {
			t.Errorf("%+v", c)
		}
		if want := "C1/2027-02-15/-1 at 02-16T09, C1/2027-02-15/1 at 02-14T09, C1/2027-02-15/7 at 02-08T09"; h.waits() != want {
			t.Errorf("waits: %s", h.waits())
		}
		if c, err := h.Remind(t.Context(), 1, m); err != nil || c != nil {
			t.Errorf("a reminder that was overtaken: %v %v", c, err)
		}
		_, err = extend(1, "2027-03-15", "Still more.")
		hallRefused(t, err, "collaboration.extended_once")
		if _, err := extend(99, "2027-03-15", "Still more."); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseNeedsAResult(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		id := h.opened(t).ID
		h.joined(t, id, 2, 3)
		known, gone := record.ID{Letter: 'R', No: 13}, record.ID{Letter: 'R', No: 14}
		note := func(id record.ID, what string) {
			err := h.db.Atomically(t.Context(), func(ctx context.Context) error {
				return h.db.Ledger().Record(ctx, record.Change{Community: 1, Subject: record.Subject{ID: id}, What: what, At: h.now()})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		note(known, "published")
		note(gone, "published")
		note(gone, "withdrawn")
		closing := func(no int64, o collaboration.Outcome) (bool, error) {
			_, again, err := h.Close(t.Context(), h.member(no), id, o)
			return again, err
		}
		_, err := closing(2, collaboration.Outcome{Text: "Done.", Because: "No time."})
		hallRefused(t, err, "collaboration.not_yours")
		_, err = closing(1, collaboration.Outcome{Text: "Done."})
		hallRefused(t, err, "collaboration.close.needs")
		for _, r := range []record.ID{gone, {Letter: 'R', No: 15}, id} {
			_, err = closing(1, collaboration.Outcome{Text: "Done.", Results: []record.ID{known, r}})
			hallRefused(t, err, "collaboration.close.unknown")
		}
		if again, err := closing(1, collaboration.Outcome{Text: "Done.", Results: []record.ID{known}}); err != nil || again {
			t.Fatal(again, err)
		}
		if again, err := closing(1, collaboration.Outcome{Text: "Done."}); err != nil || !again {
			t.Errorf("closed twice: %v %v", again, err)
		}
		c := h.load(t, id)
		if c.State != collaboration.Closed || c.Final != (collaboration.Counts{Members: 3, Organisations: 2, Countries: 3}) {
			t.Errorf("%+v", c)
		}
		if from, _, err := h.db.Ledger().Trail(t.Context(), 1, known); err != nil || len(from) != 1 || from[0].From != id || from[0].How != "outcome of" {
			t.Errorf("trail: %v %v", from, err)
		}
		if want := "C1/archive at 12-15T09"; h.waits() != want {
			t.Errorf("waits: %s", h.waits())
		}
		_, _, err = h.Join(t.Context(), h.member(5), id)
		hallRefused(t, err, "collaboration.over")
		h.step(14)
		if err := h.Archive(t.Context(), 1, collaboration.Reminder{ID: id}); err != nil || h.load(t, id).State != collaboration.Archived {
			t.Errorf("archived: %s, %v", h.load(t, id).State, err)
		}
	})
}

func TestWithdrawnHiddenAndErased(t *testing.T) {
	t.Parallel()
	eachHall(t, func(t *testing.T, h *crewHall) {
		id := h.opened(t).ID
		_, err := h.Tell(t.Context(), h.member(2), id, "I am not in it.")
		hallRefused(t, err, "collaboration.not_in")
		h.joined(t, id, 2)
		for _, no := range []int64{1, 2} {
			if _, err := h.Tell(t.Context(), h.member(no), id, fmt.Sprint("News of ", no)); err != nil {
				t.Fatal(err)
			}
		}
		if e, err := h.Export(t.Context(), 1, 2); err != nil || len(e.Updates) != 1 || len(e.Member) != 1 || len(e.Owned) != 0 {
			t.Errorf("export: %+v, %v", e, err)
		}
		if err := h.Erase(t.Context(), 1, 2); err != nil {
			t.Fatal(err)
		}
		if n, err := h.LastNews(t.Context(), 1, id); err != nil || n == nil || n.Text != "News of 1" {
			t.Errorf("news: %+v, %v", n, err)
		}
		if err := h.Erase(t.Context(), 1, 1); err != nil || h.load(t, id).Owner != 0 {
			t.Errorf("owner %d, %v", h.load(t, id).Owner, err)
		}
		h.joined(t, id, 5)
		if c := h.load(t, id); c.Owner != 5 {
			t.Errorf("who joins what nobody owns owns it: %d", c.Owner)
		}
		if _, again, err := h.Withdraw(t.Context(), h.member(5), id, "Wrong room"); err != nil || again {
			t.Error(again, err)
		}
		if c := h.load(t, id); !c.Withdrawn || c.Goal != "" || c.Reason != "Wrong room" || h.waits() != "" {
			t.Errorf("%+v; waits %s", c, h.waits())
		}
		if _, again, err := h.Hide(t.Context(), h.member(99), id); err != nil || again {
			t.Error(again, err)
		}
		if cs, err := h.List(t.Context(), 1, collaboration.Filter{}); err != nil || len(cs) != 0 {
			t.Errorf("listed: %v %v", cs, err)
		}
	})
}
