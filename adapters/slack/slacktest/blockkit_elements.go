package slacktest

import (
	"fmt"
	"regexp"
	"slices"
)

// place is where an element stands.
type place int

const (
	inSection place = iota
	inActions
	inInput
)

// common are fields of most elements.
var common = []string{"type", "action_id", "confirm", "focus_on_load"}

var (
	aDate = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	aTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
)

// element checks one interactive element.
func (k *kit) element(e obj, at string, where place) {
	if e == nil {
		k.bad(at, "must be an object")
		return
	}
	kind, _ := e["type"].(string)
	if kind == "" {
		k.bad(at, "missing required field: type")
		return
	}
	if !allowed(kind, where, k.surface) {
		k.bad(at+"/type", "unsupported type: %s", kind)
		return
	}
	k.optional(e, "action_id", at, 1, 255)
	k.boolean(e, "focus_on_load", at)
	if present(e, "confirm") {
		k.confirm(asObj(e["confirm"]), at+"/confirm")
	}
	if present(e, "placeholder") {
		k.text(e, "placeholder", at, true, 1, 150, "plain_text")
	}
	switch kind {
	case "button":
		k.button(e, at)
	case "overflow":
		k.props(e, at, "type", "action_id", "confirm", "options")
		k.options(e, "options", at, 5, kind)
	case "checkboxes", "radio_buttons":
		k.props(e, at, append(common, "options", "initial_options", "initial_option")...)
		k.options(e, "options", at, 10, kind)
		k.initial(e, at)
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input":
		k.textInput(e, kind, at)
	case "datepicker", "timepicker", "datetimepicker":
		k.picker(e, kind, at)
	case "file_input":
		k.props(e, at, "type", "action_id", "filetypes", "max_files")
		k.number(e, "max_files", at, 1, 10)
	case "workflow_button", "icon_button", "feedback_buttons":
		// Known to Slack, and not looked into here.
	default:
		k.menu(e, kind, at)
	}
}

var (
	menus = []string{"static", "external", "users", "conversations", "channels"}
	texts = []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
)

func isMenu(kind string) bool {
	return slices.ContainsFunc(menus, func(m string) bool { return kind == m+"_select" || kind == "multi_"+m+"_select" })
}

// allowed says whether an element of that kind may stand there.
func allowed(kind string, where place, on surface) bool {
	switch {
	case isMenu(kind):
		// Menus with several choices do not stand in actions.
		return where != inActions || kind[:5] != "multi"
	case slices.Contains(texts, kind):
		return where == inInput
	case kind == "file_input":
		return where == inInput && on == onModal
	}
	switch kind {
	case "button", "overflow", "workflow_button", "icon_button":
		return where != inInput
	case "checkboxes", "radio_buttons", "datepicker", "timepicker":
		return true
	case "datetimepicker":
		return where != inSection
	case "feedback_buttons":
		return false
	}
	return false
}

func (k *kit) button(e obj, at string) {
	k.props(e, at, append(common, "text", "url", "value", "style", "accessibility_label")...)
	k.text(e, "text", at, true, 1, 75, "plain_text")
	k.optional(e, "value", at, 0, 2000)
	k.optional(e, "accessibility_label", at, 1, 75)
	if present(e, "url") {
		k.url(e, "url", at)
	}
	k.style(e, at)
}

func (k *kit) style(e obj, at string) {
	if present(e, "style") && e["style"] != "primary" && e["style"] != "danger" {
		k.bad(at+"/style", "must be a valid enum value")
	}
}

func (k *kit) confirm(c obj, at string) {
	k.props(c, at, "title", "text", "confirm", "deny", "style")
	k.text(c, "title", at, true, 1, 100, "plain_text")
	k.text(c, "text", at, true, 1, 300, "plain_text", "mrkdwn")
	k.text(c, "confirm", at, false, 1, 30, "plain_text")
	k.text(c, "deny", at, false, 1, 30, "plain_text")
	k.style(c, at)
}

func (k *kit) options(e obj, key, at string, most int, kind string) {
	for i, v := range k.list(e, key, at, 1, most) {
		k.option(asObj(v), pointer(pointer(at, key), i), kind)
	}
}

func (k *kit) option(o obj, at, kind string) {
	fields := []string{"text", "value", "description"}
	kinds := []string{"plain_text"}
	switch kind {
	case "overflow":
		fields = append(fields, "url")
	case "checkboxes", "radio_buttons":
		kinds = append(kinds, "mrkdwn")
	}
	k.props(o, at, fields...)
	k.text(o, "text", at, true, 1, 75, kinds...)
	k.required(o, "value", at, 1, 150)
	k.text(o, "description", at, false, 1, 75, kinds...)
	if present(o, "url") {
		k.url(o, "url", at)
	}
}

// initial checks that what is chosen at first is one of the choices.
func (k *kit) initial(e obj, at string) {
	if e["type"] == "checkboxes" && present(e, "initial_option") || e["type"] == "radio_buttons" && present(e, "initial_options") {
		k.bad(at, "invalid additional property: initial_option")
	}
	all := choices(e)
	known := func(v any) bool {
		return slices.ContainsFunc(all, func(o obj) bool { return o["value"] == asObj(v)["value"] && sameText(o, asObj(v)) })
	}
	if present(e, "initial_option") && !known(e["initial_option"]) {
		k.bad(at+"/initial_option", "must be one of the provided options")
	}
	if present(e, "initial_options") {
		for i, v := range k.list(e, "initial_options", at, 1, len(all)) {
			if !known(v) {
				k.bad(pointer(at+"/initial_options", i), "must be one of the provided options")
			}
		}
	}
}

func sameText(a, b obj) bool { return asObj(a["text"])["text"] == asObj(b["text"])["text"] }

// choices are an element's options, also those in groups.
func choices(e obj) []obj {
	var out []obj
	add := func(v any) {
		l, _ := v.([]any)
		for _, o := range l {
			out = append(out, asObj(o))
		}
	}
	add(e["options"])
	groups, _ := e["option_groups"].([]any)
	for _, g := range groups {
		add(asObj(g)["options"])
	}
	return out
}

func (k *kit) textInput(e obj, kind, at string) {
	fields := append([]string{"dispatch_action_config", "placeholder", "initial_value"}, common...)
	switch kind {
	case "plain_text_input":
		fields = append(fields, "multiline", "min_length", "max_length")
		k.boolean(e, "multiline", at)
		k.number(e, "min_length", at, 0, 3000)
		k.number(e, "max_length", at, 1, 3000)
		low, _ := e["min_length"].(float64)
		high, ok := e["max_length"].(float64)
		if ok && low > high {
			k.bad(at+"/min_length", "must be less than max_length")
		}
		if v, _ := e["initial_value"].(string); ok && len([]rune(v)) > int(high) {
			k.bad(at+"/initial_value", "must be less than %d characters", int(high)+1)
		}
	case "number_input":
		fields = append(fields, "is_decimal_allowed", "min_value", "max_value")
		if !present(e, "is_decimal_allowed") {
			k.bad(at, "missing required field: is_decimal_allowed")
		}
	case "rich_text_input":
		fields = append(fields, "min_lines", "max_lines")
		k.props(e, at, fields...)
		return
	}
	k.props(e, at, fields...)
	k.optional(e, "initial_value", at, 0, 3000)
}

func (k *kit) picker(e obj, kind, at string) {
	switch kind {
	case "datepicker":
		k.props(e, at, append(common, "placeholder", "initial_date")...)
		if v, ok := e["initial_date"].(string); present(e, "initial_date") && (!ok || !aDate.MatchString(v)) {
			k.bad(at+"/initial_date", "must match the format YYYY-MM-DD")
		}
	case "timepicker":
		k.props(e, at, append(common, "placeholder", "initial_time", "timezone")...)
		if v, ok := e["initial_time"].(string); present(e, "initial_time") && (!ok || !aTime.MatchString(v)) {
			k.bad(at+"/initial_time", "must match the format HH:mm")
		}
	default:
		k.props(e, at, append(common, "initial_date_time")...)
		k.number(e, "initial_date_time", at, 1000000000, 9999999999)
	}
}

func (k *kit) number(e obj, key, at string, low, high float64) {
	if !present(e, key) {
		return
	}
	n, ok := e[key].(float64)
	if !ok || n < low || n > high {
		k.bad(pointer(at, key), "must be a number from %v to %v", fmt.Sprintf("%.0f", low), fmt.Sprintf("%.0f", high))
	}
}

// menu checks a select menu.
func (k *kit) menu(e obj, kind, at string) {
	multi := len(kind) > 6 && kind[:6] == "multi_"
	source := kind[:len(kind)-len("_select")]
	fields := append([]string{"placeholder"}, common...)
	one := "initial_option"
	if multi {
		source = source[len("multi_"):]
		fields = append(fields, "max_selected_items")
		k.number(e, "max_selected_items", at, 1, 1000)
		one = "initial_options"
	}
	switch source {
	case "static":
		fields = append(fields, "options", "option_groups", one)
		k.staticMenu(e, at)
	case "external":
		fields = append(fields, "min_query_length", one)
		k.number(e, "min_query_length", at, 0, 1000)
	case "users":
		fields = append(fields, map[bool]string{true: "initial_users", false: "initial_user"}[multi])
	case "conversations":
		fields = append(fields, map[bool]string{true: "initial_conversations", false: "initial_conversation"}[multi],
			"default_to_current_conversation", "filter")
	case "channels":
		fields = append(fields, map[bool]string{true: "initial_channels", false: "initial_channel"}[multi])
	}
	if !multi && (source == "conversations" || source == "channels") {
		fields = append(fields, "response_url_enabled")
	}
	k.props(e, at, fields...)
}

func (k *kit) staticMenu(e obj, at string) {
	if present(e, "options") == present(e, "option_groups") {
		k.bad(at, "must define either `options` or `option_groups`")
		return
	}
	if present(e, "options") {
		k.options(e, "options", at, 100, "select")
	} else {
		for i, g := range k.list(e, "option_groups", at, 1, 100) {
			here, o := pointer(at+"/option_groups", i), asObj(g)
			k.props(o, here, "label", "options")
			k.text(o, "label", here, true, 1, 75, "plain_text")
			k.options(o, "options", here, 100, "select")
		}
	}
	k.initial(e, at)
}

// finishBlocks adds what Slack adds to blocks when it stores them: ids that are missing, and how texts
// are to be read.
func (s *Server) finishBlocks(list []any) {
	for _, v := range list {
		b := asObj(v)
		if !present(b, "block_id") {
			b["block_id"] = s.blockID()
		}
		s.finish(b)
	}
}

func (s *Server) finish(o obj) {
	switch o["type"] {
	case "plain_text":
		if !present(o, "emoji") {
			o["emoji"] = true
		}
		if text, ok := o["text"].(string); ok {
			o["text"] = escapeOnce(text)
		}
		return
	case "mrkdwn":
		if !present(o, "verbatim") {
			o["verbatim"] = false
		}
		if text, ok := o["text"].(string); ok {
			o["text"] = normalise(text)
		}
		return
	}
	if kind, _ := o["type"].(string); interactive(kind) && !present(o, "action_id") {
		o["action_id"] = s.blockID()
	}
	for _, v := range o {
		switch v := v.(type) {
		case map[string]any:
			s.finish(v)
		case []any:
			for _, e := range v {
				if e := asObj(e); e != nil {
					s.finish(e)
				}
			}
		}
	}
}

// interactive says whether a person can do something with an element of that kind.
func interactive(kind string) bool {
	return allowed(kind, inSection, onModal) || allowed(kind, inActions, onModal) || allowed(kind, inInput, onModal)
}
