package main

import (
	"context"
	"errors"
	"log/slog"

	"guildhall/adapters/discord"
	"guildhall/adapters/matrix"
	"guildhall/adapters/slack"
	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// platformsOf are the platforms that a configuration names. replica is the program's name; only what
// runs has one.
func platformsOf(c config, db *sqlstore.DB, replica string, log *slog.Logger) ([]chat.Platform, error) {
	var out []chat.Platform
	var faults []error
	add := func(p chat.Platform, err error) {
		if err != nil {
			faults = append(faults, err)
			return
		}
		out = append(out, p)
	}
	if len(c.Slack) > 0 {
		o := slack.Options{PublicURL: c.PublicURL, Secret: []byte(c.Secret), MaxFile: maxCopy, Log: log.With("platform", "slack")}
		for _, s := range c.Slack {
			o.Apps = append(o.Apps, slack.App{BotToken: s.BotToken, AppToken: s.AppToken, SigningSecret: s.SigningSecret, ClientID: s.ClientID,
				ClientSecret: s.ClientSecret, APIURL: s.APIURL, CommandPrefix: s.Prefix})
		}
		if db != nil {
			o.Installs = db.SlackInstalls()
		}
		add(slack.New(o))
	}
	if d := c.Discord; d.Token != "" {
		o := discord.Options{Token: d.Token, ApplicationID: d.ApplicationID, GuildIDs: d.GuildIDs, APIURL: d.APIURL, Replica: replica,
			Content: d.MessageContent, Log: log.With("platform", "discord")}
		if db != nil {
			o.Store = db.Discord()
		}
		add(discord.New(o))
	}
	if c.Matrix.Homeserver != "" {
		add(matrixOf(c, db, replica, log))
	}
	return out, errors.Join(faults...)
}

// matrixOf is the Matrix account. Its encryption keys lie beside the store: in a file of their own, or
// in a schema of their own.
func matrixOf(c config, db *sqlstore.DB, replica string, log *slog.Logger) (chat.Platform, error) {
	m := c.Matrix
	o := matrix.Options{Homeserver: m.Homeserver, UserID: m.UserID, Password: m.Password, AccessToken: m.AccessToken, DeviceName: m.DeviceName,
		NewDevice: m.NewDevice, PickleKey: m.PickleKey, Prefix: m.Prefix, Replica: replica, Store: db.Matrix(), Log: log.With("platform", "matrix"),
		Known: func(ctx context.Context, who chat.AccountID) (bool, error) {
			in, err := db.Directory().Memberships(ctx, "matrix", who)
			return len(in) > 0, err
		}}
	if m.PickleKey != "" {
		o.Keys = keysAddress(c.DatabaseURL)
	}
	p, err := matrix.New(o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// serveSlack adds the pages that Slack calls.
func (p *program) serveSlack() {
	for _, pf := range p.platforms {
		if s, ok := pf.(*slack.Platform); ok {
			p.mux.Handle("/slack/", s.Handler())
		}
	}
}
