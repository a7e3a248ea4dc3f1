package slacktest

import (
	"slices"
	"strings"
)

// AppSpec is what the app's settings pages say about it.
type AppSpec struct {
	Name string // the app's and its bot user's name

	// Made up when empty.
	ID, ClientID, ClientSecret, SigningSecret, VerificationToken string

	Scopes       []string   // bot scopes; AllScopes when nil
	Events       []string   // subscribed bot events; all of them when nil
	Commands     []Command  // slash commands; when nil every command is delivered
	Shortcuts    []Shortcut // when nil every callback id is delivered
	RedirectURLs []string   // for OAuth; any when empty

	NoHomeTab        bool // views.publish answers not_enabled
	NoMessagesTab    bool // nobody can open a conversation with the bot
	MessagesReadOnly bool // people cannot write to the bot
}

// Command is one slash command of the app.
type Command struct {
	Name   string // with its slash
	URL    string // over HTTP, when not the one of HTTPMode
	Escape bool   // mentions and channels in the text are marked, and the text is escaped
}

// Shortcut is one entry of the shortcuts menu, or of messages' menus.
type Shortcut struct {
	CallbackID string
	Message    bool // on messages; otherwise global
}

// AllScopes are the bot scopes that methods and events here ask for.
func AllScopes() []string {
	return []string{
		"app_mentions:read", "bookmarks:read", "bookmarks:write", "channels:history", "channels:join",
		"channels:manage", "channels:read", "chat:write", "chat:write.customize", "chat:write.public",
		"commands", "files:read", "files:write", "groups:history", "groups:read", "groups:write",
		"im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write", "pins:read",
		"pins:write", "reactions:read", "reactions:write", "team:read", "users:read", "users:read.email",
	}
}

type app struct {
	s        *Server
	spec     AppSpec
	appToken string
	retired  bool // the app-level token is revoked
	http     *HTTPMode
}

func newApp(s *Server, spec AppSpec) *app {
	fill := func(to *string, v string) {
		if *to == "" {
			*to = v
		}
	}
	fill(&spec.Name, "Guildhall")
	fill(&spec.ID, s.id("A"))
	fill(&spec.ClientID, "1111111111.2222222222")
	fill(&spec.ClientSecret, s.secret())
	fill(&spec.SigningSecret, s.secret())
	fill(&spec.VerificationToken, s.secret())
	if spec.Scopes == nil {
		spec.Scopes = AllScopes()
	}
	return &app{s: s, spec: spec, appToken: "xapp-1-" + spec.ID + "-" + s.secret()}
}

// install is the app in one workspace.
type install struct {
	app    *app
	w      *Workspace
	bot    *User
	botID  string
	token  string
	scopes []string
	by     *User
	gone   string // the error that its token gets: token_revoked, account_inactive
}

func (in *install) has(scope string) bool { return slices.Contains(in.scopes, scope) }

func (in *install) profile() obj {
	return obj{
		"id": in.botID, "app_id": in.app.spec.ID, "name": in.app.spec.Name, "deleted": false,
		"updated": in.bot.updated.Unix(), "team_id": in.w.id,
		"icons": obj{"image_36": "https://a.slack-edge.com/bot36.png", "image_72": "https://a.slack-edge.com/bot72.png"},
	}
}

// App is the app's settings, with everything filled in.
func (s *Server) App() AppSpec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app.spec
}

// Configure changes the app's settings. Scopes take effect at the next installation.
func (s *Server) Configure(change func(*AppSpec)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.app.spec)
}

// AppToken is the app-level token, for Socket Mode.
func (s *Server) AppToken() string { return s.app.appToken }

// SigningSecret is what requests to the app are signed with.
func (s *Server) SigningSecret() string { return s.App().SigningSecret }

// BotToken is the bot token of the first workspace.
func (s *Server) BotToken() string { return s.Workspace().BotToken() }

// BotToken is the token of the app's installation here.
func (w *Workspace) BotToken() string {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.install == nil {
		return ""
	}
	return w.install.token
}

// Install installs the app as by would from the app's settings page, with the app's scopes, and returns
// the bot token. A repeat keeps the bot user and the token, and adds scopes.
func (w *Workspace) Install(by *User) string {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.installApp(by, w.s.app.spec.Scopes).token
}

func (w *Workspace) installApp(by *User, scopes []string) *install {
	s := w.s
	in := w.install
	if in == nil {
		name := strings.ToLower(strings.ReplaceAll(s.app.spec.Name, " ", ""))
		if w.userNamed(name) != nil {
			name += "2"
		}
		bot := w.addUser(name)
		bot.real, bot.bot, bot.app = s.app.spec.Name, s.id("B"), s.app.spec.ID
		in = &install{app: s.app, w: w, bot: bot, botID: bot.bot}
		w.install = in
	}
	if in.token == "" || in.gone != "" {
		in.token, in.gone, in.scopes = "xoxb-"+w.id[1:]+"-"+in.bot.id[1:]+"-"+s.secret(), "", nil
		in.bot.deleted = false
		s.tokens[in.token] = in
	}
	for _, sc := range scopes {
		if !in.has(sc) {
			in.scopes = append(in.scopes, sc)
		}
	}
	in.by = by
	return in
}

// Grant sets the scopes of the installation here.
func (w *Workspace) Grant(scopes ...string) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.install.scopes = slices.Clone(scopes)
}

// Revoke takes one scope of the installation here away.
func (w *Workspace) Revoke(scope string) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.install.scopes = slices.DeleteFunc(slices.Clone(w.install.scopes), func(s string) bool { return s == scope })
}

// RevokeToken makes the bot token invalid (token_revoked), with the event tokens_revoked.
func (w *Workspace) RevokeToken() {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.revoke()
}

func (w *Workspace) revoke() {
	in := w.install
	w.s.emit(w, nil, "tokens_revoked", obj{"tokens": obj{"oauth": []string{}, "bot": []string{in.bot.id}}})
	in.gone = "token_revoked"
}

// Uninstall removes the app from the workspace: the events tokens_revoked and app_uninstalled, and from
// then on its token answers account_inactive.
func (w *Workspace) Uninstall() {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.uninstall()
}

func (w *Workspace) uninstall() {
	in := w.install
	w.s.emit(w, nil, "app_uninstalled", obj{})
	w.revoke()
	in.gone = "account_inactive"
	in.bot.deleted = true
	for _, c := range w.channels {
		if c.named() {
			c.leave(in.bot)
		}
	}
}

// RevokeAppToken makes the app-level token invalid and closes all sockets.
func (s *Server) RevokeAppToken() {
	s.mu.Lock()
	s.app.retired = true
	socks := slices.Clone(s.sockets)
	s.mu.Unlock()
	for _, k := range socks {
		k.Cut()
	}
}
