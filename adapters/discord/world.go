package discord

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"guildhall/core/chat"
)

// world is what is known of guilds and their channels: told by the gateway where it is connected
// here, else asked for and kept a little while.
type world struct {
	mu       sync.Mutex
	me       id
	app      id
	guilds   map[id]*land
	channels map[id]seen
	threads  map[id]map[id]bool // of channels, by parent
}

// land is a guild.
type land struct {
	guild
	live  bool // the gateway tells of changes
	asked time.Time
	roles map[id]role
}

type seen struct {
	channel
	live  bool
	asked time.Time
}

// fresh is how long what was asked for is believed.
const freshTime = 5 * time.Minute

func newWorld() *world {
	return &world{guilds: map[id]*land{}, channels: map[id]seen{}, threads: map[id]map[id]bool{}}
}

// set notes a channel. It needs the lock.
func (w *world) set(s seen) {
	w.channels[s.ID] = s
	if s.isThread() && s.Parent != "" {
		if w.threads[s.Parent] == nil {
			w.threads[s.Parent] = map[id]bool{}
		}
		w.threads[s.Parent][s.ID] = true
	}
}

// unset forgets a channel. It needs the lock.
func (w *world) unset(c id) {
	parent := w.channels[c].Parent
	delete(w.channels, c)
	if delete(w.threads[parent], c); len(w.threads[parent]) == 0 {
		delete(w.threads, parent)
	}
}

// self are our own user id and the application's.
func (w *world) self() (me, app id) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.me, w.app
}

func (w *world) setSelf(me, app id) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if me != "" {
		w.me = me
	}
	if app != "" {
		w.app = app
	}
}

// putGuild takes a guild as GUILD_CREATE tells it.
func (w *world) putGuild(g guild) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.land(g)
	l.live = true
	for _, c := range append(g.Channels, g.Threads...) {
		c.Guild = g.ID
		w.set(seen{channel: c, live: true})
	}
}

// land makes or updates a guild, without its channels. It needs the lock.
func (w *world) land(g guild) *land {
	l := w.guilds[g.ID]
	if l == nil {
		l = &land{}
		w.guilds[g.ID] = l
	}
	g.Channels, g.Threads = nil, nil
	if len(g.Roles) > 0 || l.roles == nil {
		l.roles = map[id]role{}
		for _, r := range g.Roles {
			l.roles[r.ID] = r
		}
	}
	l.guild = g
	return l
}

// dropGuild forgets a guild, and returns its channels.
func (w *world) dropGuild(g id) (gone []channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.guilds, g)
	for k, c := range w.channels {
		if c.Guild == g {
			gone = append(gone, c.channel)
			w.unset(k)
		}
	}
	return gone
}

func (w *world) putRole(g id, r role) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.guilds[g]; l != nil && l.roles != nil {
		l.roles[r.ID] = r
	}
}

func (w *world) dropRole(g, r id) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.guilds[g]; l != nil {
		delete(l.roles, r)
	}
}

func (w *world) putChannel(c channel, live bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.channels[c.ID]; c.Guild == "" {
		c.Guild = old.Guild
	}
	w.set(seen{channel: c, live: live, asked: time.Now()})
}

// roomsIn are the threads of a channel that are rooms of ours: they go with it.
func (w *world) roomsIn(c id) (out []id) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for t := range w.threads[c] {
		if w.channels[t].isRoom(w.me) {
			out = append(out, t)
		}
	}
	return out
}

func (w *world) dropChannel(c id) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unset(c)
}

// known is a channel as it is known here.
func (w *world) known(c id) (channel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.channels[c]
	if !ok || !s.live && time.Since(s.asked) > freshTime {
		return channel{}, false
	}
	return s.channel, true
}

// hasGuild says whether the gateway has told of a guild.
func (w *world) hasGuild(g id) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.guilds[g]
	return l != nil && l.live
}

// myRole is the role that a guild gave us, by which we can be mentioned as well.
func (w *world) myRole(g id) id {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.guilds[g]; l != nil {
		for _, r := range l.roles {
			if r.Tags != nil && r.Tags.Bot != "" && r.Tags.Bot == w.me {
				return r.ID
			}
		}
	}
	return ""
}

// channel is a channel by its id, asked for where it is not known.
func (p *Platform) channel(ctx context.Context, c id) (channel, error) {
	if ch, ok := p.world.known(c); ok {
		return ch, nil
	}
	if !isID(string(c)) {
		return channel{}, &apiError{Status: http.StatusNotFound, Code: codeUnknownChannel, Text: "no channel", kind: chat.ErrGone}
	}
	var ch channel
	err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c)), route: "/channels/*", major: string(c), again: true}, &ch)
	if err != nil {
		return channel{}, err
	}
	p.world.putChannel(ch, p.world.hasGuild(ch.Guild))
	return ch, nil
}

// guild is a guild by its id, with its roles.
func (p *Platform) guild(ctx context.Context, g id) (land, error) {
	p.world.mu.Lock()
	l := p.world.guilds[g]
	if l != nil && (l.live || time.Since(l.asked) < freshTime) {
		out := *l
		out.roles = map[id]role{}
		for k, r := range l.roles {
			out.roles[k] = r
		}
		p.world.mu.Unlock()
		return out, nil
	}
	p.world.mu.Unlock()
	got, err := p.askGuild(ctx, g)
	if err != nil {
		return land{}, err
	}
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	l = p.world.land(got)
	l.asked = time.Now()
	out := *l
	return out, nil
}

func (p *Platform) askGuild(ctx context.Context, g id) (got guild, err error) {
	if !isID(string(g)) {
		return got, &apiError{Status: http.StatusNotFound, Text: "no server", kind: chat.ErrGone}
	}
	err = p.rest.do(ctx, ask{method: "GET", path: path("guilds", string(g)), route: "/guilds/*", major: string(g),
		query: map[string][]string{"with_counts": {"true"}}, again: true}, &got)
	return got, err
}

// place is where a message stands: a thread of a channel, a channel, or a direct conversation.
func (p *Platform) place(ctx context.Context, g, c id) (chat.Address, error) {
	at := chat.Address{Platform: p.id, Space: chat.SpaceID(g), Room: chat.RoomID(c)}
	if g == "" {
		return at, nil
	}
	ch, err := p.channel(ctx, c)
	if err != nil {
		if errors.Is(err, chat.ErrGone) || errors.Is(err, chat.ErrRefused) {
			return at, nil // what cannot be seen is a room as far as we know
		}
		return at, err
	}
	me, _ := p.world.self()
	if ch.isThread() && ch.Parent != "" && !ch.isRoom(me) {
		at.Room, at.Thread = chat.RoomID(ch.Parent), chat.ThreadID(c)
	}
	return at, nil
}

// target is the channel that an address stands for.
func target(at chat.Address) id {
	if at.Thread != "" {
		return id(at.Thread)
	}
	return id(at.Room)
}

// community says whether a guild has forums.
func (l land) community() bool { return slices.Contains(l.Features, "COMMUNITY") }
