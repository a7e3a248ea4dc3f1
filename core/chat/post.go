package chat

import (
	"context"
	"encoding/json"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
)

// post queues something said to others.
func (e *Engine) post(ctx context.Context, of int64, s *scene, c *Call, p Post, key string) error {
	if p.Key != "" {
		first, err := e.store.Once.Once(ctx, of, p.Key+"/"+p.To.name(), e.now())
		if err != nil || !first {
			return err
		}
		key = fmt.Sprintf("said/%d/%s/%s", of, p.Key, p.To.name())
	}
	switch {
	case p.To.Here:
		if s == nil {
			return nil
		}
		return e.postHere(ctx, s, c, p, key)
	case p.To.Back != nil:
		return e.postBack(ctx, of, p, key)
	case p.To.Member != 0:
		return e.postMember(ctx, of, p, p.To.Member, key)
	case p.To.Moderators:
		list, err := e.store.Directory.Moderators(ctx, of)
		if err != nil {
			return fmt.Errorf("list moderators: %w", err)
		}
		for _, m := range list {
			if err := e.postMember(ctx, of, p, m.No, fmt.Sprintf("%s/%d", key, m.No)); err != nil {
				return err
			}
		}
		return nil
	case !p.To.Thread.IsZero():
		return e.postThreads(ctx, of, p, key)
	case p.To.Section != "":
		return e.postSection(ctx, of, p, key)
	case !p.To.Room.IsZero():
		return e.postRoom(ctx, of, p, p.To.Room, record.ID{}, key)
	}
	return nil
}

// name is part of a post's key.
func (t To) name() string {
	switch {
	case t.Back != nil:
		return "back/" + string(t.Back.Where.Platform) + "/" + string(t.Back.Who)
	case t.Member != 0:
		return fmt.Sprintf("member/%d", t.Member)
	case t.Moderators:
		return "moderators"
	case !t.Thread.IsZero():
		return "thread/" + t.Thread.String()
	case t.Section != "":
		return "section/" + string(t.Section)
	}
	return "room/" + string(t.Room.Platform) + "/" + string(t.Room.Room) + "/" + string(t.Room.Thread)
}

func (e *Engine) postHere(ctx context.Context, s *scene, c *Call, p Post, key string) error {
	v := e.voiceFor(c.Member, c.Community, s.ev.From.Locale, s.info)
	m, err := e.compose(ctx, v, p.Say, s.ev.Where.Platform, c.Member.No)
	if err != nil {
		return err
	}
	if err := e.todo(ctx, c.Community.ID, c.Member.No, p, m); err != nil {
		return err
	}
	to, who, _ := e.place(s, OnlyYou)
	return e.queueLetters(ctx, letter{To: to, Who: who, Via: s.ev.Via, Of: c.Community.ID}, m, s.info.Limits, key)
}

// postBack answers somebody later, where their command would have been answered.
func (e *Engine) postBack(ctx context.Context, of int64, p Post, key string) error {
	b := p.To.Back
	pf := e.platforms[b.Where.Platform]
	if pf == nil {
		return nil
	}
	com, err := e.store.Directory.Community(ctx, of)
	if err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	member, _, err := e.store.Directory.Known(ctx, of, b.Where.Platform, b.Who)
	if err != nil {
		return fmt.Errorf("load member: %w", err)
	}
	ev := Event{Where: b.Where, Message: b.Message, Direct: b.Direct, From: Author{Account: b.Who, Locale: b.Locale}, Via: b.Via}
	s := &scene{ev: ev, info: pf.Platform(), platform: pf, community: com, member: member}
	return e.postHere(ctx, s, &Call{Community: com, Member: member}, p, key)
}

// queueLetters puts a message, in as many parts as it needs, into the queue.
func (e *Engine) queueLetters(ctx context.Context, l letter, m Message, limits Limits, key string) error {
	for i, part := range Fit(m, limits) {
		l.Message = part
		name := key
		if i > 0 {
			name = fmt.Sprintf("%s/part%d", key, i)
		}
		if err := e.store.Queue.Add(ctx, e.letterItem(l, name)); err != nil {
			return fmt.Errorf("queue a message: %w", err)
		}
	}
	return nil
}

func (e *Engine) todo(ctx context.Context, of, member int64, p Post, m Message) error {
	if p.Todo == "" {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep a to-do: %w", err)
	}
	if err := e.store.Todos.AddTodo(ctx, of, member, p.Todo, b, e.now()); err != nil {
		return fmt.Errorf("keep a to-do: %w", err)
	}
	return nil
}

// postMember tells a person: a to-do, and a message on the account that was seen last.
func (e *Engine) postMember(ctx context.Context, of int64, p Post, no int64, key string) error {
	member, err := e.store.Directory.Member(ctx, of, no)
	if err != nil {
		return fmt.Errorf("load member: %w", err)
	}
	if member.No == 0 || member.Erased {
		return nil
	}
	com, err := e.store.Directory.Community(ctx, of)
	if err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	accounts, err := e.store.Directory.Accounts(ctx, of, no)
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	var info Info
	var on community.Account
	for _, a := range accounts {
		pf := e.platforms[PlatformID(a.Platform)]
		if pf == nil {
			continue
		}
		here, err := e.lives(ctx, of, Address{Platform: PlatformID(a.Platform), Space: SpaceID(a.Space)})
		if err != nil {
			return err
		}
		if here { // nobody is written to in a space that has left the community
			info, on = pf.Platform(), a
			break
		}
	}
	v := e.voiceFor(member, com, "", info)
	m, err := e.compose(ctx, v, p.Say, info.ID, no)
	if err != nil {
		return err
	}
	if err := e.todo(ctx, of, no, p, m); err != nil {
		return err
	}
	if p.Todo != "" {
		if err := e.homeChanged(ctx, of, no, key); err != nil {
			return err
		}
	}
	if on.ID == "" || member.Stopped {
		return nil
	}
	l := letter{To: Address{Platform: info.ID, Space: SpaceID(on.Space)}, Who: AccountID(on.ID), Of: of, Member: no, Thread: p.To.Thread, Notice: p.Todo == ""}
	return e.queueLetters(ctx, l, m, info.Limits, key)
}

// postThreads says something in every thread of a record.
func (e *Engine) postThreads(ctx context.Context, of int64, p Post, key string) error {
	cards, err := e.store.Cards.CardsOf(ctx, of, record.Subject{ID: p.To.Thread})
	if err != nil {
		return fmt.Errorf("find threads: %w", err)
	}
	for _, card := range cards {
		here, err := e.lives(ctx, of, card.At)
		if err != nil {
			return err
		}
		if !here {
			continue // the space has left the community
		}
		if err := e.postRoom(ctx, of, p, card.At, p.To.Thread, key+"/"+string(card.At.Platform)+"/"+string(card.At.Room)); err != nil {
			return err
		}
	}
	return nil
}

// postSection says something in the section's room of every space.
func (e *Engine) postSection(ctx context.Context, of int64, p Post, key string) error {
	rooms, err := e.store.Directory.Rooms(ctx, of)
	if err != nil {
		return fmt.Errorf("list rooms: %w", err)
	}
	spaces, err := e.store.Directory.Spaces(ctx, of)
	if err != nil {
		return fmt.Errorf("list spaces: %w", err)
	}
	quiet := map[string]bool{}
	for _, sp := range spaces {
		quiet[sp.Platform+"/"+sp.ID] = sp.Noise == community.NoiseDigest && p.To.Section != community.News
	}
	for _, r := range rooms {
		if !r.Is(p.To.Section) || r.Archived || quiet[r.Platform+"/"+r.Space] {
			continue
		}
		at := Address{Platform: PlatformID(r.Platform), Space: SpaceID(r.Space), Room: RoomID(r.ID)}
		if err := e.postRoom(ctx, of, p, at, record.ID{}, key+"/"+r.Platform+"/"+r.ID); err != nil {
			return err
		}
	}
	return nil
}

// postRoom says something in one room, or in the thread of a record's card there.
func (e *Engine) postRoom(ctx context.Context, of int64, p Post, at Address, thread record.ID, key string) error {
	pf := e.platforms[at.Platform]
	if pf == nil {
		return nil
	}
	com, room, err := e.roomAt(ctx, of, at)
	if err != nil {
		return err
	}
	m, err := e.compose(ctx, e.voiceIn(room, com, pf.Platform()), p.Say, at.Platform, 0)
	if err != nil {
		return err
	}
	return e.queueLetters(ctx, letter{To: at, Of: of, Thread: thread}, m, pf.Platform().Limits, key)
}

func (e *Engine) roomAt(ctx context.Context, of int64, at Address) (community.Community, community.Room, error) {
	com, err := e.store.Directory.Community(ctx, of)
	if err != nil {
		return com, community.Room{}, fmt.Errorf("load community: %w", err)
	}
	room, _, err := e.store.Directory.Room(ctx, at.Platform, at.Room)
	if err != nil {
		return com, room, fmt.Errorf("load room: %w", err)
	}
	return com, room, nil
}
