package communication

import (
	"slices"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/communication"
)

func TestWords(t *testing.T) {
	t.Parallel()
	states := []communication.State{communication.Open, communication.Answered, communication.Solved, communication.Withdrawn, communication.Stale}
	lists := []string{"open", "answered", "solved", "mine"}
	bottest.Words{
		Texts: words, Prefix: "communication", Rules: "../../core/communication",
		Composed: slices.Concat(bottest.Under("state.H", states...), bottest.Under("communication.card.title", states...),
			bottest.Under("communication.open", "everyone", "unnamed"), bottest.Under("communication.requests.which", lists...),
			bottest.Under("communication.requests", lists...), bottest.Under("communication.requests", "open_none", "answered_none", "solved_none", "mine_none", "unsolved_none"),
			bottest.Under("communication.urgent", communication.Urgencies...), bottest.Under("choice.urgency", communication.Urgencies...)),
		Apart: []string{communication.KindNext, communication.KindWaiting, communication.KindForget, "communication.sleep"},
	}.Check(t)
}
