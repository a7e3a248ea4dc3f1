package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// Matrix keeps what the Matrix adapter must know after a restart. Its methods are those of the
// adapter's Store; each is a transaction of its own.
type Matrix struct{ db *DB }

// Matrix is the Matrix adapter's store in this database.
func (db *DB) Matrix() Matrix { return Matrix{db} }

const matrixSession = `SELECT device, token FROM matrix_account WHERE account = $1 AND token <> ''`

// Session is the device and token of account.
func (m Matrix) Session(ctx context.Context, account string) (device, token string, found bool, err error) {
	found, err = m.db.one(ctx, matrixSession, []any{account}, &device, &token)
	return device, token, found, err
}

const keepMatrixSession = `
	INSERT INTO matrix_account (account, device, token, position, stored, epoch, holder, held) VALUES ($1, $2, $3, '', 0, 0, '', 0)
	ON CONFLICT (account) DO UPDATE SET device = excluded.device, token = excluded.token`

// KeepSession keeps a session in place of any other.
func (m Matrix) KeepSession(ctx context.Context, account, device, token string) error {
	return m.write(ctx, keepMatrixSession, account, device, token)
}

func (m Matrix) write(ctx context.Context, query string, args ...any) error {
	return m.db.Atomically(ctx, func(ctx context.Context) error {
		err := m.db.later(ctx, query, args...)
		return err
	})
}

// An SQLite file has one program: a holder that still seems to lead was killed.
const leadMatrix = `
	INSERT INTO matrix_account (account, device, token, position, stored, epoch, holder, held) VALUES ($1, '', '', '', 0, 1, $2, $4)
	ON CONFLICT (account) DO UPDATE SET
		epoch = CASE WHEN matrix_account.holder = $2 THEN matrix_account.epoch ELSE matrix_account.epoch + 1 END,
		holder = $2, held = $4
	WHERE matrix_account.holder = $2 OR matrix_account.held < $3 OR $5 = 1
	RETURNING epoch`

// Lead takes the lead for account, or keeps it, until the given time.
func (m Matrix) Lead(ctx context.Context, account, holder string, now, until time.Time) (epoch int64, held bool, err error) {
	alone := int64(0)
	if m.db.engine == SQLite {
		alone = 1
	}
	err = m.db.Atomically(ctx, func(ctx context.Context) error {
		held, err = m.db.writeOne(ctx, leadMatrix, []any{account, holder, micros(now), micros(until), alone}, &epoch)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("lead for %s: %w", account, err)
	}
	return epoch, held, nil
}

// Resign ends the lead of holder.
func (m Matrix) Resign(ctx context.Context, account, holder string) error {
	return m.write(ctx, `UPDATE matrix_account SET held = 0 WHERE account = $1 AND holder = $2`, account, holder)
}

// Position is where /sync goes on, and when that was stored.
func (m Matrix) Position(ctx context.Context, account string) (position string, stored time.Time, err error) {
	var at int64
	_, err = m.db.one(ctx, `SELECT position, stored FROM matrix_account WHERE account = $1`, []any{account}, &position, &at)
	return position, instant(at), err
}

const advanceMatrix = `UPDATE matrix_account SET position = $3, stored = $4 WHERE account = $1 AND epoch = $2`

// Advance stores the position, unless another epoch has begun.
func (m Matrix) Advance(ctx context.Context, account string, epoch int64, position string, now time.Time) (bool, error) {
	var n int64
	err := m.db.Atomically(ctx, func(ctx context.Context) (err error) {
		n, err = m.db.exec(ctx, advanceMatrix, account, epoch, position, micros(now))
		return err
	})
	return n > 0, err
}

// Once is true the first time it is called with a name.
func (m Matrix) Once(ctx context.Context, account, name string, now time.Time) (bool, error) {
	var n int64
	err := m.db.Atomically(ctx, func(ctx context.Context) (err error) {
		n, err = m.db.exec(ctx, `INSERT INTO matrix_once (account, name, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, account, name, micros(now))
		return err
	})
	return n > 0, err
}

const waitMatrix = `INSERT INTO matrix_waiting (account, event, room, body, since) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

// Wait keeps an event that cannot be read before its key has come.
func (m Matrix) Wait(ctx context.Context, account, room, event string, body []byte, now time.Time) error {
	return m.write(ctx, waitMatrix, account, event, room, string(body), micros(now))
}

// MatrixWaiting is an event that waits for its key.
type MatrixWaiting = struct {
	Room, Event string
	Body        []byte
	Since       time.Time
}

// Waiting lists what waits, oldest first.
func (m Matrix) Waiting(ctx context.Context, account string) (out []MatrixWaiting, err error) {
	err = m.db.each(ctx, `SELECT room, event, body, since FROM matrix_waiting WHERE account = $1 ORDER BY since, event LIMIT 500`,
		[]any{account}, func(scan func(...any) error) error {
			var w MatrixWaiting
			var body string
			var since int64
			if err := scan(&w.Room, &w.Event, &body, &since); err != nil {
				return err
			}
			w.Body, w.Since = []byte(body), instant(since)
			out = append(out, w)
			return nil
		})
	return out, err
}

// Unwait forgets an event that waited.
func (m Matrix) Unwait(ctx context.Context, account, event string) error {
	return m.write(ctx, `DELETE FROM matrix_waiting WHERE account = $1 AND event = $2`, account, event)
}
