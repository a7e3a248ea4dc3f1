package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
)

const spaceColumns = `community_id, platform, space, name, noise, topics, joined, has_left, later`

func scanSpace(scan func(...any) error) (s community.Space, err error) {
	var noise, topics, later string
	var joined int64
	err = scan(&s.Community, &s.Platform, &s.ID, &s.Name, &noise, &topics, &joined, &s.Left, &later)
	for _, x := range words(later) {
		s.Later = append(s.Later, community.Section(x))
	}
	s.Noise, s.Topics, s.Joined = community.Noise(noise), words(topics), instant(joined)
	return s, err
}

// Space implements chat.Directory.
func (d Directory) Space(ctx context.Context, p chat.PlatformID, id chat.SpaceID) (s community.Space, ok bool, err error) {
	err = d.db.each(ctx, `SELECT `+spaceColumns+` FROM space WHERE platform = $1 AND space = $2 AND has_left = FALSE`,
		[]any{string(p), string(id)}, func(scan func(...any) error) (err error) {
			ok = true
			s, err = scanSpace(scan)
			return err
		})
	return s, ok, err
}

// Spaces implements chat.Directory: those that have left included.
func (d Directory) Spaces(ctx context.Context, of int64) (out []community.Space, err error) {
	err = d.db.each(ctx, `SELECT `+spaceColumns+` FROM space WHERE community_id = $1 ORDER BY joined, platform, space`, []any{of},
		func(scan func(...any) error) error {
			s, err := scanSpace(scan)
			out = append(out, s)
			return err
		})
	return out, err
}

// AddSpace keeps a space (again: updates it).
func (d Directory) AddSpace(ctx context.Context, s community.Space) error {
	err := d.db.later(ctx, `INSERT INTO space (`+spaceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (community_id, platform, space) DO UPDATE SET name = excluded.name, noise = excluded.noise,
		topics = excluded.topics, has_left = excluded.has_left, later = excluded.later`,
		s.Community, s.Platform, s.ID, s.Name, string(s.Noise), unwords(s.Topics), micros(s.Joined), s.Left, unwords(s.Later))
	if err != nil {
		return fmt.Errorf("add space: %w", err)
	}
	return nil
}

const roomColumns = `r.community_id, r.platform, r.room, r.space, r.name, r.sections, r.record, r.opened, r.archived, r.language,
	r.encrypted, r.agreed, r.post_only, r.translated`

func scanRoom(scan func(...any) error) (r community.Room, err error) {
	var sections, translated string
	err = scan(&r.Community, &r.Platform, &r.ID, &r.Space, &r.Name, &sections, &r.Record, &r.Opened, &r.Archived, &r.Language,
		&r.Encrypted, &r.Agreed, &r.PostOnly, &translated)
	for _, s := range words(sections) {
		r.Sections = append(r.Sections, community.Section(s))
	}
	r.Translated = words(translated)
	return r, err
}

// Room implements chat.Directory.
func (d Directory) Room(ctx context.Context, p chat.PlatformID, id chat.RoomID) (r community.Room, ok bool, err error) {
	err = d.db.each(ctx, `SELECT `+roomColumns+` FROM room r JOIN space s ON s.community_id = r.community_id
		AND s.platform = r.platform AND s.space = r.space AND s.has_left = FALSE WHERE r.platform = $1 AND r.room = $2`,
		[]any{string(p), string(id)}, func(scan func(...any) error) (err error) {
			ok = true
			r, err = scanRoom(scan)
			return err
		})
	return r, ok, err
}

// Rooms implements chat.Directory: those of live spaces, archived ones included.
func (d Directory) Rooms(ctx context.Context, of int64) (out []community.Room, err error) {
	err = d.db.each(ctx, `SELECT `+roomColumns+` FROM room r JOIN space s ON s.community_id = r.community_id
		AND s.platform = r.platform AND s.space = r.space AND s.has_left = FALSE
		WHERE r.community_id = $1 ORDER BY r.platform, r.space, r.room`, []any{of}, func(scan func(...any) error) error {
		r, err := scanRoom(scan)
		out = append(out, r)
		return err
	})
	return out, err
}

var wholeMap = `SELECT ` + prefixed("s", spaceColumns) + `, ` + roomColumns + `
	FROM space s LEFT JOIN room r ON r.community_id = s.community_id AND r.platform = s.platform AND r.space = s.space AND s.has_left = FALSE
	WHERE s.community_id = $1 ORDER BY s.joined, s.platform, s.space, r.room`

// Map implements chat.Directory.
func (d Directory) Map(ctx context.Context, of int64) (spaces []community.Space, rooms []community.Room, err error) {
	err = d.db.each(ctx, wholeMap, []any{of}, func(scan func(...any) error) error {
		var room community.Room
		space, err := scanSpace(func(s ...any) (err error) {
			room, err = scanRoom(func(r ...any) error {
				for _, v := range r {
					s = append(s, maybe{v})
				}
				return scan(s...)
			})
			return err
		})
		if n := len(spaces); n == 0 || spaces[n-1].Platform != space.Platform || spaces[n-1].ID != space.ID {
			spaces = append(spaces, space)
		}
		if room.ID != "" {
			rooms = append(rooms, room)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list spaces and rooms: %w", err)
	}
	slices.SortStableFunc(rooms, func(a, b community.Room) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Space, b.Space))
	})
	return spaces, rooms, nil
}

// AddRoom implements chat.Directory. That a moderator agreed to what an encrypted room means stays.
func (d Directory) AddRoom(ctx context.Context, r community.Room) error {
	err := d.db.later(ctx, `INSERT INTO room (community_id, platform, room, space, name, sections, record, opened, archived, language,
		encrypted, agreed, post_only, greeted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)
		ON CONFLICT (community_id, platform, room) DO UPDATE SET name = excluded.name, sections = excluded.sections,
		record = excluded.record, archived = excluded.archived, language = excluded.language, encrypted = excluded.encrypted,
		agreed = (room.agreed OR excluded.agreed), post_only = excluded.post_only`,
		r.Community, r.Platform, r.ID, r.Space, r.Name, unwords(r.Sections), r.Record, r.Opened, r.Archived, r.Language, r.Encrypted,
		r.Agreed, r.PostOnly)
	if err != nil {
		return fmt.Errorf("add room: %w", err)
	}
	return nil
}

// MoveRoom implements chat.Directory.
func (d Directory) MoveRoom(ctx context.Context, p chat.PlatformID, from, to chat.RoomID) error {
	for _, table := range []string{"room", "card", "thread", "pending", "translation_order"} {
		if err := d.db.later(ctx, `UPDATE `+table+` SET room = $3 WHERE platform = $1 AND room = $2`, string(p), string(from), string(to)); err != nil {
			return fmt.Errorf("move room in %s: %w", table, err)
		}
	}
	err := d.db.later(ctx, `UPDATE translation_order SET at_room = $3 WHERE at_platform = $1 AND at_room = $2`, string(p), string(from), string(to))
	if err != nil {
		return fmt.Errorf("move room of translations: %w", err)
	}
	return nil
}

// CloseRoom implements chat.Directory.
func (d Directory) CloseRoom(ctx context.Context, p chat.PlatformID, r chat.RoomID) error {
	err := d.db.later(ctx, `UPDATE room SET archived = TRUE WHERE platform = $1 AND room = $2`, string(p), string(r))
	return err
}

// RecordsFrom are the records that were made in a space and are not withdrawn.
func (d Directory) RecordsFrom(ctx context.Context, of int64, platform, space string) (out []record.ID, err error) {
	for _, table := range []struct {
		name   string
		letter byte
		stands string
	}{{"request", 'H', `state <> 'withdrawn'`}, {"resource", 'R', `state <> 'withdrawn'`}, {"collaboration", 'C', `withdrawn = FALSE`},
		{"practice", 'P', `state <> 'withdrawn'`}} {
		err = d.db.each(ctx, `SELECT number FROM `+table.name+` WHERE community_id = $1 AND source_platform = $2 AND source_space = $3
			AND `+table.stands+` ORDER BY number`, []any{of, platform, space}, func(scan func(...any) error) error {
			id := record.ID{Letter: table.letter}
			err := scan(&id.No)
			out = append(out, id)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list the records of a space: %w", err)
		}
	}
	return out, nil
}
