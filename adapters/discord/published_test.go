package discord

import (
	"testing"
	"time"
)

// A service that tells less of registered commands than it was told is believed to have them.
func TestATableThatIsToldOtherwiseIsNotRegisteredAgain(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Token: "token"})
	if err != nil {
		t.Fatal(err)
	}
	list := []appCommand{{Type: slashKind, Name: "ask", Description: "Ask", Names: map[string]string{"it": "chiedi"}}}
	told := []appCommand{{Type: slashKind, Name: "ask", Description: "Ask"}}
	if sameCommands(list, told, true) || p.published(t.Context(), "1", "", list, told) {
		t.Fatal("they differ, and nothing was noted")
	}
	if err := p.opt.Store.KeepForm(t.Context(), publishedKey("1", ""), []byte(tableDigest(list)), time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !p.published(t.Context(), "1", "", list, told) {
		t.Error("it would be registered again")
	}
	if p.published(t.Context(), "1", "", list, nil) || p.published(t.Context(), "1", "2", list, told) {
		t.Error("what is gone, or was registered elsewhere, is taken for registered")
	}
}
