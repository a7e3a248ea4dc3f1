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

func TestAMentionByPlaceIsNoName(t *testing.T) {
	t.Parallel()
	c := Command{Path: "profile", Args: []Arg{{Name: "member", Kind: Member, Mention: true}, {Name: "name", Kind: Line}, {Name: "language", Kind: Language}}}
	for line, want := range map[string]Given{
		`@Bea`:                   {"member": "@Bea"},
		`<@1184123412341234123>`: {"member": "<@1184123412341234123>"},
		`@Ann van den Berg`:      {"member": "@Ann van den Berg"},
		`Bea`:                    {"name": "Bea"},
		`"@Bea"`:                 {"name": "@Bea"},
		`"Bea B." Italian`:       {"name": "Bea B.", "language": "Italian"},
		`member:Bea`:             {"member": "Bea"},
	} {
		if got, over := c.given(line); !maps.Equal(got, want) || over != "" {
			t.Errorf("%s: %v, over %q, want %v", line, got, over, want)
		}
	}
}

func TestALanguageLeavesWhatFollowsIt(t *testing.T) {
	t.Parallel()
	c := Command{Path: "profile", Args: []Arg{{Name: "name", Kind: Line}, {Name: "language", Kind: Language}, {Name: "country", Kind: Country}, {Name: "zone", Kind: Zone}}}
	for line, want := range map[string]Given{
		`"Ann B." Italian Italy Europe/Rome`:        {"name": "Ann B.", "language": "Italian", "country": "Italy", "zone": "Europe/Rome"},
		`"Ann" en Great Britain`:                    {"name": "Ann", "language": "en", "country": "Great Britain"},
		`"Ann" en United States of America Etc/UTC`: {"name": "Ann", "language": "en", "country": "United States of America", "zone": "Etc/UTC"},
		`"Ann" Klingon and more`:                    {"name": "Ann", "language": "Klingon and more"},
		`Ann Italian`:                               {"name": "Ann Italian"},
		`"Ann" language:it "Italy"`:                 {"name": "Ann", "language": "it", "country": "Italy"},
	} {
		if got, over := c.given(line); !maps.Equal(got, want) || over != "" {
			t.Errorf("%s: %v, over %q, want %v", line, got, over, want)
		}
	}
}
