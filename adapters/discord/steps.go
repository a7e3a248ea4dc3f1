package discord

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"guildhall/core/chat"
)

// fileKey is where a form waits for a file that is sent as a message.
func fileKey(at chat.Address, by chat.AccountID) string {
	return "file/" + string(at.Platform) + "/" + string(target(at)) + "/" + string(by)
}

// awaited makes a message with files the rest of a form that waits for a file here, and returns what
// the form is kept under; empty when none waits.
func (p *Platform) awaited(ctx context.Context, ev *chat.Event) (string, error) {
	if ev.Kind != chat.Said || len(ev.Files) == 0 {
		return "", nil
	}
	key := fileKey(ev.Where, ev.From.Account)
	b, ok, err := p.opt.Store.Form(ctx, key, p.opt.Now())
	if err != nil || !ok {
		return "", err
	}
	var a asked
	if json.Unmarshal(b, &a) != nil {
		return "", nil //nolint:nilerr // what is no form does not wait
	}
	steps := stages(a.Form)
	if a.Step >= len(steps) || !steps[a.Step].file {
		return "", nil
	}
	ev.Kind, ev.Key, ev.Given, ev.Text = chat.Submitted, a.Form.Key, a.Given, ""
	ev.GivenFiles = map[string][]chat.FileRef{steps[a.Step].inputs[0].Name: ev.Files}
	return key, nil
}

// dropForm forgets a form that was sent.
func (p *Platform) dropForm(ctx context.Context, key string) bool {
	if key == "" {
		return true
	}
	if _, _, err := p.opt.Store.TakeForm(ctx, key, p.opt.Now()); err != nil {
		p.log.Warn("a form that was sent could not be forgotten", "error", err)
	}
	return true
}

// own takes what belongs to a form in steps, or to an answer that was kept; is is false for anything
// else.
func (t *turn) own(ctx context.Context) (answer func(context.Context), is bool) {
	custom := t.i.Data.CustomID
	switch {
	case t.i.Type == componentUsed && strings.HasPrefix(custom, showID):
		return func(ctx context.Context) { t.showKept(ctx, strings.TrimPrefix(custom, showID)) }, true
	case t.i.Type == componentUsed && strings.HasPrefix(custom, stepID):
		verb, key, _ := strings.Cut(strings.TrimPrefix(custom, stepID), "!")
		return t.stepped(ctx, verb, key), true
	case t.i.Type == modalSent && strings.HasPrefix(custom, modalID):
		return t.filled(ctx, strings.TrimPrefix(custom, modalID)), true
	}
	return nil, false
}

// formState reads a form in steps that is this person's.
func (t *turn) formState(ctx context.Context, key string) (a asked, ok bool) {
	b, ok, err := t.p.opt.Store.Form(ctx, key, t.p.opt.Now())
	if err != nil {
		t.p.log.Warn("a form could not be read", "error", err)
		return a, false
	}
	if !ok || json.Unmarshal(b, &a) != nil || a.By != chat.AccountID(t.by.ID) {
		return a, false
	}
	if a.Given == nil {
		a.Given = chat.Given{}
	}
	return a, a.Step < len(stages(a.Form))
}

// stepped is a menu or button of a form in steps. What was chosen is kept before the next event of
// this person is looked at.
func (t *turn) stepped(ctx context.Context, verb, key string) func(context.Context) {
	a, ok := t.formState(ctx, key)
	if !ok {
		return func(ctx context.Context) { t.say(ctx, "discord.form_used") }
	}
	steps := stages(a.Form)
	at := steps[a.Step]
	if menu, is := strings.CutPrefix(verb, "m"); is {
		n, page := numbers(menu)
		if !at.menus || n >= len(at.inputs) {
			return func(ctx context.Context) { t.say(ctx, "discord.form_used") }
		}
		a.pick(at.inputs[n].Name, page, t.i.Data.Values)
		if err := t.keep(ctx, key, a); err != nil {
			t.p.log.Warn("a form could not be kept", "error", err)
			return func(ctx context.Context) { t.say(ctx, "discord.away") }
		}
		return func(ctx context.Context) { t.answer(ctx, chat.Answer{}) }
	}
	if verb == "end" {
		return t.submit(ctx, key, a)
	}
	if at.menus {
		a.Step++
		if a.Step >= len(steps) {
			return t.submit(ctx, key, a)
		}
		if err := t.keep(ctx, key, a); err != nil {
			t.p.log.Warn("a form could not be kept", "error", err)
			return func(ctx context.Context) { t.say(ctx, "discord.away") }
		}
	}
	return func(ctx context.Context) { t.next(ctx, key, a) }
}

// next shows the step that a form is at now.
func (t *turn) next(ctx context.Context, key string, a asked) {
	defer t.stop()
	if t.old {
		return // it was shown
	}
	at := stages(a.Form)[a.Step]
	var err error
	if !at.menus && !at.file && t.i.Type != modalSent {
		err = t.modal(ctx, modalID+key, a.Form.Title, at.inputs, a.Given)
	} else {
		err = t.step(ctx, key, a, true)
	}
	if err != nil {
		t.p.log.Warn("a form did not get through on Discord", "error", err)
	}
}

// filled is a modal of a form in steps.
func (t *turn) filled(ctx context.Context, key string) func(context.Context) {
	a, ok := t.formState(ctx, key)
	if !ok {
		return func(ctx context.Context) { t.say(ctx, "discord.form_used") }
	}
	for k, v := range fields(t.i.Data.Components) {
		a.Given[k] = v
	}
	a.Step++
	if a.Step >= len(stages(a.Form)) {
		return t.submit(ctx, key, a)
	}
	if err := t.keep(ctx, key, a); err != nil {
		t.p.log.Warn("a form could not be kept", "error", err)
		return func(ctx context.Context) { t.say(ctx, "discord.away") }
	}
	return func(ctx context.Context) { t.next(ctx, key, a) }
}

// submit gives the whole form to the engine, once.
func (t *turn) submit(ctx context.Context, key string, a asked) func(context.Context) {
	if _, ok, err := t.p.opt.Store.TakeForm(ctx, key, t.p.opt.Now()); err != nil || !ok {
		return func(ctx context.Context) { t.say(ctx, "discord.form_used") }
	}
	ev := t.base(chat.Submitted)
	ev.Key, ev.Given = a.Form.Key, a.Given
	answer, _ := t.ask(ctx, ev)
	if answer == nil {
		return func(context.Context) { t.stop() }
	}
	return answer
}

// preset takes what a menu proposes as chosen, until it is changed.
func (a *asked) preset(in chat.Input) {
	for page := 0; page*maxOptions < len(in.Options); page++ {
		var on []string
		for _, o := range in.Options[page*maxOptions : min(len(in.Options), (page+1)*maxOptions)] {
			if o.On {
				on = append(on, o.Value)
			}
		}
		if len(on) > 0 {
			a.pick(in.Name, page, on)
		}
	}
}

// pick notes what was chosen on one page of a menu.
func (a *asked) pick(name string, page int, values []string) {
	if a.Picked == nil {
		a.Picked = map[string]map[int][]string{}
	}
	if a.Picked[name] == nil {
		a.Picked[name] = map[int][]string{}
	}
	a.Picked[name][page] = values
	var all []string
	for n := range 32 {
		all = append(all, a.Picked[name][n]...)
	}
	a.Given[name] = strings.Join(all, ", ")
}

// numbers reads "3.1".
func numbers(s string) (a, b int) {
	x, y, _ := strings.Cut(s, ".")
	a, err := strconv.Atoi(x)
	if err != nil || a < 0 {
		return 1 << 20, 0
	}
	b, err = strconv.Atoi(y)
	if err != nil || b < 0 {
		return 1 << 20, 0
	}
	return a, b
}
