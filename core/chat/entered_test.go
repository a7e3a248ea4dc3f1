package chat_test

import (
	"testing"

	"guildhall/core/chat"
)

// Where we are brought back, cards appear again.
func TestARoomThatWeComeBackToIsOpenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Handle(w.event(chat.Left, ""))
	w.typed("ann", "note One")
	w.Drain()
	same(t, w.web.Shows())
	w.Handle(w.event(chat.Entered, "ann"))
	w.typed("ann", "note Two")
	w.Drain()
	same(t, w.web.Shows(), "web-help: H2 · Two")
	room, ok, err := w.DB.Directory().Room(t.Context(), "web", "web-help")
	if err != nil || !ok || room.Archived || len(room.Sections) != 1 {
		t.Errorf("%+v %v %v", room, ok, err)
	}
}
