package chat

import "time"

// The ids of a chat service are opaque: made and read by one adapter only.
type (
	PlatformID string // an adapter's name in this program, such as "webchat" or "matrix"
	EventID    string // unique per platform; the same for each repeat of an event
	SpaceID    string
	RoomID     string
	ThreadID   string // unique within its room
	MessageID  string // unique within its room
	AccountID  string // unique per platform
)

// Address is a place in a chat: a room, or a thread in it when Thread is not empty.
type Address struct {
	Platform PlatformID
	Space    SpaceID // empty in direct messages where the service has no space there
	Room     RoomID
	Thread   ThreadID
}

// IsZero says whether the address names no room.
func (a Address) IsZero() bool { return a.Room == "" }

// Parent is the room itself, without the thread.
func (a Address) Parent() Address { a.Thread = ""; return a }

// EventKind says what happened.
type EventKind string

// What can happen. For each, the fields of Event that are filled besides ID, Kind, At and From.
const (
	// Said: someone wrote Text, with Files, as Message in Where. Addressed is true when it was
	// meant for us (a prefix, a mention, or any direct message); Text is then without prefix and
	// mention. Target is the message replied to, if any. Every message of a room that the service
	// shows us is given; the engine keeps only what concerns a command or a followed thread.
	Said EventKind = "said"
	// Invoked: a slash or native command. Either Text holds the whole line after the prefix ("collab
	// open …"), or Command its path and Given its typed arguments. Target as in Said.
	Invoked EventKind = "invoked"
	// Acted: a message action (shortcut, context menu) Command on Target.
	Acted EventKind = "acted"
	// Pressed: button Key on Message. Chosen holds what was chosen where the button is a menu.
	Pressed EventKind = "pressed"
	// Submitted: form Key with Given, and Files by field in GivenFiles.
	Submitted EventKind = "submitted"
	// Reacted and Unreacted: emoji Reaction (the plain Unicode emoji without variation selectors)
	// on Target.
	Reacted   EventKind = "reacted"
	Unreacted EventKind = "unreacted"
	// Edited: the person changed Message to Text (and Files); EventID differs for each edit.
	// Deleted: the person, or a moderator of the room, removed Message. A service's own expiry of
	// old messages is never given.
	Edited  EventKind = "edited"
	Deleted EventKind = "deleted"
	// Entered: we were brought into Where (by From, where known). Left: we are no more there.
	Entered EventKind = "entered"
	Left    EventKind = "left"
	// Moved: the room Where was replaced by room Text (Matrix: tombstone).
	Moved EventKind = "moved"
)

// Event is one thing that happened on a platform.
type Event struct {
	ID      EventID
	Kind    EventKind
	At      time.Time // as the service says, else when it was received
	Where   Address
	Direct  bool   // Where is a conversation with this person alone
	Hidden  bool   // Where is encrypted end to end
	Named   string // the room's name, where the service sends it with the event
	From    Author
	Message MessageID

	Text       string
	Addressed  bool
	Command    string
	Given      Given
	Chosen     []string
	Files      []FileRef
	GivenFiles map[string][]FileRef
	Key        string
	Reaction   string
	Target     *Target

	// Can tells what the acknowledgement of this event can carry. What it cannot carry, or what the
	// adapter fails to deliver with it, the queue sends afterwards.
	Can Carry
	// Via is the adapter's own handle for answering this event (a response address, an interaction's
	// token); it is kept with a private answer and given back to Whisper. It may be secret, is never
	// logged, and may be useless after minutes.
	Via string
}

// Carry is what an acknowledgement can carry.
type Carry struct {
	Answer bool // an only-you message
	Form   bool // a form, opened at once
}

// Author is who caused an event.
type Author struct {
	Account AccountID // empty when unknown
	Name    string
	Locale  string // BCP 47, as the service says; empty when it does not
	Zone    string // IANA
	Bot     bool   // a program: the engine ignores it
}

// Target is the message that a command is about. Text, From and Files are filled when the service
// sends them with the event; else the engine reads them through Reader where it needs them.
type Target struct {
	Where   Address // of the message; its Thread when the message stands in one
	Message MessageID
	Text    string
	From    Author
	At      time.Time
	Files   []FileRef
	Starts  ThreadID // the thread that starts from this message, when there is one
}

// FileRef is a file as a platform refers to it; the engine hands it back to Download.
type FileRef struct {
	ID   string // opaque; with whatever the adapter needs to fetch and decrypt it
	Name string
	Type string // as claimed by the sender
	Size int64  // bytes, as claimed; 0 when unknown
}

// Given are a command's arguments by name as they are typed or chosen, before they are understood.
// Several values of one argument are separated by commas.
type Given map[string]string

// With is a copy of g in which name has value.
func (g Given) With(name, value string) Given {
	out := make(Given, len(g)+1)
	for k, v := range g {
		out[k] = v
	}
	out[name] = value
	return out
}
