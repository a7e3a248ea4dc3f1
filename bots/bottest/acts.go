package bottest

import (
	"fmt"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// event is something that a person does where they are.
func (s *Stage) event(kind chat.EventKind, p *Person) chat.Event {
	s.n++
	at := s.at[p.Account]
	_, direct := isDirect(at.Room)
	return chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", s.n)), Kind: kind, At: s.Now, Where: at, Direct: direct, Hidden: s.hidden[at.Room],
		From: chat.Author{Account: p.Account, Name: p.Name, Locale: p.Locale}, Can: chat.Carry{Answer: !s.bare, Form: !s.bare}}
}

// do gives an event to the engine, writes down what it answers, and works all that is due.
func (s *Stage) do(ev chat.Event) {
	s.t.Helper()
	s.last = &ev
	a := s.Handle(ev)
	who := ev.From.Account
	if a.Message != nil {
		only := who
		if ev.Direct {
			only = "" // it stands in their conversation with us
		}
		s.put(&shown{at: ev.Where, who: only, m: *a.Message}, "")
		if a.Delivered != nil {
			if err := a.Delivered(s.t.Context(), chat.Sent{}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	if a.Form != nil {
		s.forms[who] = openForm{*a.Form, ev.Where}
		s.shown = append(s.shown, "  form for "+string(who)+": "+a.Form.Title+": "+strings.Join(fields(*a.Form), ", "))
	}
	s.Drain()
}

// fields are the inputs of a form as they are written down.
func fields(f chat.Form) []string {
	var out []string
	for _, in := range f.Inputs {
		line := in.Label
		if in.Value != "" {
			line += " [" + text.Clean(in.Value, 60) + "]"
		}
		if in.Problem != "" {
			line += " (" + in.Problem + ")"
		}
		if in.Kind == chat.Ticks {
			var options []string
			for _, o := range in.Options {
				mark := "☐ "
				if o.On {
					mark = "☑ "
				}
				options = append(options, mark+o.Label)
			}
			line += " " + strings.Join(options, " ")
		}
		out = append(out, line)
	}
	return out
}

// types gives a slash command.
func (s *Stage) types(p *Person, line string) {
	s.t.Helper()
	ev := s.event(chat.Invoked, p)
	ev.Text = line
	s.do(ev)
}

// says writes a message, in reply to another where to is not nil.
func (s *Stage) says(p *Person, words string, files []chat.FileRef, to *chat.Target) {
	s.t.Helper()
	ev := s.event(chat.Said, p)
	ev.Text, ev.Files, ev.Target, ev.Addressed = words, files, to, ev.Direct
	for _, prefix := range []string{"@Guildhall", "@guildhall"} {
		if line, addressed := strings.CutPrefix(words, prefix); addressed {
			ev.Text, ev.Addressed = strings.TrimSpace(line), true
		}
	}
	if s.bare {
		if line, addressed := strings.CutPrefix(words, "/"); addressed {
			ev.Text, ev.Addressed = line, true
		}
	}
	msg := &shown{at: ev.Where, from: p.Account, words: words, files: files}
	ev.Message = s.put(msg, "").Message
	s.do(ev)
}

// visible says whether a person sees a message.
func (s *Stage) visible(p *Person, m *shown) bool {
	if m.gone || m.who != "" && m.who != p.Account {
		return false
	}
	if who, ok := isDirect(m.at.Room); ok {
		return who == p.Account
	}
	return m.who == p.Account || m.at.Space == p.Home || m.at.Space == s.at[p.Account].Space
}

// newest is the newest message that a person sees and that has words (any, when they are empty) and
// suits.
func (s *Stage) newest(p *Person, words string, suits func(*shown) bool) *shown {
	for _, m := range slices.Backward(s.msgs) {
		if s.visible(p, m) && strings.Contains(m.words+m.m.Plain(), words) && suits(m) {
			return m
		}
	}
	return nil
}

// presses presses the newest button of that label.
func (s *Stage) presses(p *Person, label, under string) error {
	var key string
	m := s.newest(p, under, func(m *shown) bool {
		for _, b := range buttons(m.m) {
			if b.Label == label && b.URL == "" {
				key = b.Key
				return true
			}
		}
		return false
	})
	if m == nil {
		return fmt.Errorf("%s sees no button [%s]", p.Account, label)
	}
	ev := s.event(chat.Pressed, p)
	ev.Key, ev.Message, ev.Where = key, m.id, m.at
	_, ev.Direct = isDirect(m.at.Room)
	s.do(ev)
	return nil
}

// chooses chooses options of the newest menu that has the first.
func (s *Stage) chooses(p *Person, options []string) error {
	var key string
	var values []string
	m := s.newest(p, "", func(m *shown) bool {
		for _, menu := range m.m.Menus {
			values = nil
			for _, want := range options {
				for _, o := range menu.Options {
					if o.Label == want {
						values = append(values, o.Value)
					}
				}
			}
			if len(values) == len(options) {
				key = menu.Key
				return true
			}
		}
		return false
	})
	if m == nil {
		return fmt.Errorf("%s sees no menu with %q", p.Account, options)
	}
	ev := s.event(chat.Pressed, p)
	ev.Key, ev.Chosen, ev.Message, ev.Where = key, values, m.id, m.at
	_, ev.Direct = isDirect(m.at.Room)
	s.do(ev)
	return nil
}

// fills sends the form that is open for a person. What is not given keeps its proposal; ticks are
// given by their labels' first words, parted by "|".
func (s *Stage) fills(p *Person, given chat.Given, files map[string][]chat.FileRef) error {
	f, ok := s.forms[p.Account]
	if !ok {
		return fmt.Errorf("no form is open for %s", p.Account)
	}
	whole := chat.Given{}
	for _, in := range f.form.Inputs {
		v, said := given[in.Name]
		switch {
		case said && len(in.Options) > 0:
			var values []string
			for _, part := range strings.Split(v, "|") {
				values = append(values, optionOf(in, strings.TrimSpace(part)))
			}
			whole[in.Name] = strings.Join(values, ", ")
		case said:
			whole[in.Name] = v
		case in.Kind == chat.Ticks:
			var on []string
			for _, o := range in.Options {
				if o.On {
					on = append(on, o.Value)
				}
			}
			whole[in.Name] = strings.Join(on, ", ")
		case in.Value != "":
			whole[in.Name] = in.Value
		}
		delete(given, in.Name)
	}
	for name := range given {
		return fmt.Errorf("the form has no field %q", name)
	}
	ev := s.event(chat.Submitted, p)
	ev.Key, ev.Given, ev.Where, ev.GivenFiles = f.form.Key, whole, f.at, files
	_, ev.Direct = isDirect(f.at.Room)
	s.do(ev)
	return nil
}

func optionOf(in chat.Input, label string) string {
	for _, o := range in.Options {
		if o.Label == label || o.Value == label || label != "" && strings.Contains(o.Label, label) {
			return o.Value
		}
	}
	return label
}

// on is an event about the newest message that says words.
func (s *Stage) on(kind chat.EventKind, p *Person, words string) (chat.Event, error) {
	m := s.newest(p, words, func(m *shown) bool { return m.who == "" })
	if m == nil {
		return chat.Event{}, fmt.Errorf("%s sees no message that says %q", p.Account, words)
	}
	ev := s.event(kind, p)
	t := s.target(m)
	ev.Target, ev.Where = &t, m.at
	_, ev.Direct = isDirect(m.at.Room)
	return ev, nil
}

// changes edits or, with deleted, removes the newest message of a person's own that says words.
func (s *Stage) changes(p *Person, words, now string, deleted bool) error {
	m := s.newest(p, words, func(m *shown) bool { return m.from == p.Account })
	if m == nil {
		return fmt.Errorf("%s wrote no message that says %q", p.Account, words)
	}
	kind := chat.Edited
	if deleted {
		kind, m.gone = chat.Deleted, true
	}
	m.words = now
	ev := s.event(kind, p)
	ev.Where, ev.Message, ev.Text = m.at, m.id, now
	s.do(ev)
	return nil
}

// moves brings a person to a place: "#room", "annex#room", "dm", or a record's thread in their space.
func (s *Stage) moves(p *Person, place string) error {
	switch {
	case place == "":
		return nil
	case place == "dm":
		s.at[p.Account] = direct(p.Home, p.Account)
	case strings.Contains(place, "#"):
		space, name, _ := strings.Cut(place, "#")
		if space == "" {
			space = string(p.Home)
		}
		s.at[p.Account] = chat.Address{Platform: service, Space: chat.SpaceID(space), Room: chat.RoomID(space + "#" + name)}
	default:
		m := s.newest(p, "", func(m *shown) bool {
			_, dm := isDirect(m.at.Room)
			return m.m.Record == place && m.m.Threaded && m.who == "" && !dm && m.at.Space == p.Home
		})
		if m == nil {
			return fmt.Errorf("%s has no thread where %s is", place, p.Account)
		}
		at := m.at
		at.Thread = chat.ThreadID(m.id)
		s.at[p.Account] = at
	}
	return nil
}
