// Package membership is how a space becomes a community: setting up.
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

type bot struct {
	register Register
	rights   Rights
}

// New makes the bot.
func New(r Register, rights Rights) chat.Bot {
	b := &bot{r, rights}
	return chat.Bot{Name: "membership", Words: words, Commands: []chat.Command{b.setupCommand()}}
}
