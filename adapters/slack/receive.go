package slack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var errNotRunning = errors.New("not running yet")

// handleTime is how long the engine may take for one event, the database's worst minute included.
const handleTime = 30 * time.Second

// take gives a delivery to its lane.
func (p *Platform) take(ctx context.Context, d *delivery) {
	if p.stopping() {
		_ = d.done(ctx, nil, errNotRunning) // Slack will tell another connection
		return
	}
	lane, stamp, do := d.read(ctx)
	if do == nil {
		d.end(ctx, nil, nil)
		return
	}
	d.watch(ctx, p)
	p.lanes.put(lane, stamp, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handleTime)
		defer cancel()
		defer func() {
			if v := recover(); v != nil {
				p.log.Error("a panic while something from Slack was handled", "kind", d.kind, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				d.end(ctx, nil, nil)
			}
		}()
		do(ctx)
	})
}

// end acknowledges a delivery, or lets it fail; what was acknowledged before stays so. It says whether that got
// through.
func (d *delivery) end(ctx context.Context, answer any, err error) bool {
	w := &d.waiting
	w.mu.Lock()
	ended := w.ended
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
	if ended {
		return false
	}
	if err := d.done(ctx, answer, err); err != nil {
		d.app.p.log.Warn("Slack could not be acknowledged", "kind", d.kind, "error", err)
		return false
	}
	return true
}

// read says what a delivery is, in which lane it is handled, and when it happened where order matters; do
// is nil for what means nothing to us.
func (d *delivery) read(_ context.Context) (lane, stamp string, do func(ctx context.Context)) {
	switch d.kind {
	case "events_api":
		var e eventPayload
		if err := decode(d.payload, &e); err != nil {
			return "", "", nil
		}
		return "room/" + d.app.space(e) + "/" + string(e.Event.place()), orElse(e.Event.EventTS, e.Event.TS), func(ctx context.Context) { d.event(ctx, e) }
	case "slash_commands":
		var c commandPayload
		if err := decode(d.payload, &c); err != nil || c.UserID == "" {
			return "", "", nil
		}
		c.slow(d)
		return "person/" + c.TeamID + "/" + c.UserID, "", func(ctx context.Context) { d.slash(ctx, c) }
	case "interactive":
		var in interaction
		if err := decode(d.payload, &in); err != nil || in.User.ID == "" {
			return "", "", nil
		}
		in.slow(d)
		lane := "person/" + string(in.Team) + "/" + in.User.ID
		if in.Type == "block_suggestion" {
			lane = "asks/" + in.User.ID // only reads: it need not wait for what the person does
		}
		return lane, "", func(ctx context.Context) { d.interact(ctx, in) }
	}
	return "", "", nil
}

// space is the workspace that an event is for: ours, where a channel is shared with another.
func (a *app) space(e eventPayload) string {
	ids := make([]string, 0, 4)
	for _, x := range e.Authorizations {
		ids = append(ids, x.TeamID)
	}
	ids = append(ids, e.ContextTeamID, e.TeamID)
	return a.choose(ids)
}

// choose is the workspace of ours among those that something names; else our only one, else the first named.
func (a *app) choose(ids []string) string {
	for _, id := range ids {
		if id != "" && a.team(id) != nil {
			return id
		}
	}
	if a.BotToken != "" { // an app of one workspace hears of no other
		a.mu.Lock()
		defer a.mu.Unlock()
		for id := range a.teams {
			return id
		}
	}
	for _, id := range ids {
		if id != "" {
			return id
		}
	}
	return ""
}

// teamFor is the workspace of a delivery. nil without an error: none of ours.
func (a *app) teamFor(ctx context.Context, id string) (*team, error) {
	if t := a.team(id); t != nil {
		return t, nil
	}
	if err := a.own(ctx); err != nil {
		return nil, err
	}
	if err := a.p.load(ctx); err != nil {
		return nil, err
	}
	return a.team(a.choose([]string{id})), nil
}

// event handles what happened in a workspace.
func (d *delivery) event(ctx context.Context, e eventPayload) {
	t, err := d.app.teamFor(ctx, d.app.space(e))
	if err != nil {
		d.end(ctx, nil, err)
		return
	}
	if t == nil {
		d.end(ctx, nil, nil)
		return
	}
	if e.Type == "app_rate_limited" {
		d.app.p.log.Warn("Slack held events back, since there were more than 30,000 in an hour", "space", t.id)
	}
	ev, ok := t.event(ctx, e)
	if !ok {
		d.end(ctx, nil, nil)
		return
	}
	if _, done := d.app.p.seen.get(string(ev.ID)); done {
		d.end(ctx, nil, nil)
		return
	}
	events := []chat.Event{ev}
	if before, missed := t.overtaken(ev); missed {
		events = []chat.Event{before, ev}
	}
	for _, ev := range events {
		if _, err := d.app.p.handle(ctx, ev); err != nil {
			d.end(ctx, nil, err)
			return
		}
		d.app.p.seen.put(string(ev.ID), struct{}{})
	}
	d.end(ctx, nil, nil)
	t.refreshLater(userOf(ev.From.Account))
}

// overtaken is the message that a reaction stands on, when the reaction came before it: what the reaction
// means depends on the message being known. When it comes, it is a repeat.
func (t *team) overtaken(ev chat.Event) (said chat.Event, ok bool) {
	on := ev.Target
	if ev.Kind != chat.Reacted || on == nil || on.Text == "" || on.From.Bot || on.From.Account == "" || on.Where.Thread == "" ||
		t.p.opts.Now().Sub(on.At) > time.Minute {
		return ev, false
	}
	_, channel := channelOf(on.Where)
	said = chat.Event{ID: messageID(t.id, channel, string(on.Message)), Kind: chat.Said, At: on.At, Where: on.Where, From: on.From,
		Message: on.Message, Text: on.Text, Files: on.Files}
	_, seen := t.p.seen.get(string(said.ID))
	return said, !seen && !strings.HasPrefix(on.Text, "@") // one that calls us is a command, and waits its turn
}

// messageID is the event id of a message, however it comes.
func messageID(team, channel, ts string) chat.EventID {
	return chat.EventID(strings.Join([]string{"m", team, channel, ts}, ":"))
}

// place is the channel in which something happened; for what has none, the person.
func (h *happened) place() ref {
	switch {
	case h.Channel != "":
		return h.Channel
	case h.Old != "":
		return ref(h.Old)
	case h.Item.Channel != "":
		return ref(h.Item.Channel)
	}
	return h.User
}

// event is an event of Slack's in the engine's words; ok is false for what concerns nobody.
func (t *team) event(ctx context.Context, e eventPayload) (ev chat.Event, ok bool) {
	h := &e.Event
	ev = chat.Event{ID: chat.EventID(e.EventID), At: moment(h.EventTS), Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id)}}
	if ev.At.IsZero() {
		ev.At = time.Unix(e.EventTime, 0).UTC()
	}
	if h.Channel != "" {
		ev.Where.Room = roomID(t.id, string(h.Channel))
	}
	switch h.Type {
	case "message", "app_mention":
		return t.message(ctx, ev, h)
	case "reaction_added", "reaction_removed":
		return t.reaction(ctx, ev, h)
	case "member_joined_channel":
		if string(h.User) != t.user {
			return ev, false
		}
		ev.Kind = chat.Entered
		if h.Inviter != "" {
			ev.From = t.author(ctx, h.Inviter, "")
		}
		ev.Named = t.channelName(ctx, string(h.Channel))
		return ev, true
	case "member_left_channel":
		ev.Kind = chat.Left
		return ev, string(h.User) == t.user
	case "channel_left", "group_left", "channel_archive", "group_archive", "channel_deleted", "group_deleted":
		ev.Kind = chat.Left
		return ev, h.Channel != ""
	case "channel_unarchive", "group_unarchive":
		c, err := t.info(ctx, string(h.Channel)) // Slack tells of all public channels
		if err != nil || !c.Member {
			return ev, false
		}
		ev.Kind, ev.Named = chat.Entered, c.Name
		return ev, true
	case "channel_id_changed": // as when it becomes shared with another organisation
		ev.Kind, ev.Where.Room, ev.Text = chat.Moved, roomID(t.id, h.Old), string(roomID(t.id, h.New))
		return ev, h.Old != "" && h.New != ""
	}
	t.note(ctx, h)
	return ev, false
}

// note takes notice of what is no event for the engine.
func (t *team) note(ctx context.Context, h *happened) {
	switch h.Type {
	case "user_change":
		t.people.forget(string(h.User))
	case "channel_rename", "group_rename":
		t.p.channels.drop(t.id + "/" + string(h.Channel))
	case "app_home_opened":
		if h.Tab != "messages" {
			t.openHome(string(h.User))
		}
	case "app_uninstalled":
		t.mayBeLost("uninstalled")
	case "tokens_revoked":
		if len(h.Tokens.Bot) > 0 {
			t.mayBeLost("token_revoked")
		}
	}
}

// reaction is an emoji on a message. Where it is bound to a command, the message's thread is looked up,
// since Slack does not send it.
func (t *team) reaction(ctx context.Context, ev chat.Event, h *happened) (chat.Event, bool) {
	if h.Item.Type != "message" || h.Item.Channel == "" || h.User == "" || string(h.User) == t.user {
		return ev, false
	}
	ev.Kind = chat.Reacted
	if h.Type == "reaction_removed" {
		ev.Kind = chat.Unreacted
	}
	ev.Where.Room, ev.Direct = roomID(t.id, h.Item.Channel), isDirect(h.Item.Channel)
	ev.From = t.author(ctx, string(h.User), "")
	ev.Reaction = emojiFor(h.Reaction)
	ev.Target = &chat.Target{Where: ev.Where, Message: chat.MessageID(h.Item.TS), At: moment(h.Item.TS)}
	if ev.Kind == chat.Reacted && t.p.bound(ev.Reaction) {
		look, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		full, err := t.p.Message(look, ev.Where, ev.Target.Message)
		if err != nil {
			full, err = t.reactedTo(look, h.Item.Channel, h.Item.TS)
		}
		if err == nil {
			ev.Target = &full
			ev.Where.Thread = full.Where.Thread
		}
	}
	return ev, true
}

// reactedTo is the message of a reaction, as the reactions know it.
func (t *team) reactedTo(ctx context.Context, channel, ts string) (chat.Target, error) {
	var out struct {
		Message happened `json:"message"`
	}
	err := t.call(ctx, "reactions.get", "", false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "reactions.get", url.Values{"channel": {channel}, "timestamp": {ts}, "full": {"true"}}, &out)
	})
	if err == nil && out.Message.TS != ts {
		err = fmt.Errorf("reactions.get: another message than asked for: %w", chat.ErrGone)
	}
	if err != nil {
		return chat.Target{}, err
	}
	return t.found(ctx, channel, &out.Message)
}

// bound says whether an emoji means a command.
func (p *Platform) bound(emoji string) bool {
	for _, c := range p.table() {
		if c.Reaction != "" && strings.Trim(c.Reaction, "\ufe0f\ufe0e") == strings.Trim(emoji, "\ufe0f\ufe0e") || slices.Contains(c.Reactions, emoji) {
			return true
		}
	}
	return false
}
