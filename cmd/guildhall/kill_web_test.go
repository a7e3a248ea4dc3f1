package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/sharing"
	"guildhall/core/work"
	"guildhall/internal/pgtest"
)

// digests makes a digest due in each announcement room.
func (w *town) digests(db *sqlstore.DB) {
	w.t.Helper()
	w.mu.Lock()
	w.periods++
	period := fmt.Sprintf("%d-W%02d", 2000+w.periods/50, w.periods%50+1)
	w.mu.Unlock()
	err := db.Atomically(w.t.Context(), func(ctx context.Context) error {
		for _, room := range w.news {
			s := work.Schedule{Community: 1, Name: "digest/webchat/" + string(room), Kind: "digest.issue", Zone: "Europe/Dublin",
				Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 9}}
			if _, err := db.Schedules().SetSchedule(ctx, s, time.Now()); err != nil {
				return err
			}
			s.Due, s.Period = time.Now().Add(-time.Second), period
			if err := db.Schedules().KeepSchedule(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestNothingIsLostOrDoubledInTheWebChat kills the program, at random moments and at named points of an
// event's way, while people in two spaces ask, deposit, write into each other's threads, change and delete
// what they wrote, and digests fall due. The chat's own journal is the witness, and the store.
func TestNothingIsLostOrDoubledInTheWebChat(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		inTowns(t, func(t *testing.T) string { return "" })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		inTowns(t, func(t *testing.T) string { return pgtest.New(t, pgtest.Durable) })
	})
}

// aTown is how often the program of one town is killed; then there is a new one, so that a long campaign does
// not become one of long threads.
const aTown = 50

func inTowns(t *testing.T, address func(t *testing.T) string) {
	for left := kills; left > 0; left -= aTown {
		t.Run(fmt.Sprint(left), func(t *testing.T) { townTest(t, newTown(t, address(t)), min(left, aTown)) })
	}
}

func townTest(t *testing.T, w *town, kills int) {
	db := opened(t, w.address)
	w.k.start()
	for _, s := range []chat.SpaceID{north, south} {
		n := w.next()
		question := made(n) + " " + made(-n) + "?"
		w.ask(w.person(s, 0), s, question)
		w.threads = append(w.threads, map[chat.SpaceID]chat.ThreadID{north: w.there(north, question), south: w.there(south, question)})
	}
	w.k.kill()
	begun := time.Now()
	var people sync.WaitGroup
	for _, s := range []chat.SpaceID{north, south} {
		for n := range perSpace {
			people.Go(func() { w.lives(s, n) })
		}
	}
	for i := range kills {
		if i%5 == 0 {
			w.digests(db)
		}
		w.dies(i)
	}
	close(w.stop)
	w.k.start()
	people.Wait()
	w.quiet(db)
	w.check(db)
	t.Logf("figures: %d kills in %v (%v); %d questions, %d resources, %d remarks, digests of %d periods", kills, time.Since(begun).Round(time.Second), w.where,
		len(w.asked), len(w.given), len(w.said), w.periods)
}

// dies lets the program live for the ith time: half of the times to a named point, each in its turn, else to
// a random moment.
func (w *town) dies(i int) {
	w.t.Helper()
	if point := points[(w.first+i/2)%len(points)]; i%2 == 0 {
		if w.trap.kill(w.k, point, 1+rand.IntN(4), 5*time.Second) {
			w.where[point]++
		} else {
			w.where["somewhere after 5 s"]++
		}
		return
	}
	w.k.start()
	<-time.After(time.Duration(rand.IntN(1200)) * time.Millisecond) // when a process dies is nobody's signal
	w.k.kill()
	w.where["at any moment"]++
}

// there waits for the card of a question in a space; its thread is what it returns.
func (w *town) there(s chat.SpaceID, question string) chat.ThreadID {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	m, err := w.person(s, 0).WaitText(ctx, w.rooms[s], question, "Asked by")
	if err != nil {
		w.t.Fatal(err)
	}
	return chat.ThreadID(m.ID)
}

// quiet waits until the program has nothing left to do for now.
func (w *town) quiet(db *sqlstore.DB) {
	w.t.Helper()
	calm := 0
	comes(w.t, "quiet", func(ctx context.Context) (bool, error) {
		due, err := db.Schedules().DueSchedules(ctx, time.Now(), 10)
		if err != nil {
			return false, err
		}
		counts, err := db.Work().Counts(ctx)
		if err != nil {
			return false, err
		}
		busy := len(due)
		for _, c := range counts {
			if strings.HasPrefix(c.Kind, "chat.") || strings.HasPrefix(c.Kind, "digest") {
				busy += int(c.Waiting + c.Running)
			}
		}
		if calm++; busy > 0 {
			calm = 0
		}
		return calm > 20, nil // what an event leads to may come between two looks
	})
}

func (w *town) check(db *sqlstore.DB) {
	w.t.Helper()
	ctx := w.t.Context()
	if dead, err := db.Work().Dead(ctx, 0, 100); err != nil || len(dead) > 0 {
		w.t.Errorf("given up: %+v %v", dead, err)
	}
	if dead, err := db.Work().Dead(ctx, 1, 100); err != nil || len(dead) > 0 {
		w.t.Errorf("given up: %+v %v", dead, err)
	}
	list, err := db.Requests().List(ctx, 1, communication.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	kept := map[string]int{}
	for _, r := range list {
		kept[r.Question]++
	}
	w.same("question", w.asked, kept)
	boxes, err := db.Resources().List(ctx, 1, sharing.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	kept = map[string]int{}
	for _, r := range boxes {
		kept[r.Title]++
	}
	w.same("resource", w.given, kept)
	for _, s := range []chat.SpaceID{north, south} {
		w.checkRoom(s)
		w.checkNews(db, s)
	}
}

func (w *town) same(what string, want map[string]bool, got map[string]int) {
	w.t.Helper()
	for words := range want {
		if got[words] != 1 {
			w.t.Errorf("the %s %q is kept %d times", what, words, got[words])
		}
	}
	if len(got) != len(want) {
		w.t.Errorf("%d different %ss are kept, %d were taken", len(got), what, len(want))
	}
}

// checkRoom looks at a space's room as its people see it.
func (w *town) checkRoom(s chat.SpaceID) {
	w.t.Helper()
	all, err := w.person(s, 1).Messages(w.t.Context(), w.rooms[s])
	if err != nil {
		w.t.Fatal(err)
	}
	cards, copies := map[string]int{}, map[string][]string{}
	for _, m := range all {
		if m.From != "guildhall" || m.Gone || m.Only {
			continue
		}
		if m.Thread == "" {
			if id, _, ok := strings.Cut(m.Text, " · "); ok && strings.Contains(m.Text, "Asked by") {
				cards[id]++
			}
			continue
		}
		if at := strings.Index(m.Text, "remark "); at >= 0 {
			text := m.Text[at:]
			if end := strings.IndexByte(text, '.'); end > 0 {
				text = text[:end+1]
			}
			number := strings.TrimRight(text[:strings.IndexAny(text+".", ".,")], " ")
			copies[number] = append(copies[number], text)
		}
	}
	for id, n := range cards {
		if n != 1 {
			w.t.Errorf("%s stands %d times in %s", id, n, s)
		}
	}
	if len(cards) == 0 {
		w.t.Errorf("no card stands in %s", s)
	}
	for number, r := range w.said {
		got := copies[number]
		switch {
		case r.from == s:
			if len(got) > 0 {
				w.t.Errorf("%s came back to %s: %q", number, s, got)
			}
		case r.text == "" && len(got) > 0:
			w.t.Errorf("%s was deleted, and stands in %s: %q", number, s, got)
		case r.text != "" && (len(got) != 1 || got[0] != r.text):
			w.t.Errorf("%s should stand once in %s as %q: %q", number, s, r.text, got)
		}
	}
}

// checkNews fails unless a room had each digest once that was written for it.
func (w *town) checkNews(db *sqlstore.DB, s chat.SpaceID) {
	w.t.Helper()
	all, err := w.person(s, 1).Messages(w.t.Context(), w.news[s])
	if err != nil {
		w.t.Fatal(err)
	}
	shown, written := 0, 0
	for _, m := range all {
		if m.From == "guildhall" && !m.Gone && strings.Contains(m.Text, ", week ") {
			shown++
		}
	}
	for no := int64(1); ; no++ {
		i, err := db.Digests().Issue(w.t.Context(), 1, no)
		if err != nil {
			w.t.Fatal(err)
		}
		if i == nil {
			break
		}
		if i.Room == string(w.news[s]) {
			written++
		}
	}
	if shown != written || written == 0 {
		w.t.Errorf("%d digests stand in the news of %s, %d were written", shown, s, written)
	}
}
