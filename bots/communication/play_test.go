package communication_test

import (
	"sync"
	"testing"

	"guildhall/adapters/lingua"
	"guildhall/bots/bottest"
	bots "guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/bots/moderation"
	"guildhall/core/chat"
	"guildhall/core/community"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, desk)
}

// desk is this bot with those that its stories need: what all records share, profiles, consent.
func desk(w *bottest.World) []chat.Bot {
	d, l := w.DB.Directory(), w.DB.Ledger()
	requests := bots.New(bots.Parts{Desk: w.Desk(), People: d, Alike: w.Finder(), Detector: detector()})
	office := community.NewOffice(community.Store{Transactions: w.DB, People: d, Organisations: d, Topics: d, Spaces: d, Reports: d, Acts: d}, w.Clock)
	return []chat.Bot{
		requests, library.New(w.View, w.Finder(), l, requests.Views...), help.New(w.Commands),
		membership.New(d, l, w.View, w.Rights, membership.Parts{Office: office, Lists: d, Queue: w.Queue, Now: w.Clock,
			Platforms: func() map[chat.PlatformID]chat.Platform { return w.Engine.Platforms() }}),
		moderation.New(moderation.Parts{Office: office, Lists: d, Changes: l, Views: w.View}),
	}
}

var detector = sync.OnceValue(func() *lingua.Detector {
	d, err := lingua.New("en", "it", "pl")
	if err != nil {
		panic(err)
	}
	return d
})
