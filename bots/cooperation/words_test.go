package cooperation

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"guildhall/core/cooperation"
	"guildhall/core/text"
)

// Every sentence that the code names has words, in each language.
func TestWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	var wanted []string
	for _, s := range []cooperation.State{cooperation.Candidate, cooperation.InReview, cooperation.Accepted, cooperation.Due, cooperation.Revised,
		cooperation.Retired, cooperation.Withdrawn} {
		wanted = append(wanted, "state.P."+string(s), "cooperation.title."+string(s))
	}
	for _, l := range []cooperation.Level{cooperation.Promising, cooperation.Demonstrated, cooperation.Replicated} {
		wanted = append(wanted, "cooperation.level."+string(l), "cooperation.means."+string(l))
	}
	for _, s := range cooperation.Sections {
		wanted = append(wanted, "cooperation.section."+s)
	}
	for _, v := range cooperation.Verdicts {
		wanted = append(wanted, "cooperation.verdict."+string(v))
	}
	for _, f := range cooperation.Findings {
		wanted = append(wanted, "cooperation.recheck.verdict."+string(f), "cooperation.recheck."+string(f)+"_done", "cooperation.recheck."+string(f)+"_told")
	}
	for _, l := range []cooperation.Light{cooperation.LateOne, cooperation.FewOnes} {
		wanted = append(wanted, "cooperation.light."+string(l))
	}
	for _, w := range []string{whichUsable, whichReview, whichMine, whichRetired} {
		wanted = append(wanted, "cooperation.list."+w, "cooperation.list."+w+"_none")
	}
	for _, s := range []cooperation.PartnershipState{cooperation.PartnersDraft, cooperation.PartnersOffered, cooperation.PartnersAgreed,
		cooperation.PartnersActive, cooperation.PartnersEnded, cooperation.PartnersWithdrawn} {
		wanted = append(wanted, "state.G."+string(s), "cooperation.partner.title."+string(s))
		if !s.Open() {
			wanted = append(wanted, "cooperation.partner.turned."+string(s))
		}
	}
	for _, a := range []cooperation.PartyAnswer{cooperation.PartyWaiting, cooperation.PartyAgreed, cooperation.PartyDeclined} {
		wanted = append(wanted, "cooperation.partner.answer."+string(a))
	}
	for _, w := range []string{partnersActive, partnersOffered, partnersMine, partnersEnded} {
		wanted = append(wanted, "cooperation.partner.list."+w, "cooperation.partner.list."+w+"_none")
	}
	for _, k := range []string{"agree", "decline"} {
		wanted = append(wanted, "cooperation.partner."+k+".done", "cooperation.partner."+k+".again", "cooperation.partner."+k+".told")
	}
	wanted = append(wanted, "cooperation.accept.done", "cooperation.accept.told", "cooperation.decline.done", "cooperation.decline.told")
	for _, k := range wanted {
		if !c.Has(k) {
			t.Errorf("the words %s are missing", k)
		}
	}
	key := regexp.MustCompile(`"(cooperation\.[a-z_]+(?:\.[a-z_]+)*)"`)
	apart := []string{cooperation.KindNext, cooperation.KindEffect, cooperation.KindCheck, cooperation.KindSilence, "cooperation.grade", "cooperation.offers",
		cooperation.KindPartners}
	for _, dir := range []string{".", "../../core/cooperation"} {
		sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sources {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range key.FindAllStringSubmatch(string(source), -1) {
				// A command's prefix has words below it, not of its own.
				if !c.Has(m[1]) && !c.Has(m[1]+".button") && !slices.Contains(apart, m[1]) {
					t.Errorf("%s: the words %s are missing", name, m[1])
				}
			}
		}
	}
}
