package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// ordinary are payloads as Slack sends them, by what brings them.
var ordinary = []struct{ kind, payload string }{
	{"slash_commands", `{"team_id":"T1","channel_id":"C1","channel_name":"help","user_id":"U1","user_name":"ann","command":"/ask","text":"how? <@U2|bea> <#C1> <https://x.org|x>",` +
		`"response_url":"https://127.0.0.1:1/x","trigger_id":"1.2.3"}`},
	{"interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","username":"ann","team_id":"T1"},"channel":{"id":"C1","name":"help"},"trigger_id":"1.2.3",` +
		`"response_url":"https://127.0.0.1:1/x","message":{"ts":"1700000000.000100","thread_ts":"1700000000.000001","user":"U9","bot_id":"B1","text":"card","blocks":[]},` +
		`"container":{"type":"message","message_ts":"1700000000.000100","channel_id":"C1","is_ephemeral":false,"thread_ts":"1700000000.000001"},` +
		`"actions":[{"type":"button","action_id":"press:1","block_id":"b","value":"1~show R1","action_ts":"1700000001.000100"}]}`},
	{"interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"trigger_id":"1.2.4","container":{"type":"view","view_id":"V1"},` +
		`"view":{"id":"V1","type":"home","callback_id":"home","private_metadata":"","blocks":[],"state":{"values":{}}},` +
		`"actions":[{"type":"static_select","action_id":"menu:1~x","selected_option":{"value":"a"},"selected_options":[{"value":"a"}]}]}`},
	{"interactive", `{"type":"message_action","team":{"id":"T1"},"user":{"id":"U1"},"channel":{"id":"C1"},"trigger_id":"1.2.5","response_url":"https://127.0.0.1:1/x",` +
		`"callback_id":"message:deposit","message_ts":"1700000000.000100","message":{"ts":"1700000000.000100","user":"U2","text":"look","files":[{"id":"F1","name":"a.pdf","size":3,"mimetype":"application/pdf"}]}}`},
	{"interactive", `{"type":"shortcut","team":{"id":"T1"},"user":{"id":"U1"},"trigger_id":"1.2.6","callback_id":"global:ask","action_ts":"1"}`},
	{"interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"trigger_id":"1.2.7","view":{"id":"V1","type":"modal","callback_id":"form","hash":"h",` +
		`"private_metadata":"{\"k\":\"K1\",\"r\":\"C1\",\"f\":[\"a\"]}","blocks":[{"type":"input","block_id":"in:a"},{"type":"input","block_id":"in:b:1"}],"state":{"values":{` +
		`"in:a":{"v":{"type":"plain_text_input","value":"x"}},"in:b:1":{"v":{"type":"checkboxes","selected_options":[{"value":"m1"}]}},` +
		`"in:c":{"v":{"type":"users_select","selected_user":"U2"}},"in:d":{"v":{"type":"file_input","files":[{"id":"F1","name":"a"}]}},` +
		`"in:e":{"v":{"type":"rich_text_input","rich_text_value":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi"}]}]}}}}}}}`},
	{"interactive", `{"type":"block_suggestion","team":{"id":"T1"},"user":{"id":"U1"},"action_id":"ask:show|id|record","block_id":"in:id","value":"R1","view":{"id":"V1","private_metadata":"{}"}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1700000000,"authorizations":[{"team_id":"T1","user_id":"U9"}],` +
		`"event":{"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"<@U9> ask how?","ts":"1700000000.000200","thread_ts":"1700000000.000100","parent_user_id":"U9",` +
		`"event_ts":"1700000000.000200","blocks":[{"type":"rich_text","elements":[]}],"files":[{"id":"F1","name":"a"}]}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev2","event":{"type":"message","subtype":"message_changed","channel":"C1","ts":"1700000001.000200","event_ts":"1700000001.000200",` +
		`"message":{"type":"message","user":"U1","text":"b","ts":"1700000000.000200","edited":{"user":"U1","ts":"1700000001.000000"}},"previous_message":{"user":"U1","text":"a","ts":"1700000000.000200"}}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev3","event":{"type":"message","subtype":"message_deleted","channel":"C1","deleted_ts":"1700000000.000200","ts":"1700000002.000200",` +
		`"event_ts":"1700000002.000200","previous_message":{"user":"U1","text":"a","ts":"1700000000.000200","thread_ts":"1700000000.000100"}}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev4","event":{"type":"reaction_added","user":"U1","reaction":"white_check_mark","item_user":"U2","event_ts":"1700000003.000200",` +
		`"item":{"type":"message","channel":"C1","ts":"1700000000.000200"}}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev5","event":{"type":"member_joined_channel","user":"U9","channel":"C1","inviter":"U1","event_ts":"1700000004.000200"}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev6","event":{"type":"channel_rename","channel":{"id":"C1","name":"new","created":1},"event_ts":"1700000005.000200"}}`},
	{"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev7","event":{"type":"app_home_opened","user":"U1","channel":"D1","tab":"home","event_ts":"1700000006.000200"}}`},
}

// odd are values that nobody expects.
var odd = []any{nil, 7.5, -1.0, "x", "", true, []any{}, []any{1.0, nil, "x"}, map[string]any{}, map[string]any{"id": map[string]any{}}, strings.Repeat("\u202e<!channel>&", 600)}

// twisted gives each version of v in which one thing is missing or is something else.
func twisted(v any, put func(any), each func()) {
	switch x := v.(type) {
	case map[string]any:
		for key, in := range x {
			delete(x, key)
			each()
			for _, o := range odd {
				x[key] = o
				each()
			}
			x[key] = in
			twisted(in, func(n any) { x[key] = n }, each)
		}
	case []any:
		for i, in := range x {
			for _, o := range odd {
				x[i] = o
				each()
			}
			x[i] = in
			twisted(in, func(n any) { x[i] = n }, each)
		}
	}
	put(v)
}

// mixed answers everything, in every way there is.
type mixed struct {
	mu sync.Mutex
	n  int
}

func (h *mixed) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	if ev.From.Account == "" && (ev.Kind == chat.Invoked || ev.Kind == chat.Pressed || ev.Kind == chat.Submitted) {
		panic("an event of nobody")
	}
	switch h.n % 4 {
	case 0:
		return chat.Answer{Form: &chat.Form{Key: "K", Inputs: []chat.Input{{Name: "a", Label: "A", Kind: chat.Line, Problem: "no"}}}}, nil
	case 1:
		return chat.Answer{Message: &chat.Message{Body: []text.Rich{text.Plain(ev.Text)}}}, nil
	case 2:
		return chat.Answer{}, nil
	}
	return chat.Answer{}, fmt.Errorf("the store is away")
}

func (h *mixed) Complete(context.Context, chat.Event, string, string, string) ([]chat.Option, error) {
	return []chat.Option{{Value: "R1", Label: "R1"}}, nil
}
func (h *mixed) Commands(string) []chat.CommandInfo                     { return nil }
func (h *mixed) Home(context.Context, chat.Event) (chat.Message, error) { return chat.Message{}, nil }

// whatever is a Slack that says yes to everything and nothing more.
func whatever(t *testing.T, log *slog.Logger) *Platform {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) }))
	t.Cleanup(api.Close)
	p, err := New(Options{Apps: []App{{BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: api.URL + "/api/"}}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	p.patience = patienceOf(time.Hour)
	a := p.apps[0]
	a.asked = true
	a.teams["T1"] = p.newTeam(a, "xoxb-1", "T1", "Example")
	a.teams["T1"].user, a.teams["T1"].bot = "U9", "B1"
	p.handler = &mixed{}
	return p
}

// logged is what was logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// Whatever is missing or of another kind in what Slack sends, it is acknowledged or refused once, and nothing panics.
func TestOddPayloads(t *testing.T) {
	t.Parallel()
	for i, o := range ordinary {
		t.Run(fmt.Sprint(o.kind, i), func(t *testing.T) {
			t.Parallel()
			var log logged
			p := whatever(t, slog.New(slog.NewTextHandler(&log, nil)))
			var payload any
			if err := json.Unmarshal([]byte(o.payload), &payload); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			done := map[int]int{}
			n := 0
			give := func(b []byte) {
				id := n
				n++
				p.take(t.Context(), &delivery{app: p.apps[0], kind: o.kind, payload: b, came: time.Now(), done: func(context.Context, any, error) error {
					mu.Lock()
					defer mu.Unlock()
					done[id]++
					return nil
				}})
			}
			twisted(payload, func(any) {}, func() {
				b, err := json.Marshal(payload)
				if err != nil {
					t.Fatal(err)
				}
				give(b)
			})
			for _, s := range []string{"", "null", "7", `"x"`, "[]", "{", o.payload[:len(o.payload)/2]} {
				give([]byte(s))
			}
			<-p.lanes.all.wait()
			<-p.busy.wait()
			for id := range n {
				if done[id] != 1 {
					t.Errorf("number %d was acknowledged %d times", id, done[id])
				}
			}
			if log.mu.Lock(); strings.Contains(log.b.String(), "panic") {
				t.Error(log.b.String()[:min(log.b.Len(), 4000)])
			}
			log.mu.Unlock()
			if n < 100 {
				t.Errorf("only %d odd payloads", n)
			}
		})
	}
}

// A Slack that answers yes and says nothing else is no reason to fall over.
func TestEmptyAnswers(t *testing.T) {
	t.Parallel()
	p := whatever(t, slog.New(slog.DiscardHandler))
	at := chat.Address{Platform: ID, Space: "T1", Room: "T1/C1"}
	m := chat.Message{Body: []text.Rich{text.Plain("x")}, Pin: true}
	ctx := t.Context()
	if _, err := p.Direct(ctx, "T1", "T1/U1"); err == nil {
		t.Error("a conversation without an id")
	}
	if _, err := p.Send(ctx, at, m, chat.Key{ID: "k"}); err == nil {
		t.Error("a message without an id")
	}
	if err := p.Whisper(ctx, chat.Address{Platform: ID, Space: "T1"}, "T1/U1", "", m, chat.Key{ID: "k"}); err == nil {
		t.Error("a whisper to nowhere")
	}
	if _, _, err := p.Open(ctx, "T1", chat.RoomSpec{Key: "k", Name: "x"}); err == nil {
		t.Error("a channel without an id")
	}
	_, err := p.Download(ctx, chat.FileRef{ID: "T1/F1"})
	if err == nil {
		t.Error("a file without an address")
	}
	_ = p.Edit(ctx, at, "1.2", m)
	_ = p.Remove(ctx, at, "1.2")
	_, _ = p.Rooms(ctx, "T1")
	_, _ = p.Rights(ctx, at, "T1/U1")
	_, _ = p.Forgets(ctx, "T1")
	_, _ = p.Thread(ctx, at, "1.2")
	_, _ = p.Message(ctx, at, "1.2")
	_ = p.Check(ctx)
}
