package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Platform is a chat service as the engine sees it. An adapter may also implement the optional
// interfaces of this file; the engine asks for each by a type assertion.
type Platform interface {
	// Platform tells what the service is called and can take. It may be called at any time.
	Platform() Info

	// Run receives events until ctx ends and gives each to h, in order per room. It reconnects by
	// itself and returns only when ctx ends (nil) or when going on is pointless, such as a revoked
	// token (ErrGone). It must acknowledge an event to the service only after h.Handle has returned
	// nil: by then the event and its reply are durable. Handle fails only when the store does, never
	// for what a person or a bot did wrong. An event may be given again; Handle recognises it.
	// Events of different rooms may be given at the same time.
	Run(ctx context.Context, h Handler) error

	// Send posts m to a room or thread and returns what the service made of it. key is the same for
	// every try of the same message: a service that can drop a repeated key must be told it; one that
	// cannot is asked whether the message is there before a repeat (again is true when an earlier
	// try had an unknown outcome). Errors: *RetryAfter (the service said when), ErrGone (room or
	// token is no more), ErrRefused (the service will never take this message; the cause is for the
	// log); anything else is tried again.
	Send(ctx context.Context, to Address, m Message, key Key) (Sent, error)
}

// Key identifies one message over all its tries.
type Key struct {
	ID    string // printable ASCII, at most 25 bytes
	Again bool   // an earlier try may have reached the service
}

// Sent is a message that a service has taken.
type Sent struct {
	Message MessageID
	Thread  ThreadID // the thread that starts from it; empty when the service has none
	Stood   bool     // an earlier try had posted it: it may show what was so then
}

// Info describes a platform.
type Info struct {
	ID     PlatformID
	Name   string // as people call it: "Slack", "web chat"
	Prefix string // what people type before a command, such as "/" or "!"; shown in hints
	Limits Limits
	// Private says that an only-you message can be shown in a room. Where it is false the engine
	// answers in the command's own thread, and in a direct message what is personal.
	Private bool
	// Unanswered says that nothing can be shown to one person alone in answer to a reaction.
	Unanswered bool
	// LeaveFirst says that a person may be written to directly only after they said so.
	LeaveFirst bool
	// Forms says that OpenForm works; else missing arguments are asked for one by one in a thread.
	Forms bool
	// Reserved are first words that the service keeps for itself; a command may not be called so.
	Reserved []string
}

// Limits are a service's limits; 0 means none. Texts are counted in graphemes, which is never more
// than code points: an adapter whose service counts otherwise gives a smaller number.
type Limits struct {
	Message    int // all text of one message
	Title      int
	Text       int // one paragraph
	FieldName  int
	FieldValue int
	Fields     int
	Rows       int   // of a list
	Buttons    int   // of a message, all rows together
	Label      int   // of a button
	Options    int   // of a menu
	FileBytes  int64 // of one file sent
	Inputs     int   // of a form
	Step       int   // inputs of a form that are shown at once: what is more is asked for in further steps
}

// Handler is the engine as a platform sees it.
type Handler interface {
	// Handle takes an event. It returns an error only when the event could not be made durable. The
	// Answer may then carry a sentence saying that nothing was saved: an event that has a person
	// waiting (Can.Answer) may be acknowledged with it; any other must not be acknowledged.
	Handle(ctx context.Context, ev Event) (Answer, error)
	// Complete offers values for an argument that is being typed, best first, at most 25.
	Complete(ctx context.Context, ev Event, command, arg, partial string) ([]Option, error)
	// Commands is the table that help, forms, manifests and registrations are made from, with its
	// words in lang, as far as from may use it.
	Commands(lang string) []CommandInfo
	// Home is what a member sees on a page of their own (an app's home tab).
	Home(ctx context.Context, ev Event) (Message, error)
}

// Answer is what the acknowledgement of an event should carry, as far as Event.Can says it can.
type Answer struct {
	Message *Message // only for the person; nil for none
	Key     Key      // of Message
	Form    *Form
	// Replace says that Message takes the place of the private message whose button was pressed.
	Replace bool
	// Delivered must be called once the service has taken the message; else the queue sends it
	// again after a few seconds. Nil when there is nothing to deliver.
	Delivered func(ctx context.Context, s Sent) error `json:"-"`
}

// Editor changes messages of ours.
type Editor interface {
	// Edit replaces what a message shows. Doing it twice does no harm. Errors as for Send; ErrGone
	// when the message is no more.
	Edit(ctx context.Context, at Address, msg MessageID, m Message) error
	// Remove deletes a message of ours; that it is gone already is no error.
	Remove(ctx context.Context, at Address, msg MessageID) error
}

// Whisperer shows a message to one person in a room.
type Whisperer interface {
	// Whisper shows m in room to who only. via is the Event.Via of what is answered, perhaps too
	// old to be of use. Errors as for Send.
	Whisper(ctx context.Context, to Address, who AccountID, via string, m Message, key Key) error
}

// Director opens conversations with one person.
type Director interface {
	// Direct finds or opens the conversation with who. The same one is returned each time.
	// ErrRefused when the person does not take messages.
	Direct(ctx context.Context, space SpaceID, who AccountID) (Address, error)
}

// FormOpener opens a form outside an acknowledgement, with the Via of the event.
type FormOpener interface {
	OpenForm(ctx context.Context, who AccountID, via string, f Form) error
}

// RoomSpec is a room to be opened.
type RoomSpec struct {
	Key      string // the same for every try; look for it (alias, name, topic) before making a room
	Name     string // as people should read it; the adapter fits it to the service's rules
	Topic    string
	Section  string // which section it belongs to ("communication", …, "news", or "collaboration" for a collaboration's room)
	Record   string // the collaboration's id, or empty
	Lang     string
	PostOnly bool // only we write there
	// Near is the room of the section in that space, where there is one: a service that has no place for
	// another room may put it there. The engine fills it in.
	Near RoomID
	// Community is what the community is called, for a service that makes a space of its own for the
	// rooms; the engine fills it in.
	Community string
}

// Roomer opens, fills and closes rooms.
type Roomer interface {
	// Open finds (by Key) or makes a room and returns its id and whether it was made now.
	Open(ctx context.Context, space SpaceID, spec RoomSpec) (RoomID, bool, error)
	// Archive closes a room that we opened: readable, no more posting. Twice does no harm.
	Archive(ctx context.Context, space SpaceID, room RoomID) error
	// Bring brings a person into a room; one who is there already is no error.
	Bring(ctx context.Context, space SpaceID, room RoomID, who AccountID) error
	// Release takes a person out of a room again; one who is not there is no error.
	Release(ctx context.Context, space SpaceID, room RoomID, who AccountID) error
	// Rooms lists the rooms of a space that we can see, for setup.
	Rooms(ctx context.Context, space SpaceID) ([]RoomInfo, error)
}

// RoomInfo is a room as a service describes it.
type RoomInfo struct {
	ID        RoomID
	Name      string
	Private   bool
	Encrypted bool
	Joined    bool // we can read and write there
}

// Reader reads back what people wrote.
type Reader interface {
	// Thread lists the messages of a thread (or, without Thread, that hang together with msg), oldest
	// first, at most 200, without our own. ErrGone when it is no more.
	Thread(ctx context.Context, at Address, msg MessageID) ([]Target, error)
	// Message reads one message.
	Message(ctx context.Context, at Address, msg MessageID) (Target, error)
}

// Downloader fetches a file that people sent.
type Downloader interface {
	Download(ctx context.Context, f FileRef) (io.ReadCloser, error)
}

// Rights tell what a person may do in a space on the platform.
type Rights struct {
	Admin bool   // may set up Guildhall there
	Count int    // people in the space; 0 when unknown
	Name  string // of the space
}

// Warden knows what people may do on the platform.
type Warden interface {
	Rights(ctx context.Context, at Address, who AccountID) (Rights, error)
}

// Publisher registers the command table with the service.
type Publisher interface {
	// Publish is called at start and when the table may have changed; it does nothing when the
	// service has it already. byLang has every catalogue language.
	Publish(ctx context.Context, byLang map[string][]CommandInfo) error
}

// Deaf says that a service shows us what people write only where it is meant for us: the messages of a
// thread come without their words, and are not worth listing.
type Deaf interface{ Deaf() bool }

// Adviser has something to say to whoever sets up a space: what would work better with a setting of the
// service. Each sentence stands for itself, in the language asked for or in English.
type Adviser interface {
	Advice(lang string) []string
}

// Shelver knows which rooms are shelves: in them each message is a post of its own that is found again
// by its title, such as a forum's. Every record of the section has its card there, besides where it was
// made.
type Shelver interface {
	// Shelf says whether a room is one. It answers from what is known already, and asks nobody.
	Shelf(room RoomID) bool
}

// Adopter takes a room that was there before into a space, where the service has something that holds
// rooms together. Whatever it may not do it says in the room itself.
type Adopter interface {
	// Adopt is done again after an unknown outcome; twice does no harm. community is what the
	// community is called.
	Adopt(ctx context.Context, space SpaceID, room RoomID, community string) error
}

// Forgetter knows a service that hides what people wrote after a while.
type Forgetter interface {
	// Forgets says after how long, counted from the day it was written; 0: never.
	Forgets(ctx context.Context, space SpaceID) (time.Duration, error)
}

// Linker makes permalinks.
type Linker interface {
	Link(at Address, msg MessageID) string // empty when there is none
}

// Homer shows a person's own page again after something on it changed.
type Homer interface {
	Refresh(ctx context.Context, space SpaceID, who AccountID, m Message) error
}

// Checker is asked by doctor.
type Checker interface {
	// Check tries the credentials and permissions and returns one sentence for each thing that is
	// wrong, saying what to do; none when all is well.
	Check(ctx context.Context) []string
}

// Inviter tells how to add us to another space of this platform.
type Inviter interface {
	Invite() (text, url string)
}

// ErrGone says that a room, a message or a token is no more.
var ErrGone = errors.New("gone")

// ErrRefused says that the service will never take this.
var ErrRefused = errors.New("refused by the service")

// RetryAfter says when the service wants to be asked again. It is Narrow when that concerns less than the
// budget (see Pacer) that the message counts against, such as one room alone.
type RetryAfter struct {
	After  time.Duration
	Cause  error
	Narrow bool
}

func (e *RetryAfter) Error() string { return fmt.Sprintf("asked to wait %s: %v", e.After, e.Cause) }
func (e *RetryAfter) Unwrap() error { return e.Cause }

// UnknownOutcome marks an error after which the message may or may not have reached the service.
type UnknownOutcome struct{ Cause error }

func (e *UnknownOutcome) Error() string { return "outcome unknown: " + e.Cause.Error() }
func (e *UnknownOutcome) Unwrap() error { return e.Cause }
