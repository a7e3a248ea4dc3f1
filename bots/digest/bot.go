// Package digest tells everyone what moved: once a week in the announcement room of each space, and to
// whoever asks. What a digest holds is chosen by core/digest; here it is gathered from what changed,
// through the views of the records, so that nothing is shown that not every member may read.
package digest

import (
	"context"
	"embed"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/text"
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
	// Moved are those of some verbs, newest first, at most n.
	Moved(ctx context.Context, of int64, since, until time.Time, verbs []string, n int) ([]record.Change, error)
	// AtWork is how many people changed something from a time on, and of how many countries they are.
	AtWork(ctx context.Context, of int64, since, until time.Time) (people, countries int, err error)
	// Rise is how much came into being in the weeks before a time.
	Rise(ctx context.Context, of int64, until time.Time) (digest.Rise, error)
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
	Pictures
}

// Own keeps what readers got as digests of their own, and what they want.
type Own interface {
	// ClaimLetters keeps letters and says whom they are fresh for: the others have had one of their period.
	ClaimLetters(ctx context.Context, letters []digest.Letter) (fresh map[string]bool, err error)
	// Letter is what somebody got for a period, NewestLetter what they got last; nil when they got nothing.
	Letter(ctx context.Context, of int64, to, period string) (*digest.Letter, error)
	NewestLetter(ctx context.Context, of int64, to string) (*digest.Letter, error)
	// Told is what some people were told since a time; those who got nothing are left out.
	Told(ctx context.Context, of int64, to []string, since time.Time) (map[string]digest.Told, error)
	SweepLetters(ctx context.Context, of int64, before time.Time) error
	// Wishes are what some members want; those who never said are left out.
	Wishes(ctx context.Context, of int64, members []int64) (map[int64]digest.Wish, error)
	SetWish(ctx context.Context, of, member int64, w digest.Wish) error
	// Readers are some members by number; Tasks is what waits for them, oldest first.
	Readers(ctx context.Context, of int64, members []int64) (map[int64]community.Member, error)
	Tasks(ctx context.Context, of int64, members []int64) (map[int64][]digest.Task, error)
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
	By int64 // whose it is, also where that is not told; 0 for nobody's
}

// Backlog is how much waits for the moderators.
type Backlog struct {
	Review     int // deposits and practices that wait for a review
	Rechecks   int // practices whose check is overdue
	Unanswered int // requests without an answer for Unanswered
	Failed     int // messages that could not be delivered
}

// Unanswered is how long a request waits before a moderator's digest tells of it.
const Unanswered = 72 * time.Hour

// Mailed is how a member gets their digest by mail.
type Mailed struct {
	Schedule string // its name
	Address  string
}

// Mailing sends digests by mail to those who confirmed that they want it.
type Mailing interface {
	// Of says how a member gets theirs; ok is false when it does not come by mail.
	Of(ctx context.Context, of, member int64) (m Mailed, ok bool, err error)
	// Ask and Invite write to an address, to be confirmed there; what they reply is complete. Ask is for
	// the caller, with no address for the one that is known.
	Ask(ctx context.Context, c *chat.Call, address string) (chat.Reply, error)
	Invite(ctx context.Context, c *chat.Call, address string) (chat.Reply, error)
	// Stop ends a member's mail; without any it does nothing.
	Stop(ctx context.Context, of, member int64) error
}

// Parts are what the bot is made of.
type Parts struct {
	Issues    Issues
	Changes   Changes
	Threads   Threads
	People    People
	Schedules Schedules
	Queue     work.Queue
	Cards     Cards
	Views     func(letter byte) (chat.View, bool)
	// Waiting are requests without an answer, and since when they wait.
	Waiting func(ctx context.Context, of int64) ([]Dated, error)
	// Ahead is what has a date from a time on, up to and without another.
	Ahead []func(ctx context.Context, of int64, since, until time.Time) ([]Dated, error)
	// Credit is who is thanked for solving a request, with their consent; 0 for nobody. nil: nobody ever.
	Credit func(ctx context.Context, of int64, id record.ID) (int64, error)
	// Backlog is what waits for the moderators; nil: they are told of nothing more than others.
	Backlog func(ctx context.Context, of int64) (Backlog, error)
	Mailing Mailing                    // nil: this community sends no e-mail
	Files   Files                      // nil: figures are told, not sent as a file
	Draw    func(Bars) ([]byte, error) // makes a PNG; nil: there is no picture
	Media   []Medium                   // how personal digests reach people besides by chat
	Now     func() time.Time
}

type bot struct {
	Parts
	pools  *pools
	lately *lately
	words  *text.Catalogue // of this bot alone, for what is drawn
}

// kindIssue is the kind of work that makes a room's digest.
const kindIssue = "digest.issue"

// New makes the bot.
func New(p Parts) chat.Bot {
	b := newBot(p)
	return chat.Bot{
		Name:     "digest",
		Words:    words,
		Commands: []chat.Command{b.showCommand(), b.settingsCommand(), b.whyCommand(), b.modCommand(), b.leaveCommand(), b.noteCommand(), b.statsCommand()},
		Views:    []chat.View{{Letter: record.Issue, Announce: chat.WhereMade, Home: b.home, Card: b.card}},
		Work: []chat.Job{{Kind: kindIssue, Prepare: b.prepareIssue, Run: b.issue}, {Kind: KindOwn, Paged: true, Prepare: b.prepareOwn, Run: b.queueOwn},
			{Kind: kindSend, Prepare: b.prepareSend, Run: b.send}},
		Ticks: []chat.Tick{{Name: "digest.schedules", Cron: "11 * * * *", Run: b.plan},
			{Name: "digest.preview", Cron: "41 * * * *", Run: b.announce},
			{Name: "digest.sweep", Cron: "23 3 * * *", Run: b.sweep}},
		Shows: b.shows,
	}
}

func newBot(p Parts) *bot {
	own, err := text.Load(words)
	if err != nil {
		panic("digest: " + err.Error()) // a programming error: the words are embedded
	}
	return &bot{p, &pools{}, &lately{}, own}
}

// remembered is how long it is known what was shown to whom.
const remembered = 366 * 24 * time.Hour

// sweep forgets what was told long ago.
func (b *bot) sweep(ctx context.Context, of int64) (chat.Reply, error) {
	if err := b.Issues.SweepLetters(ctx, of, b.Now().Add(-remembered)); err != nil {
		return chat.Reply{}, fmt.Errorf("forget old digests: %w", err)
	}
	return chat.Nothing(), nil
}
