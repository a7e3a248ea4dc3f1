package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var _ chat.Reader = (*Platform)(nil)

// maxThread is how many messages of a thread are read.
const maxThread = 200

// page is one answer of a method that lists messages.
type page struct {
	Messages []happened `json:"messages"`
	Next     struct {
		Cursor string `json:"next_cursor"`
	} `json:"response_metadata"`
}

func (t *team) page(ctx context.Context, method, channel string, args url.Values) (page, error) {
	var out page
	args.Set("channel", channel)
	err := t.call(ctx, method, channel, false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, method, args, &out)
	})
	return out, err
}

// Thread implements chat.Reader.
func (p *Platform) Thread(ctx context.Context, at chat.Address, msg chat.MessageID) ([]chat.Target, error) {
	team, channel := channelOf(at)
	t, err := p.in(ctx, team)
	if err != nil {
		return nil, err
	}
	root := string(at.Thread)
	if root == "" {
		root = string(msg)
	}
	args := url.Values{"ts": {root}, "limit": {"200"}}
	var out []chat.Target
	for len(out) < maxThread {
		pg, err := t.page(ctx, "conversations.replies", channel, args)
		if err != nil {
			return nil, err
		}
		for i := range pg.Messages {
			m := &pg.Messages[i]
			// A reply's own thread, asked for by the reply, holds the reply alone: then ask for the whole.
			if m.ThreadTS != "" && m.ThreadTS != root && at.Thread == "" {
				at.Thread = chat.ThreadID(m.ThreadTS)
				return p.Thread(ctx, at, msg)
			}
			if t.ours(m) || m.Subtype == "tombstone" || m.Subtype == "bot_message" || m.BotID != "" {
				continue
			}
			out = append(out, t.target(ctx, channel, m))
		}
		if pg.Next.Cursor == "" {
			break
		}
		args.Set("cursor", pg.Next.Cursor)
	}
	return out[:min(len(out), maxThread)], nil
}

// Message implements chat.Reader.
func (p *Platform) Message(ctx context.Context, at chat.Address, msg chat.MessageID) (chat.Target, error) {
	team, channel := channelOf(at)
	t, err := p.in(ctx, team)
	if err != nil {
		return chat.Target{}, err
	}
	ts := string(msg)
	// Asked for by a reply's own timestamp, Slack gives the reply alone, with its thread; asked for
	// by a thread's beginning, the beginning first.
	pg, err := t.page(ctx, "conversations.replies", channel, url.Values{"ts": {ts}, "limit": {"1"}, "inclusive": {"true"}})
	if err == nil {
		for i := range pg.Messages {
			if pg.Messages[i].TS == ts {
				return t.found(ctx, channel, &pg.Messages[i])
			}
		}
	}
	args := url.Values{"latest": {ts}, "oldest": {ts}, "inclusive": {"true"}, "limit": {"1"}}
	method := "conversations.history"
	if at.Thread != "" {
		method = "conversations.replies"
		args.Set("ts", string(at.Thread))
	}
	pg, err = t.page(ctx, method, channel, args)
	if err != nil {
		return chat.Target{}, err
	}
	for i := range pg.Messages {
		if pg.Messages[i].TS == ts {
			return t.found(ctx, channel, &pg.Messages[i])
		}
	}
	return chat.Target{}, fmt.Errorf("the message %s: %w", ts, chat.ErrGone)
}

func (t *team) found(ctx context.Context, channel string, m *happened) (chat.Target, error) {
	if m.Subtype == "tombstone" {
		return chat.Target{}, fmt.Errorf("the message %s was deleted: %w", m.TS, chat.ErrGone)
	}
	return t.target(ctx, channel, m), nil
}

// richText is a rich text that was typed into a form, as plain text.
func (t *team) richText(ctx context.Context, raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	var b strings.Builder
	t.rich(ctx, &b, v, "")
	return strings.TrimSpace(b.String())
}

// rich writes one element of a rich text. lead stands before each line of a list or quotation.
func (t *team) rich(ctx context.Context, b *strings.Builder, v any, lead string) {
	o, ok := v.(obj)
	if !ok {
		return
	}
	str := func(key string) string { s, _ := o[key].(string); return s }
	parts, _ := o["elements"].([]any)
	switch str("type") {
	case "text":
		b.WriteString(str("text"))
	case "link":
		if label := str("text"); label != "" && label != str("url") {
			b.WriteString(label + " (" + str("url") + ")")
		} else {
			b.WriteString(str("url"))
		}
	case "emoji":
		b.WriteString(emojiFor(str("name")))
	case "user":
		b.WriteString(reader{t: t, ctx: ctx}.user(str("user_id"), ""))
	case "channel":
		b.WriteString("#" + t.channelName(ctx, str("channel_id")))
	case "broadcast":
		b.WriteString("@" + str("range"))
	case "date":
		b.WriteString(str("fallback"))
	case "rich_text_list":
		for i, e := range parts {
			mark := "• "
			if str("style") == "ordered" {
				mark = fmt.Sprintf("%d. ", i+1)
			}
			b.WriteString(mark)
			t.rich(ctx, b, e, "")
		}
	case "rich_text_quote":
		b.WriteString("> ")
		fallthrough
	default:
		for _, e := range parts {
			t.rich(ctx, b, e, lead)
		}
		if strings.HasPrefix(str("type"), "rich_text_") && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString("\n")
		}
	}
}
