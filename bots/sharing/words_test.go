package sharing

import (
	"slices"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/sharing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	states := []sharing.State{sharing.Draft, sharing.Submitted, sharing.Published, sharing.Superseded, sharing.Withdrawn}
	bottest.Words{
		Texts: words, Prefix: "sharing", Rules: "../../core/sharing",
		Composed: slices.Concat(bottest.Under("state.R", states...), bottest.Under("sharing.card.title", states...),
			bottest.Under("choice.kind", sharing.Kinds...), bottest.Under("choice.licence", licences()...),
			bottest.Under("sharing.twin", "link", "file"), bottest.Under("sharing.policy.policy", policies...), bottest.Under("sharing.policy.means", policies...), bottest.Under("sharing.arg", "title", "summary", "audience", "rights", "note", "reason")),
		Apart: []string{sharing.KindFetch, sharing.KindDrop, sharing.KindDescribe, sharing.KindSaidNo},
	}.Check(t)
}

func TestLicencesAreFourInPlainWordsFirst(t *testing.T) {
	t.Parallel()
	all := licences()
	if !slices.Equal(all[:firstLicences], []string{"CC-BY-4.0", "CC-BY-NC-4.0", reserved, unsure}) || len(all) != len(sharing.Licences)+2 {
		t.Errorf("%v", all)
	}
	for _, choice := range all {
		l := licence(choice)
		if _, ok := sharing.ParseLicence(string(l)); !ok || l.AllowsCopies() != (choice != reserved && choice != unsure) {
			t.Errorf("%s is %q", choice, l)
		}
	}
	for l, want := range map[sharing.Licence]string{"CC-BY-4.0": "CC BY 4.0", "CC-BY-NC-SA-4.0": "CC BY-NC-SA 4.0", "CC0-1.0": "CC0 1.0", "MIT": "MIT", "GPL-3.0-or-later": "GPL 3.0+", "EUPL-1.2": "EUPL 1.2"} {
		if got := nameOf(l); got != want {
			t.Errorf("%s is called %q", l, got)
		}
	}
}
