package slacktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

// bot is an app made of nothing but slack-go. It acknowledges everything at once, commands with what
// answer says, and keeps what it was told.
type bot struct {
	t      testing.TB
	s      *slacktest.Server
	api    *slack.Client
	client *socketmode.Client
	stop   context.CancelFunc
	done   chan error

	// answer gives the payload of an acknowledgement; false for none at all.
	answer func(ev socketmode.Event) (payload any, ack bool)

	mu     sync.Mutex
	events []socketmode.Event
	more   chan struct{}
}

func newAPI(s *slacktest.Server, token string) *slack.Client {
	return slack.New(token, slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()),
		slack.OptionHTTPClient(&http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}))
}

// connect starts a bot over Socket Mode and waits until it is connected.
func connect(t testing.TB, s *slacktest.Server, answer func(socketmode.Event) (any, bool)) *bot {
	t.Helper()
	return connectWith(t, s, answer)
}

func connectWith(t testing.TB, s *slacktest.Server, answer func(socketmode.Event) (any, bool), opts ...socketmode.Option) *bot {
	t.Helper()
	before := len(s.Sockets())
	b := &bot{t: t, s: s, api: newAPI(s, s.BotToken()), answer: answer, more: make(chan struct{}, 1), done: make(chan error, 1)}
	opts = append(opts, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	b.client = socketmode.New(b.api, opts...)
	ctx, cancel := context.WithCancel(context.Background())
	b.stop = cancel
	go func() { b.done <- b.client.RunContext(ctx) }()
	go b.consume(ctx)
	t.Cleanup(b.close)
	s.AwaitSockets(before + 1)
	return b
}

func (b *bot) close() {
	b.stop()
	<-b.done //nolint:errcheck // how it ended does not matter any more
	b.done <- nil
}

func (b *bot) consume(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-b.client.Events:
			b.take(ctx, ev)
		}
	}
}

func (b *bot) take(ctx context.Context, ev socketmode.Event) {
	switch ev.Type {
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		var payload any
		ack := true
		if b.answer != nil {
			payload, ack = b.answer(ev)
		}
		if ack {
			if err := b.client.AckCtx(ctx, ev.Request.EnvelopeID, payload); err != nil && !errors.Is(err, context.Canceled) {
				b.t.Errorf("ack: %v", err)
			}
		}
	}
	b.mu.Lock()
	b.events = append(b.events, ev)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// wait returns the first event that matches, waiting for it.
func (b *bot) wait(what string, match func(socketmode.Event) bool) socketmode.Event {
	b.t.Helper()
	return b.waitNth(what, 1, match)
}

// waitNth returns the nth event, from 1, that matches, waiting for it.
func (b *bot) waitNth(what string, nth int, match func(socketmode.Event) bool) socketmode.Event {
	b.t.Helper()
	limit := time.After(10 * time.Second)
	for {
		n := 0
		b.mu.Lock()
		for _, ev := range b.events {
			if !match(ev) {
				continue
			}
			if n++; n == nth {
				b.mu.Unlock()
				return ev
			}
		}
		b.mu.Unlock()
		select {
		case <-b.more:
		case <-limit:
			b.t.Fatalf("the app was not told: %s", what)
		}
	}
}

// message returns the nth message event of that subtype.
func (b *bot) message(subtype string, nth int) *slackevents.MessageEvent {
	b.t.Helper()
	ev := b.waitNth("message "+subtype, nth, func(ev socketmode.Event) bool {
		m, is := inner(ev).(*slackevents.MessageEvent)
		return is && m.SubType == subtype
	})
	return inner(ev).(*slackevents.MessageEvent)
}

func (b *bot) interaction(kind slack.InteractionType) slack.InteractionCallback {
	b.t.Helper()
	ev := b.wait(string(kind), func(ev socketmode.Event) bool {
		c, ok := ev.Data.(slack.InteractionCallback)
		return ok && c.Type == kind
	})
	return ev.Data.(slack.InteractionCallback)
}

func inner(ev socketmode.Event) any {
	if e, ok := ev.Data.(slackevents.EventsAPIEvent); ok {
		return e.InnerEvent.Data
	}
	return nil
}

// event returns the first inner event of type T.
func event[T any](b *bot) T {
	b.t.Helper()
	var zero T
	ev := b.wait(typeName(zero), func(ev socketmode.Event) bool {
		_, ok := inner(ev).(T)
		return ok
	})
	return inner(ev).(T)
}

func typeName(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

func noFaults(t testing.TB, s *slacktest.Server) {
	t.Helper()
	for _, f := range s.Faults() {
		t.Errorf("fault: %s", f)
	}
}

func code(err error) string {
	var e slack.SlackErrorResponse
	if errors.As(err, &e) {
		return e.Err
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

func section(text string) *slack.SectionBlock {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}

func button(action, text string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, "v-"+action, plain(text))
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q lacks %q", text, p)
		}
	}
}
