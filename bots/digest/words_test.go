package digest

import (
	"slices"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/digest"
)

func TestWords(t *testing.T) {
	t.Parallel()
	var parts []digest.Part
	for _, p := range digest.Parts {
		parts = append(parts, p.Part)
	}
	bottest.Words{
		Texts: words, Prefix: "digest",
		Composed: slices.Concat(bottest.Under("digest.part", parts...), bottest.Under("digest.item", "needs", "dates", "collaborations", "practices", "talk")),
		Apart:    []string{kindIssue, "digest.schedules"},
	}.Check(t)
}
