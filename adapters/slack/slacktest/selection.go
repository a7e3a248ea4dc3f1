package slacktest

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// selection is what is chosen and filled in: block id, action id, state as Slack tells it.
type selection map[string]map[string]obj

func (sel selection) put(block, action string, state obj) {
	if sel[block] == nil {
		sel[block] = map[string]obj{}
	}
	sel[block][action] = state
}

// control is one interactive element and the block that it stands in.
type control struct {
	block   obj
	element obj
}

func (c control) blockID() string  { return word(c.block, "block_id") }
func (c control) actionID() string { return word(c.element, "action_id") }
func (c control) kind() string     { return word(c.element, "type") }

// label is what a person calls the control: a button's text, an input's label, a menu's placeholder.
func (c control) label() string {
	if c.block["type"] == "input" {
		return word(asObj(c.block["label"]), "text")
	}
	if t := word(asObj(c.element["text"]), "text"); t != "" {
		return t
	}
	return word(asObj(c.element["placeholder"]), "text")
}

func word(o obj, key string) string {
	v, _ := o[key].(string)
	return v
}

// controls are the interactive elements of blocks, in order.
func controls(blocks []any) []control {
	var out []control
	for _, v := range blocks {
		b := asObj(v)
		var in []any
		switch b["type"] {
		case "section":
			in = []any{b["accessory"]}
		case "input":
			in = []any{b["element"]}
		case "actions", "context_actions":
			in, _ = b["elements"].([]any)
		}
		for _, e := range in {
			if kind := word(asObj(e), "type"); interactive(kind) {
				out = append(out, control{block: b, element: asObj(e)})
			}
		}
	}
	return out
}

// find picks a control by action id, "block id/action id", block id of an input, or what it is called.
func find(all []control, what string) (control, bool) {
	for _, same := range []func(control) bool{
		func(c control) bool { return c.actionID() == what || c.blockID()+"/"+c.actionID() == what },
		func(c control) bool { return c.blockID() == what && c.block["type"] == "input" },
		func(c control) bool { return unescaper.Replace(c.label()) == what },
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			return all[i], true
		}
	}
	return control{}, false
}

// stateful says whether an element's value is part of the state.
func stateful(kind string) bool {
	return kind != "button" && kind != "overflow" && kind != "workflow_button"
}

// initialState is an element's state before a person did anything.
func initialState(e obj) obj {
	kind := word(e, "type")
	st := obj{"type": kind}
	put := func(key, from string) {
		st[key] = e[from]
	}
	switch kind {
	case "checkboxes", "multi_static_select", "multi_external_select":
		st["selected_options"] = orEmpty(e["initial_options"])
	case "radio_buttons", "static_select", "external_select":
		put("selected_option", "initial_option")
	case "multi_users_select":
		st["selected_users"] = orEmpty(e["initial_users"])
	case "multi_conversations_select":
		st["selected_conversations"] = orEmpty(e["initial_conversations"])
	case "multi_channels_select":
		st["selected_channels"] = orEmpty(e["initial_channels"])
	case "users_select":
		put("selected_user", "initial_user")
	case "conversations_select":
		put("selected_conversation", "initial_conversation")
	case "channels_select":
		put("selected_channel", "initial_channel")
	case "datepicker":
		put("selected_date", "initial_date")
	case "timepicker":
		put("selected_time", "initial_time")
	case "datetimepicker":
		put("selected_date_time", "initial_date_time")
	case "file_input":
		st["files"] = []any{}
	case "rich_text_input":
		put("rich_text_value", "initial_value")
	default:
		put("value", "initial_value")
	}
	return st
}

func orEmpty(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}

// stateOf is the state of all controls.
func stateOf(all []control, sel selection) obj {
	values := obj{}
	for _, c := range all {
		if !stateful(c.kind()) {
			continue
		}
		st, ok := sel[c.blockID()][c.actionID()]
		if !ok || st["type"] != c.kind() {
			st = initialState(c.element)
		}
		in := asObj(values[c.blockID()])
		if in == nil {
			in = obj{}
			values[c.blockID()] = in
		}
		in[c.actionID()] = st
	}
	return values
}

func (v *view) state() obj { return stateOf(controls(v.blocks), v.values) }

// filled turns what a person enters into the control's state. v is text, or several texts; options are
// named by text or value, people and channels by name, files by the File itself.
func (w *Workspace) filled(c control, v any) (obj, error) {
	kind := c.kind()
	st := obj{"type": kind}
	if fs, ok := v.([]*File); ok && kind == "file_input" {
		var out []any
		for _, f := range fs {
			out = append(out, f.json())
		}
		st["files"] = out
		return st, nil
	}
	texts, err := asTexts(v)
	if err != nil {
		return nil, err
	}
	if len(texts) > 1 && !strings.HasPrefix(kind, "multi_") && kind != "checkboxes" {
		return nil, fmt.Errorf("%s takes one value", kind)
	}
	var picked []any
	for _, t := range texts {
		one, err := w.pick(c, t)
		if err != nil {
			return nil, err
		}
		picked = append(picked, one)
	}
	return stateFor(st, kind, picked), nil
}

func asTexts(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []string:
		return v, nil
	case int:
		return []string{strconv.Itoa(v)}, nil
	}
	return nil, fmt.Errorf("cannot fill in %T", v)
}

// stateFor puts what was picked under the name that Slack uses for the kind.
func stateFor(st obj, kind string, picked []any) obj {
	key, many := "value", false
	switch kind {
	case "checkboxes", "multi_static_select", "multi_external_select":
		key, many = "selected_options", true
	case "radio_buttons", "static_select", "external_select", "overflow":
		key = "selected_option"
	case "multi_users_select":
		key, many = "selected_users", true
	case "multi_conversations_select":
		key, many = "selected_conversations", true
	case "multi_channels_select":
		key, many = "selected_channels", true
	case "users_select":
		key = "selected_user"
	case "conversations_select":
		key = "selected_conversation"
	case "channels_select":
		key = "selected_channel"
	case "datepicker":
		key = "selected_date"
	case "timepicker":
		key = "selected_time"
	case "datetimepicker":
		key = "selected_date_time"
	case "rich_text_input":
		key = "rich_text_value"
	}
	switch {
	case many:
		st[key] = append([]any{}, picked...)
	case len(picked) == 0:
		st[key] = nil
	default:
		st[key] = picked[0]
	}
	return st
}

// pick is one value as the control's state holds it, or why the client does not let it be entered.
func (w *Workspace) pick(c control, text string) (any, error) {
	switch kind := c.kind(); kind {
	case "static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow":
		for _, o := range choices(c.element) {
			if word(o, "value") == text || unescaper.Replace(word(asObj(o["text"]), "text")) == text {
				return o, nil
			}
		}
		return nil, fmt.Errorf("%q is not among the options of %s", text, c.label())
	case "external_select", "multi_external_select":
		return obj{"text": obj{"type": "plain_text", "text": text, "emoji": true}, "value": text}, nil
	case "users_select", "multi_users_select":
		if u := w.userNamed(strings.TrimPrefix(text, "@")); u != nil {
			return u.id, nil
		}
		return nil, fmt.Errorf("nobody is called %q", text)
	case "channels_select", "multi_channels_select", "conversations_select", "multi_conversations_select":
		if ch := w.find(text); ch != nil {
			return ch.id, nil
		}
		return nil, fmt.Errorf("there is no channel %q", text)
	case "datetimepicker":
		n, err := strconv.Atoi(text)
		return n, err
	case "rich_text_input":
		return asObj(richText(w.s, w.markup(text))[0]), nil
	default:
		return text, checkTyped(c, text)
	}
}

// checkTyped refuses text that the client refuses before it submits.
func checkTyped(c control, text string) error {
	n := float64(utf8.RuneCountInString(text))
	low, _ := c.element["min_length"].(float64)
	high, ok := c.element["max_length"].(float64)
	if !ok {
		high = 3000
	}
	if n > 0 && n < low || n > high {
		return fmt.Errorf("%q takes %.0f to %.0f characters, not %.0f", c.label(), low, high, n)
	}
	var err error
	switch c.kind() {
	case "datepicker":
		if !aDate.MatchString(text) {
			err = fmt.Errorf("%q is no date", text)
		}
	case "timepicker":
		if !aTime.MatchString(text) {
			err = fmt.Errorf("%q is no time", text)
		}
	case "number_input":
		_, err = strconv.ParseFloat(text, 64)
	case "email_text_input":
		_, err = mail.ParseAddress(text)
	case "url_text_input":
		var u *url.URL
		if u, err = url.Parse(text); err == nil && u.Host == "" {
			err = fmt.Errorf("%q is no address", text)
		}
	}
	return err
}

// isEmpty says whether a state holds nothing, so that a field that must be filled in is not.
func isEmpty(st obj) bool {
	for key, v := range st {
		if key == "type" {
			continue
		}
		switch v := v.(type) {
		case nil:
		case string:
			return v == ""
		case []any:
			return len(v) == 0
		default:
			return false
		}
	}
	return true
}
