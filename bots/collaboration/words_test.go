package collaboration

import (
	"slices"
	"testing"

	"guildhall/bots/bottest"
)

func TestWords(t *testing.T) {
	t.Parallel()
	states := []string{"proposed", "open", "closing", "closed", "archived", "withdrawn"}
	counts := []string{"members", "organisations", "countries"}
	var wrong []string
	for _, what := range []string{"theme", "goal", "text", "reason", "outcome"} {
		wrong = append(wrong, bottest.Under("collaboration."+what, "empty", "long")...)
	}
	bottest.Words{
		Texts: words, Prefix: "collaboration", Rules: "../../core/collaboration",
		Composed: slices.Concat(wrong, bottest.Under("collaboration.card.one", counts...), bottest.Under("collaboration.card.several", counts...),
			bottest.Under("collaboration.hidden", "done", "again", "told"), bottest.Under("collaboration.withdrawn", "done", "again", "told"),
			bottest.Under("collaboration.list", "closed_none", "mine_none", "open_none"), bottest.Under("collaboration.list.which", "closed", "mine", "open"),
			bottest.Under("state.C", states...), bottest.Under("collaboration.card.title", states...)),
		Apart: []string{"collaboration.remind", "collaboration.archive"},
	}.Check(t)
}
