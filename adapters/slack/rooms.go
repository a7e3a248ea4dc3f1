package slack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var _ interface {
	chat.Roomer
	chat.Warden
	chat.Forgetter
} = (*Platform)(nil)

// channelInfo is a channel as Slack describes it.
type channelInfo struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Creator  string `json:"creator"`
	Private  bool   `json:"is_private"`
	Archived bool   `json:"is_archived"`
	Member   bool   `json:"is_member"`
	Purpose  struct {
		Value string `json:"value"`
	} `json:"purpose"`
}

func (t *team) info(ctx context.Context, channel string) (channelInfo, error) {
	var out struct {
		Channel channelInfo `json:"channel"`
	}
	err := t.call(ctx, "conversations.info", "", false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "conversations.info", url.Values{"channel": {channel}}, &out)
	})
	return out.Channel, err
}

// list gives all channels that we can see to each, until it says stop.
func (t *team) list(ctx context.Context, archived bool, each func(channelInfo) (stop bool)) error {
	args := url.Values{"types": {"public_channel,private_channel"}, "limit": {"1000"}}
	if !archived {
		args.Set("exclude_archived", "true")
	}
	for range 20 { // 20,000 channels; Slack allows 20 such calls a minute
		var out struct {
			Channels []channelInfo `json:"channels"`
			Next     struct {
				Cursor string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		err := t.call(ctx, "conversations.list", "", false, func(ctx context.Context, _ *slack.Client) error {
			return t.raw(ctx, "conversations.list", args, &out)
		})
		if err != nil {
			return err
		}
		for _, c := range out.Channels {
			if each(c) {
				return nil
			}
		}
		if out.Next.Cursor == "" {
			return nil
		}
		args.Set("cursor", out.Next.Cursor)
	}
	return nil
}

// Rooms implements chat.Roomer. Private channels are seen only where we are in them.
func (p *Platform) Rooms(ctx context.Context, space chat.SpaceID) ([]chat.RoomInfo, error) {
	t, err := p.in(ctx, string(space))
	if err != nil {
		return nil, err
	}
	var out []chat.RoomInfo
	err = t.list(ctx, false, func(c channelInfo) bool {
		out = append(out, chat.RoomInfo{ID: roomID(t.id, c.ID), Name: c.Name, Private: c.Private, Joined: c.Member})
		return false
	})
	return out, err
}

// mark stands at the end of the purpose of a channel that we made, and says for what: so that it is found
// again, and never taken for another.
func mark(key string) string { return "(Guildhall: " + clip(oneLine(key), 100) + ")" }

// madeFor is record where the channel was made for it, by its mark.
func (t *team) madeFor(ctx context.Context, channel, record string) string {
	key, ok := t.p.marks.get(t.id + "/" + channel)
	if !ok {
		c, err := t.info(ctx, channel)
		if err != nil {
			return ""
		}
		if _, rest, made := strings.Cut(c.Purpose.Value, "(Guildhall: "); made && c.Creator == t.user {
			key, _, _ = strings.Cut(rest, ")")
		}
		t.p.marks.put(t.id+"/"+channel, key)
	}
	own, key := strings.ToLower(record), strings.ToLower(key)
	if key == own || strings.HasPrefix(key, own+"-") || strings.HasSuffix(key, "/"+own) {
		return record
	}
	return ""
}

// bare is a text where Slack reads no markup and shows none: without what could be a mention there.
func bare(s string) string { return strings.NewReplacer("<", "‹", ">", "›").Replace(oneLine(s)) }

// Open implements chat.Roomer.
func (p *Platform) Open(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	t, err := p.in(ctx, string(space))
	if err != nil {
		return "", false, err
	}
	base := channelName(spec.Name)
	for n := 1; n <= 20; n++ {
		name := base
		if n > 1 {
			suffix := fmt.Sprintf("-%d", n)
			name = strings.TrimRight(head(base, 80-len(suffix)), "-_") + suffix
		}
		id, made, described, err := t.make(ctx, name, spec)
		if err != nil {
			return "", false, err
		}
		if id == "" {
			continue // somebody else's
		}
		t.mu.Lock()
		if spec.Record != "" {
			t.opened[id] = spec.Record
		}
		t.mu.Unlock()
		if !described {
			err = t.describe(ctx, id, spec)
		}
		return roomID(t.id, id), made, err
	}
	return "", false, fmt.Errorf("open a channel: twenty names like %q are taken: %w", base, chat.ErrRefused)
}

// make makes a channel of that name, or finds the one that an earlier try made, perhaps described already.
// id is empty when the name belongs to another.
func (t *team) make(ctx context.Context, name string, spec chat.RoomSpec) (id string, made, described bool, err error) {
	var c *slack.Channel
	err = t.try(ctx, "conversations.create", "", func(ctx context.Context, api *slack.Client) (err error) {
		c, err = api.CreateConversationContext(ctx, slack.CreateConversationParams{ChannelName: name})
		return err
	})
	if err == nil {
		return c.ID, true, false, nil
	}
	if !is(err, "name_taken") {
		var wait *chat.RetryAfter
		if errors.As(err, &wait) {
			return "", false, false, err
		}
		return "", false, false, translate("conversations.create", err, true)
	}
	err = t.list(ctx, false, func(c channelInfo) bool {
		if c.Name != name {
			return false
		}
		// Ours, and made for this; or ours, and the try that made it came no further.
		described = strings.Contains(c.Purpose.Value, mark(spec.Key))
		ours := c.Creator == t.user && (described || !strings.Contains(c.Purpose.Value, "(Guildhall: "))
		if ours && !c.Archived {
			id = c.ID
		}
		return true
	})
	return id, false, described, err
}

// describe sets a channel's topic and purpose, which is for people and for finding it again.
func (t *team) describe(ctx context.Context, channel string, spec chat.RoomSpec) error {
	about := bare(spec.Topic)
	if w := t.p.words.in(spec.Lang); about == "" && spec.Record == "" && w.all.Has("slack.purpose."+spec.Section) {
		about = w.say("purpose."+spec.Section, nil)
	}
	purpose := mark(spec.Key)
	if about != "" {
		purpose = clip(about, maxTopic-units(purpose)-1) + " " + purpose
	}
	if spec.Topic != "" {
		err := t.call(ctx, "conversations.setTopic", "", false, func(ctx context.Context, c *slack.Client) error {
			_, err := c.SetTopicOfConversationContext(ctx, channel, clip(bare(spec.Topic), maxTopic))
			return err
		})
		if err != nil {
			return err
		}
	}
	// The mark comes last: where it stands, all is done.
	return t.call(ctx, "conversations.setPurpose", "", false, func(ctx context.Context, c *slack.Client) error {
		_, err := c.SetPurposeOfConversationContext(ctx, channel, purpose)
		return err
	})
}

// channelName is a name as Slack takes it for a channel: small letters, digits, - and _, at most 80.
func channelName(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(strings.TrimLeft(strings.TrimSpace(s), "#")) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || unicode.Is(unicode.Mn, r) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	name := strings.TrimRight(head(b.String(), 75), "-_") // room for a number
	if name == "" {
		return "guildhall"
	}
	return name
}

// Archive implements chat.Roomer.
func (p *Platform) Archive(ctx context.Context, space chat.SpaceID, room chat.RoomID) error {
	t, channel, err := p.room(ctx, space, room)
	if err != nil {
		return err
	}
	err = t.inside(ctx, channel, func() error {
		return t.try(ctx, "conversations.archive", "", func(ctx context.Context, c *slack.Client) error {
			return c.ArchiveConversationContext(ctx, channel)
		})
	})
	if is(err, "already_archived") {
		return nil
	}
	return retold("conversations.archive", err)
}

// retold is an error of try in the port's words.
func retold(method string, err error) error {
	var wait *chat.RetryAfter
	if err == nil || errors.As(err, &wait) {
		return err
	}
	return translate(method, err, false)
}

func (p *Platform) room(ctx context.Context, space chat.SpaceID, room chat.RoomID) (*team, string, error) {
	team, channel := split(string(room))
	if team == "" {
		team = string(space)
	}
	t, err := p.in(ctx, team)
	return t, channel, err
}

// Bring implements chat.Roomer.
func (p *Platform) Bring(ctx context.Context, space chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	t, channel, err := p.room(ctx, space, room)
	if err != nil {
		return err
	}
	err = t.inside(ctx, channel, func() error {
		return t.try(ctx, "conversations.invite", "", func(ctx context.Context, c *slack.Client) error {
			_, err := c.InviteUsersToConversationContext(ctx, channel, userOf(who))
			return err
		})
	})
	if is(err, "already_in_channel", "cant_invite_self") {
		return nil
	}
	return retold("conversations.invite", err)
}

// Release implements chat.Roomer.
func (p *Platform) Release(ctx context.Context, space chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	t, channel, err := p.room(ctx, space, room)
	if err != nil {
		return err
	}
	err = t.try(ctx, "conversations.kick", "", func(ctx context.Context, c *slack.Client) error {
		return c.KickUserFromConversationContext(ctx, channel, userOf(who))
	})
	if is(err, "not_in_channel", "user_not_in_channel", "cant_kick_self") {
		return nil
	}
	return retold("conversations.kick", err)
}

// Rights implements chat.Warden: who administers the workspace, and who installed us, may set us up.
func (p *Platform) Rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	team, user := split(string(who))
	t, err := p.in(ctx, orElse(team, string(at.Space)))
	if err != nil {
		return chat.Rights{}, err
	}
	t.people.forget(user) // rights are asked for seldom, and must be those of now
	if err := t.people.ask(ctx, user); err != nil {
		return chat.Rights{}, err
	}
	known, _ := t.people.known(user)
	name := t.name
	return chat.Rights{Admin: known.admin || t.by != "" && t.by == string(who), Count: t.count(ctx), Name: name}, nil
}

// count is how many people are in the workspace; 0 when Slack does not say soon enough.
func (t *team) count(ctx context.Context) int {
	if n, ok := t.p.counts.get(t.id); ok {
		return n
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	n, args := 0, url.Values{"limit": {"1000"}}
	for range 3 {
		var out struct {
			Members []struct {
				ID      string `json:"id"`
				Deleted bool   `json:"deleted"`
				Bot     bool   `json:"is_bot"`
			} `json:"members"`
			Next struct {
				Cursor string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		err := t.call(ctx, "users.list", "", false, func(ctx context.Context, _ *slack.Client) error {
			return t.raw(ctx, "users.list", args, &out)
		})
		if err != nil {
			return 0
		}
		for _, m := range out.Members {
			if !m.Deleted && !m.Bot && m.ID != slackBot {
				n++
			}
		}
		if out.Next.Cursor == "" {
			t.p.counts.put(t.id, n)
			return n
		}
		args.Set("cursor", out.Next.Cursor)
	}
	return 0 // more than can be counted in passing
}

// without drops from list what is in drop.
func without(list, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(drop, s) })
}

// Forgets implements chat.Forgetter: a free workspace hides what is older than 90 days.
func (p *Platform) Forgets(ctx context.Context, space chat.SpaceID) (time.Duration, error) {
	t, err := p.in(ctx, string(space))
	if err != nil {
		return 0, err
	}
	plan, ok := p.plans.get(t.id)
	if !ok {
		var out struct {
			Team struct {
				Plan string `json:"plan"`
			} `json:"team"`
		}
		err := t.call(ctx, "team.info", "", false, func(ctx context.Context, _ *slack.Client) error {
			return t.raw(ctx, "team.info", url.Values{}, &out)
		})
		if err != nil {
			return 0, err
		}
		plan = out.Team.Plan
		p.plans.put(t.id, plan)
	}
	if plan == "free" {
		return 90 * 24 * time.Hour, nil
	}
	return 0, nil
}
