package main

import (
	"context"
	"log/slog"
	"time"

	"guildhall/jobs"
)

// keepCopies is how long a copy that no resource has is kept: what was fetched for a deposit that was
// not made, an export, a picture that went with a message.
const keepCopies = 30 * 24 * time.Hour

// sweepFiles is the task that removes copies of files that nobody needs any more.
func (p *program) sweepFiles() jobs.Task {
	return jobs.Task{Name: "sweep files", Cron: "37 4 * * *", Run: func(ctx context.Context, now time.Time) error {
		removed, err := p.files.Sweep(ctx, now.Add(-keepCopies), func(sha string) (bool, error) {
			needed, err := p.db.ResourceVersions().Needed(ctx, []string{sha})
			return len(needed) > 0, err
		})
		if removed > 0 {
			p.log.Info("copies that nobody needs are removed", slog.Int("files", removed))
		}
		return err
	}}
}
