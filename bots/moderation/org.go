package moderation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// editable is what a form asks about an organisation.
var editable = []string{"name", "country", "kind", "site"}

func (b *bot) organisationCommand() chat.Command {
	return chat.Command{Path: "mod org", Text: "moderation.org", Role: community.RoleModerator, Form: b.organisationForm, Run: b.organisation,
		Args: []chat.Arg{
			{Name: "do", Kind: chat.Choice, Choices: []string{"list", "add", "confirm", "edit", "merge"}},
			{Name: "organisation", Kind: chat.Line, Max: 2*community.MaxOrganisation + 10},
			{Name: "to", Kind: chat.Line, Max: community.MaxOrganisation},
			{Name: "name", Kind: chat.Line, Max: community.MaxOrganisation, Typed: true},
			{Name: "country", Kind: chat.Country, Typed: true},
			{Name: "kind", Kind: chat.Choice, Choices: community.OrganisationKinds, Typed: true},
			{Name: "site", Kind: chat.Link, Typed: true},
			{Name: "contact", Kind: chat.Member, Typed: true, NoForm: true},
			{Name: "from", Kind: chat.Number, Typed: true, Button: true},
		}}
}

// meant finds the organisation that is meant by a number or a name.
func (b *bot) meant(ctx context.Context, of int64, s string) (int64, error) {
	if no, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(s), "#"), 10, 64); err == nil && no > 0 {
		return no, nil
	}
	o, ok, err := b.Lists.OrganisationCalled(ctx, of, s)
	if err != nil {
		return 0, fmt.Errorf("find organisation: %w", err)
	}
	if !ok || text.Fold(s) == "" {
		return 0, nil
	}
	return o.No, nil
}

// two finds the organisations that are meant, and what follows the first where it is none.
func (b *bot) two(ctx context.Context, c *chat.Call) (first int64, rest string, err error) {
	var failed error
	name, rest := split(c.Text("organisation"), c.Text("to"), func(s string) bool {
		no, err := b.meant(ctx, c.Community.ID, s)
		if err != nil {
			failed = err
		}
		return no != 0
	})
	if failed != nil {
		return 0, "", failed
	}
	if first, err = b.meant(ctx, c.Community.ID, name); err == nil && first == 0 {
		err = text.RefuseArg("organisation", "community.organisation.none", nil)
	}
	return first, rest, err
}

// organisationForm shows what is known of the organisation at hand.
func (b *bot) organisationForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	if c.Text("do") != "edit" || c.Text("organisation") == "" {
		return nil
	}
	no, _, err := b.two(ctx, c)
	if err != nil {
		return err
	}
	list, err := b.Lists.ListOrganisations(ctx, c.Community.ID)
	if err != nil {
		return fmt.Errorf("list organisations: %w", err)
	}
	for _, o := range list {
		if o.No != no {
			continue
		}
		now := chat.Given{"name": o.Name, "country": o.Country, "kind": o.Kind, "site": o.Site}
		for i, in := range f.Inputs {
			if _, typed := c.Given[in.Name]; !typed && now[in.Name] != "" {
				f.Inputs[i].Value = now[in.Name]
			}
		}
	}
	return nil
}

func (b *bot) organisation(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	do := c.Text("do")
	if do == "" || do == "list" {
		return b.listOrganisations(ctx, c)
	}
	if c.Text("organisation") == "" {
		names := []string{"organisation"}
		if do == "merge" {
			names = append(names, "to")
		}
		return chat.AskFor("mod org", c.Given, names...), nil
	}
	if do == "add" {
		o, err := b.Office.AddOrganisation(ctx, c.Member, community.Organisation{Name: c.Text("organisation"), Country: c.Text("country"),
			Kind: c.Text("kind"), Site: c.Text("site")})
		if err != nil {
			return chat.Reply{}, err
		}
		return b.settled(ctx, c, o, "moderation.org.added")
	}
	first, rest, err := b.two(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	switch do {
	case "confirm":
		o, again, err := b.Office.Confirm(ctx, c.Member, first)
		if err != nil {
			return chat.Reply{}, err
		}
		if again {
			return b.settled(ctx, c, o, "moderation.org.again")
		}
		return b.settled(ctx, c, o, "moderation.org.confirmed")
	case "edit":
		return b.editOrganisation(ctx, c, first)
	}
	return b.merge(ctx, c, first, rest)
}

func (b *bot) merge(ctx context.Context, c *chat.Call, first int64, rest string) (chat.Reply, error) {
	if rest == "" {
		return chat.AskFor("mod org", c.Given, "to"), nil
	}
	into, err := b.meant(ctx, c.Community.ID, rest)
	if err != nil {
		return chat.Reply{}, err
	}
	if into == 0 {
		return chat.Reply{}, text.RefuseArg("to", "community.organisation.none", nil)
	}
	gone, kept, err := b.Office.MergeOrganisations(ctx, c.Member, first, into)
	if err != nil {
		return chat.Reply{}, err
	}
	r, err := b.settled(ctx, c, gone, "moderation.org.merged")
	r.Lines[0].Args["gone"], r.Lines[0].Args["kept"] = gone.Name, kept.Name
	return r, err
}

// settled answers, and takes the question about an organisation off everybody's list.
func (b *bot) settled(ctx context.Context, c *chat.Call, o community.Organisation, key string) (chat.Reply, error) {
	no := strconv.FormatInt(o.No, 10)
	r := chat.OnlyYouSay(key, text.Args{"name": o.Name, "number": "#" + no})
	list, err := b.Lists.Moderators(ctx, c.Community.ID)
	if err != nil {
		return r, fmt.Errorf("list moderators: %w", err)
	}
	for _, m := range list {
		r.Done = append(r.Done, chat.Todo{Member: m.No, Key: "organisation/" + no})
	}
	return r, nil
}

func (b *bot) editOrganisation(ctx context.Context, c *chat.Call, no int64) (chat.Reply, error) {
	var e community.OrganisationEdit
	asked := false
	given := func(name string) *string {
		if !c.Has(name) {
			return nil
		}
		asked = true
		v := c.Text(name)
		return &v
	}
	e.Name, e.Country, e.Site = given("name"), given("country"), given("site")
	if c.Text("kind") != "" {
		e.Kind = given("kind")
	}
	if c.Has("contact") {
		who := c.Int("contact")
		e.Contact, asked = &who, true
	}
	if !asked {
		return chat.AskFor("mod org", c.Given, editable...), nil
	}
	o, contacts, err := b.Office.EditOrganisation(ctx, c.Member, no, e)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("moderation.org.edited", text.Args{"name": o.Name})
	r.Fields = facts(c, o)
	var people []any
	for _, m := range contacts {
		who, err := b.called(ctx, c.Community.ID, m)
		if err != nil {
			return r, err
		}
		people = append(people, who)
	}
	if len(people) > 0 {
		r.Fields = append(r.Fields, chat.Fact{Label: "moderation.org.contacts", Value: chat.P("moderation.people", text.Args{"people": people})})
	}
	return r, nil
}

func facts(c *chat.Call, o community.Organisation) []chat.Fact {
	return []chat.Fact{
		{Label: "moderation.org.arg.country", Plain: text.CountryName(o.Country, c.Lang)},
		{Label: "moderation.org.arg.kind", Value: chat.P("moderation.org.kind."+o.Kind, nil)},
		{Label: "moderation.org.arg.site", Plain: o.Site},
	}
}

func (b *bot) listOrganisations(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	list, err := b.Lists.ListOrganisations(ctx, c.Community.ID)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list organisations: %w", err)
	}
	from := int(min(max(c.Int("from"), 0), int64(len(list))))
	r := chat.OnlyYouSay("moderation.org.list", text.Args{"n": len(list)})
	r.Replace = c.Has("from")
	for _, o := range list[from:] {
		no := "#" + strconv.FormatInt(o.No, 10)
		it := chat.Item{Text: chat.P("moderation.org.line", text.Args{"number": no, "name": o.Name, "n": o.Members, "country": text.CountryName(o.Country, c.Lang),
			"in": inCountry(o.Country)})}
		if !o.Confirmed {
			it.Detail = chat.P("moderation.org.unconfirmed", nil)
			it.Buttons = []chat.Press{{Command: "mod org", Given: chat.Given{"do": "confirm", "organisation": no}, Label: "moderation.org.confirm"}}
		}
		r.List = append(r.List, it)
	}
	n := page(r.List, pageOfOne, c.Platform.Limits)
	r.List = r.List[:n]
	turn := func(to int, label string) {
		r = r.Press(chat.Press{Command: "mod org", Given: chat.Given{"do": "list", "from": strconv.Itoa(to)}, Label: label})
	}
	if from > 0 {
		turn(max(0, from-pageOfOne), "moderation.previous")
	}
	if from+n < len(list) {
		turn(from+n, "moderation.next")
	}
	return r.Press(chat.Press{Command: "mod org", Given: chat.Given{"do": "add"}, Label: "moderation.org.add"}).
		Note("moderation.org.how", text.Args{"edit": c.Platform.Prefix + "mod org edit #1", "merge": c.Platform.Prefix + "mod org merge #2 #1"}), nil
}

func inCountry(code string) any {
	if code == "" {
		return ""
	}
	return text.Key("moderation.org.in")
}
