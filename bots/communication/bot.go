// Package communication is how people ask each other for help: the commands ask, requests, solved and
// experts, the buttons on a request's card, and what is said in its threads.
package communication

import (
	"context"
	"embed"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// People knows who is who and what people talk about.
type People interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Known(ctx context.Context, of int64, p chat.PlatformID, account chat.AccountID) (m community.Member, known bool, err error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
}

// Detector tells the language of a text as a BCP 47 base tag; ok is false when it is in doubt.
type Detector interface {
	Detect(ctx context.Context, text string) (tag string, ok bool)
}

// Alike finds records that a question may be about, best first. letters are those of their ids,
// hidden the states that must not be found.
type Alike interface {
	Similar(ctx context.Context, of int64, text, lang string, letters, hidden []string, n int) ([]search.Hit, error)
}

// Parts are what the bot is made of.
type Parts struct {
	Desk     *communication.Desk
	People   People
	Detector Detector // nil: a language is known only where it is given
	Alike    Alike    // nil: nothing is looked up before a request opens
	// Translate is the button that translates a request or one of its answers for whoever presses
	// it; nil where nothing translates.
	Translate func(s record.Subject) chat.Press
}

type bot struct{ Parts }

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	return chat.Bot{
		Name:  "communication",
		Words: words,
		Commands: []chat.Command{
			b.askCommand(), b.requestsCommand(), b.solvedCommand(), b.shareCommand(), b.expertsCommand(),
			b.answerCommand(), b.followCommand(), b.unfollowCommand(), b.helpedCommand(), b.anywayCommand(), b.openCommand(),
			b.helperShowCommand(), b.helperLaterCommand(), b.helperStopCommand(), b.helperYesCommand(), b.helperNoCommand(),
		},
		Views: []chat.View{b.view()},
		Work:  b.jobs(),
		Heard: []chat.Hearing{{Letter: communication.Letter, Heard: b.heard, Changed: b.changed}},
		Ticks: []chat.Tick{{Name: "communication.sleep", Cron: "23 4 * * *", Run: b.sleep}},
	}
}

// idArg is the request that a button is about.
func idArg() chat.Arg {
	return chat.Arg{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(communication.Letter)), NoForm: true}
}

// load is a request that the caller of a command named.
func (b *bot) load(ctx context.Context, c *chat.Call, id record.ID) (*communication.Request, error) {
	r, err := b.Desk.Request(ctx, c.Community.ID, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, chat.NoRecord(id)
	}
	may, err := b.Desk.MayRead(ctx, r, c.Member.No)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, chat.ErrHidden
	}
	return r, nil
}

// from is where a member works and in which country, on one line; empty when nothing was said.
func from(m community.Member, lang string) string {
	country := m.Country
	if country == "" {
		country = m.Organisation.Country
	}
	switch {
	case country == "":
		return m.Organisation.Name
	case m.Organisation.Name == "":
		return text.CountryName(country, lang)
	}
	return m.Organisation.Name + ", " + text.CountryName(country, lang)
}
