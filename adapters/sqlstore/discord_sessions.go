package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/record"
)

// Discord keeps what the Discord adapter must know after a restart. Its methods are those of the
// adapter's Store; each is a transaction of its own.
type Discord struct{ db *DB }

// Discord is the Discord adapter's store in this database.
func (db *DB) Discord() Discord { return Discord{db} }

// An SQLite file has one program: a holder that still seems to have the shard was killed.
const leaseDiscordShard = `
	INSERT INTO discord_shard (shard, epoch, holder, held, session, address, seq, alive) VALUES ($1, 1, $2, $4, '', '', 0, 0)
	ON CONFLICT (shard) DO UPDATE SET
		epoch = CASE WHEN discord_shard.holder = $2 THEN discord_shard.epoch ELSE discord_shard.epoch + 1 END,
		holder = $2, held = $4
	WHERE discord_shard.holder = $2 OR discord_shard.held <= $3 OR $5 = 1
	RETURNING epoch`

// Lease takes a shard for holder, or keeps it, until a moment; ok is false while another has it.
func (d Discord) Lease(ctx context.Context, shard, holder string, now, until time.Time) (epoch int64, ok bool, err error) {
	alone := int64(0)
	if d.db.engine == SQLite {
		alone = 1
	}
	err = d.db.Atomically(ctx, func(ctx context.Context) error {
		ok, err = d.db.writeOne(ctx, leaseDiscordShard, []any{shard, holder, micros(now), micros(until), alone}, &epoch)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("lease the Discord shard %s: %w", shard, err)
	}
	return epoch, ok, nil
}

const releaseDiscordShard = `UPDATE discord_shard SET held = 0 WHERE shard = $1 AND holder = $2`

// Release gives a shard back.
func (d Discord) Release(ctx context.Context, shard, holder string) error {
	return d.write(ctx, releaseDiscordShard, shard, holder)
}

func (d Discord) write(ctx context.Context, query string, args ...any) error {
	return d.db.Atomically(ctx, func(ctx context.Context) error {
		err := d.db.later(ctx, query, args...)
		return err
	})
}

const discordSession = `SELECT session, address, seq, alive, gap FROM discord_shard WHERE shard = $1`

// Session is where a shard's events go on; all is zero when nothing was kept.
func (d Discord) Session(ctx context.Context, shard string) (session, address string, seq int64, alive, gap time.Time, err error) {
	var at, from int64
	_, err = d.db.one(ctx, discordSession, []any{shard}, &session, &address, &seq, &at, &from)
	return session, address, seq, instant(at), instant(from), err
}

const handledByDiscordShards = `SELECT shard, alive, gap FROM discord_shard`

// Handled are all shards there ever were, with the moment before which they had handled everything.
func (d Discord) Handled(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := d.db.each(ctx, handledByDiscordShards, nil, func(scan func(...any) error) error {
		var shard string
		var alive, gap int64
		err := scan(&shard, &alive, &gap)
		if gap != 0 {
			alive = min(alive, gap)
		}
		out[shard] = instant(alive)
		return err
	})
	return out, err
}

const keepDiscordSession = `
	UPDATE discord_shard SET session = $3, address = $4, seq = $5, alive = $6, gap = $7 WHERE shard = $1 AND epoch = $2`

// KeepSession keeps where a shard is; ok is false when epoch is not that of its lease any more.
func (d Discord) KeepSession(ctx context.Context, shard string, epoch int64, session, address string, seq int64, alive, gap time.Time) (ok bool, err error) {
	err = d.db.Atomically(ctx, func(ctx context.Context) error {
		n, err := d.db.exec(ctx, keepDiscordSession, shard, epoch, session, address, seq, micros(alive), micros(gap))
		ok = n > 0
		return err
	})
	return ok, err
}

const followedPlaces = `
	SELECT space, room, '' AS thread FROM room WHERE platform = $1 AND archived = FALSE
	UNION SELECT space, room, thread FROM thread WHERE platform = $1
	ORDER BY 1, 2, 3`

// Followed are the rooms of communities and the threads of records.
func (d Discord) Followed(ctx context.Context, p chat.PlatformID) (out []chat.Address, err error) {
	err = d.db.each(ctx, followedPlaces, []any{string(p)}, func(scan func(...any) error) error {
		at := chat.Address{Platform: p}
		err := scan(&at.Space, &at.Room, &at.Thread)
		out = append(out, at)
		return err
	})
	return out, err
}

const heldSources = `
	SELECT source_space, source_room, source_thread, source_message, written FROM answer
	WHERE source_platform = $1 AND source_message <> '' AND gone = FALSE AND written >= $2
	UNION SELECT source_space, source_room, source_thread, source_message, written FROM practice_quote
	WHERE source_platform = $1 AND source_message <> '' AND gone = FALSE AND written >= $2
	ORDER BY 5 DESC LIMIT $3`

// Held are the messages whose words are kept in answers and practices, and that were written since a
// moment, the newest first and at most n.
func (d Discord) Held(ctx context.Context, p chat.PlatformID, since time.Time, n int) ([]chat.Target, error) {
	return d.held(ctx, p, heldSources, string(p), micros(since), int64(n))
}

const heldInPlace = `
	SELECT source_space, source_room, source_thread, source_message, written FROM answer
	WHERE community_id IN (SELECT community_id FROM space WHERE platform = $1 AND space = $2)
		AND source_platform = $1 AND source_room = $3 AND source_message <> '' AND ($4 = '' OR source_thread = $4) AND gone = FALSE
	UNION SELECT source_space, source_room, source_thread, source_message, written FROM practice_quote
	WHERE community_id IN (SELECT community_id FROM space WHERE platform = $1 AND space = $2)
		AND source_platform = $1 AND source_room = $3 AND source_message <> '' AND ($4 = '' OR source_thread = $4) AND gone = FALSE
	ORDER BY 5`

// HeldIn are those in a channel and its threads, or in a thread, whenever they were written.
func (d Discord) HeldIn(ctx context.Context, at chat.Address) ([]chat.Target, error) {
	return d.held(ctx, at.Platform, heldInPlace, string(at.Platform), string(at.Space), string(at.Room), string(at.Thread))
}

func (d Discord) held(ctx context.Context, p chat.PlatformID, query string, args ...any) (out []chat.Target, err error) {
	err = d.db.each(ctx, query, args, func(scan func(...any) error) error {
		t := chat.Target{Where: chat.Address{Platform: p}}
		var written int64
		err := scan(&t.Where.Space, &t.Where.Room, &t.Where.Thread, &t.Message, &written)
		t.At = instant(written)
		out = append(out, t)
		return err
	})
	return out, err
}

const (
	communityOfSpace = `
	SELECT s.community_id, c.language FROM space s JOIN community c ON c.id = s.community_id
	WHERE s.platform = $1 AND s.space = $2 AND s.has_left = FALSE`
	topicsOfRecord = `SELECT topics FROM search WHERE community_id = $1 AND letter = $2 AND number = $3`
)

// Topics are what the topics of a record are called by its community, in the community's language;
// those of the community when name is empty.
func (d Discord) Topics(ctx context.Context, p chat.PlatformID, space chat.SpaceID, name string) (out []string, err error) {
	var of int64
	var lang, codes string
	if ok, err := d.db.one(ctx, communityOfSpace, []any{string(p), string(space)}, &of, &lang); err != nil || !ok {
		return nil, err
	}
	if name != "" {
		id, err := record.Parse(name)
		if err != nil {
			return nil, nil //nolint:nilerr // what is no record has no topics
		}
		if ok, err := d.db.one(ctx, topicsOfRecord, []any{of, string(rune(id.Letter)), id.No}, &codes); err != nil || !ok {
			return nil, err
		}
	}
	known, err := d.db.Directory().Topics(ctx, of)
	if err != nil {
		return nil, err
	}
	for _, t := range known {
		if name == "" && !t.Hidden || name != "" && slices.Contains(strings.Fields(codes), t.Code) {
			out = append(out, t.Label(lang))
		}
	}
	return out, nil
}

const (
	sweepDiscordForms = `DELETE FROM discord_form WHERE expires <= $1`
	keepDiscordForm   = `
	INSERT INTO discord_form (key, state, expires) VALUES ($1, $2, $3)
	ON CONFLICT (key) DO UPDATE SET state = excluded.state, expires = excluded.expires`
)

// KeepForm keeps a form that is asked for in steps, and forgets those that have expired.
func (d Discord) KeepForm(ctx context.Context, key string, state []byte, now, expires time.Time) error {
	return d.db.Atomically(ctx, func(ctx context.Context) error {
		if err := d.db.later(ctx, sweepDiscordForms, micros(now)); err != nil {
			return err
		}
		err := d.db.later(ctx, keepDiscordForm, key, string(state), micros(expires))
		return err
	})
}

const discordForm = `SELECT state FROM discord_form WHERE key = $1 AND expires > $2`

// Form reads a form.
func (d Discord) Form(ctx context.Context, key string, now time.Time) ([]byte, bool, error) {
	var state string
	ok, err := d.db.one(ctx, discordForm, []any{key, micros(now)}, &state)
	return []byte(state), ok, err
}

const takeDiscordForm = `DELETE FROM discord_form WHERE key = $1 AND expires > $2 RETURNING state`

// TakeForm reads a form for the last time: only one can.
func (d Discord) TakeForm(ctx context.Context, key string, now time.Time) (state []byte, ok bool, err error) {
	err = d.db.Atomically(ctx, func(ctx context.Context) error {
		var s string
		ok, err = d.db.writeOne(ctx, takeDiscordForm, []any{key, micros(now)}, &s)
		state = []byte(s)
		return err
	})
	return state, ok, err
}
