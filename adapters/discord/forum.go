package discord

import (
	"context"
	"slices"
	"strings"

	"guildhall/core/chat"
)

// Shelf implements chat.Shelver: a forum is one.
func (p *Platform) Shelf(room chat.RoomID) bool {
	ch, ok := p.world.known(id(room))
	return ok && ch.isForum()
}

// postToForum makes a post of a message: a record's card is the post, and people talk beneath it.
func (p *Platform) postToForum(ctx context.Context, to chat.Address, forum channel, m chat.Message, key chat.Key) (chat.Sent, error) {
	if key.Again {
		found, err := p.findPost(ctx, to.Space, forum, key.ID)
		if err != nil {
			return chat.Sent{}, err
		}
		if found != "" {
			return chat.Sent{Message: chat.MessageID(found), Thread: chat.ThreadID(found), Stood: true}, nil
		}
	}
	if post := p.postOf(forum.ID, m); post != "" {
		to.Thread = chat.ThreadID(post)
		return p.post(ctx, to, m, key, "")
	}
	out := render(m, look{mark: mark(to.Space, forum.ID, key.ID), largest: p.uploadLimit(ctx, forum), words: words})
	tags := p.tagsFor(unhurried(ctx), forum, m)
	// The form of a post's first message knows no nonce.
	body := map[string]any{"name": threadName(m), "auto_archive_duration": 10080, "message": out}
	if len(tags) > 0 {
		body["applied_tags"] = tags
	}
	if len(out.Files) > 0 {
		body["attachments"] = out.Files
	}
	var made channel
	err := p.rest.do(ctx, ask{method: "POST", path: path("channels", string(forum.ID), "threads"), route: "/channels/*/threads", major: string(forum.ID),
		body: body, files: out.uploads}, &made)
	if err != nil {
		return chat.Sent{}, err
	}
	made.Guild, made.Parent = forum.Guild, forum.ID
	p.world.putChannel(made, p.world.hasGuild(forum.Guild))
	if m.Pin {
		p.pinPost(unhurried(ctx), made.ID)
	}
	return chat.Sent{Message: chat.MessageID(made.ID), Thread: chat.ThreadID(made.ID)}, nil
}

// postOf is the post of the record that a message tells something about; empty when the message is its
// card, or there is none.
func (p *Platform) postOf(forum id, m chat.Message) id {
	if m.Record == "" || m.Kind == chat.Card {
		return ""
	}
	me, _ := p.world.self()
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	for t := range p.world.threads[forum] {
		if c := p.world.channels[t]; c.Owner == me && strings.HasPrefix(c.Name+" ", m.Record+" ") {
			return c.ID
		}
	}
	return ""
}

// pinPost keeps a post on top of its forum.
func (p *Platform) pinPost(ctx context.Context, post id) {
	err := p.rest.do(ctx, ask{method: "PATCH", path: path("channels", string(post)), route: "/channels/*", major: string(post),
		body: map[string]any{"flags": flagPinnedPost}, again: true}, nil)
	if err != nil {
		p.log.Info("a post could not be pinned on Discord", "post", string(post), "error", err)
	}
}

// activeThreads are the threads of a guild that are not archived.
func (p *Platform) activeThreads(ctx context.Context, g id) ([]channel, error) {
	var active struct {
		Threads []channel `json:"threads"`
	}
	err := p.rest.do(ctx, ask{method: "GET", path: path("guilds", string(g), "threads", "active"), route: "/guilds/*/threads/active",
		major: string(g), again: true}, &active)
	return active.Threads, err
}

// findPost looks for a post of ours whose first message has a key.
func (p *Platform) findPost(ctx context.Context, space chat.SpaceID, forum channel, key string) (id, error) {
	if err := p.whoAmI(ctx); err != nil {
		return "", err
	}
	active, err := p.activeThreads(ctx, id(space))
	if err != nil {
		return "", err
	}
	me, _ := p.world.self()
	slices.SortFunc(active, func(a, b channel) int { return compareIDs(b.ID, a.ID) })
	looked := 0
	for _, t := range active {
		if t.Parent != forum.ID || t.Owner != me || looked == 20 {
			continue
		}
		looked++
		var m message
		err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(t.ID), "messages", string(t.ID)), route: "/channels/*/messages/*",
			major: string(t.ID), again: true}, &m)
		if err == nil && m.hasKey(key) {
			return t.ID, nil
		}
		if err != nil && status(err) == 0 {
			return "", err
		}
	}
	return "", nil
}

// tagsFor are the forum's tags for a message: those of its topics, made where they are missing and
// there is room; where the forum wants one and there is none, its first.
func (p *Platform) tagsFor(ctx context.Context, forum channel, m chat.Message) []id {
	var out []id
	var names []string
	if m.Record != "" {
		names = p.tagNames(ctx, chat.SpaceID(forum.Guild), m.Record)
	}
	for _, name := range names {
		if len(out) == maxApplied {
			break
		}
		if t, ok := findTag(forum.Tags, name); ok {
			out = append(out, t)
			continue
		}
		if len(forum.Tags) >= maxTags {
			continue
		}
		grown := append(slices.Clone(forum.Tags), tag{Name: name})
		var now channel
		err := p.rest.do(ctx, ask{method: "PATCH", path: path("channels", string(forum.ID)), route: "/channels/*", major: string(forum.ID),
			body: map[string]any{"available_tags": grown}, again: true}, &now)
		if err != nil {
			p.log.Info("a tag could not be added to a forum on Discord", "forum", string(forum.ID), "error", err)
			break
		}
		now.Guild = forum.Guild
		p.world.putChannel(now, p.world.hasGuild(forum.Guild))
		forum = now
		if t, ok := findTag(forum.Tags, name); ok {
			out = append(out, t)
		}
	}
	if len(out) == 0 && forum.Flags&flagTagNeeded != 0 && len(forum.Tags) > 0 {
		out = append(out, forum.Tags[0].ID)
	}
	return out
}

func findTag(tags []tag, name string) (id, bool) {
	for _, t := range tags {
		if strings.EqualFold(t.Name, name) && t.ID != "" {
			return t.ID, true
		}
	}
	return "", false
}

// tagName is a topic as a tag: whole words where they fit.
func tagName(topic string) string {
	out := ""
	for w := range strings.FieldsSeq(mute(topic)) {
		if next := joined(" ", out, w); units(next) <= maxTagName {
			out = next
			continue
		}
		break
	}
	if out == "" {
		out = cut(oneLine(mute(topic)), maxTagName)
	}
	return out
}

// tagNames are the tags of a record's topics, or of all a community's topics when record is empty.
func (p *Platform) tagNames(ctx context.Context, space chat.SpaceID, record string) []string {
	topics, err := p.opt.Store.Topics(ctx, p.id, space, record)
	if err != nil {
		p.log.Info("the topics for a forum on Discord could not be read", "record", record, "error", err)
		return nil
	}
	var out []string
	for _, t := range topics {
		if name := tagName(t); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// seedTags gives a new forum the community's topics as tags.
func (p *Platform) seedTags(ctx context.Context, space chat.SpaceID, forum channel) {
	var tags []tag
	for _, name := range p.tagNames(ctx, space, "") {
		if len(tags) < maxTags {
			tags = append(tags, tag{Name: name})
		}
	}
	if len(tags) == 0 {
		return
	}
	var now channel
	err := p.rest.do(ctx, ask{method: "PATCH", path: path("channels", string(forum.ID)), route: "/channels/*", major: string(forum.ID),
		body: map[string]any{"available_tags": tags}, again: true}, &now)
	if err != nil {
		p.log.Info("a forum on Discord could not be given its tags", "forum", string(forum.ID), "error", err)
		return
	}
	now.Guild = forum.Guild
	p.world.putChannel(now, p.world.hasGuild(forum.Guild))
}
