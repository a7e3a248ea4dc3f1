package sharing

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

func (b *bot) view() chat.View {
	return chat.View{
		Letter: sharing.Letter, Section: community.Sharing, Announce: chat.WhereMade, Home: b.home,
		Card: b.card, Index: b.index, Show: b.show, Brief: b.brief,
		EditArgs: editArgs(), Edit: b.edit, Values: b.values, Withdraw: b.withdraw, Hide: b.hide, Unhide: b.unhide,
		Consented: b.Toolbox.Consented, Erase: b.Toolbox.Erase,
		Export: func(ctx context.Context, of, member int64) (any, error) { return b.Toolbox.Export(ctx, of, member) },
	}
}

// home is where a resource was deposited.
func (b *bot) home(ctx context.Context, of int64, id record.ID) (chat.Address, error) {
	r, err := b.Toolbox.Resource(ctx, of, id)
	if err != nil || r == nil {
		return chat.Address{}, err
	}
	s := r.Source
	return chat.Address{Platform: chat.PlatformID(s.Platform), Space: chat.SpaceID(s.Space), Room: chat.RoomID(s.Room), Thread: chat.ThreadID(s.Thread)}, nil
}

func title(r *sharing.Resource) chat.Phrase {
	return chat.P("sharing.card.title."+string(r.State), text.Args{"id": chat.Rec(r.ID), "title": r.Title})
}

// card is the shared card of a resource.
func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	r, err := b.Toolbox.Resource(ctx, l.Community.ID, l.Subject.ID)
	if err != nil {
		return chat.Say{}, err
	}
	if r == nil || !r.Public() || l.Subject.Part != 0 {
		return chat.Say{}, chat.ErrHidden
	}
	say := chat.Say{Kind: chat.Card, Record: r.ID, Title: title(r)}
	if r.State == sharing.Withdrawn {
		say.Lines = tombstone(r)
		return say, nil
	}
	by, err := b.by(ctx, r, l.Lang)
	if err != nil {
		return say, err
	}
	say.Lines = []chat.Phrase{by}
	if r.Link != "" {
		say.Lines = append(say.Lines, link(r))
	}
	if len(r.Files) > 0 {
		say.Lines = append(say.Lines, chat.P("sharing.card.files", text.Args{"n": len(r.Files), "files": names(r)}))
	}
	if r.State == sharing.Superseded {
		say.Lines = append(say.Lines, chat.P("sharing.card.replaced", text.Args{"id": chat.Rec(r.ReplacedBy)}))
	}
	if r.Uses > 0 {
		uses, err := b.Toolbox.Uses(ctx, r.Community, r.ID)
		if err != nil {
			return say, err
		}
		say.Lines = append(say.Lines, reach(sharing.Count(uses)))
	}
	say.Buttons = []chat.Press{chat.Show(r.ID), {Command: "used", Given: chat.ID(r.ID)}}
	return say, nil
}

// link is a resource's link, to be opened.
func link(r *sharing.Resource) chat.Phrase {
	return chat.P("sharing.card.link", text.Args{"link": r.Link, "label": label(r.Link)})
}

func tombstone(r *sharing.Resource) []chat.Phrase {
	if r.Reason == "" {
		return nil
	}
	return []chat.Phrase{chat.P("sharing.card.reason", text.Args{"reason": r.Reason})}
}

func names(r *sharing.Resource) []string {
	var out []string
	for _, f := range r.Files {
		out = append(out, f.Name)
	}
	return out
}

// by is the line that says what a resource is, and whose.
func (b *bot) by(ctx context.Context, r *sharing.Resource, lang string) (chat.Phrase, error) {
	whose, key := r.Depositor, "sharing.card.by"
	if r.Creator != 0 || r.Awaits() {
		key = "sharing.card.shared_by"
		if r.Creator != 0 && r.Named() {
			whose, key = r.Creator, "sharing.card.by"
		}
	}
	m, err := community.Load(ctx, b.People, r.Community, whose)
	if err != nil {
		return chat.Phrase{}, err
	}
	language := ""
	if r.Language != "" {
		language = text.LanguageName(r.Language, lang)
	}
	return chat.P(key, text.Args{"kind": kindOf(r),
		"use": text.Maybe("sharing.card.licence", string(r.Licence)), "licence": nameOf(r.Licence),
		"in": text.Maybe("sharing.card.language", language), "language": language,
		"who": chat.Called(m), "works": text.Maybe("sharing.card.works", m.Organisation.Name), "org": m.Organisation.Name,
	}), nil
}

// kindOf is what kind of thing a resource is; where nobody said, what it is made of.
func kindOf(r *sharing.Resource) text.Key {
	switch {
	case r.Kind != "":
		return text.Key("choice.kind." + string(r.Kind))
	case len(r.Files) > 0:
		return text.Key("sharing.card.file")
	}
	return "choice.kind.link"
}

// index is what search knows of a resource.
func (b *bot) index(ctx context.Context, of int64, id record.ID) (search.Doc, bool, error) {
	r, err := b.Toolbox.Resource(ctx, of, id)
	if err != nil || r == nil || !r.Public() || r.State == sharing.Withdrawn {
		return search.Doc{}, false, err
	}
	doc := search.Doc{Section: string(community.Sharing), Letter: string(rune(id.Letter)), Number: id.No, Kind: string(r.Kind), Title: r.Title,
		Body: r.Summary + "\n" + r.Audience, Language: r.Language, Topics: r.Topics, State: string(r.State), At: r.Modified, Uses: int(r.Uses)}
	for _, f := range names(r) {
		doc.Body += "\n" + f
	}
	return doc, true, nil
}

// load is a resource that a reader may see; reader 0 is the community at large.
func (b *bot) load(ctx context.Context, of, reader int64, id record.ID) (*sharing.Resource, error) {
	r, err := b.Toolbox.Resource(ctx, of, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, chat.NoRecord(id)
	}
	m, err := community.Load(ctx, b.People, of, reader)
	if err != nil {
		return nil, err
	}
	if !r.MayRead(m) {
		return nil, chat.ErrHidden
	}
	return r, nil
}

// brief is a resource in one line.
func (b *bot) brief(ctx context.Context, of, reader int64, id record.ID) (chat.Brief, error) {
	r, err := b.load(ctx, of, reader, id)
	if err != nil {
		return chat.Brief{}, err
	}
	return chat.Brief{ID: id, Title: r.Title, State: string(r.State), Language: r.Language, Kind: string(r.Kind), Owner: r.Depositor}, nil
}

// show is a resource for one reader, with the files that are kept.
func (b *bot) show(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	x, err := b.load(ctx, c.Community.ID, c.Member.No, id)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.Reply{}
	r.Record, r.Title = id, title(x)
	if x.State == sharing.Withdrawn {
		r.Lines = tombstone(x)
		return r, nil
	}
	by, err := b.by(ctx, x, c.Lang)
	if err != nil {
		return r, err
	}
	r.Lines = []chat.Phrase{by}
	if x.Summary != "" {
		r.Quote = []string{x.Summary}
	}
	if r, err = b.facts(ctx, c, r, x); err != nil {
		return r, err
	}
	r = attached(c, r, x)
	uses, err := b.Toolbox.Uses(ctx, x.Community, id)
	if err != nil {
		return r, err
	}
	r.Lines = append(r.Lines, reach(sharing.Count(uses)))
	if orgs := sharing.Organisations(uses); len(orgs) > 0 {
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.used_by", Value: chat.P("sharing.list", text.Args{"list": orgs[:min(len(orgs), 8)]})})
	}
	return b.showButtons(c, notes(r, x), x), nil
}

// attached sends the kept files along, as far as the platform takes them, and says where the others
// are.
func attached(c *chat.Call, r chat.Reply, x *sharing.Resource) chat.Reply {
	most, elsewhere := c.Platform.Limits.FileBytes, 0
	for _, f := range x.Files {
		switch {
		case !f.Kept:
			elsewhere++
		case most > 0 && f.Size > most:
			r = r.Note("sharing.show.too_large", text.Args{"file": f.Name})
		default:
			r.Files = append(r.Files, chat.Attachment{SHA256: f.SHA, Name: f.Name, Type: f.Type, Size: f.Size})
		}
	}
	switch {
	case x.Awaits() && x.Creator != 0:
		r = r.Note("sharing.show.awaits", nil)
	case elsewhere == 0:
	case x.Source.URL != "":
		r = r.Note("sharing.show.there", text.Args{"n": elsewhere, "url": x.Source.URL})
	case x.Source.Message == "":
		r = r.Note("sharing.show.nowhere", text.Args{"n": elsewhere})
	default:
		r = r.Note("sharing.show.elsewhere", text.Args{"n": elsewhere})
	}
	return r
}

// notes say what a reader should know of a resource that is not simply there.
func notes(r chat.Reply, x *sharing.Resource) chat.Reply {
	if x.Hidden {
		r = r.Note("sharing.show.hidden", nil)
	}
	if x.State == sharing.Draft && x.Reason != "" {
		r = r.Note("sharing.show.declined", text.Args{"reason": x.Reason})
	}
	if x.State == sharing.Superseded {
		r = r.Line("sharing.card.replaced", text.Args{"id": chat.Rec(x.ReplacedBy)})
	}
	return r
}

// facts are a resource's description, field by field.
func (b *bot) facts(ctx context.Context, c *chat.Call, r chat.Reply, x *sharing.Resource) (chat.Reply, error) {
	if x.Link != "" {
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.link", Value: link(x)})
	}
	if len(x.Files) > 0 {
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.files", Value: chat.P("sharing.list", text.Args{"list": names(x)})})
	}
	r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.licence", Value: licenceOf(x.Licence)})
	if len(x.Topics) > 0 {
		labels, err := community.TopicLabels(ctx, b.People, c.Community.ID, x.Topics, c.Lang)
		if err != nil {
			return r, err
		}
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.topics", Value: chat.P("sharing.list", text.Args{"list": labels})})
	}
	if x.Level != 0 {
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.level", Plain: fmt.Sprint(x.Level)})
	}
	for _, f := range []struct{ label, value string }{{"sharing.field.audience", x.Audience}, {"sharing.field.rights", x.RightsHolder}} {
		if f.value != "" {
			r.Fields = append(r.Fields, chat.Fact{Label: f.label, Plain: f.value})
		}
	}
	if x.Version > 1 {
		vs, err := b.Toolbox.Versions(ctx, x.Community, x.ID)
		if err != nil {
			return r, err
		}
		v := vs[len(vs)-1]
		args := text.Args{"version": v.No, "date": text.DateOf(v.At.In(c.Location())), "noted": text.Maybe("sharing.show.note", v.Note), "note": v.Note}
		r.Fields = append(r.Fields, chat.Fact{Label: "sharing.field.version", Value: chat.P("sharing.show.version", args)})
	}
	return r, nil
}

// showButtons are what the reader can do next.
func (b *bot) showButtons(c *chat.Call, r chat.Reply, x *sharing.Resource) chat.Reply {
	if x.Hidden {
		return r
	}
	if b.Translate != nil {
		r = r.Press(b.Translate(x.Subject()))
	}
	if x.State == sharing.Submitted && c.Member.Role >= community.RoleCurator {
		for _, p := range decisions(x) {
			r = r.Press(p)
		}
	}
	if x.Public() {
		r = r.Button("used", chat.ID(x.ID))
	}
	if x.MayChange(c.Member) {
		r = r.Button("version", chat.ID(x.ID)).Button("edit", chat.ID(x.ID)).Button("withdraw", chat.ID(x.ID))
	}
	return r
}
