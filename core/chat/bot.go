package chat

import (
	"context"
	"io/fs"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Bot is how people talk to one part of the engine: what a folder of bots gives to be wired.
type Bot struct {
	Name     string
	Words    fs.FS // text/<lang>.json
	Commands []Command
	Views    []View
	Work     []Job
	Heard    []Hearing
	Ticks    []Tick
	// Shows are other live messages that show a record; they are shown anew when it changes. nil for none.
	Shows func(ctx context.Context, of int64, id record.ID) ([]record.Subject, error)
}

// View is how a kind of record is seen.
type View struct {
	Letter  byte
	Section community.Section
	// Announce says where its card appears.
	Announce Announce
	// Home is where the card of a record belongs that appears where it was made, for changes that are
	// made elsewhere; the zero Address for nowhere. nil: where the first change was made.
	Home func(ctx context.Context, of int64, id record.ID) (Address, error)
	// Follow is true when people's messages in the thread of its card belong to the record.
	Follow bool
	// Card is the shared card, or one part of the record (Look.Subject.Part), from the record as it
	// is now. ErrHidden when it must not be seen (any more): a card that stands is removed, or, for
	// a withdrawn record, give its tombstone instead.
	Card func(ctx context.Context, l Look) (Say, error)
	// Index is what search knows about the record as it is now; ok is false when it must not be found.
	Index func(ctx context.Context, of int64, id record.ID) (doc search.Doc, ok bool, err error)
	// Show is the whole record for one reader, as "show" answers, without the trail.
	Show func(ctx context.Context, c *Call, id record.ID) (Reply, error)
	// Brief is one line about it for lists and trails; ErrNoRecord when there is none, ErrHidden
	// when the reader may not see it. reader 0 is the community at large.
	Brief func(ctx context.Context, of, reader int64, id record.ID) (Brief, error)
	// Edit, Withdraw and Hide are what "edit", "withdraw" and "mod hide" do; nil where they cannot.
	// EditArgs are the arguments that edit takes for this letter.
	EditArgs []Arg
	Edit     func(ctx context.Context, c *Call, id record.ID) (Reply, error)
	// Values are what EditArgs are now, as they would be typed, for a form that shows them; a refusal
	// when the caller may not edit. nil: the form is empty, and what stays empty is left as it is.
	Values   func(ctx context.Context, c *Call, id record.ID) (Given, error)
	Withdraw func(ctx context.Context, c *Call, id record.ID, reason string) (Reply, error)
	Hide     func(ctx context.Context, c *Call, id record.ID, reason string) (Reply, error)
	// Consented is called when a member has answered (or not answered in time: ConsentNo) whether
	// their words may be kept in a part of the record, after the answer was stored.
	Consented func(ctx context.Context, of int64, s record.Subject, member int64, a community.Answer) error
	// Opened is called when a room was opened for a record of this letter; nil for nothing.
	Opened func(ctx context.Context, of int64, id record.ID, room community.Room) (Reply, error)
	// Unhide undoes Hide; nil where that cannot be.
	Unhide func(ctx context.Context, c *Call, id record.ID) (Reply, error)
	// Erase removes or pseudonymises what a member left in records of this letter.
	Erase func(ctx context.Context, of, member int64) error
	// Export gives everything of a member in records of this letter, as plain values for JSON.
	Export func(ctx context.Context, of, member int64) (any, error)
}

// Announce says where a record's card appears by itself.
type Announce int

// Where cards appear.
const (
	WhereMade     Announce = iota // where the command was used (its room; a direct message: nowhere)
	EverySection                  // the section's room of every space, subject to the space's noise
	NowhereItself                 // only where the bot says so
)

// Look is who looks at a card, and where.
type Look struct {
	Community community.Community
	Subject   record.Subject
	Lang      string
	At        Address
	Home      bool // the place is in the space where the record was made
}

// Brief is a record in one line.
type Brief struct {
	ID       record.ID
	Title    string
	State    string // a code; its word is state.<letter>.<code>
	Language string
	Kind     string
	Owner    int64 // the member it belongs to
	Detail   string
}

// Job is work of a bot that happens inside a transaction and may have something to say.
type Job struct {
	Kind string
	Run  func(ctx context.Context, it work.Item) (Reply, error) // Reply's own words are ignored: use Also
	// Prepare, when set, runs before, outside the transaction, for what needs the network (no limit
	// but the kind's timeout); its result is given in ctx to Run by Prepared(ctx).
	Prepare func(ctx context.Context, it work.Item) (any, error)
	// Paged: the schedules of this kind are queued many to an item; see work.Items.
	Paged bool
}

// Tick is a bot's regular upkeep, per community, from a cron line written in code.
type Tick struct {
	Name string
	Cron string // five fields, UTC
	Run  func(ctx context.Context, of int64) (Reply, error)
}

// Hearing is what a bot wants to hear besides its commands.
type Hearing struct {
	// Letter: messages, edits and deletions in threads of records of this letter. 0: edits and
	// deletions of any message that Guildhall holds something of (Gone).
	Letter byte
	// Within chooses rooms that are heard whole: messages in and outside threads, besides those that
	// Letter stands for. Whoever writes there does not become a member by it (c.Member may be zero).
	// nil: none.
	Within func(r community.Room) bool
	// Heard is called inside the transaction for each message that is no command. It returns
	// Nothing() when it has nothing to say.
	Heard func(ctx context.Context, c *Call) (Reply, error)
	// Changed is called when a message was edited (c.Event.Kind Edited, with the new Text) or
	// deleted, wherever it was; the bot looks whether it holds something of it (c.Source()).
	Changed func(ctx context.Context, c *Call) (Reply, error)
	// Entered is called when we came into a room (c.Room is zero where no community has it).
	Entered func(ctx context.Context, c *Call) (Reply, error)
	// First is called after a member's first action, in its transaction.
	First func(ctx context.Context, c *Call) (Reply, error)
}

// ErrHidden says that a record must not be shown.
var ErrHidden = text.Refuse("chat.hidden", nil)

// NoRecord is the refusal for an id that stands for nothing here.
func NoRecord(id record.ID) error {
	return text.Refuse("chat.no_record", text.Args{"id": id.String()})
}

// AskConsent asks a member whether their words may be kept in s: [Always] [Yes] [Without my name]
// [No]. key says who wants to keep what; the answers come back through View.Consented. Use it when
// community.Consents.Ask said that the member has to be asked. at is where they are mentioned when
// they cannot be written to; the zero ID for nowhere.
func AskConsent(member int64, s record.Subject, key string, args text.Args, at record.ID) Post {
	say := Say{Lines: []Phrase{{key, args}}, Record: s.ID}
	if s.ID.Letter != 0 {
		say.Buttons = append(say.Buttons, Press{Command: "show", Given: ID(s.ID)})
	}
	for _, a := range []community.Answer{community.ConsentAlways, community.ConsentYes, community.ConsentUnnamed, community.ConsentNo} {
		say.Buttons = append(say.Buttons, Press{Command: "consent", Given: Given{"subject": s.String(), "answer": string(a)},
			Label: "chat.consent." + string(a)})
	}
	return Post{To: To{Member: member, Thread: at}, Say: say, Key: "consent/" + s.String(), Todo: "consent/" + s.String()}
}
