package discord_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"guildhall/adapters/discord/discordtest"
)

// hostile are texts that people type when they mean no good, or do not know better.
var hostile = []string{"@everyone **bold** <@1> [x](https://evil.example) ```code```", "H1", "R999", "6 weeks", "2027-03-01", "1", "yes", "", "  ",
	"https://example.org/a?b=c&d=<e>", "Zażółć gęślą jaźń 👩‍🔧", strings.Repeat("long ", 300), "it", "\u202eright to left", "Europe/Rome", "a, b; c", "ann@example.org", "P1", "C1", "G1", "everyone"}

// TestAWalkThroughEverything uses every command with whatever comes to hand, fills in every form and
// presses every button that shows up: nothing breaks a rule of Discord, nothing is left unanswered, and
// nothing goes wrong on our side.
func TestAWalkThroughEverything(t *testing.T) {
	t.Parallel()
	s := openServer(t, discordtest.Options{})
	s.setUp()
	help := s.room("vet-communication")
	w := &walk{server: s, rnd: rand.New(rand.NewPCG(7, 11)), in: help} //nolint:gosec // the same each time
	for _, p := range []*discordtest.Person{s.mia, s.ann} {
		for round := range 2 {
			for _, c := range p.Offered(help) {
				if c.Type == discordtest.SlashCommand && c.Path != "mydata erase" && c.Path != "setup leave" {
					w.slash(p, c, round)
				}
			}
		}
	}
	for _, p := range []*discordtest.Person{s.mia, s.ann} {
		m, err := s.bea.Say(help, "Here is our rubric: https://example.org/rubric", discordtest.Upload{Name: "rubric.pdf", Data: []byte("%PDF-1.4")})
		s.must(err)
		for _, c := range p.Offered(help) {
			if c.Type == discordtest.MessageCommand {
				i, err := p.UseOn(m, c.Path)
				s.must(err)
				w.follow(p, i, 2, "on a message: "+c.Path)
			}
		}
	}
	t.Logf("%d answers, %d forms", w.answers, w.forms)
	if w.answers < 100 || w.forms < 20 {
		t.Error("the walk was short")
	}
}

type walk struct {
	*server
	rnd            *rand.Rand
	in             *discordtest.Channel
	answers, forms int
}

func (w *walk) any() string { return hostile[w.rnd.IntN(len(hostile))] }

// slash uses a command: first with nothing but what must be given, then with everything.
func (w *walk) slash(p *discordtest.Person, c discordtest.Shown, round int) {
	w.t.Helper()
	var all []discordtest.Option
	for _, cmd := range w.Commands() {
		all = append(all, w.fill(cmd, c.Path)...)
	}
	var i *discordtest.Interaction
	err := error(nil)
	if round == 0 {
		i, err = p.Slash(w.in, c.Path)
	}
	if round > 0 || err != nil {
		i, err = p.Slash(w.in, c.Path, all...)
	}
	if err != nil {
		w.t.Logf("/%s was not let through by the client: %v", c.Path, err)
		return
	}
	w.follow(p, i, 2, "/"+c.Path)
}

// fill are values for the options of a command.
func (w *walk) fill(cmd discordtest.Command, path string) (out []discordtest.Option) {
	first, sub, grouped := strings.Cut(path, " ")
	if cmd.Name != first && cmd.NameLocal["it"] != first || cmd.Type != discordtest.SlashCommand {
		return nil
	}
	options := cmd.Options
	if grouped {
		options = nil
		for _, o := range cmd.Options {
			if o.Name == sub || o.NameLocal["it"] == sub {
				options = o.Options
			}
		}
	}
	for _, o := range options {
		if w.rnd.IntN(3) == 0 && !o.Required {
			continue
		}
		switch o.Type {
		case discordtest.StringOption:
			v := w.any()
			if len(o.Choices) > 0 {
				v = fmt.Sprint(o.Choices[w.rnd.IntN(len(o.Choices))].Value)
			} else if o.MaxLength != nil && len([]rune(v)) > *o.MaxLength {
				v = "short"
			}
			if o.Required {
				v = orElse(v, "H1")
			}
			if strings.TrimSpace(v) != "" {
				out = append(out, discordtest.Opt(o.Name, v))
			}
		case discordtest.IntegerOption:
			out = append(out, discordtest.Opt(o.Name, w.rnd.IntN(2000)-5))
		case discordtest.BooleanOption:
			out = append(out, discordtest.Opt(o.Name, w.rnd.IntN(2) == 0))
		case discordtest.AttachmentOption:
			out = append(out, discordtest.Opt(o.Name, discordtest.Upload{Name: w.any() + ".pdf", Data: []byte("%PDF-1.4")}))
		}
	}
	return out
}

// follow goes on with what an interaction led to.
func (w *walk) follow(p *discordtest.Person, i *discordtest.Interaction, depth int, how string) {
	w.t.Helper()
	o, err := i.Outcome()
	if err != nil {
		w.t.Errorf("%s by %s: %v", how, p, err)
		return
	}
	if o.Modal != nil {
		w.forms++
		values := map[string]any{}
		for _, in := range o.Modal.Inputs {
			v := w.any()
			if len([]rune(v)) > in.Most {
				v = string([]rune(v)[:in.Most])
			}
			if v != "" || in.Required {
				values[in.CustomID] = orElse(v, "something")
			}
		}
		if sent, err := p.Submit(o.Modal, values); err == nil {
			w.follow(p, sent, depth, how+" → form")
		} else {
			w.t.Logf("%s: the form was not let through by the client: %v", how, err)
		}
		return
	}
	m, err := i.Reply()
	if err != nil {
		return // a message changed in place, or nothing to say
	}
	w.answers++
	if strings.Contains(m.Text(), "Something went wrong") || strings.Contains(m.Text(), "andato storto") {
		w.t.Errorf("%s by %s: %q", how, p, m.Text())
	}
	if depth == 0 {
		return
	}
	for _, l := range m.Labels() {
		if c, ok := m.Button(l); !ok || c.URL != "" {
			continue
		}
		if pressed, err := p.Press(m, l); err == nil {
			w.follow(p, pressed, depth-1, how+" → ["+l+"]")
		}
	}
	for _, menu := range m.Selects() {
		if len(menu.Options) > 0 {
			if chosen, err := p.Choose(m, menu.CustomID, menu.Options[w.rnd.IntN(len(menu.Options))].Label); err == nil {
				w.follow(p, chosen, depth-1, how+" → "+menu.Placeholder)
			}
		}
	}
}

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}
