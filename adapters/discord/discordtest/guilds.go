package discordtest

import "strconv"

// Guild is a server, in Discord's words a guild.
type Guild struct {
	s    *Server
	ID   Snowflake
	Name string

	locale      string
	owner       *Person
	everyone    *Role
	roles       []*Role
	members     map[Snowflake]*Member
	order       []*Member
	channels    []*Channel // threads too
	botRole     *Role      // the app's own, while the app is here
	noBot       bool       // it was made without the app
	unavailable bool
}

// botIn is the app's membership; nil while the app is not in the guild.
func (g *Guild) bot() *Member { return g.members[g.s.app.ID] }

// rolesJSON lists the roles by position.
func (g *Guild) rolesJSON() []*roleJSON {
	out := make([]*roleJSON, len(g.roles))
	for i, r := range g.roles {
		out[i] = r.json()
	}
	return out
}

func (g *Guild) role(id Snowflake) *Role {
	for _, r := range g.roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// guildJSON is a guild object; the fields from JoinedAt on are only in GUILD_CREATE.
type guildJSON struct {
	ID                          Snowflake   `json:"id"`
	Name                        string      `json:"name"`
	Icon                        *string     `json:"icon"`
	Description                 *string     `json:"description"`
	HomeHeader                  *string     `json:"home_header"`
	Splash                      *string     `json:"splash"`
	DiscoverySplash             *string     `json:"discovery_splash"`
	Features                    []string    `json:"features"`
	Banner                      *string     `json:"banner"`
	OwnerID                     Snowflake   `json:"owner_id"`
	ApplicationID               *Snowflake  `json:"application_id"`
	Region                      string      `json:"region"`
	AFKChannel                  *Snowflake  `json:"afk_channel_id"`
	AFKTimeout                  int         `json:"afk_timeout"`
	SystemChannel               *Snowflake  `json:"system_channel_id"`
	SystemChannelFlags          int         `json:"system_channel_flags"`
	WidgetEnabled               bool        `json:"widget_enabled"`
	WidgetChannel               *Snowflake  `json:"widget_channel_id"`
	VerificationLevel           int         `json:"verification_level"`
	Roles                       []*roleJSON `json:"roles"`
	DefaultMessageNotifications int         `json:"default_message_notifications"`
	MFALevel                    int         `json:"mfa_level"`
	ExplicitContentFilter       int         `json:"explicit_content_filter"`
	MaxPresences                *int        `json:"max_presences"`
	MaxMembers                  int         `json:"max_members"`
	MaxStageUsers               int         `json:"max_stage_video_channel_users"`
	MaxVideoUsers               int         `json:"max_video_channel_users"`
	VanityURL                   *string     `json:"vanity_url_code"`
	PremiumTier                 int         `json:"premium_tier"`
	PremiumCount                int         `json:"premium_subscription_count"`
	PreferredLocale             string      `json:"preferred_locale"`
	RulesChannel                *Snowflake  `json:"rules_channel_id"`
	SafetyChannel               *Snowflake  `json:"safety_alerts_channel_id"`
	UpdatesChannel              *Snowflake  `json:"public_updates_channel_id"`
	PremiumBar                  bool        `json:"premium_progress_bar_enabled"`
	NSFW                        bool        `json:"nsfw"`
	NSFWLevel                   int         `json:"nsfw_level"`
	Emojis                      []struct{}  `json:"emojis"`
	Stickers                    []struct{}  `json:"stickers"`
	Incidents                   *struct{}   `json:"incidents_data"`
	ApproximateMembers          *int        `json:"approximate_member_count,omitempty"`
	ApproximatePresences        *int        `json:"approximate_presence_count,omitempty"`

	JoinedAt    string        `json:"joined_at,omitempty"`
	Large       *bool         `json:"large,omitempty"`
	Unavailable *bool         `json:"unavailable,omitempty"`
	MemberCount int           `json:"member_count,omitempty"`
	Members     []*memberJSON `json:"members,omitempty"`
	Channels    []any         `json:"channels,omitempty"`
	Threads     []any         `json:"threads,omitzero"`
	VoiceStates []struct{}    `json:"voice_states,omitzero"`
	Presences   []struct{}    `json:"presences,omitzero"`
	Stages      []struct{}    `json:"stage_instances,omitzero"`
	Events      []struct{}    `json:"guild_scheduled_events,omitzero"`
	Sounds      []struct{}    `json:"soundboard_sounds,omitzero"`
}

func (g *Guild) json() *guildJSON {
	return &guildJSON{
		ID: g.ID, Name: g.Name, Features: []string{"COMMUNITY"}, OwnerID: g.owner.ID, Region: "deprecated",
		AFKTimeout: 300, Roles: g.rolesJSON(), MaxMembers: 500_000, MaxStageUsers: 50, MaxVideoUsers: 25,
		PreferredLocale: g.locale, Emojis: []struct{}{}, Stickers: []struct{}{},
	}
}

// created is the guild as GUILD_CREATE carries it. Without the GUILD_MEMBERS intent only the bot
// itself is among the members; threads are those that the bot may see.
func (g *Guild) created(intents Intent) *guildJSON {
	no := false
	j := g.json()
	none := []struct{}{}
	bot := g.bot()
	j.JoinedAt, j.Large, j.Unavailable, j.MemberCount = stamp(bot.joined), &no, &no, len(g.order)
	j.VoiceStates, j.Presences, j.Stages, j.Events, j.Sounds = none, none, none, none, none
	j.Threads = []any{}
	for _, m := range g.order {
		if m == bot || intents.has(GuildMembers) {
			j.Members = append(j.Members, m.json())
		}
	}
	for _, c := range g.channels {
		switch {
		case !c.isThread():
			j.Channels = append(j.Channels, c.json())
		case !c.thread.archived && c.visible(g.s.app.Bot):
			j.Threads = append(j.Threads, c.json())
		}
	}
	return j
}

// guild finds the guild that a request names; the app must be in it.
func (c *call) guild() (*Guild, error) {
	id, err := c.id("guild")
	if err != nil {
		return nil, err
	}
	g := c.s.guilds[id]
	switch {
	case g == nil:
		return nil, errUnknownGuild
	case g.bot() == nil:
		return nil, errMissingAccess
	}
	return g, nil
}

func (s *Server) getGuild(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	j := g.json()
	if c.query.Get("with_counts") == "true" {
		n := len(g.order)
		j.ApproximateMembers, j.ApproximatePresences = &n, &n
	}
	return j, nil
}

func (s *Server) getRoles(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	return g.rolesJSON(), nil
}

func (s *Server) myGuilds(c *call) (any, error) {
	type mine struct {
		ID          Snowflake  `json:"id"`
		Name        string     `json:"name"`
		Icon        *string    `json:"icon"`
		Banner      *string    `json:"banner"`
		Owner       bool       `json:"owner"`
		Permissions Permission `json:"permissions"`
		Features    []string   `json:"features"`
	}
	limit, err := c.limit(200, 200)
	if err != nil {
		return nil, err
	}
	after, _ := ParseSnowflake(c.query.Get("after"))
	out := []mine{}
	for _, g := range s.guildOrder {
		if bot := g.bot(); bot != nil && g.ID > after && len(out) < limit {
			out = append(out, mine{ID: g.ID, Name: g.Name, Permissions: bot.base(), Features: []string{}})
		}
	}
	return out, nil
}

func (s *Server) leaveGuild(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	g.removeBot()
	return nil, nil
}

// setMyNick changes the bot's nickname in a guild.
func (s *Server) setMyNick(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	var body struct {
		Nick *string `json:"nick"`
	}
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	var f form
	if body.Nick != nil {
		f.length("nick", *body.Nick, 0, 32)
		g.bot().nick = *body.Nick
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	g.memberUpdated(g.bot())
	return g.bot().json(), nil
}

func (s *Server) getMe(*call) (any, error) {
	type me struct {
		userJSON
		MFA      bool    `json:"mfa_enabled"`
		Locale   string  `json:"locale"`
		Verified bool    `json:"verified"`
		Email    *string `json:"email"`
	}
	return me{userJSON: *s.app.Bot.json(), MFA: true, Locale: "en-US", Verified: true}, nil
}

func (s *Server) getUser(c *call) (any, error) {
	id, err := c.id("user")
	if err != nil {
		return nil, err
	}
	if u := s.users[id]; u != nil {
		return u.json(), nil
	}
	return nil, errUnknownUser
}

func (s *Server) getApp(*call) (any, error) {
	count := 0
	for _, g := range s.guildOrder {
		if g.bot() != nil {
			count++
		}
	}
	return map[string]any{
		"id": s.app.ID, "name": s.app.Name, "icon": nil, "description": "", "type": nil, "summary": "",
		"bot": s.app.Bot.json(), "bot_public": true, "bot_require_code_grant": false, "verify_key": "00",
		"flags": s.appFlags(), "flags_new": strconv.Itoa(s.appFlags()), "redirect_uris": []string{},
		"interactions_endpoint_url": nil, "role_connections_verification_url": nil, "owner": s.app.Bot.json(),
		"approximate_guild_count": count, "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes": []string{},
	}, nil
}

// appFlags tell which privileged intents the app has: presence, members, message content.
func (s *Server) appFlags() int {
	flags := 0
	for intent, bit := range map[Intent]int{GuildPresences: 1 << 12, GuildMembers: 1 << 14, MessageContent: 1 << 18} {
		if !s.opts.Disallowed.has(intent) {
			flags |= bit
		}
	}
	return flags
}
