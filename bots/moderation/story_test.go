package moderation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guildhall/bots/bottest"
	communicationbot "guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/bots/moderation"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/work"
)

// broken is a queue with things in it that were given up.
type broken struct{ items []work.DeadItem }

func (b *broken) Dead(_ context.Context, community int64, most int) (out []work.DeadItem, err error) {
	for _, it := range b.items {
		if it.Community == community && len(out) < most {
			out = append(out, it)
		}
	}
	return out, nil
}

func (b *broken) Replay(_ context.Context, community int64, ids ...int64) (n int, err error) {
	var left []work.DeadItem
	for _, it := range b.items {
		again := false
		for _, id := range ids {
			again = again || it.Community == community && it.ID == id
		}
		if again {
			n++
			continue
		}
		left = append(left, it)
	}
	b.items = left
	return n, nil
}

func bots(w *bottest.World) []chat.Bot {
	d, l := w.DB.Directory(), w.DB.Ledger()
	view := func(letter byte) (chat.View, bool) { return w.Engine.View(letter) }
	office := community.NewOffice(community.Store{Transactions: w.DB, People: d, Organisations: d, Topics: d, Spaces: d, Reports: d, Acts: d}, w.Clock)
	desk := communication.New(communication.Store{Transactions: w.DB, Requests: w.DB.Requests(), Answers: w.DB.Answers(), Helpers: w.DB.Helpers(),
		Members: d, Consents: l, Changes: chat.Recorder{Keep: l}, Trails: l, Queue: w.Queue}, w.Clock)
	requests := communicationbot.New(communicationbot.Parts{Desk: desk, People: d})
	failed := &broken{items: []work.DeadItem{
		{Item: work.Item{ID: 7, Community: 1, Kind: "chat.post"}, Cause: "the room is no more", Died: bottest.Noon.Add(-time.Hour)},
		{Item: work.Item{ID: 8, Community: 1, Kind: "sharing.fetch"}, Cause: "connection refused", Died: bottest.Noon},
		{Item: work.Item{ID: 9, Community: 2, Kind: "chat.post"}, Cause: "another community's", Died: bottest.Noon},
	}}
	unanswered := moderation.Records("unanswered", view, func(ctx context.Context, of int64) (ids []record.ID, err error) {
		open, err := w.DB.Requests().List(ctx, of, communication.Filter{States: []communication.State{communication.Open}})
		for _, r := range open {
			if r.Asked.Before(w.Clock().Add(-48 * time.Hour)) {
				ids = append(ids, r.ID)
			}
		}
		return ids, err
	}, nil)
	return []chat.Bot{
		help.New(func(lang string) []chat.CommandInfo { return w.Engine.Commands(lang) }),
		library.New(view, search.NewFinder(w.DB.Search(), w.Clock), l, requests.Views...),
		membership.New(d, l, view, func(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
			return w.Engine.Rights(ctx, at, who)
		}, membership.Parts{Office: office, Lists: d, Queue: w.Queue, Now: w.Clock, Moderation: true,
			Platforms: func() map[chat.PlatformID]chat.Platform { return w.Engine.Platforms() }}),
		moderation.New(moderation.Parts{Office: office, Lists: d, Changes: l, Views: view, Failed: failed, Sources: []moderation.Source{unanswered}}),
		requests,
	}
}

func TestTranscripts(t *testing.T) { bottest.Play(t, bots) }

func TestASourceThatFailsIsNotTakenForAnEmptyOne(t *testing.T) {
	t.Parallel()
	s := moderation.Records("deposits", nil, func(context.Context, int64) ([]record.ID, error) { return nil, errors.New("away") }, nil)
	if _, err := s.List(t.Context(), 1); err == nil {
		t.Error("an error was dropped")
	}
}
