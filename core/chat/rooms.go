package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// openRoom does "chat.open": it finds or makes a room, keeps it, and tells the record's view.
func (e *Engine) openRoom(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var o OpenRoom
	if err := it.Read(&o); err != nil {
		return nil, err
	}
	pf := e.platforms[o.Platform]
	if pf == nil {
		return nil, work.Dead(fmt.Errorf("no platform %q", o.Platform))
	}
	com, err := e.store.Directory.Community(ctx, it.Community)
	if err != nil {
		return nil, fmt.Errorf("load community: %w", err)
	}
	o.Spec.Community = com.Name
	if o.Spec.Record != "" {
		if o.Spec.Near, err = e.near(ctx, it.Community, o); err != nil {
			return nil, err
		}
	}
	id := o.Room
	if a, can := pf.(Adopter); can && id != "" {
		if err := a.Adopt(ctx, o.Space, id, com.Name); err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrRefused) {
			return nil, e.outcome(err)
		}
	}
	if id == "" {
		r, can := pf.(Roomer)
		if !can {
			return nil, work.Dead(fmt.Errorf("platform %q cannot open rooms", o.Platform))
		}
		if id, _, err = r.Open(ctx, o.Space, o.Spec); err != nil {
			return nil, e.outcome(err)
		}
	}
	room := community.Room{Community: it.Community, Platform: string(o.Platform), Space: string(o.Space), ID: string(id),
		Name: o.Spec.Name, Sections: o.Sections, Record: o.Spec.Record, Opened: o.Room == "", Encrypted: o.Encrypted, Language: o.Spec.Lang, PostOnly: o.Spec.PostOnly}
	return func(ctx context.Context) error {
		if err := e.store.Directory.AddRoom(ctx, room); err != nil {
			return fmt.Errorf("keep a room: %w", err)
		}
		ctx, book := withChanges(ctx)
		reply, err := e.roomOpened(ctx, it.Community, pf, room)
		if err != nil {
			return err
		}
		com, err := e.store.Directory.Community(ctx, it.Community)
		if err != nil {
			return fmt.Errorf("load community: %w", err)
		}
		if err := e.settleRest(ctx, &com, nil, nil, reply, "opened/"+it.Key); err != nil {
			return err
		}
		if subject, err := record.ParseSubject(o.Show); err == nil {
			at := Address{Platform: o.Platform, Space: o.Space, Room: id}
			if err := e.markCard(ctx, it.Community, subject, at); err != nil {
				return err
			}
		}
		return e.settleChanges(ctx, nil, book)
	}, nil
}

// near is the section's room in the space where a record's room is opened; empty when there is none.
func (e *Engine) near(ctx context.Context, of int64, o OpenRoom) (RoomID, error) {
	rooms, err := e.store.Directory.Rooms(ctx, of)
	if err != nil {
		return "", fmt.Errorf("list rooms: %w", err)
	}
	for _, r := range rooms {
		if r.Platform == string(o.Platform) && r.Space == string(o.Space) && r.Record == "" && !r.Archived &&
			slices.Contains(r.Sections, community.Section(o.Spec.Section)) {
			return RoomID(r.ID), nil
		}
	}
	return "", nil
}

// roomOpened is what is said in a room that was just opened.
func (e *Engine) roomOpened(ctx context.Context, of int64, pf Platform, room community.Room) (Reply, error) {
	id, err := record.Parse(room.Record)
	if err == nil {
		at := Address{Platform: PlatformID(room.Platform), Space: SpaceID(room.Space), Room: RoomID(room.ID)}
		if err := e.markCard(ctx, of, record.Subject{ID: id}, at); err != nil {
			return Reply{}, err
		}
		if view := e.views[id.Letter]; view.Opened != nil {
			return view.Opened(ctx, of, id, room)
		}
		return Reply{}, nil
	}
	com, err := e.store.Directory.Community(ctx, of)
	if err != nil {
		return Reply{}, fmt.Errorf("load community: %w", err)
	}
	c := &Call{Event: Event{Kind: Entered, Where: Address{Platform: PlatformID(room.Platform), Space: SpaceID(room.Space), Room: RoomID(room.ID)}},
		Platform: pf.Platform(), Community: com, Room: room, Lang: e.roomLang(room, com), Now: e.now(), Given: Given{}}
	var out Reply
	for _, h := range e.heard {
		if h.Entered == nil {
			continue
		}
		r, err := h.Entered(ctx, c)
		if err != nil {
			return Reply{}, err
		}
		out.Also = append(out.Also, r.Also...)
	}
	return out, nil
}

// closeRoom does "chat.close": only rooms that we opened are ever archived.
func (e *Engine) closeRoom(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var x CloseRoom
	if err := it.Read(&x); err != nil {
		return nil, err
	}
	room, ok, err := e.store.Directory.Room(ctx, x.Platform, x.Room)
	if err != nil {
		return nil, fmt.Errorf("load room: %w", err)
	}
	if !ok || !room.Opened || room.Archived || room.Community != it.Community {
		return nil, nil
	}
	r, can := e.platforms[x.Platform].(Roomer)
	if !can {
		return nil, work.Dead(fmt.Errorf("platform %q cannot close rooms", x.Platform))
	}
	if err := r.Archive(ctx, SpaceID(room.Space), x.Room); err != nil && !errors.Is(err, ErrGone) {
		return nil, e.outcome(err)
	}
	return func(ctx context.Context) error { return e.store.Directory.CloseRoom(ctx, x.Platform, x.Room) }, nil
}

// bring does "chat.bring": a member comes into the rooms of a record, in the spaces they live in.
func (e *Engine) bring(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var b BringTo
	if err := it.Read(&b); err != nil {
		return nil, err
	}
	rooms, err := e.store.Directory.Rooms(ctx, it.Community)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	accounts, err := e.store.Directory.Accounts(ctx, it.Community, b.Member)
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	for _, room := range rooms {
		if room.Record != b.Record.String() || room.Archived {
			continue
		}
		r, can := e.platforms[PlatformID(room.Platform)].(Roomer)
		if !can {
			continue
		}
		for _, a := range accounts {
			if a.Platform != room.Platform || a.Space != room.Space {
				continue
			}
			do := r.Bring
			if b.Out {
				do = r.Release
			}
			err := do(ctx, SpaceID(room.Space), RoomID(room.ID), AccountID(a.ID))
			if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrRefused) {
				return nil, e.outcome(err)
			}
		}
	}
	return nil, nil
}

// timeout does "chat.timeout": a question that nobody answered is taken back, politely.
func (e *Engine) timeout(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var l letter
	if err := it.Read(&l); err != nil {
		return nil, err
	}
	open, err := e.store.Pendings.TakePending(ctx, l.Via)
	if err != nil || !open {
		return nil, err
	}
	l.Via = ""
	return nil, e.store.Queue.Add(ctx, e.letterItem(l, it.Key+"/said"))
}

// timedOut is the sentence of timeout.
func (e *Engine) timedOut(lang string) Message {
	return Message{Lang: lang, Body: []text.Rich{e.words.Rich(lang, "chat.question.timeout", nil)}}
}
