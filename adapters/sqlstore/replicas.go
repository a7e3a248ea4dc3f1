package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Replica is a program that runs on this database.
type Replica struct {
	Name      string // unique among all that ever ran
	Host      string
	Version   string
	Platforms []string
	Started   time.Time
	Seen      time.Time // when it told last
	Held      time.Time // until when it counts as running
}

// Replicas knows which programs run on this database.
type Replicas struct{ db *DB }

// Replicas are the programs that run on this database.
func (db *DB) Replicas() Replicas { return Replicas{db} }

const beatReplica = `
	INSERT INTO replica (name, host, version, platforms, started, seen, held) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, held = excluded.held`

// Beat says that a program runs and will tell again before r.Held. Those that have not told for an
// hour are forgotten.
func (s Replicas) Beat(ctx context.Context, r Replica) error {
	err := s.db.Atomically(ctx, func(ctx context.Context) error {
		err := s.db.later(ctx, beatReplica, r.Name, r.Host, r.Version, strings.Join(r.Platforms, " "), micros(r.Started), micros(r.Seen), micros(r.Held))
		if err != nil {
			return err
		}
		err = s.db.later(ctx, `DELETE FROM replica WHERE held < $1`, micros(r.Seen.Add(-time.Hour)))
		return err
	})
	if err != nil {
		return fmt.Errorf("say that this program runs: %w", err)
	}
	return nil
}

// Leave says that a program has stopped.
func (s Replicas) Leave(ctx context.Context, name string) error {
	err := s.db.Atomically(ctx, func(ctx context.Context) error {
		err := s.db.later(ctx, `DELETE FROM replica WHERE name = $1`, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("say that this program has stopped: %w", err)
	}
	return nil
}

// All are those that run, and those that ended within the hour without a word, the oldest first.
func (s Replicas) All(ctx context.Context) (out []Replica, err error) {
	err = s.db.each(ctx, `SELECT name, host, version, platforms, started, seen, held FROM replica ORDER BY started, name`, nil,
		func(scan func(...any) error) error {
			var r Replica
			var platforms string
			var started, seen, held int64
			err := scan(&r.Name, &r.Host, &r.Version, &platforms, &started, &seen, &held)
			r.Platforms, r.Started, r.Seen, r.Held = strings.Fields(platforms), instant(started), instant(seen), instant(held)
			out = append(out, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read which programs run: %w", err)
	}
	return out, nil
}
