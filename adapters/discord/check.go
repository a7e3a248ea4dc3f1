package discord

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"guildhall/core/chat"
)

// Flags of an application that say that Message Content is granted. Source: "Application Flags".
const (
	contentGranted = 1 << 18
	contentLimited = 1 << 19
)

// Check implements chat.Checker.
func (p *Platform) Check(ctx context.Context) []string {
	var me user
	if err := p.rest.do(ctx, ask{method: "GET", path: "/users/@me", again: true}, &me); err != nil {
		return []string{unanswered(err)}
	}
	if me.ID == "" {
		return []string{"What answers at discord.api_url is not Discord: correct it, or leave it out."}
	}
	p.world.setSelf(me.ID, "")
	out := p.checkApplication(ctx)
	guilds, err := p.guilds(ctx)
	if err != nil {
		return append(out, fmt.Sprintf("The list of Discord servers cannot be read: try again in a minute (%v).", err))
	}
	if len(guilds) == 0 {
		_, link := p.Invite()
		out = append(out, "Guildhall is in no Discord server yet: open "+link+" and choose one.")
	}
	for _, g := range guilds {
		out = append(out, p.checkGuild(ctx, g)...)
	}
	return append(out, p.checkRooms(ctx)...)
}

// unanswered says why not even the first question was answered.
func unanswered(err error) string {
	var wait *chat.RetryAfter
	var unknown *chat.UnknownOutcome
	switch {
	case errors.Is(err, errToken):
		return "Discord refused the token: make a new one in the Developer Portal under Bot, and set it as discord.token."
	case errors.As(err, &wait):
		return fmt.Sprintf("Discord lets nothing through for %s: try again then.", max(wait.After.Round(time.Second), time.Second))
	case status(err) >= 500:
		return fmt.Sprintf("Discord has trouble of its own: try again in a few minutes (%v).", err)
	case errors.As(err, &unknown), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("Discord could not be reached: check the network and discord.api_url (%v).", err)
	}
	return fmt.Sprintf("What answers at discord.api_url is not Discord: correct it, or leave it out (%v).", err)
}

// guilds are all servers that the bot is in.
func (p *Platform) guilds(ctx context.Context) (all []guild, err error) {
	const page = 200
	for after := id("0"); ; after = all[len(all)-1].ID {
		var part []guild
		err := p.rest.do(ctx, ask{method: "GET", path: "/users/@me/guilds", query: url.Values{"limit": {itoa(page)}, "after": {string(after)}}, again: true}, &part)
		all = append(all, part...)
		if err != nil || len(part) < page {
			return all, err
		}
	}
}

func (p *Platform) checkApplication(ctx context.Context) []string {
	var app struct {
		ID    id   `json:"id"`
		Flags *int `json:"flags"`
	}
	if err := p.rest.do(ctx, ask{method: "GET", path: "/applications/@me", again: true}, &app); err != nil {
		return []string{fmt.Sprintf("The Discord application cannot be read: try again in a minute (%v).", err)}
	}
	var out []string
	if want := id(p.opt.ApplicationID); want != "" && want != app.ID {
		out = append(out, fmt.Sprintf("discord.application_id is %s, but the token belongs to %s: correct one of them.", want, app.ID))
	}
	p.world.setSelf("", app.ID)
	granted := app.Flags != nil && *app.Flags&(contentGranted|contentLimited) != 0
	switch {
	case p.opt.Content && !granted && app.Flags != nil:
		out = append(out, "The Message Content intent is off for this application: switch it on in the Developer Portal under Bot, or set discord.message_content = false.")
	case !p.opt.Content && granted:
		out = append(out, "The Message Content intent is on for this application, but not used: set discord.message_content = true.")
	case !p.opt.Content:
		out = append(out, p.Advice("en")...)
	}
	return out
}

// checkGuild names the permissions that are missing in a server.
func (p *Platform) checkGuild(ctx context.Context, g guild) []string {
	l, err := p.guild(ctx, g.ID)
	if err != nil {
		return []string{fmt.Sprintf("The Discord server %s cannot be read: try again in a minute (%v).", g.Name, err)}
	}
	me, app := p.world.self()
	roles, err := p.rolesOf(ctx, g.ID, me)
	if err != nil {
		return []string{fmt.Sprintf("Guildhall's roles in the Discord server %s cannot be read: try again in a minute (%v).", g.Name, err)}
	}
	have := mayDo(l, me, roles, nil)
	if have.has(manageChannels | manageRoles) {
		have |= privateThreads // is only needed where there is no place for a channel
	}
	if missing := missingNames(have); len(missing) > 0 {
		return []string{fmt.Sprintf("In the Discord server %s Guildhall lacks %s: an admin gives it by opening %s again.",
			l.Name, strings.Join(missing, ", "), InviteURL(string(app)))}
	}
	return nil
}

func missingNames(have bits) []string {
	var out []string
	for _, need := range Permissions() {
		if !have.has(need.bit) {
			out = append(out, need.Name)
		}
	}
	return out
}

// inRoom is what is needed in each room that Guildhall lives in.
const inRoom = viewChannel | sendMessages | sendInThreads | embedLinks | attachFiles | readHistory

// checkRooms names the rooms of communities in which something is missing.
func (p *Platform) checkRooms(ctx context.Context) []string {
	places, err := p.opt.Store.Followed(ctx, p.id)
	if err != nil {
		return nil // doctor looks at the store itself
	}
	me, _ := p.world.self()
	var out []string
	roles := map[chat.SpaceID][]id{}
	for _, at := range places {
		if at.Thread != "" {
			continue
		}
		ch, err := p.fresh(ctx, id(at.Room))
		if err != nil {
			if errors.Is(err, chat.ErrGone) || errors.Is(err, chat.ErrRefused) {
				out = append(out, fmt.Sprintf("The Discord channel %s cannot be seen any more: give Guildhall View Channel there, or set another room.", at.Room))
			}
			continue
		}
		g, err := p.guild(ctx, id(at.Space))
		if err != nil {
			continue // said above
		}
		if _, known := roles[at.Space]; !known {
			if roles[at.Space], err = p.rolesOf(ctx, id(at.Space), me); err != nil {
				continue
			}
		}
		if ch.isThread() { // permissions are those of its channel
			if ch, err = p.fresh(ctx, ch.Parent); err != nil {
				continue
			}
		}
		have := mayDo(g, me, roles[at.Space], &ch) | ^inRoom
		if missing := missingNames(have); len(missing) > 0 {
			out = append(out, fmt.Sprintf("In #%s on Discord Guildhall lacks %s: allow it in that channel's settings.", ch.Name, strings.Join(missing, ", ")))
		}
	}
	return out
}
