package slacktest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxAck is the size from which Slack drops answers over a socket.
const maxAck = 20 * 1024

// maxSockets is how many sockets an app may have open.
const maxSockets = 10

// Socket is one open connection of Socket Mode.
type Socket struct {
	s       *Server
	ws      *websocket.Conn
	number  int
	host    string
	pending map[string]*attempt
	closing bool // no more envelopes; Slack asked for another connection
	gone    bool
	muted   bool

	mu    sync.Mutex
	queue []frame
	wake  chan struct{}
	quit  chan struct{}
	once  sync.Once
}

// frame is one text message to send; one without data closes the connection instead.
type frame []byte

// Number counts sockets from 1 in the order of their opening.
func (k *Socket) Number() int { return k.number }

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, WriteBufferSize: 32 << 10}

// serveSocket opens a connection for a ticket of apps.connections.open, which is good for one.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ticket := r.URL.Query().Get("ticket")
	ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	if s.refuse > 0 {
		s.refuse--
		s.mu.Unlock()
		http.Error(w, "upstream connect error", http.StatusServiceUnavailable)
		return
	}
	s.mu.Unlock()
	if !ok {
		http.Error(w, `{"ok":false,"error":"link_expired"}`, http.StatusRequestTimeout)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	k := &Socket{
		s: s, ws: ws, pending: map[string]*attempt{},
		wake: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	if !k.open() {
		_ = ws.Close()
		return
	}
	k.read()
}

// open registers the socket and greets it; an eleventh is sent away.
func (k *Socket) open() bool {
	s := k.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.done.Go(k.write)
	s.socketSeq++
	k.number, k.host = s.socketSeq, fmt.Sprintf("applink-%d", s.socketSeq)
	if len(s.sockets) >= maxSockets {
		s.fault(FaultTooManySockets, "socket %d", len(s.sockets)+1)
		k.push(disconnectMessage("too_many_websockets", k.host))
		k.push(nil)
		return true
	}
	s.sockets = append(s.sockets, k)
	k.push(encode(obj{
		"type": "hello", "num_connections": len(s.sockets),
		"debug_info":      obj{"host": k.host, "build_number": 10, "approximate_connection_time": 18060},
		"connection_info": obj{"app_id": s.app.spec.ID},
	}))
	s.changed.fire()
	return true
}

func (k *Socket) read() {
	defer k.closed()
	for {
		kind, data, err := k.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind != websocket.TextMessage {
			continue
		}
		k.s.mu.Lock()
		k.answer(data)
		k.s.mu.Unlock()
	}
}

// answer takes one message of the app: an acknowledgement.
func (k *Socket) answer(data []byte) {
	s := k.s
	var msg struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(data, &msg); err != nil || msg.EnvelopeID == "" {
		s.fault(FaultAckUnknown, "not an acknowledgement: %.80s", data)
		return
	}
	if len(data) >= maxAck {
		s.fault(FaultAckTooLarge, "%d bytes", len(data))
		return
	}
	a := s.envelopes[msg.EnvelopeID]
	if a == nil {
		s.fault(FaultAckUnknown, "envelope %s", msg.EnvelopeID)
		return
	}
	if a.socket != k {
		// Where the first connection is gone, its envelopes are gone with it, and nobody is to blame.
		if !a.socket.gone {
			s.fault(FaultAckUnknown, "envelope %s belongs to socket %d, not %d", msg.EnvelopeID, a.socket.number, k.number)
		}
		return
	}
	if a.copies--; a.copies <= 0 {
		delete(s.envelopes, msg.EnvelopeID)
	}
	delete(k.pending, msg.EnvelopeID)
	if !a.acked {
		a.acked = true
		s.acked(a, msg.Payload)
	}
}

// closed forgets the socket; what it had not acknowledged is told again over another.
func (k *Socket) closed() {
	s := k.s
	k.drop()
	s.mu.Lock()
	defer s.mu.Unlock()
	k.gone = true
	s.sockets = slices.DeleteFunc(s.sockets, func(o *Socket) bool { return o == k })
	open := make([]*attempt, 0, len(k.pending))
	for _, a := range k.pending {
		open = append(open, a)
	}
	slices.SortFunc(open, func(a, b *attempt) int { return a.sent.Compare(b.sent) })
	for _, a := range open {
		if a.d.x == nil {
			s.failed(a, failConnection)
		}
	}
	s.changed.fire()
}

// pickSocket chooses the next open socket in turn.
func (s *Server) pickSocket() *Socket {
	for range s.sockets {
		k := s.sockets[s.nextSocket%len(s.sockets)]
		s.nextSocket++
		if !k.closing && !k.gone {
			return k
		}
	}
	return nil
}

// push queues a message; nil closes the connection after what is queued before it.
func (k *Socket) push(b frame) {
	k.mu.Lock()
	k.queue = append(k.queue, b)
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// write sends what is queued, all of it in one go, and pings.
func (k *Socket) write() {
	var pings <-chan time.Time
	if k.s.opts.pingEvery > 0 {
		t := time.NewTicker(k.s.opts.pingEvery)
		defer t.Stop()
		pings = t.C
	}
	// The first ping comes at once: clients time the connection out from its beginning.
	k.ping()
	for {
		select {
		case <-k.quit:
			return
		case <-pings:
			k.ping()
		case <-k.wake:
			if !k.flush() {
				return
			}
		}
	}
}

func (k *Socket) ping() {
	k.s.mu.Lock()
	muted := k.muted
	k.s.mu.Unlock()
	if !muted {
		_ = k.ws.WriteControl(websocket.PingMessage, []byte("Ping from "+k.host), time.Now().Add(time.Second))
	}
}

func (k *Socket) flush() bool {
	k.mu.Lock()
	batch := k.queue
	k.queue = nil
	k.mu.Unlock()
	uncork := cork(k.ws.NetConn())
	for _, b := range batch {
		if b == nil {
			_ = uncork()
			k.closeFrame()
			return false
		}
		if err := k.ws.WriteMessage(websocket.TextMessage, b); err != nil {
			_ = uncork()
			return false
		}
	}
	return uncork() == nil
}

// drop closes the connection without a word.
func (k *Socket) drop() {
	k.once.Do(func() {
		close(k.quit)
		_ = k.ws.NetConn().Close()
	})
}

// closeFrame closes the connection as the WebSocket protocol wants it.
func (k *Socket) closeFrame() {
	_ = k.ws.WriteControl(websocket.CloseMessage,
		websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	k.drop()
}

// corkConn is a connection whose writes can be held back and sent in one go: one system call for many
// envelopes.
type corkConn struct {
	net.Conn
	mu     sync.Mutex
	corked bool
	held   []byte
}

type corkListener struct{ net.Listener }

func (l corkListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &corkConn{Conn: c}, nil
}

func (c *corkConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.corked {
		return c.Conn.Write(b)
	}
	c.held = append(c.held, b...)
	return len(b), nil
}

// cork holds writes to conn back until the returned function is called.
func cork(conn net.Conn) func() error {
	c, ok := conn.(*corkConn)
	if !ok {
		return func() error { return nil }
	}
	c.mu.Lock()
	c.corked = true
	c.mu.Unlock()
	return func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.corked = false
		held := c.held
		c.held = c.held[:0]
		_, err := c.Conn.Write(held)
		return err
	}
}
