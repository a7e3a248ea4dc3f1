package build_test

import (
	"context"
	"strings"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// What waits for a review, what was given back, and what is between two people, is in nobody's digest:
// not in a room's, nor in that of its author, of a moderator, or of anybody else.
func TestNoDigestTellsOfWhatIsNotForAll(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, func(w *bottest.World) []chat.Bot {
		return build.Bots(build.Options{DB: w.DB, Queue: w.Queue, Now: w.Clock}, func() *chat.Engine { return w.Engine })
	})
	err := s.DB.Atomically(t.Context(), func(ctx context.Context) error { return s.DB.Directory().SetPolicy(ctx, 1, community.PolicyReviewed) })
	if err != nil {
		t.Fatal(err)
	}
	digests, told := 0, false
	act := func(lines ...string) {
		t.Helper()
		in := ""
		for _, line := range s.Act(lines...) {
			if to, what, found := strings.Cut(line, ": "); found && !strings.HasPrefix(line, "•") {
				in = ""
				if strings.HasPrefix(what, "VET Net, week") {
					in = to
					digests++
				}
			}
			if in != "" && strings.Contains(line, "Secret") {
				t.Errorf("%s: %s", in, line)
			}
			told = told || in != "" && strings.Contains(line, "Handbook")
		}
	}
	act("upkeep",
		"ann #sharing /digest settings send:on", "bea #sharing /digest settings send:on", "dan #sharing /digest settings send:on", "mia #sharing /digest settings send:on",
		`bea #sharing /deposit "Secret rubric" https://example.org/secret`,
		`dan #sharing /deposit "Secret film" https://example.org/film`, "mia presses [Give back]", `mia fills reason="Not yet"`,
		`ann #communication /ask "Secret trouble?" to:helper`,
		`eve #sharing /deposit "Secret guide" https://example.org/guide`, "mia presses [Publish]", `mia #sharing /mod hide R3 "Not ours"`,
		`eve #sharing /deposit "Handbook" https://example.org/handbook`, "mia presses [Publish]",
		`dan #communication /ask "Who has a rubric for cooks?"`,
		"later 142h", "upkeep")
	if digests != 6 || !told {
		t.Errorf("%d digests, and the handbook in them: %v", digests, told)
	}
	for _, who := range []string{"ann", "bea", "dan", "mia"} {
		for _, line := range s.Act(who + " #news /digest") {
			if strings.Contains(line, "Secret") {
				t.Errorf("%s asks: %s", who, line)
			}
		}
	}
}
