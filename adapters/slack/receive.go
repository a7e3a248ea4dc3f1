package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

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

// end acknowledges a delivery, or lets it fail. It says whether that got through.
func (d *delivery) end(ctx context.Context, answer any, err error) bool {
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
		return "person/" + c.TeamID + "/" + c.UserID, "", func(ctx context.Context) { d.slash(ctx, c) }
	case "interactive":
		var in interaction
		if err := decode(d.payload, &in); err != nil || in.User.ID == "" {
			return "", "", nil
		}
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
	for _, id := range ids {
		if id != "" && a.team(id) != nil {
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
	return a.team(id), nil
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
			t.openHome(ctx, string(h.User))
		}
	case "app_uninstalled":
		t.p.lost(t, "uninstalled")
	case "tokens_revoked":
		if len(h.Tokens.Bot) > 0 {
			t.p.lost(t, "token_revoked")
		}
	}
}

// message is something that was written, changed or removed.
func (t *team) message(ctx context.Context, ev chat.Event, h *happened) (chat.Event, bool) {
	ev.Direct = h.ChannelType == "im" || h.ChannelType == "" && isDirect(string(h.Channel))
	switch h.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		return t.said(ctx, ev, h)
	case "message_changed":
		return t.changed(ctx, ev, h)
	case "message_deleted":
		was := h.Previous
		if was == nil {
			was = &happened{TS: h.DeletedTS}
		}
		return t.deleted(ctx, ev, was, orElse(h.DeletedTS, was.TS))
	}
	return ev, false
}

// laterChange is what became of a message lately, for when it comes after its own changes.
type laterChange struct {
	stamp string
	text  string
	files []file
	gone  bool
}

// afterLife is how long that is remembered.
const afterLife = 10 * time.Minute

func (p *Platform) messageKey(t *team, channel, ts string) string {
	return t.id + "/" + channel + "/" + ts
}

// ours says whether a message is by us.
func (t *team) ours(h *happened) bool {
	return h.BotID != "" && h.BotID == t.bot || h.User != "" && string(h.User) == t.user
}

func (t *team) said(ctx context.Context, ev chat.Event, h *happened) (chat.Event, bool) {
	if t.ours(h) || h.BotID != "" || h.User == "" || h.TS == "" {
		return ev, false // programs are not answered, least of all ourselves
	}
	ev.Kind, ev.Message = chat.Said, chat.MessageID(h.TS)
	// A mention comes twice, as message and as app_mention, under different event ids.
	ev.ID = messageID(t.id, string(h.Channel), h.TS)
	ev.At = moment(h.TS)
	if h.ThreadTS != "" && h.ThreadTS != h.TS {
		ev.Where.Thread = chat.ThreadID(h.ThreadTS)
		if h.ParentUserID != t.user {
			ev.Target = &chat.Target{Where: ev.Where, Message: chat.MessageID(h.ThreadTS), Starts: ev.Where.Thread}
		}
	}
	if after, ok := t.p.after.get(t.p.messageKey(t, string(h.Channel), h.TS)); ok {
		if after.gone {
			return ev, false // its deletion came before it
		}
		h.Text, h.Files, h.Blocks = after.text, after.files, nil // its edit did
	}
	ev.From = t.author(ctx, string(h.User), h.Username)
	ev.Files = t.files_(h.Files)
	text := h.words()
	rest, called := t.addressed(text)
	ev.Addressed = called || ev.Direct
	if ev.Addressed {
		ev.Text = t.line(ctx, rest)
	} else {
		ev.Text = reader{t: t, ctx: ctx}.plain(text)
	}
	return ev, true
}

// words are the text of a message; where it has none, that of its blocks.
func (h *happened) words() string {
	if strings.TrimSpace(h.Text) != "" || len(h.Blocks) == 0 {
		return h.Text
	}
	return escape(blockText(h.Blocks))
}

// changed is a message that its writer edited. What Slack changes by itself, as when it shows a link's
// preview, is none; a deleted message with answers is told of as a change, too.
func (t *team) changed(ctx context.Context, ev chat.Event, h *happened) (chat.Event, bool) {
	now, was := h.Message, h.Previous
	if now == nil {
		return ev, false
	}
	if now.Subtype == "tombstone" {
		if was == nil {
			was = now
		}
		return t.deleted(ctx, ev, was, now.TS)
	}
	if t.ours(now) || now.BotID != "" || now.User == "" {
		return ev, false
	}
	if was != nil && now.words() == was.words() && sameFiles(now.Files, was.Files) {
		return ev, false
	}
	ev.Kind, ev.Message = chat.Edited, chat.MessageID(now.TS)
	stamp := orElse(h.EventTS, h.TS)
	who := string(now.User)
	if now.Edited != nil && now.Edited.TS != "" {
		stamp, who = now.Edited.TS, orElse(now.Edited.User, who)
	}
	ev.ID = chat.EventID(strings.Join([]string{"e", t.id, string(h.Channel), now.TS, stamp}, ":"))
	key := t.p.messageKey(t, string(h.Channel), now.TS)
	if after, ok := t.p.after.get(key); ok && (after.gone || after.stamp > stamp) {
		return ev, false // a later change came before this one
	}
	t.p.after.put(key, laterChange{stamp: stamp, text: now.words(), files: now.Files})
	ev.From = t.author(ctx, who, "")
	if now.ThreadTS != "" && now.ThreadTS != now.TS {
		ev.Where.Thread = chat.ThreadID(now.ThreadTS)
	}
	ev.Text = reader{t: t, ctx: ctx}.plain(now.words())
	ev.Files = t.files_(now.Files)
	return ev, true
}

func sameFiles(a, b []file) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Mode != b[i].Mode {
			return false
		}
	}
	return true
}

func (t *team) deleted(ctx context.Context, ev chat.Event, was *happened, ts string) (chat.Event, bool) {
	if ts == "" || t.ours(was) {
		return ev, false
	}
	ev.Kind, ev.Message = chat.Deleted, chat.MessageID(ts)
	ev.ID = chat.EventID(strings.Join([]string{"d", string(ev.Where.Room), ts}, ":"))
	_, channel := channelOf(ev.Where)
	t.p.after.put(t.p.messageKey(t, channel, ts), laterChange{gone: true})
	if was.ThreadTS != "" && was.ThreadTS != ts {
		ev.Where.Thread = chat.ThreadID(was.ThreadTS)
	}
	if was.User != "" {
		ev.From = t.author(ctx, string(was.User), "") // the writer: Slack does not say who removed it
	}
	return ev, true
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
		if full, err := t.p.Message(look, ev.Where, ev.Target.Message); err == nil {
			ev.Target = &full
			ev.Where.Thread = full.Where.Thread
		}
	}
	return ev, true
}

// bound says whether an emoji means a command.
func (p *Platform) bound(emoji string) bool {
	for _, c := range p.table() {
		if c.Reaction != "" && strings.Trim(c.Reaction, "\ufe0f\ufe0e") == strings.Trim(emoji, "\ufe0f\ufe0e") {
			return true
		}
	}
	return false
}

// files_ are a message's files as the engine knows them.
func (t *team) files_(fs []file) []chat.FileRef {
	var out []chat.FileRef
	for _, f := range fs {
		if f.ID == "" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" {
			continue
		}
		out = append(out, chat.FileRef{ID: join(t.id, f.ID), Name: orElse(f.Name, f.Title), Type: f.Mimetype, Size: f.Size})
	}
	return out
}

// blockText is the text in blocks, in reading order.
func blockText(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case obj:
			switch v["type"] {
			case "emoji":
				name, _ := v["name"].(string)
				b.WriteString(emojiFor(name))
				return
			case "link":
				url, _ := v["url"].(string)
				b.WriteString(url)
				return
			case "user":
				id, _ := v["user_id"].(string)
				b.WriteString("@" + id)
				return
			}
			if s, ok := v["text"].(string); ok {
				b.WriteString(s)
			} else {
				walk(v["text"])
			}
			walk(v["elements"])
			switch v["type"] {
			case "rich_text_section", "section", "header", "rich_text_quote", "rich_text_preformatted":
				b.WriteString("\n")
			}
		}
	}
	walk(v)
	return strings.TrimSpace(b.String())
}
