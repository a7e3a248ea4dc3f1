package library

import (
	"context"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// editArgs are the arguments of "edit": the record, and everything that can be changed of any kind of
// record. Kinds that call an argument the same must mean the same by it; their choices are joined. A
// kind that does not gives the command two arguments of one name, which start-up refuses.
func editArgs(editable []chat.View) []chat.Arg {
	id := chat.Arg{Name: "id", Kind: chat.Record, Required: true}
	var out []chat.Arg
	for _, view := range editable {
		if view.Edit == nil {
			continue
		}
		id.Letters += string(rune(view.Letter))
		for _, a := range view.EditArgs {
			a.Typed, a.Required, a.Asked = true, false, false
			a.Choices = slices.Clone(a.Choices)
			i := slices.IndexFunc(out, func(x chat.Arg) bool { return x.Name == a.Name && x.Kind == a.Kind && x.Letters == a.Letters })
			if i < 0 {
				out = append(out, a)
				continue
			}
			out[i].Max = max(out[i].Max, a.Max)
			for _, code := range a.Choices {
				if !slices.Contains(out[i].Choices, code) {
					out[i].Choices = append(out[i].Choices, code)
				}
			}
		}
	}
	return append([]chat.Arg{id}, out...)
}

func (b *bot) editCommand(editable []chat.View) chat.Command {
	return chat.Command{Path: "edit", Text: "library.edit", Role: community.RoleMember, Args: editArgs(editable), Form: b.editForm, Run: b.edit}
}

// editForm leaves in the form what can be changed of this record, and shows what it is now.
func (b *bot) editForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	view, ok := b.views(c.Record("id").Letter)
	if !c.Has("id") || !ok {
		f.Inputs = slices.DeleteFunc(f.Inputs, func(in chat.Input) bool { return in.Name != "id" })
		return nil
	}
	now, err := values(ctx, c, view)
	if err != nil {
		return err
	}
	f.Inputs = slices.DeleteFunc(f.Inputs, func(in chat.Input) bool { return field(view, in.Name) == nil })
	for i, in := range f.Inputs {
		f.Inputs[i].Options = offered(in.Options, *field(view, in.Name))
		if _, typed := c.Given[in.Name]; !typed {
			f.Inputs[i].Value = now[in.Name]
		}
	}
	return nil
}

// offered are those of all kinds' options that this kind has.
func offered(all []chat.Option, a chat.Arg) []chat.Option {
	if len(a.Choices) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(o chat.Option) bool { return !slices.Contains(a.Choices, o.Value) })
}

func values(ctx context.Context, c *chat.Call, view chat.View) (chat.Given, error) {
	if view.Values == nil {
		return chat.Given{}, nil
	}
	return view.Values(ctx, c, c.Record("id"))
}

// field is what edit takes under a name for this kind of record; nil for nothing.
func field(view chat.View, name string) *chat.Arg {
	for i := range view.EditArgs {
		if view.EditArgs[i].Name == name {
			return &view.EditArgs[i]
		}
	}
	return nil
}

func (b *bot) edit(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	view, ok := b.views(id.Letter)
	if !ok || view.Edit == nil || len(view.EditArgs) == 0 {
		return chat.Reply{}, chat.NoRecord(id)
	}
	if err := b.misplaced(c, view, id); err != nil {
		return chat.Reply{}, err
	}
	asked := false
	for _, a := range view.EditArgs {
		asked = asked || c.Has(a.Name)
	}
	if !asked {
		return b.whatToEdit(ctx, c, view, id)
	}
	if c.Event.Kind == chat.Submitted {
		now, err := values(ctx, c, view)
		if err != nil {
			return chat.Reply{}, err
		}
		c = c.Without(unchanged(c, view, now)...)
	}
	for _, a := range view.EditArgs {
		if c.Has(a.Name) {
			return view.Edit(ctx, c, id)
		}
	}
	return chat.OnlyYouSay("library.edit.same", text.Args{"id": text.Record(id.String())}).Button("show", chat.ID(id)), nil
}

// misplaced refuses what this kind of record does not have.
func (b *bot) misplaced(c *chat.Call, view chat.View, id record.ID) error {
	for _, name := range b.fields {
		a := field(view, name)
		if !c.Has(name) || a != nil && (a.Kind != chat.Choice || c.Text(name) == "" || slices.Contains(a.Choices, c.Text(name))) {
			continue
		}
		key := "library.edit.not_here"
		if a != nil {
			key = "library.edit.not_this"
		}
		return text.RefuseArg(name, key, text.Args{"id": text.Record(id.String()), "what": text.Key("library.edit.arg." + name), "names": names(view)})
	}
	return nil
}

func names(view chat.View) []text.Rich {
	var out []text.Rich
	for _, a := range view.EditArgs {
		out = append(out, text.Code(a.Name))
	}
	return out
}

// whatToEdit asks for what is to be changed: in a form, or by saying how it is typed.
func (b *bot) whatToEdit(ctx context.Context, c *chat.Call, view chat.View, id record.ID) (chat.Reply, error) {
	if _, err := values(ctx, c, view); err != nil {
		return chat.Reply{}, err
	}
	if view.Brief != nil {
		if _, err := view.Brief(ctx, c.Community.ID, c.Member.No, id); err != nil {
			return chat.Reply{}, err
		}
	}
	var fields []string
	for _, a := range view.EditArgs {
		fields = append(fields, a.Name)
	}
	if c.Platform.Forms && c.Event.Can.Form {
		return chat.AskFor("edit", chat.ID(id), fields...), nil
	}
	r := chat.OnlyYouSay("library.edit.how", text.Args{"id": text.Record(id.String()), "line": c.Platform.Prefix + "edit " + id.String() + " " + fields[0] + ":…"})
	for _, name := range fields {
		r.List = append(r.List, chat.Item{Text: chat.P("library.edit.field", text.Args{"name": text.Code(name), "what": text.Key("library.edit.arg." + name)})})
	}
	return r, nil
}

// unchanged are the arguments that a form gave back as they were. Without Values what is empty was
// never filled in.
func unchanged(c *chat.Call, view chat.View, now chat.Given) []string {
	var out []string
	for _, a := range view.EditArgs {
		if c.Has(a.Name) && plain(c.Given[a.Name]) == plain(now[a.Name]) {
			out = append(out, a.Name)
		}
	}
	return out
}

// plain makes lists and line breaks comparable, however an adapter writes them.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' }), " ")
}
