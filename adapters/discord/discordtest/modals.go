package discordtest

import "encoding/json"

const (
	maxModalTitle  = 45
	maxInputs      = 5
	maxInputText   = 4000
	maxInputHolder = 100
)

// Modal is a form on somebody's screen.
type Modal struct {
	CustomID string
	Title    string
	Inputs   []Input

	from       *Interaction // whose response it is
	components []Component
	submitted  bool
}

// Input is one field of a modal. Kind says what it is; the lengths are of a TextInput, Options of a
// select.
type Input struct {
	Kind        ComponentType
	CustomID    string
	Label       string
	Placeholder string
	Value       string // filled in from the start
	Paragraph   bool
	Required    bool
	Least, Most int // characters, or values
	Options     []SelectOption
}

// Input finds a field by custom_id or label.
func (m *Modal) Input(name string) (Input, bool) {
	for _, in := range m.Inputs {
		if in.CustomID == name || in.Label == name {
			return in, true
		}
	}
	return Input{}, false
}

type modalForm struct {
	CustomID   string          `json:"custom_id"`
	Title      string          `json:"title"`
	Components []Component     `json:"components"`
	Data       json.RawMessage `json:"-"`
}

// modal validates a modal and lists its inputs.
func (b *modalForm) modal(from *Interaction) (*Modal, error) {
	var f form
	f.length("data.custom_id", b.CustomID, 1, maxCustomID)
	f.length("data.title", b.Title, 1, maxModalTitle)
	f.count("data.components", len(b.Components), 1, maxInputs)
	m := &Modal{CustomID: b.CustomID, Title: b.Title, from: from, components: b.Components}
	ids := map[string]bool{}
	for i := range b.Components {
		row, at := &b.Components[i], "data.components."+itoa(i)
		switch row.Type {
		case ActionRow:
			if f.count(at+".components", len(row.Components), 1, 1) {
				m.add(&f, at+".components.0", &row.Components[0], row.Components[0].Label, ids)
			}
		case Label:
			f.length(at+".label", row.Label, 1, 45)
			f.length(at+".description", row.Description, 0, 100)
			if row.Component == nil {
				f.required(at + ".component")
				continue
			}
			m.add(&f, at+".component", row.Component, row.Label, ids)
		case TextDisplay:
			f.length(at+".content", row.Content, 1, 4000)
		default:
			f.choice(at+".type", int(ActionRow), int(TextDisplay), int(Label))
		}
	}
	return m, f.err()
}

// add checks one input and keeps it.
func (m *Modal) add(f *form, path string, c *Component, label string, ids map[string]bool) {
	f.length(path+".custom_id", c.CustomID, 1, maxCustomID)
	if ids[c.CustomID] {
		f.at(path+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	ids[c.CustomID] = true
	in := Input{
		Kind: c.Type, CustomID: c.CustomID, Label: label, Placeholder: c.Placeholder, Value: c.Value,
		Paragraph: c.Style == 2, Required: c.Required == nil || *c.Required, Options: c.Options,
	}
	switch {
	case c.Type == TextInput:
		m.text(f, path, c, &in)
	case c.selects() || c.Type == FileUpload:
		in.Least, in.Most = c.bounds()
		f.length(path+".placeholder", c.Placeholder, 0, maxPlaceholder)
	default:
		f.choice(path+".type", int(StringSelect), int(TextInput), int(FileUpload))
	}
	m.Inputs = append(m.Inputs, in)
}

func (m *Modal) text(f *form, path string, c *Component, in *Input) {
	f.length(path+".label", in.Label, 1, 45)
	f.length(path+".placeholder", c.Placeholder, 0, maxInputHolder)
	if c.Style != 1 && c.Style != 2 {
		f.choice(path+".style", 1, 2)
	}
	in.Most = maxInputText
	if c.MinLength != nil {
		in.Least = *c.MinLength
	}
	if c.MaxLength != nil {
		in.Most = *c.MaxLength
	}
	if in.Least < 0 || in.Least > maxInputText {
		f.at(path+".min_length", "NUMBER_TYPE_MAX", "int value should be less than or equal to 4000.")
	}
	if in.Most < 1 || in.Most > maxInputText || in.Most < in.Least {
		f.at(path+".max_length", "NUMBER_TYPE_MAX", "int value should be less than or equal to 4000.")
	}
	if n := runes(c.Value); n > 0 && (n > in.Most || n < in.Least) {
		f.length(path+".value", c.Value, in.Least, in.Most)
	}
}
