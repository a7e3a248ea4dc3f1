package discord_test

import (
	"context"
	"strings"
	"testing"

	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func TestWhatPeopleWriteIsGivenInOrderAndOurAnswersAreShown(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "How do you assess welders, <@"+s.bea.ID.String()+">?"))
	ev := s.hears("Ann's question", kind(chat.Said))
	if ev.Text != "How do you assess welders, @bea?" || ev.Addressed || ev.Direct || ev.From.Account != chat.AccountID(s.ann.ID.String()) || ev.From.Name != "ann" || ev.Where != s.at(s.help) {
		t.Errorf("%+v", ev)
	}
	sent, err := s.dc.Send(t.Context(), s.at(s.help), chat.Message{Lang: "en", Kind: chat.Card, Title: text.Plain("H7 · Welders"), Record: "H7", Threaded: true,
		Body:    []text.Rich{append(text.Plain("Asked by "), text.Mention(text.Person{Member: 1, Name: "Ann"})...)},
		Buttons: []chat.Button{{Key: "1~follow H7", Label: "Follow"}}, Accounts: map[int64]chat.AccountID{1: ev.From.Account}, Pings: []chat.AccountID{ev.From.Account}}, chat.Key{ID: "card1"})
	s.must(err)
	card := must1[discordtest.Message](s)(s.bea.SeesText(s.help, "H7 · Welders"))
	if card.ID.String() != string(sent.Message) || card.Thread() == nil || string(sent.Thread) != card.Thread().ID.String() {
		t.Errorf("%+v %+v", sent, card)
	}
	if len(card.Pings.Users) != 1 || card.Pings.Users[0] != s.ann || card.Pings.Everyone {
		t.Errorf("pings %+v", card.Pings)
	}
	// An answer in its thread.
	must1[discordtest.Message](s)(s.bea.Say(card.Thread(), "With portfolios."))
	if ev = s.hears("the answer", saying("With portfolios.")); ev.Where != s.at(card.Thread()) || ev.Where.Thread != sent.Thread {
		t.Errorf("%+v", ev.Where)
	}
	s.must(s.dc.Edit(t.Context(), s.at(s.help), sent.Message, plain("H7 · solved")))
	must1[discordtest.Message](s)(s.ann.SeesChange(card, "the card as solved", func(m discordtest.Message) bool { return strings.Contains(m.Text(), "solved") }))
	s.must(s.dc.Remove(t.Context(), s.at(s.help), sent.Message))
	s.must(s.ann.SeesGone(card))
	s.must(s.dc.Remove(t.Context(), s.at(s.help), sent.Message))
}

func TestACommandIsAnsweredOnlyToWhoGaveIt(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	delivered := make(chan struct{}, 2)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		m := plain("H1 is asked.")
		m.Buttons = []chat.Button{{Key: "1~show H1", Label: "Show", Name: "Show H1"}}
		return chat.Answer{Message: &m, Delivered: func(context.Context, chat.Sent) error { delivered <- struct{}{}; return nil }}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "ask", discordtest.Opt("question", "How?"), discordtest.Opt("urgent", true)))
	reply := must1[discordtest.Message](s)(i.Reply())
	if reply.Text() != "H1 is asked." || reply.For != s.ann || strings.Join(reply.Labels(), ",") != "Show H1" {
		t.Errorf("%q for %v with %v", reply.Text(), reply.For, reply.Labels())
	}
	ev := s.hears("the command", kind(chat.Invoked))
	if ev.Command != "ask" || ev.Given["question"] != "How?" || ev.Given["urgent"] != "yes" || ev.From.Locale != "it" || !ev.Can.Answer || !ev.Can.Form {
		t.Errorf("%+v", ev)
	}
	<-delivered
	i = must1[*discordtest.Interaction](s)(s.ann.Press(reply, "Show H1"))
	must1[discordtest.Outcome](s)(i.Outcome())
	if ev = s.hears("the press", kind(chat.Pressed)); ev.Key != "1~show H1" {
		t.Errorf("%+v", ev)
	}
}
