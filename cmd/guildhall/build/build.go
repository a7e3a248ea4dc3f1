// Package build puts the parts of Guildhall together: the store's aggregates under the sections'
// rules, the sections under their bots, the bots and the platforms into one engine.
package build

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"guildhall/adapters/files"
	"guildhall/adapters/lingua"
	"guildhall/adapters/links"
	"guildhall/adapters/sqlstore"
	"guildhall/bots/collaboration"
	"guildhall/bots/communication"
	"guildhall/bots/cooperation"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/bots/sharing"
	"guildhall/core/chat"
	corecollab "guildhall/core/collaboration"
	corecomm "guildhall/core/communication"
	corecoop "guildhall/core/cooperation"
	"guildhall/core/search"
	coresharing "guildhall/core/sharing"
)

// Options are what a guild is made of.
type Options struct {
	DB        *sqlstore.DB
	Files     *files.Store     // nil: no copies of files are kept
	Links     *links.Fetcher   // nil: links are described by their depositors alone
	Detector  *lingua.Detector // nil: a language is known only where it is given
	Platforms []chat.Platform
	Queue     chat.Queue // nil: the store's own
	Log       *slog.Logger
	Now       func() time.Time // nil: time.Now
	Observer  chat.Observer
	Pace      int // commands a member may give in a minute; 0: the engine's own limit
}

// Guild is a whole Guildhall: what it answers with, and what it does on its own.
type Guild struct {
	Engine *chat.Engine
	Bots   []chat.Bot
}

// New puts a guild together. It fails, naming all faults at once, for the reasons of chat.New.
func New(o Options) (*Guild, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Queue == nil {
		o.Queue = o.DB.Work().WithClock(o.Now)
	}
	g := &Guild{}
	bots := g.bots(o)
	db, finder := o.DB, search.NewFinder(o.DB.Search(), o.Now)
	var blobs chat.Blobs
	if o.Files != nil {
		blobs = o.Files
	}
	engine, err := chat.New(chat.Options{
		Bots: bots, Platforms: o.Platforms, Blobs: blobs, Search: finder, Log: o.Log, Now: o.Now, Observer: o.Observer, Pace: o.Pace,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(), Pendings: db.Desk(),
			Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Counters: db.Threads(), Index: db.Search(), Queue: o.Queue},
	})
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	g.Engine = engine
	g.Bots = bots
	return g, nil
}

// Commands is the command table with its words in lang, for manifests and documentation.
func Commands(lang string) ([]chat.CommandInfo, error) {
	g, err := New(Options{DB: new(sqlstore.DB)}) // nothing of it is asked
	if err != nil {
		return nil, err
	}
	return g.Engine.Commands(lang), nil
}

// bots are all bots. What they ask of the engine they ask when they run: it is made of them.
func (g *Guild) bots(o Options) []chat.Bot {
	db := o.DB
	people, ledger := db.Directory(), db.Ledger()
	changes := chat.Recorder{Keep: ledger}
	finder := search.NewFinder(db.Search(), o.Now)

	desk := corecomm.New(corecomm.Store{Transactions: db, Requests: db.Requests(), Answers: db.Answers(), Helpers: db.Helpers(),
		Members: people, Consents: ledger, Changes: changes, Trails: ledger, Queue: o.Queue}, o.Now)
	groups := corecollab.New(corecollab.Store{Transactions: db, Collaborations: db.Collaborations(), Members: people, Records: ledger,
		Changes: changes, Trails: ledger, Queue: o.Queue}, o.Now)

	book := corecoop.New(corecoop.Store{Transactions: db, Practices: db.Practices(), Reviews: db.Reviews(), Adoptions: db.Adoptions(),
		Members: people, Consents: ledger, Changes: changes, Trails: ledger, Queue: o.Queue}, o.Now)

	sections := []chat.Bot{
		communication.New(communication.Parts{Desk: desk, People: people, Detector: detector(o), Alike: finder}),
		g.toolbox(o, changes),
		collaboration.New(collaboration.Parts{Groups: groups, People: people, Practices: book}),
		cooperation.New(cooperation.Parts{Book: book, People: people, Requests: desk, Readers: g.reader, Views: g.view, Detector: detector(o)}),
	}
	var views []chat.View
	for _, b := range sections {
		views = append(views, b.Views...)
	}
	return append([]chat.Bot{
		help.New(func(lang string) []chat.CommandInfo { return g.Engine.Commands(lang) }),
		membership.New(people, ledger, g.view, g.rights),
		library.New(g.view, finder, ledger, views...),
	}, sections...)
}

// toolbox is the bot of what people share. Without files or links to fetch it does without.
func (g *Guild) toolbox(o Options, changes chat.Recorder) chat.Bot {
	db := o.DB
	people, ledger := db.Directory(), db.Ledger()
	box := coresharing.New(coresharing.Store{Transactions: db, Resources: db.Resources(), Versions: db.ResourceVersions(), Uses: db.ResourceUses(),
		Members: people, Consents: ledger, Changes: changes, Trails: ledger, Queue: o.Queue, Normalize: links.Normalize}, o.Now)
	parts := sharing.Parts{Toolbox: box, People: people, Downloads: g, Detector: detector(o)}
	if o.Files != nil {
		parts.Files = files.Deposits{Store: o.Files}
	}
	if o.Links != nil {
		parts.Links = links.Descriptions{Fetcher: o.Links}
	}
	return sharing.New(parts)
}

func (g *Guild) view(letter byte) (chat.View, bool) { return g.Engine.View(letter) }

func (g *Guild) rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	return g.Engine.Rights(ctx, at, who)
}

// reader is what reads a platform's threads back.
func (g *Guild) reader(p chat.PlatformID) (chat.Reader, bool) {
	r, ok := g.Engine.Platforms()[p].(chat.Reader)
	return r, ok
}

// detector keeps a nil *lingua.Detector from becoming an interface that is not nil.
func detector(o Options) communication.Detector {
	if o.Detector == nil {
		return nil
	}
	return o.Detector
}

// Download fetches a file that somebody sent on a platform.
func (g *Guild) Download(ctx context.Context, p chat.PlatformID, f chat.FileRef) (io.ReadCloser, error) {
	d, can := g.Engine.Platforms()[p].(chat.Downloader)
	if !can {
		return nil, fmt.Errorf("platform %q gives no files: %w", p, chat.ErrGone)
	}
	return d.Download(ctx, f)
}
