package membership

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// reportCommand tells the moderators, and nobody else, that something is wrong with a record or a
// message.
func (b *bot) reportCommand() chat.Command {
	return chat.Command{Path: "report", Text: "membership.report", Role: community.RoleMember, Target: chat.AnyMessage, Action: true, Personal: true,
		Run: b.report, Args: []chat.Arg{
			{Name: "id", Kind: chat.Record, NoForm: true},
			{Name: "reason", Kind: chat.Text, Max: community.MaxReason, Asked: true},
		}}
}

func (b *bot) report(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	r, err := b.about(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if c.Text("reason") == "" {
		given := c.Given
		if r.Subject != "" {
			given = c.With("id", r.Subject)
		}
		return chat.AskFor("report", given, "reason"), nil
	}
	r.Reason = c.Text("reason")
	filed, again, err := b.Office.Report(ctx, c.Member, r)
	if err != nil {
		return chat.Reply{}, err
	}
	if again {
		return chat.PersonalSay("membership.report.again", nil), nil
	}
	no := strconv.FormatInt(filed.No, 10)
	return chat.PersonalSay("membership.report.done", nil).
		Tell(chat.Post{To: chat.To{Moderators: true}, Say: b.reported(c, filed), Key: "report/" + no, Todo: "report/" + no}), nil
}

// about is what a call reports: the record that is named, the one whose card or thread it is, or a
// message.
func (b *bot) about(ctx context.Context, c *chat.Call) (community.Report, error) {
	id := c.Record("id")
	if id.IsZero() {
		id = c.Subject.ID
	}
	if id.IsZero() && c.Target == nil {
		id = c.Thread
	}
	if !id.IsZero() {
		view, ok := b.views(id.Letter)
		if !ok || view.Brief == nil {
			return community.Report{}, chat.NoRecord(id)
		}
		if _, err := view.Brief(ctx, c.Community.ID, c.Member.No, id); err != nil {
			return community.Report{}, err
		}
		return community.Report{Subject: id.String()}, nil
	}
	if t := c.Target; t != nil {
		r := community.Report{Source: c.Source(), Excerpt: t.Text, Writer: t.From.Name}
		if b.Platforms != nil && r.Source.URL == "" {
			if links, can := b.Platforms()[t.Where.Platform].(chat.Linker); can {
				r.Source.URL = links.Link(t.Where, t.Message)
			}
		}
		return r, nil
	}
	return community.Report{}, text.RefuseArg("id", "membership.report.what", nil)
}

// reported is a report as a moderator reads it.
func (b *bot) reported(c *chat.Call, r community.Report) chat.Say {
	args := text.Args{"who": text.Person{Name: c.Member.Name}, "id": text.Record(r.Subject), "writer": text.Person{Name: r.Writer}}
	key := "membership.report.of_message"
	switch {
	case r.Subject != "":
		key = "membership.report.of_record"
	case r.Writer == "":
		key = "membership.report.of_unknown"
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P(key, args)}}
	if r.Excerpt != "" {
		say.Quote = []string{r.Excerpt}
	}
	say.Fields = []chat.Fact{{Label: "membership.report.reason", Plain: r.Reason}}
	if r.Source.Message != "" && c.Room.Name != "" {
		say.Fields = append(say.Fields, chat.Fact{Label: "membership.report.where", Plain: "#" + strings.TrimLeft(c.Room.Name, "#") + " · " + c.Space.Name})
	}
	if id, err := record.Parse(r.Subject); err == nil {
		say.Record = id
		say.Buttons = append(say.Buttons, chat.Press{Command: "show", Given: chat.ID(id)})
		if b.Moderation {
			say.Buttons = append(say.Buttons, chat.Press{Command: "mod hide", Given: chat.ID(id)})
		}
	}
	if r.Source.URL != "" {
		say.Buttons = append(say.Buttons, chat.Press{URL: r.Source.URL, Label: "membership.report.open"})
	}
	say.Buttons = append(say.Buttons, chat.Press{Command: "settle", Given: chat.Given{"number": strconv.FormatInt(r.No, 10)}})
	return say
}

// settleCommand says that a report has been dealt with.
func (b *bot) settleCommand() chat.Command {
	return chat.Command{Path: "settle", Text: "membership.settle", Role: community.RoleModerator, Hidden: true, Run: b.settle,
		Args: []chat.Arg{{Name: "number", Kind: chat.Number, Required: true}}}
}

func (b *bot) settle(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	_, again, err := b.Office.Settle(ctx, c.Member, c.Int("number"))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "membership.settle.done"
	if again {
		key = "membership.settle.again"
	}
	r := chat.OnlyYouSay(key, nil)
	r.Replace = true
	return b.done(ctx, r, c.Community.ID, "report/"+strconv.FormatInt(c.Int("number"), 10))
}

// gone forgets what a report quotes of a message that its writer took back.
func (b *bot) gone(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Event.Kind != chat.Deleted {
		return chat.Nothing(), nil
	}
	if _, err := b.Office.Forget(ctx, c.Source()); err != nil {
		return chat.Nothing(), fmt.Errorf("forget a reported message: %w", err)
	}
	return chat.Nothing(), nil
}
