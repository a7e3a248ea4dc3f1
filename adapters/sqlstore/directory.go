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

// Directory keeps who is who and what is where.
type Directory struct{ db *DB }

var _ chat.Directory = Directory{}

// Directory is the directory of this database.
func (db *DB) Directory() Directory { return Directory{db} }

func words(s string) []string { return strings.Fields(s) }
func unwords[S ~string](l []S) string {
	var b strings.Builder
	for i, s := range l {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(s))
	}
	return b.String()
}

const communityColumns = `id, name, language, zone, policy, created`

func scanCommunity(scan func(...any) error, more ...any) (c community.Community, err error) {
	var policy string
	var created int64
	err = scan(append([]any{&c.ID, &c.Name, &c.Language, &c.Zone, &policy, &created}, more...)...)
	c.Policy, c.Created = community.Policy(policy), instant(created)
	return c, err
}

// Community implements chat.Directory.
func (d Directory) Community(ctx context.Context, id int64) (c community.Community, err error) {
	found := false
	err = d.db.each(ctx, `SELECT `+communityColumns+` FROM community WHERE id = $1`, []any{id}, func(scan func(...any) error) (err error) {
		found = true
		c, err = scanCommunity(scan)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no community %d", id)
	}
	return c, err
}

// Communities are all communities, oldest first.
func (d Directory) Communities(ctx context.Context) (out []community.Community, err error) {
	err = d.db.each(ctx, `SELECT `+communityColumns+` FROM community ORDER BY id`, nil, func(scan func(...any) error) error {
		c, err := scanCommunity(scan)
		out = append(out, c)
		return err
	})
	return out, err
}

// Found makes a community with the seed topics and returns it with its id.
func (d Directory) Found(ctx context.Context, c community.Community, now time.Time) (community.Community, error) {
	n, err := d.db.next(ctx, 0, "community")
	if err != nil {
		return c, err
	}
	c.ID, c.Created = n, now
	if err := d.db.later(ctx, `INSERT INTO community (`+communityColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.ID, c.Name, c.Language, c.Zone, string(c.Policy), micros(now)); err != nil {
		return c, fmt.Errorf("add community: %w", err)
	}
	for _, t := range community.Seed {
		if err := d.AddTopic(ctx, c.ID, t, now); err != nil {
			return c, err
		}
	}
	return c, nil
}

// SetPolicy changes what happens to deposits.
func (d Directory) SetPolicy(ctx context.Context, of int64, p community.Policy) error {
	err := d.db.later(ctx, `UPDATE community SET policy = $2 WHERE id = $1`, of, string(p))
	if err != nil {
		return fmt.Errorf("set policy: %w", err)
	}
	return nil
}

// AddTopic adds a topic, or gives one that is there new labels.
func (d Directory) AddTopic(ctx context.Context, of int64, t community.Topic, now time.Time) error {
	if err := d.db.later(ctx, `
		INSERT INTO topic (community_id, code, hidden, merged_into, added) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (community_id, code) DO UPDATE SET hidden = excluded.hidden, merged_into = excluded.merged_into`,
		of, t.Code, t.Hidden, t.Into, micros(now)); err != nil {
		return fmt.Errorf("add topic: %w", err)
	}
	for lang, label := range t.Labels {
		if err := d.db.later(ctx, `
			INSERT INTO topic_label (community_id, code, language, label) VALUES ($1, $2, $3, $4)
			ON CONFLICT (community_id, code, language) DO UPDATE SET label = excluded.label`, of, t.Code, lang, label); err != nil {
			return fmt.Errorf("label topic: %w", err)
		}
	}
	return nil
}

// Topics implements chat.Directory.
func (d Directory) Topics(ctx context.Context, of int64) (out []community.Topic, err error) {
	at := map[string]int{}
	err = d.db.each(ctx, `
		SELECT t.code, t.hidden, t.merged_into, COALESCE(l.language, ''), COALESCE(l.label, '')
		FROM topic t LEFT JOIN topic_label l ON l.community_id = t.community_id AND l.code = t.code
		WHERE t.community_id = $1 ORDER BY t.added, t.code`, []any{of}, func(scan func(...any) error) error {
		t := community.Topic{Labels: map[string]string{}}
		var lang, label string
		if err := scan(&t.Code, &t.Hidden, &t.Into, &lang, &label); err != nil {
			return err
		}
		i, seen := at[t.Code]
		if !seen {
			i = len(out)
			at[t.Code] = i
			out = append(out, t)
		}
		if lang != "" {
			out[i].Labels[lang] = label
		}
		return nil
	})
	return out, err
}

// memberOwn are columns of a member's own row; memberColumns has those of the organisation, too.
const (
	memberOwn = `m.community_id, m.number, m.name, m.language, m.country, m.topics, m.role, m.zone, m.quote, m.helper,
	m.weekly_cap, m.reviewer, m.stopped, m.erased, m.joined, m.organisation`
	memberColumns = memberOwn + `,
	COALESCE(o.name, ''), COALESCE(o.country, ''), COALESCE(o.kind, ''), COALESCE(o.site, ''), COALESCE(o.confirmed, FALSE)`
)

const memberTables = ` FROM member m LEFT JOIN organisation o ON o.community_id = m.community_id AND o.number = m.organisation `

func scanMember(scan func(...any) error) (m community.Member, err error) {
	var topics, role, quote string
	var joined, weekly int64
	err = scan(&m.Community, &m.No, &m.Name, &m.Language, &m.Country, &topics, &role, &m.Zone, &quote, &m.Helper, &weekly, &m.Reviewer,
		&m.Stopped, &m.Erased, &joined, &m.Organisation.No, &m.Organisation.Name, &m.Organisation.Country, &m.Organisation.Kind,
		&m.Organisation.Site, &m.Organisation.Confirmed)
	m.Topics, m.Quote, m.Joined, m.WeeklyCap = words(topics), community.Quote(quote), instant(joined), int(weekly)
	m.Role, _ = community.ParseRole(role)
	return m, err
}

func (d Directory) members(ctx context.Context, where string, args ...any) (out []community.Member, err error) {
	err = d.db.each(ctx, `SELECT `+memberColumns+memberTables+where, args, func(scan func(...any) error) error {
		m, err := scanMember(scan)
		out = append(out, m)
		return err
	})
	return out, err
}

// Member implements chat.Directory; a member that does not exist has the number 0.
func (d Directory) Member(ctx context.Context, of, no int64) (community.Member, error) {
	return first(d.members(ctx, `WHERE m.community_id = $1 AND m.number = $2`, of, no))
}

func first(l []community.Member, err error) (community.Member, error) {
	if err != nil || len(l) == 0 {
		return community.Member{}, err
	}
	return l[0], nil
}

// Known implements chat.Directory.
func (d Directory) Known(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID) (community.Member, bool, error) {
	m, err := first(d.members(ctx, `JOIN account a ON a.community_id = m.community_id AND a.member = m.number
		WHERE a.community_id = $1 AND a.platform = $2 AND a.account = $3`, of, string(p), string(a)))
	return m, m.No != 0, err
}

// Moderators implements chat.Directory.
func (d Directory) Moderators(ctx context.Context, of int64) ([]community.Member, error) {
	return d.members(ctx, `WHERE m.community_id = $1 AND m.role IN ('moderator', 'admin') ORDER BY m.number`, of)
}

// Find implements chat.Directory.
func (d Directory) Find(ctx context.Context, of int64, name string, n int) ([]community.Member, error) {
	if no, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(name), "#"), 10, 64); err == nil {
		return d.members(ctx, `WHERE m.community_id = $1 AND m.number = $2`, of, no)
	}
	out, err := d.members(ctx, `JOIN account a ON a.community_id = m.community_id AND a.member = m.number
		WHERE a.community_id = $1 AND a.account = $2`, of, strings.Trim(name, "<@>"))
	if err != nil || len(out) > 0 {
		return out, err
	}
	folded := text.Fold(name)
	return d.members(ctx, `WHERE m.community_id = $1 AND m.erased = FALSE AND m.folded >= $2 AND m.folded < $3
		ORDER BY CASE WHEN m.folded = $2 THEN 0 ELSE 1 END, m.folded, m.number LIMIT $4`, of, folded, folded+"\U0010ffff", int64(n))
}

// Memberships implements chat.Directory.
func (d Directory) Memberships(ctx context.Context, p chat.PlatformID, a chat.AccountID) (out []community.Community, err error) {
	err = d.db.each(ctx, `SELECT `+communityColumns+` FROM community WHERE id IN
		(SELECT community_id FROM account WHERE platform = $1 AND account = $2) ORDER BY id`,
		[]any{string(p), string(a)}, func(scan func(...any) error) error {
			c, err := scanCommunity(scan)
			out = append(out, c)
			return err
		})
	return out, err
}

// Accounts implements chat.Directory.
func (d Directory) Accounts(ctx context.Context, of, no int64) (out []community.Account, err error) {
	err = d.db.each(ctx, `SELECT platform, account, space, name, seen, may_write, refused, direct FROM account
		WHERE community_id = $1 AND member = $2 ORDER BY seen DESC, platform, account`, []any{of, no}, func(scan func(...any) error) error {
		var a community.Account
		var seen int64
		err := scan(&a.Platform, &a.ID, &a.Space, &a.Name, &seen, &a.MayWrite, &a.Refused, &a.Direct)
		a.Seen = instant(seen)
		out = append(out, a)
		return err
	})
	return out, err
}

// AccountsOn implements chat.Directory.
func (d Directory) AccountsOn(ctx context.Context, of int64, p chat.PlatformID, members []int64) (map[int64]chat.AccountID, error) {
	out := map[int64]chat.AccountID{}
	for _, no := range members {
		accounts, err := d.Accounts(ctx, of, no)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			if a.Platform == string(p) {
				out[no] = chat.AccountID(a.ID)
				break
			}
		}
	}
	return out, nil
}

// NoteDirect implements chat.Directory.
func (d Directory) NoteDirect(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID, room chat.RoomID, refused bool) error {
	err := d.db.later(ctx, `UPDATE account SET direct = $4, refused = $5 WHERE community_id = $1 AND platform = $2 AND account = $3`,
		of, string(p), string(a), string(room), refused)
	return err
}

// AllowDirect implements chat.Directory. A refusal from before is forgotten.
func (d Directory) AllowDirect(ctx context.Context, of int64, p chat.PlatformID, a chat.AccountID, may bool) error {
	err := d.db.later(ctx, `UPDATE account SET may_write = $4, refused = FALSE WHERE community_id = $1 AND platform = $2 AND account = $3`,
		of, string(p), string(a), may)
	return err
}

// SetRole gives a member a role.
func (d Directory) SetRole(ctx context.Context, of, no int64, r community.Role) error {
	err := d.db.later(ctx, `UPDATE member SET role = $3 WHERE community_id = $1 AND number = $2`, of, no, r.String())
	return err
}
