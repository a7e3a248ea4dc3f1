package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/chat"
)

// Inbox keeps events that were taken.
type Inbox struct{ db *DB }

var _ chat.Inbox = Inbox{}

// Inbox is the inbox of this database.
func (db *DB) Inbox() Inbox { return Inbox{db} }

// Take implements chat.Inbox.
func (b Inbox) Take(ctx context.Context, e chat.Taken) (bool, error) {
	n, err := b.db.exec(ctx, `INSERT INTO inbox (platform, event, community, member, command, work_key, answer, at)
		VALUES ($1, $2, $3, $4, $5, '', '', $6) ON CONFLICT (platform, event) DO NOTHING`,
		string(e.Platform), string(e.Event), e.Community, e.Member, e.Command, micros(e.At))
	if err != nil {
		return false, fmt.Errorf("take event: %w", err)
	}
	return n > 0, nil
}

// takeDone looks for an unfinished answer in a statement of its own after the member's row was locked, so that on
// Postgres it sees what the one who had it before has committed.
const takeDone = `INSERT INTO inbox (platform, event, community, member, command, work_key, answer, at)
	SELECT $1, $2, CAST($3 AS BIGINT), CAST($4 AS BIGINT), $5, $6, $7, CAST($8 AS BIGINT)
	WHERE NOT EXISTS (SELECT 1 FROM inbox i JOIN work w ON w.community_id = i.community AND w.key = i.work_key AND w.state = 'ready'
		WHERE i.community = $3 AND i.member = $4 AND i.command = $5 AND i.at >= $9 AND i.work_key <> '')
	ON CONFLICT (platform, event) DO NOTHING`

// TakeDone implements chat.Inbox.
func (b Inbox) TakeDone(ctx context.Context, e chat.Taken, t time.Time) (bool, error) {
	n, err := b.db.likely(ctx, takeDone, string(e.Platform), string(e.Event), e.Community, e.Member, e.Command, plain(e.WorkKey), string(e.Answer),
		micros(e.At), micros(t))
	if err != nil {
		return false, fmt.Errorf("take event: %w", err)
	}
	return n > 0, nil
}

// Taken implements chat.Inbox.
func (b Inbox) Taken(ctx context.Context, p chat.PlatformID, id chat.EventID) (bool, error) {
	var one int64
	return b.db.one(ctx, `SELECT 1 FROM inbox WHERE platform = $1 AND event = $2`, []any{string(p), string(id)}, &one)
}

// Keep implements chat.Inbox.
func (b Inbox) Keep(ctx context.Context, e chat.Taken) error {
	err := b.db.later(ctx, `UPDATE inbox SET member = $3, work_key = $4, answer = $5 WHERE platform = $1 AND event = $2`,
		string(e.Platform), string(e.Event), e.Member, plain(e.WorkKey), string(e.Answer))
	return err
}

// Unfinished implements chat.Inbox.
func (b Inbox) Unfinished(ctx context.Context, of, member int64, command string, t time.Time) ([]byte, string, bool, error) {
	type kept struct{ answer, key string }
	var list []kept // the newest first
	err := b.db.each(ctx, `SELECT answer, work_key FROM inbox
		WHERE community = $1 AND member = $2 AND command = $3 AND at >= $4 AND work_key <> '' ORDER BY at DESC LIMIT 20`,
		[]any{of, member, command, micros(t)}, func(scan func(...any) error) error {
			var k kept
			err := scan(&k.answer, &k.key)
			list = append(list, k)
			return err
		})
	if err != nil {
		return nil, "", false, fmt.Errorf("find answers: %w", err)
	}
	keys := make([]string, len(list))
	for i, k := range list {
		keys[i] = k.key
	}
	ready, err := b.db.Work().unended(ctx, of, keys)
	if err != nil {
		return nil, "", false, fmt.Errorf("find unfinished answers: %w", err)
	}
	for _, k := range list {
		if ready[plain(k.key)] {
			return []byte(k.answer), k.key, true, nil
		}
	}
	return nil, "", false, nil
}

// Sweep implements chat.Inbox.
func (b Inbox) Sweep(ctx context.Context, t time.Time) error {
	err := b.db.later(ctx, `DELETE FROM inbox WHERE at < $1`, micros(t))
	return err
}

// Desk keeps the engine's other small things: button keys, open forms, to-dos, what was said once.
type Desk struct{ db *DB }

var (
	_ chat.Keys     = Desk{}
	_ chat.Pendings = Desk{}
	_ chat.Todos    = Desk{}
	_ chat.Once     = Desk{}
)

// Desk is the desk of this database.
func (db *DB) Desk() Desk { return Desk{db} }

// KeepKey implements chat.Keys.
func (d Desk) KeepKey(ctx context.Context, key, line string, expires time.Time) error {
	err := d.db.later(ctx, `INSERT INTO button (key, line, expires) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET expires = CASE WHEN button.expires = 0 OR excluded.expires = 0 THEN 0
		WHEN excluded.expires > button.expires THEN excluded.expires ELSE button.expires END`, key, line, micros(expires))
	return err
}

// KeyLine implements chat.Keys.
func (d Desk) KeyLine(ctx context.Context, key string, now time.Time) (line string, ok bool, err error) {
	ok, err = d.db.one(ctx, `SELECT line FROM button WHERE key = $1 AND (expires = 0 OR expires > $2)`, []any{key, micros(now)}, &line)
	return line, ok, err
}

// SweepKeys implements chat.Keys.
func (d Desk) SweepKeys(ctx context.Context, now time.Time) error {
	err := d.db.later(ctx, `DELETE FROM button WHERE expires <> 0 AND expires < $1`, micros(now))
	return err
}

const pendingColumns = `key, platform, account, room, thread, message, question, state, expires`

// KeepPending implements chat.Pendings.
func (d Desk) KeepPending(ctx context.Context, p chat.Pending) error {
	err := d.db.later(ctx, `INSERT INTO pending (`+pendingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (key) DO UPDATE SET state = excluded.state, message = excluded.message, expires = excluded.expires`,
		p.Key, string(p.Platform), string(p.Account), string(p.Room), string(p.Thread), string(p.Message), p.Question, string(p.State), micros(p.Expires))
	return err
}

func (d Desk) pending(ctx context.Context, where string, args ...any) (p chat.Pending, ok bool, err error) {
	var state string
	var expires int64
	ok, err = d.db.one(ctx, `SELECT `+pendingColumns+` FROM pending `+where, args,
		&p.Key, &p.Platform, &p.Account, &p.Room, &p.Thread, &p.Message, &p.Question, &state, &expires)
	p.State, p.Expires = []byte(state), instant(expires)
	return p, ok, err
}

// PendingForm implements chat.Pendings.
func (d Desk) PendingForm(ctx context.Context, key string, now time.Time) (chat.Pending, bool, error) {
	return d.pending(ctx, `WHERE key = $1 AND expires > $2`, key, micros(now))
}

// PendingQuestion implements chat.Pendings.
func (d Desk) PendingQuestion(ctx context.Context, p chat.PlatformID, a chat.AccountID, r chat.RoomID, now time.Time) (chat.Pending, bool, error) {
	return d.pending(ctx, `WHERE platform = $1 AND account = $2 AND room = $3 AND question = TRUE AND expires > $4
		ORDER BY expires DESC, key LIMIT 1`, string(p), string(a), string(r), micros(now))
}

// TakePending implements chat.Pendings.
func (d Desk) TakePending(ctx context.Context, key string) (bool, error) {
	n, err := d.db.exec(ctx, `DELETE FROM pending WHERE key = $1`, key)
	return n > 0, err
}

// SweepPending implements chat.Pendings.
func (d Desk) SweepPending(ctx context.Context, now time.Time) error {
	err := d.db.later(ctx, `DELETE FROM pending WHERE expires < $1`, micros(now))
	return err
}

// AddTodo implements chat.Todos.
func (d Desk) AddTodo(ctx context.Context, of, member int64, key string, message []byte, now time.Time) error {
	err := d.db.later(ctx, `INSERT INTO todo (community_id, member, key, message, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (community_id, member, key) DO UPDATE SET message = excluded.message`, of, member, key, string(message), micros(now))
	return err
}

// DoneTodo implements chat.Todos.
func (d Desk) DoneTodo(ctx context.Context, of, member int64, key string) error {
	err := d.db.later(ctx, `DELETE FROM todo WHERE community_id = $1 AND member = $2 AND key = $3`, of, member, key)
	return err
}

// Todos implements chat.Todos.
func (d Desk) Todos(ctx context.Context, of, member int64) (out [][]byte, err error) {
	err = d.db.each(ctx, `SELECT message FROM todo WHERE community_id = $1 AND member = $2 ORDER BY at, key`, []any{of, member},
		func(scan func(...any) error) error {
			var m string
			err := scan(&m)
			out = append(out, []byte(m))
			return err
		})
	return out, err
}

// Once implements chat.Once.
func (d Desk) Once(ctx context.Context, of int64, key string, now time.Time) (bool, error) {
	n, err := d.db.exec(ctx, `INSERT INTO said (community_id, key, at) VALUES ($1, $2, $3) ON CONFLICT (community_id, key) DO NOTHING`,
		of, key, micros(now))
	return n > 0, err
}
