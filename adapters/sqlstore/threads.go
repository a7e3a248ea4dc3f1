package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/digest"
	"guildhall/core/record"
)

// Threads counts who took part in the threads of records.
type Threads struct{ db *DB }

var _ chat.Counters = Threads{}

// Threads are the counters of this database.
func (db *DB) Threads() Threads { return Threads{db} }

// Said implements chat.Counters.
func (t Threads) Said(ctx context.Context, of int64, id record.ID, member int64) error {
	return t.add(ctx, of, id, member, 1, 0)
}

// Reacted implements chat.Counters.
func (t Threads) Reacted(ctx context.Context, of int64, id record.ID, member int64, on bool) error {
	if on {
		return t.add(ctx, of, id, member, 0, 1)
	}
	return t.add(ctx, of, id, member, 0, -1)
}

func (t Threads) add(ctx context.Context, of int64, id record.ID, member, messages, reactions int64) error {
	err := t.db.later(ctx, `INSERT INTO thread_part (community_id, record, member, messages, reactions) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (community_id, record, member) DO UPDATE SET messages = thread_part.messages + excluded.messages,
		reactions = CASE WHEN thread_part.reactions + excluded.reactions < 0 THEN 0 ELSE thread_part.reactions + excluded.reactions END`,
		of, id.String(), member, messages, max(0, reactions))
	if err == nil && reactions < 0 {
		err = t.db.later(ctx, `UPDATE thread_part SET reactions = reactions - 1
			WHERE community_id = $1 AND record = $2 AND member = $3 AND reactions > 0`, of, id.String(), member)
	}
	if err != nil {
		return fmt.Errorf("count a thread: %w", err)
	}
	return nil
}

// Forget takes a member out of all counters.
func (t Threads) Forget(ctx context.Context, of, member int64) error {
	err := t.db.later(ctx, `DELETE FROM thread_part WHERE community_id = $1 AND member = $2`, of, member)
	return err
}

// Counts are the counters of some records; those without any are left out. Members who stopped or
// are erased count nowhere, and only organisations that are confirmed count.
func (t Threads) Counts(ctx context.Context, of int64, ids []record.ID) (map[record.ID]digest.Thread, error) {
	out := map[record.ID]digest.Thread{}
	orgs, countries := map[record.ID]map[int64]bool{}, map[record.ID]map[string]bool{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		args := []any{of}
		var marks []string
		for _, id := range ids[:n] {
			args = append(args, id.String())
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		ids = ids[n:]
		err := t.db.each(ctx, `SELECT p.record, p.member, p.messages, p.reactions, m.country, COALESCE(o.number, 0), COALESCE(o.confirmed, FALSE)
			FROM thread_part p JOIN member m ON m.community_id = p.community_id AND m.number = p.member
			LEFT JOIN organisation o ON o.community_id = m.community_id AND o.number = m.organisation
			WHERE p.community_id = $1 AND p.record IN (`+strings.Join(marks, ", ")+`) AND m.stopped = FALSE AND m.erased = FALSE
			ORDER BY p.record, p.member`, args, func(scan func(...any) error) error {
			var name, country string
			var member, messages, reactions, org int64
			var confirmed bool
			if err := scan(&name, &member, &messages, &reactions, &country, &org, &confirmed); err != nil {
				return err
			}
			id, err := record.Parse(name)
			if err != nil {
				return fmt.Errorf("read counters of %q: %w", name, err)
			}
			c := out[id]
			if reactions > 0 {
				c.Reactors++
			}
			if messages > 0 {
				c.People++
				c.Messages += int(messages)
				c.Most = max(c.Most, int(messages))
				c.Took = append(c.Took, member)
				if orgs[id] == nil {
					orgs[id], countries[id] = map[int64]bool{}, map[string]bool{}
				}
				if confirmed && !orgs[id][org] {
					orgs[id][org] = true
					c.Orgs++
				}
				if country != "" && !countries[id][country] {
					countries[id][country] = true
					c.Countries++
				}
			}
			out[id] = c
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read counters: %w", err)
		}
	}
	return out, nil
}
