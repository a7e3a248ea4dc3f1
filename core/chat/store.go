package chat

import (
	"context"
	"io"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/work"
)

// Transactions runs functions in the store. See the store's own documentation: a function may be
// run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
	Savepoint(ctx context.Context, fn func(ctx context.Context) error) error
}

// Place is what is known of where an event happened and who caused it.
type Place struct {
	Space     community.Space
	Community community.Community
	Room      community.Room   // ID empty: not one of the community's
	Member    community.Member // No 0: has not acted yet
	Taken     bool             // the event was taken before
}

// Directory knows who is who and what is where.
type Directory interface {
	// Place is Space, Community, Room and Known at once, and Inbox.Taken with them; ok is false when the space
	// belongs to no community.
	Place(ctx context.Context, at Address, a AccountID, id EventID) (pl Place, ok bool, err error)
	// Space is the live space of a platform; ok is false when it belongs to no community.
	Space(ctx context.Context, p PlatformID, s SpaceID) (sp community.Space, ok bool, err error)
	// Room is a room of a community that is live in its space.
	Room(ctx context.Context, p PlatformID, r RoomID) (rm community.Room, ok bool, err error)
	Community(ctx context.Context, id int64) (community.Community, error)
	// Enter finds or makes the member that an account belongs to, and notes where it was seen.
	Enter(ctx context.Context, of int64, p PlatformID, s SpaceID, a Author, now time.Time) (m community.Member, fresh bool, err error)
	// Known is Enter for reading: ok is false when the account has not acted yet.
	Known(ctx context.Context, of int64, p PlatformID, a AccountID) (m community.Member, ok bool, err error)
	// Memberships are the communities in which an account has a member.
	Memberships(ctx context.Context, p PlatformID, a AccountID) ([]community.Community, error)
	Member(ctx context.Context, of, no int64) (community.Member, error)
	// Accounts are a member's accounts, last seen first.
	Accounts(ctx context.Context, of, no int64) ([]community.Account, error)
	// AccountsOn are the accounts of members on one platform, by member.
	AccountsOn(ctx context.Context, of int64, p PlatformID, members []int64) (map[int64]AccountID, error)
	// Find are members by name, number or account, best first.
	Find(ctx context.Context, of int64, name string, n int) ([]community.Member, error)
	Spaces(ctx context.Context, of int64) ([]community.Space, error)
	Rooms(ctx context.Context, of int64) ([]community.Room, error)
	// Map is Spaces and Rooms at once.
	Map(ctx context.Context, of int64) ([]community.Space, []community.Room, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
	// Acts is Enter for a command: it counts it and returns how many the member gave in the minute so far. What one
	// member does comes one after the other, to the end of each transaction.
	Acts(ctx context.Context, of int64, p PlatformID, s SpaceID, a Author, now time.Time) (m community.Member, fresh bool, pace int64, err error)
	// AddRoom keeps a room (again: updates it). DirectRoom and Refused note facts of an account.
	AddRoom(ctx context.Context, r community.Room) error
	// Rename follows a room that was replaced by another, with all that hangs on it.
	MoveRoom(ctx context.Context, p PlatformID, from, to RoomID) error
	CloseRoom(ctx context.Context, p PlatformID, r RoomID) error
	NoteDirect(ctx context.Context, of int64, p PlatformID, a AccountID, room RoomID, refused bool) error
	// AllowDirect notes that a person may be written to directly, or no more.
	AllowDirect(ctx context.Context, of int64, p PlatformID, a AccountID, may bool) error
}

// Inbox remembers events, so that a repeat has no second effect.
type Inbox interface {
	// Take notes an event; fresh is false when it was taken before.
	Take(ctx context.Context, e Taken) (fresh bool, err error)
	// Taken says whether an event was taken.
	Taken(ctx context.Context, p PlatformID, id EventID) (bool, error)
	// Unfinished is the answer of the same command by the same member since t whose work is not
	// finished, as it was kept.
	Unfinished(ctx context.Context, of, member int64, command string, t time.Time) (answer []byte, workKey string, ok bool, err error)
	// TakeDone is Take and Keep at once, after the effect. It writes nothing, and fresh is false, when the event was
	// taken before, and when Unfinished finds an answer of the same command since t.
	TakeDone(ctx context.Context, e Taken, t time.Time) (fresh bool, err error)
	// Keep stores the answer with its event.
	Keep(ctx context.Context, e Taken) error
	// Sweep forgets what is older than t.
	Sweep(ctx context.Context, t time.Time) error
}

// Taken is an event that was taken.
type Taken struct {
	Platform  PlatformID
	Event     EventID
	Community int64
	Member    int64
	Command   string // a digest
	WorkKey   string
	Answer    []byte
	At        time.Time
}

// Keys keeps the commands behind buttons whose line is too long for a key.
type Keys interface {
	KeepKey(ctx context.Context, key, line string, expires time.Time) error // a longer life wins; zero is for ever
	KeyLine(ctx context.Context, key string, now time.Time) (line string, ok bool, err error)
	SweepKeys(ctx context.Context, now time.Time) error
}

// Pending is a form that is open, or a question that waits for an answer.
type Pending struct {
	Key      string
	Platform PlatformID
	Account  AccountID
	Room     RoomID
	Thread   ThreadID
	Message  MessageID // of the question
	Question bool
	State    []byte // JSON
	Expires  time.Time
}

// Pendings keeps open forms and questions.
type Pendings interface {
	KeepPending(ctx context.Context, p Pending) error
	PendingForm(ctx context.Context, key string, now time.Time) (Pending, bool, error)
	// PendingQuestion is the newest question that waits for an account in a room.
	PendingQuestion(ctx context.Context, p PlatformID, a AccountID, r RoomID, now time.Time) (Pending, bool, error)
	// TakePending removes it; ok is false when it is gone already: only one can take it.
	TakePending(ctx context.Context, key string) (ok bool, err error)
	SweepPending(ctx context.Context, now time.Time) error
}

// CardRow is a live message: what shows a subject in a place.
type CardRow struct {
	Community int64
	Subject   record.Subject
	At        Address   // the room, or the thread it was made in
	Message   MessageID // empty: not posted yet
	Starts    ThreadID
	Shown     string // a digest of what it shows
	Queued    int64  // how often it was marked since it was last settled
	Round     int64  // how often it was settled
	Gone      bool   // removed by somebody: not posted again
	Posted    time.Time
	Listed    int64 // the day (since 1970) in whose list it stands instead; 0: none yet, -1: never
}

// Cards keeps live messages, and the threads that belong to records.
type Cards interface {
	// Mark asks for a card to be shown anew; fresh is true when no work is under way for it yet. round is the
	// card's.
	Mark(ctx context.Context, of int64, s record.Subject, at Address) (round int64, fresh bool, err error)
	Card(ctx context.Context, of int64, s record.Subject, at Address) (CardRow, bool, error)
	// Settle writes what was shown and begins another round; again is true when it was marked after row was read.
	Settle(ctx context.Context, row CardRow) (round int64, again bool, err error)
	// CardsOf are all live messages of a subject.
	CardsOf(ctx context.Context, of int64, s record.Subject) ([]CardRow, error)
	// Subject is what one of our messages shows.
	Subject(ctx context.Context, p PlatformID, r RoomID, m MessageID) (of int64, s record.Subject, ok bool, err error)
	// Follow notes that a thread's messages belong to a record.
	Follow(ctx context.Context, of int64, at Address, id record.ID) error
	Followed(ctx context.Context, p PlatformID, r RoomID, t ThreadID) (of int64, id record.ID, ok bool, err error)
	// Today counts the cards of records that were posted to a room since t.
	Today(ctx context.Context, of int64, p PlatformID, r RoomID, t time.Time) (int, error)
	// Unsettled says whether a room has a record's card under way that is not known to stand there; with
	// parts, what is carried into threads counts, too.
	Unsettled(ctx context.Context, of int64, p PlatformID, r RoomID, parts bool) (bool, error)
	// Listed are the records that stand in a day's list of a room, by letter and number.
	Listed(ctx context.Context, of int64, p PlatformID, r RoomID, day int64) ([]record.ID, error)
	// Unlist takes a card out of the list that it stands in, for good; day is 0 when it stood in none.
	Unlist(ctx context.Context, of int64, s record.Subject, at Address) (day int64, err error)
}

// Todos keeps what waits for a person.
type Todos interface {
	AddTodo(ctx context.Context, of, member int64, key string, message []byte, now time.Time) error
	DoneTodo(ctx context.Context, of, member int64, key string) error
	Todos(ctx context.Context, of, member int64) (messages [][]byte, err error) // oldest first
}

// Once remembers what was said once.
type Once interface {
	Once(ctx context.Context, of int64, key string, now time.Time) (first bool, err error)
}

// Counters counts who takes part in the threads that belong to records. No text is kept.
type Counters interface {
	Said(ctx context.Context, of int64, id record.ID, member int64) error
	Reacted(ctx context.Context, of int64, id record.ID, member int64, on bool) error
}

// Index is where search keeps records.
type Index interface {
	Put(ctx context.Context, of int64, d search.Doc) error
	Remove(ctx context.Context, of int64, letter string, number int64) error
}

// Queue is the work queue as the engine uses it.
type Queue interface {
	work.Queue
	// FinishKey ends an item that has not begun; done is false when it had begun or ended already. It is
	// called in a transaction or outside any; those outside that come at the same time may share one.
	FinishKey(ctx context.Context, of int64, key string) (done bool, err error)
	// Waits says whether an item of a kind stands in a lane and has not ended.
	Waits(ctx context.Context, of int64, lane, kind string) (bool, error)
}

// Blobs opens files that were kept.
type Blobs interface {
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
}

// Store is all that the engine keeps.
type Store struct {
	Transactions
	Directory Directory
	Inbox     Inbox
	Keys      Keys
	Pendings  Pendings
	Cards     Cards
	Todos     Todos
	Once      Once
	Counters  Counters // nil: nothing is counted
	Index     Index
	Queue     Queue
}
