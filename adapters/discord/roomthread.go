package discord

import (
	"context"
	"errors"

	"guildhall/core/chat"
)

// roomThreadName is what a room is called that is a thread. It has no topic by which it could be found
// again; its name begins with the record's.
func roomThreadName(spec chat.RoomSpec) string { return cut(oneLine(spec.Name), maxThreadName) }

// findRoomThread looks for a room that was opened as a thread.
func (p *Platform) findRoomThread(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (id, error) {
	list, err := p.activeThreads(ctx, id(space))
	if errors.Is(err, chat.ErrRefused) || errors.Is(err, chat.ErrGone) && !errors.Is(err, errToken) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	me, _ := p.world.self()
	for _, c := range list {
		if string(c.Parent) == string(spec.Near) && c.isRoom(me) && c.Name == roomThreadName(spec) {
			c.Guild = id(space)
			p.world.putChannel(c, p.world.hasGuild(c.Guild))
			return c.ID, nil
		}
	}
	return "", nil
}

// openThread makes a private thread that is a room.
func (p *Platform) openThread(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (id, error) {
	var made channel
	err := p.rest.do(ctx, ask{method: "POST", path: path("channels", string(spec.Near), "threads"), route: "/channels/*/threads", major: string(spec.Near),
		body:   map[string]any{"name": roomThreadName(spec), "type": privateThread, "invitable": false, "auto_archive_duration": 10080},
		reason: "Guildhall opens a room"}, &made)
	if err != nil {
		return "", err
	}
	made.Guild = id(space)
	p.world.putChannel(made, p.world.hasGuild(made.Guild))
	return made.ID, nil
}
