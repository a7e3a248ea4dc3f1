package slack

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// person is what we know of somebody in a workspace.
type person struct {
	name   string
	locale string // BCP 47
	zone   string // IANA
	admin  bool   // of the workspace, or its owner
	bot    bool
	at     time.Time
}

// people remembers who is who in one workspace, for a while.
type people struct {
	t    *team
	mu   sync.Mutex
	byID map[string]person
	busy map[string]chan struct{} // closed when a question under way is answered
	// failed is until when somebody is not asked for again.
	failed map[string]time.Time
}

const (
	personLife = 30 * time.Minute
	personTime = 800 * time.Millisecond // an event does not wait longer to learn who caused it
	failedLife = 15 * time.Second
	maxPeople  = 20_000
)

func newPeople(t *team) *people {
	return &people{t: t, byID: map[string]person{}, busy: map[string]chan struct{}{}, failed: map[string]time.Time{}}
}

// forget is called when Slack says that a person changed.
func (p *people) forget(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, user)
	delete(p.failed, user)
}

// known is what is remembered; fresh is false when it is old or there is nothing.
func (p *people) known(user string) (who person, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, ok := p.byID[user]
	return who, ok && p.t.p.opts.Now().Sub(who.at) < personLife
}

// get is who a user is: from memory, else from Slack. When Slack does not answer in time, what was known
// before is good enough; ok is false when that is nothing.
func (p *people) get(ctx context.Context, user string) (who person, ok bool) {
	if user == "" {
		return person{}, false
	}
	if who, fresh := p.known(user); fresh {
		return who, true
	}
	ctx, cancel := context.WithTimeout(ctx, personTime)
	defer cancel()
	if err := p.ask(ctx, user); err != nil {
		who, _ = p.known(user)
		return who, !who.at.IsZero()
	}
	who, _ = p.known(user)
	return who, !who.at.IsZero()
}

// ask asks Slack, once for all who want to know at the moment. Who does not wait for the answer finds it
// the next time; after a failure nobody asks for a while.
func (p *people) ask(ctx context.Context, user string) error {
	p.mu.Lock()
	if p.t.p.opts.Now().Before(p.failed[user]) {
		p.mu.Unlock()
		return errUnknown
	}
	answer := p.busy[user]
	if answer == nil {
		answer = make(chan struct{})
		p.busy[user] = answer
		p.t.p.later(func(ctx context.Context) {
			err := p.fetch(ctx, user)
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.busy, user)
			delete(p.failed, user)
			if err != nil {
				if len(p.failed) >= maxPeople {
					clear(p.failed)
				}
				p.failed[user] = p.t.p.opts.Now().Add(failedLife)
			}
			close(answer)
		})
	}
	p.mu.Unlock()
	select {
	case <-answer:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, fresh := p.known(user); !fresh {
		return errUnknown
	}
	return nil
}

var errUnknown = errors.New("nobody says who that is")

func (p *people) fetch(ctx context.Context, user string) error {
	var u *slack.User
	err := p.t.call(ctx, "users.info", "", false, func(ctx context.Context, c *slack.Client) (err error) {
		u, err = c.GetUserInfoContext(ctx, user, slack.GetUserInfoOptionIncludeLocale(true))
		return err
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byID) >= maxPeople {
		clear(p.byID)
	}
	p.byID[user] = person{name: nameOf(u), locale: strings.ReplaceAll(u.Locale, "_", "-"), zone: u.TZ,
		admin: u.IsAdmin || u.IsOwner || u.IsPrimaryOwner, bot: u.IsBot, at: p.t.p.opts.Now()}
	return nil
}

// slackBot is Slack's own user, whom it does not tell of.
const slackBot = "USLACKBOT"

// nameOf is what people call a user.
func nameOf(u *slack.User) string {
	for _, n := range []string{u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name} {
		if n = strings.TrimSpace(n); n != "" {
			return n
		}
	}
	return ""
}

// author is who caused an event. called is the name that came with it, for when Slack says no other.
func (t *team) author(ctx context.Context, user, called string) chat.Author {
	a := chat.Author{Account: accountID(t.id, user), Name: called, Bot: user == slackBot}
	if a.Bot {
		return a
	}
	if who, ok := t.people.get(ctx, user); ok {
		a.Name, a.Locale, a.Zone, a.Bot = orElse(who.name, called), who.locale, who.zone, who.bot
	}
	if a.Name == "" {
		a.Name = user
	}
	return a
}
