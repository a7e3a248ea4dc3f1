package slacktest

import (
	"fmt"
	"slices"
	"strings"
)

// Message is a message as it was when it was asked for.
type Message struct {
	Channel   string // id
	TS        string
	ThreadTS  string // of the thread that it begins or is in; else empty
	User      string // id of who wrote it; of the bot user, for apps
	Author    string // name of who wrote it
	BotID     string
	Subtype   string
	Text      string // as stored: mrkdwn, escaped
	Shown     string // what a person reads: blocks, or the text; then [buttons]
	Ephemeral bool
	Edited    bool
	Deleted   bool // a tombstone
	Pinned    bool
	Broadcast bool
	Replies   int
	Reactions map[string][]string // names of people, by emoji
	Files     []*File
	Metadata  map[string]any
	Blocks    []any
	Controls  []Control
}

// View is a modal or an App Home as it was when it was asked for.
type View struct {
	ID         string
	CallbackID string
	Title      string
	Submit     string // the button's text
	Close      string
	Private    string // private_metadata
	Shown      string
	Errors     map[string]string // beside fields, by block id
	Blocks     []any
	Controls   []Control
}

// Control is one interactive element.
type Control struct {
	Kind     string // button, static_select, plain_text_input …
	Text     string // what it is called
	ActionID string
	BlockID  string
	Value    string
	URL      string
	Style    string
	Options  []Choice
	Initial  any // what is filled in or chosen at first
}

func (m *message) snapshot() Message {
	out := Message{
		Channel: m.ch.id, TS: m.ts, ThreadTS: m.threadTS, Subtype: m.subtype, Text: m.text, Ephemeral: m.to != nil,
		Edited: m.edited != nil, Deleted: m.tombstone, Pinned: m.pinned, Broadcast: m.broadcast,
		Replies: len(m.replies), Files: slices.Clone(m.files), Metadata: m.metadata,
	}
	if m.user != nil {
		out.User, out.Author = m.user.id, m.user.name
	}
	switch {
	case m.bot != nil:
		out.BotID = m.bot.botID
	case m.foreign != nil:
		out.BotID, out.Author = m.foreign.id, m.foreign.name
	}
	if len(m.reactions) > 0 {
		out.Reactions = map[string][]string{}
		for _, r := range m.reactions {
			for _, u := range r.users {
				out.Reactions[r.name] = append(out.Reactions[r.name], u.name)
			}
		}
	}
	all := blocksOf(m, nil)
	out.Shown = m.ch.w.plain(m.text)
	if !m.plain && len(all) > 0 {
		out.Shown = shown(m.ch.w, all)
	}
	if len(all) > 0 {
		out.Blocks, _ = copyJSON(all).([]any)
		out.Controls = listControls(all)
	}
	return out
}

func (v *view) snapshot() View {
	blocks, _ := copyJSON(v.blocks).([]any)
	out := View{
		ID: v.id, CallbackID: word(v.spec, "callback_id"), Private: word(v.spec, "private_metadata"),
		Title:  unescaper.Replace(word(asObj(v.spec["title"]), "text")),
		Submit: unescaper.Replace(word(asObj(v.spec["submit"]), "text")),
		Close:  unescaper.Replace(word(asObj(v.spec["close"]), "text")),
		Blocks: blocks, Controls: listControls(v.blocks), Errors: v.errors,
	}
	out.Shown = strings.TrimSpace(out.Title + "\n" + shown(v.w, v.blocks))
	return out
}

func listControls(blocks []any) []Control {
	var out []Control
	for _, c := range controls(blocks) {
		o := Control{
			Kind: c.kind(), Text: unescaper.Replace(c.label()), ActionID: c.actionID(), BlockID: c.blockID(),
			Value: word(c.element, "value"), URL: word(c.element, "url"), Style: word(c.element, "style"),
		}
		for _, ch := range choices(c.element) {
			o.Options = append(o.Options, Choice{Text: unescaper.Replace(word(asObj(ch["text"]), "text")), Value: word(ch, "value")})
		}
		for _, key := range []string{"initial_value", "initial_option", "initial_options", "initial_date", "initial_time"} {
			if present(c.element, key) {
				o.Initial = c.element[key]
			}
		}
		out = append(out, o)
	}
	return out
}

// Buttons are the texts of the message's buttons, in order.
func (m Message) Buttons() []string { return buttons(m.Controls) }

// Buttons are the texts of the view's buttons, in order.
func (v View) Buttons() []string { return buttons(v.Controls) }

func buttons(all []Control) []string {
	var out []string
	for _, c := range all {
		if c.Kind == "button" {
			out = append(out, c.Text)
		}
	}
	return out
}

// Control finds a control by its action id or by what it is called.
func (m Message) Control(what string) (Control, bool) { return findControl(m.Controls, what) }

// Control finds a control by its action id or by what it is called.
func (v View) Control(what string) (Control, bool) { return findControl(v.Controls, what) }

func findControl(all []Control, what string) (Control, bool) {
	i := slices.IndexFunc(all, func(c Control) bool { return c.ActionID == what || c.Text == what || c.BlockID == what })
	if i < 0 {
		return Control{}, false
	}
	return all[i], true
}

// shown is what a person reads in blocks, a line for each.
func shown(w *Workspace, blocks []any) string {
	var lines []string
	for _, v := range blocks {
		if line := shownBlock(w, asObj(v)); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func shownBlock(w *Workspace, b obj) string {
	text := func(o any) string { return w.plain(word(asObj(o), "text")) }
	var parts []string
	switch b["type"] {
	case "section":
		parts = append(parts, text(b["text"]))
		fields, _ := b["fields"].([]any)
		for _, f := range fields {
			parts = append(parts, text(f))
		}
		if acc := asObj(b["accessory"]); acc != nil {
			parts = append(parts, shownElement(w, acc))
		}
	case "header":
		parts = append(parts, text(b["text"]))
	case "markdown":
		parts = append(parts, word(b, "text"))
	case "divider":
		parts = append(parts, "———")
	case "image":
		parts = append(parts, "(picture: "+word(b, "alt_text")+")", text(b["title"]))
	case "input":
		parts = append(parts, text(b["label"])+":", shownElement(w, asObj(b["element"])), text(b["hint"]))
	case "rich_text":
		parts = append(parts, richPlain(w, b))
	default:
		in, _ := b["elements"].([]any)
		for _, e := range in {
			parts = append(parts, shownElement(w, asObj(e)))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

func shownElement(w *Workspace, e obj) string {
	switch kind := word(e, "type"); kind {
	case "plain_text", "mrkdwn":
		return w.plain(word(e, "text"))
	case "image":
		return "(picture: " + word(e, "alt_text") + ")"
	case "button":
		return "[" + w.plain(word(asObj(e["text"]), "text")) + "]"
	case "checkboxes", "radio_buttons", "overflow":
		var out []string
		for _, o := range choices(e) {
			out = append(out, "( ) "+w.plain(word(asObj(o["text"]), "text")))
		}
		return strings.Join(out, " ")
	default:
		if v := word(e, "initial_value"); v != "" {
			return "[" + v + "]"
		}
		if o := asObj(e["initial_option"]); o != nil {
			return "[" + w.plain(word(asObj(o["text"]), "text")) + " ▾]"
		}
		return "[" + w.plain(word(asObj(e["placeholder"]), "text")) + " ▾]"
	}
}

// richPlain is a rich_text block as a person reads it.
func richPlain(w *Workspace, b obj) string {
	var out strings.Builder
	in, _ := b["elements"].([]any)
	for _, v := range in {
		e := asObj(v)
		switch e["type"] {
		case "text":
			out.WriteString(word(e, "text"))
		case "user":
			out.WriteString(w.plain("<@" + word(e, "user_id") + ">"))
		case "channel":
			out.WriteString(w.plain("<#" + word(e, "channel_id") + ">"))
		case "broadcast":
			out.WriteString("@" + word(e, "range"))
		case "link":
			if t := word(e, "text"); t != "" {
				out.WriteString(t)
			} else {
				out.WriteString(word(e, "url"))
			}
		case "emoji":
			out.WriteString(":" + word(e, "name") + ":")
		case "rich_text_list", "rich_text_quote", "rich_text_preformatted", "rich_text_section":
			if out.Len() > 0 {
				out.WriteString("\n")
			}
			out.WriteString(richPlain(w, e))
		}
	}
	return out.String()
}

func containsAll(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text, p) })
}

func (m Message) String() string {
	who := m.Author
	if m.Ephemeral {
		who += " (only you)"
	}
	return fmt.Sprintf("%s: %s", who, m.Shown)
}
