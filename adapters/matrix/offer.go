package matrix

import (
	"fmt"
	"strconv"

	"guildhall/core/chat"
)

// offer is a button as a reaction: who reacts with Emoji presses it. It stands in the content of the
// message, so that it still works after a restart.
type offer struct {
	Emoji  string `json:"emoji"`
	Key    string `json:"key,omitempty"`    // of a button or a menu
	Choice string `json:"choice,omitempty"` // of a menu
	Form   string `json:"form,omitempty"`   // the key of a question
	Arg    string `json:"arg,omitempty"`    // the argument that the question is about
	Value  string `json:"value,omitempty"`
}

// press makes an event what its reaction means.
func (o offer) press(ev *chat.Event) {
	switch {
	case o.Form != "":
		ev.Kind, ev.Key, ev.Given = chat.Submitted, o.Form, chat.Given{o.Arg: o.Value}
	default:
		ev.Kind, ev.Key = chat.Pressed, o.Key
		if o.Choice != "" {
			ev.Chosen = []string{o.Choice}
		}
	}
}

// maxOffers is how many reactions one message gets: each is an event of its own, and homeservers
// count them against the bot's pace.
const maxOffers = 16

// letters are for buttons beside a list whose rows have the digits.
var letters = []string{"🇦", "🇧", "🇨", "🇩", "🇪", "🇫", "🇬", "🇭", "🇮", "🇯"}

// digit is the keycap of 1 to 10.
func digit(n int) string {
	if n == 10 {
		return "🔟"
	}
	return strconv.Itoa(n) + "\ufe0f\u20e3"
}

// table gives each button, choice and option of a message its emoji: its own, else the next digit,
// where rows are numbered the number of its row, else a letter.
type table struct {
	used   map[string]bool
	offers []offer
	next   int
	letter int
}

func (t *table) add(o offer) string {
	if len(t.offers) >= maxOffers || t.used[plainEmoji(o.Emoji)] {
		return ""
	}
	t.used[plainEmoji(o.Emoji)] = true
	t.offers = append(t.offers, o)
	return o.Emoji
}

// free is the next emoji that is not taken; empty when all are.
func (t *table) free() string {
	for ; t.next < 10; t.next++ {
		if d := digit(t.next + 1); !t.used[plainEmoji(d)] {
			return d
		}
	}
	for ; t.letter < len(letters); t.letter++ {
		if l := letters[t.letter]; !t.used[l] {
			return l
		}
	}
	return ""
}

// faces are the emoji of a message's parts, in the order in which they are shown; empty where there
// was none left.
type faces struct {
	rows    [][]string
	buttons []string
	menus   [][]string
	offers  []offer
}

// offered assigns a message's emoji.
func offered(m chat.Message) faces {
	t := &table{used: map[string]bool{}}
	var f faces
	single := m.Numbered
	for _, r := range m.List {
		single = single && len(r.Buttons) <= 1
	}
	if m.Form != nil {
		f.offers = t.question(m.Form)
	}
	for i, r := range m.List {
		var row []string
		for _, b := range r.Buttons {
			e := b.Emoji
			if n := m.From + i + 1; e == "" && single && n <= 10 {
				e = digit(n)
			}
			row = append(row, t.button(b, e))
		}
		f.rows = append(f.rows, row)
	}
	if single && len(m.List) > 0 {
		t.next = 10 // digits are the rows'
	}
	for _, b := range m.Buttons {
		f.buttons = append(f.buttons, t.button(b, b.Emoji))
	}
	for _, menu := range m.Menus {
		var list []string
		for _, o := range menu.Options {
			list = append(list, t.add(offer{Emoji: t.free(), Key: menu.Key, Choice: o.Value}))
		}
		f.menus = append(f.menus, list)
	}
	f.offers = t.offers
	return f
}

func (t *table) button(b chat.Button, emoji string) string {
	if b.Key == "" {
		return ""
	}
	if emoji == "" || t.used[plainEmoji(emoji)] {
		emoji = t.free()
	}
	if emoji == "" {
		return ""
	}
	return t.add(offer{Emoji: emoji, Key: b.Key})
}

// question offers the answers to a question that has a fixed list of which one is chosen; the list
// itself is in its text.
func (t *table) question(f *chat.Form) []offer {
	if len(f.Inputs) != 1 || f.Key == "" || len(f.Inputs[0].Options) > 10 {
		return nil
	}
	in := f.Inputs[0]
	switch in.Kind {
	case chat.Choices, chat.Topics, chat.Languages, chat.Spaces, chat.Records, chat.Ticks:
		return nil // several can be chosen, so they are typed
	}
	for i, o := range in.Options {
		t.add(offer{Emoji: digit(i + 1), Form: f.Key, Arg: in.Name, Value: o.Value})
	}
	return t.offers
}

// typed is what to type for a button, empty when there is nothing.
func typed(b chat.Button, prefix string) string {
	if b.Line == "" {
		return ""
	}
	return fmt.Sprint(prefix, b.Line)
}
