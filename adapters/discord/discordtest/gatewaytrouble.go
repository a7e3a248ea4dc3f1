package discordtest

// Disturbance is something that goes wrong with events on their way to the app. The numbering of
// events (s) is that of their making: what is late has a lower number than what went before it.
type Disturbance struct {
	// Event is the name, such as "MESSAGE_CREATE"; empty for all.
	Event string
	// Times is how often it happens; 0 is until End.
	Times int

	Double    bool // sent twice
	After     int  // held back until so many later events have been sent: a reordering
	Hold      bool // held back until End
	Lose      bool // never sent on this connection; a resume would bring it
	CutMiddle bool // the connection is cut in the middle of it

	s     *Server
	hits  int
	ended bool
	held  []heldFrame
}

type heldFrame struct {
	c    *conn
	data []byte
	left int // later events to wait for; -1 until End
}

// Disturb spoils events from now on.
func (s *Server) Disturb(d Disturbance) *Disturbance {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.s = s
	s.gateway.disturbances = append(s.gateway.disturbances, &d)
	return &d
}

// End stops it and sends what it holds.
func (d *Disturbance) End() {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.ended = true
	for _, h := range d.held {
		h.c.push(frame{data: h.data})
	}
	d.held = nil
}

// Hits is how often it struck.
func (d *Disturbance) Hits() int {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	return d.hits
}

func (d *Disturbance) fits(name string) bool {
	return !d.ended && (d.Times == 0 || d.hits < d.Times) && (d.Event == "" || d.Event == name)
}

// deliver sends an event, as far as nothing disturbs it.
func (c *conn) deliver(name string, data []byte) {
	g := &c.s.gateway
	if g.mute || c.closing {
		return
	}
	for _, d := range g.disturbances {
		if d.fits(name) {
			d.hits++
			d.strike(c, data)
			return
		}
	}
	c.push(frame{data: data})
	for _, d := range g.disturbances {
		d.passed(c)
	}
}

func (d *Disturbance) strike(c *conn, data []byte) {
	switch {
	case d.CutMiddle:
		c.closing = true
		c.push(frame{data: data, half: true})
	case d.Hold:
		d.held = append(d.held, heldFrame{c, data, -1})
	case d.After > 0:
		d.held = append(d.held, heldFrame{c, data, d.After})
	case d.Double:
		c.push(frame{data: data})
		c.push(frame{data: data})
	case !d.Lose:
		c.push(frame{data: data})
	}
}

// passed counts an event that was sent, and lets go of what waited for it.
func (d *Disturbance) passed(c *conn) {
	kept := d.held[:0]
	for _, h := range d.held {
		if h.c == c && h.left > 0 {
			h.left--
		}
		if h.left == 0 {
			h.c.push(frame{data: h.data})
			continue
		}
		kept = append(kept, h)
	}
	d.held = kept
}

// each runs something for every connection.
func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.gateway.conns {
		if !c.closing {
			do(c)
		}
	}
}

// RequestReconnect asks all connections to reconnect (op 7).
func (s *Server) RequestReconnect() { s.each(func(c *conn) { c.send(opReconnect, nil) }) }

// RequestReconnectFirst makes a reconnect request (op 7) the first frame after each of the next n
// IDENTIFYs or RESUMEs.
func (s *Server) RequestReconnectFirst(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.reconnectFirst = n
}

// InvalidateSessions says that sessions are invalid (op 9). Unless they are resumable, they are gone.
// The connections stay, for an IDENTIFY or RESUME on them.
func (s *Server) InvalidateSessions(resumable bool) {
	s.each(func(c *conn) {
		if sess := c.session; sess != nil {
			sess.conn, sess.left, c.session = nil, s.now(), nil
			if !resumable {
				delete(s.gateway.sessions, sess.id)
			}
		}
		c.send(opInvalid, resumable)
	})
}

// InvalidateFirst answers the next IDENTIFY or RESUME with op 9 instead of starting a session.
func (s *Server) InvalidateFirst(resumable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.refuseFirst = append(s.gateway.refuseFirst, resumable)
}

// CloseConnections closes all connections with a code; their sessions can be resumed unless the code
// says otherwise.
func (s *Server) CloseConnections(code int) {
	s.each(func(c *conn) {
		if code == CloseAuthFailed || code == CloseTimedOut || code == CloseInvalidSeq || code >= CloseInvalidShard {
			if c.session != nil {
				delete(s.gateway.sessions, c.session.id)
			}
		}
		c.close(code, "")
	})
}

// RecommendShards changes how many shards GET /gateway/bot recommends. Fewer are refused with 4011 from now
// on.
func (s *Server) RecommendShards(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Shards, s.gateway.leastShards = n, n
}

// DropConnections cuts all connections without a close frame.
func (s *Server) DropConnections() { s.each(func(c *conn) { c.cut() }) }

// StopAcks makes zombies of the connections: heartbeats are not acknowledged any more, events still
// come.
func (s *Server) StopAcks(stop bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.silent = stop
}

// Mute makes the connections dead without closing them: neither acknowledgements nor events come, and
// what happens is kept for a resume.
func (s *Server) Mute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.mute = mute
}

// ExpireSessions forgets all sessions: a later RESUME is answered with op 9. Connections that are
// still open get no more events.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.gateway.sessions {
		delete(s.gateway.sessions, id)
	}
}

// ChangeToken makes the old token invalid: requests are answered with 401, and identifying with 4004.
func (s *Server) ChangeToken(token string) {
	s.mu.Lock()
	s.opts.Token = token
	s.mu.Unlock()
	s.CloseConnections(CloseAuthFailed)
}
