package slack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// pace remembers until when Slack wants not to be asked, by method, workspace and channel. Nothing waits
// here: whoever comes too early is told when to come again, and the queue does other work meanwhile.
type pace struct {
	now     func() time.Time
	mu      sync.Mutex
	blocked map[string]time.Time
}

// wait is how long key is closed; zero when it is open.
func (p *pace) wait(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.blocked[key]
	if !ok {
		return 0
	}
	left := until.Sub(p.now())
	if left <= 0 {
		delete(p.blocked, key)
		return 0
	}
	return left
}

// slack is a little more than Slack asks for, since clocks differ.
const slackTime = 50 * time.Millisecond

// close keeps key closed for d.
func (p *pace) close(key string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.now().Add(d + slackTime)
	if until.After(p.blocked[key]) {
		p.blocked[key] = until
	}
	if len(p.blocked) > 10_000 {
		for k, t := range p.blocked {
			if p.now().After(t) {
				delete(p.blocked, k)
			}
		}
	}
}

// call makes one call to Slack, about channel where it is about one. writes says
// that the call changes something, so that an error may leave open whether it did. The error is in the
// port's words.
func (t *team) call(ctx context.Context, method, channel string, writes bool, do func(ctx context.Context, c *slack.Client) error) error {
	err := t.try(ctx, method, channel, do)
	var told *chat.RetryAfter
	if errors.As(err, &told) {
		return err
	}
	return translate(method, err, writes)
}

// try is call with Slack's own error, save for what must wait.
func (t *team) try(ctx context.Context, method, channel string, do func(ctx context.Context, c *slack.Client) error) error {
	if t.gone.Load() {
		return slack.SlackErrorResponse{Err: "token_revoked"}
	}
	key := t.id + " " + method
	if method == "chat.postMessage" { // the one pace that is each channel's own
		key += " " + channel
	}
	if left := t.p.pace.wait(key); left > 0 {
		return &chat.RetryAfter{After: left, Cause: fmt.Errorf("%s: Slack asked for a pause", method)}
	}
	err := do(ctx, t.client)
	var wait *slack.RateLimitedError
	if errors.As(err, &wait) {
		wait.RetryAfter = max(wait.RetryAfter, time.Second)
		t.p.pace.close(key, wait.RetryAfter)
		return &chat.RetryAfter{After: wait.RetryAfter + slackTime, Cause: fmt.Errorf("%s: %w", method, err)}
	}
	if is(err, tokenGone...) {
		t.p.lost(t, codeOf(err))
	}
	return err
}
