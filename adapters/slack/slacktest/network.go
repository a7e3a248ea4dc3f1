package slacktest

import (
	"time"
)

// Network is what happens to envelopes on their way to the app's sockets.
type Network struct {
	Double  int           // every so manieth envelope arrives twice; 1 for all, 0 for none
	Reorder int           // so many envelopes are held back and then arrive in reverse order
	Late    time.Duration // each arrives so much later, while its deadline runs
}

// Network sets how envelopes travel from now on. What was held back arrives now.
func (s *Server) Network(n Network) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.network, s.netSeq = n, 0
	s.release()
}

func (s *Server) send(k *Socket, a *attempt) {
	n := s.network
	s.netSeq++
	a.copies = 1
	if n.Double > 0 && s.netSeq%n.Double == 0 {
		a.copies = 2
	}
	b := a.bytes()
	push := func() {
		for range a.copies {
			k.push(b)
		}
	}
	switch {
	case n.Reorder > 1:
		s.held = append(s.held, push)
		if len(s.held) >= n.Reorder {
			s.release()
		}
	case n.Late > 0:
		s.clock.AfterFunc(n.Late, push)
	default:
		push()
	}
}

// release sends what is held back, the last first.
func (s *Server) release() {
	for i := len(s.held) - 1; i >= 0; i-- {
		s.held[i]()
	}
	s.held = nil
}

// Sockets are the open sockets.
func (s *Server) Sockets() []*Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Socket(nil), s.sockets...)
}

// AwaitSockets waits until n sockets are open.
func (s *Server) AwaitSockets(n int) []*Socket {
	return awaitValue(s, "open sockets", func() ([]*Socket, bool) {
		return append([]*Socket(nil), s.sockets...), len(s.sockets) == n
	})
}

// AwaitSocketNumber waits until the socket of that number, counted from the start, is open: after a
// reconnection the number is higher.
func (s *Server) AwaitSocketNumber(n int) *Socket {
	return awaitValue(s, "the next socket", func() (*Socket, bool) {
		for _, k := range s.sockets {
			if k.number >= n {
				return k, true
			}
		}
		return nil, false
	})
}

// RefuseSockets lets the next n attempts to open a socket fail with 503.
func (s *Server) RefuseSockets(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = n
}

// Cut ends the connection without a word, as a broken network does.
func (k *Socket) Cut() { k.drop() }

// CutMidFrame sends the beginning of an envelope and ends the connection.
func (k *Socket) CutMidFrame() {
	// A text frame of 300 bytes of which six follow.
	_, _ = k.ws.NetConn().Write([]byte{0x81, 126, 0x01, 0x2c, '{', '"', 'e', 'n', 'v', 'e'})
	k.drop()
}

// Mute stops the pings on this socket, so that the client must notice that it is dead.
func (k *Socket) Mute() {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.muted = true
}

// Send sends a message as it is.
func (k *Socket) Send(text string) { k.push([]byte(text)) }

// Disconnect tells the app to open another connection, as Slack does from time to time. The reasons:
// "warning" is sent ten seconds before the connection closes; with "refresh_requested" it gets no more
// envelopes and closes after ten seconds or when the app closes it; "link_disabled", when Socket Mode is
// switched off, closes it at once.
func (k *Socket) Disconnect(reason string) {
	s := k.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.gone {
		return
	}
	k.push(disconnectMessage(reason, k.host))
	switch reason {
	case "warning":
		s.clock.AfterFunc(10*time.Second, func() { k.Disconnect("refresh_requested") })
	case "refresh_requested":
		k.closing = true
		s.clock.AfterFunc(10*time.Second, func() { k.push(nil) })
	default:
		k.closing = true
		k.push(nil)
	}
}

// Disconnect calls Socket.Disconnect on all open sockets.
func (s *Server) Disconnect(reason string) {
	for _, k := range s.Sockets() {
		k.Disconnect(reason)
	}
}

func disconnectMessage(reason, host string) []byte {
	return encode(obj{"type": "disconnect", "reason": reason, "debug_info": obj{"host": host}})
}
