package chat_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/work"
)

// adopter is a chat service that holds rooms together.
type adopter struct {
	*bottest.Screen
	fails   int // so many times nobody knows what came of it
	adopted []string
}

// Adopt implements chat.Adopter.
func (a *adopter) Adopt(_ context.Context, space chat.SpaceID, room chat.RoomID, community string) error {
	a.adopted = append(a.adopted, fmt.Sprint(space, " ", room, " ", community))
	if a.fails > 0 {
		a.fails--
		return &chat.UnknownOutcome{Cause: fmt.Errorf("away")}
	}
	return nil
}

func TestARoomThatWasThereIsAdopted(t *testing.T) {
	t.Parallel()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false),
		notes: &notes{changes: chat.Recorder{Keep: db.Ledger()}, text: map[int64]string{}, hidden: map[int64]bool{}}}
	house := &adopter{Screen: w.web, fails: 1}
	w.World = bottest.New(t, db, []chat.Platform{house, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{w.notes.bot()} })
	w.people(t)
	lane := "open/web/hall/library"
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		return w.Queue.Add(ctx, work.New("chat.open", lane, lane, chat.OpenRoom{Platform: "web", Space: "hall", Room: "old-library",
			Spec: chat.RoomSpec{Key: "library", Name: "Old library"}}).In(w.com.ID))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Drain()
	w.Now = w.Now.Add(time.Hour)
	w.Drain()
	want := "hall old-library " + w.com.Name
	if !slices.Equal(house.adopted, []string{want, want}) { // again, since nobody knew
		t.Errorf("adopted %q", house.adopted)
	}
	room, ok, err := db.Directory().Room(t.Context(), "web", "old-library")
	if err != nil || !ok || room.Opened {
		t.Errorf("%+v %v %v", room, ok, err)
	}
}
