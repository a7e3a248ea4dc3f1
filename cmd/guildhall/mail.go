package main

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"guildhall/adapters/mail"
	"guildhall/cmd/guildhall/build"
	coremail "guildhall/core/mail"
	"guildhall/core/work"
)

// senderOf is the mail server of a configuration; nil when it names none.
func senderOf(c config) (*mail.Sender, error) {
	m := c.Mail
	if m.Host == "" {
		return nil, nil //nolint:nilnil // no e-mail is sent
	}
	usual := map[string]int{string(mail.StartTLS): 587, string(mail.Implicit): 465, string(mail.None): 25}
	return mail.New(mail.Options{Host: m.Host, Port: cmp.Or(m.Port, usual[m.TLS]), TLS: mail.TLS(m.TLS), User: m.User, Password: m.Password,
		From: m.From, ReplyTo: m.ReplyTo, Unsubscribe: m.Unsubscribe})
}

// mailOf is what digests by e-mail are made of; nil when the configuration names no mail server.
func mailOf(c config) (*build.Mail, error) {
	s, err := senderOf(c)
	if err != nil || s == nil {
		return nil, err
	}
	return &build.Mail{Post: s, URL: c.PublicURL, Secret: c.Secret}, nil
}

// rate is the pace of a budget: that of the mail server, or one that a platform named.
func (p *program) rate(budget string) work.Rate {
	if n := p.config.Mail.PerMinute; budget == coremail.Budget && n > 0 {
		return work.Rate{Every: time.Minute / time.Duration(n), Burst: max(1, n/10)}
	}
	return p.guild.Engine.Rate(budget)
}

// serveMail adds the pages that links in mails lead to.
func (p *program) serveMail() {
	if p.guild.Mailing != nil {
		p.mux.Handle(mail.Path, mail.Pages(p.guild.Mailing, p.log))
	}
}

// examineMail says what is wrong with sending e-mail.
func examineMail(ctx context.Context, c config) []string {
	s, err := senderOf(c)
	if err != nil {
		return []string{err.Error()}
	}
	faults := s.Check(ctx)
	// Mail clients end a subscription by themselves only over an encrypted connection (RFC 8058, 3.1).
	if u, err := url.Parse(c.PublicURL); err != nil || u.Scheme != "https" {
		faults = append(faults, "web.public_url does not begin with https, so mail clients cannot offer to unsubscribe")
	}
	return faults
}
