package discordtest

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one endpoint. Its pattern is its name everywhere: in the record of requests, in Trouble,
// and for looking up the published shape of its body.
type route struct {
	method  string
	pattern string // as "/channels/{channel}/messages"
	parts   []string
	run     handler
	open    bool // needs no bot token
	status  int  // of a success with a body
}

// handler runs under the server's lock. What it returns is sent as JSON; nil is 204. What it returns
// must not be changed later.
type handler func(c *call) (any, error)

func (r *route) String() string { return r.method + " " + r.pattern }

type routeTable struct {
	byLength map[int][]*route
	all      []*route
}

func (t *routeTable) add(method, pattern string, run handler, with ...func(*route)) {
	r := &route{method: method, pattern: pattern, parts: strings.Split(pattern, "/")[1:], run: run, status: http.StatusOK}
	for _, w := range with {
		w(r)
	}
	if t.byLength == nil {
		t.byLength = map[int][]*route{}
	}
	t.byLength[len(r.parts)] = append(t.byLength[len(r.parts)], r)
	t.all = append(t.all, r)
}

func open(r *route)    { r.open = true }
func created(r *route) { r.status = http.StatusCreated }

// find is the route of a request, with the path's variables. A literal wins over a variable. The
// error is 404 or 405 as Discord words them.
func (t *routeTable) find(method, escaped string) (*route, map[string]string, error) {
	parts := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, p := range parts {
		if u, err := url.PathUnescape(p); err == nil {
			parts[i] = u
		}
	}
	var best *route
	other := false
	for _, r := range t.byLength[len(parts)] {
		if !r.matches(parts) {
			continue
		}
		if r.method != method {
			other = true
			continue
		}
		if best == nil || r.literals() > best.literals() {
			best = r
		}
	}
	switch {
	case best == nil && other:
		return nil, nil, errMethod
	case best == nil:
		return nil, nil, errNotFound
	}
	vars := map[string]string{}
	for i, p := range best.parts {
		if p[0] == '{' {
			vars[p[1:len(p)-1]] = parts[i]
		}
	}
	return best, vars, nil
}

func (r *route) matches(parts []string) bool {
	for i, p := range r.parts {
		if p[0] != '{' && p != parts[i] || parts[i] == "" {
			return false
		}
	}
	return true
}

func (r *route) literals() int {
	n := 0
	for _, p := range r.parts {
		if p[0] != '{' {
			n++
		}
	}
	return n
}

// allRoutes is the whole API that the fake speaks.
func (s *Server) allRoutes() *routeTable {
	t := &routeTable{}
	t.add("GET", "/gateway", s.getGateway, open)
	t.add("GET", "/gateway/bot", s.getGatewayBot)
	t.add("GET", "/users/@me", s.getMe)
	t.add("GET", "/users/@me/guilds", s.myGuilds)
	t.add("DELETE", "/users/@me/guilds/{guild}", s.leaveGuild)
	t.add("POST", "/users/@me/channels", s.openDM)
	t.add("GET", "/users/{user}", s.getUser)
	t.add("GET", "/applications/@me", s.getApp)
	t.add("GET", "/oauth2/applications/@me", s.getApp)
	t.add("POST", "/attachments/refresh-urls", s.refreshLinks)
	s.guildRoutes(t)
	s.channelRoutes(t)
	s.messageRoutes(t)
	s.threadRoutes(t)
	s.commandRoutes(t)
	s.interactionRoutes(t)
	return t
}

func (s *Server) guildRoutes(t *routeTable) {
	t.add("GET", "/guilds/{guild}", s.getGuild)
	t.add("GET", "/guilds/{guild}/roles", s.getRoles)
	t.add("GET", "/guilds/{guild}/channels", s.guildChannels)
	t.add("POST", "/guilds/{guild}/channels", s.createChannel, created)
	t.add("GET", "/guilds/{guild}/threads/active", s.activeThreads)
	t.add("GET", "/guilds/{guild}/members", s.listMembers)
	t.add("GET", "/guilds/{guild}/members/search", s.searchMembers)
	t.add("PATCH", "/guilds/{guild}/members/@me", s.setMyNick)
	t.add("GET", "/guilds/{guild}/members/{user}", s.getMember)
	t.add("PUT", "/guilds/{guild}/members/{user}/roles/{role}", s.setMemberRole)
	t.add("DELETE", "/guilds/{guild}/members/{user}/roles/{role}", s.setMemberRole)
}

func (s *Server) channelRoutes(t *routeTable) {
	t.add("GET", "/channels/{channel}", s.getChannel)
	t.add("PATCH", "/channels/{channel}", s.editChannel)
	t.add("DELETE", "/channels/{channel}", s.deleteChannel)
	t.add("PUT", "/channels/{channel}/permissions/{overwrite}", s.setOverwrite)
	t.add("DELETE", "/channels/{channel}/permissions/{overwrite}", s.deleteOverwrite)
	t.add("POST", "/channels/{channel}/typing", s.typing)
	for _, pins := range []string{"/channels/{channel}/pins", "/channels/{channel}/messages/pins"} {
		t.add("GET", pins, s.getPins)
		t.add("PUT", pins+"/{message}", s.pin)
		t.add("DELETE", pins+"/{message}", s.unpin)
	}
}

func (s *Server) messageRoutes(t *routeTable) {
	t.add("GET", "/channels/{channel}/messages", s.listMessages)
	t.add("POST", "/channels/{channel}/messages", s.createMessage)
	t.add("POST", "/channels/{channel}/messages/bulk-delete", s.bulkDelete)
	t.add("GET", "/channels/{channel}/messages/{message}", s.getMessage)
	t.add("PATCH", "/channels/{channel}/messages/{message}", s.editMessage)
	t.add("DELETE", "/channels/{channel}/messages/{message}", s.deleteMessage)
	t.add("POST", "/channels/{channel}/messages/{message}/crosspost", s.crosspost)
	const reactions = "/channels/{channel}/messages/{message}/reactions"
	t.add("DELETE", reactions, s.clearReactions)
	t.add("GET", reactions+"/{emoji}", s.getReactions)
	t.add("DELETE", reactions+"/{emoji}", s.clearReactions)
	t.add("PUT", reactions+"/{emoji}/@me", s.addReaction)
	t.add("DELETE", reactions+"/{emoji}/{user}", s.removeReaction)
}

func (s *Server) threadRoutes(t *routeTable) {
	t.add("POST", "/channels/{channel}/messages/{message}/threads", s.threadFromMessage, created)
	t.add("POST", "/channels/{channel}/threads", s.createThread, created)
	t.add("GET", "/channels/{channel}/threads/archived/public", s.archivedThreads)
	t.add("GET", "/channels/{channel}/threads/archived/private", s.archivedThreads)
	t.add("GET", "/channels/{channel}/users/@me/threads/archived/private", s.archivedThreads)
	t.add("GET", "/channels/{channel}/thread-members", s.threadMembers)
	t.add("GET", "/channels/{channel}/thread-members/{user}", s.threadMember)
	t.add("PUT", "/channels/{channel}/thread-members/{user}", s.addThreadMember)
	t.add("DELETE", "/channels/{channel}/thread-members/{user}", s.removeThreadMember)
}

func (s *Server) commandRoutes(t *routeTable) {
	for _, scope := range []string{"/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"} {
		t.add("GET", scope, s.listCommands)
		t.add("POST", scope, s.createCommand)
		t.add("PUT", scope, s.overwriteCommands)
		t.add("GET", scope+"/{command}", s.getCommand)
		t.add("PATCH", scope+"/{command}", s.editCommand)
		t.add("DELETE", scope+"/{command}", s.deleteCommand)
	}
	t.add("GET", "/applications/{app}/guilds/{guild}/commands/permissions", s.commandPermissions)
	t.add("GET", "/applications/{app}/guilds/{guild}/commands/{command}/permissions", s.commandPermissions)
}

func (s *Server) interactionRoutes(t *routeTable) {
	t.add("POST", "/interactions/{interaction}/{token}/callback", s.respond, open)
	const hook = "/webhooks/{app}/{token}"
	t.add("POST", hook, s.followUp, open)
	t.add("GET", hook+"/messages/{message}", s.getFollowUp, open)
	t.add("PATCH", hook+"/messages/{message}", s.editFollowUp, open)
	t.add("DELETE", hook+"/messages/{message}", s.deleteFollowUp, open)
}
