package matrix

import (
	"encoding/json"
	"testing"
)

// TestAnOlderAnswerChangesNothing: of two answers about a room's state the one that was asked for last counts, and a
// room that is encrypted stays so, whatever a homeserver says that is still making it.
func TestAnOlderAnswerChangesNothing(t *testing.T) {
	t.Parallel()
	c := newCache("@bot:example.org")
	state := func(asked int64, name string, encrypted bool) *room {
		r := newRoom("!a:example.org")
		r.asked, r.name = asked, name
		if encrypted {
			r.encryption = json.RawMessage(`{"algorithm":"m.megolm.v1.aes-sha2"}`)
		}
		return r
	}
	for _, step := range []struct {
		put       *room
		name      string
		encrypted bool
	}{
		{state(2, "whole", true), "whole", true},
		{state(1, "half", false), "whole", true},
		{state(3, "renamed", false), "renamed", true},
	} {
		c.put(step.put)
		if !c.look("!a:example.org", func(r *room) {
			if r.name != step.name || (r.encryption != nil) != step.encrypted {
				t.Errorf("after the answer %d: %q, encrypted: %v", step.put.asked, r.name, r.encryption != nil)
			}
		}) {
			t.Error("the room is not known")
		}
	}
}
