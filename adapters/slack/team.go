package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// team is one app in one workspace.
type team struct {
	p      *Platform
	app    *app
	client *slack.Client
	token  string
	id     string
	name   string
	domain string // of its pages: "acme.slack.com"
	user   string // our own user
	bot    string // our own bot id
	by     string // who installed us, where that is known
	gone   atomic.Bool

	people *people
	mu     sync.Mutex
	direct map[string]string // the conversation with each person
	whose  map[string]string // and the other way round
	opened map[string]string // the record of each room that we opened
	shown  map[string]shown  // who has our Home open
	files  map[string]string // the id at Slack of what was uploaded, by content
}

// app is one Slack app with the workspaces that it is in.
type app struct {
	App
	p *Platform

	mu     sync.Mutex
	teams  map[string]*team
	asked  bool // the bot token's workspace is known
	scopes string
}

// client is a Web API client for a token.
func (a *app) client(token string) *slack.Client {
	return slack.New(token, slack.OptionAPIURL(a.APIURL), slack.OptionAppLevelToken(a.AppToken), slack.OptionHTTPClient(a.p.opts.HTTP),
		slack.OptionOnResponseHeaders(func(path string, h http.Header) {
			if s := h.Get("X-OAuth-Scopes"); s != "" && strings.HasSuffix(path, "auth.test") {
				a.mu.Lock()
				a.scopes = s
				a.mu.Unlock()
			}
		}))
}

// team is the workspace's; nil when the app is not in it.
func (a *app) team(id string) *team {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.teams[id]
}

// own is the workspace of the app's bot token: Slack is asked once.
func (a *app) own(ctx context.Context) error {
	a.mu.Lock()
	done := a.asked || a.BotToken == ""
	a.mu.Unlock()
	if done {
		return nil
	}
	c := a.client(a.BotToken)
	me, err := c.AuthTestContext(ctx)
	if err != nil {
		return fmt.Errorf("ask Slack who we are: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.asked {
		a.asked = true
		t := a.p.newTeam(a, a.BotToken, me.TeamID, me.Team)
		t.user, t.bot, t.domain = me.UserID, me.BotID, host(me.URL)
		a.teams[t.id] = t
	}
	return nil
}

func host(page string) string {
	page = strings.TrimPrefix(strings.TrimPrefix(page, "https://"), "http://")
	page, _, _ = strings.Cut(page, "/")
	return page
}

func (p *Platform) newTeam(a *app, token, id, name string) *team {
	t := &team{p: p, app: a, client: a.client(token), token: token, id: id, name: name, direct: map[string]string{}, whose: map[string]string{}, opened: map[string]string{},
		shown: map[string]shown{}, files: map[string]string{}}
	t.people = newPeople(t)
	return t
}

// installed adds a workspace that installed the app.
func (a *app) installed(id string, in install) *team {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.p.newTeam(a, in.Token, id, in.Name)
	t.user, t.bot, t.domain, t.by = in.User, in.Bot, in.Domain, join(id, in.By)
	a.teams[id] = t
	return t
}

// load reads the workspaces that installed an app by OAuth.
func (p *Platform) load(ctx context.Context) error {
	if p.opts.Installs == nil || p.installer("") == nil {
		return nil
	}
	err := p.opts.Installs.EachSlackInstall(ctx, func(client, id string, sealed []byte) error {
		for _, a := range p.apps {
			if !a.installs() || a.BotToken != "" || a.ClientID != client || a.team(id) != nil {
				continue
			}
			var in install
			if err := p.unseal(sealed, client+"/"+id, &in); err != nil {
				p.log.Error("what a workspace gave us cannot be read; install the app there again", "space", id, "error", err)
				continue
			}
			a.installed(id, in)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read installations: %w", err)
	}
	return nil
}

// in is the workspace of a space. It asks Slack where a bot token's workspace is not known yet, and the
// store where another replica took an installation.
func (p *Platform) in(ctx context.Context, space string) (*team, error) {
	if t := p.known(space); t != nil {
		return t, nil
	}
	var faults []error
	for _, a := range p.apps {
		if err := a.own(ctx); err != nil {
			faults = append(faults, err)
		}
	}
	if err := p.load(ctx); err != nil {
		faults = append(faults, err)
	}
	if t := p.known(space); t != nil {
		return t, nil
	}
	if err := errors.Join(faults...); err != nil {
		if is(err, tokenGone...) {
			return nil, fmt.Errorf("%w: %w", err, chat.ErrGone)
		}
		return nil, err
	}
	return nil, fmt.Errorf("no app of ours is in the workspace %q: %w", space, chat.ErrGone)
}

func (p *Platform) known(space string) *team {
	for _, a := range p.apps {
		if t := a.team(space); t != nil {
			return t
		}
	}
	return nil
}

// mayBeLost is lost where Slack does not take the token any more: the news of an end may come after the app was
// installed again.
func (t *team) mayBeLost(why string) {
	t.p.later(func(ctx context.Context) {
		if _, err := t.client.AuthTestContext(ctx); err != nil {
			t.p.lost(t, why)
		}
	})
}

// forget takes a workspace's installation away, unless it is a newer one than we know of: it may have been
// installed again by way of another replica.
func (p *Platform) forget(ctx context.Context, t *team) error {
	newer := false
	err := p.opts.Installs.EachSlackInstall(ctx, func(client, id string, sealed []byte) error {
		var in install
		if client == t.app.ClientID && id == t.id && p.unseal(sealed, client+"/"+id, &in) == nil {
			newer = in.Token != t.token
		}
		return nil
	})
	if err != nil || newer {
		return err //nolint:wrapcheck // said by whoever asks
	}
	return p.opts.Installs.DropSlackInstall(ctx, t.app.ClientID, t.id) //nolint:wrapcheck // as above
}

// lost stops what goes to a workspace whose token Slack does not take any more. It says so once.
func (p *Platform) lost(t *team, why string) {
	if t.gone.Swap(true) {
		return
	}
	p.log.Warn("Slack does not take this workspace's token any more: nothing is sent there until the app is installed again",
		"space", t.id, "workspace", t.name, "reason", why)
	if t.app.BotToken == "" && p.opts.Installs != nil {
		t.app.mu.Lock()
		if t.app.teams[t.id] == t {
			delete(t.app.teams, t.id)
		}
		t.app.mu.Unlock()
		p.later(func(ctx context.Context) {
			if err := p.forget(ctx, t); err != nil {
				p.log.Error("an installation could not be forgotten", "space", t.id, "error", err)
			}
		})
	}
	p.pointless()
}

// pointless ends Run when no workspace is left and none can come.
func (p *Platform) pointless() {
	for _, a := range p.apps {
		if a.installs() && a.BotToken == "" {
			return
		}
		a.mu.Lock()
		alive := !a.asked
		for _, t := range a.teams {
			alive = alive || !t.gone.Load()
		}
		a.mu.Unlock()
		if alive {
			return
		}
	}
	p.endOnce.Do(func() { close(p.ended) })
}

// callTime is how long one call may take.
const callTime = 20 * time.Second
