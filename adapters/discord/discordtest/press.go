package discordtest

import (
	"errors"
	"fmt"
	"slices"
)

// Press presses a button of a message, by its label or custom_id. The message is taken as it stands
// now, not as it was when the test looked at it.
func (p *Person) Press(m Message, button string) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	x, c, err := p.component(m, func(c *Component) bool {
		return c.Type == Button && (c.Label == button || c.CustomID == button)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("press %q: %w", button, err)
	case c.Style == LinkStyle:
		return nil, fmt.Errorf("press %q: it is a link to %s", button, c.URL)
	}
	return p.use(x, c, nil, nil), nil
}

// Choose picks values in a select menu, which is named by custom_id or placeholder; "" is the only one
// there is. Values of a menu of texts are labels or values of its options; of others, *Person, *Role
// or *Channel.
func (p *Person) Choose(m Message, menu string, values ...any) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	x, c, err := p.component(m, func(c *Component) bool {
		return c.selects() && (menu == "" || c.CustomID == menu || c.Placeholder == menu)
	})
	if err != nil {
		return nil, fmt.Errorf("choose in %q: %w", menu, err)
	}
	refs := newResolved(x.Channel)
	picked, err := c.choose(refs, values)
	if err != nil {
		return nil, fmt.Errorf("choose in %q: %w", menu, err)
	}
	return p.use(x, c, picked, refs), nil
}

// component finds a component of a message that the person can use.
func (p *Person) component(m Message, fits func(*Component) bool) (*message, *Component, error) {
	x := p.s.messages[m.ID]
	switch {
	case x == nil:
		return nil, nil, errors.New("the message is gone")
	case x.For != nil && x.For != p:
		return nil, nil, fmt.Errorf("%s does not see that message", p)
	case x.Author != p.s.app.Bot:
		return nil, nil, errors.New("the message is not the app's")
	}
	if err := p.may(x.Channel, 0); err != nil {
		return nil, nil, err
	}
	var found *Component
	walk(x.Components, func(c *Component) {
		if found == nil && fits(c) {
			found = c
		}
	})
	switch {
	case found == nil:
		return nil, nil, fmt.Errorf("no such component; there are %q", x.snapshot().Labels())
	case found.Disabled:
		return nil, nil, errors.New("the component is disabled")
	}
	return x, found, nil
}

func (p *Person) use(x *message, c *Component, values []string, refs *resolved) *Interaction {
	i := &Interaction{kind: componentInteraction, By: p, In: x.Channel, source: x}
	data := map[string]any{"custom_id": c.CustomID, "component_type": c.Type, "id": c.ID}
	if c.selects() {
		data["values"] = values
		if r := refs.json(); len(r) > 0 {
			data["resolved"] = r
		}
	}
	p.s.newInteraction(i, data)
	return i
}

// choose are the values of a select as they go into the payload.
func (c *Component) choose(refs *resolved, values []any) ([]string, error) {
	out := []string{}
	for _, v := range values {
		text, err := c.one(refs, v)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	if least, most := c.bounds(); len(out) < least || len(out) > most {
		return nil, fmt.Errorf("%d values where %d to %d are asked", len(out), least, most)
	}
	return out, nil
}

func (c *Component) one(refs *resolved, v any) (string, error) {
	if c.Type == StringSelect {
		at := slices.IndexFunc(c.Options, func(o SelectOption) bool { return o.Label == v || o.Value == v })
		if at < 0 {
			return "", fmt.Errorf("%v is not among the options", v)
		}
		return c.Options[at].Value, nil
	}
	kind := map[ComponentType]OptionType{
		UserSelect: UserOption, RoleSelect: RoleOption, MentionableSelect: MentionableOption, ChannelSelect: ChannelOption,
		FileUpload: AttachmentOption,
	}[c.Type]
	id, err := refs.pick(kind, c.ChannelKind, v)
	return id.String(), err
}

// Submit fills in a modal and sends it. Fields are named by custom_id or label; a value is a string
// for a text, a []any for a select or file upload. Fields that are not named keep what they were
// filled with.
func (p *Person) Submit(m *Modal, fields map[string]any) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if m.from.By != p || m.submitted {
		return nil, errors.New("that modal is not on the screen any more")
	}
	for name := range fields {
		if _, ok := m.Input(name); !ok {
			return nil, fmt.Errorf("the modal has no field %q", name)
		}
	}
	refs := newResolved(m.from.In)
	var out []map[string]any
	for i := range m.components {
		c := &m.components[i]
		row := map[string]any{"type": c.Type, "id": i + 1}
		switch c.Type {
		case ActionRow:
			v, err := m.field(&c.Components[0], fields, refs)
			if err != nil {
				return nil, err
			}
			row["components"] = []any{v}
		case Label:
			v, err := m.field(c.Component, fields, refs)
			if err != nil {
				return nil, err
			}
			row["component"] = v
		}
		out = append(out, row)
	}
	m.submitted = true
	p.modals = slices.DeleteFunc(p.modals, func(x *Modal) bool { return x == m })
	i := &Interaction{kind: modalInteraction, By: p, In: m.from.In, from: m.from, source: m.from.source, command: m.from.command}
	data := map[string]any{"custom_id": m.CustomID, "components": out}
	if r := refs.json(); len(r) > 0 {
		data["resolved"] = r
	}
	p.s.newInteraction(i, data)
	return i, nil
}

// field is one field as it is sent.
func (m *Modal) field(c *Component, fields map[string]any, refs *resolved) (map[string]any, error) {
	in, _ := m.Input(c.CustomID)
	v, given := fields[in.CustomID]
	if !given {
		v, given = fields[in.Label]
	}
	out := map[string]any{"type": c.Type, "custom_id": c.CustomID, "id": c.ID}
	if c.Type == TextInput {
		text := in.Value
		if given {
			var ok bool
			if text, ok = v.(string); !ok {
				return nil, fmt.Errorf("field %s wants a text, not %T", in.Label, v)
			}
		}
		n := runes(text)
		if n == 0 && in.Required || n > 0 && n < in.Least || n > in.Most {
			return nil, fmt.Errorf("field %s takes %d to %d characters, not %d", in.Label, in.Least, in.Most, n)
		}
		out["value"] = text
		return out, nil
	}
	values, _ := v.([]any)
	if len(values) == 0 && !in.Required {
		out["values"] = []string{}
		return out, nil
	}
	picked, err := c.choose(refs, values)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", in.Label, err)
	}
	out["values"] = picked
	return out, nil
}

// Screen are the modals that are open on the person's screen, the newest last.
func (p *Person) Screen() []*Modal {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return slices.Clone(p.modals)
}
