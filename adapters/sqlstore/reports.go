package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
)

var _ community.Reports = Directory{}

const reportColumns = `community_id, number, by_member, subject, excerpt, writer, reason, at, settled, settled_by,
	source_platform, source_space, source_room, source_thread, source_message, source_url`

func (d Directory) reports(ctx context.Context, where string, args ...any) (out []community.Report, err error) {
	err = d.db.each(ctx, `SELECT `+reportColumns+` FROM report `+where, args, func(scan func(...any) error) error {
		var r community.Report
		var at, settled int64
		err := scan(&r.Community, &r.No, &r.By, &r.Subject, &r.Excerpt, &r.Writer, &r.Reason, &at, &settled, &r.SettledBy,
			&r.Source.Platform, &r.Source.Space, &r.Source.Room, &r.Source.Thread, &r.Source.Message, &r.Source.URL)
		r.At, r.Settled = instant(at), instant(settled)
		out = append(out, r)
		return err
	})
	return out, err
}

func firstReport(l []community.Report, err error) (community.Report, bool, error) {
	if err != nil || len(l) == 0 {
		return community.Report{}, false, err
	}
	return l[0], true, nil
}

// AddReport implements community.Reports.
func (d Directory) AddReport(ctx context.Context, r community.Report) (community.Report, error) {
	var err error
	if r.No, err = d.db.next(ctx, r.Community, "report"); err != nil {
		return r, err
	}
	s := r.Source
	err = d.db.later(ctx, `INSERT INTO report (`+reportColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11, $12, $13, $14)`,
		r.Community, r.No, r.By, r.Subject, r.Excerpt, r.Writer, r.Reason, micros(r.At), s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return r, fmt.Errorf("add report: %w", err)
	}
	return r, nil
}

// OpenReport implements community.Reports.
func (d Directory) OpenReport(ctx context.Context, of, by int64, subject string, s record.Source) (community.Report, bool, error) {
	if subject == "" && s.Message == "" {
		return community.Report{}, false, nil
	}
	return firstReport(d.reports(ctx, `WHERE community_id = $1 AND by_member = $2 AND settled = 0 AND subject = $3
		AND (subject <> '' OR source_platform = $4 AND source_room = $5 AND source_message = $6) ORDER BY number LIMIT 1`,
		of, by, subject, s.Platform, s.Room, s.Message))
}

// LockReport implements community.Reports.
func (d Directory) LockReport(ctx context.Context, of, no int64) (community.Report, bool, error) {
	return firstReport(d.reports(ctx, `WHERE community_id = $1 AND number = $2`+d.db.forUpdate(), of, no))
}

// SetReport implements community.Reports.
func (d Directory) SetReport(ctx context.Context, r community.Report) error {
	err := d.db.later(ctx, `UPDATE report SET excerpt = $3, settled = $4, settled_by = $5 WHERE community_id = $1 AND number = $2`,
		r.Community, r.No, r.Excerpt, micros(r.Settled), r.SettledBy)
	return err
}

// OpenReports implements community.Reports.
func (d Directory) OpenReports(ctx context.Context, of int64) ([]community.Report, error) {
	return d.reports(ctx, `WHERE community_id = $1 AND settled = 0 ORDER BY number`, of)
}

// ReportsBy implements community.Reports.
func (d Directory) ReportsBy(ctx context.Context, of, member int64) ([]community.Report, error) {
	return d.reports(ctx, `WHERE community_id = $1 AND by_member = $2 ORDER BY number`, of, member)
}

// DropExcerpts implements community.Reports.
func (d Directory) DropExcerpts(ctx context.Context, s record.Source) (int, error) {
	n, err := d.db.exec(ctx, `UPDATE report SET excerpt = '' WHERE source_platform = $1 AND source_room = $2 AND source_message = $3 AND excerpt <> ''`,
		s.Platform, s.Room, s.Message)
	return int(n), err
}
