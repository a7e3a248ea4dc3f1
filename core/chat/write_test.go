package chat_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// rows is a bot that keeps a row, and then may fail in some way.
func rows(db *sqlstore.DB) chat.Bot {
	words := []byte(`{"rows":{"row":{"about":"Keeps a row.","button":"Row","example":"x","arg":{"words":"Words"},"done":"Kept."},"no":"I won't."}}`)
	return chat.Bot{Name: "rows", Words: fstest.MapFS{"text/en.json": {Data: words}, "text/it.json": {Data: words}},
		Commands: []chat.Command{{Path: "row", Text: "rows.row", Role: community.RoleMember,
			Args: []chat.Arg{{Name: "words", Kind: chat.Line, Required: true}},
			Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
				if _, err := db.Desk().Once(ctx, c.Community.ID, c.Text("words"), c.Now); err != nil {
					return chat.Reply{}, err
				}
				switch c.Text("words") {
				case "refused":
					return chat.Reply{}, text.Refuse("rows.no", nil)
				case "broken":
					panic("a bug")
				case "dropped": // an error of a part of it that nobody looks at
					_ = db.Atomically(ctx, func(context.Context) error { return errors.New("a part failed") })
				}
				return chat.OnlyYouSay("rows.row.done", nil), nil
			}}}}
}

// rowWorld is a world with rows, on any store.
func rowWorld(t *testing.T, db *sqlstore.DB) *world {
	t.Helper()
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false)}
	w.World = bottest.New(t, db, []chat.Platform{w.web, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{rows(db)} })
	w.people(t)
	return w
}

// kept says whether a row is kept.
func (w *world) kept(words string) (kept bool) {
	w.t.Helper()
	undo := errors.New("only asked")
	err := w.DB.Atomically(w.t.Context(), func(ctx context.Context) error {
		fresh, err := w.DB.Desk().Once(ctx, w.com.ID, words, w.Now)
		kept = !fresh
		return errors.Join(err, undo)
	})
	if !errors.Is(err, undo) {
		w.t.Fatal(err)
	}
	return kept
}

func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *sqlstore.DB{"sqlite": bottest.OpenStore, "postgres": bottest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, rowWorld(t, open(t)))
		})
	}
}

// What fails leaves nothing behind but its answer, and the same event again is known.
func TestWhatFailsLeavesItsAnswerOnly(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for line, want := range map[string]string{"row fine": "Kept.", "row refused": "I won't.", "row broken": "Something went wrong on my side", "row dropped": "Something went wrong on my side"} {
			ev := w.event(chat.Invoked, "ann")
			ev.Text = line
			a, err := w.Engine.Handle(t.Context(), ev)
			if err != nil || !strings.HasPrefix(said(a), want) {
				t.Errorf("%s: %s, %v", line, said(a), err)
			}
			if got := w.kept(strings.TrimPrefix(line, "row ")); got != (want == "Kept.") {
				t.Errorf("%s: kept %v", line, got)
			}
			if again, err := w.Engine.Handle(t.Context(), ev); err != nil || again.Message != nil {
				t.Errorf("%s again: %s, %v", line, said(again), err)
			}
			if taken, err := w.DB.Inbox().Taken(t.Context(), "web", ev.ID); err != nil || !taken {
				t.Errorf("%s: taken %v, %v", line, taken, err)
			}
		}
	})
}

// The same event, and the same command again, at the same moment: one effect, and nobody is told anything else.
func TestOneEffectHoweverOftenAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		var mu sync.Mutex
		answers := map[chat.EventID][]string{}
		same := w.event(chat.Invoked, "ann")
		same.Text = "row once"
		events := []chat.Event{same, same, same, same}
		for range 4 {
			ev := w.event(chat.Invoked, "ann")
			ev.Text = "row once"
			events = append(events, ev)
		}
		for _, ev := range events {
			all.Go(func() {
				a, err := w.Engine.Handle(t.Context(), ev)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if a.Message != nil {
					answers[ev.ID] = append(answers[ev.ID], said(a)+" "+a.Key.ID)
				}
			})
		}
		all.Wait()
		keys := map[string]bool{}
		for _, ev := range events {
			got := answers[ev.ID]
			if len(got) != 1 || !strings.HasPrefix(got[0], "Kept. ") {
				t.Errorf("%s: %q", ev.ID, got)
				continue
			}
			keys[got[0]] = true
		}
		if len(keys) != 1 { // all are told by the one answer that was stored
			t.Errorf("answers by %v", keys)
		}
	})
}
