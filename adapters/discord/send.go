package discord

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
)

// mark is the address that a shared message's embed holds: it leads to the channel itself, and has the
// message's key in it, which nobody sees.
func mark(space chat.SpaceID, c id, key string) string {
	g := string(space)
	if g == "" {
		g = "@me"
	}
	if key == "" {
		return ""
	}
	return "https://discord.com/channels/" + g + "/" + string(c) + "?gh=" + key
}

// Send implements chat.Platform.
func (p *Platform) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	return p.post(hurried(ctx), to, m, key, "")
}

// post sends a message; reply is what it answers, if anything.
func (p *Platform) post(ctx context.Context, to chat.Address, m chat.Message, key chat.Key, reply id) (chat.Sent, error) {
	at := target(to)
	ch, err := p.channel(ctx, at)
	if err != nil {
		if to.Thread == "" || !coded(err, codeUnknownChannel) {
			return chat.Sent{}, err
		}
		// The thread would start from a message that has none: it is answered where it stands.
		if reply == "" {
			reply = at
		}
		at = id(to.Room)
		if ch, err = p.channel(ctx, at); err != nil {
			return chat.Sent{}, err
		}
	}
	if ch.isForum() {
		return p.postToForum(ctx, to, ch, m, key)
	}
	if key.Again {
		found, err := p.find(ctx, at, key.ID)
		if err != nil {
			return chat.Sent{}, err
		}
		if found != "" {
			sent, err := p.finish(ctx, ch, found, m)
			sent.Stood = true
			return sent, err
		}
	}
	out := render(m, look{mark: mark(to.Space, at, key.ID), largest: p.uploadLimit(ctx, ch), words: words})
	out.Nonce, out.Enforce = key.ID, key.ID != ""
	if reply != "" {
		no := false
		out.Reference = &discordgo.MessageReference{MessageID: string(reply), FailIfNotExists: &no}
	}
	sent, err := p.put(ctx, at, out)
	if err != nil {
		return chat.Sent{}, err
	}
	return p.finish(ctx, ch, sent.ID, m)
}

// put posts to a channel. A thread that went to the archive is opened again; a try of unknown outcome
// is repeated at once, since Discord shows a repeated nonce once; files that are too large stay away.
func (p *Platform) put(ctx context.Context, at id, out post) (m message, err error) {
	a := ask{method: "POST", path: path("channels", string(at), "messages"), route: "/channels/*/messages", major: string(at),
		body: out, files: out.uploads, again: out.Enforce}
	err = p.rest.do(ctx, a, &m)
	switch {
	case coded(err, codeArchived):
		if err := p.unarchive(ctx, at); err != nil {
			return m, err
		}
		err = p.rest.do(ctx, a, &m)
	case coded(err, codeReplyHistory) && out.Reference != nil: // said all the same, as no answer to it
		out.Reference = nil
		a.body = out
		err = p.rest.do(ctx, a, &m)
	case coded(err, codeTooLarge) || status(err) == 413:
		out.Files, out.uploads = nil, nil
		for _, e := range out.Embeds {
			e.Image = nil
		}
		a.body, a.files = out, nil
		err = p.rest.do(ctx, a, &m)
	}
	return m, err
}

// unarchive opens a thread that went to the archive by itself. One that a moderator has locked stays.
func (p *Platform) unarchive(ctx context.Context, thread id) error {
	if ch, err := p.fresh(ctx, thread); err == nil && ch.Thread != nil && ch.Thread.Locked {
		return fmt.Errorf("a moderator has locked that thread: %w", chat.ErrRefused)
	}
	return p.rest.do(ctx, ask{method: "PATCH", path: path("channels", string(thread)), route: "/channels/*", major: string(thread),
		body: map[string]any{"archived": false}, again: true}, nil)
}

// finish does what belongs to a message that stands: its thread, its pin. What it fails with never says
// that nothing was done.
func (p *Platform) finish(ctx context.Context, ch channel, sent id, m chat.Message) (chat.Sent, error) {
	ctx = unhurried(ctx)
	out := chat.Sent{Message: chat.MessageID(sent)}
	if m.Pin {
		p.pin(ctx, ch.ID, sent)
	}
	if !m.Threaded || ch.isThread() || ch.Guild == "" {
		return out, nil
	}
	var made channel
	err := p.rest.do(ctx, ask{method: "POST", path: path("channels", string(ch.ID), "messages", string(sent), "threads"),
		route: "/channels/*/messages/*/threads", major: string(ch.ID), body: map[string]any{"name": threadName(m), "auto_archive_duration": 10080}, again: true}, &made)
	if err == nil && made.ID != "" {
		made.Guild, made.Parent = ch.Guild, ch.ID
		p.world.putChannel(made, p.world.hasGuild(ch.Guild))
	}
	switch {
	case err == nil && made.ID != "":
		out.Thread = chat.ThreadID(made.ID)
		return out, nil
	case err == nil, coded(err, codeThreadExists):
		out.Thread = chat.ThreadID(sent) // it has the id of its message
		return out, nil
	case errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrGone) && !errors.Is(err, errToken):
		// Too many threads, no permission, the message was deleted at once: it was sent all the same.
		p.log.Warn("a thread could not be started on Discord", "channel", string(ch.ID), "error", err)
		return out, nil
	}
	return chat.Sent{}, ifUnsure(true, err)
}

// pin keeps a message at hand, where we may.
func (p *Platform) pin(ctx context.Context, c, m id) {
	err := p.rest.do(ctx, ask{method: "PUT", path: path("channels", string(c), "messages", "pins", string(m)), route: "/channels/*/messages/pins/*",
		major: string(c), again: true}, nil)
	if status(err) == 404 || status(err) == 405 {
		err = p.rest.do(ctx, ask{method: "PUT", path: path("channels", string(c), "pins", string(m)), route: "/channels/*/pins/*", major: string(c), again: true}, nil)
	}
	if err != nil {
		p.log.Info("a message could not be pinned on Discord", "channel", string(c), "error", err)
	}
}

// threadName is what a message's thread is called.
func threadName(m chat.Message) string {
	name := strings.Join(strings.Fields(mute(m.Title.Plain())), " ")
	if name == "" && len(m.Body) > 0 {
		name = strings.Join(strings.Fields(mute(m.Body[0].Plain())), " ")
	}
	if m.Record != "" && !strings.HasPrefix(name, m.Record) {
		name = joined(" · ", m.Record, name)
	}
	if name == "" {
		name = "Guildhall"
	}
	return cut(name, maxThreadName)
}

// find looks for a message of ours with a key among the last of a channel.
func (p *Platform) find(ctx context.Context, at id, key string) (id, error) {
	if key == "" {
		return "", nil
	}
	if err := p.whoAmI(ctx); err != nil {
		return "", err
	}
	me, _ := p.world.self()
	query := url.Values{"limit": {"100"}}
	for range findPages {
		var last []message
		err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(at), "messages"), route: "/channels/*/messages", major: string(at),
			query: query, again: true}, &last)
		if err != nil {
			return "", fmt.Errorf("look for a message: %w", err)
		}
		oldest := id("")
		for _, m := range last {
			if m.Author != nil && (me == "" || m.Author.ID == me) && m.hasKey(key) {
				return m.ID, nil
			}
			if oldest == "" || compareIDs(m.ID, oldest) < 0 {
				oldest = m.ID
			}
		}
		if len(last) < 100 || time.Since(oldest.at()) > findTime {
			break
		}
		query.Set("before", string(oldest))
	}
	return "", nil
}

// How far back a message of unknown outcome is looked for: pages of a hundred, and time.
const (
	findPages = 5
	findTime  = 24 * time.Hour
)

func (m message) hasKey(key string) bool {
	if n, ok := m.Nonce.(string); ok && n == key {
		return true
	}
	for _, e := range m.Embeds {
		if strings.HasSuffix(e.URL, "?gh="+key) {
			return true
		}
	}
	return false
}

// uploadLimit is how large a file may be where a channel is. Source: "Uploading Files" of Discord's
// reference; boosts raise it.
func (p *Platform) uploadLimit(ctx context.Context, ch channel) int64 {
	if ch.Guild == "" {
		return uploadLimit
	}
	g, err := p.guild(ctx, ch.Guild)
	switch {
	case err != nil:
	case g.Tier >= 3:
		return 100 << 20
	case g.Tier == 2:
		return 50 << 20
	}
	return uploadLimit
}

// where is the channel in which a message of ours stands. A forum's post starts with its message.
func (p *Platform) where(ctx context.Context, at chat.Address, msg chat.MessageID) (id, error) {
	if at.Thread != "" {
		return id(at.Thread), nil
	}
	ch, err := p.channel(ctx, id(at.Room))
	if err != nil {
		return "", err
	}
	if ch.isForum() {
		return id(msg), nil
	}
	return ch.ID, nil
}

// Edit implements chat.Editor. Files stay as they are unless new ones are given.
func (p *Platform) Edit(ctx context.Context, at chat.Address, msg chat.MessageID, m chat.Message) error {
	ctx = hurried(ctx)
	c, err := p.where(ctx, at, msg)
	if err != nil {
		return err
	}
	ch, err := p.channel(ctx, c)
	if err != nil {
		return err
	}
	m.Pings = nil
	out := render(m, look{largest: p.uploadLimit(ctx, ch), words: words})
	a := ask{method: "PATCH", path: path("channels", string(c), "messages", string(msg)), route: "/channels/*/messages/*", major: string(c),
		body: out, files: out.uploads, again: true}
	err = p.rest.do(ctx, a, nil)
	if coded(err, codeArchived) {
		if err := p.unarchive(ctx, c); err != nil {
			return err
		}
		err = p.rest.do(ctx, a, nil)
	}
	return err
}

// Remove implements chat.Editor.
func (p *Platform) Remove(ctx context.Context, at chat.Address, msg chat.MessageID) error {
	ctx = hurried(ctx)
	c, err := p.where(ctx, at, msg)
	if err == nil {
		a := ask{method: "DELETE", path: path("channels", string(c), "messages", string(msg)), route: "DELETE /channels/*/messages/*", major: string(c), again: true}
		if err = p.rest.do(ctx, a, nil); coded(err, codeArchived) {
			if err := p.unarchive(ctx, c); err != nil {
				return err
			}
			err = p.rest.do(ctx, a, nil)
		}
	}
	if coded(err, codeUnknownMessage, codeUnknownChannel) || status(err) == 404 {
		return nil
	}
	return err
}

// Direct implements chat.Director.
func (p *Platform) Direct(ctx context.Context, _ chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	ctx = hurried(ctx)
	p.mu.Lock()
	room := p.direct[who]
	p.mu.Unlock()
	if room == "" {
		if !isID(string(who)) {
			return chat.Address{}, fmt.Errorf("%q is no account of Discord: %w", who, chat.ErrRefused)
		}
		var ch channel
		err := p.rest.do(ctx, ask{method: "POST", path: "/users/@me/channels", body: map[string]any{"recipient_id": string(who)}, again: true}, &ch)
		if err != nil {
			if errors.Is(err, chat.ErrGone) && !errors.Is(err, errToken) {
				err = fmt.Errorf("%w: %w", chat.ErrRefused, err)
			}
			return chat.Address{}, err
		}
		ch.Guild, ch.Type = "", directChannel
		p.world.putChannel(ch, true)
		room = ch.ID
		p.mu.Lock()
		p.direct[who] = room
		p.mu.Unlock()
	}
	return chat.Address{Platform: p.id, Room: chat.RoomID(room)}, nil
}

// Link implements chat.Linker.
func (p *Platform) Link(at chat.Address, msg chat.MessageID) string {
	if at.Room == "" {
		return ""
	}
	g := string(at.Space)
	if g == "" {
		g = "@me"
	}
	link := "https://discord.com/channels/" + g + "/" + string(target(at))
	if msg != "" {
		link += "/" + string(msg)
	}
	return link
}
