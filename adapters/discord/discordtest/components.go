package discordtest

import (
	"encoding/json"
	"slices"
)

// ComponentType is Discord's number for a kind of component.
type ComponentType int

// The kinds of component.
const (
	ActionRow         ComponentType = 1
	Button            ComponentType = 2
	StringSelect      ComponentType = 3
	TextInput         ComponentType = 4
	UserSelect        ComponentType = 5
	RoleSelect        ComponentType = 6
	MentionableSelect ComponentType = 7
	ChannelSelect     ComponentType = 8
	Section           ComponentType = 9
	TextDisplay       ComponentType = 10
	Thumbnail         ComponentType = 11
	MediaGallery      ComponentType = 12
	FileDisplay       ComponentType = 13
	Separator         ComponentType = 14
	Container         ComponentType = 17
	Label             ComponentType = 18
	FileUpload        ComponentType = 19
)

// LinkStyle is the style of a button that opens an address instead of calling the app.
const LinkStyle = 5

const (
	maxRows        = 5
	maxButtons     = 5
	maxOptions     = 25
	maxCustomID    = 100
	maxButtonLabel = 80
	maxPlaceholder = 150 // of a select; 100 of a text input
	maxV2          = 40  // components of a message of the new kind
)

// Component is a component of a message or modal; which fields are set depends on its type.
type Component struct {
	Type        ComponentType   `json:"type"`
	ID          int             `json:"id,omitempty"`
	CustomID    string          `json:"custom_id,omitempty"`
	Style       int             `json:"style,omitempty"`
	Label       string          `json:"label,omitempty"`
	Emoji       *Emoji          `json:"emoji,omitempty"`
	URL         string          `json:"url,omitempty"`
	Disabled    bool            `json:"disabled,omitempty"`
	Placeholder string          `json:"placeholder,omitempty"`
	MinValues   *int            `json:"min_values,omitempty"`
	MaxValues   *int            `json:"max_values,omitempty"`
	Options     []SelectOption  `json:"options,omitempty"`
	ChannelKind []ChannelType   `json:"channel_types,omitempty"`
	Defaults    json.RawMessage `json:"default_values,omitempty"`
	Components  []Component     `json:"components,omitempty"`
	Component   *Component      `json:"component,omitempty"` // in a Label
	Accessory   *Component      `json:"accessory,omitempty"` // in a Section
	Content     string          `json:"content,omitempty"`   // of a TextDisplay
	Description string          `json:"description,omitempty"`
	Required    *bool           `json:"required,omitempty"`
	MinLength   *int            `json:"min_length,omitempty"`
	MaxLength   *int            `json:"max_length,omitempty"`
	Value       string          `json:"value,omitempty"`
	Media       json.RawMessage `json:"media,omitempty"`
	Items       json.RawMessage `json:"items,omitempty"`
	File        json.RawMessage `json:"file,omitempty"`
	Divider     *bool           `json:"divider,omitempty"`
	Spacing     *int            `json:"spacing,omitempty"`
	AccentColor *int            `json:"accent_color,omitempty"`
	Spoiler     *bool           `json:"spoiler,omitempty"`
}

// Emoji is an emoji on a component.
type Emoji struct {
	ID       *Snowflake `json:"id,omitempty"`
	Name     string     `json:"name,omitempty"`
	Animated bool       `json:"animated,omitempty"`
}

// SelectOption is one choice of a select menu.
type SelectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Emoji       *Emoji `json:"emoji,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// walk visits components depth first.
func walk(list []Component, visit func(*Component)) {
	for i := range list {
		c := &list[i]
		visit(c)
		walk(c.Components, visit)
		if c.Accessory != nil {
			visit(c.Accessory)
		}
		if c.Component != nil {
			visit(c.Component)
		}
	}
}

func (c *Component) selects() bool {
	return c.Type == StringSelect || c.Type >= UserSelect && c.Type <= ChannelSelect
}

// bounds are how many values a select takes.
func (c *Component) bounds() (int, int) {
	least, most := 1, 1
	if c.MinValues != nil {
		least = *c.MinValues
	}
	if c.MaxValues != nil {
		most = *c.MaxValues
	}
	return least, most
}

// numbered gives components their ids, as Discord does in the order of the layout, and fills in the
// defaults that its answers always name.
func (m *message) numbered(list []Component) []Component {
	out := cloneComponents(list)
	next := 0
	walk(out, func(c *Component) {
		if c.ID == 0 {
			next++
			c.ID = next
		}
		if c.selects() {
			least, most := c.bounds()
			c.MinValues, c.MaxValues = &least, &most
		}
	})
	return out
}

func cloneComponents(list []Component) []Component {
	out := slices.Clone(list)
	for i := range out {
		out[i].Components = cloneComponents(out[i].Components)
		if out[i].Accessory != nil {
			accessory := *out[i].Accessory
			out[i].Accessory = &accessory
		}
	}
	return out
}

// componentCheck walks the components of a message.
type componentCheck struct {
	f     *form
	ids   map[string]bool
	count int
	text  int
}

// checkComponents applies the limits of a message's components. v2 says that the message is of the
// new kind, where more than action rows may stand at the top.
func checkComponents(f *form, path string, list []Component, v2 bool) {
	c := &componentCheck{f: f, ids: map[string]bool{}}
	if !v2 {
		f.count(path, len(list), 0, maxRows)
	}
	for i := range list {
		at := path + "." + itoa(i)
		if !v2 && list[i].Type != ActionRow {
			f.choice(at+".type", int(ActionRow))
			continue
		}
		c.block(at, &list[i])
	}
	if c.count > maxV2 {
		f.at(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The total number of components cannot exceed %d", maxV2)
	}
	if c.text > 4000 {
		f.at(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text cannot exceed 4000 characters")
	}
}

// block is a component that can stand at the top or in a container.
func (c *componentCheck) block(path string, b *Component) {
	c.count++
	switch b.Type {
	case ActionRow:
		c.row(path, b)
	case Container:
		c.f.count(path+".components", len(b.Components), 1, maxV2)
		for i := range b.Components {
			c.block(path+".components."+itoa(i), &b.Components[i])
		}
	case Section:
		c.f.count(path+".components", len(b.Components), 1, 3)
		for i := range b.Components {
			c.block(path+".components."+itoa(i), &b.Components[i])
		}
		if b.Accessory == nil {
			c.f.required(path + ".accessory")
		} else if c.count++; b.Accessory.Type == Button {
			c.button(path+".accessory", b.Accessory)
		}
	case TextDisplay:
		c.f.length(path+".content", b.Content, 1, 4000)
		c.text += runes(b.Content)
	case MediaGallery, FileDisplay, Separator:
	default:
		c.f.choice(path+".type", 1, 9, 10, 12, 13, 14, 17)
	}
}

// row holds up to five buttons or one select.
func (c *componentCheck) row(path string, row *Component) {
	path += ".components"
	if !c.f.count(path, len(row.Components), 1, maxButtons) {
		return
	}
	for i := range row.Components {
		x, at := &row.Components[i], path+"."+itoa(i)
		c.count++
		switch {
		case x.Type == Button:
			c.button(at, x)
		case x.selects():
			c.selectMenu(at, x)
			if len(row.Components) > 1 {
				c.f.at(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
			}
		default:
			c.f.choice(at+".type", 2, 3, 5, 6, 7, 8)
		}
	}
}

func (c *componentCheck) button(path string, b *Component) {
	c.f.length(path+".label", b.Label, 0, maxButtonLabel)
	if b.Label == "" && b.Emoji == nil && b.Style != 6 {
		c.f.at(path, "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji")
	}
	switch {
	case b.Style < 1 || b.Style > 6:
		c.f.choice(path+".style", 1, 2, 3, 4, 5, 6)
	case b.Style == LinkStyle:
		if b.CustomID != "" {
			c.f.at(path+".custom_id", "BUTTON_COMPONENT_CUSTOM_ID_INVALID", "A custom id cannot be specified with a url")
		}
		if b.URL == "" {
			c.f.required(path + ".url")
		}
		checkURL(c.f, path+".url", b.URL, 512)
	case b.Style < LinkStyle:
		if b.URL != "" {
			c.f.at(path+".url", "BUTTON_COMPONENT_URL_INVALID", "A url cannot be specified with a custom id")
		}
		c.customID(path, b)
	}
}

func (c *componentCheck) customID(path string, b *Component) {
	if !c.f.length(path+".custom_id", b.CustomID, 1, maxCustomID) {
		return
	}
	if c.ids[b.CustomID] {
		c.f.at(path+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	c.ids[b.CustomID] = true
}

func (c *componentCheck) selectMenu(path string, m *Component) {
	c.customID(path, m)
	c.f.length(path+".placeholder", m.Placeholder, 0, maxPlaceholder)
	least, most := m.bounds()
	if least < 0 || least > maxOptions {
		c.f.at(path+".min_values", "NUMBER_TYPE_MAX", "int value should be less than or equal to 25.")
	}
	if most < 1 || most > maxOptions || most < least {
		c.f.at(path+".max_values", "NUMBER_TYPE_MAX", "int value should be less than or equal to 25.")
	}
	if m.Type != StringSelect {
		return
	}
	c.f.count(path+".options", len(m.Options), 1, maxOptions)
	if most > len(m.Options) && len(m.Options) > 0 {
		c.f.at(path+".max_values", "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "Max values cannot be larger than the number of options")
	}
	values := map[string]bool{}
	for i, o := range m.Options {
		at := path + ".options." + itoa(i)
		c.f.length(at+".label", o.Label, 1, 100)
		c.f.length(at+".value", o.Value, 1, 100)
		c.f.length(at+".description", o.Description, 0, 100)
		if values[o.Value] {
			c.f.at(at+".value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		values[o.Value] = true
	}
}
