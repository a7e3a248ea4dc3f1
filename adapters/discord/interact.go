package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/chat"
)

// turn is one interaction: a person waits for it to be answered, once, within three seconds.
type turn struct {
	p   *Platform
	i   interaction
	by  user
	old bool // it may have been answered before

	mu    sync.Mutex
	state turnState
	timer *time.Timer
}

type turnState int

const (
	waiting  turnState = iota
	deferred           // the answer was promised
	answered
	lost // it was too late
)

// completeTime is how long suggestions may take: they cannot be deferred.
const completeTime = 2 * time.Second

// interacted takes an interaction. The clock runs from here, however long the queue is.
func (s *shard) interacted(ctx context.Context, d json.RawMessage, again repeat) (string, func(context.Context) bool) {
	var i interaction
	if loose(d, &i) != nil || i.ID == "" || i.Token == "" {
		return "", nil
	}
	if i.App == "" {
		_, i.App = s.p.world.self()
	}
	if i.Channel == "" && i.In != nil {
		i.Channel = i.In.ID
	}
	if i.Locale == "" {
		i.Locale = i.InGuild
	}
	t := &turn{p: s.p, i: i, old: again.of(i.ID) || s.p.heard.again(string(i.ID))}
	switch {
	case i.Member != nil && i.Member.User != nil:
		t.by = *i.Member.User
	case i.User != nil:
		t.by = *i.User
	default:
		return "", nil
	}
	if i.Type != commandUsed && i.Type != componentUsed && i.Type != autocompleting && i.Type != modalSent {
		return "", nil
	}
	lane := "i/" + string(i.Channel) + "/" + string(t.by.ID)
	if i.Type == autocompleting {
		return lane + "/typing", func(ctx context.Context) bool { t.complete(ctx); return true }
	}
	if age := t.age(); t.old && age > firstTime {
		// Its moment has passed: what it did is done all the same, and the queue says what can be said.
		t.state = lost
	}
	t.timer = time.AfterFunc(s.p.opt.Answer, func() { s.p.guarded("defer an answer", func() { t.promise(context.WithoutCancel(ctx)) }) })
	return lane, func(ctx context.Context) bool {
		answer, ok := t.handle(ctx)
		if answer != nil {
			s.lanes.all.Go(func() { s.p.guarded("answer an interaction", func() { answer(context.WithoutCancel(ctx)) }) })
		}
		return ok
	}
}

// handle gives the interaction to the engine. What it returns sends the answer, which the next event
// need not wait for.
func (t *turn) handle(ctx context.Context) (answer func(context.Context), ok bool) {
	t.locate(ctx)
	if own, is := t.own(ctx); is {
		return own, true
	}
	ev, is := t.event()
	if !is {
		return func(ctx context.Context) { t.say(ctx, "discord.old") }, true
	}
	return t.ask(ctx, ev)
}

// ask gives an event of this interaction to the engine.
func (t *turn) ask(ctx context.Context, ev chat.Event) (answer func(context.Context), ok bool) {
	a, err := t.p.engine().Handle(ctx, ev)
	switch {
	case err != nil && ctx.Err() != nil:
		t.stop()
		return nil, false
	case err != nil && a.Message == nil:
		return func(ctx context.Context) { t.say(ctx, "discord.away") }, true
	}
	return func(ctx context.Context) { t.answer(ctx, a) }, true
}

// locate makes the channel of the interaction known, where Discord did not tell enough of it.
func (t *turn) locate(ctx context.Context) {
	if t.i.Guild == "" {
		return
	}
	if in := t.i.In; in != nil && in.ID != "" && (!in.isThread() || in.Parent != "" && (in.Owner != "" || in.Type != privateThread)) {
		return
	}
	if ch, err := t.p.channel(ctx, t.i.Channel); err == nil {
		t.i.In = &ch
	}
}

// place is where the interaction happened; Discord tells the channel with it.
func (t *turn) place() chat.Address {
	at := chat.Address{Platform: t.p.id, Space: chat.SpaceID(t.i.Guild), Room: chat.RoomID(t.i.Channel)}
	ch, ok := t.p.world.known(t.i.Channel)
	if t.i.In != nil && (!ok || t.i.In.isThread()) {
		ch, ok = *t.i.In, true
	}
	me, _ := t.p.world.self()
	if ok && t.i.Guild != "" && ch.isThread() && ch.Parent != "" && !ch.isRoom(me) {
		at.Room, at.Thread = chat.RoomID(ch.Parent), chat.ThreadID(t.i.Channel)
	}
	return at
}

// base is what all events of interactions have.
func (t *turn) base(kind chat.EventKind) chat.Event {
	ev := chat.Event{ID: chat.EventID("i" + t.i.ID), Kind: kind, At: t.i.ID.at(), Where: t.place(), Direct: t.i.Guild == "",
		From: chat.Author{Account: chat.AccountID(t.by.ID), Name: callName(t.i.Member, t.by), Locale: t.i.Locale, Bot: t.by.Bot},
		Can:  chat.Carry{Answer: true, Form: true}, Via: t.via()}
	if t.i.Message != nil {
		ev.Message = chat.MessageID(t.i.Message.ID)
	}
	return ev
}

// event is the interaction as an event; false when it is none.
func (t *turn) event() (chat.Event, bool) {
	switch d := t.i.Data; t.i.Type {
	case commandUsed:
		switch d.Type {
		case 2, 3:
			return t.acted()
		}
		ev := t.base(chat.Invoked)
		ev.Given, ev.GivenFiles = chat.Given{}, map[string][]chat.FileRef{}
		ev.Command = d.Name
		t.options(&ev, d.Options)
		t.legible(&ev)
		return ev, true
	case componentUsed:
		ev := t.base(chat.Pressed)
		ev.Key, ev.Chosen = d.CustomID, d.Values
		if strings.HasPrefix(ev.Key, pageID) {
			_, ev.Key, _ = strings.Cut(strings.TrimPrefix(ev.Key, pageID), "!")
		}
		if ev.Key == pickID {
			if len(d.Values) == 0 {
				return ev, false
			}
			ev.Key, ev.Chosen = d.Values[0], nil
		}
		return ev, ev.Key != ""
	case modalSent:
		if key, is := strings.CutPrefix(d.CustomID, formID); is {
			ev := t.base(chat.Submitted)
			ev.Key, ev.Given = key, fields(d.Components)
			return ev, true
		}
	}
	return chat.Event{}, false
}

// options reads the arguments of a command, and its further words.
func (t *turn) options(ev *chat.Event, options []option) {
	for _, o := range options {
		switch o.Type {
		case 1, 2:
			ev.Command += " " + o.Name
			t.options(ev, o.Options)
		case 11:
			if a, ok := t.i.Data.Resolved.Attachments[string(idOf(o.Value))]; ok {
				ev.GivenFiles[o.Name] = t.p.fileRefs("", "", []attachment{a})
			}
		case 6:
			ev.Given[o.Name] = "<@" + string(idOf(o.Value)) + ">"
		case 7:
			ev.Given[o.Name] = "<#" + string(idOf(o.Value)) + ">"
		default:
			ev.Given[o.Name] = value(o.Value)
		}
	}
}

// legible makes what people typed readable everywhere: a mention stays one only where a member is meant.
func (t *turn) legible(ev *chat.Event) {
	for name, v := range ev.Given {
		if strings.Contains(v, "<") && !t.p.takesMember(ev.Command, name) {
			ev.Given[name] = t.p.readable(v, func(who id) string {
				if u, ok := t.i.Data.Resolved.Users[string(who)]; ok {
					m := t.i.Data.Resolved.Members[string(who)]
					return callName(&m, u)
				}
				return ""
			})
		}
	}
}

func idOf(raw json.RawMessage) (out id) {
	_ = loose(raw, &out) // what is no id is empty
	return out
}

// value is an option's value as it would be typed.
func value(raw json.RawMessage) string {
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	}
	return ""
}

// acted is a command of a context menu.
func (t *turn) acted() (chat.Event, bool) {
	d := t.i.Data
	t.p.mu.Lock()
	path := t.p.names[strconv.Itoa(d.Type)+"/"+d.Name]
	t.p.mu.Unlock()
	if path == "" {
		return chat.Event{}, false
	}
	ev := t.base(chat.Acted)
	ev.Command, ev.Given = path, chat.Given{}
	if d.Type == 2 {
		ev.Given["member"] = "<@" + string(d.Target) + ">"
		return ev, d.Target != ""
	}
	m, ok := d.Resolved.Messages[string(d.Target)]
	if !ok {
		ev.Target = &chat.Target{Where: ev.Where, Message: chat.MessageID(d.Target)}
		return ev, d.Target != ""
	}
	if m.Channel == "" {
		m.Channel = t.i.Channel
	}
	target := t.p.targetOf(ev.Where, m)
	if m.Author == nil || m.Author.ID == "" {
		target.From = chat.Author{}
	}
	ev.Target = &target
	return ev, true
}

// fields are the values of a modal, by name.
func fields(cs []component) chat.Given {
	out := chat.Given{}
	for _, c := range cs {
		if c.CustomID != "" {
			v := c.Value
			if len(c.Values) > 0 {
				v = strings.Join(c.Values, ", ")
			}
			out[c.CustomID] = v
		}
		if c.Component != nil {
			c.Components = append(c.Components, *c.Component)
		}
		for k, v := range fields(c.Components) {
			out[k] = v
		}
	}
	return out
}

// complete answers with suggestions.
func (t *turn) complete(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	t.locate(ctx)
	ev := t.base(chat.Invoked)
	ev.Given, ev.GivenFiles, ev.Command = chat.Given{}, map[string][]chat.FileRef{}, t.i.Data.Name
	t.options(&ev, t.i.Data.Options)
	arg, partial := focused(t.i.Data.Options)
	found, err := t.p.engine().Complete(ctx, ev, ev.Command, arg, partial)
	if err != nil {
		t.p.log.Warn("suggestions failed", "command", ev.Command, "arg", arg, "error", err)
	}
	choices := []map[string]any{}
	seen, names := map[string]bool{}, map[string]bool{}
	for _, o := range found {
		label := o.Label
		if o.About != "" {
			label += " · " + o.About
		}
		if label == "" {
			label = o.Value
		}
		if o.Value == "" || units(o.Value) > maxOption || seen[o.Value] || len(choices) == maxOptions {
			continue
		}
		seen[o.Value] = true
		choices = append(choices, map[string]any{"name": unlike(names, mute(label), o.Value), "value": o.Value})
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), completeTime)
	defer cancel()
	if err := t.respond(ctx, respondChoices, map[string]any{"choices": choices}, nil); err != nil {
		t.p.log.Debug("suggestions came too late", "error", err)
	}
}

// unlike is a choice's name that no other has: Discord refuses two alike.
func unlike(names map[string]bool, label, value string) string {
	name := cut(oneLine(label), maxOption)
	if name == "" || names[name] {
		end := " · " + cut(value, maxOption/2)
		name = cut(oneLine(label), maxOption-units(end)) + end
	}
	names[name] = true
	return name
}

// focused is the option that is being typed.
func focused(options []option) (name, partial string) {
	for _, o := range options {
		if o.Focused {
			return o.Name, value(o.Value)
		}
		if name, partial = focused(o.Options); name != "" {
			return name, partial
		}
	}
	return "", ""
}

// via is how the interaction can be answered later: until its token ends.
func (t *turn) via() string {
	return fmt.Sprintf("i|%s|%s|%d|%s", t.i.App, t.i.ID, time.Now().Add(-t.age()).UnixMilli(), t.i.Token)
}

// age is how long ago an interaction that comes once more was made: its id says it, unless the clocks
// differ widely.
func (t *turn) age() time.Duration {
	age := time.Since(t.i.ID.at())
	if !t.old || age < 0 || age > 24*time.Hour {
		return 0
	}
	return age
}
