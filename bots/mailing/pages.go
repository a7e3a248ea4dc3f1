package mailing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/core/chat"
	"guildhall/core/mail"
	"guildhall/core/record"
	"guildhall/core/text"
)

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Look is the page of a link; it changes nothing.
func (m *Mailing) Look(ctx context.Context, v mail.Verb, token string) (mail.Page, error) {
	return m.page(ctx, v, token, nil)
}

// Press does what a page's button does.
func (m *Mailing) Press(ctx context.Context, v mail.Verb, token string, chosen func(name string) string) (mail.Page, error) {
	return m.page(ctx, v, token, chosen)
}

// page is what a link shows; with chosen, its button was pressed.
func (m *Mailing) page(ctx context.Context, v mail.Verb, token string, chosen func(name string) string) (mail.Page, error) {
	l, err := m.Signer.Open(v, token, m.Now())
	switch {
	case errors.Is(err, mail.ErrForged):
		return m.nowhere("mailing.page.nowhere"), nil
	case errors.Is(err, mail.ErrExpired):
		return m.nowhere("mailing.page.old"), nil
	}
	found, err := m.Subscriptions.Find(ctx, l)
	if err != nil {
		return mail.Page{}, fmt.Errorf("find the reader of a link: %w", err)
	}
	if found == nil {
		if v == mail.Stop {
			return m.plain("mailing.page.nothing"), nil
		}
		return m.nowhere("mailing.page.old"), nil
	}
	r, ok, err := m.whole(ctx, *found)
	if err != nil {
		return mail.Page{}, err
	}
	switch v {
	case mail.Stop, mail.Refuse:
		return m.ending(ctx, r, l, chosen)
	case mail.Confirm:
		if !ok || r.State == mail.Off {
			return m.nowhere("mailing.page.old"), nil
		}
		return m.beginning(ctx, r, l, chosen)
	case mail.Read:
		// Who has no chat account reads as long as they get the digest.
		if !ok || r.Member == 0 && r.State != mail.On {
			return m.nowhere("mailing.page.old"), nil
		}
		return m.record(ctx, r, l.Record)
	}
	return m.nowhere("mailing.page.nowhere"), nil
}

// plain is a page of one sentence for somebody of whom nothing is known.
func (m *Mailing) plain(key string) mail.Page {
	lang := m.Words().Languages()[0]
	return mail.Page{Body: mail.Body{Lang: lang, Title: m.Words().Plain(lang, "mailing.page.title", nil), Lead: []text.Rich{m.Words().Rich(lang, key, nil)}}}
}

func (m *Mailing) nowhere(key string) mail.Page {
	p := m.plain(key)
	p.Gone = true
	return p
}

// sentence is a page of one sentence for a reader.
func (m *Mailing) sentence(r reader, key string, args text.Args) mail.Page {
	return mail.Page{Body: mail.Body{Lang: r.lang, Title: m.label(r, "mailing.title", args), Lead: []text.Rich{m.tell(r, key, args)}}}
}

// beginning is the page that confirms a subscription.
func (m *Mailing) beginning(ctx context.Context, r reader, l mail.Link, chosen func(string) string) (mail.Page, error) {
	if chosen == nil {
		if r.State == mail.On {
			return m.begun(ctx, r)
		}
		p := m.sentence(r, "mailing.page.confirm", r.args())
		p.Press = m.label(r, "mailing.question.yes", r.args())
		if r.Member == 0 {
			p.Choices = m.choices(r)
		}
		return p, nil
	}
	lang, zone := "", ""
	if r.Member == 0 {
		// What is not on the menu was not chosen there.
		if lang = chosen("language"); !slices.Contains(m.Words().Languages(), lang) {
			lang = ""
		}
		if zone = chosen("zone"); !slices.Contains(zones(r.com.Zone), zone) {
			zone = ""
		}
	}
	now, ok, err := m.Subscriptions.Confirm(ctx, l, lang, zone)
	if err != nil {
		return mail.Page{}, fmt.Errorf("confirm: %w", err)
	}
	if !ok {
		return m.nowhere("mailing.page.old"), nil
	}
	if r, _, err = m.whole(ctx, *now); err != nil {
		return mail.Page{}, err
	}
	return m.begun(ctx, r)
}

// begun says when the next digest comes.
func (m *Mailing) begun(ctx context.Context, r reader) (mail.Page, error) {
	args := r.args()
	s, there, err := m.Subscriptions.Schedules.Schedule(ctx, r.Community, mail.ScheduleName(r.No))
	if err != nil {
		return mail.Page{}, fmt.Errorf("look for a schedule: %w", err)
	}
	if !there || s.Due.IsZero() {
		return m.sentence(r, "mailing.page.confirmed", args), nil
	}
	args["next"] = text.Moment(s.Due)
	return m.sentence(r, "mailing.page.next", args), nil
}

// choices are what somebody without a chat account may choose: the language and the zone.
func (m *Mailing) choices(r reader) []mail.Choice {
	langs := mail.Choice{Name: "language", Label: m.label(r, "mailing.page.language", nil)}
	for _, l := range m.Words().Languages() {
		langs.Options = append(langs.Options, mail.Option{Value: l, Label: text.LanguageName(l, l), On: l == r.lang})
	}
	when := mail.Choice{Name: "zone", Label: m.label(r, "mailing.page.zone", nil)}
	for _, z := range zones(r.com.Zone) {
		when.Options = append(when.Options, mail.Option{Value: z, Label: z, On: z == r.com.Zone})
	}
	return []mail.Choice{langs, when}
}

// ending is the page that ends a subscription, and the one that refuses to be asked again.
func (m *Mailing) ending(ctx context.Context, r reader, l mail.Link, chosen func(string) string) (mail.Page, error) {
	name := "mailing.page.stop"
	if l.Verb == mail.Refuse {
		name = "mailing.page.never"
	}
	args := r.args()
	if chosen == nil && (l.Verb == mail.Refuse || r.State != mail.Off) {
		p := m.sentence(r, name, args)
		p.Press, p.Danger = m.label(r, name+"_button", args), true
		return p, nil
	}
	if chosen != nil {
		if _, err := m.Subscriptions.Stop(ctx, l, l.Verb == mail.Refuse); err != nil {
			return mail.Page{}, fmt.Errorf("end a subscription: %w", err)
		}
	}
	p := m.sentence(r, name+"_done", args)
	if r.Member != 0 {
		p.Body.Small = []text.Rich{m.tell(r, "mailing.page.again", args)}
	}
	return p, nil
}

// record is a record as everybody in its rooms sees it, for one who may read it now.
func (m *Mailing) record(ctx context.Context, r reader, id record.ID) (mail.Page, error) {
	args := r.args()
	args["id"] = id.String()
	view, ok := m.Views(id.Letter)
	if !ok || view.Brief == nil || view.Card == nil {
		return m.nowhere("mailing.page.nowhere"), nil
	}
	brief, err := view.Brief(ctx, r.Community, r.Member, id)
	var no *text.Refusal
	if err != nil && !errors.As(err, &no) {
		return mail.Page{}, fmt.Errorf("describe %s: %w", id, err)
	}
	if err == nil && brief.State == "withdrawn" {
		return m.sentence(r, "mailing.page.withdrawn", args), nil
	}
	if err != nil || brief.Title == "" {
		return m.sentence(r, "mailing.page.hidden", args), nil //nolint:nilerr // a refusal is told as a sentence
	}
	say, err := view.Card(ctx, chat.Look{Community: r.com, Subject: record.Subject{ID: id}, Lang: r.lang})
	if errors.As(err, &no) {
		return m.sentence(r, "mailing.page.hidden", args), nil
	}
	if err != nil {
		return mail.Page{}, fmt.Errorf("show %s: %w", id, err)
	}
	p := mail.Page{Body: m.card(r, say)}
	if brief.Language != "" && m.Words().Match(brief.Language) != r.lang {
		args["language"] = text.LanguageName(brief.Language, r.lang)
		p.Body.Small = append(p.Body.Small, m.tell(r, "mailing.page.in", args))
	}
	p.Body.Small = append(p.Body.Small, m.tell(r, "mailing.page.read_only", args))
	return p, nil
}

// card is a card as a page: all that can be read, and nothing that can be pressed.
func (m *Mailing) card(r reader, say chat.Say) mail.Body {
	b := mail.Body{Lang: r.lang, Title: m.say(r, say.Title).Plain()}
	add := func(t text.Rich) {
		if !t.Empty() {
			b.Lead = append(b.Lead, t)
		}
	}
	for _, p := range say.Lines {
		add(m.say(r, p))
	}
	for _, q := range say.Quote {
		add(text.Italic(q))
	}
	var facts, list mail.Section
	for _, f := range say.Fields {
		value := text.Plain(f.Plain)
		if f.Value.Key != "" {
			value = m.say(r, f.Value)
		}
		if !value.Empty() {
			facts.Rows = append(facts.Rows, mail.Row{Text: text.Join(": ", text.Bold(m.label(r, f.Label, nil)), value)})
		}
	}
	for _, it := range say.List {
		list.Rows = append(list.Rows, mail.Row{Text: m.say(r, it.Text), Detail: m.say(r, it.Detail)})
	}
	if say.Picture != nil {
		list.Rows = append(list.Rows, mail.Row{Text: text.Plain(say.Picture.Alt)})
	}
	for _, f := range say.Files {
		list.Rows = append(list.Rows, mail.Row{Text: text.Plain(f.Name)})
	}
	for _, s := range []mail.Section{facts, list} {
		if len(s.Rows) > 0 {
			b.Sections = append(b.Sections, s)
		}
	}
	return b
}
