package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// formState goes with a modal to Slack and comes back with what was filled in.
type formState struct {
	Key    string   `json:"k"`
	Room   string   `json:"r,omitempty"` // where the command was used: channel and thread
	Thread string   `json:"t,omitempty"`
	URL    string   `json:"u,omitempty"` // the response address of what asked, and when that came
	At     int64    `json:"a,omitempty"`
	Filled []string `json:"f,omitempty"` // the inputs that had a value, so that an empty one takes it away
}

// Ids in a modal. An input's block is "in:<name>", and "in:<name>:<n>" where it needs several; its element
// is "v", or askID with command and argument where Slack asks us for its options.
const (
	inputID  = "in:"
	askID    = "ask:"
	formID   = "form"
	resultID = "result"
)

// view is a modal or a Home as it is sent.
type view obj

// modal is f as a modal. words are the adapter's own.
func modal(f chat.Form, st formState, w words) view {
	st.Key = f.Key
	for _, in := range f.Inputs {
		if in.Value != "" {
			st.Filled = append(st.Filled, in.Name)
		}
	}
	var bs []block
	n := names{}
	for _, p := range f.Intro {
		r := renderer{names: n}
		r.paragraph(p)
		bs = append(bs, r.out...)
	}
	for _, in := range f.Inputs {
		bs = append(bs, inputs(f, in, w)...)
	}
	if len(bs) > maxViewBlocks {
		bs = bs[:maxViewBlocks]
	}
	v := view{
		"type": "modal", "callback_id": formID, "private_metadata": st.encode(),
		"title": plainText(clip(orElse(oneLine(f.Title), "Guildhall"), maxTitle)),
		"close": plainText(clip(w.say("cancel", nil), maxTitle)),
	}
	submit := clip(orElse(oneLine(f.Submit), w.say("send", nil)), maxTitle)
	v["submit"], v["blocks"] = plainText(submit), list(bs)
	return v
}

func list(bs []block) []any {
	out := make([]any, len(bs))
	for i, b := range bs {
		out[i] = b
	}
	return out
}

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return strings.TrimSpace(s)
}

// encode is the state as a view's private data. The response address is left out where it is too long.
func (st formState) encode() string {
	b, err := json.Marshal(st)
	if err != nil || len(b) > maxPrivate {
		st.URL, st.Filled = "", nil
		b, _ = json.Marshal(st)
	}
	return string(b)
}

func decodeState(s string) (st formState) {
	_ = json.Unmarshal([]byte(s), &st) // a view that is not ours has no key
	return st
}

// inputs are one question of a form as blocks: usually one.
func inputs(f chat.Form, in chat.Input, w words) []block {
	if (in.Kind == chat.Ticks || in.Kind == chat.Choices || in.Kind == chat.Spaces) && len(in.Options) > 0 && len(in.Options) <= 200 &&
		(in.Kind == chat.Ticks || len(in.Options) <= maxTicks) {
		return ticks(in)
	}
	e := element(f, in, w)
	if e == nil {
		return nil
	}
	if e["action_id"] == nil {
		e["action_id"] = "v"
	}
	return []block{inputBlock(in, inputID+in.Name, in.Label, e)}
}

func inputBlock(in chat.Input, id, name string, e obj) block {
	b := block{"type": "input", "block_id": clip(id, 255), "label": plainText(clip(orElse(oneLine(name), in.Name), 200)), "element": e,
		"optional": !in.Required}
	hint := in.Hint
	if in.Problem != "" { // it stands where the eye is; Slack shows errors of its own only after a submission
		hint = in.Problem + " " + hint
	}
	if hint = strings.TrimSpace(oneLine(hint)); hint != "" {
		b["hint"] = plainText(clip(hint, maxHint))
	}
	return b
}

// ticks are options with a box each, ten to a block.
func ticks(in chat.Input) []block {
	on := chosen(in)
	var out []block
	for from := 0; from < len(in.Options); from += maxTicks {
		part := in.Options[from:min(from+maxTicks, len(in.Options))]
		var options, initial []any
		for _, o := range part {
			if o.Value == "" || units(o.Value) > maxValue {
				continue
			}
			opt := option(o)
			options = append(options, opt)
			if o.On || on[o.Value] {
				initial = append(initial, opt)
			}
		}
		if len(options) == 0 {
			continue
		}
		e := obj{"type": "checkboxes", "action_id": "v", "options": options}
		if len(initial) > 0 {
			e["initial_options"] = initial
		}
		one, id, name := in, inputID+in.Name, in.Label
		if from > 0 {
			id, name = fmt.Sprintf("%s:%d", id, from/maxTicks), fmt.Sprintf("%s (%d–%d)", in.Label, from+1, from+len(part))
			one.Hint, one.Problem = "", ""
		}
		if len(in.Options) > maxTicks {
			one.Required = false // one of the boxes may be in another block; the command says what is missing
		}
		out = append(out, inputBlock(one, id, name, e))
	}
	return out
}

// chosen are the values that an input has already.
func chosen(in chat.Input) map[string]bool {
	out := map[string]bool{}
	for _, v := range values(in.Value) {
		out[v] = true
	}
	return out
}

// values are the parts of a value that stands for several, each once.
func values(s string) []string {
	var out []string
	for _, v := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if v = strings.TrimSpace(v); v != "" && !contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// element is the control for an input, by its kind.
func element(f chat.Form, in chat.Input, w words) obj {
	switch in.Kind {
	case chat.Choice, chat.Topic:
		return selectOne(f, in, w)
	case chat.Choices, chat.Topics, chat.Spaces, chat.Ticks:
		return selectMany(f, in, w)
	case chat.Yes:
		return yesNo(in, w)
	case chat.Record, chat.Language, chat.Country:
		e := obj{"type": "external_select", "min_query_length": 0}
		if in.Kind != chat.Record {
			e["min_query_length"] = 2
		}
		if in.Value != "" && units(in.Value) <= maxValue {
			e["initial_option"] = option(chat.Option{Value: in.Value, Label: valueLabel(in.Kind, in.Value, w)})
		}
		return asks(f, in, e, w)
	case chat.Records, chat.Languages:
		e := obj{"type": "multi_external_select", "min_query_length": 0}
		var initial []any
		for _, v := range values(in.Value) {
			if units(v) <= maxValue {
				initial = append(initial, option(chat.Option{Value: v, Label: valueLabel(in.Kind, v, w)}))
			}
		}
		if len(initial) > 0 {
			e["initial_options"] = initial
		}
		return asks(f, in, e, w)
	case chat.Date:
		e := obj{"type": "datepicker"}
		if _, err := time.Parse(time.DateOnly, in.Value); err == nil {
			e["initial_date"] = in.Value
		}
		return e
	case chat.Hour:
		e := obj{"type": "timepicker"}
		if _, err := time.Parse("15:04", in.Value); err == nil && len(in.Value) == 5 {
			e["initial_time"] = in.Value
		}
		return e
	case chat.Member:
		e := obj{"type": "users_select", "placeholder": plainText(w.say("person", nil))}
		if _, user := split(in.Value); strings.Contains(in.Value, "/") && user != "" {
			e["initial_user"] = user
		}
		return e
	case chat.File:
		return obj{"type": "file_input", "max_files": 10}
	}
	return typed(in, w)
}

// typed is an input that people write in.
func typed(in chat.Input, w words) obj {
	e := obj{"type": "plain_text_input"}
	switch in.Kind {
	case chat.Link:
		e["type"] = "url_text_input"
		if text.SafeURL(in.Value) == "" {
			in.Value = ""
		}
	case chat.Mail:
		e["type"] = "email_text_input"
	case chat.Number:
		e["type"], e["is_decimal_allowed"] = "number_input", false
		if strings.Trim(in.Value, "0123456789-") != "" {
			in.Value = ""
		}
	case chat.Text:
		if in.Max > maxInput || units(in.Value) > maxInput { // longer than a plain field takes
			e["type"] = "rich_text_input"
			if in.Value != "" {
				e["initial_value"] = obj{"type": "rich_text", "elements": []any{obj{"type": "rich_text_section",
					"elements": []any{obj{"type": "text", "text": in.Value}}}}}
			}
			return e
		}
		e["multiline"] = true
	}
	if in.Value != "" {
		e["initial_value"] = clip(in.Value, maxInput)
	}
	if in.Max > 0 && in.Max <= maxInput && e["type"] == "plain_text_input" && units(in.Value) <= in.Max {
		e["max_length"] = in.Max
	}
	return e
}

// fixed are an input's options as Slack takes them, and those that are chosen.
func fixed(in chat.Input) (options, initial []any) {
	on := chosen(in)
	for _, o := range in.Options {
		if o.Value == "" || units(o.Value) > maxValue || len(options) == maxOptions {
			continue
		}
		opt := option(o)
		options = append(options, opt)
		if o.On || on[o.Value] {
			initial = append(initial, opt)
		}
	}
	return options, initial
}

func selectOne(f chat.Form, in chat.Input, w words) obj {
	options, initial := fixed(in)
	if len(options) == 0 {
		return typed(in, w)
	}
	if len(in.Options) > maxOptions {
		e := obj{"type": "external_select", "min_query_length": 1}
		if len(initial) > 0 {
			e["initial_option"] = initial[0]
		}
		return asks(f, in, e, w)
	}
	e := obj{"type": "static_select", "options": options, "placeholder": plainText(w.say("choose", nil))}
	if in.Required && len(options) <= 4 {
		e = obj{"type": "radio_buttons", "options": options} // seen at a glance, and one stays chosen
	}
	if len(initial) > 0 {
		e["initial_option"] = initial[0]
	}
	return e
}

func selectMany(f chat.Form, in chat.Input, w words) obj {
	options, initial := fixed(in)
	if len(options) == 0 {
		return typed(in, w)
	}
	e := obj{"type": "multi_static_select", "options": options, "placeholder": plainText(w.say("choose", nil))}
	if len(in.Options) > maxOptions {
		e = obj{"type": "multi_external_select", "min_query_length": 1}
	}
	if len(initial) > 0 {
		e["initial_options"] = initial
	}
	if e["type"] == "multi_external_select" {
		return asks(f, in, e, w)
	}
	return e
}

func yesNo(in chat.Input, w words) obj {
	var options []any
	for _, o := range in.Options {
		options = append(options, option(o))
	}
	if len(options) == 0 {
		options = []any{option(chat.Option{Value: "yes", Label: w.say("yes", nil)}), option(chat.Option{Value: "no", Label: w.say("no", nil)})}
	}
	e := obj{"type": "static_select", "options": options, "placeholder": plainText(w.say("choose", nil))}
	if in.Required {
		e = obj{"type": "radio_buttons", "options": options}
	}
	switch in.Value {
	case "yes", "on", "true":
		e["initial_option"] = options[0]
	case "no", "off", "false":
		e["initial_option"] = options[len(options)-1]
	}
	return e
}

// asks makes a menu whose options Slack asks us for.
func asks(f chat.Form, in chat.Input, e obj, w words) obj {
	e["action_id"] = clip(askID+f.Command+"|"+in.Name+"|"+string(in.Kind), 255)
	e["placeholder"] = plainText(w.say("search", nil))
	return e
}

// valueLabel is how a value is read.
func valueLabel(k chat.Kind, v string, w words) string {
	switch k {
	case chat.Language, chat.Languages:
		return orElse(text.LanguageName(v, w.lang), v)
	case chat.Country:
		return orElse(text.CountryName(v, w.lang), v)
	}
	return v
}

// errorsOf are the problems of a form that was sent, by the block of its field; ok is false when one belongs
// to no field of the modal.
func errorsOf(f *chat.Form, blocks map[string]bool) (map[string]string, bool) {
	out := map[string]string{}
	for _, in := range f.Inputs {
		if in.Problem == "" {
			continue
		}
		id := inputID + in.Name
		if !blocks[id] {
			return nil, false
		}
		out[id] = clip(in.Problem, 2000)
	}
	return out, len(out) > 0
}
