package chat

import (
	"context"

	"guildhall/core/community"
)

// Command is something people can do. Everything that shows commands (help, forms, autocomplete,
// manifests, registrations, hints, the documentation) is made from it.
type Command struct {
	// Path is its words: "deposit", "collab open". Where a word has subcommands it is no command
	// itself; typed alone it means the first one.
	Path string
	// Text is the prefix of its words: <Text>.about (one line), <Text>.button (its button's label,
	// may name {id}), <Text>.example (arguments as typed; where it has arguments), <Text>.arg.<name> (an argument's label),
	// and, where wanted, <Text>.hint.<name>, <Text>.title (a form's), <Text>.submit.
	Text string
	// Section is where help lists it; empty for what all share.
	Section community.Section
	Role    community.Role
	Args    []Arg

	// Target says what it can be about besides its arguments.
	Target TargetKind
	// Action is true when it is offered as a message action (on Target).
	Action bool
	// Unread is true when its action is offered only where we cannot read what people write.
	Unread bool
	// Global is true when it is offered as a shortcut outside any message.
	Global bool
	// Reaction is an emoji that means this command on the message it stands on.
	Reaction string
	// Reactions are further emoji that mean it, each with the arguments that it stands for.
	Reactions map[string]Given
	// Offer is true when the reaction only offers the command, privately, to who reacted: in the words
	// <Text>.offer, with a button called <Text>.do, else <Text>.button.
	Offer bool
	// Person is true when it is offered on a person (argument "member").
	Person bool

	Reads    bool // it changes nothing: runs on a read connection, without inbox
	Hidden   bool // reached by buttons only: not in help, manifests or registrations
	Alone    bool // runs without a community, too
	Top      int  // 1 to 9: among the nine that people use most, in this order; 0 for the others
	Personal bool // its answer is about the person: never shown where others can read it

	// Own is what the reader has of what the command is about, for a page of their own; nil for nothing.
	Own *Own

	// Form fills in the arguments' proposals before a form is shown (values, options, or further
	// inputs that depend on the arguments so far); nil for none. It runs on a read connection. Where
	// questions are asked one by one, it is given a form of one input for each of them, and may leave
	// out options from the end.
	Form func(ctx context.Context, c *Call, f *Form) error
	// Prepare runs after the guards and outside the transaction, within 2 seconds: for what needs
	// the network. What it finds it puts into c.Prepared.
	Prepare func(ctx context.Context, c *Call) error
	// Run does it. Inside a transaction unless Reads; it may run again from the start. It never
	// sends: it returns what is to be said. A *text.Refusal becomes its sentence.
	Run func(ctx context.Context, c *Call) (Reply, error)
}

// TargetKind says what kind of message a command can be about.
type TargetKind int

// The kinds of target.
const (
	NoTarget   TargetKind = iota
	AnyMessage            // one message
	InThread              // the thread it is used in, or the one that the message belongs to
)

// Arg is one argument of a command.
type Arg struct {
	Name     string
	Kind     Kind
	Required bool
	Asked    bool     // where questions are asked one by one, this one is asked too once one is
	Letters  string   // for Record: which records, such as "R" or "HRCP"; empty for all
	Choices  []string // for Choice and Choices: codes; labels are the words <Text>.<name>.<code>, else choice.<code>
	Max      int      // longest text in graphemes; 0: 300 for Line, 8000 for Text
	Typed    bool     // only by name or form, never by place
	Mention  bool     // for Member: by place only what begins with "@" is meant for it
	Form     bool     // shown in forms on platforms where a form cannot have all; where no argument says so, all are shown
	NoForm   bool     // never shown in forms
	Button   bool     // filled in by buttons alone: not in help, forms or registrations
}

// Kind is the kind of an argument's value. The comments say what Call gives for it.
type Kind string

// The kinds of arguments. Parsing is generous in what it takes; what it cannot take is answered by
// one sentence that names the argument and what is expected.
const (
	Line      Kind = "line"      // Text: one line; unnamed it takes the rest of the words
	Text      Kind = "text"      // Text: several lines; unnamed it takes the rest
	Word      Kind = "word"      // Text: one word
	Number    Kind = "number"    // Int
	Yes       Kind = "yes"       // Yes: yes/no, on/off, in the catalogue's languages
	Record    Kind = "record"    // Record
	Records   Kind = "records"   // Records
	Choice    Kind = "choice"    // Text: one of Choices
	Choices   Kind = "choices"   // List: some of Choices
	Date      Kind = "date"      // Date: "2027-03-01", "1 March 2027", "6 weeks", "tomorrow", "Friday"
	Language  Kind = "language"  // Text: BCP 47 base tag
	Languages Kind = "languages" // List
	Country   Kind = "country"   // Text: ISO 3166-1 alpha-2
	Topic     Kind = "topic"     // Text: a code of the community's topics, from code or label
	Topics    Kind = "topics"    // List
	Spaces    Kind = "spaces"    // List: "platform/space" of the community's spaces, from name
	Link      Kind = "link"      // Text: an http or https address
	File      Kind = "file"      // Files
	Member    Kind = "member"    // Int: a member's number, from a mention, a name or a number
	Org       Kind = "org"       // Text: an organisation's name as typed
	Zone      Kind = "zone"      // Text: an IANA time zone
	Ticks     Kind = "ticks"     // List: message ids, from a list of a thread's messages
	Hour      Kind = "hour"      // Text: "09:00"
	Mail      Kind = "mail"      // Text: an e-mail address
)

// CommandInfo is a command in words, for adapters.
type CommandInfo struct {
	Path     string
	About    string
	Example  string // arguments as typed, without the path
	Section  community.Section
	Role     community.Role
	Args     []ArgInfo
	Target   TargetKind
	Action   bool
	Unread   bool
	Global   bool
	Person   bool
	Reaction string
	// Reactions are further emoji that mean it.
	Reactions []string
	Hidden    bool
	Top       int
	Button    string // a label for it without arguments
	Reads     bool
}

// ArgInfo is an argument in words.
type ArgInfo struct {
	Name     string
	Label    string
	Hint     string
	Kind     Kind
	Required bool
	Letters  string
	Options  []Option // for a fixed list
	Max      int
}
