package discordtest

import (
	"bytes"
	"compress/zlib"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// conn is one connection to the gateway. What it sends goes through a queue, so that nobody waits for
// the network while holding Server.mu; mu guards only the queue.
type conn struct {
	s       *Server
	ws      *websocket.Conn
	session *session // after IDENTIFY or RESUME; guarded by Server.mu
	closing bool     // guarded by Server.mu
	sent    []time.Time
	watch   *time.Timer // closes the connection when heartbeats stop
	inflate bool        // the app asked for compressed payloads
	stream  *zlibStream // compress=zlib-stream

	mu    sync.Mutex
	wake  *sync.Cond
	queue []frame
	ended bool
}

// frame is one thing to do on the wire.
type frame struct {
	data  []byte
	close int  // close with this code instead of sending
	half  bool // send half of the message, then cut the connection
	flat  bool // never compressed
}

func newConn(s *Server, ws *websocket.Conn, stream bool) *conn {
	c := &conn{s: s, ws: ws}
	c.wake = sync.NewCond(&c.mu)
	if stream {
		c.stream = newZlibStream()
	}
	c.watch = time.AfterFunc(2*s.opts.Heartbeat, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !c.closing {
			s.gatewayFault(c, CloseTimedOut, "Session timed out: no heartbeat")
		}
	})
	return c
}

// beat answers a heartbeat.
func (c *conn) beat() {
	c.watch.Reset(2 * c.s.opts.Heartbeat)
	if !c.s.gateway.silent && !c.s.gateway.mute {
		c.send(opAck, nil)
	}
}

// tooMuch counts what the app sends, heartbeats included.
func (c *conn) tooMuch(now time.Time) bool {
	most := c.s.limiter.limits.GatewaySend
	if most == 0 {
		return false
	}
	c.sent = append(c.sent, now)
	for now.Sub(c.sent[0]) > time.Minute {
		c.sent = c.sent[1:]
	}
	return len(c.sent) > most
}

// send queues an operation that is no event.
func (c *conn) send(op int, data any) {
	c.push(frame{data: marshal(map[string]any{"op": op, "d": data, "s": nil, "t": nil}), flat: true})
}

// close queues a close frame; nothing is sent after it.
func (c *conn) close(code int, reason string) {
	if c.closing {
		return
	}
	c.closing = true
	c.push(frame{close: code, data: []byte(reason)})
}

// cut ends the connection without a word.
func (c *conn) cut() {
	c.closing = true
	c.watch.Stop()
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.wake.Signal()
	c.ws.NetConn().Close()
}

func (c *conn) push(f frame) {
	c.mu.Lock()
	c.queue = append(c.queue, f)
	c.mu.Unlock()
	c.wake.Signal()
}

// write sends the queue until the connection ends.
func (c *conn) write() {
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.ended {
			c.wake.Wait()
		}
		queue, ended := c.queue, c.ended
		c.queue = nil
		c.mu.Unlock()
		if ended {
			return
		}
		for _, f := range queue {
			if !c.writeFrame(f) {
				c.ws.NetConn().Close()
				return
			}
		}
	}
}

// writeFrame is false when the connection is over.
func (c *conn) writeFrame(f frame) bool {
	switch {
	case f.close != 0:
		c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(f.close, string(f.data))) //nolint:errcheck // it ends here anyway
		return false
	case f.half:
		// A text frame whose header promises more than follows.
		head := []byte{0x81, 126, 0xFF, 0xFF}
		c.ws.NetConn().Write(append(head, f.data[:min(len(f.data), 0xFFFF)/2]...)) //nolint:errcheck // it ends here anyway
		return false
	case c.stream != nil:
		return c.ws.WriteMessage(websocket.BinaryMessage, c.stream.compress(f.data)) == nil
	case c.inflate && !f.flat && len(f.data) > compressedAbove:
		return c.ws.WriteMessage(websocket.BinaryMessage, compressed(f.data)) == nil
	}
	return c.ws.WriteMessage(websocket.TextMessage, f.data) == nil
}

func compressed(data []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(data) //nolint:errcheck // a buffer takes everything
	z.Close()     //nolint:errcheck // a buffer takes everything
	return out.Bytes()
}

// zlibStream compresses all messages of a connection in one stream, flushed after each.
type zlibStream struct {
	out bytes.Buffer
	z   *zlib.Writer
}

func newZlibStream() *zlibStream {
	s := &zlibStream{}
	s.z = zlib.NewWriter(&s.out)
	return s
}

func (s *zlibStream) compress(data []byte) []byte {
	s.out.Reset()
	s.z.Write(data) //nolint:errcheck // a buffer takes everything
	s.z.Flush()     //nolint:errcheck // a buffer takes everything
	return bytes.Clone(s.out.Bytes())
}
