package discord_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// hearing is a log that can be searched.
type hearing struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *hearing) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(b)
}

func (h *hearing) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// oddly begins a stage whose log is kept, and fails when there was a panic.
func oddly(t *testing.T) *stage {
	log := &hearing{}
	s := begin(t, discordtest.Options{}, func(o *discord.Options) {
		o.Log = slog.New(slog.NewTextHandler(io.MultiWriter(log, testLog{t}), nil))
	})
	t.Cleanup(func() {
		if all := log.String(); strings.Contains(all, "panic") {
			t.Errorf("%s", all)
		}
	})
	return s
}

// Whatever is missing in an interaction, odd or new, what is there is taken, and the next one is answered.
func TestOddInteractionsAreTakenForWhatTheySay(t *testing.T) {
	t.Parallel()
	s := oddly(t)
	user := `{"id": "11", "username": "zoe", "global_name": null, "discriminator": "0", "new_field": {"a": [1]}}`
	base := fmt.Sprintf(`"application_id": "%s", "token": "tok", "version": 1, "channel_id": "%s", "guild_id": "%s"`, s.srv.App().ID, s.help.ID, s.g.ID)
	data := map[string]bool{ // whether the engine hears of it
		`"type": 2, "member": {"user": USER}`:                                                                                                                          true,
		`"type": 2, "member": {"user": USER}, "data": null`:                                                                                                            true,
		`"type": 2, "member": {"user": USER}, "data": {}`:                                                                                                              true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "ask", "type": 1, "options": null}`:                                                                     true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "ask", "type": 1, "options": [{"name": "question", "type": 3}]}`:                                        true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "ask", "type": 1, "options": [{"name": "x", "type": 97, "value": {"a": 1}}]}`:                           true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "ask", "type": 1, "options": [{"name": "question", "type": 3, "value": null}]}`:                         true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "deposit", "type": 1, "options": [{"name": "file", "type": 11, "value": "77"}]}`:                        true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "profile", "type": 1, "options": [{"name": "member", "type": 6, "value": "88"}]}`:                       true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Profile", "type": 2, "target_id": "88"}`:                                                               true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Profile", "type": 2}`:                                                                                  false,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Deposit in toolbox", "type": 3, "target_id": "99"}`:                                                    true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Deposit in toolbox", "type": 3, "target_id": "99", "resolved": {"messages": {"99": null}}}`:            true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Deposit in toolbox", "type": 3, "target_id": "99", "resolved": {"messages": {"99": {"id": "99"}}}}`:    true,
		`"type": 2, "member": {"user": USER}, "data": {"name": "Something of the past", "type": 3, "target_id": "99"}`:                                                 false,
		`"type": 2, "user": USER, "data": {"name": "ask", "type": 1}`:                                                                                                  true,
		`"type": 2, "member": {"nick": "zoe"}, "user": USER, "data": {"name": "ask", "type": 1}`:                                                                       true,
		`"type": 2, "member": {"nick": "zoe"}, "data": {"name": "ask", "type": 1}`:                                                                                     false,
		`"type": 2, "data": {"name": "ask", "type": 1}`:                                                                                                                false,
		`"type": 3, "member": {"user": USER}, "message": null, "data": {"custom_id": "k1", "component_type": 2}`:                                                       true,
		`"type": 3, "member": {"user": USER}, "message": {"id": "5", "flags": 64}, "data": {"custom_id": "k1", "component_type": 77, "values": null}`:                  true,
		`"type": 3, "member": {"user": USER}, "message": {"id": "5"}, "data": {"custom_id": ""}`:                                                                       false,
		`"type": 3, "member": {"user": USER}, "message": {"id": "5"}, "data": {"custom_id": "gh!pick!", "values": []}`:                                                 false,
		`"type": 3, "member": {"user": USER}, "message": {"id": "5"}, "data": {"custom_id": "gh!step!m9.9!nothing", "values": ["a"]}`:                                  false,
		`"type": 5, "member": {"user": USER}, "data": {"custom_id": "gh!form!f1", "components": [null, {"components": [{"custom_id": "a"}]}, {"component": null}, 7]}`: true,
		`"type": 5, "member": {"user": USER}, "data": {"custom_id": "another program's"}`:                                                                              false,
		`"type": 4, "member": {"user": USER}, "data": {"name": "show", "type": 1, "options": []}`:                                                                      false,
		`"type": 99, "member": {"user": USER}`:                                                                                                                         false,
		`"type": 1`:                                                                                                                                                    false,
	}
	n := 1575000000000000000
	for body, heard := range data {
		n += 1 << 22
		raw := `{"id": "` + fmt.Sprint(n) + `", ` + base + `, ` + strings.ReplaceAll(body, "USER", user) + `}`
		if !json.Valid([]byte(raw)) {
			t.Fatal(raw)
		}
		s.srv.SendEvent("INTERACTION_CREATE", json.RawMessage(raw))
		id := chat.EventID("i" + fmt.Sprint(n))
		if heard {
			if ev := s.hears(body, func(ev chat.Event) bool { return ev.ID == id }); ev.From.Account != "11" {
				t.Errorf("%s: by %+v", body, ev.From)
			}
		}
	}
	s.ear.says(plain("Still here."))
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "Still here." {
		t.Errorf("%q", m.Text())
	}
	s.must(s.end())
	if all := s.ear.heard(func(ev chat.Event) bool { return ev.From.Account == "11" }); all != 0 {
		t.Errorf("%d were heard that say nothing", all)
	}
	s.srv.ForgetFaults() // answers to interactions that there never were
}

// A server that is away comes back, roles change while we run, threads are locked, channels go: nothing
// ends, and what is known follows.
func TestTheWorldChangesUnderOurFeet(t *testing.T) {
	t.Parallel()
	s := oddly(t)
	for _, x := range []struct{ name, raw string }{
		{"GUILD_DELETE", `{"id": "` + s.g.ID.String() + `", "unavailable": true}`},
		{"GUILD_UPDATE", `{"id": "` + s.g.ID.String() + `", "name": null, "roles": [null]}`},
		{"GUILD_ROLE_UPDATE", `{"guild_id": "7", "role": {"id": "8", "permissions": "not a number"}}`},
		{"GUILD_ROLE_DELETE", `{"guild_id": "7"}`},
		{"CHANNEL_UPDATE", `{"id": "9", "guild_id": "7", "permission_overwrites": [null, {"id": "1", "type": 5, "allow": -1}]}`},
		{"THREAD_LIST_SYNC", `{"guild_id": "7", "threads": [null, {"id": "10"}]}`},
		{"THREAD_DELETE", `{"id": "404404"}`},
		{"CHANNEL_DELETE", `{"id": "404405"}`},
		{"MESSAGE_DELETE_BULK", `{"ids": ["1", null, "x"], "channel_id": "` + s.help.ID.String() + `", "guild_id": "` + s.g.ID.String() + `"}`},
		{"MESSAGE_REACTION_ADD", `{"user_id": "5", "channel_id": "` + s.help.ID.String() + `", "guild_id": "` + s.g.ID.String() + `", "message_id": "6", "emoji": null}`},
		{"MESSAGE_REACTION_REMOVE_ALL", `{}`}, {"MESSAGE_POLL_VOTE_ADD", `{}`}, {"VOICE_STATE_UPDATE", `null`}, {"", `{}`},
	} {
		s.srv.SendEvent(x.name, json.RawMessage(x.raw))
	}
	must1[discordtest.Message](s)(s.ann.Say(s.help, "here"))
	s.hears("a message", saying("here"))
	if _, err := s.dc.Send(t.Context(), s.at(s.help), plain("Hello."), chat.Key{ID: "k"}); err != nil {
		t.Error(err)
	}
}
