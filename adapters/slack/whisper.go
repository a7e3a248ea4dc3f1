package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// A response address works five times within thirty minutes. We use a little less of both.
const (
	urlLife = 29 * time.Minute
	urlUses = 5
)

var _ interface {
	chat.Whisperer
	chat.Director
	chat.FormOpener
} = (*Platform)(nil)

// urlOpen says whether a response address is of use still.
func (t *team) urlOpen(h via) bool {
	if h.URL == "" || t.p.opts.Now().Sub(time.Unix(h.At, 0)) > urlLife {
		return false
	}
	n, _ := t.p.uses.get(h.URL)
	return n < urlUses
}

// respond posts to a response address. No token goes there.
func (t *team) respond(ctx context.Context, address string, body obj) error {
	n, _ := t.p.uses.get(address)
	t.p.uses.put(address, n+1)
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("answer: %w", hideURL(err))
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := t.p.opts.HTTP.Do(req)
	if err != nil {
		return translate("response_url", err, true)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := statusError(resp); err != nil {
		if resp.StatusCode < http.StatusInternalServerError && resp.StatusCode != http.StatusTooManyRequests {
			why, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
			return fmt.Errorf("response_url: %s %s: %w", resp.Status, why, chat.ErrRefused)
		}
		return translate("response_url", err, true)
	}
	return nil
}

// Whisper implements chat.Whisperer: by the response address as long as it lives, else as an ephemeral
// message, else in the conversation with the person, where it stays.
func (p *Platform) Whisper(ctx context.Context, to chat.Address, who chat.AccountID, handle string, m chat.Message, key chat.Key) error {
	team, _ := channelOf(to)
	if team == "" {
		team, _ = split(string(who))
	}
	t, err := p.in(ctx, team)
	if err != nil {
		return err
	}
	return t.whisper(ctx, to, who, decodeVia(handle), m, key)
}

func (t *team) whisper(ctx context.Context, to chat.Address, who chat.AccountID, h via, m chat.Message, key chat.Key) error {
	_, channel := channelOf(to)
	if len(m.Files) > 0 || m.Picture != nil || channel == "" || isDirect(channel) && t.isOurs(ctx, userOf(who), channel) {
		return t.directly(ctx, to, who, m, key)
	}
	r := render(m, look{everyone: true})
	if t.urlOpen(h) {
		body := obj{"text": r.Text, "blocks": r.Blocks, "response_type": "ephemeral", "replace_original": false}
		if to.Thread != "" {
			body["thread_ts"] = string(to.Thread)
		}
		err := t.respond(ctx, h.URL, body)
		var wait *chat.RetryAfter
		if err == nil || errors.As(err, &wait) {
			return err
		}
		t.p.log.Debug("a response address failed", "error", err)
	}
	options := []slack.MsgOption{slack.MsgOptionText(r.Text, false)}
	if to.Thread != "" {
		options = append(options, slack.MsgOptionTS(string(to.Thread)))
	}
	post := func(options ...slack.MsgOption) error {
		return t.inside(ctx, channel, func() error {
			return t.try(ctx, "chat.postEphemeral", channel, func(ctx context.Context, c *slack.Client) error {
				_, err := c.PostEphemeralContext(ctx, channel, userOf(who), options...)
				return err
			})
		})
	}
	err := post(append(options[:len(options):len(options)], slack.MsgOptionBlocks(r.blocks()...))...)
	if refusedBlocks(err) {
		t.refused("chat.postEphemeral", err)
		err = post(options...)
	}
	if is(err, "channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived", "restricted_action") {
		return t.directly(ctx, to, who, m, key)
	}
	var wait *chat.RetryAfter
	if errors.As(err, &wait) {
		return err
	}
	return translate("chat.postEphemeral", err, true)
}

// directly says something in the conversation with a person.
func (t *team) directly(ctx context.Context, to chat.Address, who chat.AccountID, m chat.Message, key chat.Key) error {
	at, err := t.p.Direct(ctx, chat.SpaceID(t.id), who)
	if err != nil {
		return err
	}
	if at.Room == to.Room {
		at.Thread = to.Thread
	}
	_, err = t.send(ctx, at, m, key, true)
	return err
}

// tell says one sentence to a person, where the queue has no part in it.
func (t *team) tell(ctx context.Context, at chat.Address, user, sentence string) error {
	_, channel := channelOf(at)
	if channel == "" {
		to, err := t.p.Direct(ctx, chat.SpaceID(t.id), accountID(t.id, user))
		if err != nil {
			return err
		}
		_, channel = channelOf(to)
		return t.call(ctx, "chat.postMessage", channel, true, func(ctx context.Context, c *slack.Client) error {
			_, _, err := c.PostMessageContext(ctx, channel, slack.MsgOptionText(sentence, true))
			return err
		})
	}
	return t.call(ctx, "chat.postEphemeral", channel, true, func(ctx context.Context, c *slack.Client) error {
		_, err := c.PostEphemeralContext(ctx, channel, user, slack.MsgOptionText(sentence, true))
		return err
	})
}

// Direct implements chat.Director.
func (p *Platform) Direct(ctx context.Context, space chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	team, user := split(string(who))
	if team == "" {
		team = string(space)
	}
	t, err := p.in(ctx, team)
	if err != nil {
		return chat.Address{}, err
	}
	channel, err := t.conversation(ctx, user)
	if err != nil {
		return chat.Address{}, err
	}
	return chat.Address{Platform: ID, Space: chat.SpaceID(t.id), Room: roomID(t.id, channel)}, nil
}

// conversation is the channel of the conversation with a user.
func (t *team) conversation(ctx context.Context, user string) (string, error) {
	t.mu.Lock()
	channel := t.direct[user]
	t.mu.Unlock()
	if channel != "" {
		return channel, nil
	}
	var c *slack.Channel
	err := t.try(ctx, "conversations.open", "", func(ctx context.Context, api *slack.Client) (err error) {
		c, _, _, err = api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}, ReturnIM: true})
		return err
	})
	switch {
	case is(err, "user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "messages_tab_disabled", "users_not_found"):
		return "", fmt.Errorf("write to a person: %s: %w", codeOf(err), chat.ErrRefused)
	case err != nil:
		var wait *chat.RetryAfter
		if errors.As(err, &wait) {
			return "", err
		}
		return "", translate("conversations.open", err, false)
	case c == nil || c.ID == "":
		return "", errors.New("conversations.open: an answer without a conversation")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.direct[user], t.whose[c.ID] = c.ID, user
	return c.ID, nil
}

// whoseConversation is who a conversation with us is with; empty when we have not looked for it yet.
func (t *team) whoseConversation(channel string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.whose[channel]
}

// isOurs says whether a direct channel is the conversation of a user with us, rather than with somebody else.
func (t *team) isOurs(ctx context.Context, user, channel string) bool {
	ctx, cancel := context.WithTimeout(ctx, personTime)
	defer cancel()
	ours, err := t.conversation(ctx, user)
	return err == nil && ours == channel
}
