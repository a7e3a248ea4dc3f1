package slacktest

import (
	"slices"
	"strings"
)

// view is a modal or an App Home.
type view struct {
	s        *Server
	id       string
	w        *Workspace
	user     *User
	home     bool
	spec     obj // as the app sent it, with ids filled in
	blocks   []any
	hash     string
	root     string
	previous string
	values   selection
	errors   map[string]string
	closed   bool
}

const (
	maxView      = 250 * 1024
	maxViewStack = 3
)

// checkView refuses what Slack refuses in views.
func (s *Server) checkView(v any, home bool) (obj, *apiError) {
	spec, ok := v.(map[string]any)
	if !ok {
		s.fault(FaultBlocks, "view is not an object")
		return nil, badArgs("must be an object [json-pointer:/view]")
	}
	if len(encode(spec)) > maxView {
		s.fault(FaultBlocks, "view of %d bytes", len(encode(spec)))
		return nil, failCode("view_too_large")
	}
	k := &kit{s: s, surface: onModal}
	if home {
		k.surface = onHome
	}
	k.view(spec, home)
	if len(k.errs) > 0 {
		s.fault(FaultBlocks, "%s", strings.Join(k.errs, "; "))
		return nil, &apiError{code: "invalid_arguments", messages: k.errs}
	}
	if ext, _ := spec["external_id"].(string); ext != "" && s.viewByExternal(ext) != nil {
		return spec, failCode("duplicate_external_id")
	}
	return spec, nil
}

func (k *kit) view(v obj, home bool) {
	const at = "/view"
	kind := "modal"
	props := []string{"type", "blocks", "private_metadata", "callback_id", "external_id"}
	if home {
		kind = "home"
	} else {
		props = append(props, "title", "close", "submit", "clear_on_close", "notify_on_close")
		k.text(v, "title", at, true, 1, 24, "plain_text")
		k.text(v, "close", at, false, 1, 24, "plain_text")
		k.text(v, "submit", at, false, 1, 24, "plain_text")
		k.boolean(v, "clear_on_close", at)
		k.boolean(v, "notify_on_close", at)
	}
	k.props(v, at, props...)
	switch {
	case !present(v, "type"):
		k.bad(at, "missing required field: type")
	case v["type"] != kind:
		k.bad(at+"/type", "must be %s", kind)
	}
	k.optional(v, "private_metadata", at, 0, 3000)
	k.optional(v, "callback_id", at, 0, 255)
	k.optional(v, "external_id", at, 0, 255)
	k.blocks(k.list(v, "blocks", at, 0, 1000), at+"/blocks", 100)
	if !home && k.inputs > 0 && !present(v, "submit") {
		k.bad(at, "missing required field: submit")
	}
}

func (s *Server) viewByExternal(id string) *view {
	for _, v := range s.views {
		if !v.closed && v.spec["external_id"] == id {
			return v
		}
	}
	return nil
}

// set gives the view a new content; what was filled in stays where block and action ids stay.
func (v *view) set(spec obj) {
	v.spec = spec
	v.blocks, _ = spec["blocks"].([]any)
	v.s.finishBlocks(v.blocks)
	v.hash = formatTS(v.s.clock.Now().UnixMicro()) + "." + v.s.blockID()
	v.errors = nil
	v.s.changed.fire()
}

// json is the view as the app gets it.
func (v *view) json() obj {
	o := obj{
		"id": v.id, "team_id": v.w.id, "type": v.spec["type"], "blocks": v.blocks, "private_metadata": "",
		"callback_id": "", "external_id": "", "state": obj{"values": v.state()}, "hash": v.hash, "title": nil,
		"close": nil, "submit": nil, "clear_on_close": false, "notify_on_close": false, "root_view_id": v.root,
		"previous_view_id": nil, "app_id": v.s.app.spec.ID, "bot_id": v.w.install.botID,
		"app_installed_team_id": v.w.id, "submit_disabled": false,
	}
	for _, key := range []string{"private_metadata", "callback_id", "external_id", "title", "close", "submit", "clear_on_close", "notify_on_close"} {
		if val := v.spec[key]; val != nil {
			o[key] = val
		}
	}
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	return o
}

// push puts a new modal on the person's stack.
func (u *User) push(spec obj) *view {
	v := &view{s: u.s, id: u.s.id("V"), w: u.w, user: u, values: selection{}}
	v.root = v.id
	if n := len(u.modals); n > 0 {
		v.root, v.previous = u.modals[0].id, u.modals[n-1].id
	}
	u.s.views[v.id] = v
	v.set(spec)
	u.modals = append(u.modals, v)
	return v
}

// pop closes the modal on top.
func (u *User) pop() {
	n := len(u.modals)
	if n == 0 {
		return
	}
	u.modals[n-1].closed = true
	delete(u.s.views, u.modals[n-1].id)
	u.modals = u.modals[:n-1]
	u.s.changed.fire()
}

func (u *User) popAll() {
	for len(u.modals) > 0 {
		u.pop()
	}
}

// viewArg reads and checks the argument view.
func (c *call) viewArg(home bool) (obj, *apiError) {
	v, ok := c.args.any("view")
	if !ok {
		c.s.fault(FaultBlocks, "view is not JSON")
		return nil, badArgs("must be valid JSON [json-pointer:/view]")
	}
	return c.s.checkView(v, home)
}

// byTrigger spends the call's trigger.
func (c *call) byTrigger() (*Exchange, *apiError) {
	id := c.args.str("trigger_id")
	if id == "" {
		c.s.fault(FaultTrigger, "no trigger_id")
		return nil, badArgs("missing required field: trigger_id")
	}
	x, err := c.s.useTrigger(id)
	if err == nil && x.w != c.w {
		return nil, failCode("invalid_trigger_id")
	}
	return x, err
}

func (c *call) viewsOpen() (obj, *apiError) {
	spec, err := c.viewArg(false)
	if err != nil {
		return nil, err
	}
	x, err := c.byTrigger()
	if err != nil {
		return nil, err
	}
	// A new modal takes the place of what is open.
	x.who.popAll()
	return obj{"view": copyJSON(x.who.push(spec).json())}, nil
}

func (c *call) viewsPush() (obj, *apiError) {
	spec, err := c.viewArg(false)
	if err != nil {
		return nil, err
	}
	x, err := c.byTrigger()
	if err != nil {
		return nil, err
	}
	switch n := len(x.who.modals); {
	case n == 0:
		return nil, failCode("not_found")
	case n >= maxViewStack:
		c.s.fault(FaultArguments, "views.push on a stack of %d", n)
		return nil, failCode("push_limit_reached")
	}
	return obj{"view": copyJSON(x.who.push(spec).json())}, nil
}

func (c *call) viewsUpdate() (obj, *apiError) {
	id, ext := c.args.str("view_id"), c.args.str("external_id")
	if (id == "") == (ext == "") {
		c.s.fault(FaultArguments, "views.update wants view_id or external_id")
		return nil, badArgs("Cannot provide both `view_id` and `external_id`")
	}
	v := c.s.views[id]
	if ext != "" {
		v = c.s.viewByExternal(ext)
	}
	spec, err := c.viewArg(v != nil && v.home)
	if err != nil && !(err.code == "duplicate_external_id" && v != nil && v.spec["external_id"] == spec["external_id"]) {
		return nil, err
	}
	if v == nil || v.w != c.w || v.closed {
		return nil, failCode("not_found")
	}
	if h := c.args.str("hash"); h != "" && h != v.hash {
		return nil, failCode("hash_conflict")
	}
	v.set(spec)
	return obj{"view": copyJSON(v.json())}, nil
}

func (c *call) viewsPublish() (obj, *apiError) {
	if c.s.app.spec.NoHomeTab {
		c.s.fault(FaultArguments, "views.publish without a Home tab")
		return nil, failCode("not_enabled")
	}
	u := c.s.users[c.args.str("user_id")]
	if u == nil || u.w != c.w || u.bot != "" {
		return nil, badArgs("invalid `user_id`")
	}
	spec, err := c.viewArg(true)
	if err != nil && !(err.code == "duplicate_external_id" && u.home != nil && u.home.spec["external_id"] == spec["external_id"]) {
		return nil, err
	}
	if h := c.args.str("hash"); h != "" && (u.home == nil || h != u.home.hash) {
		return nil, failCode("hash_conflict")
	}
	if u.home == nil {
		u.home = &view{s: c.s, id: c.s.id("V"), w: c.w, user: u, home: true, values: selection{}}
		u.home.root = u.home.id
		c.s.views[u.home.id] = u.home
	}
	u.home.set(spec)
	return obj{"view": copyJSON(u.home.json())}, nil
}

// submitted acts on the answer to a view_submission and returns what the person sees fail.
func (v *view) submitted(x *Exchange, payload []byte) string {
	const failed = "view_submission_failed"
	u, s := v.user, v.s
	o := asObj(rawJSON(payload))
	if o == nil {
		s.fault(FaultAckPayload, "view_submission was answered with %.60s", payload)
		return failed
	}
	switch action, _ := o["response_action"].(string); action {
	case "clear":
		u.popAll()
	case "errors":
		return v.refused(x, asObj(o["errors"]))
	case "update", "push":
		spec, err := s.checkView(o["view"], false)
		if err != nil && err.code != "duplicate_external_id" {
			return failed
		}
		if action == "update" {
			v.set(spec)
			return ""
		}
		if len(u.modals) >= maxViewStack {
			s.fault(FaultArguments, "response_action push on a stack of %d", len(u.modals))
			return failed
		}
		u.push(spec)
	default:
		s.fault(FaultAckPayload, "view_submission was answered with response_action %q", action)
		return failed
	}
	return ""
}

// refused shows messages beside fields; each must belong to an input block.
func (v *view) refused(x *Exchange, errs obj) string {
	x.errors = map[string]string{}
	for id, msg := range errs {
		text, ok := msg.(string)
		if !ok || !slices.ContainsFunc(v.blocks, func(b any) bool {
			return asObj(b)["block_id"] == id && asObj(b)["type"] == "input"
		}) {
			v.s.fault(FaultAckPayload, "errors for %q, which is no input block", id)
			return "view_submission_failed"
		}
		x.errors[id] = text
	}
	if len(errs) == 0 {
		v.s.fault(FaultAckPayload, "response_action errors without errors")
		return "view_submission_failed"
	}
	v.errors = x.errors
	v.s.changed.fire()
	return ""
}
