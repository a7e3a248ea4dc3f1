package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// How long /sync waits for news, how long the lead is held without being renewed, and the longest
// pause after a failure.
const (
	pollTime  = 20 * time.Second
	leadTime  = 15 * time.Second
	longPause = 5 * time.Second
)

// filter leaves out what nobody here looks at.
const filter = `{"presence":{"not_types":["*"]},"room":{"ephemeral":{"not_types":["*"]},"account_data":{"not_types":["*"]},"timeline":{"limit":50}}}`

// Run implements chat.Platform.
func (p *Platform) Run(ctx context.Context, h chat.Handler) error {
	defer p.resign(ctx)
	var good time.Time // when the homeserver last told us everything
	for failed := 0; ; {
		err := p.turn(ctx, h, &good)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failed = 0
			continue
		case errors.Is(err, chat.ErrGone):
			return err
		}
		failed++
		p.log.Warn("matrix: trying again", "error", err, "tries", failed)
		pause(ctx, err, failed)
	}
}

// pause waits as long as the homeserver asked for, else a little longer after each failure.
func pause(ctx context.Context, err error, failed int) {
	wait, asked := waitTime(err)
	if !asked {
		wait = min(100*time.Millisecond<<min(failed, 6), longPause)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// turn leads and syncs until something fails. Where it failed before, what was said since good is
// looked for: a homeserver that goes down may leave things out of what it says.
func (p *Platform) turn(ctx context.Context, h chat.Handler, good *time.Time) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	epoch, held, err := p.lead(ctx)
	if err != nil {
		return fmt.Errorf("take the lead: %w", err)
	}
	if !held {
		t := time.NewTimer(leadTime / 5)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go p.keepLead(ctx, cancel, epoch)
	if err := p.learn(ctx); err != nil {
		return err
	}
	p.alive.start(func() { p.mend(p.alive.ctx) })
	for again := !good.IsZero(); ; again = false {
		now, wait := p.now(), pollTime
		if again {
			wait = 0
		}
		if err := p.step(ctx, h, epoch, wait); err != nil {
			return err
		}
		if again {
			if err := p.lookBack(ctx, h, *good); err != nil {
				return err
			}
		}
		*good = now
	}
}

func (p *Platform) lead(ctx context.Context) (int64, bool, error) {
	now := p.now()
	epoch, held, err := p.o.Store.Lead(ctx, p.me, p.holder, now, now.Add(leadTime))
	p.mu.Lock()
	p.epoch, p.leading = epoch, held && err == nil
	p.mu.Unlock()
	return epoch, held, err
}

// keepLead renews the lead; when another one has taken it, the sync ends.
func (p *Platform) keepLead(ctx context.Context, end context.CancelFunc, epoch int64) {
	t := time.NewTicker(leadTime / 5)
	defer t.Stop()
	last := p.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		got, held, err := p.lead(ctx)
		switch {
		case err == nil && held && got == epoch:
			last = p.now()
		case err == nil || p.now().Sub(last) > leadTime:
			end()
			return
		}
	}
}

func (p *Platform) resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := p.o.Store.Resign(ctx, p.me, p.holder); err != nil {
		p.log.Warn("matrix: resign", "error", err)
	}
}

// errSuperseded says that another program leads now.
var errSuperseded = errors.New("another program reads this account's messages now")

// step asks /sync once, hands over what it says, and stores where to go on.
func (p *Platform) step(ctx context.Context, h chat.Handler, epoch int64, wait time.Duration) error {
	since, stored, err := p.o.Store.Position(ctx, p.me)
	if err != nil {
		return fmt.Errorf("read the sync position: %w", err)
	}
	got, err := p.sync(ctx, since, wait)
	if err != nil {
		switch {
		case code(err) == "M_UNKNOWN_TOKEN":
			return p.refused(ctx, err)
		case since != "" && status(err) == http.StatusBadRequest:
			p.log.Error("matrix: the homeserver does not know where we were; what was written since may be lost", "error", err)
			_, err = p.o.Store.Advance(ctx, p.me, epoch, "", p.now())
			return errors.Join(errors.New("begin anew"), err)
		}
		return fmt.Errorf("sync: %w", err)
	}
	if err := p.take(ctx, h, got, since, stored); err != nil {
		return err
	}
	ok, err := p.o.Store.Advance(ctx, p.me, epoch, got.NextBatch, p.now())
	switch {
	case err != nil:
		return fmt.Errorf("store the sync position: %w", err)
	case !ok:
		return errSuperseded
	}
	return nil
}

// sync is one request. The first one after a start does not wait for news.
func (p *Platform) sync(ctx context.Context, since string, wait time.Duration) (*reply, error) {
	if since == "" {
		wait = 0
	}
	query := map[string]string{"timeout": strconv.Itoa(int(wait.Milliseconds())), "filter": filter}
	if since != "" {
		query["since"] = since
	}
	ctx, cancel := context.WithTimeout(ctx, wait+time.Minute)
	defer cancel()
	var got reply
	body, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodGet, URL: p.client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, query), MaxAttempts: 1,
	})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if got.NextBatch == "" {
		return nil, errors.New("the answer has no next_batch")
	}
	return &got, nil
}
