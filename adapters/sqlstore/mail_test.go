package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/mail"
	"guildhall/core/work"
)

// mailing are the rules over a real store.
func mailing(d *helpDesk) *mail.Subscriptions {
	return &mail.Subscriptions{Now: d.clock.now,
		Store: mail.Store{Transactions: d.db, Readers: d.db.Mail(), Schedules: d.db.Schedules(), Queue: d.db.Work().WithClock(d.clock.now)},
		Plan: mail.Plan{Kind: "digest.own", Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 8},
			OwnName: func(no int64) string { return fmt.Sprintf("digest/member/%d", no) },
			Zone:    func(context.Context, mail.Reader) (string, error) { return "Europe/Rome", nil }, Forget: d.db.Digests().ForgetLetters}}
}

// link is the link that confirms a reader.
func confirmOf(t *testing.T, d *helpDesk, no int64) mail.Link {
	t.Helper()
	r, err := d.db.Mail().Reader(t.Context(), 1, no)
	if err != nil || r == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	return mail.Link{Verb: mail.Confirm, Community: 1, Reader: no, Key: r.Key}
}

func (d *helpDesk) queued(t *testing.T, kind string) (n int64) {
	t.Helper()
	counts, err := d.db.Work().Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		if c.Kind == kind {
			n += c.Waiting
		}
	}
	return n
}

func TestAnAddressIsAskedOnceADay(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		s := mailing(d)
		// All at once, by several people: one mail.
		helpTogether(t, 32, func(i int) error {
			_, _, err := s.Ask(t.Context(), 1, helpAnn+int64(i%3), helpAnn+int64(i%3), "Ann@CFP.example")
			return err
		})
		if n := d.queued(t, mail.KindConfirm); n != 1 {
			t.Fatalf("%d confirmations", n)
		}
		d.clock.at = d.clock.at.Add(23 * time.Hour)
		if _, _, err := s.Ask(t.Context(), 1, helpAnn, helpAnn, "ann@cfp.example"); err != nil || d.queued(t, mail.KindConfirm) != 1 {
			t.Fatalf("within a day: %v", err)
		}
		d.clock.at = d.clock.at.Add(2 * time.Hour)
		if _, _, err := s.Ask(t.Context(), 1, helpAnn, helpAnn, "ann@cfp.example"); err != nil || d.queued(t, mail.KindConfirm) != 2 {
			t.Fatalf("a day later: %v", err)
		}
		for i := range mail.MostAsked + 2 {
			_, _, err := s.Ask(t.Context(), 1, helpBea, helpBea, fmt.Sprintf("bob%d@cfp.example", i))
			if enough := i >= mail.MostAsked; errors.Is(err, mail.ErrEnough) != enough {
				t.Errorf("address %d: %v", i, err)
			}
		}
	})
}

func TestAnAddressHasOneReader(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		s := mailing(d)
		ask := func(member int64, address string) int64 {
			t.Helper()
			r, _, err := s.Ask(t.Context(), 1, member, helpMia, address)
			if err != nil {
				t.Fatal(err)
			}
			return r.No
		}
		// Ann has her own digest in the chat, every Friday.
		err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
			_, err := d.db.Schedules().SetSchedule(ctx, work.Schedule{Community: 1, Name: "digest/member/1", Kind: "digest.own", Zone: "Europe/Dublin",
				Rule: work.Rule{Pace: work.Monthly, Day: time.Friday, Hour: 10}}, d.clock.now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		first := ask(helpAnn, "ann@cfp.example")
		helpTogether(t, 16, func(int) error {
			_, ok, err := s.Confirm(t.Context(), confirmOf(t, d, first), "", "")
			if err == nil && !ok {
				err = errors.New("not confirmed")
			}
			return err
		})
		sched, there, err := d.db.Schedules().Schedule(t.Context(), 1, mail.ScheduleName(first))
		if err != nil || !there || sched.Rule.Day != time.Friday || sched.Rule.Pace != work.Monthly || sched.Zone != "Europe/Dublin" || sched.Due.IsZero() {
			t.Fatalf("%+v, %v", sched, err)
		}
		if own, there, err := d.db.Schedules().Schedule(t.Context(), 1, "digest/member/1"); err != nil || there && !own.Due.IsZero() {
			t.Errorf("the digest in the chat goes on: %+v, %v", own, err)
		}
		on := func() (nos []int64) {
			for no := int64(1); no < 9; no++ {
				if r, err := d.db.Mail().Reader(t.Context(), 1, no); err == nil && r != nil && r.State == mail.On {
					nos = append(nos, no)
				}
			}
			return nos
		}
		// Another address of hers takes the place of the first, and somebody else's of hers.
		second := ask(helpAnn, "rossi@home.example")
		if _, _, err := s.Confirm(t.Context(), confirmOf(t, d, second), "", ""); err != nil || fmt.Sprint(on()) != fmt.Sprint([]int64{second}) {
			t.Fatalf("%v, %v", on(), err)
		}
		guest := ask(0, "rossi@home.example")
		if _, _, err := s.Confirm(t.Context(), confirmOf(t, d, guest), "it", "Europe/Rome"); err != nil || len(on()) != 1 {
			t.Fatalf("%v, %v", on(), err)
		}
		r, err := d.db.Mail().Reader(t.Context(), 1, guest)
		if err != nil || r.Lang != "it" || r.Zone != "Europe/Rome" || r.State != mail.On {
			t.Errorf("%+v, %v", r, err)
		}
		l := mail.Link{Verb: mail.Stop, Community: 1, Reader: guest}
		for range 2 {
			if _, err := s.Stop(t.Context(), l, true); err != nil || len(on()) != 0 {
				t.Fatalf("%v, %v", on(), err)
			}
		}
		// Who refused is asked no more, whoever asks and however late.
		d.clock.at = d.clock.at.AddDate(0, 1, 0)
		before := d.queued(t, mail.KindConfirm)
		ask(helpBea, "rossi@home.example")
		if n := d.queued(t, mail.KindConfirm); n != before {
			t.Errorf("%d confirmations, %d before", n, before)
		}
		if _, ok, err := s.Confirm(t.Context(), mail.Link{Verb: mail.Confirm, Community: 1, Reader: first, Key: "made-up"}, "", ""); ok || err != nil {
			t.Errorf("a link of another time: %v, %v", ok, err)
		}
		if _, ok, err := s.Confirm(t.Context(), mail.Link{Verb: mail.Confirm, Community: 2, Reader: first}, "", ""); ok || err != nil {
			t.Errorf("a link of another community: %v, %v", ok, err)
		}
	})
}

func TestALetterIsClaimedOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		s, db := mailing(d), d.db.Mail()
		r, _, err := s.Ask(t.Context(), 1, helpAnn, helpAnn, "ann@cfp.example")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Confirm(t.Context(), confirmOf(t, d, r.No), "", ""); err != nil {
			t.Fatal(err)
		}
		var fresh atomic.Int64
		begin := func(period string) (f mail.Fate, err error) {
			err = d.db.Atomically(t.Context(), func(ctx context.Context) error {
				f, err = db.Begin(ctx, 1, r.No, "digest", period, d.clock.now())
				return err
			})
			return f, err
		}
		helpTogether(t, 32, func(int) error {
			f, err := begin("2027-W09")
			if f == "" && err == nil {
				fresh.Add(1)
			}
			return err
		})
		if fresh.Load() != 1 {
			t.Fatalf("%d claims", fresh.Load())
		}
		end := func(period string, f mail.Fate) {
			t.Helper()
			if err := d.db.Atomically(t.Context(), func(ctx context.Context) error { return db.Ended(ctx, 1, r.No, "digest", period, f, d.clock.now()) }); err != nil {
				t.Fatal(err)
			}
		}
		// What was not sent may be begun again; what has a fate keeps it.
		end("2027-W09", "")
		if f, err := begin("2027-W09"); f != "" || err != nil {
			t.Errorf("again: %q, %v", f, err)
		}
		end("2027-W09", mail.Sent)
		end("2027-W09", "")
		if f, err := begin("2027-W09"); f != mail.Sent || err != nil {
			t.Errorf("after it was sent: %q, %v", f, err)
		}
		for i := 1; i <= mail.MostBounces; i++ {
			var ended bool
			err := d.db.Atomically(t.Context(), func(ctx context.Context) (err error) {
				if i == 2 { // one that arrives in between begins the count anew
					if err := s.Arrived(ctx, 1, r.No); err != nil {
						return err
					}
					if _, _, err := s.Bounced(ctx, 1, r.No); err != nil {
						return err
					}
				}
				_, ended, err = s.Bounced(ctx, 1, r.No)
				return err
			})
			if err != nil || ended != (i == mail.MostBounces) {
				t.Errorf("bounce %d: %v, %v", i, ended, err)
			}
		}
		if x, there, err := d.db.Schedules().Schedule(t.Context(), 1, mail.ScheduleName(r.No)); err != nil || there && !x.Due.IsZero() {
			t.Errorf("it goes on: %+v, %v", x, err)
		}
		if sent, err := db.SentTo(t.Context(), 1, r.No, 10); err != nil || len(sent) != 1 || sent[0].Fate != mail.Sent || sent[0].Period != "2027-W09" {
			t.Errorf("%+v, %v", sent, err)
		}
		err = d.db.Atomically(t.Context(), func(ctx context.Context) error { return s.Erase(ctx, 1, helpAnn) })
		if list, wrong := db.ReadersOf(t.Context(), 1, helpAnn); err != nil || wrong != nil || len(list) != 0 {
			t.Errorf("after erasing: %+v, %v, %v", list, err, wrong)
		}
	})
}

func TestWhatEndedIsForgotten(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		s := mailing(d)
		for i, address := range []string{"never@confirmed.example", "gone@again.example", "stays@on.example"} {
			r, _, err := s.Ask(t.Context(), 1, 0, helpMia, address)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				if _, _, err := s.Confirm(t.Context(), confirmOf(t, d, r.No), "", ""); err != nil {
					t.Fatal(err)
				}
			}
			if i == 1 {
				if _, err := s.Stop(t.Context(), mail.Link{Verb: mail.Stop, Community: 1, Reader: r.No}, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct{ days, left int }{{29, 3}, {2, 1}} {
			d.clock.at = d.clock.at.AddDate(0, 0, c.days)
			if err := d.db.Atomically(t.Context(), func(ctx context.Context) error { return s.Sweep(ctx, 1) }); err != nil {
				t.Fatal(err)
			}
			if list, err := d.db.Mail().ReadersOf(t.Context(), 1, 0); err != nil || len(list) != c.left {
				t.Errorf("%+v, %v; want %d", list, err, c.left)
			}
		}
		if list, err := d.db.Mail().ReadersByNo(t.Context(), 1, []int64{1, 2, 3, 99}); err != nil || len(list) != 1 || list[0].Address != "stays@on.example" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestMailKeepsThePaceOfItsServer(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		s := mailing(d)
		for i := range 5 {
			if _, _, err := s.Ask(t.Context(), 1, 0, helpMia, fmt.Sprintf("guest%d@vet.example", i)); err != nil {
				t.Fatal(err)
			}
		}
		claim := func() (n int) {
			t.Helper()
			err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
				got, err := s.Queue.(Work).Claim(ctx, work.Want{Owner: "a", Lease: time.Hour, Most: 9, Room: []work.Room{{Kind: mail.KindConfirm, N: 9}},
					Rate: func(budget string) work.Rate {
						if budget != mail.Budget {
							t.Errorf("counts against %q", budget)
						}
						return work.Rate{Every: time.Minute, Burst: 2}
					}})
				n = len(got)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := claim(); n != 2 {
			t.Errorf("%d at once", n)
		}
		d.clock.at = d.clock.at.Add(time.Minute + time.Second)
		if n := claim(); n != 1 {
			t.Errorf("%d a minute later", n)
		}
	})
}
