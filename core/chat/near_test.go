package chat_test

import (
	"context"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/work"
)

// opener notes what it is asked to open.
type opener struct {
	*bottest.Screen
	near []chat.RoomID
}

func (o *opener) Open(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	o.near = append(o.near, spec.Near)
	return o.Screen.Open(ctx, space, spec)
}

// A service is told where a record's room belongs: it may have no place for another room.
func TestARecordsRoomIsOpenedNearItsSection(t *testing.T) {
	t.Parallel()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false),
		notes: &notes{changes: chat.Recorder{Keep: db.Ledger()}, text: map[int64]string{}, hidden: map[int64]bool{}}}
	house := &opener{Screen: w.web}
	w.World = bottest.New(t, db, []chat.Platform{house, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{w.notes.bot()} })
	w.people(t)
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		for id, section := range map[string]community.Section{"elsewhere": community.Sharing, "groups": community.Collaboration} {
			room := community.Room{Community: w.com.ID, Platform: "web", Space: "hall", ID: id, Name: id, Sections: []community.Section{section}}
			if err := db.Directory().AddRoom(ctx, room); err != nil {
				return err
			}
		}
		spec := chat.RoomSpec{Key: "n1", Name: "n1", Section: "collaboration", Record: "N1"}
		return w.Queue.Add(ctx, work.New("chat.open", "open/n1", "open/n1", chat.OpenRoom{Platform: "web", Space: "hall", Spec: spec}).In(w.com.ID),
			work.New("chat.open", "open/s", "open/s", chat.OpenRoom{Platform: "web", Space: "hall", Spec: chat.RoomSpec{Key: "s", Name: "s", Section: "collaboration"}}).In(w.com.ID))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Drain()
	got := map[chat.RoomID]int{}
	for _, r := range house.near {
		got[r]++
	}
	if len(house.near) != 2 || got["groups"] != 1 || got[""] != 1 {
		t.Errorf("opened near %q", house.near)
	}
}
