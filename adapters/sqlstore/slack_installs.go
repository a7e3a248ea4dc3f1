package sqlstore

import (
	"context"
	"encoding/base64"
	"fmt"
)

// SlackInstalls keeps the workspaces that installed a Slack app by OAuth. Its methods are those of the
// Slack adapter's Installs; each is a transaction of its own.
type SlackInstalls struct{ db *DB }

// SlackInstalls is the Slack adapter's store in this database.
func (db *DB) SlackInstalls() SlackInstalls { return SlackInstalls{db} }

const keepSlackInstall = `
	INSERT INTO slack_install (app, team, sealed) VALUES ($1, $2, $3)
	ON CONFLICT (app, team) DO UPDATE SET sealed = excluded.sealed`

// KeepSlackInstall keeps what a workspace gave an app, in place of what it gave before.
func (s SlackInstalls) KeepSlackInstall(ctx context.Context, app, team string, sealed []byte) error {
	return s.write(ctx, keepSlackInstall, app, team, base64.StdEncoding.EncodeToString(sealed))
}

const dropSlackInstall = `DELETE FROM slack_install WHERE app = $1 AND team = $2`

// DropSlackInstall forgets a workspace; one that is not there is no error.
func (s SlackInstalls) DropSlackInstall(ctx context.Context, app, team string) error {
	return s.write(ctx, dropSlackInstall, app, team)
}

func (s SlackInstalls) write(ctx context.Context, query string, args ...any) error {
	return s.db.Atomically(ctx, func(ctx context.Context) error {
		err := s.db.later(ctx, query, args...)
		return err
	})
}

const slackInstalls = `SELECT app, team, sealed FROM slack_install ORDER BY app, team`

// EachSlackInstall gives every workspace to f, until it fails.
func (s SlackInstalls) EachSlackInstall(ctx context.Context, f func(app, team string, sealed []byte) error) error {
	type install struct{ app, team, sealed string }
	var all []install
	err := s.db.each(ctx, slackInstalls, nil, func(scan func(into ...any) error) error {
		var in install
		err := scan(&in.app, &in.team, &in.sealed)
		all = append(all, in)
		return err
	})
	if err != nil {
		return err
	}
	for _, in := range all {
		sealed, err := base64.StdEncoding.DecodeString(in.sealed)
		if err != nil {
			return fmt.Errorf("read the installation in %s: %w", in.team, err)
		}
		if err := f(in.app, in.team, sealed); err != nil {
			return err
		}
	}
	return nil
}
