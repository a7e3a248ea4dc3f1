package slack

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"guildhall/core/chat"
)

// message is something that was written, changed or removed.
func (t *team) message(ctx context.Context, ev chat.Event, h *happened) (chat.Event, bool) {
	ev.Direct = h.ChannelType == "im" || (h.ChannelType == "" || h.ChannelType == "app_home") && isDirect(string(h.Channel))
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

// words are the text of a message; where it has none, that of its blocks. Files that lie elsewhere are links.
func (h *happened) words() string {
	words := h.Text
	if strings.TrimSpace(words) == "" && len(h.Blocks) > 0 {
		words = escape(blockText(h.Blocks))
	}
	for _, f := range h.Files {
		if f.elsewhere() && !strings.Contains(words, f.Private) {
			words = strings.TrimLeft(words+"\n", "\n") + "<" + urlEscaper.Replace(f.Private) + ">"
		}
	}
	return words
}

func (f file) elsewhere() bool { return (f.External || f.Mode == "external") && f.Private != "" }

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

// files_ are a message's files as the engine knows them.
func (t *team) files_(fs []file) []chat.FileRef {
	var out []chat.FileRef
	for _, f := range fs {
		if f.ID == "" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" || f.elsewhere() {
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
