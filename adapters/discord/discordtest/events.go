package discordtest

import (
	"encoding/json"
	"strconv"
)

// event is something to tell the app, to the sessions that it concerns: of the guild's shard, with
// one of the intents, and only when the bot sees the channel.
type event struct {
	name    string
	guild   *Guild // nil for direct messages, which go to shard 0
	intents Intent // any of them; none: everybody
	channel *Channel
	data    any
	lazy    func(content bool) any // instead of data, where MESSAGE_CONTENT matters
	plain   bool                   // the app sees the content in any case
	always  bool                   // also when the bot is no more in the guild
}

// emit gives an event to all sessions that want it. It needs the lock.
func (s *Server) emit(e event) {
	if len(s.gateway.sessions) == 0 {
		return
	}
	if e.guild != nil && !e.always && (e.guild.bot() == nil || e.guild.unavailable) {
		return
	}
	if e.channel != nil && !e.channel.visible(s.app.Bot) {
		return
	}
	var full, blank json.RawMessage
	for _, sess := range s.gateway.sessions {
		if !sess.wants(e) {
			continue
		}
		body := &full
		content := e.lazy == nil || e.plain || sess.intents.has(MessageContent)
		if !content {
			body = &blank
		}
		if *body == nil {
			if e.lazy != nil {
				*body = marshal(e.lazy(content))
			} else {
				*body = marshal(e.data)
			}
		}
		sess.dispatch(e.name, *body)
	}
}

func (sess *session) wants(e event) bool {
	if e.intents != noIntent && sess.intents&e.intents == 0 {
		return false
	}
	return sess.shardOf(e.guild)
}

// shardOf says whether a guild belongs to the session's shard. Source: "Sharding" of the reference.
func (sess *session) shardOf(g *Guild) bool {
	if g == nil {
		return sess.shard[0] == 0
	}
	return int(uint64(g.ID)>>22)%sess.shard[1] == sess.shard[0]
}

// dispatch numbers an event, keeps it for a resume and sends it.
func (sess *session) dispatch(name string, data json.RawMessage) {
	sess.seq++
	frame := make([]byte, 0, len(data)+64)
	frame = append(frame, `{"op":0,"s":`...)
	frame = strconv.AppendInt(frame, sess.seq, 10)
	frame = append(frame, `,"t":"`...)
	frame = append(frame, name...)
	frame = append(frame, `","d":`...)
	frame = append(frame, data...)
	frame = append(frame, '}')
	sess.log = append(sess.log, logged{sess.seq, frame})
	if most := sess.s.opts.Replay; len(sess.log) > 2*most {
		sess.log = append([]logged(nil), sess.log[len(sess.log)-most:]...)
	}
	if sess.conn != nil {
		sess.conn.deliver(name, frame)
	}
}

// SendEvent sends an event of the test's own making to every session, as when Discord has a new kind
// of event or field.
func (s *Server) SendEvent(name string, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := marshal(data)
	for _, sess := range s.gateway.sessions {
		sess.dispatch(name, body)
	}
}
