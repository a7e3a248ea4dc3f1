package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/record"
	"guildhall/core/translation"
)

// Translations keeps what is translated, and for whom.
type Translations struct{ db *DB }

var (
	_ translation.Orders    = Translations{}
	_ translation.Kept      = Translations{}
	_ translation.Allowance = Translations{}
)

// Translations are those of this database.
func (db *DB) Translations() Translations { return Translations{db} }

const orderColumns = `community_id, number, for_member, platform, space, room, thread, message, subject, author, account, name, words,
	from_lang, to_langs, at_platform, at_space, at_room, at_thread, back, revision, gone, made`

func scanOrder(scan func(...any) error) (o translation.Order, err error) {
	var subject, to, back string
	var made int64
	s := &o.Of.Source
	err = scan(&o.Community, &o.No, &o.For, &s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &subject, &o.Of.Author.Member,
		&o.Of.Author.Account, &o.Of.Author.Name, &o.Words, &o.From, &to, &o.At.Platform, &o.At.Space,
		&o.At.Room, &o.At.Thread, &back, &o.Revision, &o.Gone, &made)
	if err != nil {
		return o, err
	}
	if subject != "" {
		o.Of.Subject, err = record.ParseSubject(subject)
	}
	o.To, o.Back, o.Made = words(to), []byte(back), instant(made)
	return o, err
}

const addOrder = `INSERT INTO translation_order (` + orderColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`

// AddOrder implements translation.Orders.
func (t Translations) AddOrder(ctx context.Context, o *translation.Order) error {
	no, err := t.db.next(ctx, o.Community, "translation")
	if err != nil {
		return err
	}
	o.No = no
	subject, s := "", o.Of.Source
	if !o.Of.Subject.ID.IsZero() {
		subject = o.Of.Subject.String()
	}
	err = t.db.later(ctx, addOrder, o.Community, no, o.For, s.Platform, s.Space, s.Room, s.Thread, s.Message, subject, o.Of.Author.Member,
		o.Of.Author.Account, o.Of.Author.Name, o.Words, o.From, unwords(o.To), o.At.Platform, o.At.Space, o.At.Room, o.At.Thread,
		string(o.Back), o.Revision, o.Gone, micros(o.Made))
	return err
}

// orders are orders by a condition, without their texts; inside a transaction they are locked.
func (t Translations) orders(ctx context.Context, of int64, where string, args ...any) (out []translation.Order, err error) {
	lock := ""
	if txOf(ctx, t.db) != nil {
		lock = t.db.forUpdate()
	}
	err = t.db.each(ctx, `SELECT `+orderColumns+` FROM translation_order WHERE community_id = $1 AND `+where+` ORDER BY number`+lock,
		append([]any{of}, args...), func(scan func(...any) error) error {
			o, err := scanOrder(scan)
			out = append(out, o)
			return err
		})
	return out, err
}

const textColumns = `from_lang, to_lang, words, kept_as_is, service, digest, made`

func scanText(scan func(...any) error) (x translation.Text, err error) {
	var left, made int64
	err = scan(&x.From, &x.To, &x.Words, &left, &x.Service, &x.Digest, &made)
	x.Left, x.Made = int(left), instant(made)
	return x, err
}

// Order implements translation.Orders.
func (t Translations) Order(ctx context.Context, of, no int64) (*translation.Order, error) {
	list, err := t.orders(ctx, of, `number = $2`, no)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	o := &list[0]
	err = t.db.each(ctx, `SELECT `+textColumns+` FROM translation_text WHERE community_id = $1 AND number = $2 ORDER BY to_lang`,
		[]any{of, no}, func(scan func(...any) error) error {
			x, err := scanText(scan)
			o.Texts = append(o.Texts, x)
			return err
		})
	return o, err
}

// OrdersFrom implements translation.Orders.
func (t Translations) OrdersFrom(ctx context.Context, of int64, s record.Source) ([]translation.Order, error) {
	if s.Message == "" {
		return nil, nil
	}
	return t.orders(ctx, of, `platform = $2 AND room = $3 AND message = $4`, s.Platform, s.Room, s.Message)
}

// OrdersBy implements translation.Orders.
func (t Translations) OrdersBy(ctx context.Context, of, member int64) ([]translation.Order, error) {
	return t.orders(ctx, of, `(author = $2 OR for_member = $2)`, member)
}

// OrdersOf implements translation.Orders.
func (t Translations) OrdersOf(ctx context.Context, of int64, id record.ID) ([]translation.Order, error) {
	// What begins with "H7." stands between "H7." and "H7/".
	return t.orders(ctx, of, `(subject = $2 OR subject > $3 AND subject < $4)`, id.String(), id.String()+".", id.String()+"/")
}

const saveOrder = `UPDATE translation_order SET words = $3, from_lang = $4, to_langs = $5, revision = $6, gone = $7, author = $8,
	account = $9, name = $10, back = $11 WHERE community_id = $1 AND number = $2`

// SaveOrder implements translation.Orders.
func (t Translations) SaveOrder(ctx context.Context, o *translation.Order) error {
	err := t.db.later(ctx, saveOrder, o.Community, o.No, o.Words, o.From, unwords(o.To), o.Revision, o.Gone, o.Of.Author.Member,
		o.Of.Author.Account, o.Of.Author.Name, string(o.Back))
	return err
}

// DropOrder implements translation.Orders.
func (t Translations) DropOrder(ctx context.Context, of, no int64) error {
	for _, table := range []string{"translation_text", "translation_order"} {
		if err := t.db.later(ctx, `DELETE FROM `+table+` WHERE community_id = $1 AND number = $2`, of, no); err != nil {
			return fmt.Errorf("drop an order from %s: %w", table, err)
		}
	}
	return nil
}

// KeepTexts implements translation.Orders.
func (t Translations) KeepTexts(ctx context.Context, of, no int64, list []translation.Text, until time.Time) error {
	if err := t.db.later(ctx, `DELETE FROM translation_text WHERE community_id = $1 AND number = $2`, of, no); err != nil {
		return fmt.Errorf("drop earlier texts: %w", err)
	}
	for _, x := range list {
		err := t.db.later(ctx, `INSERT INTO translation_text (community_id, number, until, `+textColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (community_id, number, to_lang) DO NOTHING`,
			of, no, micros(until), x.From, x.To, x.Words, int64(x.Left), x.Service, x.Digest, micros(x.Made))
		if err != nil {
			return fmt.Errorf("keep a text: %w", err)
		}
	}
	return nil
}

// Cached implements translation.Kept.
func (t Translations) Cached(ctx context.Context, of int64, digest string, now time.Time) (x translation.Text, ok bool, err error) {
	err = t.db.each(ctx, `SELECT `+textColumns+` FROM translation_text WHERE community_id = $1 AND digest = $2 AND until > $3
		ORDER BY made DESC LIMIT 1`, []any{of, digest, micros(now)}, func(scan func(...any) error) error {
		ok = true
		x, err = scanText(scan)
		return err
	})
	return x, ok, err
}

const spend = `INSERT INTO translation_day (community_id, day, characters) VALUES ($1, $2, $3)
	ON CONFLICT (community_id, day) DO UPDATE SET characters = translation_day.characters + excluded.characters
	WHERE translation_day.characters + excluded.characters <= $4 RETURNING characters`

// Spend implements translation.Allowance.
func (t Translations) Spend(ctx context.Context, of, day, n, most int64) (bool, error) {
	if n > most {
		return false, nil
	}
	var spent int64
	return t.db.writeOne(ctx, spend, []any{of, day, n, most}, &spent)
}

// Sweep implements translation.Orders.
func (t Translations) Sweep(ctx context.Context, of int64, before, orders time.Time) error {
	for _, s := range []struct {
		what, query string
		arg         int64
	}{
		{"texts", `DELETE FROM translation_text WHERE community_id = $1 AND made < $2`, micros(before)},
		{"private orders", `DELETE FROM translation_order WHERE community_id = $1 AND made < $2 AND at_room = ''`, micros(before)},
		{"words", `UPDATE translation_order SET words = '', name = '' WHERE community_id = $1 AND made < $2 AND words <> ''`, micros(before)},
		{"orders", `DELETE FROM translation_order WHERE community_id = $1 AND made < $2`, micros(orders)},
		{"days", `DELETE FROM translation_day WHERE community_id = $1 AND day < $2`, before.Unix() / 86400},
	} {
		if err := t.db.later(ctx, s.query, of, s.arg); err != nil {
			return fmt.Errorf("sweep %s: %w", s.what, err)
		}
	}
	return nil
}

// Hushed implements translation.Orders.
func (t Translations) Hushed(ctx context.Context, of, member int64) (bool, error) {
	var n int64
	return t.db.one(ctx, `SELECT 1 FROM translation_hush WHERE community_id = $1 AND member = $2`, []any{of, member}, &n)
}

// Hush implements translation.Orders.
func (t Translations) Hush(ctx context.Context, of, member int64, on bool, at time.Time) error {
	if !on {
		err := t.db.later(ctx, `DELETE FROM translation_hush WHERE community_id = $1 AND member = $2`, of, member)
		return err
	}
	err := t.db.later(ctx, `INSERT INTO translation_hush (community_id, member, since) VALUES ($1, $2, $3)
		ON CONFLICT (community_id, member) DO NOTHING`, of, member, micros(at))
	return err
}

// Translate implements translation.Orders.
func (t Translations) Translate(ctx context.Context, of int64, platform, room string, languages []string) error {
	err := t.db.later(ctx, `UPDATE room SET translated = $4 WHERE community_id = $1 AND platform = $2 AND room = $3`,
		of, platform, room, unwords(languages))
	return err
}
