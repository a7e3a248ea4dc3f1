package webchat

import (
	"cmp"
	"slices"
	"time"

	"guildhall/core/chat"
)

// world is what all entries add up to. It is guarded by Platform.mu; what it points to is never
// changed once it is there, only replaced.
type world struct {
	last    int64 // the highest N so far
	rooms   map[chat.RoomID]*Room
	posts   map[chat.MessageID]*Post
	order   map[place][]chat.MessageID // oldest first
	keys    map[string]chat.MessageID  // by chat.Key.ID
	nonces  map[string]chat.MessageID  // by account and nonce
	pending map[chat.RoomID][]chat.Event
	forms   map[string]*OpenForm
	uploads map[string]*Upload
	seen    map[reader]int64
}

// place is a room's main list, or a thread.
type place struct {
	room   chat.RoomID
	thread chat.ThreadID
}

type reader struct {
	who  chat.AccountID
	room chat.RoomID
}

func newWorld() *world {
	return &world{
		rooms: map[chat.RoomID]*Room{}, posts: map[chat.MessageID]*Post{}, order: map[place][]chat.MessageID{},
		keys: map[string]chat.MessageID{}, nonces: map[string]chat.MessageID{}, pending: map[chat.RoomID][]chat.Event{},
		forms: map[string]*OpenForm{}, uploads: map[string]*Upload{}, seen: map[reader]int64{},
	}
}

// apply lets e have happened.
func (w *world) apply(e Entry) {
	for _, r := range e.Rooms {
		w.rooms[r.ID] = &r
		w.last = max(w.last, r.N)
	}
	for _, p := range e.Posts {
		w.put(p)
	}
	for _, ev := range e.Events {
		room := ev.Where.Room
		if !slices.ContainsFunc(w.pending[room], func(other chat.Event) bool { return other.ID == ev.ID }) {
			w.pending[room] = append(w.pending[room], ev)
		}
	}
	for _, id := range e.Done {
		w.done(id)
	}
	for _, f := range e.Forms {
		w.forms[f.Form.Key] = &f
	}
	for _, key := range e.Closed {
		delete(w.forms, key)
	}
	for _, u := range e.Files {
		w.uploads[u.Token] = &u
	}
	for _, token := range e.Sent {
		delete(w.uploads, token)
	}
	for _, s := range e.Seen {
		at := reader{s.Who, s.Room}
		w.seen[at] = max(w.seen[at], s.N)
	}
}

func (w *world) put(p Post) {
	if w.posts[p.ID] == nil {
		at := place{p.Room, p.Thread}
		w.order[at] = append(w.order[at], p.ID)
	}
	w.posts[p.ID] = &p
	w.last = max(w.last, p.N)
	for _, k := range p.Keys {
		w.keys[k] = p.ID
	}
	if p.Nonce != "" {
		w.nonces[string(p.From)+"/"+p.Nonce] = p.ID
	}
}

func (w *world) done(id chat.EventID) {
	for room, list := range w.pending {
		i := slices.IndexFunc(list, func(ev chat.Event) bool { return ev.ID == id })
		if i < 0 {
			continue
		}
		// A new list: a worker may still read the old one.
		rest := append(slices.Clone(list[:i]), list[i+1:]...)
		if len(rest) == 0 {
			delete(w.pending, room)
		} else {
			w.pending[room] = rest
		}
		return
	}
}

// What is kept for how long, when the journal is compacted.
const (
	keepUploads = 24 * time.Hour // files that were not sent with anything
	keepForms   = 24 * time.Hour
	// An event that the engine did not take for so long is dropped: the engine remembers events for
	// two days, and beyond that could not tell whether it has taken this one.
	keepEvents = 40 * time.Hour
)

// snapshot is the world as entries, without what nobody needs any more.
func (w *world) snapshot(now time.Time) []Entry {
	first := Entry{}
	for _, r := range w.rooms {
		first.Rooms = append(first.Rooms, *r)
	}
	slices.SortFunc(first.Rooms, func(a, b Room) int { return cmp.Compare(a.N, b.N) })
	for _, f := range w.forms {
		if now.Sub(f.At) < keepForms {
			first.Forms = append(first.Forms, *f)
		}
	}
	for _, u := range w.uploads {
		if now.Sub(u.At) < keepUploads {
			first.Files = append(first.Files, *u)
		}
	}
	for at, n := range w.seen {
		first.Seen = append(first.Seen, Seen{Who: at.who, Room: at.room, N: n})
	}
	for _, list := range w.pending {
		for _, ev := range list {
			if now.Sub(ev.At) < keepEvents {
				first.Events = append(first.Events, ev)
			}
		}
	}
	return append([]Entry{first}, w.pages()...)
}

// pages are all messages, some to an entry, oldest first.
func (w *world) pages() []Entry {
	const page = 100
	var posts []Post
	for _, p := range w.posts {
		if !p.Gone || p.Only == "" {
			posts = append(posts, *p)
		}
	}
	slices.SortFunc(posts, func(a, b Post) int { return cmp.Compare(a.N, b.N) })
	var out []Entry
	for some := range slices.Chunk(posts, page) {
		out = append(out, Entry{Posts: some})
	}
	return out
}

// holds says whether a message, or a file that was given with a command or waits to be sent, has the
// content.
func (w *world) holds(content string) bool {
	for _, u := range w.uploads {
		if u.File.ID == content {
			return true
		}
	}
	for _, p := range w.posts {
		if has(p.contents(), content) {
			return true
		}
	}
	return false
}

// contents are the ids of all contents that a message holds.
func (p *Post) contents() []string { return contents(p.Files, p.Message) }

func contents(files []File, m *chat.Message) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.ID)
	}
	if m == nil {
		return out
	}
	for _, a := range m.Files {
		out = append(out, a.SHA256)
	}
	if m.Picture != nil {
		out = append(out, m.Picture.File.SHA256)
	}
	return out
}

// ours says whether the engine wrote it.
func (p *Post) ours() bool { return p.From == "" }

// starts is the thread that begins with p: every message of a room can have one.
func (p *Post) starts() chat.ThreadID {
	if p.Thread != "" || p.Only != "" {
		return ""
	}
	return chat.ThreadID(p.ID)
}

// emptied is p as it is kept after it was removed.
func (p *Post) emptied() Post {
	return Post{N: p.N, ID: p.ID, Room: p.Room, Thread: p.Thread, At: p.At, From: p.From, Nonce: p.Nonce,
		Only: p.Only, Keys: p.Keys, Gone: true}
}

// has says whether who is in the room.
func (r *Room) has(who *Persona) bool {
	switch {
	case r.Direct != "":
		return r.Direct == who.Account
	case !who.in(r.Space):
		return false
	case r.Open:
		return !has(r.Out, who.Account)
	}
	return has(r.In, who.Account)
}

// shown are the messages of a place that who sees, oldest first. A removed message stands there for
// as long as others answered it.
func (w *world) shown(at place, who chat.AccountID) []*Post {
	var out []*Post
	for _, id := range w.order[at] {
		if p := w.posts[id]; w.sees(p, who) {
			out = append(out, p)
		}
	}
	return out
}

func (w *world) sees(p *Post, who chat.AccountID) bool {
	if p.Only != "" && p.Only != who {
		return false
	}
	return !p.Gone || p.Only == "" && p.Thread == "" && w.replies(p, who) > 0
}

// replies counts what who sees in the thread of p.
func (w *world) replies(p *Post, who chat.AccountID) (n int) {
	for _, id := range w.order[place{p.Room, chat.ThreadID(p.ID)}] {
		if r := w.posts[id]; !r.Gone && (r.Only == "" || r.Only == who) {
			n++
		}
	}
	return n
}

// unread counts what others wrote in a room, outside threads, since who last looked.
func (w *world) unread(room chat.RoomID, who chat.AccountID) (n int) {
	since := w.seen[reader{who, room}]
	list := w.order[place{room: room}]
	for i := len(list) - 1; i >= 0; i-- {
		p := w.posts[list[i]]
		if p.N <= since {
			break
		}
		if !p.Gone && p.From != who && (p.Only == "" || p.Only == who) {
			n++
		}
	}
	return n
}
