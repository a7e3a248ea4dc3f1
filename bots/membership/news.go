package membership

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
)

// news makes the announcement rooms that spaces wanted only when they are needed: as soon as the
// community has something that a digest could tell of.
func (b *bot) news(ctx context.Context, of int64) (chat.Reply, error) {
	spaces, err := b.Lists.Spaces(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list spaces: %w", err)
	}
	rooms, err := b.Lists.Rooms(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list rooms: %w", err)
	}
	r, something := chat.Nothing(), false
	for _, s := range spaces {
		has := slices.ContainsFunc(rooms, func(x community.Room) bool {
			return x.Platform == s.Platform && x.Space == s.ID && !x.Archived && x.Is(community.News)
		})
		if !s.Left && !has && slices.Contains(s.Later, community.News) {
			r.Rooms = append(r.Rooms, chat.OpenRoom{Platform: chat.PlatformID(s.Platform), Space: chat.SpaceID(s.ID), Sections: []community.Section{community.News}})
		}
	}
	for _, s := range spaces {
		if len(r.Rooms) == 0 || something {
			break
		}
		ids, err := b.Lists.RecordsFrom(ctx, of, s.Platform, s.ID)
		if err != nil {
			return chat.Reply{}, err
		}
		something = len(ids) > 0
	}
	if !something {
		return chat.Nothing(), nil
	}
	com, err := b.Lists.Community(ctx, of)
	for i := range r.Rooms {
		r.Rooms[i].Spec = chat.SectionRoom(community.News, com)
	}
	return r, err
}
