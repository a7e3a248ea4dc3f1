package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ID is what this platform is called in addresses.
const ID = "slack"

// Options are what a Platform is made of.
type Options struct {
	Apps []App // at least one

	// PublicURL is where the HTTP endpoints are reached from outside ("https://guild.example.org"), for
	// installing by OAuth; empty where nobody installs.
	PublicURL string
	// Secret encrypts tokens at rest and signs installations: at least 16 bytes, the same for all
	// replicas, kept out of the database. Needed where an app is installed by OAuth.
	Secret []byte
	// Installs keeps the workspaces that installed an app by OAuth; nil where none does.
	Installs Installs

	MaxFile int64 // the largest file that is downloaded, in bytes; 0: 25 MB
	Sockets int   // connections of each app in Socket Mode, 1 to 10; 0: 2
	// AckWithin is how long Slack waits for an acknowledgement; 0: its three seconds.
	AckWithin time.Duration
	Log       *slog.Logger
	Now       func() time.Time
	HTTP      *http.Client // for all calls; nil: one with sensible limits
}

// App is one Slack app. The mode follows from what is set: AppToken means Socket Mode, SigningSecret HTTP.
type App struct {
	BotToken      string // of an internal app; empty for one that is installed by OAuth
	AppToken      string
	SigningSecret string
	ClientID      string
	ClientSecret  string
	APIURL        string // "" is Slack's
	CommandPrefix string // before each slash command's name: "vet-" makes /vet-ask
}

// Installs keeps installations by OAuth. What it is given is encrypted.
type Installs interface {
	// KeepSlackInstall keeps what a workspace (team) gave an app (its client id), in place of what it gave
	// before.
	KeepSlackInstall(ctx context.Context, app, team string, sealed []byte) error
	// EachSlackInstall gives every workspace to f, until it fails.
	EachSlackInstall(ctx context.Context, f func(app, team string, sealed []byte) error) error
	// DropSlackInstall forgets a workspace; one that is not there is no error.
	DropSlackInstall(ctx context.Context, app, team string) error
}

// install is what is kept of one workspace that installed an app.
type install struct {
	Token    string    `json:"token"`
	Name     string    `json:"name"`   // of the workspace
	User     string    `json:"user"`   // our user there, and our bot id
	Bot      string    `json:"bot"`    //
	Domain   string    `json:"domain"` // of the workspace's pages: "acme.slack.com"
	By       string    `json:"by"`     // who installed it, as Slack calls them
	Scopes   []string  `json:"scopes"`
	Happened time.Time `json:"happened"`
}

const slackAPI = "https://slack.com/api/"

func (o *Options) check() error {
	var faults []error
	if len(o.Apps) == 0 {
		faults = append(faults, errors.New("no app is set"))
	}
	for i := range o.Apps {
		a := &o.Apps[i]
		if err := a.check(o); err != nil {
			faults = append(faults, fmt.Errorf("app %d: %w", i+1, err))
		}
	}
	if o.Sockets < 0 || o.Sockets > 10 {
		faults = append(faults, errors.New("sockets: Slack allows 1 to 10"))
	}
	return errors.Join(faults...)
}

func (a *App) check(o *Options) error {
	var faults []error
	if a.APIURL == "" {
		a.APIURL = slackAPI
	}
	if !strings.HasSuffix(a.APIURL, "/") {
		a.APIURL += "/"
	}
	if u, err := url.Parse(a.APIURL); err != nil || u.Host == "" {
		faults = append(faults, errors.New("api_url is no address"))
	}
	switch {
	case a.AppToken == "" && a.SigningSecret == "":
		faults = append(faults, errors.New("set app_token (Socket Mode) or signing_secret (HTTP)"))
	case a.AppToken != "" && !strings.HasPrefix(a.AppToken, "xapp-"):
		faults = append(faults, errors.New("app_token begins with xapp-"))
	}
	switch {
	case a.BotToken != "" && !strings.HasPrefix(a.BotToken, "xoxb-"):
		faults = append(faults, errors.New("bot_token begins with xoxb-"))
	case a.BotToken == "" && !a.installs():
		faults = append(faults, errors.New("set bot_token, or client_id and client_secret to install by OAuth"))
	case a.installs() && a.BotToken == "" && (o.Installs == nil || len(o.Secret) < 16 || o.PublicURL == ""):
		faults = append(faults, errors.New("installing by OAuth needs the program's secret, a public address and a place for tokens"))
	}
	if strings.ContainsFunc(a.CommandPrefix, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		faults = append(faults, errors.New("command_prefix takes small letters, digits, - and _"))
	}
	return errors.Join(faults...)
}

// installs says whether the app is installed by OAuth.
func (a *App) installs() bool { return a.ClientID != "" && a.ClientSecret != "" }
