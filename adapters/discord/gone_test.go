package discord_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// Discord does not tell of each message of a thread or channel that is deleted: what is kept of them is
// told to be gone all the same.
func TestWhatStoodInADeletedThreadIsGone(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := begin(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	card := must1[discordtest.Message](s)(s.ann.Say(s.help, "a request"))
	thread := must1[*discordtest.Channel](s)(s.ann.StartThread(card, "H1"))
	other := s.g.AddChannel("other")
	for _, in := range []*discordtest.Channel{thread, thread, other} {
		m := must1[discordtest.Message](s)(s.ann.Say(in, "an answer"))
		store.hold(chat.Target{Where: s.at(in), Message: chat.MessageID(m.ID.String())})
	}
	gone := func(ev chat.Event) bool { return ev.Kind == chat.Deleted && ev.Where == s.at(thread) }
	thread.Delete()
	first, second := s.hears("an answer that is gone", gone), s.hears("another", gone)
	if first.Message == second.Message {
		t.Errorf("%s twice", first.Message)
	}
	other.Delete()
	s.hears("the answer in the channel", func(ev chat.Event) bool { return ev.Kind == chat.Deleted && ev.Where == s.at(other) })
	s.hears("that we are no more there", kind(chat.Left))
	if n := s.ear.heard(kind(chat.Left)); n != 0 {
		t.Error("a request's thread is no room")
	}
}

// A server comes back after an outage: nobody is greeted again, also when the session was gone on with by
// a program that was never told which servers there are.
func TestAServerThatComesBackIsNoNewOne(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = newStore() })
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("a message", saying("one"))
	s.must(s.end())
	s.make()
	s.start()
	s.must(s.srv.Connected(1))
	s.g.Outage()
	s.g.Restore()
	old := `{"id": "4242", "name": "Old", "joined_at": "2026-01-02T03:04:05.678000+00:00", "system_channel_id": "4243"}`
	s.srv.SendEvent("GUILD_CREATE", json.RawMessage(old))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	s.hears("a message", saying("two"))
	s.g.KickBot()
	s.g.AddBot(discordtest.Permission(1 << 10)) // whoever is new is greeted
	s.hears("that we came", kind(chat.Entered))
	s.must(s.end())
	if n := s.ear.heard(kind(chat.Entered)); n != 0 {
		t.Errorf("%d greeted", n)
	}
}

// A change that says nothing of the text leaves it as it was; one that empties it does not.
func TestAPartOfAMessageIsNoChangeOfItsText(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := must1[discordtest.Message](s)(s.ann.Say(s.help, "as it was", discordtest.Upload{Name: "a.txt", Data: []byte("a")}))
	s.hears("the message", saying("as it was"))
	part := fmt.Sprintf(`"id": "%s", "channel_id": "%s", "guild_id": "%s", "author": {"id": "%s", "username": "ann"}, "type": 0,
		"edited_timestamp": "2026-11-25T12:00:0%%d.000000+00:00", "attachments": [{"id": "1", "filename": "a.txt", "url": "https://cdn.discordapp.com/a.txt"}]`,
		m.ID, s.help.ID, s.g.ID, s.ann.ID)
	s.srv.SendEvent("MESSAGE_UPDATE", json.RawMessage("{"+fmt.Sprintf(part, 1)+"}"))
	s.srv.SendEvent("MESSAGE_UPDATE", json.RawMessage("{"+fmt.Sprintf(part, 2)+`, "content": null}`))
	s.srv.SendEvent("MESSAGE_UPDATE", json.RawMessage("{"+fmt.Sprintf(part, 3)+`, "content": ""}`))
	ev := s.hears("the change", kind(chat.Edited))
	if !strings.Contains(string(ev.ID), "12:00:03") || ev.Text != "" {
		t.Errorf("%+v", ev)
	}
}

// What somebody forwards counts as said, with its files.
func TestAForwardedFileIsThere(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	raw := fmt.Sprintf(`{"id": "1575000000000000000", "channel_id": "%s", "guild_id": "%s", "author": {"id": "%s", "username": "ann"}, "type": 0, "content": "",
		"message_reference": {"type": 1, "message_id": "5", "channel_id": "6"}, "message_snapshots": [null, {"message": {"type": 0, "content": "",
		"attachments": [{"id": "1", "filename": "rubric.pdf", "url": "https://cdn.discordapp.com/rubric.pdf"}]}}]}`, s.help.ID, s.g.ID, s.ann.ID)
	s.srv.SendEvent("MESSAGE_CREATE", json.RawMessage(raw))
	ev := s.hears("the message", kind(chat.Said))
	if len(ev.Files) != 1 || ev.Files[0].Name != "rubric.pdf" || ev.Target != nil {
		t.Errorf("%+v", ev)
	}
}
