//go:build goolm

package matrix_test

import (
	"testing"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

// The first words of a conversation can be read, before and after the bot was restarted.
func TestAnEncryptedConversation(t *testing.T) {
	t.Parallel()
	h, ann, bea := sealedHall(t)
	e := newEar()
	stop := h.run(t, e)
	ann.Say(t, h.home, "", "!ask one")
	e.hears(t, "a command", saying("ask one"))
	open := func(p *matrixtest.Secret, words string) {
		t.Helper()
		at, err := h.bot.Direct(t.Context(), "", chat.AccountID(p.ID))
		if err != nil {
			t.Fatal(err)
		}
		h.sends(t, at, plain(words), words)
		p.Join(t, string(at.Room))
		p.Reads(t, string(at.Room), words, func(s matrixtest.Shown) bool { return s.Body == words })
	}
	open(ann, "for ann")
	stop()
	if err := h.bot.Close(); err != nil {
		t.Fatal(err)
	}
	h.bot = h.fresh(t)
	h.run(t, e)
	open(bea, "for bea")
	bea.Say(t, h.home, "", "!ask two")
	e.hears(t, "a command", saying("ask two"))
}
