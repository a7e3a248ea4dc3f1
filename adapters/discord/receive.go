package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"guildhall/core/chat"
)

// happened reads what people did besides interactions.
func (s *shard) happened(n int64, kind string, d json.RawMessage) (string, func(context.Context) bool) {
	switch kind {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m message
		if loose(d, &m) != nil {
			return "", nil
		}
		if kind == "MESSAGE_UPDATE" {
			if !has(d, "content") {
				return "", nil // a part of it: what it says is as it was
			}
			return string(m.Channel), s.withEvent(m, s.p.edited)
		}
		return string(m.Channel), s.withEvent(m, s.p.said)
	case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK":
		var gone struct {
			ID      id   `json:"id"`
			IDs     []id `json:"ids"`
			Channel id   `json:"channel_id"`
			Guild   id   `json:"guild_id"`
		}
		if loose(d, &gone) != nil {
			return "", nil
		}
		if gone.ID != "" {
			gone.IDs = append(gone.IDs, gone.ID)
		}
		return string(gone.Channel), func(ctx context.Context) bool { return s.deleted(ctx, gone.Guild, gone.Channel, gone.IDs) }
	case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE":
		r := reaction{kind: chat.Reacted}
		if loose(d, &r) != nil {
			return "", nil
		}
		if kind == "MESSAGE_REACTION_REMOVE" {
			r.kind = chat.Unreacted
		}
		r.mark = fmt.Sprintf("%s/%d", s.current().id, n)
		return string(r.Channel), func(ctx context.Context) bool { return s.reacted(ctx, r) }
	}
	return "", nil
}

// has says whether an object has a field.
func has(d json.RawMessage, field string) bool {
	var all map[string]json.RawMessage
	if loose(d, &all) != nil {
		return false
	}
	v, is := all[field]
	return is && string(v) != "null"
}

// withEvent is a job that makes an event of a message and gives it to the engine.
func (s *shard) withEvent(m message, read func(context.Context, message) (chat.Event, bool, error)) func(context.Context) bool {
	return func(ctx context.Context) bool {
		for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
			ev, is, err := read(ctx, m)
			if err == nil && !is {
				return true
			}
			if err == nil {
				form, err := s.p.awaited(ctx, &ev)
				if err == nil {
					return s.give(ctx, ev) && s.p.dropForm(ctx, form)
				}
			}
			if !sleep(ctx, pause) {
				return false
			}
		}
	}
}

// byPerson says whether a message was written by a person. Ephemeral answers of our own come back as
// messages without a guild.
func (p *Platform) byPerson(m message) bool {
	me, app := p.world.self()
	return m.ID != "" && m.Channel != "" && m.Author != nil && m.Author.ID != "" && m.Author.ID != me && !m.Author.Bot && !m.Author.System &&
		m.Webhook == "" && (m.Application == "" || m.Application != app) && m.Flags&flagEphemeral == 0 &&
		(m.Type == plainMessage || m.Type == replyMessage)
}

// said is a message as an event; is is false when it is none of ours to hear.
func (p *Platform) said(ctx context.Context, m message) (ev chat.Event, is bool, err error) {
	if !p.byPerson(m) {
		return ev, false, nil
	}
	line, addressed := p.addressed(m)
	files := p.filesOf(m.Channel, m)
	if m.Guild != "" && line == "" && len(files) == 0 && !addressed {
		return ev, false, nil // without the intent there is nothing to read
	}
	at, err := p.place(ctx, m.Guild, m.Channel)
	if err != nil {
		return ev, false, err
	}
	ev = chat.Event{ID: chat.EventID("m" + m.ID), Kind: chat.Said, At: m.when(), Where: at, Direct: m.Guild == "", Message: chat.MessageID(m.ID),
		From: m.author(), Text: line, Addressed: addressed, Files: files,
		Can: chat.Carry{Form: addressed && m.Guild != ""}}
	switch {
	case m.Guild == "":
	case addressed:
		ev.Via = publicVia(m)
	default:
		ev.Via = unaskedVia
	}
	if m.Ref != nil && m.Ref.Type == 0 && m.Ref.Message != "" {
		ev.Target = &chat.Target{Where: at, Message: chat.MessageID(m.Ref.Message)}
		if to := m.Referenced; to != nil && to.Author != nil {
			t := p.targetOf(at, *to)
			ev.Target = &t
		}
	}
	return ev, true, nil
}

// edited is a person's change of a message. Discord tells of changes that nobody made as well, such
// as the preview of a link; those leave the time of the last edit as it was, or empty.
func (p *Platform) edited(ctx context.Context, m message) (ev chat.Event, is bool, err error) {
	if m.Edited == "" || !p.byPerson(m) {
		return ev, false, nil
	}
	ev, is, err = p.said(ctx, m)
	ev.ID, ev.Kind, ev.Addressed = chat.EventID("e"+string(m.ID)+"/"+m.Edited), chat.Edited, false
	return ev, is, err
}

func (s *shard) deleted(ctx context.Context, g, c id, ids []id) bool {
	at, err := s.p.place(ctx, g, c)
	for pause := 100 * time.Millisecond; err != nil; pause = min(2*pause, 10*time.Second) {
		if !sleep(ctx, pause) {
			return false
		}
		at, err = s.p.place(ctx, g, c)
	}
	for _, m := range ids {
		if m == "" {
			continue
		}
		ev := chat.Event{ID: chat.EventID("d" + m), Kind: chat.Deleted, Where: at, Direct: g == "", Message: chat.MessageID(m)}
		if !s.give(ctx, ev) {
			return false
		}
	}
	return true
}

type reaction struct {
	User    id      `json:"user_id"`
	Channel id      `json:"channel_id"`
	Message id      `json:"message_id"`
	Guild   id      `json:"guild_id"`
	Member  *member `json:"member"`
	Emoji   emoji   `json:"emoji"`

	mark string
	kind chat.EventKind
}

// unaskedVia marks what would answer something that asked for nothing, such as a reaction: see Whisper.
const unaskedVia = "-"

// reacted gives a reaction to the engine. What one would only offer is shown to nobody on Discord, since
// nothing can be shown to one person alone there without an interaction: see Whisper.
func (s *shard) reacted(ctx context.Context, r reaction) bool {
	me, _ := s.p.world.self()
	plain := strings.NewReplacer("\ufe0f", "", "\ufe0e", "").Replace(r.Emoji.Name)
	if r.Emoji.ID != nil && *r.Emoji.ID != "" || plain == "" || r.Guild == "" || r.User == "" || r.User == me {
		return true
	}
	from := chat.Author{Account: chat.AccountID(r.User)}
	if r.Member != nil && r.Member.User != nil {
		if r.Member.User.Bot {
			return true
		}
		from.Name = callName(r.Member, *r.Member.User)
	}
	at, err := s.p.place(ctx, r.Guild, r.Channel)
	for pause := 100 * time.Millisecond; err != nil; pause = min(2*pause, 10*time.Second) {
		if !sleep(ctx, pause) {
			return false
		}
		at, err = s.p.place(ctx, r.Guild, r.Channel)
	}
	// A reaction has no id; who takes it away and puts it again means it again.
	ev := chat.Event{ID: chat.EventID(fmt.Sprintf("r%s/%s/%s", r.Message, r.User, r.mark)), Kind: r.kind, Where: at, From: from,
		Message: chat.MessageID(r.Message), Reaction: plain, Via: unaskedVia, Target: &chat.Target{Where: at, Message: chat.MessageID(r.Message)}}
	return s.give(ctx, ev)
}

// when is the time of a message.
func (m message) when() time.Time {
	if t, err := time.Parse(time.RFC3339, m.Time); err == nil {
		return t
	}
	return m.ID.at()
}

// author is who wrote a message.
func (m message) author() chat.Author {
	if m.Author == nil {
		return chat.Author{}
	}
	return chat.Author{Account: chat.AccountID(m.Author.ID), Name: callName(m.Member, *m.Author), Bot: m.Author.Bot || m.Webhook != ""}
}

// targetOf is a message that something is about.
func (p *Platform) targetOf(at chat.Address, m message) chat.Target {
	t := chat.Target{Where: at, Message: chat.MessageID(m.ID), Text: p.text(m), From: m.author(), At: m.when(), Files: p.filesOf(target(at), m)}
	if m.Thread != nil && m.Thread.ID != "" {
		t.Starts = chat.ThreadID(m.Thread.ID)
	} else if m.Flags&flagThread != 0 {
		t.Starts = chat.ThreadID(m.ID)
	}
	return t
}

// filesOf are those that come with a message, and with what it forwards.
func (p *Platform) filesOf(c id, m message) []chat.FileRef {
	out := p.fileRefs(c, m.ID, m.Attachments)
	for _, s := range m.Snapshots {
		out = append(out, p.fileRefs("", "", s.Message.Attachments)...) // the message does not list them as its own
	}
	return out
}

// marked are the marks that Discord puts into texts: mentions, custom emoji, commands, times.
var markedText = regexp.MustCompile(`<(@[!&]?|#|a?:\w{1,40}:|/[^:<>]{1,100}:)(\d{1,20})>|<t:(-?\d{1,15})(?::[tTdDfFR])?>`)

// text is what a message says, as people read it. A forwarded message says what it forwards.
func (p *Platform) text(m message) string {
	s := m.Content
	if s == "" && len(m.Snapshots) > 0 {
		s = m.Snapshots[0].Message.Content
	}
	return p.readable(s, m.named)
}

// named is what somebody is called whom a message mentions; empty for anybody else.
func (m message) named(who id) string {
	for _, x := range m.Mentions {
		if x.ID == who {
			return callName(x.Member, x.user)
		}
	}
	return ""
}

// readable replaces the marks of a text by what people see.
func (p *Platform) readable(s string, person func(id) string) string {
	return markedText.ReplaceAllStringFunc(s, func(mark string) string {
		parts := markedText.FindStringSubmatch(mark)
		kind, who := parts[1], id(parts[2])
		switch {
		case parts[3] != "":
			return mark // read as it is written: only the reader's client knows the zone
		case kind == "@" || kind == "@!":
			if n := person(who); n != "" {
				return "@" + n
			}
			return "@…"
		case kind == "@&":
			return "@…"
		case kind == "#":
			if ch, ok := p.world.known(who); ok && ch.Name != "" {
				return "#" + ch.Name
			}
			return "#…"
		case strings.HasPrefix(kind, "/"):
			return strings.TrimSuffix(kind, ":")
		}
		return strings.TrimPrefix(kind, "a")
	})
}

// addressed is the text without the mention of us that it begins with, and whether it is meant for us.
// In what is meant for us other people stay as mentions, which name exactly one.
func (p *Platform) addressed(m message) (string, bool) {
	me, _ := p.world.self()
	s := strings.TrimSpace(m.Content)
	marks := []string{"<@" + string(me) + ">", "<@!" + string(me) + ">"}
	if r := p.world.myRole(m.Guild); r != "" {
		marks = append(marks, "<@&"+string(r)+">")
	}
	found := m.Guild == ""
	for _, mark := range marks {
		if rest, ok := strings.CutPrefix(s, mark); ok && me != "" {
			s, found = strings.TrimSpace(rest), true
			break
		}
	}
	if !found {
		return p.text(m), false
	}
	s = strings.ReplaceAll(s, "<@!", "<@")
	if words := strings.Fields(strings.ToLower(s)); !p.namesMember(words) {
		s = p.readable(s, m.named)
	}
	return s, true
}
