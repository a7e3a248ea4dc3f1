package chat

import (
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Call is one use of a command, or one thing heard in a followed thread.
type Call struct {
	Event     Event
	Platform  Info
	Community community.Community // zero for a command that runs without one
	Space     community.Space     // zero in direct messages
	Room      community.Room      // zero where Guildhall does not know the room
	Member    community.Member    // who acts; No 0 only without a community
	Thread    record.ID           // the record whose thread this happens in; zero for none
	Lang      string              // the member's, for what is only for them
	Target    *Target             // nil when there is none
	Command   string              // the path
	Given     Given               // as typed, for buttons that repeat the call with one thing changed
	Subject   record.Subject      // what the target message, one of ours, shows; zero when it is none
	Prepared  any                 // what Prepare found
	Now       time.Time

	values map[string]value
	linker Linker // of the platform; nil where it makes no permalinks
}

// value is an argument that has been understood.
type value struct {
	text    string
	number  int64
	yes     bool
	record  record.ID
	records []record.ID
	list    []string
	date    text.Date
	files   []FileRef
}

// Has says whether the argument was given.
func (c *Call) Has(name string) bool { _, ok := c.values[name]; return ok }

// Text is the argument's text or code; empty when it was not given.
func (c *Call) Text(name string) string { return c.values[name].text }

// Int is a Number's value or a Member's number; 0 when it was not given.
func (c *Call) Int(name string) int64 { return c.values[name].number }

// Yes is a Yes argument's value; false when it was not given.
func (c *Call) Yes(name string) bool { return c.values[name].yes }

// Record is a Record's id.
func (c *Call) Record(name string) record.ID { return c.values[name].record }

// Records are a Records' ids.
func (c *Call) Records(name string) []record.ID { return c.values[name].records }

// List are the values of an argument that takes several.
func (c *Call) List(name string) []string { return c.values[name].list }

// Date is a Date's value; the zero Date when it was not given.
func (c *Call) Date(name string) text.Date { return c.values[name].date }

// Files are the files of a File argument, or those of the message itself.
func (c *Call) Files(name string) []FileRef { return c.values[name].files }

// Source is where the call's target, else its own message, stands.
func (c *Call) Source() record.Source {
	at, msg := c.Event.Where, c.Event.Message
	if c.Target != nil {
		at, msg = c.Target.Where, c.Target.Message
	}
	out := record.Source{Platform: string(at.Platform), Space: string(at.Space), Room: string(at.Room),
		Thread: string(at.Thread), Message: string(msg)}
	if c.linker != nil && msg != "" {
		out.URL = text.SafeURL(c.linker.Link(at, msg))
	}
	return out
}

// Back is how the caller is answered later, by work that the command queues.
func (c *Call) Back() Back {
	ev := c.Event
	return Back{Where: ev.Where, Message: ev.Message, Direct: ev.Direct, Who: ev.From.Account, Locale: ev.From.Locale, Via: ev.Via}
}

// With is what was given, with name set to value: for a button that repeats the call.
func (c *Call) With(name, value string) Given { return c.Given.With(name, value) }

// Location is the member's time zone.
func (c *Call) Location() *time.Location {
	if c.Member.Zone != "" {
		return community.Location(c.Member.Zone)
	}
	return c.Community.Location()
}

// Today is the date in the community's zone: deadlines are dates there.
func (c *Call) Today() text.Date { return text.DateOf(c.Now.In(c.Community.Location())) }

// Without is c as if these arguments had not been given.
func (c *Call) Without(names ...string) *Call {
	out := *c
	out.values, out.Given = make(map[string]value, len(c.values)), make(Given, len(c.Given))
	for n, v := range c.values {
		out.values[n] = v
	}
	for n, v := range c.Given {
		out.Given[n] = v
	}
	for _, n := range names {
		delete(out.values, n)
		delete(out.Given, n)
	}
	return &out
}

// Filled is c with text and yes/no arguments as if they had been given, for trying a command's Run by itself.
func (c *Call) Filled(texts map[string]string) *Call {
	out := *c
	out.values = map[string]value{}
	for name, s := range texts {
		if s != "" {
			y, _ := yesNo(s)
			out.values[name] = value{text: s, yes: y}
		}
	}
	return &out
}
