package digest

import (
	"slices"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/digest"
)

func wordsOfFigures() []string {
	var out []string
	for _, f := range figures(digest.Stats{}) {
		out = append(out, "digest.stats.figure."+f.name)
	}
	return out
}

func TestWords(t *testing.T) {
	t.Parallel()
	var parts []digest.Part
	for _, p := range digest.Parts {
		parts = append(parts, p.Part)
	}
	bottest.Words{
		Texts: words, Prefix: "digest",
		Composed: slices.Concat(bottest.Under("digest.part", parts...), bottest.Under("digest.item", "needs", "dates", "collaborations", "practices", "talk"),
			bottest.Under("digest.settings.parts", parts...), bottest.Under("digest.settings.send", "on", "off", "dm", "email"),
			bottest.Under("digest.mod.do", "preview", "hide", "note", "invite"),
			bottest.Under("digest.settings.every", "week", "fortnight", "month"), bottest.Under("choice.day", days...), wordsOfFigures(), bottest.Under("digest.picture", sectionNames...),
			bottest.Under("digest.backlog", "review", "rechecks", "unanswered", "failed"), bottest.Under("digest.backlog.open", "review", "rechecks", "unanswered", "failed")),
		Apart: []string{kindIssue, KindOwn, kindSend, "digest.schedules", "digest.preview", "digest.sweep"},
	}.Check(t)
}
