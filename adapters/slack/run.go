package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildhall/core/chat"
)

// Run implements chat.Platform. Apps in Socket Mode are listened to on their connections; those over HTTP
// by Handler, which works as long as Run does.
func (p *Platform) Run(ctx context.Context, h chat.Handler) error {
	over := make(chan struct{})
	p.mu.Lock()
	p.handler, p.base, p.ran = h, ctx, over
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.handler = nil
		p.mu.Unlock()
		close(over)
	}()
	if err := p.load(ctx); err != nil {
		p.log.Error("installations could not be read; they are tried again when one is needed", "error", err)
	}
	// What holds the connections outlives ctx by a moment, so that what is under way is acknowledged.
	hold, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
	gone := make(chan error, len(p.apps))
	for _, a := range p.apps {
		p.busy.run(func() { gone <- a.run(ctx, hold) })
	}
	err := p.wait(ctx, gone)
	p.drain()
	release()
	<-p.busy.wait()
	return err
}

// wait returns when ctx ends, or when there is nothing left to listen to.
func (p *Platform) wait(ctx context.Context, gone <-chan error) error {
	var faults []error
	for range p.apps {
		select {
		case <-ctx.Done():
			return nil
		case <-p.ended:
			return fmt.Errorf("slack: no workspace takes our tokens any more: %w", chat.ErrGone)
		case err := <-gone:
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the end that was asked for
			}
			if err != nil {
				p.log.Error("a Slack app is not listened to any more", "error", err)
				faults = append(faults, err)
			}
		}
	}
	return fmt.Errorf("slack: %w", errors.Join(faults...))
}

// over is closed when Run has ended, with what was under way then: requests are held no longer. It is nil before Run.
func (p *Platform) over() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ran
}

// drain waits for events under way, for a while.
func (p *Platform) drain() {
	limit := time.NewTimer(p.patience.end)
	defer limit.Stop()
	select {
	case <-p.lanes.all.wait():
	case <-limit.C:
		p.log.Warn("some events from Slack are still under way at the end")
	}
}

// run learns who the app is and listens to it until ctx ends. hold keeps its connections.
func (a *app) run(ctx, hold context.Context) error {
	for wait := time.Second; ; wait = min(wait*2, time.Minute) {
		err := a.own(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end that was asked for
		}
		if is(err, tokenGone...) {
			return fmt.Errorf("the bot token is not taken by Slack (%s): enter the one that the app's page shows: %w", codeOf(err), chat.ErrGone)
		}
		a.p.log.Warn("Slack does not answer; trying again", "in", wait, "error", err)
		if !pause(ctx, wait) {
			return nil
		}
	}
	if a.AppToken == "" {
		<-ctx.Done()
		return nil
	}
	return a.listen(ctx, hold)
}

// pause waits; it returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
