package slack

import (
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

func (r *renderer) number() string {
	r.next++
	return strconv.Itoa(r.next)
}

func (r *renderer) button(b chat.Button) obj {
	o := obj{"type": "button", "action_id": pressID + r.number(), "text": plainText(label(b.Label))}
	switch {
	case b.URL != "":
		o["url"] = b.URL
	default:
		o["value"] = b.Key
	}
	if b.Style == chat.Primary || b.Style == chat.Danger {
		o["style"] = string(b.Style)
	}
	if b.Name != "" {
		o["accessibility_label"] = clip(oneLine(b.Name), maxLabel)
	}
	return o
}

// label is a text for a control, which must not be empty.
func label(s string) string {
	if s = strings.TrimSpace(oneLine(s)); s == "" {
		s = "…"
	}
	return clip(s, maxLabel)
}

// overflow is the menu behind three dots.
func (r *renderer) overflow(bs []chat.Button) obj {
	var options []any
	for _, b := range bs[:min(len(bs), 5)] {
		o := obj{"text": plainText(label(b.Label)), "value": b.Key}
		if b.URL != "" {
			o["url"], o["value"] = b.URL, "open"
		}
		options = append(options, o)
	}
	return obj{"type": "overflow", "action_id": moreID + r.number(), "options": options}
}

// actions are the buttons, and the menus.
func (r *renderer) actions(m chat.Message) {
	bs := m.Buttons
	for len(bs) > 0 {
		n := min(len(bs), 25)
		var list []any
		for _, b := range bs[:n] {
			list = append(list, r.button(b))
		}
		r.add(block{"type": "actions", "elements": list})
		bs = bs[n:]
	}
	for _, menu := range m.Menus {
		r.menu(menu)
	}
}

// menu is a choice: of one in a menu of its own, of several beside its label.
func (r *renderer) menu(m chat.Menu) {
	if len(m.Options) == 0 {
		return
	}
	var options, on []any
	shown := m.Options[:min(len(m.Options), maxOptions)]
	for _, o := range shown {
		if o.Value == "" || units(o.Value) > maxValue {
			continue
		}
		// Slack counts them all as text of the message.
		if len(shown) > 25 {
			o.Label, o.About = clip(orElse(o.Label, o.Value), maxMenu/len(shown)), ""
		}
		opt := option(o)
		options = append(options, opt)
		if o.On {
			on = append(on, opt)
		}
	}
	if len(options) == 0 {
		return
	}
	e := obj{"type": "static_select", "action_id": menuID + m.Key, "placeholder": plainText(clip(label(m.Label), maxLabel)), "options": options}
	if !m.Many {
		if len(on) > 0 {
			e["initial_option"] = on[0]
		}
		r.add(block{"type": "actions", "elements": []any{e}})
		return
	}
	e["type"] = "multi_static_select"
	if len(on) > 0 {
		e["initial_options"] = on
	}
	r.add(block{"type": "section", "text": r.element(text.Plain(label(m.Label)), maxSection), "accessory": e})
}

// option is one choice of a menu.
func option(o chat.Option) obj {
	name := o.Label
	if name == "" {
		name = o.Value
	}
	out := obj{"text": plainText(label(name)), "value": o.Value}
	if o.About != "" {
		out["description"] = plainText(label(o.About))
	}
	return out
}
