// Package sharing is how people fill the toolbox and use what is in it: the commands deposit, version
// and used, and the buttons of those who look at deposits first.
package sharing

import (
	"context"
	"embed"
	"io"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

//go:embed text
var words embed.FS

// People knows who is who and what people talk about.
type People interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Known(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID) (community.Member, bool, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
}

// Files keeps the contents of files.
type Files interface {
	// MaxBytes is the size of the largest file that is kept.
	MaxBytes() int64
	// Keep streams a file to where it stays and returns its name, type, size and sha256, and Kept.
	// ErrTooLarge and ErrNoBytes of core/sharing say that this file cannot be kept.
	Keep(ctx context.Context, r io.Reader, name string) (sharing.File, error)
	// Remove takes a content away for good; that it is not there is no error.
	Remove(ctx context.Context, sha string) error
}

// Downloads fetches files that people sent. ErrGone of core/chat says that one is no more.
type Downloads interface {
	Download(ctx context.Context, p chat.PlatformID, f chat.FileRef) (io.ReadCloser, error)
}

// Links tells what a link says of itself. ErrAway of core/sharing says that another try may help.
type Links interface {
	Describe(ctx context.Context, link string) (sharing.Page, error)
}

// Detector tells the language of a text as a BCP 47 base tag; ok is false when it is in doubt.
type Detector interface {
	Detect(ctx context.Context, text string) (tag string, ok bool)
}

// Parts are what the bot is made of.
type Parts struct {
	Toolbox   *sharing.Toolbox
	People    People
	Files     Files     // nil: no copies are kept
	Downloads Downloads // nil: no copies are kept
	Links     Links     // nil: a link is described by its depositor alone
	Detector  Detector  // nil: a language is known only where it is given
	Policies  Policies  // nil: nobody can change what happens to deposits
	// Translate is the button that translates a resource's description; nil where nothing translates.
	Translate func(s record.Subject) chat.Press
}

type bot struct{ Parts }

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	out := chat.Bot{
		Name:     "sharing",
		Words:    words,
		Commands: []chat.Command{b.depositCommand(), b.versionCommand(), b.usedCommand(), b.acceptCommand(), b.declineCommand()},
		Views:    []chat.View{b.view()},
		Heard:    []chat.Hearing{{Changed: b.changed}},
		Work: []chat.Job{
			{Kind: sharing.KindFetch, Prepare: b.prepareFetch, Run: b.fetched},
			{Kind: sharing.KindDrop, Prepare: b.drop, Run: nothing},
			{Kind: sharing.KindSaidNo, Run: b.saidNo},
			{Kind: sharing.KindDescribe, Prepare: b.prepareDescribe, Run: b.described},
		},
	}
	if p.Policies != nil {
		out.Commands = append(out.Commands, b.policyCommand())
	}
	return out
}

// idArg is the resource that a command is about.
func idArg() chat.Arg {
	return chat.Arg{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(sharing.Letter))}
}

// describe is the button that says more about a resource.
func describe(id record.ID) chat.Press {
	return chat.Press{Command: "edit", Given: chat.ID(id), Label: "sharing.describe"}
}

// toReview is the to-do of those who look at a deposit.
func toReview(id record.ID) string { return "sharing/review/" + id.String() }
