package chat

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Words are the engine's own words.
//
//go:embed text
var words embed.FS

// Engine takes events from platforms, runs commands, and turns what they reply and change into work.
type Engine struct {
	table     *table
	views     map[byte]View
	heard     []Hearing
	shows     []func(ctx context.Context, of int64, id record.ID) ([]record.Subject, error)
	jobs      []Job
	store     Store
	blobs     Blobs
	platforms map[PlatformID]Platform
	words     *text.Catalogue
	search    Suggest
	log       *slog.Logger
	now       func() time.Time
	observe   Observer
	pace      int64
}

// Options are what an engine is made of.
type Options struct {
	Bots      []Bot
	Platforms []Platform
	Store     Store
	Blobs     Blobs
	Search    Suggest // nil: records are not offered while typing
	Log       *slog.Logger
	Now       func() time.Time
	Observer  Observer
	Pace      int // commands a member may give in a minute; 0: 30
}

// Suggest finds records for an argument that is being typed.
type Suggest interface {
	Suggest(ctx context.Context, of int64, partial, letters string, n int) ([]record.ID, error)
}

// Observer is told what happens, for metrics.
type Observer interface {
	Event(p PlatformID, kind EventKind, command, outcome string, took time.Duration)
	Delivery(p PlatformID, kind, outcome string, took time.Duration)
}

type noObserver struct{}

func (noObserver) Event(PlatformID, EventKind, string, string, time.Duration) {}
func (noObserver) Delivery(PlatformID, string, string, time.Duration)         {}

// New makes an engine. It fails, naming all faults at once, when a command lacks help, repeats a
// name, is both command and group, is reserved by a platform, or has an argument of an unknown
// kind, or when the catalogues are not whole.
func New(o Options) (*Engine, error) {
	e := &Engine{
		views: map[byte]View{}, store: o.Store, blobs: o.Blobs, platforms: map[PlatformID]Platform{},
		search: o.Search, log: o.Log, now: o.Now, observe: o.Observer, pace: int64(o.Pace),
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.observe == nil {
		e.observe = noObserver{}
	}
	if e.pace == 0 {
		e.pace = 30
	}
	sources := []fs.FS{words}
	var infos []Info
	for _, p := range o.Platforms {
		info := p.Platform()
		if _, twice := e.platforms[info.ID]; twice {
			return nil, fmt.Errorf("two platforms are called %q", info.ID)
		}
		e.platforms[info.ID] = p
		infos = append(infos, info)
	}
	e.views[record.DayList] = e.dayView()
	commands := []Command{e.openCommand(), e.writeCommand(), e.seenCommand()}
	for _, b := range o.Bots {
		if b.Words != nil {
			sources = append(sources, b.Words)
		}
		commands = append(commands, b.Commands...)
		e.heard = append(e.heard, b.Heard...)
		if b.Shows != nil {
			e.shows = append(e.shows, b.Shows)
		}
		e.jobs = append(e.jobs, b.Work...)
		for _, v := range b.Views {
			if _, twice := e.views[v.Letter]; twice {
				return nil, fmt.Errorf("two bots show records %c", v.Letter)
			}
			e.views[v.Letter] = v
		}
	}
	var err error
	if e.words, err = text.Load(sources...); err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	if e.table, err = newTable(commands, infos, e.words); err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	return e, nil
}

// Words is the catalogue of all words.
func (e *Engine) Words() *text.Catalogue { return e.words }

// View is how records of a letter are seen.
func (e *Engine) View(letter byte) (View, bool) { v, ok := e.views[letter]; return v, ok }

// Paged says whether the schedules of a kind of work are queued many to an item.
func (e *Engine) Paged(kind string) bool {
	for _, j := range e.jobs {
		if j.Kind == kind {
			return j.Paged
		}
	}
	return false
}

// Platforms are the platforms the engine speaks to.
func (e *Engine) Platforms() map[PlatformID]Platform { return e.platforms }

// Commands implements Handler.
func (e *Engine) Commands(lang string) []CommandInfo {
	return e.table.infos(e.words, e.words.Match(lang))
}

// readerLang is the catalogue language for a member.
func (e *Engine) readerLang(m community.Member, c community.Community, locale string) string {
	return e.words.Match(m.Language, locale, c.Language)
}

// roomLang is the catalogue language for what is shared in a room.
func (e *Engine) roomLang(r community.Room, c community.Community) string {
	return e.words.Match(r.Language, c.Language)
}

// Rights asks a platform what a person may do in a space; a platform that cannot tell allows nothing.
func (e *Engine) Rights(ctx context.Context, at Address, who AccountID) (Rights, error) {
	w, can := e.platforms[at.Platform].(Warden)
	if !can {
		return Rights{}, nil
	}
	return w.Rights(ctx, at, who)
}
