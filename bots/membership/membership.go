// Package membership is how a space becomes a community or joins one, and what members say about
// themselves: who they are, whether they want to be written to and quoted, what is kept of them, and
// what they report to the moderators.
package membership

import (
	"context"
	"embed"
	"io"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// Register is where communities, their spaces and their members are kept.
type Register interface {
	Found(ctx context.Context, c community.Community, now time.Time) (community.Community, error)
	AddSpace(ctx context.Context, s community.Space) error
	Enter(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time) (community.Member, bool, error)
	SetRole(ctx context.Context, of, no int64, r community.Role) error
}

// Rights tells what a person may do in a space on its platform.
type Rights func(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error)

// Views gives how records of a letter are seen.
type Views func(letter byte) (chat.View, bool)

// Lists is what is read of a community without changing it.
type Lists interface {
	Community(ctx context.Context, id int64) (community.Community, error)
	Space(ctx context.Context, p chat.PlatformID, s chat.SpaceID) (sp community.Space, ok bool, err error)
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Accounts(ctx context.Context, of, no int64) ([]community.Account, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
	Spaces(ctx context.Context, of int64) ([]community.Space, error)
	Rooms(ctx context.Context, of int64) ([]community.Room, error)
	AddRoom(ctx context.Context, r community.Room) error
	ConsentsOf(ctx context.Context, of, no int64) ([]community.Consent, error)
	ReportsBy(ctx context.Context, of, member int64) ([]community.Report, error)
	ActsOf(ctx context.Context, of, by int64, n int) ([]community.Act, error)
	// RecordsFrom are the records that were made in a space.
	RecordsFrom(ctx context.Context, of int64, platform, space string) ([]record.ID, error)
	// SweepCodes forgets invitations that nobody used, and tries of codes, from before a time.
	SweepCodes(ctx context.Context, before time.Time) error
}

// Files keeps what is to be sent as a file.
type Files interface {
	Keep(ctx context.Context, r io.Reader, name string) (chat.Attachment, error)
}

// Holding is something besides records that keeps what belongs to members.
type Holding struct {
	Name   string // in the exported file
	Export func(ctx context.Context, of, member int64) (any, error)
	Erase  func(ctx context.Context, of, member int64) error
}

// Parts are what the bot is made of besides setup and consent; without an Office there is no more.
type Parts struct {
	Office    *community.Office
	Lists     Lists
	Platforms func() map[chat.PlatformID]chat.Platform // for invitations and the rooms of a space
	Files     Files                                    // nil: nothing can be exported
	Held      []Holding
	Queue     work.Queue
	Now       func() time.Time
	// Moderation says that the commands of moderators are there, for buttons.
	Moderation bool
}

type bot struct {
	register Register
	consents community.Consents
	views    Views
	rights   Rights
	words    *text.Catalogue // of this bot alone, for what a form offers
	Parts
}

// New makes the bot. Without parts it has setup and consent only.
func New(r Register, consents community.Consents, views Views, rights Rights, parts ...Parts) chat.Bot {
	own, err := text.Load(words)
	if err != nil {
		panic("membership: " + err.Error()) // a programming error: the words are embedded
	}
	b := &bot{register: r, consents: consents, views: views, rights: rights, words: own}
	out := chat.Bot{Name: "membership", Words: words, Commands: []chat.Command{b.setupCommand(), b.consentCommand()}}
	for _, p := range parts {
		b.Parts = p
	}
	if b.Office == nil {
		return out
	}
	out.Commands = append(out.Commands,
		b.inviteCommand(), b.joinCommand(), b.admitCommand(), b.declineCommand(), b.roomsCommand(), b.spaceCommand(), b.leaveCommand(),
		b.profileCommand(), b.aboutMeCommand(), b.stopCommand(), b.startCommand(), b.exportCommand(), b.eraseCommand(), b.reportCommand(),
		b.settleCommand(), b.confirmCommand(), b.agreeCommand())
	out.Heard = append(out.Heard, chat.Hearing{First: b.welcome, Changed: b.gone})
	out.Ticks = append(out.Ticks, chat.Tick{Name: "membership.overdue", Cron: "41 3 * * *", Run: b.overdue},
		chat.Tick{Name: "membership.news", Cron: "17 5 * * *", Run: b.news})
	out.Work = append(out.Work, chat.Job{Kind: kindWithdraw, Run: b.withdraw})
	return out
}

// say is one of the bot's own words for the caller.
func (b *bot) say(c *chat.Call, key string) string { return b.words.Plain(c.Lang, key, nil) }

// done settles what was asked of all moderators.
func (b *bot) done(ctx context.Context, r chat.Reply, of int64, key string) (chat.Reply, error) {
	list, err := b.Lists.Moderators(ctx, of)
	for _, m := range list {
		r.Done = append(r.Done, chat.Todo{Member: m.No, Key: key})
	}
	return r, err
}
