package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/core/chat"
)

// Options are what the adapter is told. Only Token is needed.
type Options struct {
	ID            chat.PlatformID // "discord" when empty
	Token         string          // of the bot, without "Bot "
	ApplicationID string          // asked for when empty
	GuildIDs      []string        // register commands in these servers alone; empty: everywhere
	APIURL        string          // https://discord.com/api/v10 when empty
	Content       bool            // the Message Content intent is on
	PerSecond     int             // requests that Discord allows the bot in a second, where it has raised that; 0: 45 of its 50

	Store    Store             // nil: nothing outlives the program, and no other may run
	Client   *http.Client      // for REST and files; one of our own when nil
	Dialer   *websocket.Dialer // for the gateway
	Replica  string            // what this program is called where it says that it has a shard; empty for nothing
	Log      *slog.Logger
	Now      func() time.Time
	Shards   int           // 0: as Discord recommends
	Answer   time.Duration // how long an interaction's answer may take before it is deferred; 1.5 s when 0
	Lease    time.Duration // how long a shard is held without renewal; 6 s when 0
	Keep     time.Duration // how often it is written down where a shard is; 1 s when 0
	Watch    time.Duration // how long a connection may take to get going; 20 s when 0
	Pause    time.Duration // the shortest pause before another try; 1 s when 0
	Identify time.Duration // between two identifications; 5 s when 0
	// Overlap is how much earlier than the last moment something was heard what was missed is looked
	// for: events were on their way, and clocks differ. 30 s when 0.
	Overlap time.Duration
}

// Platform is Discord as the engine sees it.
type Platform struct {
	id      chat.PlatformID
	opt     Options
	rest    *rest
	world   *world
	cdn     map[string]bool // hosts that files are fetched from
	files   *http.Client
	opening sync.Mutex
	heard   recent // interactions that came
	begun   recent // interactions that have had their first response here
	turns   *turns
	log     *slog.Logger

	mu      sync.Mutex
	handler chat.Handler
	names   map[string]string // of context-menu commands, to their paths
	member  map[string]bool   // commands, and their arguments ("path/argument"), that name a member
	direct  map[chat.AccountID]id
	told    chan struct{} // closed when a shard became ready, made anew
}

var (
	_ chat.Platform   = (*Platform)(nil)
	_ chat.Editor     = (*Platform)(nil)
	_ chat.Whisperer  = (*Platform)(nil)
	_ chat.Director   = (*Platform)(nil)
	_ chat.Roomer     = (*Platform)(nil)
	_ chat.Reader     = (*Platform)(nil)
	_ chat.Downloader = (*Platform)(nil)
	_ chat.Warden     = (*Platform)(nil)
	_ chat.Publisher  = (*Platform)(nil)
	_ chat.Linker     = (*Platform)(nil)
	_ chat.Shelver    = (*Platform)(nil)
	_ chat.Adviser    = (*Platform)(nil)
	_ chat.Deaf       = (*Platform)(nil)
	_ chat.Checker    = (*Platform)(nil)
	_ chat.Pacer      = (*Platform)(nil)
	_ chat.Inviter    = (*Platform)(nil)
)

const defaultAPI = "https://discord.com/api/v10"

var versioned = regexp.MustCompile(`/v[0-9]+$`)

// New makes the adapter. It asks nothing of Discord yet.
func New(o Options) (*Platform, error) {
	o.Token = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(o.Token), "Bot "))
	if o.Token == "" || strings.ContainsAny(o.Token, " \r\n\t") {
		return nil, errors.New("discord.token is not a bot's token: copy it from the Developer Portal, under Bot")
	}
	for _, s := range append([]string{o.ApplicationID}, o.GuildIDs...) {
		if s != "" && !isID(s) {
			return nil, fmt.Errorf("discord: %q is no id: ids are numbers, such as 1184123412341234123", s)
		}
	}
	base, host, err := apiBase(o.APIURL)
	if err != nil {
		return nil, err
	}
	o.defaults()
	r, err := newREST(o.Token, base, o.Client)
	if err != nil {
		return nil, err
	}
	if o.PerSecond > 0 {
		r.pace.most = o.PerSecond
	}
	p := &Platform{id: o.ID, opt: o, rest: r, world: newWorld(), cdn: map[string]bool{"cdn.discordapp.com": true, "media.discordapp.net": true},
		turns: newTurns(o.Identify), log: o.Log, names: map[string]string{}, direct: map[chat.AccountID]id{}, told: make(chan struct{})}
	if host != "" {
		p.cdn[host] = true
	}
	files := *o.Client
	files.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 || !p.fromCDN(req.URL) {
			return errors.New("a file's address led elsewhere")
		}
		return nil
	}
	p.files = &files
	p.world.setSelf("", id(o.ApplicationID))
	return p, nil
}

// apiBase reads the API's address; host is where files may come from besides Discord's own hosts,
// when the address is not Discord's.
func apiBase(s string) (base, host string, err error) {
	if s = strings.TrimRight(strings.TrimSpace(s), "/"); s == "" {
		return defaultAPI, "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", "", fmt.Errorf("discord.api_url should be a web address such as %s", defaultAPI)
	}
	if u.Path == "" {
		u.Path = "/api"
	}
	if !versioned.MatchString(u.Path) {
		u.Path += "/v10"
	}
	u.RawQuery, u.Fragment = "", ""
	if h := u.Hostname(); h != "discord.com" && h != "discordapp.com" {
		host = h
	}
	return u.String(), host, nil
}

func (o *Options) defaults() {
	if o.ID == "" {
		o.ID = "discord"
	}
	if o.Client == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 128
		o.Client = &http.Client{Transport: t, Timeout: time.Minute}
	}
	if o.Dialer == nil {
		o.Dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 20 * time.Second}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Store == nil {
		o.Store = newMemory()
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&o.Answer, 1500*time.Millisecond)
	set(&o.Lease, 6*time.Second)
	set(&o.Keep, time.Second)
	set(&o.Watch, 20*time.Second)
	set(&o.Pause, time.Second)
	set(&o.Identify, 5*time.Second)
	set(&o.Overlap, 30*time.Second)
}

// Platform implements chat.Platform.
func (p *Platform) Platform() chat.Info {
	return chat.Info{ID: p.id, Name: "Discord", Prefix: "/", Limits: limits, Private: true, Unanswered: true, LeaveFirst: true, Forms: true}
}

// Deaf implements chat.Deaf: without the intent history comes without words, through REST as well.
func (p *Platform) Deaf() bool { return !p.opt.Content }

// Advice implements chat.Adviser.
func (p *Platform) Advice(lang string) []string {
	if p.opt.Content {
		return nil
	}
	return []string{words.Plain(words.Match(lang), "discord.content", nil)}
}

func (p *Platform) intents() int {
	n := intentGuilds | intentMessages | intentReactions | intentDirect
	if p.opt.Content {
		n |= intentContent
	}
	return n
}

// Run implements chat.Platform: one goroutine for each shard, and those of its connections.
func (p *Platform) Run(ctx context.Context, h chat.Handler) error {
	p.take(h)
	count, err := p.shards(ctx)
	for err == nil {
		if err = p.divided(ctx, count); !errors.Is(err, errMoreShards) {
			break
		}
		p.log.Info("dividing the servers on Discord anew", "before", count)
		count, err = p.reshard(ctx, count)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // what failed then failed because it was told to end
	}
	return err
}

// divided runs all shards of a division until ctx ends, or one cannot go on.
func (p *Platform) divided(ctx context.Context, count int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for n := range count {
		s := &shard{p: p, number: n, of: count, lanes: newLanes(), seqs: newMarks(0, time.Time{}), known: map[id]bool{}}
		all.Go(func() {
			if err := s.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	if cause := context.Cause(ctx); errors.Is(cause, chat.ErrGone) || errors.Is(cause, errMoreShards) {
		return cause
	}
	return nil
}

// take notes the engine, and the names of its context-menu commands.
func (p *Platform) take(h chat.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handler = h
	table := h.Commands("en")
	for _, c := range contextMenu(table, p.opt.Content) {
		p.names[c.key()] = c.path
	}
	p.member = map[string]bool{}
	for _, c := range table {
		for _, a := range c.Args {
			if a.Kind == chat.Member {
				p.member[c.Path], p.member[c.Path+"/"+a.Name] = true, true
			}
		}
	}
}

// takesMember says whether an argument of a command names a member.
func (p *Platform) takesMember(path, arg string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.member[path+"/"+arg]
}

// namesMember says whether a line begins with a command that can name a member.
func (p *Platform) namesMember(words []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range min(len(words), 3) {
		for k := range min(len(words)-n, 2) {
			if p.member[strings.Join(words[n:n+k+1], " ")] {
				return true
			}
		}
	}
	return false
}

// shards is how many connections Discord recommends. It is asked until it answers.
func (p *Platform) shards(ctx context.Context) (int, error) {
	for pause := p.opt.Pause; ; pause = min(2*pause, time.Minute) {
		if err := p.whoAmI(ctx); errors.Is(err, errToken) {
			return 0, err
		}
		said, err := p.askGateway(ctx)
		if err == nil {
			p.turns.atOnce(said.Start.Concurrency)
			if p.opt.Shards > 0 {
				return p.opt.Shards, nil
			}
			return max(1, said.Shards), nil
		}
		if errors.Is(err, errToken) {
			return 0, err
		}
		p.log.Warn("Discord does not answer, asking again", "error", err)
		if !sleep(ctx, pause) {
			return 0, ctx.Err()
		}
	}
}

type gatewayBot struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Start  struct {
		Remaining   *int    `json:"remaining"`   // new sessions that are left for today
		Reset       float64 `json:"reset_after"` // milliseconds until there are more
		Concurrency int     `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (p *Platform) askGateway(ctx context.Context) (said gatewayBot, err error) {
	err = p.rest.do(ctx, ask{method: "GET", path: "/gateway/bot", again: true}, &said)
	if err != nil && status(err) == http.StatusNotFound {
		err = p.rest.do(ctx, ask{method: "GET", path: "/gateway", again: true}, &said)
	}
	return said, err
}

// gatewayAddress is where to connect. For a new session it waits while Discord allows none: whoever begins
// more all the same has their token taken away.
func (p *Platform) gatewayAddress(ctx context.Context, begins bool) (string, error) {
	for {
		said, err := p.askGateway(ctx)
		if err == nil && said.URL == "" {
			err = errors.New("no gateway was named")
		}
		if err != nil || !begins || said.Start.Remaining == nil || *said.Start.Remaining > 0 {
			return said.URL, err
		}
		wait := max(limitTime(said.Start.Reset/1000), p.opt.Pause)
		p.log.Error("Discord allows no more new sessions today: something ends them too often", "wait", wait)
		if !sleep(ctx, wait) {
			return "", ctx.Err()
		}
	}
}

// whoAmI asks who we are, where it is not known yet.
func (p *Platform) whoAmI(ctx context.Context) error {
	me, app := p.world.self()
	if me == "" {
		var u user
		if err := p.rest.do(ctx, ask{method: "GET", path: "/users/@me", again: true}, &u); err != nil {
			return err
		}
		me = u.ID
		p.world.setSelf(me, "")
	}
	if app != "" {
		return nil
	}
	var a struct {
		ID id `json:"id"`
	}
	err := p.rest.do(ctx, ask{method: "GET", path: "/applications/@me", again: true}, &a)
	if status(err) == http.StatusNotFound {
		err = p.rest.do(ctx, ask{method: "GET", path: "/oauth2/applications/@me", again: true}, &a)
	}
	switch {
	case status(err) == http.StatusNotFound:
		a.ID = me // as it is for most; READY says it for sure
	case err != nil:
		return err
	}
	p.world.setSelf("", a.ID)
	return nil
}

// onReady tells those who wait that a shard is connected.
func (p *Platform) onReady(int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.told)
	p.told = make(chan struct{})
}
