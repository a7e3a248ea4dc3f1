// Package bottest runs bots as people use them: an engine on a real store with its work queue, and
// chat services in memory.
package bottest

import (
	"context"
	"fmt"
	"sync"

	"guildhall/core/chat"
)

// Screen is a chat service in memory: it keeps what it was told to show.
type Screen struct {
	Info  chat.Info
	mu    sync.Mutex
	posts map[chat.MessageID]*post
	keys  map[string]chat.MessageID
	order []chat.MessageID
	rooms map[string]chat.RoomID
	Fail  []error // returned by the next sends
}

type post struct {
	at  chat.Address
	who chat.AccountID
	m   chat.Message
}

// Platform implements chat.Platform.
func (s *Screen) Platform() chat.Info { return s.Info }

// Run implements chat.Platform.
func (s *Screen) Run(ctx context.Context, _ chat.Handler) error { <-ctx.Done(); return nil }

func (s *Screen) put(at chat.Address, who chat.AccountID, m chat.Message, key chat.Key) (chat.Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Fail) > 0 {
		err := s.Fail[0]
		s.Fail = s.Fail[1:]
		if err != nil {
			return chat.Sent{}, err
		}
	}
	if id, there := s.keys[key.ID]; there {
		return chat.Sent{Message: id, Thread: chat.ThreadID("t-" + id), Stood: true}, nil
	}
	id := chat.MessageID(fmt.Sprintf("m%d", len(s.order)+1))
	s.posts[id], s.keys[key.ID] = &post{at, who, m}, id
	s.order = append(s.order, id)
	return chat.Sent{Message: id, Thread: chat.ThreadID("t-" + id)}, nil
}

// Send implements chat.Platform.
func (s *Screen) Send(_ context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	return s.put(to, "", m, key)
}

// Edit implements chat.Editor.
func (s *Screen) Edit(_ context.Context, _ chat.Address, id chat.MessageID, m chat.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.posts[id] == nil {
		return chat.ErrGone
	}
	s.posts[id].m = m
	return nil
}

// Remove implements chat.Editor.
func (s *Screen) Remove(_ context.Context, _ chat.Address, id chat.MessageID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.posts, id)
	return nil
}

// Whisper implements chat.Whisperer.
func (s *Screen) Whisper(_ context.Context, to chat.Address, who chat.AccountID, _ string, m chat.Message, key chat.Key) error {
	_, err := s.put(to, who, m, key)
	return err
}

// Shows are the posts in order, as "room/thread to: text".
func (s *Screen) Shows() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		p := s.posts[id]
		if p == nil {
			continue
		}
		line := string(p.at.Room)
		if p.at.Thread != "" {
			line += "/" + string(p.at.Thread)
		}
		if p.who != "" {
			line += " only " + string(p.who)
		}
		out = append(out, line+": "+p.m.Plain())
	}
	return out
}

// NewScreen makes a chat service. A private one shows only-you messages and opens forms; the other
// has neither, as Matrix.
func NewScreen(id chat.PlatformID, private bool) *Screen {
	return &Screen{Info: chat.Info{ID: id, Name: string(id), Prefix: "/", Private: private, Forms: private},
		posts: map[chat.MessageID]*post{}, keys: map[string]chat.MessageID{}, rooms: map[string]chat.RoomID{}}
}

// Open implements chat.Roomer.
func (s *Screen) Open(_ context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(space) + "/" + spec.Key
	if id, there := s.rooms[key]; there {
		return id, false, nil
	}
	s.rooms[key] = chat.RoomID(string(space) + "-" + spec.Name)
	return s.rooms[key], true, nil
}

// Archive implements chat.Roomer.
func (s *Screen) Archive(context.Context, chat.SpaceID, chat.RoomID) error { return nil }

// Bring implements chat.Roomer.
func (s *Screen) Bring(context.Context, chat.SpaceID, chat.RoomID, chat.AccountID) error { return nil }

// Release implements chat.Roomer.
func (s *Screen) Release(context.Context, chat.SpaceID, chat.RoomID, chat.AccountID) error {
	return nil
}

// Rooms implements chat.Roomer.
func (s *Screen) Rooms(context.Context, chat.SpaceID) ([]chat.RoomInfo, error) { return nil, nil }

// Rights implements chat.Warden: who is called mia may set up.
func (s *Screen) Rights(_ context.Context, _ chat.Address, who chat.AccountID) (chat.Rights, error) {
	return chat.Rights{Admin: who == "mia"}, nil
}

// ThreadIn is the thread that starts from a record's card in a room.
func (s *Screen) ThreadIn(room chat.RoomID, record string) (chat.Address, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.posts {
		if p.at.Room == room && p.at.Thread == "" && p.m.Record == record && p.m.Threaded {
			at := p.at
			at.Thread = chat.ThreadID("t-" + id)
			return at, true
		}
	}
	return chat.Address{}, false
}
