package webchat

import (
	"slices"
	"sync"
	"time"

	"guildhall/core/chat"
)

// Store keeps the chat's own data as entries in the order in which they happened. The chat reads
// them once at start, holds what they add up to in memory, and from then on only appends.
type Store interface {
	// Read gives every entry, oldest first. An error of each ends it and is returned.
	Read(each func(Entry) error) error
	// Append keeps e. When it returns nil, e outlives the program and the machine; when it fails,
	// nothing of e is kept.
	Append(e Entry) error
	// Replace keeps these entries in place of all that were kept before. Either all of it happens or
	// nothing.
	Replace(all []Entry) error
}

// Entry is what happened at once. What it names takes the place of what had the same id before.
type Entry struct {
	Rooms  []Room         `json:"rooms,omitempty"`
	Posts  []Post         `json:"posts,omitempty"`
	Events []chat.Event   `json:"events,omitempty"` // for the engine, which has not taken them yet
	Done   []chat.EventID `json:"done,omitempty"`   // the engine has taken these
	Forms  []OpenForm     `json:"forms,omitempty"`
	Closed []string       `json:"closed,omitempty"` // forms that are no more, by key
	Files  []Upload       `json:"files,omitempty"`
	Sent   []string       `json:"sent,omitempty"` // files that belong to a message now, by token
	Seen   []Seen         `json:"seen,omitempty"`
}

// Room is a place where people write.
type Room struct {
	N        int64            `json:"n"` // when it was made; see Post
	ID       chat.RoomID      `json:"id"`
	Space    chat.SpaceID     `json:"space"`
	Key      string           `json:"key,omitempty"` // chat.RoomSpec.Key
	Name     string           `json:"name"`
	Topic    string           `json:"topic,omitempty"`
	Section  string           `json:"section,omitempty"`
	Record   string           `json:"record,omitempty"`
	Lang     string           `json:"lang,omitempty"`
	PostOnly bool             `json:"post_only,omitempty"`
	Archived bool             `json:"archived,omitempty"`
	Ours     bool             `json:"ours,omitempty"`   // the engine opened it
	Open     bool             `json:"open,omitempty"`   // everybody in the space is there but those in Out
	In       []chat.AccountID `json:"in,omitempty"`     // who is there, where it is not open
	Out      []chat.AccountID `json:"out,omitempty"`    // who was taken out, where it is open
	Direct   chat.AccountID   `json:"direct,omitempty"` // the conversation with this person alone
}

// Post is a message.
type Post struct {
	N      int64          `json:"n"` // microseconds since 1970, never the same twice: the order of all
	ID     chat.MessageID `json:"id"`
	Room   chat.RoomID    `json:"room"`
	Thread chat.ThreadID  `json:"thread,omitempty"` // the id of the message it answers
	At     time.Time      `json:"at"`
	Edited time.Time      `json:"edited,omitzero"`
	Gone   bool           `json:"gone,omitempty"` // removed: only its place is left

	// What a person wrote.
	From  chat.AccountID `json:"from,omitempty"` // empty: it is ours
	Text  string         `json:"text,omitempty"`
	Files []File         `json:"files,omitempty"`
	Nonce string         `json:"nonce,omitempty"` // the browser's name for this try; the same when it tries again

	// What we wrote.
	Message *chat.Message  `json:"message,omitempty"`
	Only    chat.AccountID `json:"only,omitempty"` // only this person sees it
	Keys    []string       `json:"keys,omitempty"` // chat.Key.ID of every message that stood here

	Reactions []Reaction `json:"reactions,omitempty"`
}

// Reaction is an emoji on a message, with who put it there, in order.
type Reaction struct {
	Emoji string           `json:"emoji"`
	Who   []chat.AccountID `json:"who"`
}

// File is a file that somebody sent.
type File struct {
	ID    string `json:"id"` // of its content, in Files
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`  // as the browser said
	Size  int64  `json:"size"`            // bytes
	Image bool   `json:"image,omitempty"` // a picture that can be shown without risk
}

// Upload is a file that was received and not sent with a message yet.
type Upload struct {
	Token string         `json:"token"`
	By    chat.AccountID `json:"by"`
	At    time.Time      `json:"at"`
	File  File           `json:"file"`
}

// OpenForm is a form that somebody has before them.
type OpenForm struct {
	For     chat.AccountID `json:"for"`
	Room    chat.RoomID    `json:"room"`
	Thread  chat.ThreadID  `json:"thread,omitempty"`
	Message chat.MessageID `json:"message,omitempty"` // the message whose button opened it
	Form    chat.Form      `json:"form"`
	At      time.Time      `json:"at"`
}

// Seen is how far somebody has read a room.
type Seen struct {
	Who  chat.AccountID `json:"who"`
	Room chat.RoomID    `json:"room"`
	N    int64          `json:"n"`
}

// Memory is a Store that forgets everything with the process: for tests, and for a look.
type Memory struct {
	mu      sync.Mutex
	entries []Entry
}

// Read implements Store.
func (m *Memory) Read(each func(Entry) error) error {
	m.mu.Lock()
	all := slices.Clone(m.entries)
	m.mu.Unlock()
	for _, e := range all {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// Append implements Store.
func (m *Memory) Append(e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = append(m.entries, e)
	return nil
}

// Replace implements Store.
func (m *Memory) Replace(all []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = slices.Clone(all)
	return nil
}
