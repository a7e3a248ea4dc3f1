package communication

import (
	"context"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/text"
)

// pageSize is how many requests or experts one answer lists.
const pageSize = 8

// mine asks for the caller's own requests.
const mine = "mine"

func (b *bot) requestsCommand() chat.Command {
	return chat.Command{
		Path: "requests", Text: "communication.requests", Section: community.Communication, Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{
			{Name: "which", Kind: chat.Choice, Choices: []string{string(communication.Open), string(communication.Answered), string(communication.Solved), mine}},
			{Name: "topic", Kind: chat.Topic},
			{Name: "page", Kind: chat.Number, Typed: true, NoForm: true},
		},
		Run: b.requests, Own: b.own(),
	}
}

func (b *bot) requests(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	which := c.Text("which")
	codes, err := community.TopicCodes(ctx, b.People, c.Community.ID, c.Text("topic"))
	if err != nil {
		return chat.Reply{}, err
	}
	f := communication.Filter{Topics: codes}
	heading := "communication.requests.unsolved"
	switch which {
	case mine:
		f.Asker, heading = c.Member.No, "communication.requests.mine"
	case "":
		f.States = []communication.State{communication.Open, communication.Answered}
	default:
		f.States, heading = []communication.State{communication.State(which)}, "communication.requests."+which
	}
	topic, err := community.TopicLabel(ctx, b.People, c.Community.ID, c.Text("topic"), c.Lang)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"about": text.Maybe("communication.requests.about_topic", topic), "topic": topic}
	list, page, err := b.listed(ctx, c, f, page(c))
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay(heading, args)
	if which == mine {
		r.Visibility = chat.Personal
	}
	if len(list) == 0 {
		r.Lines = []chat.Phrase{chat.P(heading+"_none", args)}
		return r.Button("ask", nil), nil
	}
	for _, q := range list[:min(pageSize, len(list))] {
		r.List = append(r.List, b.item(c, &q))
	}
	return pages(c, r, "requests", page, len(list) > pageSize), nil
}

// listed is one page of requests and one more, where there is one. A page after the last is the first.
func (b *bot) listed(ctx context.Context, c *chat.Call, f communication.Filter, page int) ([]communication.Request, int, error) {
	if c.Text("which") == mine && c.Member.No == 0 {
		return nil, 0, nil // somebody who has not acted yet
	}
	f.N, f.Skip = pageSize+1, page*pageSize
	list, err := b.Desk.List(ctx, c.Community.ID, f)
	if err != nil || len(list) > 0 || page == 0 {
		return list, page, err
	}
	return b.listed(ctx, c, f, 0)
}

// item is one request of a list.
func (b *bot) item(c *chat.Call, q *communication.Request) chat.Item {
	title, _ := q.Headline(120)
	language := ""
	if q.Language != "" {
		language = text.LanguageName(q.Language, c.Lang)
	}
	return chat.Item{
		Text: chat.P("communication.item", text.Args{"id": chat.Rec(q.ID), "title": title}),
		Detail: chat.P("communication.requests.detail", text.Args{"n": q.Answers, "state": text.Key("state.H." + string(q.State)),
			"in": text.Maybe("communication.card.language", language), "language": language,
			"soon": text.Maybe("communication.card.soon", string(q.Urgency)), "when": text.Key("communication.urgent." + string(q.Urgency))}),
		Buttons: []chat.Press{chat.Show(q.ID)},
	}
}

// page is the page that is asked for, from 0.
func page(c *chat.Call) int { return int(min(max(c.Int("page"), 1), 10_000)) - 1 }

// pages adds what leads to the pages before and after.
func pages(c *chat.Call, r chat.Reply, command string, page int, more bool) chat.Reply {
	to := func(n int, label string) {
		r = r.Press(chat.Press{Command: command, Given: c.With("page", strconv.Itoa(n+1)), Label: label})
	}
	if page > 0 {
		to(page-1, "communication.previous")
	}
	if more {
		to(page+1, "communication.next")
	}
	r.Replace = c.Event.Kind == chat.Pressed && c.Has("page")
	return r
}
