// Package bottest runs bots as people use them: an engine on a real store, with chat services and a
// work queue in memory.
package bottest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/core/work"
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
		return chat.Sent{Message: id, Thread: chat.ThreadID("t-" + id)}, nil
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

// Queue works items in memory, in order per lane, when it is told to.
type Queue struct {
	db    *sqlstore.DB
	mu    sync.Mutex
	items []work.Item
	done  map[string]bool
	Dead  []error
}

// Add implements work.Queue.
func (q *Queue) Add(ctx context.Context, items ...work.Item) error {
	q.db.AfterCommit(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, it := range items {
			if !q.done[it.Key] && !q.has(it.Key) {
				q.items = append(q.items, it)
			}
		}
	})
	return nil
}

func (q *Queue) has(key string) bool {
	for _, it := range q.items {
		if it.Key == key {
			return true
		}
	}
	return false
}

// Drop implements work.Queue. Nothing that a test adds is dropped: its handler finds nothing to do.
func (q *Queue) Drop(context.Context, int64, ...string) error { return nil }

// FinishKey implements chat.Queue.
func (q *Queue) FinishKey(_ context.Context, _ int64, key string) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, it := range q.items {
		if it.Key == key {
			q.items = append(q.items[:i:i], q.items[i+1:]...)
			q.done[key] = true
			return true, nil
		}
	}
	return false, nil
}

// NewQueue makes an empty queue.
func NewQueue(db *sqlstore.DB) *Queue { return &Queue{db: db, done: map[string]bool{}} }

// inbox asks the Queue in memory whether an answer got through.
type inbox struct {
	sqlstore.Inbox
	q    *Queue
	kept *sync.Map
}

func (b inbox) Keep(ctx context.Context, e chat.Taken) error {
	b.kept.Store(fmt.Sprint(e.Member, e.Command), e)
	return b.Inbox.Keep(ctx, e)
}

func (b inbox) Unfinished(_ context.Context, _, member int64, command string, since time.Time) ([]byte, string, bool, error) {
	v, ok := b.kept.Load(fmt.Sprint(member, command))
	if !ok {
		return nil, "", false, nil
	}
	e := v.(chat.Taken)
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	return e.Answer, e.WorkKey, e.WorkKey != "" && b.q.has(e.WorkKey) && !e.At.Before(since), nil
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
