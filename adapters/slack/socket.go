package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// slack-go opens the address and does the calls, but the sockets are read here: its own client drops a
// connection the moment Slack announces its end, with all that Slack still sends over it, gives up on
// payloads that it cannot decode, and cannot tell whether an acknowledgement went out.

const (
	dialTime  = 10 * time.Second // for a new connection to be made
	quietTime = 40 * time.Second // without a ping of Slack's, or an answer to ours, a connection is dead
	pingEvery = 15 * time.Second
	shortLife = 5 * time.Second // a connection that ends sooner counts as a failure
	writeTime = 10 * time.Second
	lastBreak = 15 * time.Second // how long what Slack announced the end of is still read
	maxAckAll = 20 * 1024        // Slack drops acknowledgements of this size and more
	maxFrame  = 16 << 20
)

// socket is one connection of Socket Mode.
type socket struct {
	a      *app
	ws     *websocket.Conn
	began  time.Time
	readAt atomic.Int64       // when something was read last, in Unix nanoseconds
	pinged atomic.Bool        // Slack sends pings: then they must go on
	life   chan time.Duration // how long Slack says that it will live
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
		if !s.last(ctx, hold, nth) {
			return nil
		}
		if tries = 0; time.Since(s.began) < shortLife {
			tries = 1
			if !pause(ctx, backOff(tries, nil)) {
				return nil
			}
		}
	}
}

// last waits until another connection is needed in place of s; false when listening is over.
func (s *socket) last(ctx, hold context.Context, nth int) bool {
	var due <-chan time.Time
	life := time.Duration(0)
	for {
		select {
		case <-hold.Done():
			s.close()
			return false
		case <-s.closed:
			return ctx.Err() == nil
		case life = <-s.life:
			due = renewal(life, nth)
		case why := <-s.renew:
			s.a.p.log.Info("Slack renews a connection", "reason", why)
			s.a.p.busy.run(func() { s.finish(hold, why, life) })
			return why != "too_many_websockets" || pause(ctx, lastBreak)
		case <-due:
			s.a.p.busy.run(func() { s.finish(hold, "", life) })
			return ctx.Err() == nil
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

// renewal is when a connection should be replaced though Slack has said nothing yet: each of an app's at
// another time, so that they do not end together. The old one is read on until Slack ends it.
func renewal(life time.Duration, nth int) <-chan time.Time {
	if life < 2*time.Minute {
		return nil
	}
	part := life * time.Duration(9-min(nth, 4)) / 10
	return time.After(part - rand.N(part/20+1)) //nolint:gosec // jitter
}

// finish lets an old connection be read until Slack closes it, or hold ends. After a request to refresh
// nothing more comes over it: then it is closed when all that came is acknowledged.
func (s *socket) finish(hold context.Context, why string, life time.Duration) {
	limit := time.NewTimer(max(lastBreak, life))
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

// connect opens a connection.
func (a *app) connect(ctx, hold context.Context) (*socket, error) {
	dial, cancel := context.WithTimeout(ctx, 2*dialTime)
	defer cancel()
	_, address, err := a.client(a.BotToken).StartSocketModeContext(dial)
	if is(err, tokenGone...) || is(err, "not_allowed_token_type", "missing_scope", "no_permission") {
		return nil, fmt.Errorf("the app token is not taken by Slack (%w): make one with connections:write on the app's page: %w", err, chat.ErrGone)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for a connection: %w", err)
	}
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialTime, WriteBufferSize: 32 * 1024, ReadBufferSize: 32 * 1024}
	ws, resp, err := d.DialContext(dial, address, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("open a connection: %w", err)
	}
	s := &socket{a: a, ws: ws, began: time.Now(), life: make(chan time.Duration, 1), renew: make(chan string, 1), closed: make(chan struct{})}
	ws.SetReadLimit(maxFrame)
	alive := func() { _ = ws.SetReadDeadline(time.Now().Add(quietTime)) }
	alive()
	ws.SetPingHandler(func(data string) error {
		s.pinged.Store(true)
		alive()
		// One that cannot be answered shows when the next is read.
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTime))
		return nil
	})
	ws.SetPongHandler(func(string) error {
		if !s.pinged.Load() { // Slack's own pings are the better sign where there are any
			alive()
		}
		return nil
	})
	a.p.open.add(s)
	a.p.busy.run(func() { s.read(hold) })
	a.p.busy.run(s.ping)
	return s, nil
}

// ping asks for a sign of life now and then, for servers that give none by themselves.
func (s *socket) ping() {
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-t.C:
			_ = s.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime)) // a failure shows in read
		}
	}
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

func (s *socket) next() (envelope, error) {
	_, b, err := s.ws.ReadMessage()
	s.readAt.Store(time.Now().UnixNano())
	if err != nil {
		return envelope{}, fmt.Errorf("read: %w", err)
	}
	_ = s.ws.SetReadDeadline(time.Now().Add(quietTime))
	var e envelope
	if err := decode(b, &e); err != nil {
		return envelope{}, nil //nolint:nilerr // not for us
	}
	return e, nil
}

// read takes what comes until the connection ends. It never waits for the engine, so that pings are
// answered whatever happens there.
func (s *socket) read(hold context.Context) {
	defer close(s.closed)
	defer s.close()
	defer s.a.p.open.remove(s)
	for {
		e, err := s.next()
		if err != nil {
			if hold.Err() == nil && !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				s.a.p.log.Debug("a Slack connection ended", "error", err)
			}
			return
		}
		switch {
		case e.Type == "hello":
			select {
			case s.life <- time.Duration(e.Debug.Seconds) * time.Second:
			default: // said before
			}
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
