package matrix

import (
	"context"
	"errors"
	"net/http"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Adopt implements chat.Adopter: the room becomes a suggested child of the Space, which becomes its
// canonical parent where we may say so. Who may come into the room stays as it was.
func (p *Platform) Adopt(ctx context.Context, space chat.SpaceID, id chat.RoomID, community string) error {
	if err := p.sendable(ctx, chat.Address{Platform: p.id, Room: id}); err != nil {
		return err
	}
	unlock := p.gates.enter("space " + string(space))
	parent, err := p.matrixSpace(ctx, string(space), community)
	unlock()
	if err != nil {
		return told("find the Space", err)
	}
	name := community
	p.rooms.look(parent, func(r *chamber) {
		if r.name != "" {
			name = r.name
		}
	})
	sentence := ""
	switch err := p.adopt(ctx, parent, string(id), true); {
	case errors.Is(err, errNoChild):
		sentence = "matrix.no_child"
	case errors.Is(err, errNoParent):
		sentence = "matrix.no_parent"
	case err != nil:
		return told("put a room into its Space", err)
	default:
		return nil
	}
	p.sayWith(ctx, string(id), sentence, chat.Plain, text.Args{"space": text.Plain(name)})
	return nil
}

// What we may not do to put a room into a Space.
var (
	errNoChild  = errors.New("we may not add rooms to the Space")
	errNoParent = errors.New("we may not name the room's Space in the room")
)

// adopt puts a room into a Space, with the Space as its canonical parent. errNoParent says that the
// room is there all the same.
func (p *Platform) adopt(ctx context.Context, space, room string, suggested bool) error {
	err := p.addChild(ctx, space, room, suggested)
	switch {
	case status(err) == http.StatusForbidden:
		return errors.Join(errNoChild, err)
	case err != nil:
		return err
	}
	may, there := false, false
	p.rooms.look(room, func(r *chamber) { may, there = r.level(p.me) >= r.needs("m.space.parent"), r.parents[space] })
	switch {
	case there:
		return nil
	case !may:
		return errNoParent
	}
	err = p.setState(ctx, room, "m.space.parent", space, map[string]any{"via": p.via(space), "canonical": true})
	if status(err) == http.StatusForbidden {
		return errors.Join(errNoParent, err)
	}
	return err
}

// adoptQuietly is adopt where nobody asked for it.
func (p *Platform) adoptQuietly(ctx context.Context, space, room string) {
	if err := p.adopt(ctx, space, room, true); err != nil && !errors.Is(err, errNoParent) {
		p.log.Warn("matrix: put a room into its Space", "room", room, "space", space, "error", err)
	}
}

// named says in a room which of our Spaces it is in, once we may.
func (p *Platform) named(ctx context.Context, room string) {
	for _, space := range p.rooms.ids() {
		child := false
		p.rooms.look(space, func(r *chamber) { child = r.kind == "m.space" && r.marker != "" && r.children[room] == p.me })
		if child {
			p.adoptQuietly(ctx, space, room)
		}
	}
}

func (p *Platform) addChild(ctx context.Context, space, room string, suggested bool) error {
	there := false
	p.rooms.look(space, func(r *chamber) { _, there = r.children[room] })
	if there {
		return nil
	}
	return p.setState(ctx, space, "m.space.child", room, map[string]any{"via": p.via(room), "suggested": suggested})
}
