// Package membership is how a space becomes a community, and what
// members say about being quoted.
package membership

import (
	"context"
	"embed"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
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

type bot struct {
	register Register
	consents community.Consents
	views    Views
	rights   Rights
}

// New makes the bot.
func New(r Register, consents community.Consents, views Views, rights Rights) chat.Bot {
	b := &bot{r, consents, views, rights}
	return chat.Bot{Name: "membership", Words: words, Commands: []chat.Command{b.setupCommand(), b.consentCommand()}}
}
