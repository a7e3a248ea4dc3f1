package chat_test

import (
	"context"
	"strings"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// shelf is a chat service one of whose rooms is a shelf.
type shelf struct{ *bottest.Screen }

// Shelf implements chat.Shelver.
func (shelf) Shelf(room chat.RoomID) bool { return room == "web-help" }

func TestARecordStandsOnTheShelfAndWhereItWasMade(t *testing.T) {
	t.Parallel()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false),
		notes: newNotes(db)}
	bot := w.notes.bot()
	bot.Views[0].Announce = chat.WhereMade
	w.World = bottest.New(t, db, []chat.Platform{shelf{w.web}, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{bot} })
	w.people(t)
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		return db.Directory().AddRoom(ctx, community.Room{Community: w.com.ID, Platform: "web", Space: "hall", ID: "lobby"})
	})
	if err != nil {
		t.Fatal(err)
	}
	ev := w.event(chat.Invoked, "ann")
	ev.Where.Room, ev.Text = "lobby", "note A rubric"
	w.Handle(ev)
	// And from a post of the shelf: it has its own post, and no card in the other.
	ev = w.event(chat.Invoked, "ann")
	ev.Where.Thread, ev.Text = "t-1", "note Another"
	w.Handle(ev)
	w.Drain()
	cards := map[string]int{}
	for _, line := range w.web.Shows() {
		if place, words, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(words, "H") && !strings.Contains(place, "only") {
			cards[place+" "+strings.Fields(words)[0]]++
		}
	}
	if len(cards) != 3 || cards["lobby H1"] != 1 || cards["web-help H1"] != 1 || cards["web-help H2"] != 1 {
		t.Errorf("%v in\n%s", cards, strings.Join(w.web.Shows(), "\n"))
	}
	for _, line := range w.bare.Shows() {
		t.Errorf("a service without shelves shows %q", line)
	}
}
