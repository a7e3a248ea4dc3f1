package discordtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// Operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opRequestMembers = 8
	opInvalid        = 9
	opHello          = 10
	opAck            = 11
)

// Close codes of the gateway.
const (
	CloseUnknownError     = 4000
	CloseUnknownOpcode    = 4001
	CloseDecodeError      = 4002
	CloseNotAuthenticated = 4003
	CloseAuthFailed       = 4004
	CloseAlreadyAuthed    = 4005
	CloseInvalidSeq       = 4007
	CloseRateLimited      = 4008
	CloseTimedOut         = 4009
	CloseInvalidShard     = 4010
	CloseShardingRequired = 4011
	CloseInvalidVersion   = 4012
	CloseInvalidIntents   = 4013
	CloseDisallowedIntent = 4014
)

const (
	maxSent         = 4096 // bytes of a payload that an app sends
	identifyWindow  = 5 * time.Second
	identifiesADay  = 1000
	compressedAbove = 8 << 10
)

// gateway is the state of all connections. It is guarded by Server.mu.
type gateway struct {
	upgrader   websocket.Upgrader
	sessions   map[string]*session
	conns      map[*conn]bool
	identified map[int]time.Time // last identify by shard modulo max_concurrency
	identifies []time.Time
	resumes    int
	resumed    int // resumes that were granted

	mute           bool // acknowledgements and events are not sent
	silent         bool // heartbeats are not acknowledged
	leastShards    int  // fewer are refused
	reconnectFirst int  // sessions whose first frame is a reconnect request
	refuseFirst    []bool
	disturbances   []*Disturbance
}

func (g *gateway) start() {
	g.sessions, g.conns, g.identified = map[string]*session{}, map[*conn]bool{}, map[int]time.Time{}
	g.upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
}

func (g *gateway) closeAll() {
	for c := range g.conns {
		c.cut()
	}
}

// gatewayURL is the address that the app is told. Resumed sessions have another path, so that it can
// be seen which was used.
func (s *Server) gatewayURL(resume bool) string {
	switch {
	case s.opts.RealHosts && resume:
		return "wss://gateway-us-east1-b.discord.gg"
	case s.opts.RealHosts:
		return "wss://gateway.discord.gg"
	case resume:
		return "ws://" + s.listener.Addr().String() + "/resume"
	}
	return "ws://" + s.listener.Addr().String() + "/gateway"
}

func (s *Server) getGateway(*call) (any, error) {
	return map[string]any{"url": s.gatewayURL(false)}, nil
}

func (s *Server) getGatewayBot(*call) (any, error) {
	return map[string]any{
		"url": s.gatewayURL(false), "shards": s.opts.Shards,
		"session_start_limit": map[string]any{
			"total": identifiesADay, "remaining": max(identifiesADay-s.gateway.today(s.now()), 0),
			"reset_after": int((24 * time.Hour).Milliseconds()), "max_concurrency": s.opts.MaxConcurrency,
		},
	}, nil
}

// today is how many identifies count for the daily limit.
func (g *gateway) today(now time.Time) int {
	for len(g.identifies) > 0 && now.Sub(g.identifies[0]) > 24*time.Hour {
		g.identifies = g.identifies[1:]
	}
	return len(g.identifies)
}

// session is what survives a connection: its number of events, and the last of them.
type session struct {
	s       *Server
	id      string
	shard   [2]int
	intents Intent
	seq     int64
	log     []logged
	conn    *conn // nil while disconnected
	left    time.Time
}

type logged struct {
	seq   int64
	frame []byte
}

func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	ws, err := s.gateway.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	q := r.URL.Query()
	c := newConn(s, ws, q.Get("compress") == "zlib-stream")
	version, err := strconv.Atoi(q.Get("v"))
	encoding := q.Get("encoding")
	s.mu.Lock()
	s.gateway.conns[c] = true
	switch {
	case q.Get("v") != "" && (err != nil || version < 9 || version > 10):
		c.close(CloseInvalidVersion, "Invalid API version")
	case encoding != "" && encoding != "json":
		c.close(CloseDecodeError, "Only JSON is spoken here")
	default:
		c.send(opHello, map[string]any{"heartbeat_interval": s.opts.Heartbeat.Milliseconds(), "_trace": []string{"discordtest"}})
	}
	s.mu.Unlock()
	go c.write()
	c.read()
}

// payload is what an app sends.
type payload struct {
	Op int             `json:"op"`
	D  json.RawMessage `json:"d"`
}

// read takes what the app sends until the connection ends. How it ends decides over the session: a
// close with 1000 or 1001 ends it, anything else leaves it to be resumed.
func (c *conn) read() {
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			clean := errors.As(err, &closed) && (closed.Code == websocket.CloseNormalClosure || closed.Code == websocket.CloseGoingAway)
			c.s.disconnected(c, clean)
			return
		}
		c.s.received(c, data)
	}
}

func (s *Server) disconnected(c *conn, clean bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.cut()
	delete(s.gateway.conns, c)
	if sess := c.session; sess != nil && sess.conn == c {
		sess.conn, sess.left = nil, s.now()
		if clean {
			delete(s.gateway.sessions, sess.id)
		}
	}
	s.signal()
}

func (s *Server) received(c *conn, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.signal()
	if c.closing {
		return
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil || len(data) > maxSent {
		s.gatewayFault(c, CloseDecodeError, "Error while decoding payload")
		return
	}
	if c.tooMuch(s.now()) {
		s.gatewayFault(c, CloseRateLimited, "Rate limited")
		return
	}
	if c.session == nil && p.Op != opIdentify && p.Op != opResume && p.Op != opHeartbeat {
		s.gatewayFault(c, CloseNotAuthenticated, "Not authenticated")
		return
	}
	switch p.Op {
	case opHeartbeat:
		c.beat()
	case opIdentify:
		s.identify(c, p.D)
	case opResume:
		s.resume(c, p.D)
	case opPresence, opVoice:
	case opRequestMembers:
		s.requestMembers(c, p.D)
	default:
		s.gatewayFault(c, CloseUnknownOpcode, "Unknown opcode")
	}
}

// gatewayFault closes a connection for something that the app did.
func (s *Server) gatewayFault(c *conn, code int, reason string) {
	s.fault("gateway-"+strconv.Itoa(code), nil, "%s", reason)
	c.close(code, reason)
}
