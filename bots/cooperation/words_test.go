package cooperation

import (
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/cooperation"
)

// Every sentence that the code names has words, in each language.
func TestWords(t *testing.T) {
	t.Parallel()
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
		wanted = append(wanted, "cooperation.verdict."+string(v), "cooperation.review.verdict."+string(v))
	}
	for _, f := range cooperation.Findings {
		wanted = append(wanted, "cooperation.recheck.verdict."+string(f), "cooperation.recheck."+string(f)+"_done", "cooperation.recheck."+string(f)+"_told")
	}
	for _, l := range []cooperation.Light{cooperation.LateOne, cooperation.FewOnes} {
		wanted = append(wanted, "cooperation.light."+string(l))
	}
	for _, w := range []string{whichUsable, whichReview, whichMine, whichRetired} {
		wanted = append(wanted, "cooperation.list."+w, "cooperation.list."+w+"_none", "cooperation.list.which."+w)
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
		wanted = append(wanted, "cooperation.partner.list."+w, "cooperation.partner.list."+w+"_none", "cooperation.partner.list.which."+w)
	}
	for _, k := range []string{"agree", "decline"} {
		wanted = append(wanted, "cooperation.partner."+k+".done", "cooperation.partner."+k+".again", "cooperation.partner."+k+".told")
	}
	for _, s := range []cooperation.CircleState{cooperation.CircleGathers, cooperation.CircleStudies, cooperation.CircleTries, cooperation.CircleShows} {
		wanted = append(wanted, "cooperation.circle.state."+string(s))
	}
	for _, s := range []cooperation.CircleState{cooperation.CircleStudies, cooperation.CircleTries, cooperation.CircleShows, cooperation.CircleDone,
		cooperation.CircleOff} {
		wanted = append(wanted, "cooperation.circle.turned."+string(s))
	}
	for _, k := range []string{"join", "leave"} {
		wanted = append(wanted, "cooperation."+k+".done", "cooperation."+k+".again", "cooperation."+k+".told")
	}
	wanted = append(wanted, "cooperation.accept.done", "cooperation.accept.told", "cooperation.decline.done", "cooperation.decline.told")
	bottest.Words{
		Texts: words, Prefix: "cooperation", Rules: "../../core/cooperation", Composed: wanted,
		Apart: []string{cooperation.KindNext, cooperation.KindEffect, cooperation.KindCheck, cooperation.KindSilence, "cooperation.grade",
			"cooperation.offers", cooperation.KindPartners, cooperation.KindCircle},
	}.Check(t)
}
