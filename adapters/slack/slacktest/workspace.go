package slacktest

import (
	"slices"
	"strings"
	"time"
)

// Workspace is one Slack team.
type Workspace struct {
	s        *Server
	id       string
	name     string
	domain   string
	plan     string
	users    []*User
	channels []*Channel
	install  *install
}

// NewWorkspace adds a workspace with a channel #general and without the app.
func (s *Server) NewWorkspace(name string) *Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &Workspace{
		s: s, id: s.id("T"), name: name, plan: "std",
		domain: strings.ReplaceAll(strings.ToLower(name), " ", "-"),
	}
	s.workspaces = append(s.workspaces, w)
	g := w.addChannel("general", public, nil)
	g.general = true
	return w
}

// Workspace is the first workspace.
func (s *Server) Workspace() *Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.workspaces) == 0 {
		return nil
	}
	return s.workspaces[0]
}

// ID is the workspace's id, such as T0….
func (w *Workspace) ID() string { return w.id }

// Name is the workspace's name.
func (w *Workspace) Name() string { return w.name }

// SetPlan sets the plan: "free", "std", "plus", "enterprise". A free workspace hides what is older than
// 90 days.
func (w *Workspace) SetPlan(plan string) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.plan = plan
}

// UserOption describes a person.
type UserOption func(*User)

// Locale sets the language of a person's client, such as it-IT.
func Locale(l string) UserOption { return func(u *User) { u.locale = l } }

// TZ sets the time zone, by its IANA name.
func TZ(name string) UserOption { return func(u *User) { u.tz = name } }

// Admin makes the person an admin of the workspace.
func Admin() UserOption { return func(u *User) { u.admin = true } }

// Owner makes the person an owner, and so an admin.
func Owner() UserOption { return func(u *User) { u.admin, u.owner = true, true } }

// Guest makes the person a guest, who is only in the channels that they are brought into.
func Guest() UserOption { return func(u *User) { u.guest = true } }

// RealName sets the full name.
func RealName(n string) UserOption { return func(u *User) { u.real = n } }

// Email sets the address; otherwise it is name@example.com.
func Email(e string) UserOption { return func(u *User) { u.email = e } }

// User is a person in a workspace, by their name, or a bot user. The person is made at the first call,
// as opts say, and enters #general, silently: nobody is told. Later calls apply opts again.
func (w *Workspace) User(name string, opts ...UserOption) *User {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.user(name, opts)
}

// Arrive is User for a person who joins the workspace now, with the events team_join and, where the app
// is in #general, member_joined_channel.
func (w *Workspace) Arrive(name string, opts ...UserOption) *User {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	u := w.user(name, opts)
	w.channelNamed("general").leave(u)
	w.s.emit(w, nil, "team_join", obj{"user": u.json(true)})
	if !u.guest {
		w.channelNamed("general").enter(u, nil)
	}
	return u
}

func (w *Workspace) user(name string, opts []UserOption) *User {
	u := w.userNamed(name)
	if u == nil {
		u = w.addUser(name)
		for _, opt := range opts {
			opt(u)
		}
		if !u.guest {
			w.channelNamed("general").join(u)
		}
		return u
	}
	for _, opt := range opts {
		opt(u)
	}
	return u
}

func (w *Workspace) addUser(name string) *User {
	u := &User{
		s: w.s, w: w, id: w.s.id("U"), name: name, real: strings.ToUpper(name[:1]) + name[1:],
		email: name + "@example.com", locale: "en-US", tz: "Europe/Dublin", updated: w.s.clock.Now(),
	}
	w.users = append(w.users, u)
	w.s.users[u.id] = u
	return u
}

func (w *Workspace) userNamed(name string) *User {
	i := slices.IndexFunc(w.users, func(u *User) bool { return u.name == name })
	if i < 0 {
		return nil
	}
	return w.users[i]
}

// Bot is the app's bot user in this workspace, or nil where the app is not installed.
func (w *Workspace) Bot() *User {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.install == nil {
		return nil
	}
	return w.install.bot
}

// Channel is a channel by its name, with or without #, or by its id.
func (w *Workspace) Channel(name string) *Channel {
	w.s.mu.Lock()
	c := w.find(name)
	w.s.mu.Unlock()
	if c == nil {
		w.s.fail("there is no channel %q in %s", name, w.name)
	}
	return c
}

// find looks a channel up by #name, name or id.
func (w *Workspace) find(name string) *Channel {
	if c := w.channelNamed(strings.TrimPrefix(name, "#")); c != nil {
		return c
	}
	if c := w.s.channels[name]; c != nil && c.w == w {
		return c
	}
	return nil
}

func (w *Workspace) channelNamed(name string) *Channel {
	i := slices.IndexFunc(w.channels, func(c *Channel) bool { return c.name == name && c.named() })
	if i < 0 {
		return nil
	}
	return w.channels[i]
}

// NewChannel makes a public channel with these members, silently: nobody is told.
func (w *Workspace) NewChannel(name string, members ...*User) *Channel {
	return w.newChannel(name, public, members)
}

// NewPrivate makes a private channel with these members, silently.
func (w *Workspace) NewPrivate(name string, members ...*User) *Channel {
	return w.newChannel(name, private, members)
}

func (w *Workspace) newChannel(name string, k kind, members []*User) *Channel {
	name = strings.TrimPrefix(name, "#")
	w.s.mu.Lock()
	if w.channelNamed(name) != nil {
		w.s.mu.Unlock()
		w.s.fail("there is a channel #%s in %s already", name, w.name)
		return nil
	}
	defer w.s.mu.Unlock()
	var by *User
	if len(members) > 0 {
		by = members[0]
	}
	c := w.addChannel(name, k, by)
	for _, u := range members {
		if u != nil {
			c.join(u)
		}
	}
	return c
}

func (w *Workspace) addChannel(name string, k kind, by *User) *Channel {
	c := &Channel{
		s: w.s, w: w, id: w.s.id("C"), name: name, kind: k, created: w.s.clock.Now(),
		byTS: map[string]*message{}, isMember: map[*User]bool{},
	}
	if k == im {
		c.id = "D" + c.id[1:]
	}
	if by != nil {
		c.creator = by.id
	}
	w.channels = append(w.channels, c)
	w.s.channels[c.id] = c
	return c
}

// dm is the conversation between two users, made when it is first needed.
func (w *Workspace) dm(a, b *User) *Channel {
	for _, c := range w.channels {
		if c.kind == im && c.isMember[a] && c.isMember[b] && len(c.members) == 2 {
			return c
		}
	}
	c := w.addChannel("", im, a)
	c.join(a)
	c.join(b)
	return c
}

// hiddenBefore is the instant before which a free workspace hides messages; zero when it hides none.
func (w *Workspace) hiddenBefore() time.Time {
	if w.plan != "free" {
		return time.Time{}
	}
	return w.s.clock.Now().AddDate(0, 0, -90)
}

func (w *Workspace) json() obj {
	return obj{
		"id": w.id, "name": w.name, "domain": w.domain, "url": "https://" + w.domain + ".slack.com/",
		"email_domain": "", "is_verified": false,
		"icon": obj{"image_default": true, "image_34": "https://a.slack-edge.com/34.png"},
	}
}
