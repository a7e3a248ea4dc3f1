package mailing_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, func(w *bottest.World) []chat.Bot { return press(w, &box{}, "https://guildhall.example").Bots })
}

func TestWords(t *testing.T) {
	t.Parallel()
	bottest.Words{Texts: os.DirFS("."), Prefix: "mailing", Apart: []string{"mailing.sweep"},
		Composed: []string{"mailing.page.stop_button", "mailing.page.stop_done", "mailing.page.never_button", "mailing.page.never_done"}}.Check(t)
}

func TestWithoutAMailServer(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, func(w *bottest.World) []chat.Bot {
		return build.Bots(build.Options{DB: w.DB, Queue: w.Queue, Now: w.Clock}, func() *chat.Engine { return w.Engine })
	})
	for _, line := range []string{"ann #sharing /digest settings email ann@cfp.example", "mia #sharing /mod digest invite guest@vet.example"} {
		if seen := s.Act(line); !slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, "This community sends no e-mail.") }) {
			t.Errorf("%s: %q", line, seen)
		}
	}
}
