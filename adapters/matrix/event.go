package matrix

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// events turns one event of a room into what the engine is told: mostly one, or nothing.
func (p *Platform) events(ctx context.Context, id string, e entry) []chat.Event {
	if e.StateKey != nil {
		return p.stateEvents(ctx, id, e)
	}
	if e.ID == "" || e.Sender == "" || redacted(e) {
		return nil
	}
	if e.Type == "m.room.message" || e.Type == "m.reaction" {
		if _, known := p.seen.get(id, e.ID); !known {
			p.seen.put(id, e.ID, p.briefly(e))
		}
	}
	var c content
	e.into(&c)
	p.noteThread(id, e, c)
	if e.Sender == p.me {
		return nil
	}
	switch e.Type {
	case "m.room.message":
		if c.Relates != nil && c.Relates.Type == "m.replace" {
			return p.editedEvent(ctx, id, e, c)
		}
		return p.saidEvent(ctx, id, e, c)
	case "m.reaction":
		return p.reactedEvent(ctx, id, e, c)
	case "m.room.redaction":
		return p.redactedEvent(ctx, id, e)
	}
	return nil
}

// base is what all events of a room have.
func (p *Platform) base(id string, e entry, kind chat.EventKind) chat.Event {
	ev := chat.Event{ID: eventID(id, e.ID), Kind: kind, At: millis(e.Time), Hidden: e.hidden, Direct: p.rooms.isDirect(id),
		Where: chat.Address{Platform: p.id, Room: chat.RoomID(id)}}
	if !ev.Direct {
		ev.Where.Space = chat.SpaceID(p.rooms.spaceOf(id))
	}
	p.rooms.look(id, func(r *room) {
		ev.Named, ev.Hidden = text.Clean(r.name, maxName), ev.Hidden || r.encryption != nil
		ev.From.Name = r.members[e.Sender].Name
	})
	if e.Sender != p.me {
		ev.From.Account = chat.AccountID(e.Sender)
		if ev.From.Name == "" {
			ev.From.Name = localpart(e.Sender)
		}
	}
	return ev
}

// maxName is how much of a name is kept, in characters.
const maxName = 200

func localpart(user string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	return name
}

func (p *Platform) noteThread(id string, e entry, c content) {
	if t := c.thread(); t != "" && e.Type == "m.room.message" {
		p.rooms.with(id, func(r *room) {
			if len(r.last) > 500 {
				clear(r.last)
			}
			r.last[t] = e.ID
		})
	}
}

// saidEvent is a message. Notices are for people: programs do not answer them
// (https://spec.matrix.org/v1.16/client-server-api/#mnotice).
func (p *Platform) saidEvent(ctx context.Context, id string, e entry, c content) []chat.Event {
	if c.Kind == "m.notice" || !slices.Contains(spokenKinds, c.Kind) {
		return nil
	}
	ev := p.base(id, e, chat.Said)
	ev.Message, ev.Where.Thread = chat.MessageID(e.ID), chat.ThreadID(c.thread())
	body := withoutQuote(c)
	ev.Files = files(c)
	if len(ev.Files) > 0 {
		body = caption(c)
	}
	ev.Text = body
	if target := c.answers(); target != "" {
		p.aim(ctx, id, target, &ev)
	}
	if c.Kind == "m.emote" || bridged(e, c) {
		return []chat.Event{ev}
	}
	to := addressed(c, body, p.o.Prefix, p.me, p.names(id), ev.Direct)
	if ev.Direct && len(ev.Files) > 0 && to.Text == "" {
		to.To = false // a file that was asked for, or is replied to later
	}
	ev.Text, ev.Addressed = to.Text, to.To
	if ev.Addressed {
		p.people.fill(ctx, &ev.From)
	}
	return []chat.Event{ev}
}

// spokenKinds are the kinds of message in which people say something.
var spokenKinds = []string{"m.text", "m.emote", "m.image", "m.file", "m.audio", "m.video"}

// bridged says whether a bridge carried the message over: what its writer wants from us was asked
// where it was written, if we are there.
func bridged(e entry, c content) bool {
	if len(c.Puppet) > 0 {
		return true
	}
	name := strings.TrimPrefix(localpart(e.Sender), "_")
	kind, rest, ok := strings.Cut(name, "_")
	return ok && rest != "" && slices.Contains(bridges, kind)
}

// bridges are services whose bridges name people's stand-ins after them (@slack_u012:example.org).
var bridges = []string{"slack", "discord", "slackpuppet", "mattermost", "zulip", "guildhall"}

// names are what people call us in a room.
func (p *Platform) names(id string) []string {
	out := []string{localpart(p.me)}
	p.rooms.look(id, func(r *room) {
		if n := strings.TrimSpace(r.members[p.me].Name); n != "" {
			out = append([]string{n}, out...)
		}
	})
	if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, "guildhall") }) {
		out = append(out, "Guildhall")
	}
	return out
}

// aim fills in what a message replies to. A reply to a message in a thread, or to a card that is
// answered in its thread, belongs to the thread though its client knows none.
func (p *Platform) aim(ctx context.Context, id, target string, ev *chat.Event) {
	where := ev.Where
	where.Thread = ""
	t := &chat.Target{Where: where, Message: chat.MessageID(target)}
	b, err := p.recall(ctx, id, target)
	if err == nil && !b.gone {
		t.Where.Thread = chat.ThreadID(b.thread)
		if b.thread == "" {
			t.Starts = chat.ThreadID(target)
		}
		if b.full != nil && b.sender != p.me {
			full := p.target(id, *b.full)
			full.Starts, t = t.Starts, &full
		}
	}
	ev.Target = t
	switch {
	case ev.Where.Thread != "":
	case b.thread != "":
		ev.Where.Thread = chat.ThreadID(b.thread)
	case b.threaded:
		ev.Where.Thread = chat.ThreadID(target)
	}
}

// target is a message as something that a command can be about.
func (p *Platform) target(id string, e entry) chat.Target {
	var c content
	e.into(&c)
	base := p.base(id, e, chat.Said)
	base.Where.Thread = chat.ThreadID(c.thread())
	t := chat.Target{Where: base.Where, Message: chat.MessageID(e.ID), From: base.From, At: base.At, Files: files(c), Text: withoutQuote(c)}
	if len(t.Files) > 0 {
		t.Text = caption(c)
	}
	if t.Where.Thread == "" {
		t.Starts = chat.ThreadID(e.ID)
	}
	return t
}

// editedEvent is a message that its own writer changed: servers take such edits from anybody
// (https://spec.matrix.org/v1.16/client-server-api/#validity-of-replacement-events).
func (p *Platform) editedEvent(ctx context.Context, id string, e entry, c content) []chat.Event {
	if c.New == nil || c.Relates.Event == "" || c.Kind == "m.notice" || !slices.Contains(spokenKinds, c.New.Kind) {
		return nil
	}
	b, err := p.recallSurely(ctx, id, c.Relates.Event)
	if err != nil || b.sender != e.Sender || b.gone {
		return nil
	}
	ev := p.base(id, e, chat.Edited)
	ev.Message, ev.Where.Thread = chat.MessageID(c.Relates.Event), chat.ThreadID(b.thread)
	c.New.Body = withoutOldQuote(c.New.Body)
	ev.Text, ev.Files = c.New.Body, files(*c.New)
	if len(ev.Files) > 0 {
		ev.Text = caption(*c.New)
	}
	if !bridged(e, c) {
		// The engine compares with what was said: a command's words are without prefix.
		if to := addressed(*c.New, c.New.Body, p.o.Prefix, p.me, p.names(id), ev.Direct); to.To && len(ev.Files) == 0 {
			ev.Text = to.Text
		}
	}
	return []chat.Event{ev}
}

// reactedEvent is a reaction: on a message of ours that offers it, a button; else only a sign.
func (p *Platform) reactedEvent(ctx context.Context, id string, e entry, c content) []chat.Event {
	if c.Relates == nil || c.Relates.Type != "m.annotation" || c.Relates.Event == "" || c.Relates.Key == "" || bridged(e, c) {
		return nil
	}
	b, err := p.recallSurely(ctx, id, c.Relates.Event)
	if err != nil || b.gone {
		return nil
	}
	ev := p.base(id, e, chat.Reacted)
	ev.Where.Thread = chat.ThreadID(b.thread)
	ev.Message = chat.MessageID(c.Relates.Event)
	emoji := plainEmoji(c.Relates.Key)
	if b.sender == p.me {
		for _, o := range b.offers {
			if plainEmoji(o.Emoji) == emoji {
				o.press(&ev)
				p.people.fill(ctx, &ev.From)
				return []chat.Event{ev}
			}
		}
	}
	where := ev.Where
	ev.Reaction = emoji
	ev.Target = &chat.Target{Where: where, Message: ev.Message}
	if b.thread == "" {
		ev.Target.Starts = chat.ThreadID(c.Relates.Event)
	}
	if b.sender != p.me && b.full != nil {
		full := p.target(id, *b.full)
		ev.Target = &full
	}
	return []chat.Event{ev}
}

// redactedEvent is something that was taken back: a reaction, or a message.
func (p *Platform) redactedEvent(_ context.Context, id string, e entry) []chat.Event {
	target := e.Redacts
	if target == "" {
		target = field(e, "redacts")
	}
	if !saneID(target) {
		return nil
	}
	b, known := p.seen.get(id, target)
	if known {
		gone := b
		gone.gone = true
		p.seen.put(id, target, gone)
	}
	if known && b.sender == p.me {
		return nil
	}
	if known && b.reaction {
		ev := p.base(id, e, chat.Unreacted)
		ev.Message, ev.Reaction = chat.MessageID(b.on), plainEmoji(b.emoji)
		if on, ok := p.seen.get(id, b.on); ok {
			ev.Where.Thread = chat.ThreadID(on.thread)
		}
		ev.Target = &chat.Target{Where: ev.Where, Message: ev.Message}
		return []chat.Event{ev}
	}
	ev := p.base(id, e, chat.Deleted)
	ev.Message, ev.Where.Thread = chat.MessageID(target), chat.ThreadID(b.thread)
	return []chat.Event{ev}
}

// stateEvents are our own coming, and rooms that were replaced.
func (p *Platform) stateEvents(ctx context.Context, id string, e entry) []chat.Event {
	switch {
	case e.Type == "m.room.member" && *e.StateKey == p.me && field(e, "membership") == "join" && before(e) != "join":
		ours := false
		p.rooms.look(id, func(r *room) { ours = r.kind == "m.space" || slices.Contains(r.creators, p.me) })
		if ours || p.rooms.isDirect(id) {
			return nil
		}
		ev := p.base(id, e, chat.Entered)
		ev.From = chat.Author{}
		var u struct {
			Sender string `json:"prev_sender"`
		}
		if _ = json.Unmarshal(e.Unsigned, &u); u.Sender != "" && u.Sender != p.me {
			ev.From.Account = chat.AccountID(u.Sender)
		}
		return []chat.Event{ev}
	case e.isState("m.room.tombstone"):
		return p.follow(ctx, id, e)
	}
	return nil
}

// plainEmoji is an emoji without variation selectors and skin tones.
func plainEmoji(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\ufe0f' || r == '\ufe0e' || r >= 0x1f3fb && r <= 0x1f3ff {
			return -1
		}
		return r
	}, s)
}
