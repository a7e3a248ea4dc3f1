// Package collaboration is how people open collaborations, join them, and close them with an outcome.
package collaboration

import (
	"context"
	"embed"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// People knows who is who, what people talk about, and where.
type People interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
	Topics(ctx context.Context, of int64) ([]community.Topic, error)
	Rooms(ctx context.Context, of int64) ([]community.Room, error)
}

// Practices makes best practices of what comes of collaborations.
type Practices interface {
	// Candidate makes a practice candidate of a closed collaboration and returns its id.
	Candidate(ctx context.Context, by community.Member, title, description string, from record.ID) (record.ID, error)
}

// Parts are what the bot is made of.
type Parts struct {
	Groups    *collaboration.Groups
	People    People
	Practices Practices // nil: closing makes no candidates
}

type bot struct{ Parts }

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	return chat.Bot{
		Name:  "collaboration",
		Words: words,
		Commands: []chat.Command{
			b.openCommand(), b.listCommand(), b.joinCommand(), b.leaveCommand(), b.showCommand(), b.updateCommand(),
			b.extendCommand(), b.closeCommand(), b.askCommand(),
		},
		Views: []chat.View{b.view()},
		Work: []chat.Job{
			{Kind: collaboration.KindRemind, Run: b.remind},
			{Kind: collaboration.KindArchive, Run: b.archive},
		},
	}
}

// idArg is the collaboration; in its own room or thread it may be left out.
func idArg() chat.Arg {
	return chat.Arg{Name: "id", Kind: chat.Record, Letters: string(rune(collaboration.Letter))}
}

// which is the collaboration that a call is about.
func which(c *chat.Call) (record.ID, error) {
	if id := c.Record("id"); !id.IsZero() {
		return id, nil
	}
	if c.Subject.ID.Letter == collaboration.Letter {
		return c.Subject.ID, nil
	}
	if c.Thread.Letter == collaboration.Letter {
		return c.Thread, nil
	}
	if id, err := record.Parse(c.Room.Record); err == nil && id.Letter == collaboration.Letter {
		return id, nil
	}
	return record.ID{}, text.RefuseArg("id", "collaboration.which", nil)
}

// missing says whether an argument is still to be asked for. None of them is required of the
// command's line, where the collaboration may be left out before them.
func missing(c *chat.Call, names ...string) bool {
	for _, n := range names {
		if !c.Has(n) {
			return true
		}
	}
	return false
}

// asks is a reply that asks for more about a collaboration.
func asks(c *chat.Call, id record.ID, names ...string) chat.Reply {
	return chat.AskFor(c.Command, c.With("id", id.String()), names...)
}

// called is a member's name in a text, without being a mention.
func (b *bot) called(ctx context.Context, of, no int64) (any, error) {
	if no == 0 {
		return text.Key("collaboration.nobody"), nil
	}
	m, err := community.Load(ctx, b.People, of, no)
	return chat.Called(m), err
}

// rooms are the rooms that were opened for a collaboration.
func (b *bot) rooms(ctx context.Context, of int64, id record.ID) ([]community.Room, error) {
	all, err := b.People.Rooms(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	var out []community.Room
	for _, r := range all {
		if r.Record == id.String() && r.Opened && !r.Archived {
			out = append(out, r)
		}
	}
	return out, nil
}

// remind reminds the owner, and the moderators where nobody owns it any more.
func (b *bot) remind(ctx context.Context, it work.Item) (chat.Reply, error) {
	var m collaboration.Reminder
	if err := it.Read(&m); err != nil {
		return chat.Reply{}, err
	}
	c, err := b.Groups.Remind(ctx, it.Community, m)
	if err != nil || c == nil {
		return chat.Nothing(), err
	}
	key := "collaboration.remind.soon"
	if m.Days < 0 {
		key = "collaboration.remind.over"
	}
	to := chat.To{Member: c.Owner, Thread: c.ID}
	if c.Owner == 0 {
		to = chat.To{Moderators: true}
	}
	say := chat.Say{Record: c.ID, Lines: []chat.Phrase{chat.P(key, text.Args{"id": chat.Rec(c.ID), "theme": c.Theme, "until": c.Until, "n": m.Days})},
		Buttons: []chat.Press{{Command: "collab close", Given: chat.ID(c.ID), Style: chat.Primary}}}
	if c.Extended == 0 {
		say.Buttons = append(say.Buttons, chat.Press{Command: "collab extend", Given: chat.ID(c.ID)})
	}
	say.Buttons = append(say.Buttons, chat.Press{Command: "collab update", Given: chat.ID(c.ID)})
	return chat.Nothing().Tell(chat.Post{To: to, Say: say, Key: it.Key, Todo: todo(c.ID)}), nil
}

func todo(id record.ID) string { return "collaboration/" + id.String() }

// settled are the to-dos that are settled once a collaboration was extended, closed or taken away.
func (b *bot) settled(ctx context.Context, r chat.Reply, c *collaboration.Collaboration) (chat.Reply, error) {
	if c.Owner != 0 {
		r.Done = append(r.Done, chat.Todo{Member: c.Owner, Key: todo(c.ID)})
	}
	moderators, err := b.People.Moderators(ctx, c.Community)
	if err != nil {
		return r, fmt.Errorf("list moderators: %w", err)
	}
	for _, m := range moderators {
		if m.No != c.Owner {
			r.Done = append(r.Done, chat.Todo{Member: m.No, Key: todo(c.ID)})
		}
	}
	return r, nil
}

func (b *bot) archive(ctx context.Context, it work.Item) (chat.Reply, error) {
	var m collaboration.Reminder
	if err := it.Read(&m); err != nil {
		return chat.Reply{}, err
	}
	return chat.Nothing(), b.Groups.Archive(ctx, it.Community, m)
}
