package discordtest

import (
	"fmt"
	"time"
)

// App is the application under test and its bot user.
type App struct {
	ID   Snowflake
	Name string
	Bot  *Person
}

// Person is a user: somebody whose Discord client the test drives, another bot, or the app's own.
type Person struct {
	s    *Server
	ID   Snowflake
	Name string

	display   string
	locale    string
	bot       bool
	refusesDM bool
	dms       map[Snowflake]*Channel // by the other's id
	modals    []*Modal               // open on their screen
}

// Trait changes a person when they are made.
type Trait func(*Person)

// Locale is the language of a person's client, such as "it"; "en-US" without it.
func Locale(tag string) Trait { return func(p *Person) { p.locale = tag } }

// Called is the display name; the user name without it.
func Called(name string) Trait { return func(p *Person) { p.display = name } }

// AnotherBot makes the person another app's bot.
func AnotherBot() Trait { return func(p *Person) { p.bot = true } }

// NoDMs makes the person refuse direct messages, as with the guild's privacy setting.
func NoDMs() Trait { return func(p *Person) { p.refusesDM = true } }

func (s *Server) newApp() *App {
	s.mu.Lock()
	defer s.mu.Unlock()
	bot := s.newPerson(s.opts.AppName)
	bot.bot = true
	// An app and its bot user share one id since 2016.
	return &App{ID: bot.ID, Name: s.opts.AppName, Bot: bot}
}

// App is the application under test.
func (s *Server) App() *App { return s.app }

func (s *Server) newPerson(name string) *Person {
	p := &Person{s: s, ID: s.newID(), Name: name, display: name, locale: "en-US", dms: map[Snowflake]*Channel{}}
	s.users[p.ID] = p
	return p
}

// AddPerson makes a user who is in no guild yet.
func (s *Server) AddPerson(name string, traits ...Trait) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.newPerson(name)
	for _, t := range traits {
		t(p)
	}
	return p
}

// RefuseDMs sets whether the person takes direct messages.
func (p *Person) RefuseDMs(refuse bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.refusesDM = refuse
}

// Mention is how the person is mentioned in a text.
func (p *Person) Mention() string { return "<@" + p.ID.String() + ">" }

func (p *Person) String() string { return p.Name }

// Member is a person in a guild.
type Member struct {
	guild  *Guild
	user   *Person
	nick   string
	roles  []*Role
	joined time.Time
}

func (m *Member) hasRole(id Snowflake) bool {
	for _, r := range m.roles {
		if r.ID == id {
			return true
		}
	}
	return false
}

// Role is a guild's role.
type Role struct {
	ID   Snowflake
	Name string

	guild       *Guild
	permissions Permission
	position    int
	managed     bool
	mentionable bool
}

// Mention is how the role is mentioned in a text.
func (r *Role) Mention() string { return "<@&" + r.ID.String() + ">" }

// userJSON is a user object.
type userJSON struct {
	ID            Snowflake `json:"id"`
	Username      string    `json:"username"`
	Discriminator string    `json:"discriminator"`
	GlobalName    *string   `json:"global_name"`
	Avatar        *string   `json:"avatar"`
	Bot           bool      `json:"bot,omitempty"`
	PublicFlags   int       `json:"public_flags"`
	Flags         int       `json:"flags"`
	Banner        *string   `json:"banner"`
	AccentColor   *int      `json:"accent_color"`
	PrimaryGuild  *struct{} `json:"primary_guild"`
}

func (p *Person) json() *userJSON {
	u := &userJSON{ID: p.ID, Username: p.Name, Discriminator: "0", GlobalName: stringOrNull(p.display), Bot: p.bot}
	if p.bot {
		u.Discriminator, u.GlobalName = fmt.Sprintf("%04d", uint64(p.ID)%10000), nil
	}
	return u
}

// memberJSON is a guild member object. User is left out where Discord leaves it out: on messages and
// in resolved data.
type memberJSON struct {
	User          *userJSON   `json:"user,omitempty"`
	Nick          *string     `json:"nick"`
	Avatar        *string     `json:"avatar"`
	Banner        *string     `json:"banner"`
	Roles         []Snowflake `json:"roles"`
	JoinedAt      string      `json:"joined_at"`
	PremiumSince  *string     `json:"premium_since"`
	Deaf          *bool       `json:"deaf,omitempty"`
	Mute          *bool       `json:"mute,omitempty"`
	Flags         int         `json:"flags"`
	Pending       bool        `json:"pending"`
	TimedOutUntil *string     `json:"communication_disabled_until"`
	Permissions   *Permission `json:"permissions,omitempty"`
	GuildID       Snowflake   `json:"guild_id,omitzero"`
}

func (m *Member) json() *memberJSON {
	no := false
	roles := make([]Snowflake, len(m.roles))
	for i, r := range m.roles {
		roles[i] = r.ID
	}
	return &memberJSON{
		User: m.user.json(), Nick: stringOrNull(m.nick), Roles: roles, JoinedAt: stamp(m.joined),
		Deaf: &no, Mute: &no,
	}
}

// partial is the member as it stands on a message.
func (m *Member) partial() *memberJSON {
	j := m.json()
	j.User = nil
	return j
}

type roleJSON struct {
	ID           Snowflake      `json:"id"`
	Name         string         `json:"name"`
	Permissions  Permission     `json:"permissions"`
	Position     int            `json:"position"`
	Color        int            `json:"color"`
	Colors       map[string]any `json:"colors"`
	Hoist        bool           `json:"hoist"`
	Managed      bool           `json:"managed"`
	Mentionable  bool           `json:"mentionable"`
	Icon         *string        `json:"icon"`
	UnicodeEmoji *string        `json:"unicode_emoji"`
	Flags        int            `json:"flags"`
}

func (r *Role) json() *roleJSON {
	return &roleJSON{
		ID: r.ID, Name: r.Name, Permissions: r.permissions, Position: r.position,
		Colors:  map[string]any{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil},
		Managed: r.managed, Mentionable: r.mentionable,
	}
}
