package discord

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Operations of the gateway. Source: "Gateway Opcodes" of Discord's reference.
const (
	opDispatch  = 0
	opHeartbeat = 1
	opIdentify  = 2
	opResume    = 6
	opReconnect = 7
	opInvalid   = 9
	opHello     = 10
	opAck       = 11
)

// Intents. Source: "Gateway Intents" of Discord's reference.
const (
	intentGuilds    = 1 << 0
	intentMessages  = 1 << 9
	intentReactions = 1 << 10
	intentDirect    = 1 << 12
	intentContent   = 1 << 15
)

// closeAgain is the code with which we close: anything but 1000 and 1001, which would end the session.
const closeAgain = 4000

// fatal are the close codes after which going on is pointless, and what to do.
var fatal = map[int]string{
	4004: "Discord refused the token: make a new one in the Developer Portal, set it as discord.token and start again",
	4010: "Discord refused the shard: start again",
	4011: "Discord asks for more shards than were set: leave their number out and start again",
	4012: "Discord no longer speaks this version of its gateway: update Guildhall",
	4013: "Discord does not know the intents that were asked for: update Guildhall",
	4014: "Discord did not grant the Message Content intent: switch it on in the Developer Portal under Bot, or set discord.message_content = false",
}

// fatalError says that a connection ended for good.
type fatalError struct{ code int }

func (e *fatalError) Error() string { return fmt.Sprintf("%s (close code %d)", fatal[e.code], e.code) }

// frame is what the gateway says.
type frame struct {
	Op   int             `json:"op"`
	D    json.RawMessage `json:"d"`
	Seq  *int64          `json:"s"`
	Type string          `json:"t"`
}

// session is what can be gone on with on another connection.
type session struct {
	id  string
	url string
}

// line is one connection of a shard.
type line struct {
	s    *shard
	ws   *websocket.Conn
	mu   sync.Mutex // guards writing and what follows
	beat time.Time  // of the last heartbeat that was not acknowledged yet; zero for none
	well bool       // READY or RESUMED came
	// What comes between RESUME and RESUMED may have come before. A RESUMED of an earlier connection
	// comes again, too: what was made before this connection is old in any case.
	old     bool
	resumed time.Time // when RESUME was sent; zero for a new session
}

// connect makes one connection and reads it until it ends. The error is a *fatalError when another
// try is pointless; well says whether the session was there.
func (s *shard) connect(ctx context.Context) (well bool, err error) {
	ses := s.current()
	address := ses.url
	if ses.id == "" || address == "" {
		if address, err = s.p.gatewayAddress(ctx, ses.id == ""); err != nil {
			return false, err
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		return false, fmt.Errorf("read the gateway's address: %w", err)
	}
	u.RawQuery = "v=10&encoding=json"
	dialCtx, cancel := context.WithTimeout(ctx, s.p.opt.Watch)
	defer cancel()
	ws, resp, err := s.p.opt.Dialer.DialContext(dialCtx, u.String(), nil)
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		if ses.id != "" {
			s.forgetURL()
		}
		return false, fmt.Errorf("connect to the gateway: %w", err)
	}
	// What came goes on after the connection has ended: ctx is the shard's.
	l := &line{s: s, ws: ws}
	ended := context.AfterFunc(ctx, func() { l.hangUp() })
	defer ended()
	defer l.hangUp()
	err = l.talk(ctx, ses, &well)
	return well, err
}

// hangUp ends the connection so that the session can be gone on with.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeAgain, ""), time.Now().Add(time.Second))
	_ = l.ws.Close()
}

func (l *line) send(op int, d any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
	return l.ws.WriteJSON(map[string]any{"op": op, "d": d})
}

// talk says who we are and reads until the end.
func (l *line) talk(ctx context.Context, ses session, well *bool) error {
	_ = l.ws.SetReadDeadline(time.Now().Add(l.s.p.opt.Watch))
	f, err := l.read()
	if err != nil {
		return err
	}
	var hello struct {
		Interval float64 `json:"heartbeat_interval"`
	}
	if f.Op != opHello || json.Unmarshal(f.D, &hello) != nil || hello.Interval <= 0 {
		return fmt.Errorf("the gateway greeted with operation %d", f.Op)
	}
	every := time.Duration(hello.Interval * float64(time.Millisecond))
	if err := l.greet(ctx, ses); err != nil {
		return err
	}
	beats, stop := context.WithCancel(ctx)
	defer stop()
	go l.beats(beats, every)
	// Without READY, RESUMED or any event in this time, the connection hangs; later it is quiet for
	// longer than two heartbeats only when it is dead.
	limit := l.s.p.opt.Watch
	for {
		_ = l.ws.SetReadDeadline(time.Now().Add(limit))
		f, err := l.read()
		if err != nil {
			return err
		}
		if err := l.take(ctx, f); err != nil {
			return err
		}
		if l.well {
			l.s.marks().hear(time.Now())
			*well = true
			limit = 2*every + 5*time.Second
		}
	}
}

// greet goes on with a session, or begins one.
func (l *line) greet(ctx context.Context, ses session) error {
	token := l.s.p.opt.Token
	if ses.id != "" {
		l.old, l.resumed = true, time.Now()
		return l.send(opResume, map[string]any{"token": token, "session_id": ses.id, "seq": l.s.marks().last()})
	}
	if err := l.s.p.turns.wait(ctx, l.s.number); err != nil {
		return err
	}
	return l.send(opIdentify, map[string]any{"token": token, "intents": l.s.p.intents(), "shard": []int{l.s.number, l.s.of},
		"compress": false, "large_threshold": 50,
		"properties": map[string]string{"os": "linux", "browser": "guildhall", "device": "guildhall"}})
}

func (l *line) read() (f frame, err error) {
	kind, b, err := l.ws.ReadMessage()
	if err != nil {
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return f, l.s.closed(closed.Code)
		}
		return f, fmt.Errorf("read from the gateway: %w", err)
	}
	if kind == websocket.BinaryMessage {
		if b, err = inflate(b); err != nil {
			return f, fmt.Errorf("read from the gateway: %w", err)
		}
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read from the gateway: %w", err)
	}
	return f, nil
}

func inflate(b []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer func() { _ = z.Close() }()
	return io.ReadAll(io.LimitReader(z, 64<<20))
}

var (
	errReconnect = errors.New("the gateway asked to reconnect")
	errZombie    = errors.New("heartbeats are not acknowledged any more")
	errInvalid   = errors.New("the gateway called the session invalid")
)

// take acts on a frame.
func (l *line) take(ctx context.Context, f frame) error {
	switch f.Op {
	case opDispatch:
		return l.event(ctx, f)
	case opHeartbeat:
		return l.heartbeat()
	case opAck:
		l.mu.Lock()
		l.beat = time.Time{}
		l.mu.Unlock()
	case opReconnect:
		return errReconnect
	case opInvalid:
		var again bool
		if json.Unmarshal(f.D, &again) == nil && again && l.s.goesOn() {
			return errInvalid // to go on with it, people wait
		}
		l.s.endSession()
		// Discord asks for a random pause of one to five seconds before a new session.
		sleep(ctx, l.s.p.opt.Pause+rand.N(4*l.s.p.opt.Pause+1))
		return errInvalid
	}
	return nil
}

func (l *line) event(ctx context.Context, f frame) error {
	var n int64
	if f.Seq != nil {
		n = *f.Seq
	}
	switch f.Type {
	case "READY":
		var ready struct {
			Session string  `json:"session_id"`
			URL     string  `json:"resume_gateway_url"`
			User    user    `json:"user"`
			Guilds  []guild `json:"guilds"`
			App     struct {
				ID id `json:"id"`
			} `json:"application"`
		}
		if err := loose(f.D, &ready); err != nil || ready.Session == "" {
			return fmt.Errorf("READY cannot be read: %w", err)
		}
		l.s.begin(session{id: ready.Session, url: ready.URL}, n)
		l.s.p.world.setSelf(ready.User.ID, ready.App.ID)
		l.well = true
		l.s.wentOn()
		l.s.ready(ctx, ready.Guilds)
		return nil
	case "RESUMED":
		l.well, l.old = true, false
		l.s.wentOn()
		l.s.marks().begin(n)
		l.s.marks().end(n)
		l.s.resumed(ctx)
		return nil
	}
	l.s.event(ctx, n, f.Type, f.D, repeat{l.old, l.resumed})
	return nil
}

// repeat says whether an event may have come before.
type repeat struct {
	surely  bool
	resumed time.Time // what was made before this may have; zero: nothing has
}

// of says it for something with an id. Ids that tell no time are not judged by it.
func (r repeat) of(i id) bool {
	at := i.at()
	return r.surely || !r.resumed.IsZero() && at.Before(r.resumed) && r.resumed.Sub(at) < 24*time.Hour
}

func (l *line) heartbeat() error {
	l.mu.Lock()
	if l.beat.IsZero() {
		l.beat = time.Now()
	}
	l.mu.Unlock()
	if last := l.s.marks().last(); last > 0 {
		return l.send(opHeartbeat, last)
	}
	return l.send(opHeartbeat, nil)
}

// beats sends a heartbeat every so often, and ends a connection on which they go unanswered: it is
// dead, however open it looks.
func (l *line) beats(ctx context.Context, every time.Duration) {
	next := rand.N(every + 1)
	for sleep(ctx, next) {
		l.mu.Lock()
		dead := !l.beat.IsZero()
		l.mu.Unlock()
		if dead {
			l.s.p.log.Warn("the Discord gateway went silent, connecting again", "shard", l.s.number, "error", errZombie)
			l.hangUp()
			return
		}
		if l.heartbeat() != nil {
			return // the reader sees why
		}
		next = every
	}
}

// loose reads JSON; a field of an unexpected type is left empty.
func loose(b []byte, into any) error {
	err := json.Unmarshal(b, into)
	var odd *json.UnmarshalTypeError
	if errors.As(err, &odd) {
		return nil
	}
	return err
}
