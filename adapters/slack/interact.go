package slack

import (
	"context"
	"encoding/json"
	"strings"

	"guildhall/core/chat"
)

// Callback ids of shortcuts: what follows is the command's path.
const (
	onMessage = "message:"
	anywhere  = "global:"
)

// via is what is needed to answer something later; it goes through the engine as Event.Via.
type via struct {
	URL     string `json:"u,omitempty"` // the response address
	Trigger string `json:"t,omitempty"`
	At      int64  `json:"a,omitempty"` // when it came, in Unix seconds
	View    string `json:"v,omitempty"` // the modal in which something was pressed
}

func (v via) encode() string {
	if v.URL == "" && v.Trigger == "" {
		return ""
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func decodeVia(s string) (v via) {
	_ = json.Unmarshal([]byte(s), &v) // a handle that is none is empty
	return v
}

// slash handles a slash command.
func (d *delivery) slash(ctx context.Context, c commandPayload) {
	t, err := d.app.teamFor(ctx, d.app.choose([]string{c.TeamID}))
	if err != nil || t == nil {
		d.end(ctx, nil, err)
		return
	}
	p := d.app.p
	ev := chat.Event{ID: chat.EventID("c:" + orElse(c.TriggerID, c.ResponseURL)), Kind: chat.Invoked, At: p.opts.Now(),
		Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id), Room: roomID(t.id, c.ChannelID)},
		From:  t.author(ctx, c.UserID, c.UserName), Can: chat.Carry{Answer: true, Form: c.TriggerID != ""}}
	ev.Text = t.line(ctx, d.app.words(c.Command, c.Text))
	ev.Direct = isDirect(c.ChannelID) && t.isOurs(ctx, c.UserID, c.ChannelID)
	h := via{URL: c.ResponseURL, Trigger: c.TriggerID, At: p.opts.Now().Unix()}
	ev.Via = h.encode()
	d.answer(ctx, t, ev, h, answering{ack: true, direct: ev.Direct})
}

// words is a slash command as the line after the prefix: "/vet-ask x" is "ask x", "/guildhall x" is "x".
func (a *app) words(command, rest string) string {
	name := strings.TrimPrefix(strings.TrimSpace(command), "/")
	name = strings.TrimPrefix(name, a.CommandPrefix)
	if strings.EqualFold(name, "guildhall") {
		return strings.TrimSpace(rest)
	}
	return strings.TrimSpace(name + " " + rest)
}

// interact handles what a person did with a button, a menu, a shortcut or a form.
func (d *delivery) interact(ctx context.Context, in interaction) {
	t, err := d.app.teamFor(ctx, d.app.teamOf(in))
	if err != nil || t == nil {
		d.end(ctx, nil, err)
		return
	}
	switch in.Type {
	case "block_actions":
		d.pressed(ctx, t, in)
	case "message_action":
		d.acted(ctx, t, in)
	case "shortcut":
		d.shortcut(ctx, t, in)
	case "view_submission":
		d.submitted(ctx, t, in)
	case "block_suggestion":
		d.suggest(ctx, t, in)
	default:
		d.end(ctx, nil, nil)
	}
}

// teamOf is the workspace in which somebody did something: ours, where the person is another's, as in a channel
// that is shared with another organisation.
func (a *app) teamOf(in interaction) string {
	ids := []string{string(in.Team), in.User.TeamID}
	if in.View != nil {
		ids = append([]string{in.View.TeamID}, ids...)
	}
	return a.choose(ids)
}

// from is an event of who did something, where.
func (d *delivery) from(ctx context.Context, t *team, in interaction, kind chat.EventKind) (chat.Event, via) {
	p := d.app.p
	now := p.opts.Now()
	ev := chat.Event{ID: chat.EventID("i:" + in.Type + ":" + orElse(in.TriggerID, in.ActionTS+":"+in.User.ID)), Kind: kind, At: now,
		Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id)},
		From:  t.author(ctx, in.User.ID, orElse(in.User.Username, in.User.Name)),
		Can:   chat.Carry{Answer: in.ResponseURL != "", Form: in.TriggerID != ""}}
	if channel := orElse(in.Channel.ID, in.Container.ChannelID); channel != "" {
		ev.Where.Room = roomID(t.id, channel)
		ev.Direct = isDirect(channel) && t.isOurs(ctx, in.User.ID, channel)
	}
	h := via{URL: in.ResponseURL, Trigger: in.TriggerID, At: now.Unix()}
	if in.Container.Type == "view" && in.View != nil && in.View.Type == "modal" {
		h.View = in.View.ID
	}
	return ev, h
}

// pressed is a button, or a choice in a menu.
func (d *delivery) pressed(ctx context.Context, t *team, in interaction) {
	for _, a := range in.Actions {
		ev, h := d.from(ctx, t, in, chat.Pressed)
		switch {
		case strings.HasPrefix(a.ActionID, pressID) && a.URL == "":
			ev.Key = a.Value
		case strings.HasPrefix(a.ActionID, moreID) && a.Selected != nil:
			ev.Key = a.Selected.Value
		case strings.HasPrefix(a.ActionID, menuID):
			ev.Key = strings.TrimPrefix(a.ActionID, menuID)
			if a.Selected != nil {
				ev.Chosen = []string{a.Selected.Value}
			}
			for _, c := range a.Many {
				ev.Chosen = append(ev.Chosen, c.Value)
			}
		case strings.HasPrefix(a.ActionID, runID):
			ev.Kind, ev.Text = chat.Invoked, strings.TrimPrefix(a.ActionID, runID)
		}
		if ev.Key == "" && ev.Text == "" {
			continue // a link, or a field of a form
		}
		if len(in.Actions) > 1 {
			ev.ID += chat.EventID(":" + a.ActionID)
		}
		ev.Message = chat.MessageID(orElse(in.Container.MessageTS, in.MessageTS))
		if thread := in.thread(); thread != "" {
			ev.Where.Thread = chat.ThreadID(thread)
		}
		ways := answering{ephemeral: in.Container.Ephemeral, direct: ev.Direct, url: in.ResponseURL != "", view: h.View}
		if in.View != nil { // in a modal or the Home
			if st := decodeState(in.View.Private); st.Room != "" {
				ev.Where.Room, ev.Where.Thread = roomID(t.id, st.Room), chat.ThreadID(st.Thread)
			}
			ev.Can.Answer = h.View != "" || in.View.Type == "home"
			ways.home = in.View.Type == "home"
		}
		ev.Via = h.encode()
		d.answer(ctx, t, ev, h, ways)
		return
	}
	d.end(ctx, nil, nil)
}

// thread is the thread in which something stands; empty for a message of the channel.
func (in interaction) thread() string {
	thread, own := in.Container.ThreadTS, orElse(in.Container.MessageTS, in.MessageTS)
	if in.Message != nil {
		thread, own = orElse(thread, in.Message.ThreadTS), orElse(own, in.Message.TS)
	}
	if thread == own {
		return ""
	}
	return thread
}

// acted is a shortcut on a message.
func (d *delivery) acted(ctx context.Context, t *team, in interaction) {
	path, ok := strings.CutPrefix(in.CallbackID, onMessage)
	if !ok || in.Message == nil {
		d.end(ctx, nil, nil)
		return
	}
	ev, h := d.from(ctx, t, in, chat.Acted)
	ev.Command = path
	target := t.target(ctx, in.Channel.ID, in.Message)
	if target.Message == "" {
		target.Message = chat.MessageID(in.MessageTS)
	}
	ev.Where.Thread = target.Where.Thread
	ev.Target = &target
	ev.Via = h.encode()
	d.answer(ctx, t, ev, h, answering{url: in.ResponseURL != "", direct: ev.Direct})
}

// target is a message as a command is about it.
func (t *team) target(ctx context.Context, channel string, m *happened) chat.Target {
	out := chat.Target{Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id), Room: roomID(t.id, channel)},
		Message: chat.MessageID(m.TS), At: moment(m.TS), Files: t.files_(m.Files)}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		out.Where.Thread = chat.ThreadID(m.ThreadTS)
	} else {
		out.Starts = chat.ThreadID(m.TS)
	}
	out.Text = reader{t: t, ctx: ctx}.plain(m.words())
	switch {
	case t.ours(m):
		out.From = chat.Author{Account: accountID(t.id, t.user), Bot: true}
	case m.BotID != "" || m.User == "":
		out.From = chat.Author{Account: accountID(t.id, orElse(string(m.User), m.BotID)), Name: m.Username, Bot: true}
	default:
		out.From = t.author(ctx, string(m.User), m.Username)
	}
	return out
}

// shortcut is one outside any message: its form opens, and its answer is shown where the form was.
func (d *delivery) shortcut(ctx context.Context, t *team, in interaction) {
	path, ok := strings.CutPrefix(in.CallbackID, anywhere)
	if !ok {
		d.end(ctx, nil, nil)
		return
	}
	ev, h := d.from(ctx, t, in, chat.Acted)
	ev.Command = path
	ev.Can.Answer = in.TriggerID != ""
	ev.Via = h.encode()
	d.answer(ctx, t, ev, h, answering{home: true})
}

// submitted is a form that was filled in.
func (d *delivery) submitted(ctx context.Context, t *team, in interaction) {
	if in.View == nil || in.View.CallbackID != formID {
		d.end(ctx, nil, nil)
		return
	}
	st := decodeState(in.View.Private)
	ev, h := d.from(ctx, t, in, chat.Submitted)
	ev.ID = chat.EventID("v:" + orElse(in.TriggerID, in.View.ID+":"+in.View.Hash))
	ev.Key = st.Key
	ev.Given, ev.GivenFiles = t.given(ctx, in.View, st)
	if st.Room != "" {
		ev.Where.Room, ev.Where.Thread = roomID(t.id, st.Room), chat.ThreadID(st.Thread)
		ev.Direct = isDirect(st.Room) && t.isOurs(ctx, in.User.ID, st.Room)
	}
	// A form's own trigger opens further ones; its answer goes where the command was used, by that
	// command's response address as long as that lives.
	h.URL, h.At, h.View = st.URL, st.At, in.View.ID
	ev.Can = chat.Carry{Answer: true, Form: true}
	ev.Via = via{URL: st.URL, At: st.At}.encode()
	d.answer(ctx, t, ev, h, answering{form: in.View, state: st, url: st.URL != "", direct: ev.Direct})
}

// given is what was filled in. An empty field counts only where it had a value before.
func (t *team) given(ctx context.Context, v *viewPayload, st formState) (chat.Given, map[string][]chat.FileRef) {
	g, files := chat.Given{}, map[string][]chat.FileRef{}
	filled := map[string]bool{}
	for _, name := range st.Filled {
		filled[name] = true
	}
	// In the order of the modal, since one question may have several blocks.
	ids := make([]string, 0, len(v.State.Values))
	for _, b := range v.Blocks {
		if id := b.ID(); id != "" {
			ids = append(ids, id)
		}
	}
	for id := range v.State.Values {
		if !contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		name, ok := strings.CutPrefix(id, inputID)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ":")
		for _, f := range v.State.Values[id] {
			if len(f.Files) > 0 {
				files[name] = append(files[name], t.files_(f.Files)...)
				continue
			}
			value := t.value(ctx, f)
			switch {
			case value != "" && g[name] != "":
				g[name] += ", " + value
			case value != "" || filled[name] && g[name] == "":
				g[name] = value
			}
		}
	}
	return g, files
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// value is one field as it would be typed.
func (t *team) value(ctx context.Context, f answerField) string {
	switch {
	case f.Selected != nil:
		return f.Selected.Value
	case len(f.Many) > 0:
		all := make([]string, len(f.Many))
		for i, c := range f.Many {
			all[i] = c.Value
		}
		return strings.Join(all, ", ")
	case f.Date != "":
		return f.Date
	case f.Time != "":
		return f.Time
	case f.User != "":
		return string(accountID(t.id, f.User))
	case len(f.Users) > 0:
		return string(accountID(t.id, f.Users[0]))
	case f.Conversation != "":
		return f.Conversation
	case f.Channel != "":
		return f.Channel
	case len(f.RichTextValue) > 0 && string(f.RichTextValue) != "null":
		return t.richText(ctx, f.RichTextValue)
	}
	var s string
	_ = json.Unmarshal(f.Value, &s)
	if s == "" && len(f.Value) > 0 && f.Value[0] != '"' && string(f.Value) != "null" {
		return strings.TrimSpace(string(f.Value)) // a number
	}
	return strings.TrimSpace(s)
}
