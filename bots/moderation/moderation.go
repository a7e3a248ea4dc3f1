// Package moderation is what moderators do: see what waits for them, give roles, keep topics and
// organisations in order, take records off view, and look up who did what.
package moderation

import (
	"context"
	"embed"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// Lists is what is read of a community.
type Lists interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
	OrganisationCalled(ctx context.Context, of int64, name string) (community.Organisation, bool, error)
	ListOrganisations(ctx context.Context, of int64) ([]community.Listed, error)
	Contacts(ctx context.Context, of, no int64) ([]int64, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	OpenReports(ctx context.Context, of int64) ([]community.Report, error)
	Guests(ctx context.Context, of int64) ([]community.Invitation, error)
	ActsOf(ctx context.Context, of, by int64, n int) ([]community.Act, error)
}

// Changes is what happened to records.
type Changes interface {
	// Audit are the latest changes to a record, or by a member, newest first; the zero ID and 0 for all.
	Audit(ctx context.Context, of int64, id record.ID, by int64, n int) ([]record.Change, error)
}

// Failed is the work that was given up.
type Failed interface {
	Dead(ctx context.Context, community int64, most int) ([]work.DeadItem, error)
	// Replay puts items back into the queue and says how many there were.
	Replay(ctx context.Context, community int64, ids ...int64) (int, error)
}

// Waiting is one thing that waits for a moderator.
type Waiting struct {
	Text    chat.Phrase
	Detail  chat.Phrase
	Buttons []chat.Press
	Since   time.Time // the zero time: not known
}

// Source is a kind of things that wait. Its name is shown by the words moderation.queue.of.<Name>.
type Source struct {
	Name string
	List func(ctx context.Context, of int64) ([]Waiting, error) // oldest first
}

// Views gives how records of a letter are seen.
type Views func(letter byte) (chat.View, bool)

// Parts are what the bot is made of.
type Parts struct {
	Office  *community.Office
	Lists   Lists
	Changes Changes
	Views   Views
	Failed  Failed   // nil: nothing is known of what failed
	Sources []Source // what waits in the sections, in the order in which it is shown
}

type bot struct {
	Parts
	words *text.Catalogue // of this bot alone, to know which words it has
}

// New makes the bot. It counts on the buttons of bots/membership: settle, setup admit and setup
// decline.
func New(p Parts) chat.Bot {
	own, err := text.Load(words)
	if err != nil {
		panic("moderation: " + err.Error()) // a programming error: the words are embedded
	}
	b := &bot{Parts: p, words: own}
	return chat.Bot{Name: "moderation", Words: words, Commands: []chat.Command{
		b.queueCommand(), b.roleCommand(), b.topicCommand(), b.organisationCommand(), b.hideCommand(), b.unhideCommand(), b.auditCommand(),
		b.replayCommand(),
	}}
}

// Records is a source of records that wait: list names them, oldest first, and press, where it is not
// nil, is what a moderator does about one, besides looking at it. what is "deposits", "reviewers",
// "unanswered", "rechecks", or another kind with words of its own.
func Records(what string, views Views, list func(ctx context.Context, of int64) ([]record.ID, error), press func(id record.ID) []chat.Press) Source {
	return Source{Name: what, List: func(ctx context.Context, of int64) ([]Waiting, error) {
		ids, err := list(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		var out []Waiting
		for _, id := range ids {
			w := Waiting{Text: chat.P("moderation.queue.record", text.Args{"id": text.Record(id.String()), "title": ""})}
			if view, ok := views(id.Letter); ok && view.Brief != nil {
				if brief, err := view.Brief(ctx, of, 0, id); err == nil { // what is not on view yet has only its id
					w.Text = chat.P("moderation.queue.record_titled", text.Args{"id": text.Record(id.String()), "title": brief.Title})
				}
			}
			if press != nil {
				w.Buttons = press(id)
			}
			w.Buttons = append([]chat.Press{{Command: "show", Given: chat.ID(id)}}, w.Buttons...)
			out = append(out, w)
		}
		return out, nil
	}}
}

// called is a member's name in a text, without being a mention.
func (b *bot) called(ctx context.Context, of, no int64) (any, error) {
	if no == 0 {
		return text.Key("moderation.nobody"), nil
	}
	m, err := b.Lists.Member(ctx, of, no)
	if err != nil {
		return nil, fmt.Errorf("load member %d: %w", no, err)
	}
	if m.Name == "" {
		return text.Key("moderation.somebody"), nil
	}
	return text.Person{Name: m.Name}, nil
}
