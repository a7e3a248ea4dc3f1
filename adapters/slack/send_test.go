package slack_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func plainMessage(s string) chat.Message { return chat.Message{Body: []text.Rich{text.Plain(s)}} }

func send(st *stage, to chat.Address, m chat.Message, key string) chat.Sent {
	st.t.Helper()
	sent, err := st.p.Send(context.Background(), to, m, chat.Key{ID: key})
	if err != nil {
		st.t.Fatalf("send: %v", err)
	}
	return sent
}

func download(st *stage, f chat.FileRef) string {
	st.t.Helper()
	r, err := st.p.Download(context.Background(), f)
	if err != nil {
		st.t.Fatalf("download: %v", err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		st.t.Fatalf("download: %v", err)
	}
	return string(b)
}

func TestSendEditRemove(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	sent := send(st, st.at(st.room, ""), plainMessage("first"), "k1")
	if sent.Message == "" || string(sent.Thread) != string(sent.Message) {
		t.Fatalf("sent %+v", sent)
	}
	m := st.ann.Await("#help", slacktest.ByApp("first"))
	reply := send(st, st.at(st.room, m.TS), plainMessage("in the thread"), "k2")
	if reply.Thread != chat.ThreadID(m.TS) {
		t.Errorf("reply %+v", reply)
	}
	if err := st.p.Edit(ctx, st.at(st.room, ""), sent.Message, plainMessage("second")); err != nil {
		t.Fatal(err)
	}
	st.s.AwaitNow(m, slacktest.Says("second"))
	for range 2 {
		if err := st.p.Remove(ctx, st.at(st.room, m.TS), reply.Message); err != nil {
			t.Fatal(err)
		}
	}
	if got := st.p.Link(st.at(st.room, ""), sent.Message); !strings.Contains(got, "/archives/"+st.room.ID()+"/p"+strings.ReplaceAll(m.TS, ".", "")) {
		t.Errorf("link %q", got)
	}
	st.clean()
}

// After an unknown outcome the message is looked for, and nothing is posted twice.
func TestNothingIsPostedTwice(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]slacktest.TroubleKind{"dropped": slacktest.DropAfter, "failed": slacktest.FailAfter, "garbage": slacktest.Garbage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := begin(t, setup{})
			ctx := context.Background()
			root := send(st, st.at(st.room, ""), plainMessage("root"), "root")
			for _, to := range []chat.Address{st.at(st.room, ""), st.at(st.room, string(root.Message))} {
				key := "key" + string(to.Thread)
				st.s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: kind})
				if _, err := st.p.Send(ctx, to, plainMessage("once "+key), chat.Key{ID: key}); err == nil {
					t.Fatal("the outcome should be unknown")
				}
				sent, err := st.p.Send(ctx, to, plainMessage("once "+key), chat.Key{ID: key, Again: true})
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for _, m := range st.room.All() {
					if strings.Contains(m.Shown, "once "+key) {
						n++
						if m.TS != string(sent.Message) {
							t.Errorf("found %s, it is %s", sent.Message, m.TS)
						}
					}
				}
				if n != 1 {
					t.Errorf("%d messages in %q", n, to.Thread)
				}
			}
		})
	}
}

// What Slack does not show as we made it is shown as plain text rather than not at all.
func TestRefusedBlocksBecomeText(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.ErrorCode, Code: "invalid_blocks"})
	m := plainMessage("words & more")
	m.Buttons = []chat.Button{{Key: "k", Label: "Show"}}
	send(st, st.at(st.room, ""), m, "k1")
	if got := st.ann.Await("#help", slacktest.ByApp("words & more")); len(got.Buttons()) != 0 {
		t.Errorf("ann sees %s", got)
	}
}

// A message to somebody may put something on their Home.
func TestHomeFollowsWhatIsSent(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	say := func(s string) {
		st.hall.mu.Lock()
		st.hall.home = plainMessage(s)
		st.hall.mu.Unlock()
	}
	say("nothing waits")
	st.ann.OpenHome()
	st.ann.AwaitHome("nothing waits")
	say("somebody asks you")
	to, err := st.p.Direct(t.Context(), chat.SpaceID(st.w.ID()), st.account(st.ann))
	if err != nil {
		t.Fatal(err)
	}
	send(st, to, plainMessage("May I quote you?"), "k1")
	st.ann.AwaitHome("somebody asks you")
}
