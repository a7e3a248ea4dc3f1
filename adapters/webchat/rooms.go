package webchat

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Open implements chat.Roomer. A collaboration's room is for those who are brought in; any other is
// open to everybody in the space.
func (p *Platform) Open(_ context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.space(space) == nil {
		return "", false, fmt.Errorf("open a room in the space %q: %w", space, chat.ErrGone)
	}
	for _, r := range p.world.rooms {
		if r.Space == space && r.Key == spec.Key && spec.Key != "" {
			return r.ID, false, nil
		}
	}
	r := Room{N: p.next(), Space: space, Key: spec.Key, Name: p.roomName(space, spec.Name), Topic: text.Clean(spec.Topic, 250),
		Section: spec.Section, Record: spec.Record, Lang: spec.Lang, PostOnly: spec.PostOnly, Ours: true, Open: spec.Record == ""}
	r.ID = chat.RoomID(shortID("r", r.N))
	if err := p.commit(Entry{Rooms: []Room{r}}); err != nil {
		return "", false, err
	}
	return r.ID, true, nil
}

// Archive implements chat.Roomer. Only rooms that the engine opened can be archived.
func (p *Platform) Archive(_ context.Context, space chat.SpaceID, room chat.RoomID) error {
	return p.change(space, room, func(r *Room) error {
		if !r.Ours {
			return fmt.Errorf("archive a room that we did not open: %w", chat.ErrRefused)
		}
		r.Archived = true
		return nil
	})
}

// Bring implements chat.Roomer.
func (p *Platform) Bring(_ context.Context, space chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	return p.move(space, room, who, true)
}

// Release implements chat.Roomer.
func (p *Platform) Release(_ context.Context, space chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	return p.move(space, room, who, false)
}

// move brings a person into a room or takes them out.
func (p *Platform) move(space chat.SpaceID, room chat.RoomID, who chat.AccountID, in bool) error {
	persona := p.personas[who]
	if persona == nil || !persona.in(space) {
		return fmt.Errorf("%q is not in the space: %w", who, chat.ErrRefused)
	}
	return p.change(space, room, func(r *Room) error {
		if r.Open {
			r.Out = without(r.Out, who)
			if !in {
				r.Out = append(r.Out, who)
			}
			return nil
		}
		r.In = without(r.In, who)
		if in {
			r.In = append(r.In, who)
		}
		return nil
	})
}

func without(list []chat.AccountID, who chat.AccountID) []chat.AccountID {
	return slices.DeleteFunc(slices.Clone(list), func(a chat.AccountID) bool { return a == who })
}

// change replaces a room by what do makes of it; a change that changes nothing is left out.
func (p *Platform) change(space chat.SpaceID, id chat.RoomID, do func(*Room) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.world.rooms[id]
	if was == nil || was.Space != space || was.Direct != "" {
		return fmt.Errorf("the room %q: %w", id, chat.ErrGone)
	}
	now := *was
	if err := do(&now); err != nil {
		return err
	}
	if now.Archived == was.Archived && slices.Equal(now.In, was.In) && slices.Equal(now.Out, was.Out) {
		return nil
	}
	return p.commit(Entry{Rooms: []Room{now}})
}

// Rooms implements chat.Roomer.
func (p *Platform) Rooms(_ context.Context, space chat.SpaceID) ([]chat.RoomInfo, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.space(space) == nil {
		return nil, fmt.Errorf("the space %q: %w", space, chat.ErrGone)
	}
	var out []chat.RoomInfo
	for _, r := range p.roomsOf(space) {
		if !r.Archived {
			out = append(out, chat.RoomInfo{ID: r.ID, Name: r.Name, Private: !r.Open, Joined: true})
		}
	}
	return out, nil
}

// roomsOf are the rooms of a space in the order in which people see them: the lobby and rooms that
// people made, the sections, then collaborations. Conversations with one person are not among them.
func (p *Platform) roomsOf(space chat.SpaceID) []*Room {
	var out []*Room
	for _, r := range p.world.rooms {
		if r.Space == space && r.Direct == "" {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Room) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.N, b.N))
	})
	return out
}

// sections in the order of the sidebar.
var sections = []string{"communication", "sharing", "collaboration", "cooperation", "news"}

func (r *Room) rank() int {
	if r.Record != "" {
		return len(sections) + 1
	}
	if i := slices.Index(sections, r.Section); i >= 0 {
		return i + 1
	}
	return 0
}

func notInNames(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }

// roomName fits a name to the chat's rule: small letters and digits with dashes between, at most 60,
// each once in a space.
func (p *Platform) roomName(space chat.SpaceID, name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToLower(text.Clean(name, 0)), notInNames), "-")
	if short := []rune(name); len(short) > 60 {
		name = strings.Trim(string(short[:60]), "-")
	}
	if name == "" {
		name = "room"
	}
	taken := map[string]bool{}
	for _, r := range p.world.rooms {
		if r.Space == space {
			taken[r.Name] = true
		}
	}
	free := name
	for i := 2; taken[free]; i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	return free
}

// Rights implements chat.Warden.
func (p *Platform) Rights(_ context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	s := p.space(at.Space)
	if s == nil {
		return chat.Rights{}, fmt.Errorf("the space %q: %w", at.Space, chat.ErrGone)
	}
	r := chat.Rights{Name: s.Name}
	for _, persona := range p.opts.Personas {
		if persona.in(s.ID) {
			r.Count++
		}
	}
	if persona := p.personas[who]; persona != nil {
		r.Admin = persona.admin(s.ID)
	}
	return r, nil
}

// Link implements chat.Linker.
func (p *Platform) Link(at chat.Address, msg chat.MessageID) string {
	if p.opts.URL == "" {
		return ""
	}
	q := url.Values{"room": {string(at.Room)}}
	if at.Thread != "" {
		q.Set("thread", string(at.Thread))
	}
	return p.opts.URL + "?" + q.Encode() + "#" + string(msg)
}

// Refresh implements chat.Homer.
func (p *Platform) Refresh(ctx context.Context, _ chat.SpaceID, who chat.AccountID, m chat.Message) error {
	if p.personas[who] == nil {
		return fmt.Errorf("the page of %q: %w", who, chat.ErrGone)
	}
	p.begin()
	defer p.end()
	m, err := p.take(ctx, m)
	if err != nil {
		return fmt.Errorf("take the page's files: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.homes[who]
	p.loose = append(p.loose, contents(nil, &was)...)
	p.homes[who] = m
	p.live.publish([]change{{kind: homeChanged, only: who}})
	return nil
}
