package cooperation

import (
	"context"
	"fmt"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) adoptCommand() chat.Command {
	return chat.Command{
		Path: "practice adopt", Text: "cooperation.adopt", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{idArg(),
			{Name: "organisation", Kind: chat.Org, Form: true},
			{Name: "changed", Kind: chat.Text, Typed: true, Form: true, Max: cooperation.MaxResult},
			{Name: "result", Kind: chat.Text, Typed: true, Form: true, Max: cooperation.MaxResult},
			{Name: "reach", Kind: chat.Line, Typed: true, Form: true},
			{Name: "state", Kind: chat.Choice, Choices: chat.Codes(cooperation.AdoptionStates), Typed: true, Form: true},
		},
		Form: b.adoptForm, Run: b.adopt,
	}
}

func (b *bot) adopt(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	p, err := b.load(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	if c.Member.Organisation.No == 0 && !c.Has("organisation") && p.Applicable() {
		return chat.AskFor("practice adopt", c.Given, "organisation"), nil
	}
	u := cooperation.Use{Organisation: c.Text("organisation"), State: cooperation.AdoptionState(c.Text("state")),
		Changed: c.Optional("changed"), Result: c.Optional("result"), Reach: c.Optional("reach")}
	a, err := b.Book.Adopt(ctx, c.Member, id, u)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.adopted(c, &a), nil
}

// tellCommand is the button that asks for more about an adoption: its result first.
func (b *bot) tellCommand() chat.Command {
	return chat.Command{
		Path: "practice tell", Text: "cooperation.tell", Role: community.RoleMember, Hidden: true, Reads: true,
		Args: []chat.Arg{idArg(), {Name: "organisation", Kind: chat.Org, Required: true}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if _, err := b.load(ctx, c, c.Record("id")); err != nil {
				return chat.Reply{}, err
			}
			names := []string{"result", "reach", "changed", "state"}
			if !forms(c) {
				names = names[:1]
			}
			return chat.AskFor("practice adopt", c.Given, names...), nil
		},
	}
}

// adoptForm shows what is known of an adoption.
func (b *bot) adoptForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	if c.Record("id").IsZero() {
		return nil // it is asked for first
	}
	p, err := b.load(ctx, c, c.Record("id"))
	if err != nil {
		return err
	}
	all, err := b.Book.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return err
	}
	wanted := text.Fold(c.Text("organisation"))
	for _, a := range all {
		if wanted == "" && a.Organisation.No != c.Member.Organisation.No || wanted != "" && text.Fold(a.Organisation.Name) != wanted {
			continue
		}
		now := map[string]string{"result": a.Result, "reach": a.Reach, "changed": a.Changed, "state": string(a.State)}
		for i := range f.Inputs {
			in := &f.Inputs[i]
			if v, ok := now[in.Name]; ok && c.Given[in.Name] == "" {
				in.Value = v
			}
		}
	}
	return nil
}

// adopted says what became of an adoption, and announces a level that rose.
func (b *bot) adopted(c *chat.Call, a *cooperation.Applied) chat.Reply {
	p, org := &a.Practice, a.Adoption.Organisation
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "organisation": org.Name, "state": useWord(a.Adoption.State), "level": levelWord(p.Level)}
	key := "cooperation.adopt.changed"
	if a.New && a.Adoption.State == cooperation.InUse && a.Adoption.Result == "" {
		key = "cooperation.adopt.done"
	}
	r := chat.OnlyYouSay(key, args)
	if a.Rose {
		r = r.Line("cooperation.rose.you", args)
	}
	if !org.Confirmed {
		r = r.Note("cooperation.adopt.unconfirmed", args)
	}
	r.Done = []chat.Todo{{Member: c.Member.No, Key: workTodo(p.ID, org.No)}}
	if a.By != 0 && a.By != c.Member.No {
		r.Done = append(r.Done, chat.Todo{Member: a.By, Key: workTodo(p.ID, org.No)})
	}
	if a.New && a.Adoption.Result == "" {
		r = r.Press(tells(p.ID, org, "cooperation.tell.button"))
	}
	r = r.Press(chat.Show(p.ID))
	if a.New && c.Member.No != p.Author {
		r = r.Tell(chat.Post{To: chat.To{Member: p.Author}, Key: fmt.Sprintf("adopted/%s/%d", p.ID, org.No),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.adopt.told", args)}, Buttons: []chat.Press{chat.Show(p.ID)}}})
	}
	if a.Rose {
		r = r.Tell(rose(p))
	}
	return r
}

// tells is the button that asks for more about an adoption.
func tells(id record.ID, org community.Organisation, label string) chat.Press {
	return chat.Press{Command: "practice tell", Given: chat.ID(id).With("organisation", org.Name), Label: label}
}

// rose announces, once, that a practice's evidence level has risen.
func rose(p *cooperation.Practice) chat.Post {
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "level": levelWord(p.Level)}
	return chat.Post{To: chat.To{Section: community.Cooperation}, Key: fmt.Sprintf("rose/%s/%s", p.ID, p.Level),
		Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.rose.all", args)}, Notes: []chat.Phrase{chat.P("cooperation.means."+string(p.Level), nil)},
			Buttons: []chat.Press{chat.Show(p.ID), adopts(p.ID)}}}
}

func adopts(id record.ID) chat.Press {
	return chat.Press{Command: "practice adopt", Given: chat.ID(id)}
}

// regrade computes levels anew: organisations may have been confirmed since.
func (b *bot) regrade(ctx context.Context, of int64) (chat.Reply, error) {
	risen, err := b.Book.Regrade(ctx, of)
	r := chat.Nothing()
	for i := range risen {
		r = r.Tell(rose(&risen[i]))
	}
	return r, err
}

func (b *bot) notYetCommand() chat.Command {
	return chat.Command{
		Path: "practice later", Text: "cooperation.later", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []chat.Arg{idArg(), {Name: "org", Kind: chat.Number, Required: true}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id := c.Record("id")
			if err := b.Book.NotYet(ctx, c.Member, id, c.Int("org")); err != nil {
				return chat.Reply{}, err
			}
			r := chat.PersonalSay("cooperation.later.done", text.Args{"id": chat.Rec(id)})
			r.Replace = true
			r.Done = []chat.Todo{{Member: c.Member.No, Key: workTodo(id, c.Int("org"))}}
			return r, nil
		},
	}
}

// effect asks whether an adoption worked.
func effect(p *cooperation.Practice, a *cooperation.Adoption) chat.Post {
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "organisation": a.Organisation.Name}
	org := strconv.FormatInt(a.Organisation.No, 10)
	yes := tells(p.ID, a.Organisation, "cooperation.effect.yes")
	yes.Style = chat.Primary
	return chat.Post{To: chat.To{Member: a.Member}, Key: fmt.Sprintf("effect/%s/%s/%d", p.ID, org, a.Round), Todo: workTodo(p.ID, a.Organisation.No),
		Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.effect.question", args)}, Buttons: []chat.Press{
			yes,
			{Command: "practice later", Given: chat.ID(p.ID).With("org", org)},
			{Command: "practice adopt", Given: chat.ID(p.ID).With("organisation", a.Organisation.Name).With("state", string(cooperation.Stopped)),
				Label: "cooperation.effect.stopped"},
		}}}
}
