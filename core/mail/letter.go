package mail

import (
	"errors"

	"guildhall/core/text"
)

// Letter is a mail, its words chosen. Who sends it makes it into HTML and text.
type Letter struct {
	ID      string // unique for ever: the same letter has the same one
	To      string // as Address made it
	Subject string
	Body    Body
	List    *List // of a digest; nil for what comes once
}

// List is what a mail client shows as the list that a digest belongs to, and how one leaves it.
type List struct {
	ID   string // such as "digest-1", without the host
	Name string
	Stop string // the address of the page that ends it, and that a POST ends it at
	Code string // the link alone, for those who write a mail to end it
}

// Body is what a mail or a page holds, in order. Empty parts are left out.
type Body struct {
	Lang     string // BCP 47
	Title    string
	Lead     []text.Rich // paragraphs
	Sections []Section
	Picture  *Picture
	Buttons  []Button
	Small    []text.Rich // small print
	Links    []Button    // below it
}

// Section is a list with a heading.
type Section struct {
	Heading string
	Rows    []Row
}

// Row is one line of a list; with an address it leads there.
type Row struct {
	Text   text.Rich
	Detail text.Rich
	URL    string
}

// Button is a link to a page.
type Button struct{ Label, URL string }

// Picture is an image that comes with the mail, with its figures as text.
type Picture struct {
	PNG []byte
	Alt string
}

// Choice is a menu of a page.
type Choice struct {
	Name, Label string
	Options     []Option
}

// Option is one of a menu's choices.
type Option struct {
	Value, Label string
	On           bool
}

// Page is what a signed link shows. Only pressing its button does something.
type Page struct {
	Body    Body
	Press   string // the button's label; empty: there is nothing to press
	Danger  bool   // what it does ends something
	Choices []Choice
	Gone    bool // the link leads nowhere (any more)
}

// Refused says that a mail was refused for good because of its recipient or of what it says.
type Refused struct{ Cause error }

func (e *Refused) Error() string { return "refused: " + e.Cause.Error() }
func (e *Refused) Unwrap() error { return e.Cause }

// Unknown says that nobody knows whether a mail has arrived: the connection ended after it was sent
// and before it was acknowledged.
type Unknown struct{ Cause error }

func (e *Unknown) Error() string {
	return "nobody knows whether this mail arrived, so it is not sent again: " + e.Cause.Error()
}
func (e *Unknown) Unwrap() error { return e.Cause }

// ErrCut is the cause of Unknown when the program ended while it sent.
var ErrCut = errors.New("the program ended while it was being sent")
