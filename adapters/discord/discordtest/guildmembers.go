package discordtest

import (
	"net/http"
	"slices"
)

func (s *Server) getMember(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	m, err := c.member(g)
	if err != nil {
		return nil, err
	}
	return m.json(), nil
}

func (c *call) member(g *Guild) (*Member, error) {
	id := c.s.app.ID
	if c.vars["user"] != "@me" {
		var err error
		if id, err = c.id("user"); err != nil {
			return nil, err
		}
	}
	m := g.members[id]
	if m == nil {
		if c.s.users[id] == nil {
			return nil, errUnknownUser
		}
		return nil, errUnknownMember
	}
	return m, nil
}

// listMembers needs the GUILD_MEMBERS intent to be granted to the app, as Discord's does.
func (s *Server) listMembers(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	if s.opts.Disallowed.has(GuildMembers) {
		return nil, errMissingAccess
	}
	limit, err := c.limit(1, 1000)
	if err != nil {
		return nil, err
	}
	after, _ := ParseSnowflake(c.query.Get("after"))
	return listed(g.order, limit, func(m *Member) bool { return m.user.ID > after }), nil
}

func (s *Server) searchMembers(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(1, 1000)
	if err != nil {
		return nil, err
	}
	query := c.query.Get("query")
	return listed(g.order, limit, func(m *Member) bool {
		return startsFolded(m.user.Name, query) || startsFolded(m.nick, query) || startsFolded(m.user.display, query)
	}), nil
}

func listed(members []*Member, limit int, take func(*Member) bool) []*memberJSON {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b *Member) int { return compareIDs(a.user.ID, b.user.ID) })
	out := []*memberJSON{}
	for _, m := range sorted {
		if len(out) < limit && take(m) {
			out = append(out, m.json())
		}
	}
	return out
}

// setMemberRole adds (PUT) or takes (DELETE) a role; the bot must be able to manage roles and its
// highest role must stand above the given one.
func (s *Server) setMemberRole(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	m, err := c.member(g)
	if err != nil {
		return nil, err
	}
	id, err := c.id("role")
	if err != nil {
		return nil, err
	}
	r := g.role(id)
	switch {
	case r == nil:
		return nil, errUnknownRole
	case !g.bot().base().has(ManageRoles) || r.managed || r == g.everyone || r.position >= g.bot().top():
		return nil, errMissingPermission
	}
	g.setRole(m, r, c.r.Method == http.MethodPut)
	return nil, nil
}

// top is the position of a member's highest role.
func (m *Member) top() int {
	if m.guild.owner == m.user {
		return len(m.guild.roles) + 1
	}
	top := 0
	for _, r := range m.roles {
		top = max(top, r.position)
	}
	return top
}

func (g *Guild) setRole(m *Member, r *Role, on bool) {
	at := slices.Index(m.roles, r)
	switch {
	case on && at < 0:
		m.roles = append(m.roles, r)
	case !on && at >= 0:
		m.roles = slices.Delete(m.roles, at, at+1)
	default:
		return
	}
	g.memberUpdated(m)
	if m == g.bot() {
		g.syncThreads()
	}
}
