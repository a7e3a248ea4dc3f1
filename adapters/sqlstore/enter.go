package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// seenStep is how exactly it is known when an account was seen last: what it does within that time
// writes nothing.
const seenStep = time.Minute

// Enter implements chat.Directory. The member's row stays locked to the end of the transaction, as in
// Acts: what one member does comes one after the other.
func (d Directory) Enter(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time) (community.Member, bool, error) {
	lock := ""
	if d.db.engine == Postgres {
		lock = " FOR NO KEY UPDATE OF m"
	}
	var m community.Member
	var space, name string
	var seen int64
	err := d.db.each(ctx, `SELECT `+memberColumns+`, a.space, a.name, a.seen`+memberTables+`
		JOIN account a ON a.community_id = m.community_id AND a.member = m.number
		WHERE a.community_id = $1 AND a.platform = $2 AND a.account = $3`+lock, []any{of, string(p), string(a.Account)},
		func(scan func(...any) error) (err error) {
			m, err = scanMember(func(into ...any) error { return scan(append(into, &space, &name, &seen)...) })
			return err
		})
	switch {
	case err != nil:
		return community.Member{}, false, fmt.Errorf("look up account: %w", err)
	case m.No == 0:
		return d.join(ctx, of, p, s, a, now)
	}
	return m, false, d.noteSeen(ctx, of, p, s, a, now, lastSeen{space, name, seen})
}

// lastSeen is what is known of an account.
type lastSeen struct {
	space, name string
	at          int64
}

// noteSeen writes where an account was seen, unless that is known.
func (d Directory) noteSeen(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time, last lastSeen) error {
	if (s == "" || string(s) == last.space) && (a.Name == "" || a.Name == last.name) && now.Sub(instant(last.at)) < seenStep {
		return nil
	}
	err := d.db.later(ctx, `UPDATE account SET seen = $4, space = CASE WHEN $5 = '' THEN space ELSE $5 END,
		name = CASE WHEN $6 = '' THEN name ELSE $6 END WHERE community_id = $1 AND platform = $2 AND account = $3`,
		of, string(p), string(a.Account), micros(now), string(s), a.Name)
	if err != nil {
		return fmt.Errorf("note account: %w", err)
	}
	return nil
}

// acts counts a command in the member's own row, which stays locked: what one member does comes one after the
// other. Minutes are windows that begin with a command. Its answer is the member as it is now.
var acts = `UPDATE member SET
	pace_count = CASE WHEN pace_since > $4 AND pace_since <= $5 THEN pace_count + 1 ELSE 1 END,
	pace_since = CASE WHEN pace_since > $4 AND pace_since <= $5 THEN pace_since ELSE CAST($5 AS BIGINT) END
	WHERE community_id = $1 AND number = (SELECT a.member FROM account a WHERE a.community_id = $1 AND a.platform = $2 AND a.account = $3)
	RETURNING ` + strings.ReplaceAll(memberOwn, "m.", "") + besides("organisation o", "o.number = member.organisation", "name, country, kind, site, confirmed") +
	besides("account a", "a.platform = $2 AND a.account = $3", "space, name, seen") + `, pace_count`

// besides reads columns of another row of the member's community. SQLite gives back columns of no other table than the one
// that is written, but of queries within.
func besides(table, where, columns string) string {
	var b strings.Builder
	for _, c := range strings.Split(columns, ", ") {
		fmt.Fprintf(&b, ",\n\t(SELECT %s.%s FROM %s WHERE %[1]s.community_id = member.community_id AND %[4]s)", table[len(table)-1:], c, table, where)
	}
	return b.String()
}

func (d Directory) act(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID, now time.Time) (m community.Member, pace int64, last lastSeen, err error) {
	args := []any{of, string(p), string(a), micros(now.Add(-time.Minute)), micros(now)}
	m, err = scanMember(func(into ...any) error {
		for i, v := range into {
			into[i] = maybe{v}
		}
		_, err := d.db.writeOne(ctx, acts, args, append(into, &last.space, &last.name, &last.at, &pace)...)
		return err
	})
	return m, pace, last, err
}

// Acts implements chat.Directory.
func (d Directory) Acts(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time) (community.Member, bool, int64, error) {
	m, pace, last, err := d.act(ctx, of, p, a.Account, now)
	if err == nil && m.No == 0 {
		var fresh bool
		if m, fresh, err = d.join(ctx, of, p, s, a, now); err != nil || fresh {
			return m, fresh, 1, err
		}
		m, pace, last, err = d.act(ctx, of, p, a.Account, now) // somebody was quicker
	}
	if err != nil {
		return community.Member{}, false, 0, fmt.Errorf("count a command: %w", err)
	}
	return m, false, pace, d.noteSeen(ctx, of, p, s, a, now, last)
}

// join makes a member for an account that acts for the first time. The counter's row orders those
// who join at the same moment, so that one account never becomes two members.
func (d Directory) join(ctx context.Context, of int64, p chat.PlatformID, s chat.SpaceID, a chat.Author, now time.Time) (community.Member, bool, error) {
	no, err := d.db.next(ctx, of, "member")
	if err != nil {
		return community.Member{}, false, err
	}
	if m, ok, err := d.Known(ctx, of, p, a.Account); err != nil || ok {
		return m, false, err
	}
	lang, _ := text.Language(a.Locale)
	name := a.Name
	if name == "" {
		name = "#" + strconv.FormatInt(no, 10)
	}
	if err := d.db.later(ctx, `INSERT INTO member (community_id, number, name, folded, language, country, organisation, topics, role,
		zone, quote, helper, weekly_cap, reviewer, stopped, erased, joined, asked, pace_since, pace_count)
		VALUES ($1, $2, $3, $4, $5, '', 0, '', 'member', $6, 'ask', FALSE, 3, FALSE, FALSE, FALSE, $7, 0, $7, 1)`,
		of, no, name, text.Fold(name), lang, a.Zone, micros(now)); err != nil {
		return community.Member{}, false, fmt.Errorf("add member: %w", err)
	}
	if err := d.db.later(ctx, `INSERT INTO account (community_id, platform, account, member, space, name, seen, may_write, refused, direct)
		VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, FALSE, '')`,
		of, string(p), string(a.Account), no, string(s), a.Name, micros(now)); err != nil {
		return community.Member{}, false, fmt.Errorf("add account: %w", err)
	}
	m, err := d.Member(ctx, of, no)
	return m, true, err
}
