package chat

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/community"
	"guildhall/core/record"
)

// places is where a subject is shown: where its card stands already, and where it belongs.
func (e *Engine) places(ctx context.Context, s *scene, view View, c record.Change, topics []string) (out []Address, err error) {
	if !c.New {
		cards, err := e.store.Cards.CardsOf(ctx, c.Community, record.Subject{ID: c.Subject.ID})
		if err != nil {
			return nil, fmt.Errorf("find cards: %w", err)
		}
		for _, card := range cards {
			out = append(out, card.At)
		}
	}
	if c.Subject.Part != 0 || c.Quiet || len(out) > 0 {
		return out, nil
	}
	switch view.Announce {
	case WhereMade:
		if view.Home != nil {
			if out, err = e.home(ctx, view, c); err != nil {
				return nil, err
			}
		} else if s != nil && !s.ev.Direct && s.room.ID != "" {
			out = append(out, s.ev.Where)
		}
		return e.shelved(ctx, c, view.Section, topics, out)
	case EverySection:
		return e.sectionRooms(ctx, c, view.Section, topics)
	}
	return out, nil
}

// shelved adds the shelves of a section to the places of a record. What was made in a post of a shelf
// has its own post there, and no card in the other.
func (e *Engine) shelved(ctx context.Context, c record.Change, section community.Section, topics []string, places []Address) ([]Address, error) {
	if !e.hasShelves() {
		return places, nil
	}
	spaces, rooms, err := e.store.Directory.Map(ctx, c.Community)
	if err != nil {
		return nil, fmt.Errorf("find shelves: %w", err)
	}
	rooms = slices.DeleteFunc(rooms, func(r community.Room) bool {
		s, can := e.platforms[PlatformID(r.Platform)].(Shelver)
		return !can || !r.Is(section) || r.Archived || !s.Shelf(RoomID(r.ID))
	})
	if len(rooms) == 0 {
		return places, nil
	}
	wants := wanting(spaces, topics)
	for _, r := range rooms {
		if !wants[r.Platform+"/"+r.Space] {
			continue
		}
		at := Address{Platform: PlatformID(r.Platform), Space: SpaceID(r.Space), Room: RoomID(r.ID)}
		places = append(slices.DeleteFunc(places, func(p Address) bool { return p.Parent() == at }), at)
	}
	return places, nil
}

// home is where a record says that its card belongs, as long as that is a room of its community.
func (e *Engine) home(ctx context.Context, view View, c record.Change) ([]Address, error) {
	at, err := view.Home(ctx, c.Community, c.Subject.ID)
	if err != nil {
		return nil, fmt.Errorf("find the place of %s: %w", c.Subject.ID, err)
	}
	if at.IsZero() {
		return nil, nil
	}
	room, ok, err := e.store.Directory.Room(ctx, at.Platform, at.Room)
	if err != nil {
		return nil, fmt.Errorf("load room: %w", err)
	}
	if !ok || room.Community != c.Community || room.Archived {
		return nil, nil
	}
	return []Address{at}, nil
}

// sectionRooms are the section's rooms of all spaces that want to see the record.
func (e *Engine) sectionRooms(ctx context.Context, c record.Change, section community.Section, topics []string) ([]Address, error) {
	spaces, rooms, err := e.store.Directory.Map(ctx, c.Community)
	if err != nil {
		return nil, fmt.Errorf("find the section's rooms: %w", err)
	}
	wants := wanting(spaces, topics)
	var out []Address
	served := map[string]bool{}
	for _, r := range rooms {
		if r.Is(section) && !r.Archived && wants[r.Platform+"/"+r.Space] {
			served[r.Platform+"/"+r.Space] = true
			out = append(out, Address{Platform: PlatformID(r.Platform), Space: SpaceID(r.Space), Room: RoomID(r.ID)})
		}
	}
	for _, sp := range spaces {
		if name := sp.Platform + "/" + sp.ID; wants[name] && !served[name] && slices.Contains(sp.Later, section) {
			if err := e.openLater(ctx, c, sp, section); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// hasShelves says whether any of the platforms may have a room that is a shelf.
func (e *Engine) hasShelves() bool {
	for _, p := range e.platforms {
		if _, can := p.(Shelver); can {
			return true
		}
	}
	return false
}

// wanting says which spaces ("platform/space") want to see a record with such topics.
func wanting(spaces []community.Space, topics []string) map[string]bool {
	wants := map[string]bool{}
	for _, sp := range spaces {
		wants[sp.Platform+"/"+sp.ID] = !sp.Left && (sp.Noise == community.NoiseAll || sp.Noise == "" ||
			sp.Noise == community.NoiseTopics && overlap(sp.Topics, topics))
	}
	return wants
}

// openLater makes the room of a section that a space wanted only when it is needed: now there is
// something to show in it.
func (e *Engine) openLater(ctx context.Context, c record.Change, sp community.Space, section community.Section) error {
	com, err := e.store.Directory.Community(ctx, c.Community)
	if err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	o := OpenRoom{Platform: PlatformID(sp.Platform), Space: SpaceID(sp.ID), Sections: []community.Section{section}, Show: c.Subject.ID.String(),
		Spec: SectionRoom(section, com)}
	if err := e.store.Queue.Add(ctx, openItem(c.Community, o, o.Show)); err != nil {
		return fmt.Errorf("open a room that is needed now: %w", err)
	}
	return nil
}

// SectionRoom is the room that a section of a community gets of its own in a space. Its key is the
// same each time, so that it is opened once.
func SectionRoom(s community.Section, c community.Community) RoomSpec {
	return RoomSpec{Key: "section-" + string(s), Name: "vet-" + string(s), Section: string(s), Lang: c.Language}
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
