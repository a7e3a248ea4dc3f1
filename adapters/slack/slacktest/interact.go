package slacktest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// interaction is what all interaction payloads have.
func (x *Exchange) interaction(kind string) obj {
	s := x.s
	o := obj{
		"type": kind, "token": s.app.spec.VerificationToken, "api_app_id": s.app.spec.ID,
		"team": obj{"id": x.w.id, "domain": x.w.domain}, "user": x.who.short(), "enterprise": nil,
		"is_enterprise_install": false, "trigger_id": x.trigger,
	}
	if x.ch != nil {
		o["channel"] = obj{"id": x.ch.id, "name": x.ch.label()}
	}
	return o
}

// send delivers an interaction.
func (x *Exchange) send(payload obj, takes bool) {
	kind, _ := payload["type"].(string)
	x.s.deliver(&delivery{kind: kindInteractive, what: kind, in: x.w.install, payload: encode(payload), takes: takes, x: x})
}

// Slash lets the person type a command and send it, in a channel (#name or id) or a direct message.
// command has its slash. Slack has no commands in threads.
func (u *User) Slash(where, command, text string) *Exchange {
	ch := u.in(where)
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.newExchange(u, command, ch)
	s.newResponseURL(x, "commands")
	cmd, known := s.app.command(command)
	if !known || u.w.install == nil || u.w.install.gone != "" || !u.w.install.has("commands") {
		x.finish("invalid_command: " + command + " is not a valid command")
		return x
	}
	text = strings.TrimSpace(text)
	if cmd != nil && cmd.Escape {
		text = u.w.markup(text)
	}
	x.take = x.commandAnswer
	name := ch.label()
	if ch.kind == mpim {
		name = ch.name
	}
	payload := commandPayload{
		Token: s.app.spec.VerificationToken, TeamID: u.w.id, TeamDomain: u.w.domain, ChannelID: ch.id, ChannelName: name,
		UserID: u.id, UserName: u.name, Command: command, Text: text, APIAppID: s.app.spec.ID, Enterprise: "false",
		ResponseURL: x.hook, TriggerID: x.trigger,
	}
	s.deliver(&delivery{
		kind: kindCommand, what: command, in: u.w.install, payload: encode(payload), takes: true, x: x, command: cmd,
	})
	return x
}

type commandPayload struct {
	Token       string `json:"token"`
	TeamID      string `json:"team_id"`
	TeamDomain  string `json:"team_domain"`
	ChannelID   string `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	APIAppID    string `json:"api_app_id"`
	Enterprise  string `json:"is_enterprise_install"`
	ResponseURL string `json:"response_url"`
	TriggerID   string `json:"trigger_id"`
}

// command finds a command of the app; known is true for all when none is configured.
func (a *app) command(name string) (cmd *Command, known bool) {
	for i := range a.spec.Commands {
		if a.spec.Commands[i].Name == name {
			return &a.spec.Commands[i], true
		}
	}
	return nil, a.spec.Commands == nil
}

// commandAnswer shows the payload of a command's acknowledgement.
func (x *Exchange) commandAnswer(payload json.RawMessage) string {
	body := bytes.TrimSpace(payload)
	if len(body) > 0 && body[0] == '"' {
		var text string
		_ = json.Unmarshal(body, &text)
		body = encode(obj{"text": text})
	}
	if err := x.say(body); err != nil {
		x.s.fault(FaultAckPayload, "%s was answered with %s: %.80s", x.what, err.code, body)
		return "invalid_command_response"
	}
	return ""
}

// shortcut says whether the app has it.
func (a *app) shortcut(id string, message bool) bool {
	if a.spec.Shortcuts == nil {
		return true
	}
	for _, sc := range a.spec.Shortcuts {
		if sc.CallbackID == id && sc.Message == message {
			return true
		}
	}
	return false
}

// MessageShortcut lets the person choose the shortcut from a message's menu.
func (u *User) MessageShortcut(callbackID string, m Message) *Exchange {
	msg := u.must(m)
	s := u.s
	s.mu.Lock()
	known := s.app.shortcut(callbackID, true)
	s.mu.Unlock()
	if !known {
		s.fail("the app has no message shortcut %q", callbackID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.newExchange(u, callbackID, msg.ch)
	x.original = msg
	o := x.interaction("message_action")
	o["callback_id"], o["action_ts"], o["message_ts"] = callbackID, s.ts(), msg.ts
	o["message"], o["response_url"] = msg.json(false), s.newResponseURL(x, "actions")
	// The message belongs to whoever wrote it: a response never replaces it.
	x.original = nil
	x.send(o, false)
	return x
}

// GlobalShortcut lets the person choose the shortcut from the shortcuts menu.
func (u *User) GlobalShortcut(callbackID string) *Exchange {
	s := u.s
	s.mu.Lock()
	known := s.app.shortcut(callbackID, false)
	s.mu.Unlock()
	if !known {
		s.fail("the app has no global shortcut %q", callbackID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.newExchange(u, callbackID, nil)
	o := x.interaction("shortcut")
	o["callback_id"], o["action_ts"] = callbackID, s.ts()
	x.send(o, false)
	return x
}

// Surface is where controls are: a Message, or a View.
type Surface interface {
	// surface finds what the snapshot was taken of.
	surface(s *Server) (*message, *view)
}

func (m Message) surface(s *Server) (*message, *view) { return s.message(m), nil }

func (v View) surface(s *Server) (*message, *view) { return nil, s.views[v.ID] }

// blocksOf are the blocks of whichever there is.
func blocksOf(m *message, v *view) []any {
	if v != nil {
		return v.blocks
	}
	if m == nil {
		return nil
	}
	all := append([]any(nil), m.blocks...)
	for _, a := range m.attached {
		in, _ := asObj(a)["blocks"].([]any)
		all = append(all, in...)
	}
	return all
}

// act finds a control and sends what the person does with it.
func (u *User) act(on Surface, what string, values any) *Exchange {
	s := u.s
	s.mu.Lock()
	m, v := on.surface(s)
	c, ok := find(controls(blocksOf(m, v)), what)
	var st obj
	var err error
	if ok && stateful(c.kind()) || ok && c.kind() == "overflow" {
		st, err = u.w.filled(c, values)
	}
	problem := ""
	switch {
	case m == nil && v == nil || m != nil && m.deleted:
		problem = "what was to be pressed is no more"
	case !ok:
		problem = "there is no " + what + " in:\n" + shown(u.w, blocksOf(m, v))
	case err != nil:
		problem = err.Error()
	case m != nil && !m.byApp():
		problem = "the message is not the app's"
	}
	if problem != "" {
		s.mu.Unlock()
		s.fail("%s: %s", u.name, problem)
		return nil
	}
	defer s.mu.Unlock()
	return u.sendAction(m, v, c, st)
}

// sendAction sends the block_actions for a control; st is its new state, nil for a button.
func (u *User) sendAction(m *message, v *view, c control, st obj) *Exchange {
	s := u.s
	action := obj{"type": c.kind(), "action_id": c.actionID(), "block_id": c.blockID(), "action_ts": s.ts()}
	for key, val := range st {
		action[key] = val
	}
	if c.kind() == "button" {
		action["text"] = c.element["text"]
		for _, key := range []string{"value", "style", "url"} {
			if present(c.element, key) {
				action[key] = c.element[key]
			}
		}
	}
	if v != nil {
		if st != nil && stateful(c.kind()) {
			v.values.put(c.blockID(), c.actionID(), st)
		}
		x := s.newExchange(u, c.actionID(), nil)
		o := x.interaction("block_actions")
		o["container"], o["view"], o["actions"] = obj{"type": "view", "view_id": v.id}, v.json(), []any{action}
		if !v.home {
			o["state"] = obj{"values": v.state()}
		}
		x.send(o, false)
		return x
	}
	x := s.newExchange(u, c.actionID(), m.ch)
	x.original = m
	o := x.interaction("block_actions")
	in := obj{"type": "message", "message_ts": m.ts, "channel_id": m.ch.id, "is_ephemeral": m.to != nil}
	if m.threadTS != "" {
		in["thread_ts"] = m.threadTS
	}
	sel := u.pickedIn(m)
	if st != nil && stateful(c.kind()) {
		sel.put(c.blockID(), c.actionID(), st)
	}
	o["container"], o["actions"] = in, []any{action}
	o["state"] = obj{"values": stateOf(controls(blocksOf(m, nil)), sel)}
	o["response_url"] = s.newResponseURL(x, "actions")
	if m.to == nil {
		o["message"] = m.json(false)
	}
	x.send(o, false)
	return x
}

func (u *User) pickedIn(m *message) selection {
	if u.picked == nil {
		u.picked = map[string]selection{}
	}
	key := m.ch.id + m.ts
	if u.picked[key] == nil {
		u.picked[key] = selection{}
	}
	return u.picked[key]
}

// Press lets the person press a button, found by its text, its action id, or "block id/action id".
func (u *User) Press(on Surface, button string) *Exchange { return u.act(on, button, nil) }

// Choose lets the person choose in a menu, an overflow menu, checkboxes, radio buttons or a picker that
// sends what is chosen at once. values name options by their text or value, people and channels by name,
// and dates as 2006-01-02.
func (u *User) Choose(on Surface, control string, values ...string) *Exchange {
	return u.act(on, control, values)
}

// Choice is one option of a menu.
type Choice struct {
	Text, Value, Group string
}

// Suggest lets the person type query into a menu that asks the app for its options. Choices of the
// exchange, after Wait, are what the app offers.
func (u *User) Suggest(on Surface, menu, query string) *Exchange {
	s := u.s
	s.mu.Lock()
	m, v := on.surface(s)
	c, ok := find(controls(blocksOf(m, v)), menu)
	if !ok || !strings.HasSuffix(c.kind(), "external_select") {
		s.mu.Unlock()
		s.fail("%s: there is no menu %q that loads its options", u.name, menu)
		return nil
	}
	defer s.mu.Unlock()
	x := s.newExchange(u, c.actionID(), nil)
	o := x.interaction("block_suggestion")
	delete(o, "trigger_id")
	o["action_id"], o["block_id"], o["value"] = c.actionID(), c.blockID(), query
	if v != nil {
		o["view"], o["container"] = v.json(), obj{"type": "view", "view_id": v.id}
	} else {
		o["channel"] = obj{"id": m.ch.id, "name": m.ch.label()}
		o["container"] = obj{"type": "message", "message_ts": m.ts, "channel_id": m.ch.id, "is_ephemeral": m.to != nil}
		if m.to == nil {
			o["message"] = m.json(false)
		}
	}
	x.take = x.suggestions
	x.taken = func(json.RawMessage) {
		s.fault(FaultAckPayload, "block_suggestion was answered without options")
	}
	x.send(o, true)
	return x
}

// suggestions takes the options that answer a block_suggestion.
func (x *Exchange) suggestions(payload json.RawMessage) string {
	o := asObj(rawJSON(payload))
	k := &kit{s: x.s, surface: onMessage}
	k.props(o, "", "options", "option_groups")
	if present(o, "options") == present(o, "option_groups") {
		k.bad("", "must define either `options` or `option_groups`")
	}
	add := func(list []any, at, group string) {
		if len(list) > 100 {
			k.bad(at, "no more than 100 items allowed")
		}
		for i, v := range list {
			e := asObj(v)
			k.option(e, pointer(at, i), "select")
			x.options = append(x.options, Choice{
				Text: unescaper.Replace(word(asObj(e["text"]), "text")), Value: word(e, "value"), Group: group,
			})
		}
	}
	list, _ := o["options"].([]any)
	add(list, "/options", "")
	groups, _ := o["option_groups"].([]any)
	for i, g := range groups {
		in, _ := asObj(g)["options"].([]any)
		add(in, pointer("/option_groups", i)+"/options", word(asObj(asObj(g)["label"]), "text"))
	}
	if len(k.errs) > 0 {
		x.options = nil
		x.s.fault(FaultAckPayload, "block_suggestion was answered with %s", strings.Join(k.errs, "; "))
		return "options_not_loaded"
	}
	return ""
}
