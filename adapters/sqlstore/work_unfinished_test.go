package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/work"
)

func TestUnfinishedAnswers(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		in := q.db.Inbox()
		take := func(event, key string) {
			t.Helper()
			q.tx(t, func(ctx context.Context) error {
				e := chat.Taken{Platform: "p", Event: chat.EventID(event), Community: 3, Member: 4, Command: "c", WorkKey: key, Answer: []byte("to " + event), At: q.clock.now()}
				if fresh, err := in.Take(ctx, e); err != nil || !fresh {
					return fmt.Errorf("taken: %v, %w", !fresh, err)
				}
				if err := in.Keep(ctx, e); err != nil || key == "" {
					return err
				}
				return q.Add(ctx, item("a", "", key).In(3))
			})
		}
		since := q.clock.now()
		look := func(want string) {
			t.Helper()
			answer, key, ok, err := in.Unfinished(t.Context(), 3, 4, "c", since)
			if err != nil || ok != (want != "") || string(answer) != want {
				t.Errorf("%q %q %v, %v; want %q", answer, key, ok, err, want)
			}
		}
		look("")
		take("e1", "k1")
		look("to e1")
		q.clock.step(time.Second)
		take("e2", "")
		take("e3", strings.Repeat("k", 1000))
		look("to e3")
		claims := q.claim(t, 2)
		look("to e3") // it is being worked: not finished yet
		q.end(t, work.Died, time.Time{}, claims[1])
		look("to e1")
		q.finished(t, claims[0])
		look("")
		if _, _, ok, err := in.Unfinished(t.Context(), 3, 5, "c", since); ok || err != nil {
			t.Error("another member's", err)
		}
		q.clock.step(time.Second)
		take("e4", "k4")
		look("to e4")
		since = q.clock.now().Add(time.Second)
		look("")
	})
}
