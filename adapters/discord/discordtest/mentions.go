package discordtest

import (
	"regexp"
	"slices"
	"strings"
)

// Pings are who a message really notified when it was posted: what the text mentions, as far as
// allowed_mentions and the author's permissions let it.
type Pings struct {
	Everyone bool // by @everyone or @here
	Users    []*Person
	Roles    []*Role
}

// None says that nobody was notified.
func (p Pings) None() bool { return !p.Everyone && len(p.Users) == 0 && len(p.Roles) == 0 }

// allowedMentions limit what of a text becomes a mention; nil allows all.
type allowedMentions struct {
	Parse       []string    `json:"parse"`
	Users       []Snowflake `json:"users"`
	Roles       []Snowflake `json:"roles"`
	RepliedUser bool        `json:"replied_user"`
}

func (a *allowedMentions) check(f *form, path string) {
	if a == nil {
		return
	}
	for i, kind := range a.Parse {
		if kind != "users" && kind != "roles" && kind != "everyone" {
			f.at(path+".parse."+itoa(i), "BASE_TYPE_CHOICES", "Value must be one of {'everyone', 'roles', 'users'}.")
		}
	}
	f.count(path+".users", len(a.Users), 0, 100)
	f.count(path+".roles", len(a.Roles), 0, 100)
	const code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
	if slices.Contains(a.Parse, "users") && len(a.Users) > 0 {
		f.at(path, code, `parse:["users"] and users: [ids...] are mutually exclusive.`)
	}
	if slices.Contains(a.Parse, "roles") && len(a.Roles) > 0 {
		f.at(path, code, `parse:["roles"] and roles: [ids...] are mutually exclusive.`)
	}
}

func (a *allowedMentions) everyone() bool { return a == nil || slices.Contains(a.Parse, "everyone") }

func (a *allowedMentions) user(id Snowflake) bool {
	return a == nil || slices.Contains(a.Parse, "users") || slices.Contains(a.Users, id)
}

func (a *allowedMentions) role(id Snowflake) bool {
	return a == nil || slices.Contains(a.Parse, "roles") || slices.Contains(a.Roles, id)
}

var (
	codeParts    = regexp.MustCompile("(?s)```.*?```|``.*?``|`[^`]*`")
	mentionParts = regexp.MustCompile(`<@(!|&)?(\d+)>`)
)

// mention works out whom the text mentions. Text in code mentions nobody. Only a new message
// notifies; an ephemeral one never does.
func (m *message) mention(allowed *allowedMentions, fresh bool) {
	text := m.Content
	if m.Flags&flagComponentsV2 != 0 {
		text = m.Text()
	}
	m.mentions, m.mentionRoles, m.everyone = nil, nil, false
	if !strings.Contains(text, "@") {
		return
	}
	text = codeParts.ReplaceAllString(text, "")
	fresh = fresh && m.For == nil
	may := m.Channel.permissions(m.Author).has(MentionEveryone)
	if may && allowed.everyone() && (strings.Contains(text, "@everyone") || strings.Contains(text, "@here")) {
		m.everyone = true
		m.Pings.Everyone = m.Pings.Everyone || fresh
	}
	for _, part := range mentionParts.FindAllStringSubmatch(text, -1) {
		id, err := ParseSnowflake(part[2])
		switch {
		case err != nil:
		case part[1] == "&":
			m.mentionRole(id, allowed, may, fresh)
		case m.s.users[id] != nil && allowed.user(id):
			m.ping(m.s.users[id], fresh)
		}
	}
}

func (m *message) mentionRole(id Snowflake, allowed *allowedMentions, may, fresh bool) {
	if m.Channel.guild == nil || !allowed.role(id) {
		return
	}
	r := m.Channel.guild.role(id)
	if r == nil || slices.Contains(m.mentionRoles, r) {
		return
	}
	m.mentionRoles = append(m.mentionRoles, r)
	if fresh && (r.mentionable || may) {
		m.Pings.Roles = append(m.Pings.Roles, r)
	}
}

// ping mentions a person, and notifies them when the message is new and they can see it.
func (m *message) ping(p *Person, fresh bool) {
	if slices.Contains(m.mentions, p) {
		return
	}
	m.mentions = append(m.mentions, p)
	if fresh && m.For == nil && m.Channel.visible(p) {
		m.Pings.Users = append(m.Pings.Users, p)
	}
}
