package discordtest

import (
	"fmt"
	"slices"
)

// resolved collects what values of an interaction point at.
type resolved struct {
	in    *Channel
	lists map[string]map[string]any
}

func newResolved(in *Channel) *resolved {
	return &resolved{in: in, lists: map[string]map[string]any{}}
}

func (r *resolved) json() map[string]map[string]any { return r.lists }

func (r *resolved) add(list string, id Snowflake, v any) {
	if r.lists[list] == nil {
		r.lists[list] = map[string]any{}
	}
	r.lists[list][id.String()] = v
}

func (r *resolved) person(p *Person) {
	r.add("users", p.ID, p.json())
	if r.in.guild == nil {
		return
	}
	if m := r.in.guild.members[p.ID]; m != nil {
		// Resolved members lack user, deaf and mute, and have their permissions.
		j, permissions := m.partial(), m.in(r.in)
		j.Deaf, j.Mute, j.Permissions = nil, nil, &permissions
		r.add("members", p.ID, j)
	}
}

// pick is the id of something that was picked for an option or menu of a kind.
func (r *resolved) pick(kind OptionType, channels []ChannelType, v any) (Snowflake, error) {
	switch v := v.(type) {
	case *Person:
		if kind == UserOption || kind == MentionableOption {
			r.person(v)
			return v.ID, nil
		}
	case *Role:
		if kind == RoleOption || kind == MentionableOption {
			r.add("roles", v.ID, v.json())
			return v.ID, nil
		}
	case *Channel:
		if kind != ChannelOption {
			break
		}
		if len(channels) > 0 && !slices.Contains(channels, v.Type) {
			return 0, fmt.Errorf("a channel of type %d cannot be chosen", v.Type)
		}
		r.add("channels", v.ID, v.partial(v.s.app.Bot))
		return v.ID, nil
	case Upload:
		if kind == AttachmentOption {
			a := r.in.s.newAttachment(v.Name, v.ContentType, v.Data)
			a.channel, a.ephemeral = r.in.ID, true
			r.add("attachments", a.ID, a.json())
			return a.ID, nil
		}
	}
	return 0, fmt.Errorf("%T does not fit", v)
}
