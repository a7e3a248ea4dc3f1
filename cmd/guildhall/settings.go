package main

import (
	"errors"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"guildhall/adapters/translate"
)

// config is what the program was told.
type config struct {
	DatabaseURL string
	FilesDir    string
	Listen      string
	PublicURL   string
	Secret      string
	LogLevel    slog.Level
	LogFormat   string
	Matrix      matrixConfig
	Slack       []slackConfig
	Discord     discordConfig
	Mail        mailConfig
	Translate   translateConfig
}

// mailConfig is the mail server that digests are sent through; without a host none are.
type mailConfig struct {
	Host, User, Password, From, ReplyTo, Unsubscribe, TLS string
	Port, PerMinute                                       int
}

// translateConfig is the service that translates; without a kind nothing is translated.
type translateConfig struct {
	Kind, URL, Key string
	PerDay         int64
}

// matrixConfig is the Matrix account that Guildhall speaks as; without a homeserver there is none.
type matrixConfig struct {
	Homeserver, UserID, Password, AccessToken, DeviceName, PickleKey, Prefix string
	NewDevice                                                                bool
}

// slackConfig is one Slack app.
type slackConfig struct {
	BotToken, AppToken, SigningSecret, ClientID, ClientSecret, APIURL, Prefix string
}

// discordConfig is the Discord bot; without a token there is none.
type discordConfig struct {
	Token, ApplicationID, APIURL string
	GuildIDs                     []string
	MessageContent               bool
}

// setting is one value that an operator may set. The example file, the environment and the checks are
// all made from the table of settings.
type setting struct {
	Section string
	Name    string
	Default string
	Secret  bool // may also be read from a file named by the _FILE variable; never shown
	About   string
	check   func(string) error
	into    func(c *config, v string) // the last of a repeated section
}

// sections are the sections of the file, in order. Those that are optional are left out of the
// example's settings as comments; repeated ones may stand several times, as [[slack]].
var sections = []struct {
	Name     string
	About    string
	Optional bool
	Repeated bool
}{
	{Name: "database"}, {Name: "files"}, {Name: "web"}, {Name: "log"},
	{Name: "matrix", About: "Guildhall on Matrix; docs/matrix.md leads through it.", Optional: true},
	{Name: "slack", About: "Guildhall on Slack: one section for each app, as [[slack]]; docs/slack.md leads through it.", Optional: true, Repeated: true},
	{Name: "discord", About: "Guildhall on Discord; docs/discord.md leads through it.", Optional: true},
	{Name: "mail", About: "Digests by e-mail; docs/email.md leads through it.", Optional: true},
	{Name: "translate", About: "Translation by a service of your choice; docs/translation.md leads through it.", Optional: true},
}

var settings = []setting{
	{Section: "database", Name: "url", Default: "sqlite:guildhall.db", Secret: true,
		About: "Where everything is kept: sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME.",
		check: func(v string) error {
			if !strings.HasPrefix(v, "sqlite:") && !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
				return errors.New(`should begin with "sqlite:" or "postgres://"`)
			}
			return nil
		},
		into: func(c *config, v string) { c.DatabaseURL = v }},
	{Section: "files", Name: "dir", Default: "files", About: "The folder that copies of files are kept in.",
		into: func(c *config, v string) { c.FilesDir = v }},
	{Section: "web", Name: "listen", Default: "127.0.0.1:8420", About: "The address that the web server listens on.",
		check: func(v string) error {
			if _, _, err := net.SplitHostPort(v); err != nil {
				return errors.New("should be HOST:PORT, such as 127.0.0.1:8420")
			}
			return nil
		},
		into: func(c *config, v string) { c.Listen = v }},
	{Section: "web", Name: "public_url", About: "The address under which people reach the web server, when they do.",
		check: webAddress, into: func(c *config, v string) { c.PublicURL = strings.TrimRight(v, "/") }},
	{Section: "web", Name: "secret", Secret: true,
		About: "At least 16 characters that nobody else knows: signs links and encrypts the tokens of installed apps.",
		check: func(v string) error {
			if v != "" && len(v) < 16 {
				return errors.New("should have at least 16 characters")
			}
			return nil
		},
		into: func(c *config, v string) { c.Secret = v }},
	{Section: "log", Name: "level", Default: "info", About: "debug, info, warn or error.",
		check: func(v string) error {
			var l slog.Level
			if l.UnmarshalText([]byte(v)) != nil {
				return errors.New("should be debug, info, warn or error")
			}
			return nil
		},
		into: func(c *config, v string) { _ = c.LogLevel.UnmarshalText([]byte(v)) }},
	{Section: "log", Name: "format", Default: "text", About: "text or json.",
		check: func(v string) error {
			if v != "text" && v != "json" {
				return errors.New("should be text or json")
			}
			return nil
		},
		into: func(c *config, v string) { c.LogFormat = v }},

	{Section: "matrix", Name: "homeserver", About: "The homeserver's address, such as https://matrix.example.org.",
		check: webAddress, into: func(c *config, v string) { c.Matrix.Homeserver = v }},
	{Section: "matrix", Name: "user_id", About: "The account, such as @guildhall:example.org.",
		check: func(v string) error {
			if v != "" && (!strings.HasPrefix(v, "@") || !strings.Contains(v, ":")) {
				return errors.New("should be a Matrix account such as @guildhall:example.org")
			}
			return nil
		},
		into: func(c *config, v string) { c.Matrix.UserID = v }},
	{Section: "matrix", Name: "password", Secret: true, About: "The account's password, for the first start; or an access_token.",
		into: func(c *config, v string) { c.Matrix.Password = v }},
	{Section: "matrix", Name: "access_token", Secret: true, About: "An access token of a device made for Guildhall.",
		into: func(c *config, v string) { c.Matrix.AccessToken = v }},
	{Section: "matrix", Name: "device_name", Default: "Guildhall", About: "What the device is called.",
		into: func(c *config, v string) { c.Matrix.DeviceName = v }},
	{Section: "matrix", Name: "new_device", Default: "false", About: "true once, when the homeserver lost the device: log in as a new one.",
		check: yesNo, into: func(c *config, v string) { c.Matrix.NewDevice = v == "true" }},
	{Section: "matrix", Name: "pickle_key", Secret: true, About: "Encrypts the keys of encrypted rooms at rest. Without it Guildhall cannot read such rooms.",
		into: func(c *config, v string) { c.Matrix.PickleKey = v }},
	{Section: "matrix", Name: "command_prefix", Default: "!", About: "What stands before a command.",
		into: func(c *config, v string) { c.Matrix.Prefix = v }},

	{Section: "slack", Name: "bot_token", Secret: true, About: "xoxb-…, of an internal app; leave it out when workspaces install the app by OAuth.",
		check: prefixed("xoxb-"), into: func(c *config, v string) { c.slack().BotToken = v }},
	{Section: "slack", Name: "app_token", Secret: true, About: "xapp-…, for Socket Mode.",
		check: prefixed("xapp-"), into: func(c *config, v string) { c.slack().AppToken = v }},
	{Section: "slack", Name: "signing_secret", Secret: true, About: "For HTTP mode: the app's signing secret.",
		into: func(c *config, v string) { c.slack().SigningSecret = v }},
	{Section: "slack", Name: "client_id", About: "For installing by OAuth.", into: func(c *config, v string) { c.slack().ClientID = v }},
	{Section: "slack", Name: "client_secret", Secret: true, About: "For installing by OAuth.",
		into: func(c *config, v string) { c.slack().ClientSecret = v }},
	{Section: "slack", Name: "api_url", About: "Another address of Slack's API, for tests.", check: webAddress,
		into: func(c *config, v string) { c.slack().APIURL = v }},
	{Section: "slack", Name: "command_prefix", About: "Before each slash command's name: vet- makes /vet-ask.",
		into: func(c *config, v string) { c.slack().Prefix = v }},

	{Section: "discord", Name: "token", Secret: true, About: "The bot's token.", into: func(c *config, v string) { c.Discord.Token = v }},
	{Section: "discord", Name: "application_id", About: "The application's id; found out when it is left out.", check: digits,
		into: func(c *config, v string) { c.Discord.ApplicationID = v }},
	{Section: "discord", Name: "guild_ids", About: "Servers in which commands are registered at once, for trying things out.",
		check: func(v string) error {
			for _, id := range listed(v) {
				if err := digits(id); err != nil {
					return err
				}
			}
			return nil
		},
		into: func(c *config, v string) { c.Discord.GuildIDs = listed(v) }},
	{Section: "discord", Name: "api_url", About: "Another address of Discord's API, for tests.", check: webAddress,
		into: func(c *config, v string) { c.Discord.APIURL = v }},
	{Section: "discord", Name: "message_content", Default: "false", About: "true when the Message Content intent is switched on.",
		check: yesNo, into: func(c *config, v string) { c.Discord.MessageContent = v == "true" }},

	{Section: "mail", Name: "host", About: "The mail server that takes what is sent, such as smtp.example.org.", into: func(c *config, v string) { c.Mail.Host = v }},
	{Section: "mail", Name: "port", About: "Its port; without one 587 with starttls, 465 with tls, 25 with none.",
		check: func(v string) error {
			if n, err := strconv.Atoi(v); v != "" && (err != nil || n < 1 || n > 65535) {
				return errors.New("should be a number from 1 to 65535")
			}
			return nil
		},
		into: func(c *config, v string) { c.Mail.Port, _ = strconv.Atoi(v) }},
	{Section: "mail", Name: "tls", Default: "starttls", About: "starttls, tls (from the first byte), or none (a server on this machine).",
		check: func(v string) error {
			if v != "starttls" && v != "tls" && v != "none" {
				return errors.New("should be starttls, tls or none")
			}
			return nil
		},
		into: func(c *config, v string) { c.Mail.TLS = v }},
	{Section: "mail", Name: "user", About: "The account there; leave it out when the server asks for none.", into: func(c *config, v string) { c.Mail.User = v }},
	{Section: "mail", Name: "password", Secret: true, About: "The account's password.", into: func(c *config, v string) { c.Mail.Password = v }},
	{Section: "mail", Name: "from", About: "Whom mail is from: guildhall@example.org, or VET Net <guildhall@example.org>.", check: mailbox,
		into: func(c *config, v string) { c.Mail.From = v }},
	{Section: "mail", Name: "reply_to", About: "Where answers go, when that is another address.", check: mailbox, into: func(c *config, v string) { c.Mail.ReplyTo = v }},
	{Section: "mail", Name: "unsubscribe", About: "An address that somebody reads, for those who end the digest by a mail.", check: mailbox,
		into: func(c *config, v string) { c.Mail.Unsubscribe = v }},
	{Section: "mail", Name: "per_minute", Default: "120", About: "How many mails the server takes in a minute; 0 for as many as can be sent.",
		check: func(v string) error {
			if n, err := strconv.Atoi(v); err != nil || n < 0 || n > 60_000 {
				return errors.New("should be a number from 0 to 60000")
			}
			return nil
		},
		into: func(c *config, v string) { c.Mail.PerMinute, _ = strconv.Atoi(v) }},

	{Section: "translate", Name: "kind", About: "libretranslate, apertium or deepl.",
		check: func(v string) error {
			if v != "" && !slices.Contains(translate.Kinds, v) {
				return errors.New("should be " + strings.Join(translate.Kinds, ", "))
			}
			return nil
		},
		into: func(c *config, v string) { c.Translate.Kind = v }},
	{Section: "translate", Name: "url", About: "Where the service is, such as http://127.0.0.1:5000; a private address is fine. DeepL needs none.",
		check: webAddress, into: func(c *config, v string) { c.Translate.URL = v }},
	{Section: "translate", Name: "api_key", Secret: true, About: "The key that the service wants, if it wants one.", into: func(c *config, v string) { c.Translate.Key = v }},
	{Section: "translate", Name: "per_day", Default: "500000", About: "How many characters a community may have translated in a day; 0 for any number.",
		check: func(v string) error {
			if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
				return errors.New("should be a number from 0")
			}
			return nil
		},
		into: func(c *config, v string) { c.Translate.PerDay, _ = strconv.ParseInt(v, 10, 64) }},
}

func (c *config) slack() *slackConfig { return &c.Slack[len(c.Slack)-1] }

func webAddress(v string) error {
	u, err := url.Parse(v)
	if v != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("should be a web address such as https://guildhall.example.org")
	}
	return nil
}

func yesNo(v string) error {
	if v != "true" && v != "false" {
		return errors.New("should be true or false")
	}
	return nil
}

func mailbox(v string) error {
	if _, err := mail.ParseAddress(v); v != "" && (err != nil || strings.ContainsAny(v, "\r\n")) {
		return errors.New("should be an address such as guildhall@example.org")
	}
	return nil
}

func digits(v string) error {
	if _, err := strconv.ParseUint(v, 10, 64); v != "" && err != nil {
		return errors.New("should be digits alone")
	}
	return nil
}

func prefixed(with string) func(string) error {
	return func(v string) error {
		if v != "" && !strings.HasPrefix(v, with) {
			return errors.New("should begin with " + with)
		}
		return nil
	}
}

// listed cuts "a, b" into its parts.
func listed(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

// faults are what is wrong with settings together.
func (c *config) faults() []error {
	var out []error
	fault := func(s string) { out = append(out, errors.New(s)) }
	m := c.Matrix
	switch {
	case m == (matrixConfig{DeviceName: m.DeviceName, Prefix: m.Prefix}):
	case m.Homeserver == "":
		fault("matrix.homeserver is missing")
	case m.UserID == "":
		fault("matrix.user_id is missing")
	case m.Password == "" && m.AccessToken == "":
		fault("matrix.password or matrix.access_token is missing")
	}
	for _, s := range c.Slack {
		switch {
		case s.AppToken == "" && s.SigningSecret == "":
			fault("slack.app_token (Socket Mode) or slack.signing_secret (HTTP) is missing")
		case s.BotToken == "" && (s.ClientID == "" || s.ClientSecret == ""):
			fault("slack.bot_token is missing (or client_id and client_secret, for installing by OAuth)")
		case s.BotToken == "" && c.Secret == "":
			fault("web.secret is missing: it encrypts the tokens of workspaces that install the Slack app")
		}
	}
	if m := c.Mail; m != (mailConfig{TLS: m.TLS, PerMinute: m.PerMinute}) {
		for _, need := range []struct {
			name    string
			missing bool
		}{{"mail.host", m.Host == ""}, {"mail.from", m.From == ""}, {"mail.password", m.User != "" && m.Password == ""}} {
			if need.missing {
				fault(need.name + " is missing")
			}
		}
		if c.PublicURL == "" || c.Secret == "" {
			fault("web.public_url or web.secret is missing: mails hold signed links to pages of the web server")
		}
	}
	switch x := c.Translate; {
	case x.Kind == "" && (x.URL != "" || x.Key != ""):
		fault("translate.kind is missing")
	case x.Kind == "deepl" && x.Key == "":
		fault("translate.api_key is missing")
	case x.Kind != "" && x.Kind != "deepl" && x.URL == "":
		fault("translate.url is missing")
	}
	if d := c.Discord; d.Token == "" && (d.ApplicationID != "" || len(d.GuildIDs) > 0 || d.MessageContent) {
		fault("discord.token is missing")
	}
	return out
}
