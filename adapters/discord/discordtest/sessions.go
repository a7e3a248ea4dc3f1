package discordtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// identify starts a session: READY, then GUILD_CREATE for each guild of the shard.
func (s *Server) identify(c *conn, data json.RawMessage) {
	var d struct {
		Token    string  `json:"token"`
		Intents  *Intent `json:"intents"`
		Compress bool    `json:"compress"`
		Shard    *[2]int `json:"shard"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.gatewayFault(c, CloseDecodeError, "Error while decoding payload")
		return
	}
	shard := [2]int{0, 1}
	if d.Shard != nil {
		shard = *d.Shard
	}
	if code, reason := s.refuseIdentify(c, d.Token, d.Intents, shard); code != 0 {
		s.gatewayFault(c, code, reason)
		return
	}
	if !s.mayIdentify(shard[0]) {
		s.fault("identify-too-fast", nil, "shard %d identified within %v of another of its group", shard[0], identifyWindow)
		c.send(opInvalid, false)
		return
	}
	if s.spoilFirst(c) {
		return
	}
	c.inflate = d.Compress
	sess := &session{s: s, id: randomHex(16), shard: shard, intents: *d.Intents, conn: c}
	s.gateway.sessions[sess.id] = sess
	c.session = sess
	s.ready(sess, d.Shard)
}

func (s *Server) refuseIdentify(c *conn, token string, intents *Intent, shard [2]int) (int, string) {
	switch {
	case c.session != nil:
		return CloseAlreadyAuthed, "Already authenticated"
	case strings.TrimPrefix(token, "Bot ") != s.opts.Token:
		return CloseAuthFailed, "Authentication failed"
	case intents == nil || *intents < 0 || *intents&^allIntents != 0:
		return CloseInvalidIntents, "Invalid intent(s)"
	case *intents&s.opts.Disallowed&privileged != 0:
		return CloseDisallowedIntent, "Disallowed intent(s)"
	case shard[1] < 1 || shard[0] < 0 || shard[0] >= shard[1]:
		return CloseInvalidShard, "Invalid shard"
	case s.guildsOf(shard) > maxPerShard, shard[1] < s.gateway.leastShards:
		return CloseShardingRequired, "Sharding required"
	}
	return 0, ""
}

func (s *Server) guildsOf(shard [2]int) int {
	n := 0
	probe := &session{shard: shard}
	for _, g := range s.guildOrder {
		if g.bot() != nil && probe.shardOf(g) {
			n++
		}
	}
	return n
}

// mayIdentify keeps the pace of identifies, and counts this one.
func (s *Server) mayIdentify(shard int) bool {
	g, now := &s.gateway, s.now()
	group := shard % s.opts.MaxConcurrency
	last, before := g.identified[group]
	g.identified[group] = now
	g.identifies = append(g.identifies, now)
	if !s.limiter.limits.Identify {
		return true
	}
	return (!before || now.Sub(last) >= identifyWindow) && g.today(now) <= identifiesADay
}

// spoilFirst sends the frame that a test wants to be the first after IDENTIFY or RESUME.
func (s *Server) spoilFirst(c *conn) bool {
	g := &s.gateway
	switch {
	case g.reconnectFirst > 0:
		g.reconnectFirst--
		c.send(opReconnect, nil)
		return true
	case len(g.refuseFirst) > 0:
		resumable := g.refuseFirst[0]
		g.refuseFirst = g.refuseFirst[1:]
		c.send(opInvalid, resumable)
		return true
	}
	return false
}

func (s *Server) ready(sess *session, shard *[2]int) {
	type unavailable struct {
		ID          Snowflake `json:"id"`
		Unavailable bool      `json:"unavailable"`
	}
	var mine []*Guild
	list := []unavailable{}
	for _, g := range s.guildOrder {
		if g.bot() != nil && sess.shardOf(g) {
			mine = append(mine, g)
			list = append(list, unavailable{g.ID, true})
		}
	}
	data := map[string]any{
		"v": 10, "user": s.app.Bot.json(), "guilds": list, "session_id": sess.id, "session_type": "normal",
		"resume_gateway_url": s.gatewayURL(true), "private_channels": []any{}, "user_settings": map[string]any{},
		"relationships": []any{}, "presences": []any{}, "guild_join_requests": []any{}, "geo_ordered_rtc_regions": []string{},
		"application": map[string]any{"id": s.app.ID, "flags": s.appFlags()}, "_trace": []string{"discordtest"},
	}
	if shard != nil {
		data["shard"] = *shard
	}
	sess.dispatch("READY", marshal(data))
	if !sess.intents.has(Guilds) {
		return
	}
	for _, g := range mine {
		if !g.unavailable {
			sess.dispatch("GUILD_CREATE", marshal(g.created(sess.intents)))
		}
	}
}

// resume continues a session: the events since seq again, then RESUMED.
func (s *Server) resume(c *conn, data json.RawMessage) {
	var d struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Seq       int64  `json:"seq"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.gatewayFault(c, CloseDecodeError, "Error while decoding payload")
		return
	}
	s.gateway.resumes++
	sess := s.gateway.sessions[d.SessionID]
	switch {
	case c.session != nil:
		s.gatewayFault(c, CloseAlreadyAuthed, "Already authenticated")
		return
	case strings.TrimPrefix(d.Token, "Bot ") != s.opts.Token:
		s.gatewayFault(c, CloseAuthFailed, "Authentication failed")
		return
	case sess != nil && d.Seq > sess.seq:
		s.gatewayFault(c, CloseInvalidSeq, "Invalid seq")
		return
	}
	if s.spoilFirst(c) {
		return
	}
	if sess == nil || sess.expired() || !sess.remembers(d.Seq) {
		if sess != nil {
			delete(s.gateway.sessions, sess.id)
		}
		c.send(opInvalid, false)
		return
	}
	if old := sess.conn; old != nil {
		old.session = nil
		old.close(CloseTimedOut, "Session resumed elsewhere")
	}
	s.gateway.resumed++
	sess.conn, c.session = c, sess
	for _, l := range sess.log {
		if l.seq > d.Seq {
			c.push(frame{data: l.frame})
		}
	}
	sess.dispatch("RESUMED", marshal(map[string]any{"_trace": []string{"discordtest"}}))
}

func (sess *session) expired() bool {
	return sess.conn == nil && sess.s.now().Sub(sess.left) > sess.s.opts.SessionLife
}

// remembers says whether all events after seq are still kept.
func (sess *session) remembers(seq int64) bool {
	return seq == sess.seq || len(sess.log) > 0 && sess.log[0].seq <= seq+1
}

// requestMembers answers with chunks of up to 1000 members.
func (s *Server) requestMembers(c *conn, data json.RawMessage) {
	var d struct {
		GuildID json.RawMessage `json:"guild_id"`
		Query   *string         `json:"query"`
		UserIDs json.RawMessage `json:"user_ids"`
		Limit   int             `json:"limit"`
		Nonce   string          `json:"nonce"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.gatewayFault(c, CloseDecodeError, "Error while decoding payload")
		return
	}
	for _, id := range oneOrMany(d.GuildID) {
		g := s.guilds[id]
		if g == nil || g.bot() == nil {
			continue
		}
		everybody := d.Query != nil && *d.Query == "" && d.Limit == 0
		if everybody && !c.session.intents.has(GuildMembers) {
			s.gatewayFault(c, CloseDisallowedIntent, "Disallowed intent(s)")
			return
		}
		wanted := oneOrMany(d.UserIDs)
		found := []*memberJSON{}
		for _, m := range g.order {
			switch {
			case d.Query != nil && !startsFolded(m.user.Name, *d.Query), d.Query == nil && !slices.Contains(wanted, m.user.ID):
			case d.Limit > 0 && len(found) >= d.Limit:
			default:
				found = append(found, m.json())
			}
		}
		chunks := max((len(found)+999)/1000, 1)
		for i := range chunks {
			part := found[min(i*1000, len(found)):min((i+1)*1000, len(found))]
			c.session.dispatch("GUILD_MEMBERS_CHUNK", marshal(map[string]any{
				"guild_id": g.ID, "members": part, "chunk_index": i, "chunk_count": chunks, "nonce": d.Nonce,
			}))
		}
	}
}

func oneOrMany(raw json.RawMessage) []Snowflake {
	var many []Snowflake
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one Snowflake
	if json.Unmarshal(raw, &one) == nil && one != 0 {
		return []Snowflake{one}
	}
	return nil
}

// Connected waits until the app has n live sessions, READY or resumed.
func (s *Server) Connected(n int) error {
	if s.await(func() bool { return s.live() >= n }) {
		return nil
	}
	return fmt.Errorf("waited %v for %d gateway sessions", s.opts.Patience, n)
}

func (s *Server) live() int {
	n := 0
	for _, sess := range s.gateway.sessions {
		if sess.conn != nil && !sess.conn.closing {
			n++
		}
	}
	return n
}

// GatewayCounts say what the app did with the gateway.
type GatewayCounts struct {
	Sessions    int // live ones
	Connections int
	Identifies  int // in the last 24 hours
	Resumes     int // tried
	Resumed     int // granted
}

// Gateway counts what the app did with the gateway so far.
func (s *Server) Gateway() GatewayCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return GatewayCounts{
		Sessions: s.live(), Connections: len(s.gateway.conns), Identifies: s.gateway.today(s.now()),
		Resumes: s.gateway.resumes, Resumed: s.gateway.resumed,
	}
}

// Intents are what the live sessions identified with.
func (s *Server) Intents() []Intent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Intent
	for _, sess := range s.gateway.sessions {
		if sess.conn != nil {
			out = append(out, sess.intents)
		}
	}
	return out
}
