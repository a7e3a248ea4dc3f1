// Package fading keeps talk from being lost unnoticed: where a service hides what was written after a while
// (a free Slack workspace after 90 days), whoever asked is told two weeks before that the talk of their
// request disappears, and may keep it.
package fading

import (
	"context"
	"embed"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// Notice is how long before it disappears the asker of a talk is told.
const Notice = 15 * 24 * time.Hour

// shortest is the shortest time after which any service is known to hide what was written: nobody is asked
// about talk that is younger than that less the notice.
const shortest = 90 * 24 * time.Hour

// Desk knows requests.
type Desk interface {
	Request(ctx context.Context, of int64, id record.ID) (*communication.Request, error)
	List(ctx context.Context, of int64, f communication.Filter) ([]communication.Request, error)
}

// Communities knows a community's time zone.
type Communities interface {
	Community(ctx context.Context, id int64) (community.Community, error)
}

// Queue takes what is to be looked into.
type Queue interface {
	Add(ctx context.Context, items ...work.Item) error
}

// Parts are what the bot is made of.
type Parts struct {
	Desk        Desk
	Communities Communities
	Queue       Queue
	// Platform is a platform by its name; ok is false when it is no more.
	Platform func(p chat.PlatformID) (chat.Platform, bool)
	Now      func() time.Time
}

type bot struct{ Parts }

// kindLook looks whether the talk of a request will be hidden, and tells its asker.
const kindLook = "fading.look"

// looked is the body of kindLook.
type looked struct {
	Request  string
	Platform string
	Space    string
}

// New makes the bot.
func New(p Parts) chat.Bot {
	b := &bot{p}
	return chat.Bot{
		Name: "fading", Words: words,
		Commands: []chat.Command{{
			Path: "fading go", Text: "fading.go", Role: community.RoleMember, Hidden: true, Personal: true,
			Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(communication.Letter)), NoForm: true}},
			Run: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
				r := chat.PersonalSay("fading.go.done", nil)
				r.Done = []chat.Todo{{Member: c.Member.No, Key: todo(c.Record("id"))}}
				r.Replace = true
				return r, nil
			},
		}},
		Work:  []chat.Job{{Kind: kindLook, Prepare: b.look, Run: b.tell}},
		Ticks: []chat.Tick{{Name: "fading.look", Cron: "41 7 * * *", Run: b.due}},
	}
}

func todo(id record.ID) string { return "fading/" + id.String() }

// due asks for a look at each request whose talk may disappear soon.
func (b *bot) due(ctx context.Context, of int64) (chat.Reply, error) {
	now := b.Now()
	out := chat.Nothing()
	oldest := now.Add(-shortest - 2*24*time.Hour)
	for skip := 0; ; skip += page {
		list, err := b.Desk.List(ctx, of, communication.Filter{Before: now.Add(Notice - shortest), Skip: skip, N: page})
		if err != nil {
			return chat.Reply{}, fmt.Errorf("list requests whose talk fades: %w", err)
		}
		for _, r := range list {
			switch {
			case r.Asked.Before(oldest):
				return out, nil // they come newest first
			case r.Asked.Before(now.Add(-shortest)):
				out.Done = append(out.Done, chat.Todo{Member: r.Asker, Key: todo(r.ID)}) // it is gone
			case r.Answers > 0 && !r.Hidden && r.Source.Platform != "":
				key := fmt.Sprintf("fading/%d/%s/%s", of, r.ID, now.UTC().Format(time.DateOnly))
				it := work.New(kindLook, "", key, looked{r.ID.String(), r.Source.Platform, r.Source.Space}).In(of)
				if err := b.Queue.Add(ctx, it); err != nil {
					return chat.Reply{}, fmt.Errorf("queue a look at %s: %w", r.ID, err)
				}
			}
		}
		if len(list) < page {
			return out, nil
		}
	}
}

// page is how many requests are listed at once.
const page = 100

// look asks the service after how long it hides what was written.
func (b *bot) look(ctx context.Context, it work.Item) (any, error) {
	var l looked
	if err := it.Read(&l); err != nil {
		return nil, err
	}
	p, ok := b.Platform(chat.PlatformID(l.Platform))
	f, can := p.(chat.Forgetter)
	if !ok || !can {
		return time.Duration(0), nil
	}
	after, err := f.Forgets(ctx, chat.SpaceID(l.Space))
	if err != nil {
		return nil, fmt.Errorf("ask when talk is hidden: %w", err)
	}
	return after, nil
}

func (b *bot) tell(ctx context.Context, it work.Item) (chat.Reply, error) {
	after, _ := chat.Prepared(ctx).(time.Duration)
	return b.ask(ctx, it, after)
}

// ask asks the asker, once, whether the talk shall be kept.
func (b *bot) ask(ctx context.Context, it work.Item, after time.Duration) (chat.Reply, error) {
	var l looked
	if err := it.Read(&l); err != nil || after == 0 {
		return chat.Nothing(), err
	}
	id, err := record.Parse(l.Request)
	if err != nil {
		return chat.Nothing(), fmt.Errorf("read %q: %w", l.Request, err)
	}
	r, err := b.Desk.Request(ctx, it.Community, id)
	if err != nil || r == nil || r.State == communication.Withdrawn || r.Hidden {
		return chat.Nothing(), err
	}
	gone := r.Asked.Add(after)
	if left := gone.Sub(b.Now()); left <= 0 || left > Notice {
		return chat.Nothing(), nil
	}
	com, err := b.Communities.Community(ctx, it.Community)
	if err != nil {
		return chat.Nothing(), fmt.Errorf("load community: %w", err)
	}
	args := text.Args{"id": chat.Rec(id), "day": text.DateOf(gone.In(com.Location()))}
	say := chat.Say{Lines: []chat.Phrase{chat.P("fading.ask", args)}, Record: id, Buttons: []chat.Press{
		{Command: "promote", Given: chat.Given{"thread": id.String()}, Label: "fading.keep", Style: chat.Primary},
		{Command: "fading go", Given: chat.ID(id), Label: "fading.go.button"}, chat.Show(id)}}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Member: r.Asker}, Say: say, Key: todo(id), Todo: todo(id)}), nil
}
