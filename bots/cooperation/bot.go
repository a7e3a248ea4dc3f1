// Package cooperation is how people make best practices of what worked: the commands promote and
// practice, the buttons of authors, reviewers and stewards, and what is asked later.
package cooperation

import (
	"context"
	"embed"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// People knows who is who and what people talk about.
type People interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
	Rooms(ctx context.Context, of int64) ([]community.Room, error)
	// Known is the member that an account belongs to; ok is false when it has not acted yet.
	Known(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID) (m community.Member, ok bool, err error)
	// Enter finds or makes the member that an account belongs to: whoever is to be quoted is asked.
	Enter(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time) (m community.Member, fresh bool, err error)
}

// Requests are the help requests with what was answered in their threads.
type Requests interface {
	Request(ctx context.Context, of int64, id record.ID) (*communication.Request, error)
	Answers(ctx context.Context, of int64, id record.ID) ([]communication.Answer, error)
	MayRead(ctx context.Context, r *communication.Request, reader int64) (bool, error)
}

// Detector tells the language of a text as a BCP 47 base tag; ok is false when it is in doubt.
type Detector interface {
	Detect(ctx context.Context, text string) (tag string, ok bool)
}

// Parts are what the bot is made of.
type Parts struct {
	Book     *cooperation.Book
	Partners *cooperation.Partners // nil: there are no partnerships
	People   People
	Requests Requests // nil: what was answered to a request is read where it was written
	// Readers give what reads a service's threads back; ok is false where nothing does.
	Readers func(p chat.PlatformID) (r chat.Reader, ok bool)
	// Views give how records of a letter are seen.
	Views    func(letter byte) (chat.View, bool)
	Detector Detector // nil: a language is known only where it is given
	// Translate is the button that translates a practice for whoever presses it; nil where nothing
	// translates.
	Translate func(s record.Subject) chat.Press
}

type bot struct{ Parts }

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	out := chat.Bot{
		Name:  "cooperation",
		Words: words,
		Commands: append([]chat.Command{
			b.promoteCommand(), b.listCommand(), b.showCommand(), b.editCommand(), b.submitCommand(), b.reviewCommand(), b.passCommand(),
			b.acceptCommand(), b.declineCommand(), b.reviewerCommand(), b.adoptCommand(), b.tellCommand(), b.notYetCommand(), b.recheckCommand(), b.retireCommand(),
		}, append(b.circleCommands(), b.partnerCommands()...)...),
		Views: append([]chat.View{b.view()}, b.partnerViews()...),
		Work:  append(b.jobs(), append(b.circleJobs(), b.partnerJobs()...)...),
		Heard: []chat.Hearing{{Changed: b.changed}},
		Ticks: []chat.Tick{{Name: "cooperation.grade", Cron: "41 4 * * *", Run: b.regrade}},
	}
	if p.Partners != nil {
		out.Ticks = append(out.Ticks, chat.Tick{Name: "cooperation.offers", Cron: "47 4 * * *", Run: b.offers})
	}
	return out
}

// idArg is the practice that a command is about.
func idArg() chat.Arg {
	return chat.Arg{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(cooperation.Letter))}
}

// load is a practice that the caller of a command may see.
func (b *bot) load(ctx context.Context, c *chat.Call, id record.ID) (*cooperation.Practice, error) {
	p, err := b.Book.Practice(ctx, c.Community.ID, id)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, chat.NoRecord(id)
	}
	may, err := b.Book.MayRead(ctx, p, c.Member)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, chat.ErrHidden
	}
	return p, nil
}

// place is an organisation with its country, on one line; empty when it is not known.
func place(o community.Organisation, lang string) string {
	if o.Name == "" || o.Country == "" {
		return o.Name
	}
	return o.Name + ", " + text.CountryName(o.Country, lang)
}

// forms says whether what is missing is asked for in a form: a message cannot be answered with one.
func forms(c *chat.Call) bool { return c.Platform.Forms && c.Event.Can.Form }

// The keys of what waits for people because of a practice.
func reviewTodo(id record.ID) string { return "review/" + id.String() }
func decideTodo(id record.ID) string { return "decide/" + id.String() }
func checkTodo(id record.ID) string  { return "recheck/" + id.String() }
func workTodo(id record.ID, org int64) string {
	return fmt.Sprintf("effect/%s/%d", id, org)
}
