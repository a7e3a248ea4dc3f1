package chat

import (
	"context"
	"io"

	"guildhall/core/text"
)

// Message is what a platform shows: words chosen, in one language, free of any platform's markup.
// Adapters turn it into their own form in a pure function, escaping every text: no text in it may
// become markup, a mention, a link that was not given as one, or HTML.
//
// The parts are shown in the order of the fields. Empty parts are left out. A message that was made
// by the engine keeps within the adapter's Limits.
type Message struct {
	Lang     string      // BCP 47, of our own words
	Kind     MessageKind // how prominent it is
	Title    text.Rich   // a card's heading, one line
	Body     []text.Rich // paragraphs; "\n" in a text is a line break
	Quote    []text.Rich // what a person wrote, shown as theirs
	Fields   []Field     // short facts, by name
	List     []Row       // a list; numbered when Numbered
	Numbered bool
	From     int // the first number of a numbered list less one
	Picture  *Picture
	Files    []Attachment
	Note     []text.Rich // small print
	Buttons  []Button
	Menus    []Menu

	// Pings are the accounts on this platform that the message may notify. A span with a Member is
	// a mention only when Accounts has that member; else its Text is shown.
	Accounts map[int64]AccountID
	Pings    []AccountID

	Threaded bool   // people answer in the thread of this message: start one where the service must be told
	Pin      bool   // keep it at hand in the room, where the service can
	Record   string // the record it shows, such as "R13"; empty for none
	Speaker  string // whom a carried message is from, as shown ("B (Matrix · ZDZ Poznań)"); empty for ourselves
	Form     *Form  // a question for one missing argument, where the service has no forms (see Question)

	// Parts are what follows on a person's own page, each under its title; no other message has any.
	Parts []Message `json:",omitempty"`
}

// MessageKind says what a message is for.
type MessageKind string

// The kinds of message.
const (
	Plain MessageKind = ""      // an answer, a notice
	Card  MessageKind = "card"  // a record in a room, edited in place
	Alarm MessageKind = "alarm" // something did not work; said calmly
)

// Field is a short fact.
type Field struct {
	Name  string
	Value text.Rich
}

// Row is one line of a list.
type Row struct {
	Text    text.Rich
	Detail  text.Rich // a second, quieter line
	Buttons []Button
}

// Button is a command with its arguments already filled in.
type Button struct {
	Key   string // given back in Pressed; at most 100 bytes of printable ASCII
	Label string // what it shows
	Name  string // its accessible name, which has its object ("Show R13"); empty when Label says it all
	Line  string // the command to type for the same, without the prefix ("show R13"); empty when there is none
	Style Style
	URL   string // opens this page instead of pressing; Key is then empty
	Emoji string // the reaction that presses it, where buttons are reactions; empty: a number is used
}

// Style is how a button stands out.
type Style string

// The styles of a button.
const (
	Normal  Style = ""
	Primary Style = "primary"
	Danger  Style = "danger"
)

// Menu is a choice of one (or several) of many; choosing presses Key with Chosen.
type Menu struct {
	Key     string
	Label   string
	Options []Option
	Many    bool
}

// Option is one choice.
type Option struct {
	Value string
	Label string
	About string // one short line more
	On    bool   // chosen already
}

// Picture is an image that belongs to the message, with its figures as text.
type Picture struct {
	File Attachment
	Alt  string
}

// Attachment is a file that goes with a message. Open is filled in by the engine before the message
// is given to an adapter, and may be called again for another try.
type Attachment struct {
	SHA256 string
	Name   string
	Type   string                                           // media type, sniffed
	Size   int64                                            // bytes
	Open   func(ctx context.Context) (io.ReadCloser, error) `json:"-"`
}

// Form asks for a command's missing arguments.
type Form struct {
	Key     string // given back in Submitted
	Command string // the path of the command it is for, to complete its arguments with
	Title   string
	Intro   []text.Rich
	Submit  string // the label of the button that sends it
	Inputs  []Input
}

// Input is one question of a form.
type Input struct {
	Name     string // the argument's
	Label    string
	Hint     string // what is expected, with an example
	Kind     Kind
	Required bool
	Asked    bool // worth asking for where questions are asked one by one, though not required
	Value    string
	Options  []Option // Choice, Choices and others with a fixed list
	Max      int      // longest text in graphemes; 0 for the platform's
	Problem  string   // what was wrong with the value given before
}

// Plain is the message as plain text, for notifications, for services without markup, for logs of
// tests: every part in order, a line each.
func (m Message) Plain() string { return plainText(m) }
