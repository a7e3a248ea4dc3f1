package discord

import (
	"context"
	"encoding/json"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// showID begins the custom id of a button that shows a kept answer to the one it is for.
const showID = ours + "show!"

// keptAnswer is what waits behind such a button: a message or a form.
type keptAnswer struct {
	By      chat.AccountID
	Message *chat.Message
	Form    *chat.Form
}

// publicVia is how a message that mentioned us in a room can be answered.
func publicVia(m message) string {
	if m.Guild == "" {
		return ""
	}
	return "m|" + string(m.Channel) + "|" + string(m.ID)
}

// whisperLater keeps an answer that only one person may see, and answers their message with a button
// that shows it: without an interaction Discord shows nothing to one person alone.
func (p *Platform) whisperLater(ctx context.Context, to chat.Address, who chat.AccountID, asked id, m chat.Message, key chat.Key) error {
	return p.keepBehind(ctx, to, asked, keptAnswer{By: who, Message: &m}, m.Lang, "discord.show", key)
}

// formLater is whisperLater for a form.
func (p *Platform) formLater(ctx context.Context, ev chat.Event, f chat.Form) error {
	return p.keepBehind(ctx, ev.Where, id(ev.Message), keptAnswer{By: ev.From.Account, Form: &f}, "", "discord.fill", chat.Key{ID: "f" + string(ev.Message), Again: true})
}

func (p *Platform) keepBehind(ctx context.Context, to chat.Address, asked id, k keptAnswer, lang, label string, key chat.Key) error {
	state, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	now := p.opt.Now()
	if err := p.opt.Store.KeepForm(ctx, "show/"+key.ID, state, now, now.Add(formTime)); err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	say := "discord.only_you"
	if k.Form != nil {
		say = "discord.open_form"
	}
	stub := chat.Message{Lang: lang, Body: richly(lang, say), Buttons: []chat.Button{{Key: showID + key.ID, Label: words.Plain(lang, label, nil)}}}
	_, err = p.post(ctx, to, stub, key, asked)
	return err
}

// showKept shows a kept answer to the one it is for.
func (t *turn) showKept(ctx context.Context, key string) {
	defer t.stop()
	b, ok, err := t.p.opt.Store.Form(ctx, "show/"+key, t.p.opt.Now())
	var k keptAnswer
	switch {
	case err != nil:
		t.say(ctx, "discord.away")
		return
	case !ok || json.Unmarshal(b, &k) != nil:
		t.say(ctx, "discord.old")
		return
	case k.By != chat.AccountID(t.by.ID):
		t.say(ctx, "discord.not_yours")
		return
	}
	t.answer(ctx, chat.Answer{Message: k.Message, Form: k.Form})
}

// richly is one of our own sentences.
func richly(lang, key string) []text.Rich { return []text.Rich{words.Rich(lang, key, nil)} }
