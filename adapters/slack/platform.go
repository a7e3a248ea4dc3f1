package slack

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Platform is Slack: all its apps and workspaces.
type Platform struct {
	opts  Options
	apps  []*app
	log   *slog.Logger
	words words
	pace  *pace
	lanes *lanes
	open  sockets

	patience patience
	noted    noting

	seen     *memory[struct{}] // events that were handled
	channels *memory[string]   // names of channels
	replays  *memory[struct{}] // signatures of requests that were taken
	uses     *memory[int]      // how often a response address was used
	counts   *memory[int]      // of people, by workspace
	after    *memory[laterChange]
	plans    *memory[string] // of workspaces
	marks    *memory[string] // for what channels were made
	sharing  *memory[string] // files that are being shared, by their messages' keys

	mu      sync.Mutex
	handler chat.Handler
	base    context.Context               //nolint:containedctx // of Run: what is under way goes on until it ends
	ran     chan struct{}                 // closed when Run has ended
	tables  map[string][]chat.CommandInfo // by language

	busy    group         // what goes on beside the lanes
	ended   chan struct{} // closed when going on is pointless
	endOnce sync.Once
}

var _ chat.Platform = (*Platform)(nil)

// limits are what Send takes. Texts are shorter than Slack's own limits, since what is escaped grows.
var limits = chat.Limits{
	Message: 6000, Title: 140, Text: 2800, FieldName: 75, FieldValue: 1500, Fields: 20, Rows: 25, Buttons: 25, Label: 72,
	Options: 100, FileBytes: 1 << 30, Inputs: 40, Step: 15,
}

// reserved are Slack's own slash commands, which no app may have.
var reserved = []string{
	"active", "apps", "archive", "away", "call", "collapse", "dm", "dnd", "expand", "feed", "feedback", "huddle", "invite",
	"invite_people", "join", "keys", "kick", "leave", "me", "msg", "mute", "open", "part", "people", "prefs", "quit", "remind",
	"remove", "rename", "search", "shortcuts", "shrug", "star", "status", "topic", "unmute", "who",
}

// New makes the platform of these apps. It fails, naming all faults, when an option is missing or wrong.
func New(o Options) (*Platform, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxFile == 0 {
		o.MaxFile = 25 << 20
	}
	o.Apps = append([]App(nil), o.Apps...)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	if o.AckWithin == 0 {
		o.AckWithin = ackWithin
	}
	if o.Sockets == 0 {
		o.Sockets = 2
	}
	if o.HTTP == nil {
		o.HTTP = httpClient()
	}
	o.HTTP = withPatience(o.HTTP, o.Now)
	catalogue, err := text.Load(wordFiles)
	if err != nil {
		return nil, fmt.Errorf("slack: its words: %w", err)
	}
	p := &Platform{
		opts: o, log: o.Log, words: words{all: catalogue}.in("en"), pace: &pace{now: o.Now, blocked: map[string]time.Time{}}, lanes: newLanes(), patience: patienceOf(o.AckWithin), noted: noting{under: map[string]chan struct{}{}},
		seen: newMemory[struct{}](o.Now, 10*time.Minute), channels: newMemory[string](o.Now, time.Hour),
		replays: newMemory[struct{}](o.Now, 2*requestLife), uses: newMemory[int](o.Now, urlLife),
		counts: newMemory[int](o.Now, time.Hour), after: newMemory[laterChange](o.Now, afterLife),
		sharing: newMemory[string](o.Now, time.Hour), marks: newMemory[string](o.Now, time.Hour), plans: newMemory[string](o.Now, 12*time.Hour), ended: make(chan struct{}),
		tables: map[string][]chat.CommandInfo{},
	}
	p.lanes.behind = p.open.behind
	for _, spec := range o.Apps {
		p.apps = append(p.apps, &app{App: spec, p: p, teams: map[string]*team{}})
	}
	return p, nil
}

// httpClient has time limits, and keeps enough connections for many calls at once.
func httpClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 128
	t.ResponseHeaderTimeout = 15 * time.Second
	return &http.Client{Transport: t, Timeout: 5 * time.Minute} // a large file takes its time
}

// Platform implements chat.Platform.
func (p *Platform) Platform() chat.Info {
	// Everything works as /guildhall …; only the commands used most have a slash of their own.
	return chat.Info{ID: ID, Name: "Slack", Prefix: "/" + p.apps[0].CommandPrefix + "guildhall ", Limits: limits, Private: true, Forms: true, Reserved: reserved}
}

// table is the command table, in English.
func (p *Platform) table() []chat.CommandInfo { return p.tableIn("en") }

// tableIn is the command table in a language that there are words of.
func (p *Platform) tableIn(lang string) []chat.CommandInfo {
	p.mu.Lock()
	h, known := p.handler, p.tables[lang]
	p.mu.Unlock()
	if known != nil || h == nil {
		return known
	}
	if own := p.words.in(lang).lang; own != lang {
		return p.tableIn(own)
	}
	known = h.Commands(lang)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tables[lang] = known
	return known
}

// stopping says whether Run is at its end: nothing new is begun then.
func (p *Platform) stopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.base != nil && p.base.Err() != nil
}

// handle gives an event to the engine.
func (p *Platform) handle(ctx context.Context, ev chat.Event) (chat.Answer, error) {
	p.mu.Lock()
	h := p.handler
	p.mu.Unlock()
	if h == nil {
		return chat.Answer{}, errNotRunning
	}
	return h.Handle(ctx, ev)
}

// later does something beside the lanes, soon.
func (p *Platform) later(do func(ctx context.Context)) {
	p.mu.Lock()
	base := p.base
	p.mu.Unlock()
	if base == nil {
		base = context.Background()
	}
	p.busy.run(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(base), callTime)
		defer cancel()
		do(ctx)
	})
}
