package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/translation"
)

// Glossary keeps the terms of communities' glossaries.
type Glossary struct{ db *DB }

var _ translation.Glossary = Glossary{}

// Glossary is that of this database.
func (db *DB) Glossary() Glossary { return Glossary{db} }

// glossaryVersion is the counter that counts the changes of a glossary.
const glossaryVersion = "glossary_version"

// Terms implements translation.Glossary.
func (g Glossary) Terms(ctx context.Context, of int64) (list []translation.Term, version int64, err error) {
	if _, err = g.db.one(ctx, `SELECT last FROM counter WHERE community_id = $1 AND name = $2`, []any{of, glossaryVersion}, &version); err != nil {
		return nil, 0, fmt.Errorf("version of the glossary: %w", err)
	}
	err = g.db.each(ctx, `SELECT number, from_lang, to_lang, source, target, by_member, added FROM glossary_term WHERE community_id = $1
		ORDER BY folded, from_lang, to_lang`, []any{of}, func(scan func(...any) error) error {
		t := translation.Term{Community: of}
		var added int64
		err := scan(&t.No, &t.From, &t.To, &t.Source, &t.Target, &t.By, &added)
		t.At = instant(added)
		list = append(list, t)
		return err
	})
	return list, version, err
}

const addTerm = `
	INSERT INTO glossary_term (community_id, number, from_lang, to_lang, source, folded, target, by_member, added)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (community_id, folded, from_lang, to_lang) DO UPDATE SET source = excluded.source, target = excluded.target,
		by_member = excluded.by_member, added = excluded.added
	RETURNING number`

// AddTerm implements translation.Glossary.
func (g Glossary) AddTerm(ctx context.Context, t *translation.Term) error {
	no, err := g.db.next(ctx, t.Community, "glossary")
	if err != nil {
		return err
	}
	if _, err := g.db.next(ctx, t.Community, glossaryVersion); err != nil {
		return err
	}
	_, err = g.db.writeOne(ctx, addTerm, []any{t.Community, no, t.From, t.To, t.Source, t.Fold(), t.Target, t.By, micros(t.At)}, &t.No)
	return err
}

// RemoveTerm implements translation.Glossary.
func (g Glossary) RemoveTerm(ctx context.Context, of, no int64) (bool, error) {
	n, err := g.db.exec(ctx, `DELETE FROM glossary_term WHERE community_id = $1 AND number = $2`, of, no)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = g.db.next(ctx, of, glossaryVersion)
	return true, err
}

const wishColumns = `number, from_lang, to_lang, source, target, by_member, made`

func (g Glossary) wishes(ctx context.Context, of int64, where string, args ...any) (out []translation.Wish, err error) {
	err = g.db.each(ctx, `SELECT `+wishColumns+` FROM glossary_wish WHERE community_id = $1`+where+` ORDER BY number`, append([]any{of}, args...),
		func(scan func(...any) error) error {
			w := translation.Wish{Community: of}
			var made int64
			err := scan(&w.No, &w.From, &w.To, &w.Source, &w.Target, &w.By, &made)
			w.At = instant(made)
			out = append(out, w)
			return err
		})
	return out, err
}

// Wishes implements translation.Glossary.
func (g Glossary) Wishes(ctx context.Context, of int64) ([]translation.Wish, error) {
	return g.wishes(ctx, of, "")
}

// Wish implements translation.Glossary.
func (g Glossary) Wish(ctx context.Context, of, no int64) (translation.Wish, bool, error) {
	list, err := g.wishes(ctx, of, ` AND number = $2`, no)
	if err != nil || len(list) == 0 {
		return translation.Wish{}, false, err
	}
	return list[0], true, nil
}

// AddWish implements translation.Glossary.
func (g Glossary) AddWish(ctx context.Context, w *translation.Wish) (err error) {
	if w.No, err = g.db.next(ctx, w.Community, "glossary_wish"); err != nil {
		return err
	}
	_, err = g.db.exec(ctx, `INSERT INTO glossary_wish (community_id, `+wishColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.Community, w.No, w.From, w.To, w.Source, w.Target, w.By, micros(w.At))
	return err
}

// RemoveWish implements translation.Glossary.
func (g Glossary) RemoveWish(ctx context.Context, of, no int64) (bool, error) {
	n, err := g.db.exec(ctx, `DELETE FROM glossary_wish WHERE community_id = $1 AND number = $2`, of, no)
	return n > 0, err
}

// ForgetMember implements translation.Glossary.
func (g Glossary) ForgetMember(ctx context.Context, of, member int64) error {
	if _, err := g.db.exec(ctx, `DELETE FROM glossary_wish WHERE community_id = $1 AND by_member = $2`, of, member); err != nil {
		return fmt.Errorf("drop wishes: %w", err)
	}
	_, err := g.db.exec(ctx, `UPDATE glossary_term SET by_member = 0 WHERE community_id = $1 AND by_member = $2`, of, member)
	return err
}
