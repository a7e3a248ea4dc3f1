package matrix_test

import (
	"testing"

	"maunium.net/go/mautrix"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

// In rooms of version 12 ids have no server, and who made a room stands in no list of powers.
func TestRoomVersion12(t *testing.T) { everywhere(t, roomVersion12) }

func roomVersion12(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	got, err := h.ann.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Twelve", Preset: "private_chat", RoomVersion: "12",
		Invite: []userIDs{userID(h.botID), userID(h.bea.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	room := string(got.RoomID)
	h.bea.Join(t, room)
	e := newEar()
	h.run(t, e)
	matrixtest.Until(t, "the bot's coming", func() bool {
		return h.ann.State(t, room, "m.room.member", h.botID)["membership"] == "join"
	})
	h.settle(t)
	h.ann.Say(t, room, "", "!setup")
	ev := e.hears(t, "a command", saying("setup"))
	for who, admin := range map[string]bool{h.ann.ID: true, h.bea.ID: false} {
		rights, err := h.bot.Rights(t.Context(), ev.Where, chat.AccountID(who))
		if err != nil || rights.Admin != admin {
			t.Errorf("%s: %+v %v", who, rights, err)
		}
	}
	section1, fresh, err := h.bot.Open(t.Context(), ev.Where.Space, section("communication"))
	if err != nil || !fresh {
		t.Fatal(section1, fresh, err)
	}
	space := ""
	matrixtest.Until(t, "an invitation", func() bool {
		for _, r := range h.bea.Invites(t) {
			space = r
		}
		return space != ""
	})
	h.bea.Join(t, space)
	h.bea.Join(t, string(section1))
	h.bea.Say(t, string(section1), "", "!help")
	if ev := e.hears(t, "a command", saying("help")); string(ev.Where.Space) != room {
		t.Errorf("%+v", ev.Where)
	}
	sent := h.sends(t, ev.Where, plain("hello"), "twelve")
	if link := h.bot.Link(ev.Where, sent.Message); link == "" {
		t.Error("no link")
	}
}
