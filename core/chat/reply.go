package chat

import (
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Say is what is to be said, by key; the engine chooses the words for whoever reads it.
type Say struct {
	Kind     MessageKind
	Title    Phrase
	Lines    []Phrase // paragraphs
	Quote    []string // what a person wrote, one paragraph each; never parsed
	Fields   []Fact
	List     []Item
	Numbered bool
	From     int // the first number of a numbered list less one
	Files    []Attachment
	Picture  *Picture
	Notes    []Phrase
	Buttons  []Press
	Menus    []Choose
	Speaker  string
	Record   record.ID
	Ping     []int64 // members to be notified, where they have an account in the place
	Threaded bool
	Pin      bool
	Waiting  bool // what waits for the reader is listed, too
}

// Phrase is a text by key with its arguments. A Phrase without Key is left out.
type Phrase struct {
	Key  string
	Args text.Args
}

// P makes a phrase.
func P(key string, args text.Args) Phrase { return Phrase{Key: key, Args: args} }

// Fact is a field: a label by key, and a value.
type Fact struct {
	Label string // key
	Value Phrase // by key, or
	Plain string // as it is
}

// Item is a line of a list.
type Item struct {
	Text    Phrase
	Detail  Phrase
	Buttons []Press
}

// Press is a button: a command with arguments already filled in.
type Press struct {
	Command string
	Given   Given
	Label   string    // key of the label; empty: <command's Text>.button
	Args    text.Args // for the label; "id" is taken from Given when it is not set
	Style   Style
	URL     string // opens a page instead
	Emoji   string
	On      *About // the message that Command is then about; nil for none
}

// Choose is a menu: choosing presses Command with Given and the choice as argument Arg.
type Choose struct {
	Command string
	Given   Given
	Arg     string
	Label   string // key
	Options []Pick
	Many    bool
}

// Pick is one option of a menu.
type Pick struct {
	Value string
	Label Phrase // by key, or
	Plain string
	On    bool
}

// Visibility says who sees a reply.
type Visibility int

// Who sees a reply.
const (
	// OnlyYou: the caller alone (where the platform cannot, in the command's own thread).
	OnlyYou Visibility = iota
	// ThisThread: in the thread where the command was used, else in its message's thread.
	ThisThread
	// TheRoom: as a message of the room.
	TheRoom
	// Personal: the caller alone, and by direct message where the platform has no private answers.
	Personal
	// Silent: nothing is said (a reaction that had its effect elsewhere).
	Silent
)

// Reply is what a command answers, and what else is to be said because of it.
type Reply struct {
	Visibility Visibility
	Say
	Also    []Post
	Done    []Todo     // to-dos that are settled by this
	Rooms   []OpenRoom // rooms to be opened
	Close   []CloseRoom
	Bring   []BringTo
	Cards   []CardAt // live messages to be shown, or shown anew, where nothing else asks for it
	Form    *FormFor // ask for these arguments instead of answering
	Replace bool     // takes the place of the private message whose button was pressed
}

// OpenRoom asks for a room in one space. View.Opened is called once it is there.
type OpenRoom struct {
	Platform PlatformID
	Space    SpaceID
	Spec     RoomSpec
	Sections []community.Section
	// Room, when set, is there already: it is kept and greeted, not opened.
	Room      RoomID
	Encrypted bool   // Room is
	Show      string // a subject whose card belongs there, once the room is kept
}

// CardAt is a place for a subject's live message.
type CardAt struct {
	Subject record.Subject
	At      Address
}

// CloseRoom asks for a room that Guildhall opened to be archived; any other is left alone.
type CloseRoom struct {
	Platform PlatformID
	Room     RoomID
	At       time.Time // zero: now
}

// BringTo brings a member into a room (or out of it), in the spaces where they have an account.
type BringTo struct {
	Member int64
	Record record.ID // into the rooms that were opened for this record
	Out    bool
}

// Todo names something that waits for a person.
type Todo struct {
	Member int64
	Key    string
}

// FormFor asks the caller for more arguments of a command.
type FormFor struct {
	Command string
	Given   Given
	Names   []string // only these arguments; empty for all
	Problem string   // an argument's problem, by key
}

// Post is something said to others than the caller.
type Post struct {
	To   To
	Say  Say
	Key  string // unique per community: said once, however often it is asked; empty: once per call and place
	Todo string // for a person: the to-do's key; it stays until Done is called with it
}

// To is whom or where something is said. Exactly one field is set.
type To struct {
	Member     int64             // a person: a to-do, and a direct message where allowed, else one mention in Thread
	Thread     record.ID         // every thread of this record; with Member: where to mention them
	Section    community.Section // the room of this section in every space (subject to the space's noise)
	Room       Address           // one room or thread
	Moderators bool              // each moderator and admin, as persons
	Here       bool              // the caller, privately, where the command was used
	Back       *Back             // whoever gave an earlier command, as its own answer would have been
}

// Back is where and how somebody is answered later, by work: see Call.Back.
type Back struct {
	Where   Address
	Message MessageID
	Direct  bool
	Who     AccountID
	Locale  string
	Via     string // see Event.Via
}

// OnlyYouSay starts a reply that only the caller sees.
func OnlyYouSay(key string, args text.Args) Reply { return reply(OnlyYou, key, args) }

// InThreadSay starts a reply in the thread.
func InThreadSay(key string, args text.Args) Reply { return reply(ThisThread, key, args) }

// InRoomSay starts a reply in the room.
func InRoomSay(key string, args text.Args) Reply { return reply(TheRoom, key, args) }

// PersonalSay starts a reply that is about the person.
func PersonalSay(key string, args text.Args) Reply { return reply(Personal, key, args) }

func reply(v Visibility, key string, args text.Args) Reply {
	r := Reply{Visibility: v}
	if key != "" {
		r.Lines = []Phrase{{key, args}}
	}
	return r
}

// Nothing is a reply that says nothing.
func Nothing() Reply { return Reply{Visibility: Silent} }

// AskFor is a reply that asks the caller for more arguments.
func AskFor(command string, g Given, names ...string) Reply {
	return Reply{Form: &FormFor{Command: command, Given: g, Names: names}}
}

// Line adds a paragraph.
func (r Reply) Line(key string, args text.Args) Reply {
	r.Lines = append(r.Lines[:len(r.Lines):len(r.Lines)], Phrase{key, args})
	return r
}

// Note adds small print.
func (r Reply) Note(key string, args text.Args) Reply {
	r.Notes = append(r.Notes[:len(r.Notes):len(r.Notes)], Phrase{key, args})
	return r
}

// Button adds a button; see Press.
func (r Reply) Button(command string, g Given) Reply {
	return r.Press(Press{Command: command, Given: g})
}

// Press adds a button.
func (r Reply) Press(p Press) Reply {
	r.Buttons = append(r.Buttons[:len(r.Buttons):len(r.Buttons)], p)
	return r
}

// Tell adds something said to others.
func (r Reply) Tell(p Post) Reply {
	r.Also = append(r.Also[:len(r.Also):len(r.Also)], p)
	return r
}

// ID is the argument of a command that is about one record.
func ID(id record.ID) Given { return Given{"id": id.String()} }
