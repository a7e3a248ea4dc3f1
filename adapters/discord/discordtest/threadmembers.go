package discordtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

type threadList struct {
	Threads []*threadJSON       `json:"threads"`
	Members []*threadMemberJSON `json:"members"`
	HasMore bool                `json:"has_more"`
}

func (l *threadList) add(c *Channel) {
	j := c.threadJSON()
	if j.Member != nil {
		l.Members = append(l.Members, j.Member)
	}
	l.Threads = append(l.Threads, j)
}

// activeThreads lists what the app may see of a guild's active threads.
func (s *Server) activeThreads(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	list := &threadList{Threads: []*threadJSON{}, Members: []*threadMemberJSON{}}
	for _, ch := range g.channels {
		if ch.isThread() && !ch.thread.archived && ch.visible(s.app.Bot) {
			list.add(ch)
		}
	}
	return list, nil
}

// archivedThreads serves the three lists of archived threads of a channel: public ones, private ones
// (MANAGE_THREADS), and those private ones that the app is in. The newest archived come first.
func (s *Server) archivedThreads(c *call) (any, error) {
	need := ReadHistory
	private := strings.HasSuffix(c.route.pattern, "private")
	joined := strings.Contains(c.route.pattern, "@me")
	if private && !joined {
		need |= ManageThreads
	}
	ch, err := c.channelWith(need)
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(50, 100)
	if err != nil {
		return nil, err
	}
	before := s.now().Add(time.Hour)
	if text := c.query.Get("before"); text != "" && !joined {
		if before, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, invalid("before", "DATE_TIME_TYPE_PARSE", "Could not parse %s. Should be ISO8601.", text)
		}
	}
	var found []*Channel
	for _, t := range ch.guild.channels {
		if t.parent != ch || !t.isThread() || !t.thread.archived || (t.Type == PrivateThread) != private {
			continue
		}
		if _, in := t.thread.members[s.app.ID]; (!joined || in) && t.thread.archivedAt.Before(before) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b *Channel) int { return b.thread.archivedAt.Compare(a.thread.archivedAt) })
	list := &threadList{Threads: []*threadJSON{}, Members: []*threadMemberJSON{}, HasMore: len(found) > limit}
	for _, t := range found[:min(limit, len(found))] {
		list.add(t)
	}
	return list, nil
}

// syncThreads tells the app of the threads in channels that it can see since the last call, and
// forgets those that it cannot see any more.
func (g *Guild) syncThreads() {
	list := &threadList{Threads: []*threadJSON{}, Members: []*threadMemberJSON{}}
	ids := []Snowflake{}
	for _, c := range g.channels {
		if c.isThread() || c.guild.bot() == nil {
			continue
		}
		sees := c.visible(g.s.app.Bot)
		if gained := sees && c.hidden; gained {
			ids = append(ids, c.ID)
		}
		c.hidden = !sees
	}
	for _, t := range g.channels {
		if t.isThread() && !t.thread.archived && slices.Contains(ids, t.parentID()) && t.visible(g.s.app.Bot) {
			list.add(t)
		}
	}
	if len(ids) > 0 {
		g.s.emit(event{name: "THREAD_LIST_SYNC", guild: g, intents: Guilds, data: map[string]any{
			"guild_id": g.ID, "channel_ids": ids, "threads": list.Threads, "members": list.Members,
		}})
	}
}

// memberOf finds the thread and the user that a request names.
func (c *call) memberOf() (*Channel, *Person, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, nil, err
	}
	if !ch.isThread() {
		return nil, nil, errChannelType
	}
	id := c.s.app.ID
	if c.vars["user"] != "@me" {
		if id, err = c.id("user"); err != nil {
			return nil, nil, err
		}
	}
	u := c.s.users[id]
	if u == nil {
		return nil, nil, errUnknownUser
	}
	return ch, u, nil
}

func (s *Server) threadMembers(c *call) (any, error) {
	ch, err := c.channel()
	switch {
	case err != nil:
		return nil, err
	case !ch.isThread():
		return nil, errChannelType
	case s.opts.Disallowed.has(GuildMembers):
		return nil, errMissingAccess
	}
	out := []*threadMemberJSON{}
	for _, m := range ch.guild.order {
		if j := ch.threadMemberJSON(m.user); j != nil {
			if c.query.Get("with_member") == "true" {
				j.Member = m.json()
			}
			out = append(out, j)
		}
	}
	return out, nil
}

func (s *Server) threadMember(c *call) (any, error) {
	ch, u, err := c.memberOf()
	if err != nil {
		return nil, err
	}
	j := ch.threadMemberJSON(u)
	if j == nil {
		return nil, errUnknownMember
	}
	if m := ch.guild.members[u.ID]; m != nil && c.query.Get("with_member") == "true" {
		j.Member = m.json()
	}
	return j, nil
}

// addThreadMember is joining (@me) or adding somebody, who must be able to see the parent.
func (s *Server) addThreadMember(c *call) (any, error) {
	ch, u, err := c.memberOf()
	switch {
	case err != nil:
		return nil, err
	case ch.thread.archived:
		return nil, errArchived
	case u != s.app.Bot && !ch.permissions(s.app.Bot).has(SendMessagesInThreads):
		return nil, errMissingPermission
	case !ch.permissions(u).has(ViewChannel):
		return nil, errMissingAccess
	}
	if _, in := ch.thread.members[u.ID]; !in {
		ch.thread.members[u.ID] = s.now()
		ch.membersChanged([]*Person{u}, nil)
	}
	return nil, nil
}

// removeThreadMember is leaving (@me) or removing somebody: with MANAGE_THREADS, or as the creator of
// a private thread.
func (s *Server) removeThreadMember(c *call) (any, error) {
	ch, u, err := c.memberOf()
	switch {
	case err != nil:
		return nil, err
	case ch.thread.archived:
		return nil, errArchived
	}
	if _, in := ch.thread.members[u.ID]; !in {
		return nil, refuse(http.StatusNotFound, 10007, "Unknown Member")
	}
	owns := ch.Type == PrivateThread && ch.thread.owner == s.app.Bot
	if u != s.app.Bot && !owns && !ch.permissions(s.app.Bot).has(ManageThreads) {
		return nil, errMissingPermission
	}
	delete(ch.thread.members, u.ID)
	ch.membersChanged(nil, []*Person{u})
	return nil, nil
}

// membersChanged tells who came and went. What concerns the app itself is told with GUILDS alone;
// others only with GUILD_MEMBERS. Whoever is added to a thread also gets THREAD_CREATE.
func (c *Channel) membersChanged(added, removed []*Person) {
	type addedJSON struct {
		*threadMemberJSON
		Presence *struct{} `json:"presence"`
	}
	intents := GuildMembers
	come, gone := []addedJSON{}, []Snowflake{}
	for _, p := range added {
		j := c.threadMemberJSON(p)
		if m := c.guild.members[p.ID]; m != nil {
			j.Member = m.json()
		}
		come = append(come, addedJSON{threadMemberJSON: j})
		if p == c.s.app.Bot {
			intents |= Guilds
			c.s.emit(event{name: "THREAD_CREATE", guild: c.guild, intents: Guilds, data: c.threadJSON()})
		}
	}
	for _, p := range removed {
		gone = append(gone, p.ID)
		if p == c.s.app.Bot {
			intents |= Guilds
		}
	}
	c.s.emit(event{name: "THREAD_MEMBERS_UPDATE", guild: c.guild, intents: intents, data: map[string]any{
		"id": c.ID, "guild_id": c.guild.ID, "member_count": min(len(c.thread.members), 50),
		"added_members": come, "removed_member_ids": gone,
	}})
}
