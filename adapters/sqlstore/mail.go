package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/mail"
)

// Mail keeps who gets digests by e-mail, and which were sent.
type Mail struct{ db *DB }

var (
	_ mail.Readers  = Mail{}
	_ mail.Sendings = Mail{}
)

// Mail keeps who gets digests by e-mail, and which were sent.
func (db *DB) Mail() Mail { return Mail{db} }

const readerColumns = `number, member, address, language, zone, state, link_key, by_member, asked, confirmed, bounces`

// readers are readers by a condition; inside a transaction they are locked.
func (t Mail) readers(ctx context.Context, of int64, where string, args ...any) (out []mail.Reader, err error) {
	lock := ""
	if txOf(ctx, t.db) != nil {
		lock = t.db.forUpdate()
	}
	query := `SELECT ` + readerColumns + ` FROM mail_reader WHERE community_id = $1 AND ` + where + lock
	err = t.db.each(ctx, query, append([]any{of}, args...), func(scan func(into ...any) error) error {
		r := mail.Reader{Community: of}
		var asked, confirmed int64
		err := scan(&r.No, &r.Member, &r.Address, &r.Lang, &r.Zone, &r.State, &r.Key, &r.By, &asked, &confirmed, &r.Bounces)
		r.Asked, r.Confirmed = instant(asked), instant(confirmed)
		out = append(out, r)
		return err
	})
	return out, err
}

func firstReader(list []mail.Reader, err error) (*mail.Reader, error) {
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Reader implements mail.Readers.
func (t Mail) Reader(ctx context.Context, of, no int64) (*mail.Reader, error) {
	return firstReader(t.readers(ctx, of, `number = $2`, no))
}

// ReaderAt implements mail.Readers.
func (t Mail) ReaderAt(ctx context.Context, of, member int64, address string) (*mail.Reader, error) {
	return firstReader(t.readers(ctx, of, `member = $2 AND address = $3`, member, address))
}

// ReadersOf implements mail.Readers.
func (t Mail) ReadersOf(ctx context.Context, of, member int64) ([]mail.Reader, error) {
	return t.readers(ctx, of, `member = $2 ORDER BY number`, member)
}

// ReadersOn implements mail.Readers.
func (t Mail) ReadersOn(ctx context.Context, of, member int64, address string) ([]mail.Reader, error) {
	if member != 0 {
		return t.readers(ctx, of, `member = $2 AND state = 'on' ORDER BY number`, member)
	}
	return t.readers(ctx, of, `address = $2 AND state = 'on' ORDER BY number`, address)
}

// ReadersByNo are readers by their numbers; those that are not there are left out.
func (t Mail) ReadersByNo(ctx context.Context, of int64, nos []int64) ([]mail.Reader, error) {
	if len(nos) == 0 {
		return nil, nil
	}
	args, holes := make([]any, len(nos)), make([]string, len(nos))
	for i, no := range nos {
		args[i], holes[i] = no, "$"+strconv.Itoa(i+2)
	}
	return t.readers(ctx, of, `number IN (`+strings.Join(holes, ", ")+`) ORDER BY number`, args...)
}

const addReader = `
	INSERT INTO mail_reader (community_id, number, member, address, language, zone, state, link_key, by_member, asked, confirmed, bounces)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (community_id, number) DO UPDATE SET language = excluded.language, zone = excluded.zone, state = excluded.state,
		link_key = excluded.link_key, by_member = excluded.by_member, asked = excluded.asked, confirmed = excluded.confirmed, bounces = excluded.bounces`

// KeepReader implements mail.Readers.
func (t Mail) KeepReader(ctx context.Context, r *mail.Reader) error {
	if r.No == 0 {
		no, err := t.db.next(ctx, r.Community, "mail")
		if err != nil {
			return err
		}
		r.No = no
	}
	err := t.db.later(ctx, addReader, r.Community, r.No, r.Member, r.Address, r.Lang, r.Zone, string(r.State), r.Key, r.By,
		micros(r.Asked), micros(r.Confirmed), int64(r.Bounces))
	return err
}

// ForgetReader implements mail.Readers.
func (t Mail) ForgetReader(ctx context.Context, of, no int64) error {
	if err := t.db.later(ctx, `DELETE FROM mail_letter WHERE community_id = $1 AND reader = $2`, of, no); err != nil {
		return fmt.Errorf("forget letters: %w", err)
	}
	err := t.db.later(ctx, `DELETE FROM mail_reader WHERE community_id = $1 AND number = $2`, of, no)
	return err
}

// AskedBy implements mail.Readers.
func (t Mail) AskedBy(ctx context.Context, of, by int64, own bool, since time.Time) (n int, err error) {
	whom := `member = 0`
	if own {
		whom = `member = $2`
	}
	_, err = t.db.one(ctx, `SELECT COUNT(*) FROM mail_reader WHERE community_id = $1 AND by_member = $2 AND asked > $3 AND `+whom,
		[]any{of, by, micros(since)}, &n)
	return n, err
}

const takeAddress = `
	INSERT INTO mail_address (community_id, hash, asked, refused) VALUES ($1, $2, $4, FALSE)
	ON CONFLICT (community_id, hash) DO UPDATE SET asked = excluded.asked WHERE mail_address.asked <= $3 AND mail_address.refused = FALSE`

// TakeAddress implements mail.Readers.
func (t Mail) TakeAddress(ctx context.Context, of int64, hash string, since, at time.Time) (fresh bool, err error) {
	n, err := t.db.exec(ctx, takeAddress, of, hash, micros(since), micros(at))
	return n > 0, err
}

const refuseAddress = `
	INSERT INTO mail_address (community_id, hash, asked, refused) VALUES ($1, $2, $3, TRUE)
	ON CONFLICT (community_id, hash) DO UPDATE SET refused = TRUE`

// RefuseAddress implements mail.Readers.
func (t Mail) RefuseAddress(ctx context.Context, of int64, hash string, at time.Time) error {
	err := t.db.later(ctx, refuseAddress, of, hash, micros(at))
	return err
}

// ForgetAddress implements mail.Readers.
func (t Mail) ForgetAddress(ctx context.Context, of int64, hash string) error {
	err := t.db.later(ctx, `DELETE FROM mail_address WHERE community_id = $1 AND hash = $2 AND refused = FALSE`, of, hash)
	return err
}

// EndedReaders implements mail.Readers.
func (t Mail) EndedReaders(ctx context.Context, of int64, before time.Time, n int) ([]mail.Reader, error) {
	return t.readers(ctx, of, `state <> 'on' AND asked < $2 ORDER BY asked, number LIMIT $3`, micros(before), int64(n))
}
