package membership

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// person is what everybody may read of a member: what they said of themselves, and whether they offered
// to help. How they like to be written to and quoted is theirs alone, and what they did not say is
// not there.
func (b *bot) person(ctx context.Context, c *chat.Call, no int64) (chat.Reply, error) {
	m, err := community.Load(ctx, b.Lists, c.Community.ID, no)
	if err != nil {
		return chat.Reply{}, err
	}
	if m.No == 0 || m.Erased {
		return chat.Reply{}, text.Refuse("community.nobody", nil)
	}
	topics, err := b.labels(ctx, c, m.Topics)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("", nil)
	r.Title = chat.P("membership.person.title", text.Args{"who": chat.Called(m), "community": c.Community.Name})
	plain := func(name, s string) {
		if s != "" {
			r.Fields = append(r.Fields, chat.Fact{Label: "membership.profile.arg." + name, Value: chat.P("membership.as_is", text.Args{"text": s})})
		}
	}
	plain("language", text.LanguageName(m.Language, c.Lang))
	plain("country", text.CountryName(m.Country, c.Lang))
	if m.Organisation.No != 0 && !m.Organisation.Confirmed {
		r.Fields = append(r.Fields, chat.Fact{Label: "membership.profile.arg.organisation",
			Value: chat.P("membership.profile.waiting", text.Args{"organisation": m.Organisation.Name})})
	} else {
		plain("organisation", m.Organisation.Name)
	}
	plain("topics", topics)
	if m.Helper && !m.Stopped {
		r.Fields = append(r.Fields, chat.Fact{Label: "membership.profile.arg.helper", Value: yesNo(true)})
	}
	if len(r.Fields) == 0 {
		r.Lines = []chat.Phrase{chat.P("membership.person.nothing", text.Args{"who": chat.Called(m)})}
	}
	return r, nil
}
