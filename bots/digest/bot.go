// Package digest tells everyone what moved: once a week in the announcement room of each space, and to
// whoever asks. What a digest holds is chosen by core/digest; here it is gathered from what changed,
// through the views of the records, so that nothing is shown that not every member may read.
package digest

import (
	"context"
	"embed"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// People knows who is who, and where they are.
type People interface {
	Community(ctx context.Context, id int64) (community.Community, error)
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Rooms(ctx context.Context, of int64) ([]community.Room, error)
}

// Changes are what happened.
type Changes interface {
	record.Changes
	// Between are the changes from one time up to and without another, oldest first, at most n.
	Between(ctx context.Context, of int64, since, until time.Time, n int) ([]record.Change, error)
}

// Issues keeps what rooms got.
type Issues interface {
	// Add keeps an issue and gives it its number; fresh is false when the room has had one for the period.
	Add(ctx context.Context, i *digest.Issue) (fresh bool, err error)
	Issue(ctx context.Context, of, no int64) (*digest.Issue, error)
	// Newest is the last issue that a room got; nil when there was none.
	Newest(ctx context.Context, of int64, platform, room string) (*digest.Issue, error)
	// Shown says in which state things were shown in a room last, since a time.
	Shown(ctx context.Context, of int64, platform, room string, since time.Time) (digest.Shown, error)
	// Holding are the issues since a time that hold a record.
	Holding(ctx context.Context, of int64, id record.ID, since time.Time) ([]record.Subject, error)
	// Hide keeps a record out of all digests; Hidden is what is kept out.
	Hide(ctx context.Context, of int64, id record.ID) error
	Hidden(ctx context.Context, of int64) (map[record.ID]bool, error)
	// SetNote keeps the note for a room's next digest; empty for none.
	SetNote(ctx context.Context, of int64, platform, room, note string) error
	Note(ctx context.Context, of int64, platform, room string) (string, error)
	Own
}

// Own keeps what members got as digests of their own, and what they want.
type Own interface {
	// AddOwn notes what a member gets; fresh is false when they have had one for the period.
	AddOwn(ctx context.Context, of, member int64, period string, until time.Time, items []digest.Kept) (fresh bool, err error)
	// LastOwn is until when a member's last digest told; zero when there was none.
	LastOwn(ctx context.Context, of, member int64) (time.Time, error)
	ShownOwn(ctx context.Context, of, member int64) (digest.Shown, error)
	// Wish is which parts a member wants (none: all), and until when they want nothing.
	Wish(ctx context.Context, of, member int64) (parts []digest.Part, paused time.Time, err error)
	SetWish(ctx context.Context, of, member int64, parts []digest.Part, paused time.Time) error
}

// Threads counts what happened in threads.
type Threads interface {
	Counts(ctx context.Context, of int64, ids []record.ID) (map[record.ID]digest.Thread, error)
}

// Schedules keeps when rooms get theirs.
type Schedules interface {
	SetSchedule(ctx context.Context, s work.Schedule, now time.Time) (work.Schedule, error)
	StopSchedule(ctx context.Context, community int64, name string) error
	Schedule(ctx context.Context, community int64, name string) (s work.Schedule, ok bool, err error)
}

// Cards knows where records are shown.
type Cards interface {
	CardsOf(ctx context.Context, of int64, s record.Subject) ([]chat.CardRow, error)
}

// Dated is something with a date.
type Dated struct {
	ID record.ID
	At time.Time
}

// Parts are what the bot is made of.
type Parts struct {
	Issues    Issues
	Changes   Changes
	Threads   Threads
	People    People
	Schedules Schedules
	Cards     Cards
	Views     func(letter byte) (chat.View, bool)
	// Waiting are requests without an answer, and since when they wait.
	Waiting func(ctx context.Context, of int64) ([]Dated, error)
	// Ahead is what has a date from a time on, up to and without another.
	Ahead []func(ctx context.Context, of int64, since, until time.Time) ([]Dated, error)
	Files Files // nil: figures are told, not sent as a file
	Now   func() time.Time
}

type bot struct{ Parts }

// kindIssue is the kind of work that makes a room's digest.
const kindIssue = "digest.issue"

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	return chat.Bot{
		Name:     "digest",
		Words:    words,
		Commands: []chat.Command{b.showCommand(), b.settingsCommand(), b.whyCommand(), b.modCommand(), b.leaveCommand(), b.noteCommand(), b.statsCommand()},
		Views:    []chat.View{{Letter: record.Issue, Announce: chat.WhereMade, Home: b.home, Card: b.card}},
		Work:     []chat.Job{{Kind: kindIssue, Run: b.issue}, {Kind: kindOwn, Run: b.own}},
		Ticks: []chat.Tick{{Name: "digest.schedules", Cron: "11 * * * *", Run: b.plan},
			{Name: "digest.preview", Cron: "41 * * * *", Run: b.announce}},
		Shows: b.shows,
	}
}
