package matrix

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// maxThread is how many messages of a thread are read.
const maxThread = 200

// Thread implements chat.Reader.
func (p *Platform) Thread(ctx context.Context, at chat.Address, msg chat.MessageID) ([]chat.Target, error) {
	if err := p.sendable(ctx, at); err != nil {
		return nil, err
	}
	room, root := string(at.Room), string(at.Thread)
	if root == "" {
		b, err := p.recall(ctx, room, string(msg))
		if err != nil {
			return nil, err
		}
		if root = b.thread; root == "" {
			root = string(msg)
		}
	}
	first, err := p.event(ctx, room, root)
	if err != nil {
		return nil, err
	}
	list := []entry{first}
	from := ""
	for len(list) <= maxThread {
		got, err := p.threadPage(ctx, room, root, from)
		if err != nil {
			return nil, err
		}
		for _, e := range readAll(got.Chunk) {
			var c content
			if e.into(&c); c.thread() == root {
				list = append(list, p.unlocked(ctx, room, e))
			}
		}
		if from = got.End; from == "" || len(got.Chunk) == 0 {
			break
		}
	}
	return p.targets(ctx, room, list), nil
}

// targets are the messages that people wrote, oldest first, as they read now.
func (p *Platform) targets(ctx context.Context, room string, list []entry) []chat.Target {
	slices.SortStableFunc(list, func(a, b entry) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	var out []chat.Target
	for _, e := range list {
		if e.Sender == p.me || e.Type != "m.room.message" || redacted(e) {
			continue
		}
		var c content
		e.into(&c)
		if c.Kind == "m.notice" || c.Relates != nil && c.Relates.Type == "m.replace" {
			continue
		}
		out = append(out, p.edited(ctx, room, e))
	}
	return out[:min(len(out), maxThread)]
}

// edited is a message with its writer's last edit.
func (p *Platform) edited(ctx context.Context, room string, e entry) chat.Target {
	t := p.target(room, e)
	list, err := p.related(ctx, room, e.ID, "m.replace", 20)
	if err != nil {
		return t
	}
	newest := -1.0
	for _, r := range list {
		if r.Sender != e.Sender || r.Time < newest || redacted(r) {
			continue
		}
		var c content
		p.unlocked(ctx, room, r).into(&c)
		if c.New == nil || !slices.Contains(spokenKinds, c.New.Kind) {
			continue
		}
		newest, t.Text = r.Time, withoutOldQuote(c.New.Body)
		if t.Files = files(*c.New); len(t.Files) > 0 {
			t.Text = caption(*c.New)
		}
	}
	return t
}

// threadPage is a page of all that relates to a message: clients have two names for being in its thread.
func (p *Platform) threadPage(ctx context.Context, room, root, from string) (struct {
	page
	End string `json:"next_batch"`
}, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	var got struct {
		page
		End string `json:"next_batch"`
	}
	query := map[string]string{"limit": strconv.Itoa(100), "dir": "f"}
	if from != "" {
		query["from"] = from
	}
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildURLWithQuery(mautrix.ClientURLPath{"v1", "rooms", room, "relations", root}, query)})
	return got, told("read a thread", err)
}

// Message implements chat.Reader.
func (p *Platform) Message(ctx context.Context, at chat.Address, msg chat.MessageID) (chat.Target, error) {
	if err := p.sendable(ctx, at); err != nil {
		return chat.Target{}, err
	}
	e, err := p.event(ctx, string(at.Room), string(msg))
	switch {
	case err != nil:
		return chat.Target{}, err
	case redacted(e):
		return chat.Target{}, chat.ErrGone
	case e.Type == "m.room.encrypted":
		return chat.Target{}, errors.New("the message cannot be decrypted") // it is not gone
	}
	return p.edited(ctx, string(at.Room), e), nil
}
