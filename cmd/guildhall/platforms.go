package main

import (
	"errors"
	"log/slog"

	"guildhall/adapters/discord"
	"guildhall/adapters/slack"
	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// platformsOf are the platforms that a configuration names.
func platformsOf(c config, db *sqlstore.DB, log *slog.Logger) ([]chat.Platform, error) {
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
		add(discord.New(discord.Options{Token: d.Token, ApplicationID: d.ApplicationID, GuildIDs: d.GuildIDs, APIURL: d.APIURL,
			Content: d.MessageContent, Log: log.With("platform", "discord")}))
	}
	return out, errors.Join(faults...)
}

// serveSlack adds the pages that Slack calls.
func (p *program) serveSlack() {
	for _, pf := range p.platforms {
		if s, ok := pf.(*slack.Platform); ok {
			p.mux.Handle("/slack/", s.Handler())
		}
	}
}
