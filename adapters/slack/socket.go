package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/core/chat"
)

// connection is one socket at a time: when Slack ends it, slack-go opens the next. An app has several, so
// that one is open while another is renewed.
type connection struct {
	a      *app
	client *socketmode.Client
	stop   context.CancelFunc
	open   chan struct{} // closed at the first hello
	ended  chan error    // why it ended for good
	once   sync.Once
	life   chan time.Duration // how long Slack says the socket will live
}

// listen keeps an app's connections until ctx ends. It returns ErrGone when Slack does not take the token.
func (a *app) listen(ctx, hold context.Context) error {
	hold, cancel := context.WithCancel(hold)
	defer cancel()
	ends := make(chan error, a.p.opts.Sockets)
	for i := range a.p.opts.Sockets {
		a.p.busy.run(func() { ends <- a.keep(ctx, hold, i) })
	}
	var err error
	for range a.p.opts.Sockets {
		if e := <-ends; e != nil && err == nil {
			err = e
			cancel() // one token for all
		}
	}
	if err == nil {
		<-hold.Done()
	}
	return err
}

// keep holds one connection, and replaces it by a new one shortly before Slack would end it: each
// connection at another time.
func (a *app) keep(ctx, hold context.Context, nth int) error {
	var old *connection
	for {
		c, err := a.connect(ctx, hold)
		if err != nil || c == nil {
			return err
		}
		if old != nil {
			old.retire(hold)
		}
		old = c
		if again, err := c.last(ctx, hold, nth); !again {
			return err
		}
	}
}

// connect starts a connection and waits until it is open.
func (a *app) connect(ctx, hold context.Context) (*connection, error) {
	own, stop := context.WithCancel(hold)
	api := a.client(a.BotToken)
	c := &connection{a: a, stop: stop, open: make(chan struct{}), life: make(chan time.Duration, 1), ended: make(chan error, 1),
		client: socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))}
	a.p.busy.run(func() { c.ended <- c.run(own) })
	a.p.busy.run(func() { c.consume(own) })
	select {
	case <-c.open:
		return c, nil
	case <-ctx.Done():
		stop()
		return nil, nil
	case err := <-c.ended:
		stop()
		return nil, err
	}
}

// run runs slack-go's client for as long as Slack takes the token; whatever else ends it begins it anew.
func (c *connection) run(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := c.client.RunContext(ctx)
		var status slack.StatusCodeError
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
		case is(err, tokenGone...), is(err, "not_allowed_token_type", "missing_scope"), errors.As(err, &status) && status.Code == http.StatusNotFound:
			return fmt.Errorf("the app token is not taken by Slack (%w): make one with connections:write on the app's page: %w", err, chat.ErrGone)
		default:
			c.a.p.log.Warn("a Slack connection ended", "error", err)
		}
		if !pause(ctx, wait/2+rand.N(wait)) { //nolint:gosec // jitter
			return nil
		}
	}
}

// last waits until the connection should be replaced (true) or listening is over.
func (c *connection) last(ctx, hold context.Context, nth int) (again bool, err error) {
	var due <-chan time.Time
	select {
	case life := <-c.life:
		if life > 2*time.Minute {
			// The first at nine tenths of its life, the next earlier, so that they never end together.
			part := life * time.Duration(9-min(nth, 4)) / 10
			t := time.NewTimer(part - rand.N(part/20+1)) //nolint:gosec // jitter
			defer t.Stop()
			due = t.C
		}
	case <-hold.Done():
		return false, nil
	}
	select {
	case <-hold.Done():
		return false, nil
	case err := <-c.ended:
		return false, err
	case <-due:
		return ctx.Err() == nil, nil
	}
}

// retire ends a connection that has been replaced, once what came over it has been acknowledged.
func (c *connection) retire(hold context.Context) {
	c.a.p.busy.run(func() {
		pause(hold, ackTime)
		c.stop()
	})
}

// consume takes what comes over the connection. It never waits for the engine: slack-go stops reading
// while it is not listened to, and would miss Slack's pings.
func (c *connection) consume(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-c.client.Events:
			c.one(ctx, ev)
		}
	}
}

// envelope is what a socket brings, read leniently.
type envelope struct {
	Type     string          `json:"type"`
	ID       string          `json:"envelope_id"`
	Payload  json.RawMessage `json:"payload"`
	Attempt  int             `json:"retry_attempt"`
	Reason   string          `json:"retry_reason"`
	DebugInf struct {
		Seconds int `json:"approximate_connection_time"`
	} `json:"debug_info"`
}

func (c *connection) one(ctx context.Context, ev socketmode.Event) {
	var e envelope
	switch data := ev.Data.(type) {
	case *socketmode.ErrorBadMessage:
		// slack-go could not read it; that is no reason to lose it.
		if decode(data.Message, &e) != nil {
			return
		}
	case *socketmode.ErrorWriteFailed:
		c.a.p.log.Warn("an acknowledgement did not get through to Slack", "error", data.Cause)
		return
	case *slack.ConnectionErrorEvent:
		c.a.p.log.Warn("no connection to Slack; trying again", "attempt", data.Attempt, "in", data.Backoff, "error", data.ErrorObj)
		return
	default:
		if ev.Request == nil {
			return
		}
		r := ev.Request
		e = envelope{Type: r.Type, ID: r.EnvelopeID, Payload: r.Payload, Attempt: r.RetryAttempt, Reason: r.RetryReason}
		e.DebugInf.Seconds = r.DebugInfo.ApproximateConnectionTime
	}
	switch {
	case e.Type == "hello":
		c.once.Do(func() {
			c.life <- time.Duration(e.DebugInf.Seconds) * time.Second
			close(c.open)
		})
	case e.ID != "":
		c.a.p.take(ctx, &delivery{app: c.a, kind: e.Type, payload: e.Payload, retry: e.Attempt, came: time.Now(),
			done: func(ctx context.Context, answer any, err error) error { return c.ack(ctx, e.ID, answer, err) }})
	}
}

// ack acknowledges an envelope. After an error nothing is said, and Slack sends an event again.
func (c *connection) ack(ctx context.Context, id string, answer any, err error) error {
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	if err := c.client.AckCtx(ctx, id, answer); err != nil {
		if answer == nil {
			return fmt.Errorf("acknowledge: %w", err)
		}
		// Too large, or something that cannot be encoded: at least it is acknowledged.
		return errors.Join(fmt.Errorf("acknowledge with an answer: %w", err), c.client.AckCtx(ctx, id, nil))
	}
	return nil
}
