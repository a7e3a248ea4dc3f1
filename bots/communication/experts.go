package communication

import (
	"context"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

func (b *bot) expertsCommand() chat.Command {
	return chat.Command{
		Path: "experts", Text: "communication.experts", Section: community.Communication, Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{
			{Name: "topic", Kind: chat.Topic, Required: true},
			{Name: "language", Kind: chat.Language},
			{Name: "page", Kind: chat.Number, Typed: true, NoForm: true},
		},
		Run: b.experts,
	}
}

// experts lists who offered to help, those who share the caller's language first.
func (b *bot) experts(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	codes, err := community.TopicCodes(ctx, b.People, c.Community.ID, c.Text("topic"))
	if err != nil {
		return chat.Reply{}, err
	}
	nos, err := b.Desk.Experts(ctx, c.Community.ID, codes)
	if err != nil {
		return chat.Reply{}, err
	}
	label, err := community.TopicLabel(ctx, b.People, c.Community.ID, c.Text("topic"), c.Lang)
	if err != nil {
		return chat.Reply{}, err
	}
	var list []community.Member
	for _, no := range nos {
		m, err := community.Load(ctx, b.People, c.Community.ID, no)
		if err != nil {
			return chat.Reply{}, err
		}
		if m.No != 0 && (!c.Has("language") || m.Language == c.Text("language")) {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(x, y community.Member) int { return near(y, c.Member) - near(x, c.Member) })
	args := text.Args{"topic": label, "n": len(list)}
	if len(list) == 0 {
		r := chat.OnlyYouSay("communication.experts.none", args)
		if c.Has("language") {
			args["language"] = text.LanguageName(c.Text("language"), c.Lang)
			r = chat.OnlyYouSay("communication.experts.none_speaks", args)
		}
		return r.Press(chat.Press{Command: "helper yes", Given: chat.Given{"topic": c.Text("topic")}, Label: "communication.experts.offer"}).
			Button("ask", chat.Given{"topic": c.Text("topic")}), nil
	}
	page := page(c)
	r := chat.OnlyYouSay("communication.experts.some", args)
	if page*pageSize >= len(list) {
		page = 0
	}
	from := page * pageSize
	for _, m := range list[from:min(from+pageSize, len(list))] {
		r.List = append(r.List, expert(m, c.Lang))
	}
	r = pages(c, r, "experts", page, from+pageSize < len(list))
	return r.Button("ask", chat.Given{"topic": c.Text("topic")}), nil
}

// near is 1 for who writes the reader's language.
func near(m, reader community.Member) int {
	if m.Language != "" && m.Language == reader.Language {
		return 1
	}
	return 0
}

// expert is one member of the list.
func expert(m community.Member, lang string) chat.Item {
	detail := from(m, lang)
	if m.Language != "" {
		if detail != "" {
			detail += " · "
		}
		detail += text.LanguageName(m.Language, lang)
	}
	item := chat.Item{Text: chat.P("communication.experts.who", text.Args{"who": chat.Called(m)})}
	if detail != "" {
		item.Detail = chat.P("communication.experts.about_them", text.Args{"about": detail})
	}
	return item
}
