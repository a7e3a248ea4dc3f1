package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/community"
)

var _ community.People = Directory{}

// LockMember implements community.People.
func (d Directory) LockMember(ctx context.Context, of, no int64) (community.Member, error) {
	var found int64
	if _, err := d.db.one(ctx, `SELECT number FROM member WHERE community_id = $1 AND number = $2`+d.db.forUpdate(), []any{of, no}, &found); err != nil {
		return community.Member{}, fmt.Errorf("lock member: %w", err)
	}
	return d.Member(ctx, of, no)
}

// LockAdmins implements community.People: in the order of their numbers, so that nobody waits for
// somebody who waits for them.
func (d Directory) LockAdmins(ctx context.Context, of int64) (out []int64, err error) {
	err = d.db.each(ctx, `SELECT number FROM member WHERE community_id = $1 AND role = 'admin' ORDER BY number`+d.db.forUpdate(), []any{of},
		func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			out = append(out, no)
			return err
		})
	return out, err
}

// ConsentsOf implements community.People.
func (d Directory) ConsentsOf(ctx context.Context, of, no int64) (out []community.Consent, err error) {
	err = d.db.each(ctx, `SELECT subject, answer, asked, answered FROM consent WHERE community_id = $1 AND member = $2 ORDER BY asked, subject`,
		[]any{of, no}, func(scan func(...any) error) error {
			c := community.Consent{Community: of, Member: no}
			var asked, answered int64
			err := scan(&c.Subject, &c.Answer, &asked, &answered)
			c.Asked, c.Answered = instant(asked), instant(answered)
			out = append(out, c)
			return err
		})
	return out, err
}

// forgetting are the statements that take everything off a member ($2 of community $1) but the number.
// Words that were kept with a name stay without one; a question that waits is answered with no.
var forgetting = []string{
	`DELETE FROM pending WHERE EXISTS (SELECT 1 FROM account a WHERE a.community_id = $1 AND a.member = $2
		AND a.platform = pending.platform AND a.account = pending.account)`,
	`DELETE FROM account WHERE community_id = $1 AND member = $2`,
	`DELETE FROM todo WHERE community_id = $1 AND member = $2`,
	`UPDATE inbox SET answer = '', work_key = '' WHERE community = $1 AND member = $2`,
	`UPDATE consent SET answer = CASE WHEN answer = 'waiting' THEN 'no' WHEN answer = 'no' THEN 'no' ELSE 'unnamed' END
		WHERE community_id = $1 AND member = $2`,
	`UPDATE report SET by_member = 0, reason = '', excerpt = '' WHERE community_id = $1 AND by_member = $2`,
	`UPDATE member SET name = '', folded = '', language = '', country = '', organisation = 0, topics = '', role = 'member', zone = '',
		quote = 'never', helper = FALSE, reviewer = FALSE, stopped = TRUE, erased = TRUE WHERE community_id = $1 AND number = $2`,
}

// Forget implements community.People.
func (d Directory) Forget(ctx context.Context, of, no int64) error {
	for _, statement := range forgetting {
		if err := d.db.later(ctx, statement, of, no); err != nil {
			return fmt.Errorf("forget a member: %w", err)
		}
	}
	listed, err := d.ListOrganisations(ctx, of)
	if err != nil {
		return err
	}
	for _, o := range listed {
		contacts, err := d.Contacts(ctx, of, o.No)
		if err != nil {
			return err
		}
		if i := slices.Index(contacts, no); i >= 0 {
			if err := d.SetContacts(ctx, of, o.No, slices.Delete(contacts, i, i+1)); err != nil {
				return fmt.Errorf("forget a contact: %w", err)
			}
		}
	}
	return nil
}
