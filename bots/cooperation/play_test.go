package cooperation_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	communicationbot "guildhall/bots/communication"
	bots "guildhall/bots/cooperation"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/search"
)

func TestTranscripts(t *testing.T) { bottest.Play(t, everyone) }

// everyone is this bot with those that its stories need: requests, what all records share, consent.
func everyone(w *bottest.World) []chat.Bot {
	db := w.DB
	d, l := db.Directory(), db.Ledger()
	changes := chat.Recorder{Keep: l}
	desk := communication.New(communication.Store{Transactions: db, Requests: db.Requests(), Answers: db.Answers(), Helpers: db.Helpers(),
		Members: d, Consents: l, Changes: changes, Trails: l, Queue: w.Queue}, w.Clock)
	book := cooperation.New(cooperation.Store{Transactions: db, Practices: db.Practices(), Reviews: db.Reviews(), Adoptions: db.Adoptions(), Circles: db.Circles(),
		Members: d, Consents: l, Changes: changes, Trails: l, Queue: w.Queue}, w.Clock)
	view := func(letter byte) (chat.View, bool) { return w.Engine.View(letter) }
	reader := func(p chat.PlatformID) (chat.Reader, bool) {
		r, ok := w.Engine.Platforms()[p].(chat.Reader)
		return r, ok
	}
	requests := communicationbot.New(communicationbot.Parts{Desk: desk, People: d})
	partners := cooperation.NewPartners(cooperation.PartnerStore{Transactions: db, Partnerships: db.Partnerships(), Organisations: d, Changes: changes,
		Trails: l, Queue: w.Queue}, w.Clock)
	practices := bots.New(bots.Parts{Book: book, Partners: partners, People: d, Requests: desk, Readers: reader, Views: view})
	return []chat.Bot{
		library.New(view, search.NewFinder(db.Search(), w.Clock), l, append(requests.Views, practices.Views...)...),
		help.New(func(lang string) []chat.CommandInfo { return w.Engine.Commands(lang) }),
		consents(l, practices.Views[0], w), requests, practices,
	}
}

// consents is what answers questions for consent, as little of it as these stories need.
func consents(l community.Consents, v chat.View, w *bottest.World) chat.Bot {
	words := `{"consents":{"button":"Answer","arg":{"subject":"Subject","answer":"Answer"},"done":"(%s)"}}`
	return chat.Bot{Name: "consents", Words: fstest.MapFS{"text/en.json": {Data: fmt.Appendf(nil, words, "kept")}, "text/it.json": {Data: fmt.Appendf(nil, words, "annotato")}},
		Commands: []chat.Command{{Path: "consent", Text: "consents", Role: community.RoleMember, Hidden: true,
			Args: []chat.Arg{{Name: "subject", Kind: chat.Word, Required: true}, {Name: "answer", Kind: chat.Word, Required: true}},
			Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
				s, err := record.ParseSubject(c.Text("subject"))
				if err != nil {
					return chat.Reply{}, err
				}
				a := community.Answer(c.Text("answer"))
				if err := l.SetConsent(ctx, c.Community.ID, c.Member.No, s.String(), a, w.Now); err != nil {
					return chat.Reply{}, err
				}
				return chat.OnlyYouSay("consents.done", nil), v.Consented(ctx, c.Community.ID, s, c.Member.No, a)
			}}}}
}
