package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
)

// packed is what a letter holds, a line for each item.
func packed(items []digest.Kept) string {
	var b strings.Builder
	for i, x := range items {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %s %d %d %s", x.Part, x.ID, x.Score, micros(x.At), x.State)
	}
	return b.String()
}

func unpacked(s string) ([]digest.Kept, error) {
	if s == "" {
		return nil, nil
	}
	var out []digest.Kept
	for line := range strings.SplitSeq(s, "\n") {
		f := strings.SplitN(line, " ", 5)
		if len(f) != 5 {
			return nil, fmt.Errorf("read what a digest held: %q", line)
		}
		id, err := record.Parse(f[1])
		if err != nil {
			return nil, fmt.Errorf("read what a digest held: %q: %w", line, err)
		}
		score, _ := strconv.Atoi(f[2])
		at, _ := strconv.ParseInt(f[3], 10, 64)
		out = append(out, digest.Kept{Part: digest.Part(f[0]), ID: id, Score: score, At: instant(at), State: f[4]})
	}
	return out, nil
}

// some is a list of values for a statement's IN: its places, and args with the values added.
func some[T any](args []any, list []T) (string, []any) {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		args = append(args, x)
		fmt.Fprintf(&b, "$%d", len(args))
	}
	return b.String(), args
}

// letterRows is how many letters one statement writes.
const letterRows = 200

// ClaimLetters keeps letters and says whom they are fresh for: the others have had one of their period.
func (t Digests) ClaimLetters(ctx context.Context, letters []digest.Letter) (fresh map[string]bool, err error) {
	t.db.must(ctx)
	fresh = map[string]bool{}
	for len(letters) > 0 {
		n := min(len(letters), letterRows)
		var b strings.Builder
		b.WriteString(`INSERT INTO digest_letter (community_id, recipient, period, since, until, people, countries, items) VALUES `)
		var args []any
		for i, l := range letters[:n] {
			if i > 0 {
				b.WriteByte(',')
			}
			at := len(args)
			fmt.Fprintf(&b, "($%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d)", at+1, at+2, at+3, at+4, at+5, at+6, at+7, at+8)
			args = append(args, l.Community, l.To, l.Period, micros(l.Since), micros(l.Until), int64(l.People), int64(l.Countries), packed(l.Items))
		}
		b.WriteString(` ON CONFLICT (community_id, recipient, period) DO NOTHING RETURNING recipient`)
		letters = letters[n:]
		err := t.db.each(ctx, b.String(), args, func(scan func(into ...any) error) error {
			var to string
			err := scan(&to)
			fresh[to] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("keep digests: %w", err)
		}
	}
	return fresh, nil
}

const letterColumns = `recipient, period, since, until, people, countries, items`

func scanLetter(scan func(...any) error, of int64) (digest.Letter, error) {
	l := digest.Letter{Community: of}
	var since, until int64
	var items string
	if err := scan(&l.To, &l.Period, &since, &until, &l.People, &l.Countries, &items); err != nil {
		return l, err
	}
	l.Since, l.Until = instant(since), instant(until)
	var err error
	l.Items, err = unpacked(items)
	return l, err
}

func (t Digests) letter(ctx context.Context, of int64, where string, args ...any) (out *digest.Letter, err error) {
	err = t.db.each(ctx, `SELECT `+letterColumns+` FROM digest_letter WHERE community_id = $1 AND `+where, append([]any{of}, args...),
		func(scan func(into ...any) error) error {
			l, err := scanLetter(scan, of)
			out = &l
			return err
		})
	return out, err
}

// Letter is what somebody got for a period; nil when they got nothing.
func (t Digests) Letter(ctx context.Context, of int64, to, period string) (*digest.Letter, error) {
	return t.letter(ctx, of, `recipient = $2 AND period = $3`, to, period)
}

// NewestLetter is what somebody got last; nil when they got nothing.
func (t Digests) NewestLetter(ctx context.Context, of int64, to string) (*digest.Letter, error) {
	return t.letter(ctx, of, `recipient = $2 ORDER BY until DESC, period LIMIT 1`, to)
}

// Told says until when somebody's last digest told, and in which state things were shown to them last,
// since a time; those who got nothing are left out.
func (t Digests) Told(ctx context.Context, of int64, to []string, since time.Time) (map[string]digest.Told, error) {
	in, args := some([]any{of, micros(since)}, to)
	out := make(map[string]digest.Told, len(to))
	err := t.db.each(ctx, `SELECT `+letterColumns+` FROM digest_letter WHERE community_id = $1 AND until >= $2 AND recipient IN (`+in+`)
		ORDER BY recipient, until, period`, args, func(scan func(into ...any) error) error {
		l, err := scanLetter(scan, of)
		if err != nil {
			return err
		}
		told, there := out[l.To]
		if !there {
			told.Shown = digest.Shown{}
		}
		told.Until = l.Until
		for _, x := range l.Items {
			told.Shown[x.ID] = x.State
		}
		out[l.To] = told
		return nil
	})
	return out, err
}

// LettersTo are all that somebody got, oldest first.
func (t Digests) LettersTo(ctx context.Context, of int64, to string) (out []digest.Letter, err error) {
	err = t.db.each(ctx, `SELECT `+letterColumns+` FROM digest_letter WHERE community_id = $1 AND recipient = $2 ORDER BY until, period`, []any{of, to},
		func(scan func(into ...any) error) error {
			l, err := scanLetter(scan, of)
			out = append(out, l)
			return err
		})
	return out, err
}

// SweepLetters removes what was told before a time.
func (t Digests) SweepLetters(ctx context.Context, of int64, before time.Time) error {
	err := t.db.later(ctx, `DELETE FROM digest_letter WHERE community_id = $1 AND until < $2`, of, micros(before))
	return err
}

// ForgetLetters removes what was told to somebody.
func (t Digests) ForgetLetters(ctx context.Context, of int64, to string) error {
	err := t.db.later(ctx, `DELETE FROM digest_letter WHERE community_id = $1 AND recipient = $2`, of, to)
	return err
}

const setDigestReader = `
	INSERT INTO digest_reader (community_id, member, parts, paused) VALUES ($1, $2, $3, $4)
	ON CONFLICT (community_id, member) DO UPDATE SET parts = excluded.parts, paused = excluded.paused`

// SetWish keeps what a member wants.
func (t Digests) SetWish(ctx context.Context, of, member int64, w digest.Wish) error {
	err := t.db.later(ctx, setDigestReader, of, member, unwords(w.Parts), micros(w.Paused))
	return err
}

// Wishes are what some members want; those who never said are left out.
func (t Digests) Wishes(ctx context.Context, of int64, members []int64) (map[int64]digest.Wish, error) {
	in, args := some([]any{of}, members)
	out := make(map[int64]digest.Wish, len(members))
	err := t.db.each(ctx, `SELECT member, parts, paused FROM digest_reader WHERE community_id = $1 AND member IN (`+in+`)`, args,
		func(scan func(into ...any) error) error {
			var member, paused int64
			var parts string
			if err := scan(&member, &parts, &paused); err != nil {
				return err
			}
			w := digest.Wish{Paused: instant(paused)}
			for _, p := range words(parts) {
				w.Parts = append(w.Parts, digest.Part(p))
			}
			out[member] = w
			return nil
		})
	return out, err
}

// Readers are some members, by number; missing ones are left out.
func (t Digests) Readers(ctx context.Context, of int64, members []int64) (map[int64]community.Member, error) {
	in, args := some([]any{of}, members)
	list, err := Directory(t).members(ctx, `WHERE m.community_id = $1 AND m.number IN (`+in+`)`, args...)
	out := make(map[int64]community.Member, len(list))
	for _, m := range list {
		out[m.No] = m
	}
	return out, err
}

// Tasks are the to-dos of some members, oldest first.
func (t Digests) Tasks(ctx context.Context, of int64, members []int64) (map[int64][]digest.Task, error) {
	in, args := some([]any{of}, members)
	out := map[int64][]digest.Task{}
	err := t.db.each(ctx, `SELECT member, key, message, at FROM todo WHERE community_id = $1 AND member IN (`+in+`) ORDER BY member, at, key`, args,
		func(scan func(into ...any) error) error {
			var member, at int64
			var task digest.Task
			var message string
			err := scan(&member, &task.Key, &message, &at)
			task.Message, task.At = []byte(message), instant(at)
			out[member] = append(out[member], task)
			return err
		})
	return out, err
}

// ForgetOwn removes what is kept of a member.
func (t Digests) ForgetOwn(ctx context.Context, of, member int64) error {
	if err := t.ForgetLetters(ctx, of, digest.ToMember(member)); err != nil {
		return fmt.Errorf("forget digests: %w", err)
	}
	for _, statement := range []string{`DELETE FROM digest_reader WHERE community_id = $1 AND member = $2`} {
		if err := t.db.later(ctx, statement, of, member); err != nil {
			return fmt.Errorf("forget digests: %w", err)
		}
	}
	err := t.db.later(ctx, `DELETE FROM schedule WHERE community_id = $1 AND name = $2`, of, "digest/"+digest.ToMember(member))
	if err != nil {
		return fmt.Errorf("forget digests: %w", err)
	}
	return nil
}
