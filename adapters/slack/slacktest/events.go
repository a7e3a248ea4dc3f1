package slacktest

import (
	"slices"
	"strings"
)

// eventScopes are the scopes of which one is needed to receive an event; nil for none.
func eventScopes(event string) []string {
	switch event {
	case "message.channels":
		return []string{"channels:history"}
	case "message.groups":
		return []string{"groups:history"}
	case "message.im":
		return []string{"im:history"}
	case "message.mpim":
		return []string{"mpim:history"}
	case "app_mention":
		return []string{"app_mentions:read"}
	case "reaction_added", "reaction_removed":
		return []string{"reactions:read"}
	case "member_joined_channel", "member_left_channel":
		return []string{"channels:read", "groups:read"}
	case "channel_archive", "channel_unarchive", "channel_rename", "channel_created", "channel_deleted", "channel_left":
		return []string{"channels:read"}
	case "group_archive", "group_unarchive", "group_rename", "group_deleted", "group_left":
		return []string{"groups:read"}
	case "team_join", "user_change":
		return []string{"users:read"}
	case "pin_added", "pin_removed":
		return []string{"pins:read"}
	case "file_created", "file_shared", "file_public", "file_deleted", "file_change":
		return []string{"files:read"}
	}
	return nil
}

// listens says whether the app gets an event in this workspace; for "message", in a conversation of
// kind k.
func (in *install) listens(event string, k kind) bool {
	if in.gone != "" {
		return false
	}
	sub := event
	if event == "message" {
		sub = "message." + k.eventName() + "s"
		if k == im || k == mpim {
			sub = "message." + k.eventName()
		}
	}
	subs := in.app.spec.Events
	// The two are sent to everyone.
	always := event == "app_uninstalled" || event == "tokens_revoked"
	if subs != nil && !slices.Contains(subs, sub) && !always {
		return false
	}
	need := eventScopes(sub)
	return len(need) == 0 || slices.ContainsFunc(need, in.has)
}

// emit tells the app of an event. With a channel, only where the bot is a member of it.
func (s *Server) emit(w *Workspace, c *Channel, event string, body obj) {
	in := w.install
	if in == nil || c != nil && !c.isMember[in.bot] {
		return
	}
	k := public
	if c != nil {
		k = c.kind
	}
	if !in.listens(event, k) {
		return
	}
	body["type"] = event
	if body["event_ts"] == nil {
		body["event_ts"] = s.ts()
	}
	s.deliver(s.eventDelivery(in, event, body))
}

// eventDelivery wraps the inner event as the Events API does.
func (s *Server) eventDelivery(in *install, event string, inner obj) *delivery {
	d := &delivery{kind: kindEvent, what: event, in: in, eventID: s.id("Ev")}
	d.payload = encode(obj{
		"token": s.app.spec.VerificationToken, "team_id": in.w.id, "context_team_id": in.w.id,
		"context_enterprise_id": nil, "api_app_id": s.app.spec.ID, "event": inner, "type": "event_callback",
		"event_id": d.eventID, "event_time": s.clock.Now().Unix(), "is_ext_shared_channel": false,
		"authorizations": []any{obj{
			"enterprise_id": nil, "team_id": in.w.id, "user_id": in.bot.id, "is_bot": true,
			"is_enterprise_install": false,
		}},
		"event_context": "4-" + s.uuid(),
	})
	return d
}

// emitMessage tells the app of a new message: as "message", and as "app_mention" where people mention
// it outside a direct message.
func (s *Server) emitMessage(m *message) {
	c := m.ch
	s.emit(c.w, c, "message", m.event())
	in := c.w.install
	if in == nil || m.byApp() || m.foreign != nil || m.hidden || c.kind == im || c.kind == mpim {
		return
	}
	if m.subtype != "" && m.subtype != "file_share" && m.subtype != "thread_broadcast" {
		return
	}
	if !strings.Contains(m.text, "<@"+in.bot.id) {
		return
	}
	ev := m.event()
	delete(ev, "channel_type")
	delete(ev, "subtype")
	s.emit(c.w, c, "app_mention", ev)
}

// emitChanged tells the app that a message is different now from what it was.
func (s *Server) emitChanged(m *message, before obj) {
	ts := s.ts()
	s.emit(m.ch.w, m.ch, "message", obj{
		"subtype": "message_changed", "message": m.json(false), "previous_message": before,
		"channel": m.ch.id, "channel_type": m.ch.kind.eventName(), "hidden": true, "ts": ts, "event_ts": ts,
	})
}

// emitDeleted tells the app that a message is gone.
func (s *Server) emitDeleted(m *message, before obj) {
	ts := s.ts()
	s.emit(m.ch.w, m.ch, "message", obj{
		"subtype": "message_deleted", "previous_message": before, "deleted_ts": m.ts, "channel": m.ch.id,
		"channel_type": m.ch.kind.eventName(), "hidden": true, "ts": ts, "event_ts": ts,
	})
}

// Event tells the app of an event made up by the test, as of an unknown or future kind. Scopes,
// subscriptions and memberships are not asked for. It returns the event's id.
func (w *Workspace) Event(inner map[string]any) string {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	what, _ := inner["type"].(string)
	if inner["event_ts"] == nil {
		inner["event_ts"] = s.ts()
	}
	d := s.eventDelivery(w.install, what, inner)
	s.deliver(d)
	return d.eventID
}

// Redeliver tells the app of an event once more, as Slack does now and then of what was acknowledged
// long before. It fails the test when no event with that id was told.
func (s *Server) Redeliver(eventID string) {
	s.mu.Lock()
	i := slices.IndexFunc(s.rec.told, func(t Told) bool { return t.EventID == eventID })
	if i < 0 {
		s.mu.Unlock()
		s.fail("no event %s was told", eventID)
		return
	}
	defer s.mu.Unlock()
	t := s.rec.told[i]
	s.pending++
	s.try(&delivery{kind: t.Kind, what: t.What, in: s.workspaces[0].install, payload: t.Payload, eventID: eventID}, 1, failSocket)
}
