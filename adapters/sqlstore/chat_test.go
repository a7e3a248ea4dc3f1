package sqlstore

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
)

// eachStore is eachEngine.
func eachStore(t *testing.T, f func(t *testing.T, db *DB)) {
	t.Helper()
	eachEngine(t, f)
}

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// founded makes a community with one space and one room.
func founded(t *testing.T, db *DB) community.Community {
	t.Helper()
	var c community.Community
	do(t, db, func(ctx context.Context) (err error) {
		d := db.Directory()
		c, err = d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, noon)
		if err != nil {
			return err
		}
		s := community.Space{Community: c.ID, Platform: "web", ID: "hall", Name: "Hall", Noise: community.NoiseAll, Joined: noon}
		r := community.Room{Community: c.ID, Platform: "web", Space: "hall", ID: "help", Name: "help", Sections: []community.Section{community.Communication, community.News}}
		return errors.Join(d.AddSpace(ctx, s), d.AddRoom(ctx, r))
	})
	return c
}

func do(t *testing.T, db *DB, f func(ctx context.Context) error) {
	t.Helper()
	if err := db.Atomically(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		from, to, err := db.Migrate(t.Context())
		if err != nil || from != to || to == 0 {
			t.Errorf("from %d to %d: %v", from, to, err)
		}
		if n, err := db.Pending(t.Context()); n != 0 || err != nil {
			t.Errorf("%d pending: %v", n, err)
		}
	})
}

func TestASavepointUndoesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	eachStore(t, func(t *testing.T, db *DB) {
		desk := db.Desk()
		do(t, db, func(ctx context.Context) error {
			if _, err := desk.Once(ctx, 1, "outer", noon); err != nil {
				return err
			}
			err := db.Savepoint(ctx, func(ctx context.Context) error {
				_, err := desk.Once(ctx, 1, "inner", noon)
				return errors.Join(err, boom)
			})
			if !errors.Is(err, boom) {
				t.Errorf("the savepoint returned %v", err)
			}
			err = db.Savepoint(ctx, func(ctx context.Context) error {
				if _, err := desk.Once(ctx, 1, "panicking", noon); err != nil {
					return err
				}
				panic("a bug")
			})
			var p *PanicError
			if !errors.As(err, &p) {
				t.Errorf("the panic came back as %v", err)
			}
			// A nested function's error dooms the savepoint even when it is dropped.
			err = db.Savepoint(ctx, func(ctx context.Context) error {
				if _, err := desk.Once(ctx, 1, "doomed", noon); err != nil {
					return err
				}
				_ = db.Atomically(ctx, func(context.Context) error { return boom })
				return nil
			})
			if !errors.Is(err, boom) {
				t.Errorf("the doomed savepoint returned %v", err)
			}
			return nil
		})
		do(t, db, func(ctx context.Context) error {
			for key, want := range map[string]bool{"outer": false, "inner": true, "panicking": true, "doomed": true} {
				if first, err := desk.Once(ctx, 1, key, noon); first != want || err != nil {
					t.Errorf("%s: first %v, want %v (%v)", key, first, want, err)
				}
			}
			return nil
		})
	})
}

func TestAnAccountBecomesOneMember(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		c := founded(t, db)
		d := db.Directory()
		who := chat.Author{Account: "ann", Name: "Ann", Locale: "it-IT", Zone: "Europe/Rome"}
		var wg sync.WaitGroup
		fresh := make(chan int64, 32)
		for i := range 32 {
			wg.Go(func() {
				err := db.Atomically(t.Context(), func(ctx context.Context) error {
					var m community.Member
					var first bool
					var err error
					if i%2 == 0 {
						m, first, err = d.Enter(ctx, c.ID, "web", "hall", who, noon)
					} else {
						m, first, _, err = d.Acts(ctx, c.ID, "web", "hall", who, noon)
					}
					if first {
						fresh <- m.No
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		m, ok, err := d.Known(t.Context(), c.ID, "web", "ann")
		if err != nil || !ok || m.Name != "Ann" || m.Language != "it" || m.Role != community.RoleMember || m.Quote != community.QuoteAsk {
			t.Errorf("%+v %v %v", m, ok, err)
		}
		if n := len(fresh); n != 1 {
			t.Errorf("%d members were made", n)
		}
		found, err := d.Find(t.Context(), c.ID, "ánn", 5)
		if err != nil || len(found) != 1 {
			t.Errorf("found %v: %v", found, err)
		}
		other := founded2(t, db)
		if _, ok, err := d.Known(t.Context(), other, "web", "ann"); ok || err != nil {
			t.Errorf("known in another community: %v %v", ok, err)
		}
	})
}

// founded2 makes a second community without any space.
func founded2(t *testing.T, db *DB) (id int64) {
	t.Helper()
	do(t, db, func(ctx context.Context) error {
		c, err := db.Directory().Found(ctx, community.Community{Name: "Other", Language: "it", Zone: "Europe/Rome", Policy: community.PolicyOpen}, noon)
		id = c.ID
		return err
	})
	return id
}

func TestASpaceBelongsToOneCommunity(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		founded(t, db)
		other := founded2(t, db)
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			return db.Directory().AddSpace(ctx, community.Space{Community: other, Platform: "web", ID: "hall", Joined: noon})
		})
		if err == nil {
			t.Error("a space joined two communities")
		}
		room, ok, err := db.Directory().Room(t.Context(), "web", "help")
		if err != nil || !ok || !room.Is(community.News) || room.Is(community.Sharing) {
			t.Errorf("%+v %v %v", room, ok, err)
		}
		topics, err := db.Directory().Topics(t.Context(), other)
		if err != nil || len(topics) != len(community.Seed) || topics[0].Label("it") == topics[0].Code {
			t.Errorf("%v: %v", topics, err)
		}
	})
}

func TestAnEventIsTakenOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range 32 {
			wg.Go(func() {
				err := db.Atomically(t.Context(), func(ctx context.Context) error {
					fresh, err := db.Inbox().Take(ctx, chat.Taken{Platform: "web", Event: "e1", At: noon})
					if fresh {
						mu.Lock()
						n++
						mu.Unlock()
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n != 1 {
			t.Errorf("taken %d times", n)
		}
		do(t, db, func(ctx context.Context) error { return db.Inbox().Sweep(ctx, noon.Add(time.Hour)) })
		if taken, err := db.Inbox().Taken(t.Context(), "web", "e1"); taken || err != nil {
			t.Errorf("still taken: %v %v", taken, err)
		}
	})
}

func TestACardMarkedMeanwhileIsShownAgain(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		c := founded(t, db)
		cards := db.Cards()
		h7 := record.Subject{ID: record.ID{Letter: 'H', No: 7}}
		at := chat.Address{Platform: "web", Space: "hall", Room: "help"}
		mark := func() (fresh bool) {
			do(t, db, func(ctx context.Context) (err error) { _, fresh, err = cards.Mark(ctx, c.ID, h7, at); return err })
			return fresh
		}
		settle := func(row chat.CardRow) (again bool) {
			do(t, db, func(ctx context.Context) (err error) { _, again, err = cards.Settle(ctx, row); return err })
			return again
		}
		if !mark() || mark() {
			t.Error("the first mark alone should be fresh")
		}
		row, ok, err := cards.Card(t.Context(), c.ID, h7, at)
		if err != nil || !ok || row.Queued != 2 {
			t.Fatalf("%+v %v %v", row, ok, err)
		}
		mark() // while it is being shown
		row.Message, row.Starts, row.Posted = "m1", "t1", noon
		if !settle(row) {
			t.Error("what was marked meanwhile is forgotten")
		}
		row, _, _ = cards.Card(t.Context(), c.ID, h7, at)
		if settle(row) || !mark() {
			t.Error("a settled card is not at rest")
		}
		of, s, ok, err := cards.Subject(t.Context(), "web", "help", "m1")
		if err != nil || !ok || of != c.ID || s != h7 {
			t.Errorf("%d %v %v %v", of, s, ok, err)
		}
		at.Thread = "t1"
		do(t, db, func(ctx context.Context) error { return cards.Follow(ctx, c.ID, at, h7.ID) })
		_, id, ok, err := cards.Followed(t.Context(), "web", "help", "t1")
		if err != nil || !ok || id != h7.ID {
			t.Errorf("%v %v %v", id, ok, err)
		}
	})
}

func TestOnlyOneTakesAForm(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		p := chat.Pending{Key: "k", Platform: "web", Account: "ann", Room: "help", Question: true, State: []byte(`{"Command":"ask"}`), Expires: noon.Add(time.Minute)}
		do(t, db, func(ctx context.Context) error { return db.Desk().KeepPending(ctx, p) })
		if got, ok, err := db.Desk().PendingQuestion(t.Context(), "web", "ann", "help", noon); err != nil || !ok || string(got.State) != string(p.State) {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		if _, ok, _ := db.Desk().PendingForm(t.Context(), "k", noon.Add(time.Hour)); ok {
			t.Error("an expired form is still open")
		}
		for i, want := range []bool{true, false} {
			do(t, db, func(ctx context.Context) error {
				if ok, err := db.Desk().TakePending(ctx, "k"); ok != want || err != nil {
					t.Errorf("try %d: %v %v", i, ok, err)
				}
				return nil
			})
		}
	})
}

func TestAButtonLivesAsLongAsItsLongestUse(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		keep := func(expires time.Time) {
			do(t, db, func(ctx context.Context) error { return db.Desk().KeepKey(ctx, "1~#k", "show R1", expires) })
		}
		lives := func(at time.Time) bool {
			line, ok, err := db.Desk().KeyLine(t.Context(), "1~#k", at)
			if err != nil || ok && line != "show R1" {
				t.Errorf("%q %v", line, err)
			}
			return ok
		}
		keep(noon.Add(time.Hour))
		keep(noon.Add(time.Minute))
		if !lives(noon.Add(30*time.Minute)) || lives(noon.Add(2*time.Hour)) {
			t.Error("the longer life should win")
		}
		keep(time.Time{})
		keep(noon.Add(time.Hour))
		if !lives(noon.AddDate(10, 0, 0)) {
			t.Error("a card's button should work for ever")
		}
	})
}

func TestConsentFollowsTheStandingAnswer(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		c := founded(t, db)
		l := db.Ledger()
		var m community.Member
		do(t, db, func(ctx context.Context) (err error) {
			m, _, err = db.Directory().Enter(ctx, c.ID, "web", "hall", chat.Author{Account: "bea", Name: "Bea"}, noon)
			return err
		})
		ask := func(m community.Member, subject string) (a community.Answer) {
			do(t, db, func(ctx context.Context) (err error) { a, err = l.Ask(ctx, m, subject, noon); return err })
			return a
		}
		if a := ask(m, "H1.1"); a != community.ConsentWaiting {
			t.Errorf("who wants to be asked: %s", a)
		}
		overdue, err := l.OverdueConsents(t.Context(), c.ID, noon.Add(time.Hour), 10)
		if err != nil || len(overdue) != 1 {
			t.Errorf("%v %v", overdue, err)
		}
		do(t, db, func(ctx context.Context) error {
			return l.SetConsent(ctx, c.ID, m.No, "H1.1", community.ConsentAlways, noon)
		})
		m, _, _ = db.Directory().Known(t.Context(), c.ID, "web", "bea")
		if a := ask(m, "H1.1"); a != community.ConsentAlways {
			t.Errorf("what was answered is asked again: %s", a)
		}
		if a := ask(m, "H1.2"); a != community.ConsentYes {
			t.Errorf("who always says yes: %s", a)
		}
		m.Quote = community.QuoteNever
		if a := ask(m, "H1.3"); a != community.ConsentNo {
			t.Errorf("who never wants: %s", a)
		}
	})
}

func TestTheTrailLeadsBothWays(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		c := founded(t, db)
		h, r := record.ID{Letter: 'H', No: 1}, record.ID{Letter: 'R', No: 2}
		for range 2 {
			do(t, db, func(ctx context.Context) error {
				return db.Ledger().Link(ctx, record.Link{Community: c.ID, From: h, To: r, How: "grew", At: noon})
			})
		}
		from, to, err := db.Ledger().Trail(t.Context(), c.ID, r)
		if err != nil || len(from) != 1 || len(to) != 0 || from[0].From != h {
			t.Errorf("%v %v %v", from, to, err)
		}
		from, to, err = db.Ledger().Trail(t.Context(), c.ID, h)
		if err != nil || len(from) != 0 || len(to) != 1 {
			t.Errorf("%v %v %v", from, to, err)
		}
		do(t, db, func(ctx context.Context) error {
			return db.Ledger().Record(ctx, record.Change{Community: c.ID, Subject: record.Subject{ID: h, Part: 3}, What: "answered", By: 1, At: noon})
		})
		for _, id := range []record.ID{h, {}} {
			if got, err := db.Ledger().Audit(t.Context(), c.ID, id, 0, 10); err != nil || len(got) != 1 {
				t.Errorf("audit of %v: %v %v", id, got, err)
			}
		}
	})
}

func TestPaceCountsAMinute(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *DB) {
		c := founded(t, db)
		do(t, db, func(ctx context.Context) error {
			d := db.Directory()
			for i, step := range []struct {
				at   time.Time
				want int64
			}{{noon, 1}, {noon.Add(time.Second), 2}, {noon.Add(30 * time.Second), 3}, {noon.Add(61 * time.Second), 1}, {noon.Add(-time.Hour), 1}} {
				m, fresh, n, err := d.Acts(ctx, c.ID, "web", "hall", chat.Author{Account: "ann", Name: "Ann"}, step.at)
				if n != step.want || fresh != (i == 0) || m.No != 1 || err != nil {
					t.Errorf("step %d: %d, want %d (%+v, %v, %v)", i, n, step.want, m, fresh, err)
				}
			}
			return nil
		})
	})
}
