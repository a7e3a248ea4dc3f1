package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/work"
)

// Schedules keeps what people set up to happen regularly, and when the program's own upkeep ran.
type Schedules struct{ db *DB }

// Schedules are the schedules of this database.
func (db *DB) Schedules() Schedules { return Schedules{db} }

const scheduleColumns = `community_id, name, kind, zone, rule, due, period, last`

func scanSchedule(scan func(...any) error) (s work.Schedule, err error) {
	var rule string
	var due int64
	if err := scan(&s.Community, &s.Name, &s.Kind, &s.Zone, &rule, &due, &s.Period, &s.Last); err != nil {
		return s, err
	}
	s.Due = instant(due)
	// A rule that cannot be read stays zero, and is refused when it is planned.
	s.Rule, _ = work.ParseRule(rule)
	return s, nil
}

func (s Schedules) query(ctx context.Context, where string, args ...any) (out []work.Schedule, err error) {
	err = s.db.each(ctx, `SELECT `+scheduleColumns+` FROM schedule `+where, args, func(scan func(...any) error) error {
		sc, err := scanSchedule(scan)
		out = append(out, sc)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read schedules: %w", err)
	}
	return out, nil
}

// SetSchedule keeps a schedule with its next time after now; the period that was done last stays
// done. It is called in a transaction.
func (s Schedules) SetSchedule(ctx context.Context, sc work.Schedule, now time.Time) (work.Schedule, error) {
	old, err := s.query(ctx, `WHERE community_id = $1 AND name = $2`+s.db.forUpdate(), sc.Community, sc.Name)
	if err != nil {
		return sc, err
	}
	sc.Last = ""
	if len(old) > 0 {
		sc.Last = old[0].Last
	}
	if sc, err = sc.Plan(now); err != nil {
		return sc, err
	}
	return sc, s.KeepSchedule(ctx, sc)
}

// StopSchedule switches a schedule off; a missing one is no error.
func (s Schedules) StopSchedule(ctx context.Context, community int64, name string) error {
	err := s.db.later(ctx, `UPDATE schedule SET due = 0 WHERE community_id = $1 AND name = $2`, community, name)
	if err != nil {
		return fmt.Errorf("stop schedule: %w", err)
	}
	return nil
}

// Schedule is one schedule; ok is false when there is none.
func (s Schedules) Schedule(ctx context.Context, community int64, name string) (sc work.Schedule, ok bool, err error) {
	list, err := s.query(ctx, `WHERE community_id = $1 AND name = $2`, community, name)
	if err != nil || len(list) == 0 {
		return sc, false, err
	}
	return list[0], true, nil
}

// SchedulesOf are the schedules of a community, by name.
func (s Schedules) SchedulesOf(ctx context.Context, community int64) ([]work.Schedule, error) {
	return s.query(ctx, `WHERE community_id = $1 ORDER BY name`, community)
}

// DueSchedules locks up to most schedules that are due, the oldest first; those that another has
// locked are passed over.
func (s Schedules) DueSchedules(ctx context.Context, now time.Time, most int) ([]work.Schedule, error) {
	lock := s.db.forUpdate()
	if lock != "" {
		lock += ` SKIP LOCKED`
	}
	return s.query(ctx, `WHERE due > 0 AND due <= $1 ORDER BY due LIMIT $2`+lock, micros(now), most)
}

// FarSchedules locks up to most schedules that are due after a time; those that another has locked are
// passed over.
func (s Schedules) FarSchedules(ctx context.Context, after time.Time, most int) ([]work.Schedule, error) {
	lock := s.db.forUpdate()
	if lock != "" {
		lock += ` SKIP LOCKED`
	}
	return s.query(ctx, `WHERE due > 0 AND due > $1 ORDER BY due LIMIT $2`+lock, micros(after), most)
}

// KeepSchedule writes a schedule as it is.
func (s Schedules) KeepSchedule(ctx context.Context, sc work.Schedule) error {
	err := s.db.later(ctx, `INSERT INTO schedule (`+scheduleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (community_id, name) DO UPDATE SET kind = excluded.kind, zone = excluded.zone, rule = excluded.rule,
		due = excluded.due, period = excluded.period, last = excluded.last`,
		sc.Community, sc.Name, sc.Kind, sc.Zone, sc.Rule.String(), micros(sc.Due), sc.Period, sc.Last)
	if err != nil {
		return fmt.Errorf("keep schedule: %w", err)
	}
	return nil
}

// LastUpkeep locks when a task of upkeep was queued last. One that never was counts as queued now.
func (s Schedules) LastUpkeep(ctx context.Context, name string, now time.Time) (time.Time, error) {
	err := s.db.later(ctx, `INSERT INTO upkeep (name, last) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, micros(now))
	if err != nil {
		return time.Time{}, fmt.Errorf("begin upkeep: %w", err)
	}
	var last int64
	if _, err := s.db.one(ctx, `SELECT last FROM upkeep WHERE name = $1`+s.db.forUpdate(), []any{name}, &last); err != nil {
		return time.Time{}, fmt.Errorf("read upkeep: %w", err)
	}
	return instant(last), nil
}

// KeepUpkeep notes when a task of upkeep was queued.
func (s Schedules) KeepUpkeep(ctx context.Context, name string, last time.Time) error {
	if err := s.db.later(ctx, `UPDATE upkeep SET last = $2 WHERE name = $1`, name, micros(last)); err != nil {
		return fmt.Errorf("keep upkeep: %w", err)
	}
	return nil
}
