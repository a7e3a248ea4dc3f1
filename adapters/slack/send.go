package slack

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var _ interface {
	chat.Editor
	chat.Linker
} = (*Platform)(nil)

// eventType marks our messages; their metadata carries the key.
const eventType = "guildhall_message"

// Send implements chat.Platform.
func (p *Platform) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	team, _ := channelOf(to)
	t, err := p.in(ctx, team)
	if err != nil {
		return chat.Sent{}, err
	}
	return t.send(ctx, to, m, key, false)
}

// send posts a message. private says that its room is one person's, who may be named freely.
func (t *team) send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key, private bool) (chat.Sent, error) {
	_, channel := channelOf(to)
	ts := ""
	if key.Again && key.ID != "" {
		var err error
		if ts, err = t.find(ctx, channel, string(to.Thread), key.ID); err != nil {
			return chat.Sent{}, err
		}
	}
	fresh := ts == ""
	if fresh {
		picture, err := t.picture(ctx, m.Picture)
		if err != nil {
			return chat.Sent{}, err
		}
		if ts, err = t.post(ctx, to, m, key, look{everyone: private || isDirect(channel), picture: picture}); err != nil {
			return chat.Sent{}, err
		}
	}
	if err := t.share(ctx, to, ts, m, key); err != nil {
		return chat.Sent{}, err
	}
	if m.Pin {
		t.pin(ctx, channel, ts, m)
	}
	t.bookmark(ctx, channel, ts, m, fresh)
	t.recordLater(m.Record)
	if isDirect(channel) {
		t.refreshLater(t.whoseConversation(channel)) // something may wait for them now
	}
	sent := chat.Sent{Message: chat.MessageID(ts), Thread: to.Thread, Stood: !fresh}
	if to.Thread == "" {
		sent.Thread = chat.ThreadID(ts)
	}
	return sent, nil
}

// post posts a message. What Slack refuses to show as blocks is shown more plainly rather than not at all:
// a picture that is not ready yet is left out, then the blocks are.
func (t *team) post(ctx context.Context, to chat.Address, m chat.Message, key chat.Key, l look) (string, error) {
	r := render(m, l)
	ts, err := t.postOnce(ctx, to, key, r)
	if refusedBlocks(err) && l.picture != "" {
		t.p.log.Warn("Slack refused a picture; the message goes without it", "space", t.id, "error", translate("chat.postMessage", err, true))
		l.picture = ""
		r = render(m, l)
		ts, err = t.postOnce(ctx, to, key, r)
	}
	if refusedBlocks(err) {
		t.refused("chat.postMessage", err)
		ts, err = t.postOnce(ctx, to, key, rendered{Text: r.Text})
	}
	if err == nil && ts == "" { // an answer that said neither yes nor no
		return "", &chat.UnknownOutcome{Cause: errors.New("chat.postMessage: an answer without a message")}
	}
	var wait *chat.RetryAfter
	if errors.As(err, &wait) {
		return "", err
	}
	return ts, translate("chat.postMessage", err, true)
}

func refusedBlocks(err error) bool {
	return is(err, "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_slack_file")
}

// postOnce is the call that posts. Where we are not in a public channel yet, we join.
func (t *team) postOnce(ctx context.Context, to chat.Address, key chat.Key, r rendered) (ts string, err error) {
	_, channel := channelOf(to)
	options := []slack.MsgOption{slack.MsgOptionText(r.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(r.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(r.blocks()...))
	}
	if key.ID != "" {
		options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: eventType, EventPayload: map[string]any{"key": key.ID}}))
	}
	if to.Thread != "" {
		options = append(options, slack.MsgOptionTS(string(to.Thread)))
	}
	err = t.inside(ctx, channel, func() error {
		return t.try(ctx, "chat.postMessage", channel, func(ctx context.Context, c *slack.Client) (err error) {
			ctx, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			_, ts, err = c.PostMessageContext(ctx, channel, options...)
			return err
		})
	})
	return ts, err
}

// inside does something in a channel; where we are not in it and it is public, once more after joining.
func (t *team) inside(ctx context.Context, channel string, do func() error) error {
	err := do()
	if !is(err, "not_in_channel") {
		return err
	}
	join := t.try(ctx, "conversations.join", "", func(ctx context.Context, c *slack.Client) error {
		_, _, _, err := c.JoinConversationContext(ctx, channel)
		return err
	})
	if join != nil {
		return err
	}
	return do()
}

// find looks for a message of ours by its key: in the thread, else among the channel's latest. Empty when
// it is not there.
func (t *team) find(ctx context.Context, channel, thread, key string) (string, error) {
	method, args := "conversations.history", url.Values{"channel": {channel}, "limit": {"200"}, "include_all_metadata": {"true"}}
	if thread != "" {
		method = "conversations.replies"
		args.Set("ts", thread)
	}
	// A thread is read from its beginning, so all of it may have to be read.
	for page := 0; page < 20; page++ {
		var out struct {
			Messages []struct {
				TS       string `json:"ts"`
				BotID    string `json:"bot_id"`
				User     string `json:"user"`
				Metadata struct {
					EventType string         `json:"event_type"`
					Payload   map[string]any `json:"event_payload"`
				} `json:"metadata"`
			} `json:"messages"`
			Next struct {
				Cursor string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		err := t.call(ctx, method, channel, false, func(ctx context.Context, _ *slack.Client) error { return t.raw(ctx, method, args, &out) })
		if errors.Is(err, chat.ErrGone) && thread != "" {
			return "", nil // the thread is no more; posting will say so
		}
		if err != nil {
			return "", err
		}
		for _, m := range out.Messages {
			if m.Metadata.EventType == eventType && m.Metadata.Payload["key"] == key {
				return m.TS, nil
			}
		}
		if out.Next.Cursor == "" || thread == "" && page == 4 {
			break
		}
		args.Set("cursor", out.Next.Cursor)
	}
	return "", nil
}

// Edit implements chat.Editor.
func (p *Platform) Edit(ctx context.Context, at chat.Address, msg chat.MessageID, m chat.Message) error {
	team, channel := channelOf(at)
	t, err := p.in(ctx, team)
	if err != nil {
		return err
	}
	picture, err := t.picture(ctx, m.Picture)
	if err != nil {
		return err
	}
	r := render(m, look{everyone: true, picture: picture}) // an edit notifies nobody
	defer t.recordLater(m.Record)
	put := func(options ...slack.MsgOption) error {
		return t.try(ctx, "chat.update", channel, func(ctx context.Context, c *slack.Client) error {
			ctx, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			_, _, _, err := c.UpdateMessageContext(ctx, channel, string(msg), options...)
			return err
		})
	}
	err = put(slack.MsgOptionText(r.Text, false), slack.MsgOptionBlocks(r.blocks()...))
	if refusedBlocks(err) {
		t.refused("chat.update", err)
		err = put(slack.MsgOptionText(r.Text, false), slack.MsgOptionBlocks()) // none in place of those that stand there
	}
	return retold("chat.update", err)
}

// refused logs that Slack refused the form of a message.
func (t *team) refused(method string, err error) {
	t.p.log.Error("Slack refused the form of a message; its text goes alone", "space", t.id, "error", translate(method, err, true))
}

// Remove implements chat.Editor.
func (p *Platform) Remove(ctx context.Context, at chat.Address, msg chat.MessageID) error {
	team, channel := channelOf(at)
	t, err := p.in(ctx, team)
	if err != nil {
		return err
	}
	err = t.call(ctx, "chat.delete", channel, false, func(ctx context.Context, c *slack.Client) error {
		_, _, err := c.DeleteMessageContext(ctx, channel, string(msg))
		return err
	})
	if errors.Is(err, chat.ErrGone) && !t.gone.Load() {
		return nil
	}
	return err
}

// pin keeps a message at hand. That it cannot be is no reason to send it again.
func (t *team) pin(ctx context.Context, channel, ts string, _ chat.Message) {
	err := t.try(ctx, "pins.add", "", func(ctx context.Context, c *slack.Client) error {
		return c.AddPinContext(ctx, channel, slack.NewRefToMessage(channel, ts))
	})
	if err != nil && !is(err, "already_pinned") {
		t.p.log.Warn("a message could not be pinned", "space", t.id, "room", channel, "error", translate("pins.add", err, false))
	}
}

// bookmark puts a collaboration's record at the head of the channel that we opened for it. fresh says that its card
// was posted just now.
func (t *team) bookmark(ctx context.Context, channel, ts string, m chat.Message, fresh bool) {
	if m.Kind != chat.Card || m.Record == "" || isDirect(channel) {
		return
	}
	t.mu.Lock()
	record, opened := t.opened[channel]
	if record == m.Record {
		delete(t.opened, channel)
	}
	t.mu.Unlock()
	if !opened && fresh { // perhaps another replica did, or we before a restart
		record = t.madeFor(ctx, channel, m.Record)
	}
	if record != m.Record {
		return
	}
	title := clip(orElse(oneLine(m.Title.Plain()), m.Record), 100)
	err := t.try(ctx, "bookmarks.add", "", func(ctx context.Context, c *slack.Client) error {
		_, err := c.AddBookmarkContext(ctx, channel, slack.AddBookmarkParameters{Title: title, Type: "link", Link: t.link(channel, ts, "")})
		return err
	})
	if err != nil {
		t.p.log.Warn("a bookmark could not be made", "space", t.id, "room", channel, "error", translate("bookmarks.add", err, false))
	}
}

// Link implements chat.Linker.
func (p *Platform) Link(at chat.Address, msg chat.MessageID) string {
	team, channel := channelOf(at)
	t := p.known(team)
	if t == nil {
		return ""
	}
	return t.link(channel, string(msg), string(at.Thread))
}

func (t *team) link(channel, ts, thread string) string {
	if t.domain == "" || channel == "" || moment(ts).IsZero() {
		return ""
	}
	out := "https://" + t.domain + "/archives/" + url.PathEscape(channel) + "/p" + digitsOf(ts)
	if thread != "" && thread != ts {
		out += "?thread_ts=" + url.QueryEscape(thread) + "&cid=" + url.QueryEscape(channel)
	}
	return out
}

// digitsOf is a timestamp without its point.
func digitsOf(ts string) string {
	at := moment(ts)
	return strconv.FormatInt(at.UnixMicro(), 10)
}
