package matrix_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

// A room that was there before becomes a child of the Space, and says so where the bot may.
func TestARoomIsAdopted(t *testing.T) { everywhere(t, aRoomIsAdopted) }

func aRoomIsAdopted(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	h.run(t, newEar())
	room := h.ann.NewRoom(t, "Old library", h.botID, h.bea.ID)
	h.bea.Join(t, room)
	matrixtest.Until(t, "the bot in the room", func() bool {
		return h.ann.State(t, room, "m.room.member", h.botID)["membership"] == "join"
	})
	home := chat.SpaceID(h.home)
	for range 2 { // as after an unknown outcome
		if err := h.bot.Adopt(t.Context(), home, chat.RoomID(room), "VET Net"); err != nil {
			t.Fatal(err)
		}
	}
	made, fresh, err := h.bot.Open(t.Context(), home, section("communication"))
	if err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	h.rooms(t)
	space := parentOf(t, h.eye, string(made))
	if child := h.eye.State(t, space, "m.space.child", room); child["suggested"] != true || child["via"] == nil {
		t.Errorf("it is no child of the Space: %v", child)
	}
	// The bot has no power there: it says what is missing, once.
	sentences := func() (n int) {
		for _, s := range h.bea.Show(t, room) {
			if s.From == h.botID && strings.Contains(s.Body, "is in the Space VET Net now") && strings.Contains(s.Body, "moderator") {
				n++
			}
		}
		return n
	}
	matrixtest.Until(t, "the sentence", func() bool { return sentences() > 0 })
	if n := sentences(); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	if got := parentOf(t, h.ann, room); got != "" {
		t.Errorf("its parent is %q", got)
	}
	powers := h.ann.State(t, room, "m.room.power_levels", "")
	users, _ := powers["users"].(map[string]any)
	if users == nil {
		users = map[string]any{}
	}
	users[h.botID], powers["users"] = 50, users
	h.ann.SetState(t, room, "m.room.power_levels", "", powers)
	matrixtest.Until(t, "the room's canonical parent", func() bool { return parentOf(t, h.ann, room) == space })
	// Where it may from the beginning, it says nothing.
	got, err := h.ann.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Old workshop", Preset: "private_chat", Invite: []userIDs{userID(h.botID)}})
	if err != nil {
		t.Fatal(err)
	}
	workshop := string(got.RoomID)
	powers = h.ann.State(t, workshop, "m.room.power_levels", "")
	powers["events"] = map[string]any{"m.space.parent": 0}
	h.ann.SetState(t, workshop, "m.room.power_levels", "", powers)
	matrixtest.Until(t, "the bot's knowing", func() bool {
		if h.ann.State(t, workshop, "m.room.member", h.botID)["membership"] != "join" {
			return false
		}
		if err := h.bot.Adopt(t.Context(), home, chat.RoomID(workshop), "VET Net"); err != nil {
			t.Fatal(err)
		}
		return parentOf(t, h.ann, workshop) == space
	})
	if err := h.bot.Adopt(t.Context(), home, "!nowhere:guildhall.test", "VET Net"); !isGone(err) {
		t.Errorf("a room in which the bot is not: %v", err)
	}
}
