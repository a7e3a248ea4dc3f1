package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"guildhall/core/chat"
)

// home is the category that our channels stand in where the community has no name; 50 channels fit
// into one.
const (
	home       = "Guildhall"
	inCategory = 50
)

// topicMark is how a channel that was opened for a key is found again.
func topicMark(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "guildhall:" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:5]))
}

// Open implements chat.Roomer. The key stands in the channel's topic.
func (p *Platform) Open(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	ctx = hurried(ctx)
	p.opening.Lock() // two at once would make two categories
	defer p.opening.Unlock()
	if err := p.whoAmI(ctx); err != nil {
		return "", false, err
	}
	list, err := p.channelsOf(ctx, id(space))
	if err != nil {
		return "", false, err
	}
	sign := topicMark(spec.Key)
	for _, c := range list {
		if strings.Contains(c.Topic, sign) {
			c.Guild = id(space)
			p.world.putChannel(c, p.world.hasGuild(c.Guild))
			return chat.RoomID(c.ID), false, nil
		}
	}
	near := slices.ContainsFunc(list, func(c channel) bool { return string(c.ID) == string(spec.Near) && c.Type == textChannel })
	if spec.Record != "" && near {
		if found, err := p.findRoomThread(ctx, space, spec); err != nil || found != "" {
			return chat.RoomID(found), false, err
		}
	}
	made, err := p.openChannel(ctx, space, spec, list)
	if spec.Record != "" && near && coded(err, codeManyChannels, codeMissingPermissions) {
		p.log.Info("a collaboration has a thread, since there is no place for its channel on Discord", "record", spec.Record, "error", err)
		made, err = p.openThread(ctx, space, spec)
	}
	return chat.RoomID(made), err == nil, err
}

// openChannel makes the channel of a room.
func (p *Platform) openChannel(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec, list []channel) (id, error) {
	g, err := p.guild(ctx, id(space))
	if err != nil {
		return "", err
	}
	parent, err := p.homeIn(ctx, id(space), list, spec.Community)
	if err != nil {
		return "", err
	}
	topic, sign := topicMark(spec.Key), topicMark(spec.Key)
	if spec.Topic != "" {
		topic = cut(spec.Topic, maxTopic-units(sign)-3) + " · " + sign
	}
	body := map[string]any{"name": channelName(spec.Name), "type": textChannel, "topic": topic, "parent_id": parent,
		"permission_overwrites": p.overwrites(id(space), spec)}
	if g.community() && spec.Record == "" && (spec.Section == "sharing" || spec.Section == "cooperation") {
		body["type"] = forumChannel
	}
	made, err := p.makeChannel(ctx, id(space), body)
	if body["type"] == forumChannel && status(err) == 400 {
		body["type"] = textChannel
		made, err = p.makeChannel(ctx, id(space), body)
	}
	if err != nil {
		return "", err
	}
	if made.isForum() {
		p.seedTags(unhurried(ctx), space, made) // the channel stands: nobody comes back for its tags
	}
	return made.ID, nil
}

func (p *Platform) makeChannel(ctx context.Context, g id, body map[string]any) (made channel, err error) {
	err = p.rest.do(ctx, ask{method: "POST", path: path("guilds", string(g), "channels"), route: "/guilds/*/channels", major: string(g),
		body: body, reason: "Guildhall opens a room"}, &made)
	if err == nil {
		made.Guild = g
		p.world.putChannel(made, p.world.hasGuild(g))
	}
	return made, err
}

// overwrites are who may do what in a new channel: a collaboration's is for those who join.
func (p *Platform) overwrites(g id, spec chat.RoomSpec) []overwrite {
	me, _ := p.world.self()
	own := overwrite{ID: me, Type: person, Allow: taking}
	switch {
	case spec.Record != "":
		return []overwrite{{ID: g, Type: everybody, Deny: viewChannel}, own}
	case spec.PostOnly:
		return []overwrite{{ID: g, Type: everybody, Deny: sendMessages}, own}
	}
	return []overwrite{}
}

// homeIn is our category with room for another channel, made when there is none.
func (p *Platform) homeIn(ctx context.Context, g id, list []channel, community string) (id, error) {
	full := map[id]int{}
	for _, c := range list {
		full[c.Parent]++
	}
	base := cut(oneLine(community), maxThreadName-4)
	if base == "" {
		base = home
	}
	name := base
	for n := 2; ; n++ {
		i := slices.IndexFunc(list, func(c channel) bool { return c.Type == category && strings.EqualFold(c.Name, name) })
		if i < 0 {
			made, err := p.makeChannel(ctx, g, map[string]any{"name": name, "type": category})
			return made.ID, err
		}
		if full[list[i].ID] < inCategory {
			return list[i].ID, nil
		}
		name = base + " " + strconv.Itoa(n)
	}
}

func (p *Platform) channelsOf(ctx context.Context, g id) (list []channel, err error) {
	if !isID(string(g)) {
		return nil, fmt.Errorf("no such server: %w", chat.ErrGone)
	}
	err = p.rest.do(ctx, ask{method: "GET", path: path("guilds", string(g), "channels"), route: "/guilds/*/channels", major: string(g), again: true}, &list)
	return list, err
}

// channelName is a name as Discord writes those of channels: small, without spaces.
func channelName(name string) string {
	var b strings.Builder
	dash := true
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r), r == '_':
			b.WriteRune(r)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
	}
	out := []rune(strings.Trim(b.String(), "-"))
	out = []rune(strings.TrimRight(string(out[:min(len(out), 90)]), "-"))
	if len(out) == 0 {
		return "guildhall"
	}
	return string(out)
}

// Archive implements chat.Roomer: nobody writes there any more, and all can read.
func (p *Platform) Archive(ctx context.Context, space chat.SpaceID, room chat.RoomID) error {
	ctx = hurried(ctx)
	ch, err := p.fresh(ctx, id(room))
	if err == nil {
		err = p.whoAmI(ctx)
	}
	if err != nil {
		return err
	}
	if ch.isThread() {
		return p.rest.do(ctx, ask{method: "PATCH", path: path("channels", string(room)), route: "/channels/*", major: string(room),
			body: map[string]any{"archived": true, "locked": true}, again: true}, nil)
	}
	me, _ := p.world.self()
	list := ch.Overwrites
	if !slices.ContainsFunc(list, func(o overwrite) bool { return o.ID == id(space) }) {
		list = append(list, overwrite{ID: id(space), Type: everybody})
	}
	if !slices.ContainsFunc(list, func(o overwrite) bool { return o.ID == me }) {
		list = append(list, overwrite{ID: me, Type: person})
	}
	// Ours first: we must not shut ourselves out.
	slices.SortStableFunc(list, func(a, b overwrite) int { return later01(a.ID == me, b.ID == me) })
	for _, o := range list {
		next := o
		switch {
		case o.ID == me:
			next.Allow |= taking
		case o.ID == id(space):
			next.Allow, next.Deny = o.Allow&^talking, o.Deny|talking
		default:
			next.Allow = o.Allow &^ talking
		}
		if next == o {
			continue
		}
		if err := p.setOverwrite(ctx, id(room), next); err != nil {
			return err
		}
	}
	return nil
}

func later01(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// fresh is a channel as it is now.
func (p *Platform) fresh(ctx context.Context, c id) (channel, error) {
	var ch channel
	if !isID(string(c)) {
		return ch, fmt.Errorf("no such channel: %w", chat.ErrGone)
	}
	err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c)), route: "/channels/*", major: string(c), again: true}, &ch)
	return ch, err
}

func (p *Platform) setOverwrite(ctx context.Context, c id, o overwrite) error {
	return p.rest.do(ctx, ask{method: "PUT", path: path("channels", string(c), "permissions", string(o.ID)), route: "/channels/*/permissions/*",
		major: string(c), body: map[string]any{"type": o.Type, "allow": o.Allow, "deny": o.Deny}, again: true}, nil)
}

// Bring implements chat.Roomer.
func (p *Platform) Bring(ctx context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	ctx = hurried(ctx)
	ch, err := p.channel(ctx, id(room))
	if err != nil {
		return err
	}
	if !isID(string(who)) {
		return fmt.Errorf("%q is no account of Discord: %w", who, chat.ErrRefused)
	}
	if ch.isThread() {
		a := ask{method: "PUT", path: path("channels", string(room), "thread-members", string(who)),
			route: "/channels/*/thread-members/*", major: string(room), again: true}
		err := p.rest.do(ctx, a, nil)
		if coded(err, codeArchived) {
			if err := p.unarchive(ctx, id(room)); err != nil {
				return err
			}
			err = p.rest.do(ctx, a, nil)
		}
		return err
	}
	return p.setOverwrite(ctx, id(room), overwrite{ID: id(who), Type: person, Allow: taking})
}

// Release implements chat.Roomer.
func (p *Platform) Release(ctx context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	ctx = hurried(ctx)
	ch, err := p.channel(ctx, id(room))
	if err != nil {
		return err
	}
	kind := "permissions"
	if ch.isThread() {
		kind = "thread-members"
	}
	err = p.rest.do(ctx, ask{method: "DELETE", path: path("channels", string(room), kind, string(who)), route: "/channels/*/" + kind + "/*",
		major: string(room), again: true}, nil)
	if status(err) == 404 && !coded(err, codeUnknownChannel) {
		return nil
	}
	return err
}

// Rooms implements chat.Roomer.
func (p *Platform) Rooms(ctx context.Context, space chat.SpaceID) ([]chat.RoomInfo, error) {
	list, err := p.channelsOf(ctx, id(space))
	if err != nil {
		return nil, err
	}
	g, err := p.guild(ctx, id(space))
	if err == nil {
		err = p.whoAmI(ctx)
	}
	if err != nil {
		return nil, err
	}
	me, _ := p.world.self()
	roles, err := p.rolesOf(ctx, id(space), me)
	if err != nil && !errors.Is(err, chat.ErrGone) {
		return nil, err
	}
	var out []chat.RoomInfo
	for _, c := range list {
		if c.Type != textChannel && c.Type != newsChannel && !c.isForum() {
			continue
		}
		out = append(out, chat.RoomInfo{ID: chat.RoomID(c.ID), Name: c.Name, Private: !mayDo(g, "", nil, &c).has(viewChannel),
			Joined: mayDo(g, me, roles, &c).has(viewChannel | sendMessages)})
	}
	return out, nil
}
