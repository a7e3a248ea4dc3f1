package webchat

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Platform is the web chat. It is an http.Handler for its pages and everything under them, by paths
// relative to where it is mounted.
type Platform struct {
	opts     Options
	personas map[chat.AccountID]*Persona
	words    *text.Catalogue
	mux      http.Handler
	live     *feed
	close    func() error // of what New opened

	mu      sync.RWMutex
	world   *world
	run     *running                      // nil while the engine does not listen
	waiting map[chat.EventID][]waiter     // browsers that wait for the engine's answer
	table   map[string][]chat.CommandInfo // the commands that were published, by language
	homes   map[chat.AccountID]chat.Message
	broken  error    // why the last entry could not be kept; nil when it was
	taking  int      // files that are being taken in
	loose   []string // contents that lost a holder; see removeLoose
}

var (
	_ chat.Platform   = (*Platform)(nil)
	_ chat.Editor     = (*Platform)(nil)
	_ chat.Whisperer  = (*Platform)(nil)
	_ chat.Director   = (*Platform)(nil)
	_ chat.FormOpener = (*Platform)(nil)
	_ chat.Roomer     = (*Platform)(nil)
	_ chat.Reader     = (*Platform)(nil)
	_ chat.Downloader = (*Platform)(nil)
	_ chat.Warden     = (*Platform)(nil)
	_ chat.Publisher  = (*Platform)(nil)
	_ chat.Linker     = (*Platform)(nil)
	_ chat.Homer      = (*Platform)(nil)
	_ chat.Checker    = (*Platform)(nil)
	_ http.Handler    = (*Platform)(nil)
)

//go:embed text
var words embed.FS

// New makes a web chat from what its store holds. A space that has no rooms gets one, the lobby, and
// each persona gets a conversation with Guildhall.
//
// It fails, naming all faults at once, when the options do not fit together, and when the folder is
// in use or cannot be read. Close lets go of the folder.
func New(o Options) (*Platform, error) {
	if len(o.Spaces)+len(o.Personas) == 0 {
		o.Spaces, o.Personas = Demo()
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("web chat: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 100 << 20
	}
	catalogue, err := text.Load(words)
	if err != nil {
		return nil, fmt.Errorf("web chat: its words: %w", err)
	}
	closing, err := o.open()
	if err != nil {
		return nil, fmt.Errorf("web chat: %w", err)
	}
	p := &Platform{opts: o, personas: map[chat.AccountID]*Persona{}, words: catalogue, live: newFeed(), close: closing,
		waiting: map[chat.EventID][]waiter{}, homes: map[chat.AccountID]chat.Message{}}
	for i := range o.Personas {
		p.personas[o.Personas[i].Account] = &o.Personas[i]
	}
	if err := p.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("web chat: %w", err), closing())
	}
	p.mux = p.routes()
	return p, nil
}

// Handler serves the chat's pages, by paths relative to where it is mounted: below a folder, strip
// the folder's name and let it end in a slash.
func (p *Platform) Handler() http.Handler { return p }

// Close lets go of Options.Dir. Nothing can be said any more.
func (p *Platform) Close() error { return p.close() }

// load reads the store, compacts it, and makes the rooms that are missing.
func (p *Platform) load() error {
	was := newWorld()
	if err := p.opts.Store.Read(func(e Entry) error { was.apply(e); return nil }); err != nil {
		return fmt.Errorf("read what was said: %w", err)
	}
	entries := was.snapshot(p.opts.Now())
	if err := p.opts.Store.Replace(entries); err != nil {
		return err
	}
	p.world = newWorld()
	for _, e := range entries {
		p.world.apply(e)
	}
	if err := p.opts.Files.Sweep(p.world.holds); err != nil {
		return err
	}
	if first := p.firstRooms(); len(first.Rooms) > 0 {
		return p.commit(first)
	}
	return nil
}

// firstRooms are the lobbies of spaces without rooms, and the conversations of new personas.
func (p *Platform) firstRooms() Entry {
	var e Entry
	have := map[chat.SpaceID]bool{}
	direct := map[chat.AccountID]bool{}
	for _, r := range p.world.rooms {
		have[r.Space] = have[r.Space] || r.Direct == ""
		direct[r.Direct] = true
	}
	for _, s := range p.opts.Spaces {
		if have[s.ID] {
			continue
		}
		r := Room{N: p.next(), Space: s.ID, Key: "lobby", Name: "lobby", Lang: s.Lang, Open: true,
			Topic: p.words.Plain(s.Lang, "webchat.lobby", nil)}
		r.ID = chat.RoomID(shortID("r", r.N))
		e.Rooms = append(e.Rooms, r)
		e.Events = append(e.Events, p.entered(r, chat.Author{}))
	}
	for _, who := range p.opts.Personas {
		if !direct[who.Account] {
			r := Room{N: p.next(), Space: who.Spaces[0], Name: ourName, Direct: who.Account}
			r.ID = chat.RoomID(shortID("d", r.N))
			e.Rooms = append(e.Rooms, r)
		}
	}
	return e
}

// entered is the event that we are in a room now.
func (p *Platform) entered(r Room, by chat.Author) chat.Event {
	return chat.Event{ID: chat.EventID("entered-" + string(r.ID)), Kind: chat.Entered, At: p.opts.Now(), Where: r.address(),
		Named: r.Name, From: by}
}

// Platform implements chat.Platform.
func (p *Platform) Platform() chat.Info {
	return chat.Info{ID: ID, Name: "web chat", Prefix: "/", Limits: limits, Private: true, Forms: true}
}

// limits are what Send takes. They are wide, yet real: what a page can show and a person can use.
var limits = chat.Limits{
	Message: 12_000, Title: 250, Text: 4_000, FieldName: 80, FieldValue: 1_000, Fields: 25, Rows: 50, Buttons: 25,
	Label: 80, Options: 100, FileBytes: 50 << 20, Inputs: 40,
}

// next is the number of a new thing: the time in microseconds, and always higher than the last, so
// that no id comes again even in a chat that was emptied in between.
func (p *Platform) next() int64 {
	p.world.last = max(p.world.last+1, p.opts.Now().UnixMicro())
	return p.world.last
}

func shortID(kind string, n int64) string { return kind + strconv.FormatInt(n, 36) }

// commit keeps e, lets it have happened, and tells the browsers. p.mu must be held. When it fails,
// nothing happened.
func (p *Platform) commit(e Entry) error {
	if reflect.ValueOf(e).IsZero() {
		return nil
	}
	if p.broken = p.opts.Store.Append(e); p.broken != nil {
		return fmt.Errorf("keep what happened: %w", p.broken)
	}
	for _, post := range e.Posts {
		if was := p.world.posts[post.ID]; was != nil {
			p.loose = append(p.loose, was.contents()...)
		}
	}
	p.world.apply(e)
	p.live.publish(p.changes(e))
	p.removeLoose()
	return nil
}

// address is the room as the engine knows it.
func (r *Room) address() chat.Address {
	return chat.Address{Platform: ID, Space: r.Space, Room: r.ID}
}

// at is where a message stands.
func (p *Platform) at(post *Post) chat.Address {
	a := p.world.rooms[post.Room].address()
	a.Thread = post.Thread
	return a
}

// space is the space with this id, nil for none.
func (p *Platform) space(id chat.SpaceID) *Space {
	i := slices.IndexFunc(p.opts.Spaces, func(s Space) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &p.opts.Spaces[i]
}

// say is one of the chat's own sentences, in the persona's language.
func (p *Platform) say(who *Persona, key string, a text.Args) string {
	return p.words.Plain(p.words.Match(who.Locale), "webchat."+key, a)
}

// Publish implements chat.Publisher: what is typed after "/" is completed from this table, and the
// actions on messages are taken from it.
func (p *Platform) Publish(_ context.Context, byLang map[string][]chat.CommandInfo) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table = byLang
	return nil
}

// commands is the command table in the persona's language.
func (p *Platform) commands(who *Persona) []chat.CommandInfo {
	p.mu.RLock()
	table, run := p.table, p.run
	p.mu.RUnlock()
	if len(table) > 0 {
		lang, _, _ := strings.Cut(who.Locale, "-")
		for _, l := range []string{who.Locale, lang, "en"} {
			if list, ok := table[l]; ok {
				return list
			}
		}
	}
	if run != nil {
		return run.handler.Commands(who.Locale)
	}
	return nil
}

// Check implements chat.Checker.
func (p *Platform) Check(context.Context) []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.broken != nil {
		return []string{fmt.Sprintf("The web chat could not keep the last thing that was said: make room on its disk, or let Guildhall write there (%v).", p.broken)}
	}
	return nil
}
