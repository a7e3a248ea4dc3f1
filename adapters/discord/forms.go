package discord

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// A modal holds five fields of text and nothing else, opens only as the first response to a command
// or button, and cannot follow another modal. So a form that is more than that is asked in steps: what
// is chosen from a list in menus of a private message, the rest in modals, a button between them.

// formTime is how long a form in steps is kept.
const formTime = 24 * time.Hour

// asked is a form in steps and what was given so far.
type asked struct {
	Form   chat.Form
	Lang   string
	By     chat.AccountID
	Step   int
	Given  chat.Given
	Picked map[string]map[int][]string // by field and page
	Where  chat.Address
	Direct bool
}

// stage is one step.
type stage struct {
	menus  bool
	file   bool
	inputs []chat.Input
}

// stages cuts a form into steps.
func stages(f chat.Form) []stage {
	var menus, texts, files []chat.Input
	for _, in := range f.Inputs {
		switch {
		case in.Kind == chat.File:
			if in.Required {
				files = append(files, in)
			}
		case len(in.Options) > 0 && (in.Kind == chat.Ticks || in.Required && in.Value == "" || in.Kind == chat.Choices && in.Asked):
			menus = append(menus, in)
		default:
			texts = append(texts, in)
		}
	}
	var out []stage
	rows := 0
	for _, in := range menus {
		need := (len(in.Options) + maxOptions - 1) / maxOptions
		if rows == 0 || rows+need > maxRows-1 {
			out, rows = append(out, stage{menus: true}), 0
		}
		rows += need
		last := &out[len(out)-1]
		last.inputs = append(last.inputs, in)
	}
	for part := range slices.Chunk(texts, maxInputs) {
		out = append(out, stage{inputs: part})
	}
	for _, in := range files {
		out = append(out, stage{file: true, inputs: []chat.Input{in}})
	}
	return out
}

// form answers with a form.
func (t *turn) form(ctx context.Context, f chat.Form) error {
	steps := stages(f)
	if len(steps) == 0 {
		return t.nothing(ctx)
	}
	t.mu.Lock()
	opens := t.state == waiting && t.i.Type != modalSent
	t.mu.Unlock()
	if len(steps) == 1 && !steps[0].menus && !steps[0].file && opens {
		return t.modal(ctx, formID+f.Key, f.Title, steps[0].inputs, nil)
	}
	a := asked{Form: f, Lang: t.i.Locale, By: chat.AccountID(t.by.ID), Given: chat.Given{}, Where: t.place(), Direct: t.i.Guild == ""}
	for _, step := range steps {
		for _, in := range step.inputs {
			if step.menus {
				a.preset(in)
			}
		}
	}
	key := rand.Text()
	if err := t.keep(ctx, key, a); err != nil {
		return err
	}
	if !steps[0].menus && !steps[0].file && opens && len(problems(f)) == 0 {
		return t.modal(ctx, modalID+key, f.Title, steps[0].inputs, a.Given)
	}
	return t.step(ctx, key, a, false)
}

func (t *turn) keep(ctx context.Context, key string, a asked) error {
	state, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keep a form: %w", err)
	}
	now := t.p.opt.Now()
	if err := t.p.opt.Store.KeepForm(ctx, key, state, now, now.Add(formTime)); err != nil {
		return fmt.Errorf("keep a form: %w", err)
	}
	return nil
}

// modal opens a modal: it must be the first response.
func (t *turn) modal(ctx context.Context, custom, title string, inputs []chat.Input, given chat.Given) error {
	rows := []discordgo.MessageComponent{}
	for _, in := range inputs {
		rows = append(rows, row(textInput(in, given)))
	}
	if title = cut(strings.TrimSpace(title), maxModalTitle); title == "" {
		title = "Guildhall"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != waiting {
		return fmt.Errorf("the moment for a form has passed: %w", chat.ErrGone)
	}
	err := t.respond(ctx, respondModal, map[string]any{"custom_id": custom, "title": title, "components": rows}, nil)
	t.settle(answered, err)
	return err
}

func textInput(in chat.Input, given chat.Given) discordgo.TextInput {
	most := maxInputText
	if in.Max > 0 && in.Max < most {
		most = in.Max
	}
	value, there := given[in.Name]
	if !there {
		value = in.Value
	}
	hint := in.Hint
	if len(in.Options) > 0 && in.Kind != chat.Line && in.Kind != chat.Text {
		hint = choices(in)
	}
	out := discordgo.TextInput{CustomID: in.Name, Label: cut(in.Label, maxInputLabel), Style: discordgo.TextInputShort,
		Placeholder: cut(strings.ReplaceAll(hint, "\n", " "), maxInputHint), Value: cut(value, most), Required: in.Required, MaxLength: most}
	if in.Kind == chat.Text {
		out.Style = discordgo.TextInputParagraph
	} else {
		out.Value = strings.ReplaceAll(out.Value, "\n", " ")
	}
	if out.Label == "" {
		out.Label = cut(in.Name, maxInputLabel)
	}
	return out
}

// choices are the options of a field that is typed, by number.
func choices(in chat.Input) string {
	var out []string
	for i, o := range in.Options {
		out = append(out, strconv.Itoa(i+1)+" "+o.Label)
	}
	return strings.Join(out, " · ")
}

func problems(f chat.Form) []text.Rich {
	var out []text.Rich
	for _, in := range f.Inputs {
		if in.Problem != "" {
			out = append(out, text.Plain(in.Problem))
		}
	}
	return out
}

// step shows where a form in steps is: its menus, or the button that opens the next modal.
func (t *turn) step(ctx context.Context, key string, a asked, replace bool) error {
	steps := stages(a.Form)
	at := steps[a.Step]
	m := chat.Message{Lang: a.Lang, Title: text.Plain(a.Form.Title)}
	wrong := problems(a.Form)
	if a.Step == 0 {
		m.Body = append(m.Body, a.Form.Intro...)
		m.Body = append(m.Body, wrong...)
	}
	if at.file {
		say := "discord.file"
		if a.Direct {
			say = "discord.file_direct"
		}
		m.Body = append(m.Body, richly(a.Lang, say)...)
		if err := t.keep(ctx, fileKey(a.Where, a.By), a); err != nil {
			return err
		}
		return t.message(ctx, m, replace)
	}
	if len(steps) > 1 {
		say := "discord.step"
		if a.Step == 0 {
			say = "discord.first_step"
		}
		m.Note = append(m.Note, words.Rich(a.Lang, say, text.Args{"n": a.Step + 1, "of": len(steps)}))
	}
	label := "discord.continue"
	if len(wrong) > 0 {
		label = "discord.try_again"
	}
	m.Buttons = []chat.Button{{Key: stepID + "go!" + key, Label: words.Plain(a.Lang, label, nil), Style: chat.Primary}}
	if a.Step > 0 && !needed(steps[a.Step:]) {
		m.Buttons = append(m.Buttons, chat.Button{Key: stepID + "end!" + key, Label: words.Plain(a.Lang, "discord.finish", nil)})
	}
	out := t.p.private(m)
	if at.menus {
		var rows []discordgo.MessageComponent
		for n, in := range at.inputs {
			menu := chat.Menu{Key: in.Name, Label: in.Label, Options: in.Options, Many: in.Kind != chat.Choice && in.Kind != chat.Topic && in.Kind != chat.Language}
			pages := (len(in.Options) + maxOptions - 1) / maxOptions
			for page := range min(pages, maxRows-1-len(rows)) {
				rows = append(rows, row(selectMenu(menu, fmt.Sprintf("%sm%d.%d!%s", stepID, n, page, key), page, pages)))
			}
		}
		out.Components = append(rows, out.Components...)
	}
	return t.show(ctx, out, replace)
}

func needed(rest []stage) bool {
	for _, s := range rest {
		for _, in := range s.inputs {
			if in.Required {
				return true
			}
		}
	}
	return false
}
