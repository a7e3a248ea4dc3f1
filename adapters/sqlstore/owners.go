package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// Lease is something that one program at a time has.
type Lease struct {
	What   string    // a shard of Discord, an account of Matrix
	Holder string    // the program's name, a slash, and what makes this time unlike others
	Held   time.Time // until when; zero or past: nobody has it
}

// Regular is something that happens again and again.
type Regular struct {
	Name      string
	Community int64     // 0: the program's own
	Last      time.Time // when it was done last; zero where only its period is known
	Period    string    // that was done last, such as 2027-W09
	Due       time.Time // zero where it is not kept
}

// Owners is who has what, as the leases in the database say.
type Owners struct {
	Replicas []Replica
	Lanes    map[string]int64 // of the queue, by the program that has them
	Shards   []Lease          // of Discord
	Accounts []Lease          // of Matrix
	Upkeeps  []Regular
	Planned  []Regular
}

// Owners reads who has what.
func (db *DB) Owners(ctx context.Context) (o Owners, err error) {
	if o.Replicas, err = db.Replicas().All(ctx); err != nil {
		return o, err
	}
	o.Lanes = map[string]int64{}
	err = db.each(ctx, `SELECT owner, COUNT(*) FROM lane WHERE owner <> '' AND due > $1 GROUP BY owner`, []any{micros(db.now())},
		func(scan func(...any) error) error {
			var owner string
			var n int64
			err := scan(&owner, &n)
			o.Lanes[owner] = n
			return err
		})
	if err != nil {
		return o, fmt.Errorf("read who has lanes: %w", err)
	}
	if o.Shards, err = db.leases(ctx, `SELECT shard, holder, held FROM discord_shard ORDER BY shard`); err != nil {
		return o, fmt.Errorf("read who has the Discord shards: %w", err)
	}
	if o.Accounts, err = db.leases(ctx, `SELECT account, holder, held FROM matrix_account ORDER BY account`); err != nil {
		return o, fmt.Errorf("read who has the Matrix accounts: %w", err)
	}
	if o.Upkeeps, err = db.regular(ctx, `SELECT name, 0, last, '', 0 FROM upkeep ORDER BY name`); err != nil {
		return o, fmt.Errorf("read the upkeep: %w", err)
	}
	if o.Planned, err = db.regular(ctx, `SELECT name, community_id, 0, last, due FROM schedule WHERE due > 0 ORDER BY due, name`); err != nil {
		return o, fmt.Errorf("read the schedules: %w", err)
	}
	return o, nil
}

func (db *DB) leases(ctx context.Context, query string) (out []Lease, err error) {
	err = db.each(ctx, query, nil, func(scan func(...any) error) error {
		var l Lease
		var held int64
		err := scan(&l.What, &l.Holder, &held)
		l.Held = instant(held)
		out = append(out, l)
		return err
	})
	return out, err
}

func (db *DB) regular(ctx context.Context, query string) (out []Regular, err error) {
	err = db.each(ctx, query, nil, func(scan func(...any) error) error {
		var r Regular
		var last, due int64
		err := scan(&r.Name, &r.Community, &last, &r.Period, &due)
		r.Last, r.Due = instant(last), instant(due)
		out = append(out, r)
		return err
	})
	return out, err
}
