//go:build goolm

package matrix_test

import (
	"testing"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

func TestChangesInAnEncryptedRoom(t *testing.T) { sealedEverywhere(t, changesInAnEncryptedRoom) }

// Who edits or takes back in an encrypted room is heard as elsewhere, also by a program that was
// started meanwhile, and whoever else edits is not.
func changesInAnEncryptedRoom(t *testing.T, on matrixtest.Server) {
	h, ann, bea := sealedHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	root := ann.Say(t, h.home, "", "!ask How do you assess welders?")
	e.hears(t, "a question", saying("ask How do you assess welders?"))
	answer := bea.Say(t, h.home, root, "With portfolios.")
	e.hears(t, "an answer", saying("With portfolios."))
	ann.Edit(t, h.home, answer, "With nothing at all.")
	bea.Edit(t, h.home, answer, "With video portfolios.")
	ev := e.hears(t, "an edit", kind(chat.Edited))
	if string(ev.Message) != answer || ev.Text != "With video portfolios." || string(ev.From.Account) != bea.ID || !ev.Hidden || string(ev.Where.Thread) != root {
		t.Errorf("%+v", ev)
	}
	if got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(answer)); err != nil || got.Text != "With video portfolios." {
		t.Errorf("read back: %+v %v", got, err)
	}
	h.settle(t)
	stop()
	if err := h.bot.Close(); err != nil {
		t.Fatal(err)
	}
	// While the bot is away and after it was started again.
	bea.Edit(t, h.home, answer, "With portfolios on video.")
	second := bea.Say(t, h.home, root, "And a rubric.")
	h.bot = h.fresh(t)
	h.run(t, e)
	if ev := e.hears(t, "an edit meanwhile", kind(chat.Edited)); string(ev.Message) != answer || ev.Text != "With portfolios on video." {
		t.Errorf("%+v", ev)
	}
	e.hears(t, "what was said meanwhile", saying("And a rubric."))
	for _, msg := range []string{answer, second} {
		bea.Redact(t, h.home, msg)
		if ev := e.hears(t, "a deletion", kind(chat.Deleted)); string(ev.Message) != msg || !ev.Hidden {
			t.Errorf("%+v, not %s", ev, msg)
		}
		if got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(msg)); !isGone(err) {
			t.Errorf("it can still be read: %+v %v", got, err)
		}
	}
	if got, err := h.bot.Thread(t.Context(), chat.Address{Platform: "matrix", Room: chat.RoomID(h.home), Thread: chat.ThreadID(root)}, ""); err != nil || len(got) != 1 {
		t.Errorf("the thread read back: %+v %v", got, err)
	}
	// What the bot said is edited and taken back, too.
	sent := h.sends(t, h.at(), plain("H1 · open"), "card")
	ann.Reads(t, h.home, "the card", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) && s.Body == "H1 · open" })
	if err := h.bot.Remove(t.Context(), h.at(), sent.Message); err != nil {
		t.Fatal(err)
	}
	matrixtest.Until(t, "the card's going", func() bool {
		for _, s := range ann.ReadAll(h.home) {
			if s.ID == string(sent.Message) {
				return false
			}
		}
		return true
	})
}
