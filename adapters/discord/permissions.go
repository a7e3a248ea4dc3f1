package discord

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"guildhall/core/chat"
)

// Permissions. Source: "Permissions" of Discord's reference.
const (
	administrator     bits = 1 << 3
	manageChannels    bits = 1 << 4
	manageGuild       bits = 1 << 5
	viewChannel       bits = 1 << 10
	sendMessages      bits = 1 << 11
	manageMessages    bits = 1 << 13
	embedLinks        bits = 1 << 14
	attachFiles       bits = 1 << 15
	readHistory       bits = 1 << 16
	manageRoles       bits = 1 << 28
	manageThreads     bits = 1 << 34
	publicThreads     bits = 1 << 35
	privateThreads    bits = 1 << 36
	sendInThreads     bits = 1 << 38
	pinMessages       bits = 1 << 51
	all               bits = 1<<63 - 1
	talking                = sendMessages | sendInThreads | publicThreads
	taking                 = viewChannel | talking | embedLinks | attachFiles | readHistory
	everybody, person      = 0, 1 // kinds of overwrites: for a role, for a person
)

// Permission is one that Guildhall asks for when it is added to a server.
type Permission struct {
	Name string // as Discord's settings call it
	Why  string
	bit  bits
}

// Permissions are all that Guildhall needs, and no more.
func Permissions() []Permission {
	return []Permission{
		{"View Channels", "see the channels that it lives in", viewChannel},
		{"Send Messages", "post cards, greetings and the digest", sendMessages},
		{"Send Messages in Threads", "pass answers on to a request's threads", sendInThreads},
		{"Create Public Threads", "open the thread of a request, and posts in forums", publicThreads},
		{"Create Private Threads", "keep a collaboration in a thread where there is no place for its channel", privateThreads},
		{"Embed Links", "show records as cards: without it a card is empty", embedLinks},
		{"Attach Files", "send back files and pictures", attachFiles},
		{"Read Message History", "read a thread that is promoted, and what was missed while it was away", readHistory},
		{"Pin Messages", "keep the greeting and a record's card at hand", pinMessages},
		{"Manage Channels", "make the section channels and those of collaborations", manageChannels},
		{"Manage Roles", "let members into a collaboration's channel, and close it at the end", manageRoles},
		{"Manage Threads", "reopen a thread that Discord has archived, and archive its own", manageThreads},
	}
}

// Scope is what the invitation asks for besides permissions.
type Scope struct{ Name, Why string }

// Scopes are those of the invitation.
func Scopes() []Scope {
	return []Scope{
		{"bot", "be a member of the server"},
		{"applications.commands", "offer slash commands and context menus there"},
	}
}

func needed64() bits {
	var sum bits
	for _, p := range Permissions() {
		sum |= p.bit
	}
	return sum
}

// InviteURL is the link with which an admin adds the application to a server: with exactly the
// permissions and scopes that are needed.
func InviteURL(applicationID string) string {
	var scopes []string
	for _, s := range Scopes() {
		scopes = append(scopes, s.Name)
	}
	q := url.Values{"client_id": {applicationID}, "permissions": {strconv.FormatUint(uint64(needed64()), 10)}}
	return "https://discord.com/oauth2/authorize?" + q.Encode() + "&scope=" + strings.Join(scopes, "+")
}

// Invite implements chat.Inviter.
func (p *Platform) Invite() (text, address string) {
	_, app := p.world.self()
	if app == "" {
		return "Discord", ""
	}
	return "Discord", InviteURL(string(app))
}

// mayDo are somebody's permissions in a guild, and in a channel of it unless that is nil. Source:
// "Permission Hierarchy" of Discord's reference.
func mayDo(g land, who id, roles []id, ch *channel) bits {
	if g.Owner == who {
		return all
	}
	base := g.roles[g.ID].Perms
	for _, r := range roles {
		base |= g.roles[r].Perms
	}
	if base.has(administrator) {
		return all
	}
	if ch == nil {
		return base
	}
	mine := map[id]bool{}
	for _, r := range roles {
		mine[r] = true
	}
	var allow, deny bits
	for _, o := range ch.Overwrites {
		if o.Type == everybody && o.ID == g.ID {
			base = base&^o.Deny | o.Allow
		}
	}
	for _, o := range ch.Overwrites {
		if o.Type == everybody && o.ID != g.ID && mine[o.ID] {
			allow, deny = allow|o.Allow, deny|o.Deny
		}
	}
	base = base&^deny | allow
	for _, o := range ch.Overwrites {
		if o.Type == person && o.ID == who {
			base = base&^o.Deny | o.Allow
		}
	}
	return base
}

// rolesIn are the roles of a server, where it was told without them.
func (p *Platform) rolesIn(ctx context.Context, g id) (roles []role, err error) {
	err = p.rest.do(ctx, ask{method: "GET", path: path("guilds", string(g), "roles"), route: "/guilds/*/roles", major: string(g), again: true}, &roles)
	return roles, err
}

// rolesOf are the roles of a member.
func (p *Platform) rolesOf(ctx context.Context, g, who id) ([]id, error) {
	var m member
	err := p.rest.do(ctx, ask{method: "GET", path: path("guilds", string(g), "members", string(who)), route: "/guilds/*/members/*",
		major: string(g), again: true}, &m)
	return m.Roles, err
}

// Rights implements chat.Warden: who may manage the server may set up Guildhall there.
func (p *Platform) Rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	if at.Space == "" || !isID(string(at.Space)) || !isID(string(who)) {
		return chat.Rights{}, nil
	}
	got, err := p.askGuild(ctx, id(at.Space))
	if err != nil {
		return chat.Rights{}, err
	}
	out := chat.Rights{Count: max(got.Count, got.Members), Name: got.Name}
	roles, err := p.rolesOf(ctx, id(at.Space), id(who))
	if errors.Is(err, chat.ErrGone) {
		return out, nil // not a member of the server
	}
	if err != nil {
		return chat.Rights{}, err
	}
	if len(got.Roles) == 0 {
		if got.Roles, err = p.rolesIn(ctx, id(at.Space)); err != nil {
			return chat.Rights{}, err
		}
	}
	g := land{guild: got, roles: map[id]role{}}
	for _, r := range got.Roles {
		g.roles[r.ID] = r
	}
	mine := mayDo(g, id(who), roles, nil)
	out.Admin = mine.has(administrator) || mine.has(manageGuild)
	return out, nil
}
