package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// slack-go opens the address and does the calls, but the sockets are read here: its own client drops a
// connection the moment Slack announces its end, with all that Slack still sends over it, gives up on
// payloads that it cannot decode, and cannot tell whether an acknowledgement went out.

const (
	helloTime = 10 * time.Second // until a new connection must have said hello
	quietTime = 40 * time.Second // without a ping or anything else, a connection is dead
	writeTime = 10 * time.Second
	lastBreak = 15 * time.Second // how long what Slack announced the end of is still read
	maxAckAll = 20 * 1024        // Slack drops acknowledgements of this size and more
	maxFrame  = 16 << 20
)

// socket is one connection of Socket Mode.
type socket struct {
	a      *app
	ws     *websocket.Conn
	life   time.Duration // how long Slack says that it will live; 0: it does not say
	write  sync.Mutex
	renew  chan string   // why Slack wants another connection
	closed chan struct{} // when it is no more
	busy   group         // envelopes that are not acknowledged yet
}

// listen keeps an app's connections until hold ends. After ctx no new ones are opened. It returns ErrGone when
// Slack does not take the token.
func (a *app) listen(ctx, hold context.Context) error {
	hold, cancel := context.WithCancel(hold)
	defer cancel()
	ends := make(chan error, a.p.opts.Sockets)
	for nth := range a.p.opts.Sockets {
		a.p.busy.run(func() { ends <- a.keep(ctx, hold, nth) })
	}
	var err error
	for range a.p.opts.Sockets {
		if e := <-ends; e != nil && err == nil {
			err = e
			cancel() // one token for all
		}
	}
	return err
}

// keep holds one connection. When Slack announces its end, or nine tenths of its life are over, the next
// is opened while the old one is still read.
func (a *app) keep(ctx, hold context.Context, nth int) error {
	for tries := 0; ; {
		s, err := a.connect(ctx, hold)
		switch {
		case errors.Is(err, chat.ErrGone):
			return err
		case ctx.Err() != nil && s == nil:
			return nil
		case err != nil:
			tries++
			wait := backOff(tries, err)
			a.p.log.Warn("no connection to Slack; trying again", "in", wait, "error", hideURL(err))
			if !pause(ctx, wait) {
				return nil
			}
			continue
		}
		tries = 0
		select {
		case <-hold.Done():
			s.close()
			return nil
		case <-s.closed:
			if ctx.Err() != nil {
				return nil
			}
		case why := <-s.renew:
			a.p.log.Info("Slack renews a connection", "reason", why)
			a.p.busy.run(func() { s.finish(hold, why) })
			if why == "too_many_websockets" && !pause(ctx, lastBreak) {
				return nil
			}
		case <-s.due(nth):
			a.p.busy.run(func() { s.finish(hold, "") })
		}
	}
}

// backOff is how long to wait after so many failures.
func backOff(tries int, err error) time.Duration {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return max(limited.RetryAfter, time.Second)
	}
	wait := min(200*time.Millisecond<<min(tries, 8), 30*time.Second)
	return wait/2 + rand.N(wait) //nolint:gosec // jitter
}

// due is when a connection should be replaced though Slack has said nothing yet: each of an app's at another
// time, so that they do not end together. The old one is read on until Slack ends it.
func (s *socket) due(nth int) <-chan time.Time {
	if s.life < 2*time.Minute {
		return nil
	}
	part := s.life * time.Duration(9-min(nth, 4)) / 10
	return time.After(part - rand.N(part/20+1)) //nolint:gosec // jitter
}

// finish lets an old connection be read until Slack closes it, or hold ends. After a request to refresh
// nothing more comes over it: then it is closed when all that came is acknowledged.
func (s *socket) finish(hold context.Context, why string) {
	limit := time.NewTimer(max(lastBreak, s.life))
	defer limit.Stop()
	if why == "refresh_requested" {
		select {
		case <-s.busy.wait():
		case <-limit.C:
		case <-hold.Done():
		}
		s.close()
		return
	}
	select {
	case <-s.closed:
	case <-limit.C:
	case <-hold.Done():
	}
	s.close()
}

// connect opens a connection and waits for its hello.
func (a *app) connect(ctx, hold context.Context) (*socket, error) {
	dial, cancel := context.WithTimeout(ctx, 2*helloTime)
	defer cancel()
	_, address, err := a.client(a.BotToken).StartSocketModeContext(dial)
	if is(err, tokenGone...) || is(err, "not_allowed_token_type", "missing_scope", "no_permission") {
		return nil, fmt.Errorf("the app token is not taken by Slack (%w): make one with connections:write on the app's page: %w", err, chat.ErrGone)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for a connection: %w", err)
	}
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: helloTime, WriteBufferSize: 32 * 1024, ReadBufferSize: 32 * 1024}
	ws, resp, err := d.DialContext(dial, address, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("open a connection: %w", err)
	}
	s := &socket{a: a, ws: ws, renew: make(chan string, 1), closed: make(chan struct{})}
	ws.SetReadLimit(maxFrame)
	ws.SetPingHandler(func(data string) error {
		_ = ws.SetReadDeadline(time.Now().Add(quietTime))
		// One that cannot be answered shows when the next is read.
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTime))
		return nil
	})
	if err := s.hello(); err != nil {
		_ = ws.Close()
		return nil, err
	}
	a.p.busy.run(func() { s.read(hold) })
	return s, nil
}

// envelope is what a socket brings.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Attempt int             `json:"retry_attempt"`
	Reason  string          `json:"reason"` // of a disconnect
	Debug   struct {
		Seconds int `json:"approximate_connection_time"`
	} `json:"debug_info"`
}

func (s *socket) next(within time.Duration) (envelope, error) {
	_ = s.ws.SetReadDeadline(time.Now().Add(within))
	_, b, err := s.ws.ReadMessage()
	if err != nil {
		return envelope{}, fmt.Errorf("read: %w", err)
	}
	var e envelope
	if err := decode(b, &e); err != nil {
		return envelope{}, nil // not for us
	}
	return e, nil
}

// hello waits for the first message.
func (s *socket) hello() error {
	for {
		e, err := s.next(helloTime)
		switch {
		case err != nil:
			return fmt.Errorf("wait for Slack's hello: %w", err)
		case e.Type == "hello":
			s.life = time.Duration(e.Debug.Seconds) * time.Second
			return nil
		case e.Type == "disconnect":
			return fmt.Errorf("wait for Slack's hello: told to disconnect (%s)", e.Reason)
		}
	}
}

// read takes what comes until the connection ends. It never waits for the engine, so that pings are
// answered whatever happens there.
func (s *socket) read(hold context.Context) {
	defer close(s.closed)
	defer s.close()
	for {
		e, err := s.next(quietTime)
		if err != nil {
			if hold.Err() == nil && !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				s.a.p.log.Debug("a Slack connection ended", "error", err)
			}
			return
		}
		switch {
		case e.Type == "disconnect":
			select {
			case s.renew <- e.Reason:
			default: // said before
			}
		case e.ID != "":
			s.busy.add()
			s.a.p.take(hold, &delivery{app: s.a, kind: e.Type, payload: e.Payload, retry: e.Attempt, came: time.Now(),
				done: func(_ context.Context, answer any, err error) error {
					defer s.busy.done()
					return s.ack(e.ID, answer, err)
				}})
		}
	}
}

func (s *socket) close() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = s.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) // politeness only
	_ = s.ws.Close()
}

// ack acknowledges an envelope. After an error nothing is said, and Slack sends an event again.
func (s *socket) ack(id string, answer any, failed error) error {
	if failed != nil {
		return nil
	}
	type reply struct {
		ID      string `json:"envelope_id"`
		Payload any    `json:"payload,omitempty"`
	}
	b, err := json.Marshal(reply{id, answer})
	if err == nil && len(b) >= maxAckAll {
		err = fmt.Errorf("acknowledge with %d bytes: Slack takes fewer than %d", len(b), maxAckAll)
	}
	if err != nil {
		b, _ = json.Marshal(reply{ID: id}) // at least it is acknowledged
	}
	s.write.Lock()
	defer s.write.Unlock()
	_ = s.ws.SetWriteDeadline(time.Now().Add(writeTime))
	if werr := s.ws.WriteMessage(websocket.TextMessage, b); werr != nil {
		return fmt.Errorf("acknowledge: %w", werr)
	}
	return err
}
