package chat

import (
	"maps"
	"testing"
)

func TestAnOptionalIdDoesNotTakeAQuotedText(t *testing.T) {
	t.Parallel()
	c := Command{Path: "update", Args: []Arg{{Name: "id", Kind: Record, Letters: "C"}, {Name: "text", Kind: Text}}}
	for line, want := range map[string]Given{
		`C2 "It is ready."`: {"id": "C2", "text": "It is ready."},
		`C2 It is ready.`:   {"id": "C2", "text": "It is ready."},
		`"It is ready."`:    {"text": "It is ready."},
		`It is "ready".`:    {"text": `It is "ready".`},
		`"C2"`:              {"id": "C2"},
		`text:"C2 is it"`:   {"text": "C2 is it"},
	} {
		if got, over := c.given(line); !maps.Equal(got, want) || over != "" {
			t.Errorf("%s: %v, over %q, want %v", line, got, over, want)
		}
	}
}

func TestANameLeavesTheNextArgumentItsWord(t *testing.T) {
	t.Parallel()
	c := Command{Path: "mod role", Args: []Arg{{Name: "member", Kind: Member}, {Name: "role", Kind: Choice, Choices: []string{"member", "admin"}}}}
	for line, want := range map[string]Given{
		`Ann admin`:              {"member": "Ann", "role": "admin"},
		`Ann van den Berg admin`: {"member": "Ann van den Berg", "role": "admin"},
		`"Ann B." admin`:         {"member": "Ann B.", "role": "admin"},
		`Ann Boss`:               {"member": "Ann Boss"},
		`admin`:                  {"member": "admin"},
		`Ann role:member`:        {"member": "Ann", "role": "member"},
		`Ann "admin"`:            {"member": `Ann "admin"`},
	} {
		if got, over := c.given(line); !maps.Equal(got, want) || over != "" {
			t.Errorf("%s: %v, over %q, want %v", line, got, over, want)
		}
	}
}
