package main

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"time"

	"guildhall/adapters/sqlstore"
)

// A program says so often that it runs, and counts as running for so long after it said so last.
const (
	beat     = 5 * time.Second
	lifetime = 25 * time.Second
)

// newReplica is what others see of this program in the database.
func newReplica(now time.Time) sqlstore.Replica {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "somewhere"
	}
	return sqlstore.Replica{Name: host + "-" + strings.ToLower(rand.Text()[:6]), Host: host, Version: built(), Started: now}
}

// says writes that this program runs. The first time comes before anything else that it writes: what
// moves the database holds it up there.
func (p *program) says(ctx context.Context) error {
	r := p.replica
	r.Seen = time.Now()
	r.Held = r.Seen.Add(lifetime)
	return p.db.Replicas().Beat(ctx, r)
}

// beats says again and again that this program runs, until ctx ends, and then that it has stopped.
func (p *program) beats(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if err := p.db.Replicas().Leave(last, p.replica.Name); err != nil {
				p.log.Warn("could not say that this program has stopped", "error", err)
			}
			return
		case <-tick.C:
			if err := p.says(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("could not say that this program runs", "error", err)
			}
		}
	}
}
