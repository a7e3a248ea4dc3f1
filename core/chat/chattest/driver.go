// Package chattest is the suite that every chat adapter passes: against a fake of its service, and
// where there is a real one to be had, against that too. It knows the port of core/chat and nothing of
// any service; a Driver does on the service what people do there.
package chattest

import (
	"context"
	"testing"
	"time"

	"guildhall/core/chat"
)

// Driver is one empty service with an adapter in front, and two people on it.
//
// A function that is nil is something that the service does not have; what needs it is not tested and
// the suite says so in its log. Functions fail t by themselves.
type Driver struct {
	Platform chat.Platform
	// Home is a room in which we and both people are. Place in Shown and Say is a room or a thread.
	Home     chat.Address
	Ann, Bea chat.AccountID

	// Start runs the adapter with h until ctx ends; it returns once events arrive, and the returned
	// channel gives what Run returned. Nil: Platform.Run is called, and events arrive at once.
	Start func(ctx context.Context, t testing.TB, h chat.Handler) <-chan error

	// Say writes a message, with files; the text is what the person sees in their input.
	Say func(t testing.TB, who chat.AccountID, at chat.Address, text string, files ...File) chat.MessageID
	// Addressed is a message that speaks to us, with the line as command: prefix or mention, then line.
	Addressed func(line string) string
	// Command types a native command: line without its prefix. Nil: commands are messages.
	Command func(t testing.TB, who chat.AccountID, at chat.Address, line string)
	Edit    func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, text string)
	Delete  func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID)
	React   func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string)
	Unreact func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string)
	// Press presses the button with this label.
	Press func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, label string)
	// Act uses a message action for a command.
	Act func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, command string)

	// Shown is what who sees in a room or thread, oldest first.
	Shown func(t testing.TB, who chat.AccountID, at chat.Address) []Shown
	// Members are who is in a room.
	Members func(t testing.TB, room chat.RoomID) []chat.AccountID

	// LoseReply makes the service take the next message and lose its reply.
	LoseReply func(t testing.TB)
	// Throttle makes the service ask to wait that long at the next message.
	Throttle func(t testing.TB, d time.Duration)
	// Repeat makes the service give its last event once more, as after a lost acknowledgement.
	Repeat func(t testing.TB)
	// Unacked says how many events wait for an acknowledgement.
	Unacked func(t testing.TB) int
}

// File is something sent along.
type File struct {
	Name string
	Data []byte
}

// Shown is a message as a person sees it.
type Shown struct {
	ID      chat.MessageID
	From    chat.AccountID // empty for ours
	Text    string         // all its text, without any markup
	Only    bool           // nobody else sees it
	Buttons []string
	Pings   []chat.AccountID // who was notified by it; "everyone" for more than named persons
	Links   []string         // what can be followed
	Files   map[string][]byte
}
