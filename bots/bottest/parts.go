package bottest

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/search"
)

// What bots are made of, on the store of a world. What they ask of the engine they ask when they run:
// it is made of them.

// View is how records of a letter are seen.
func (w *World) View(letter byte) (chat.View, bool) { return w.Engine.View(letter) }

// Rights are what a person may do in a space.
func (w *World) Rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	return w.Engine.Rights(ctx, at, who)
}

// Commands is the command table in words.
func (w *World) Commands(lang string) []chat.CommandInfo { return w.Engine.Commands(lang) }

// Changes takes note of what changes.
func (w *World) Changes() chat.Recorder { return chat.Recorder{Keep: w.DB.Ledger()} }

// Finder finds records.
func (w *World) Finder() *search.Finder { return search.NewFinder(w.DB.Search(), w.Clock) }

// Desk is where people ask for help.
func (w *World) Desk() *communication.Desk {
	db, l := w.DB, w.DB.Ledger()
	return communication.New(communication.Store{Transactions: db, Requests: db.Requests(), Answers: db.Answers(), Helpers: db.Helpers(),
		Members: db.Directory(), Consents: l, Changes: w.Changes(), Trails: l, Queue: w.Queue}, w.Clock)
}
