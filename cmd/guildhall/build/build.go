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
	"guildhall/bots/digest"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/mailing"
	"guildhall/bots/membership"
	"guildhall/bots/sharing"
	"guildhall/bots/translation"
	"guildhall/core/chat"
	corecollab "guildhall/core/collaboration"
	corecomm "guildhall/core/communication"
	"guildhall/core/community"
	corecoop "guildhall/core/cooperation"
	"guildhall/core/search"
	coresharing "guildhall/core/sharing"
	coretrans "guildhall/core/translation"
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
	Pace      int        // commands a member may give in a minute; 0: the engine's own limit
	Mail      *Mail      // nil: no e-mail is sent
	Translate *Translate // nil: nothing is translated
}

// Guild is a whole Guildhall: what it answers with, and what it does on its own.
type Guild struct {
	Engine  *chat.Engine
	Bots    []chat.Bot
	Mailing *mailing.Mailing    // nil: no e-mail is sent
	own     func() *chat.Engine // in its place, when it is made elsewhere
}

// Bots are all bots, for an engine that is made of them and that engine gives once it is.
func Bots(o Options, engine func() *chat.Engine) []chat.Bot { return Around(o, engine).Bots }

// Around is a guild around an engine that is made of its bots, and that engine gives once it is.
func Around(o Options, engine func() *chat.Engine) *Guild {
	g := &Guild{own: engine}
	g.Bots = g.bots(o.whole())
	return g
}

func (g *Guild) engine() *chat.Engine {
	if g.own != nil {
		return g.own()
	}
	return g.Engine
}

// whole is o with what it leaves out.
func (o Options) whole() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Queue == nil {
		o.Queue = o.DB.Work().WithClock(o.Now)
	}
	return o
}

// New puts a guild together. It fails, naming all faults at once, for the reasons of chat.New.
func New(o Options) (*Guild, error) {
	o = o.whole()
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

// Commands is the command table with its words in lang, for manifests and documentation. of says which of
// what is optional is there; nothing of it without one.
func Commands(lang string, of ...Options) ([]chat.CommandInfo, error) {
	o := Options{DB: new(sqlstore.DB)} // nothing of it is asked
	for _, x := range of {
		o.Translate = x.Translate
	}
	g, err := New(o)
	if err != nil {
		return nil, err
	}
	return g.Engine.Commands(lang), nil
}

// parts are what several sections are made of.
type parts struct {
	Options
	guild   *Guild
	people  sqlstore.Directory
	ledger  sqlstore.Ledger
	changes chat.Recorder
	finder  *search.Finder
	// translates is where everything is translated; nil: nothing is.
	translates *coretrans.Desk
}

// bots are all bots. What they ask of the engine they ask when they run: it is made of them.
func (g *Guild) bots(o Options) []chat.Bot {
	ledger := o.DB.Ledger()
	p := parts{Options: o, guild: g, people: o.DB.Directory(), ledger: ledger, changes: chat.Recorder{Keep: ledger},
		finder: search.NewFinder(o.DB.Search(), o.Now)}
	if p.translates = p.translator(); p.translates != nil {
		p.changes.Keep = p.translates.Following(ledger, translation.Ordered(p.Queue))
	}

	desk, book, groups, box := p.desk(), p.book(), p.groups(), p.toolbox()
	sections := []chat.Bot{
		communication.New(communication.Parts{Desk: desk, People: p.people, Detector: p.detector(), Alike: p.finder, Translate: p.translateButton()}),
		p.sharing(box),
		p.collaboration(groups, book),
		p.cooperation(book, desk),
	}
	var views []chat.View
	for _, b := range sections {
		views = append(views, b.Views...)
	}
	office := p.office()
	digests := p.digestParts(desk, groups, book)
	if g.Mailing = p.mailing(&digests); g.Mailing != nil {
		sections = append(sections, g.Mailing.Bot())
	}
	if p.translates != nil {
		sections = append(sections, p.translation(office, desk, box, groups, book))
	}
	return append([]chat.Bot{
		help.New(func(lang string) []chat.CommandInfo { return g.engine().Commands(lang) }),
		p.membership(office),
		p.moderation(office, book),
		digest.New(digests),
		p.fading(desk),
		library.New(g.view, p.finder, p.ledger, views...),
	}, sections...)
}

func (p parts) desk() *corecomm.Desk {
	return corecomm.New(corecomm.Store{Transactions: p.DB, Requests: p.DB.Requests(), Answers: p.DB.Answers(), Helpers: p.DB.Helpers(),
		Members: p.people, Consents: p.ledger, Changes: p.changes, Trails: p.ledger, Queue: p.Queue}, p.Now)
}

func (p parts) toolbox() *coresharing.Toolbox {
	return coresharing.New(coresharing.Store{Transactions: p.DB, Resources: p.DB.Resources(), Versions: p.DB.ResourceVersions(),
		Uses: p.DB.ResourceUses(), Members: p.people, Consents: p.ledger, Changes: p.changes, Trails: p.ledger, Queue: p.Queue,
		Normalize: links.Normalize}, p.Now)
}

// sharing is the bot of the toolbox. Without files or links to fetch it does without.
func (p parts) sharing(box *coresharing.Toolbox) chat.Bot {
	own := sharing.Parts{Toolbox: box, People: p.people, Downloads: p.guild, Detector: p.detector(), Policies: p.people, Translate: p.translateButton()}
	if p.Files != nil {
		own.Files = files.Deposits{Store: p.Files}
	}
	if p.Links != nil {
		own.Links = links.Descriptions{Fetcher: p.Links}
	}
	return sharing.New(own)
}

func (p parts) groups() *corecollab.Groups {
	return corecollab.New(corecollab.Store{Transactions: p.DB, Collaborations: p.DB.Collaborations(), Members: p.people, Records: p.ledger,
		Changes: p.changes, Trails: p.ledger, Queue: p.Queue}, p.Now)
}

func (p parts) collaboration(groups *corecollab.Groups, book *corecoop.Book) chat.Bot {
	return collaboration.New(collaboration.Parts{Groups: groups, People: p.people, Practices: book})
}

func (p parts) book() *corecoop.Book {
	return corecoop.New(corecoop.Store{Transactions: p.DB, Practices: p.DB.Practices(), Reviews: p.DB.Reviews(), Adoptions: p.DB.Adoptions(),
		Circles: p.DB.Circles(), Members: p.people, Consents: p.ledger, Changes: p.changes, Trails: p.ledger, Queue: p.Queue}, p.Now)
}

func (p parts) cooperation(book *corecoop.Book, desk *corecomm.Desk) chat.Bot {
	partners := corecoop.NewPartners(corecoop.PartnerStore{Transactions: p.DB, Partnerships: p.DB.Partnerships(), Organisations: p.people,
		Changes: p.changes, Trails: p.ledger, Queue: p.Queue}, p.Now)
	return cooperation.New(cooperation.Parts{Book: book, Partners: partners, People: p.people, Requests: desk, Readers: p.guild.reader,
		Views: p.guild.view, Detector: p.detector(), Translate: p.translateButton()})
}

func (p parts) office() *community.Office {
	return community.NewOffice(community.Store{Transactions: p.DB, People: p.people, Organisations: p.people, Topics: p.people,
		Spaces: p.people, Reports: p.people, Acts: p.people}, p.Now)
}

func (p parts) membership(office *community.Office) chat.Bot {
	own := membership.Parts{Office: office, Lists: p.people, Queue: p.Queue, Now: p.Now, Platforms: p.guild.platforms, Moderation: true,
		Held: []membership.Holding{{Name: "threads", Erase: p.DB.Threads().Forget}, {Name: "digests", Export: p.DB.Digests().ExportOwn, Erase: p.DB.Digests().ForgetOwn}}}
	own.Held = append(own.Held, p.mailHeld(), p.translationHeld())
	if p.Files != nil {
		own.Files = keeper{p.Files}
	}
	return membership.New(p.people, p.ledger, p.guild.view, p.guild.rights, own)
}

// keeper keeps what is sent as a file.
type keeper struct{ store *files.Store }

func (k keeper) Keep(ctx context.Context, r io.Reader, name string) (chat.Attachment, error) {
	f, err := k.store.Keep(ctx, r, name)
	if err != nil {
		return chat.Attachment{}, fmt.Errorf("keep a file: %w", err)
	}
	return chat.Attachment{SHA256: f.SHA256, Name: f.Name, Type: f.Type, Size: f.Size}, nil
}

func (g *Guild) platforms() map[chat.PlatformID]chat.Platform { return g.engine().Platforms() }

func (g *Guild) view(letter byte) (chat.View, bool) { return g.engine().View(letter) }

func (g *Guild) rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	return g.engine().Rights(ctx, at, who)
}

// reader is what reads a platform's threads back.
func (g *Guild) reader(p chat.PlatformID) (chat.Reader, bool) {
	pf := g.engine().Platforms()[p]
	if d, is := pf.(chat.Deaf); is && d.Deaf() {
		return nil, false
	}
	r, ok := pf.(chat.Reader)
	return r, ok
}

// detector keeps a nil *lingua.Detector from becoming an interface that is not nil.
func (p parts) detector() communication.Detector {
	if p.Detector == nil {
		return nil
	}
	return p.Detector
}

// Download fetches a file that somebody sent on a platform.
func (g *Guild) Download(ctx context.Context, p chat.PlatformID, f chat.FileRef) (io.ReadCloser, error) {
	d, can := g.engine().Platforms()[p].(chat.Downloader)
	if !can {
		return nil, fmt.Errorf("platform %q gives no files: %w", p, chat.ErrGone)
	}
	return d.Download(ctx, f)
}
