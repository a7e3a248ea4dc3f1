package slacktest

import "encoding/json"

// Values are what a person fills into a form: by an input's label, block id or action id. A value is a
// string, several strings where several can be chosen, or []*File.
type Values map[string]any

// Modal is the modal on top on the person's screen; ok is false when there is none.
func (u *User) Modal() (v View, ok bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if len(u.modals) == 0 {
		return View{}, false
	}
	return u.modals[len(u.modals)-1].snapshot(), true
}

// AwaitModal waits until a modal is on the screen whose text contains all of texts.
func (u *User) AwaitModal(texts ...string) View {
	return awaitValue(u.s, u.name+"'s modal", func() (View, bool) {
		if len(u.modals) == 0 {
			return View{}, false
		}
		v := u.modals[len(u.modals)-1].snapshot()
		return v, containsAll(v.Shown, texts)
	})
}

// AwaitNoModal waits until no modal is on the screen.
func (u *User) AwaitNoModal() {
	awaitValue(u.s, u.name+"'s modals to close", func() (int, bool) { return 0, len(u.modals) == 0 })
}

// Fill fills fields of the modal on top in, without submitting. Fields whose block sends what is chosen
// at once (dispatch_action) do so.
func (u *User) Fill(values Values) []*Exchange {
	s := u.s
	s.mu.Lock()
	problem, sent := "", []*Exchange(nil)
	if len(u.modals) == 0 {
		problem = "no modal is open"
	} else {
		v := u.modals[len(u.modals)-1]
		problem = v.fill(values)
		if problem == "" {
			for what := range values {
				c, _ := find(controls(v.blocks), what)
				if c.block["dispatch_action"] == true || c.block["type"] != "input" {
					sent = append(sent, u.sendAction(nil, v, c, v.values[c.blockID()][c.actionID()]))
				}
			}
		}
	}
	s.mu.Unlock()
	if problem != "" {
		s.fail("%s cannot fill the form in: %s", u.name, problem)
	}
	return sent
}

func (v *view) fill(values Values) (problem string) {
	all := controls(v.blocks)
	for what, val := range values {
		c, ok := find(all, what)
		if !ok {
			return "there is no field " + what + " in:\n" + shown(v.w, v.blocks)
		}
		st, err := v.w.filled(c, val)
		if err != nil {
			return err.Error()
		}
		v.values.put(c.blockID(), c.actionID(), st)
	}
	return ""
}

// Submit fills in the modal on top and presses its submit button. It fails the test when the client
// would not let it go: a field is missing, or a value does not fit. What comes of it shows, after Wait,
// in FieldErrors and in Modal.
func (u *User) Submit(values Values) *Exchange {
	s := u.s
	s.mu.Lock()
	problem := ""
	if len(u.modals) == 0 {
		problem = "no modal is open"
	} else {
		v := u.modals[len(u.modals)-1]
		if problem = v.fill(values); problem == "" {
			problem = v.missing()
		}
	}
	if problem != "" {
		s.mu.Unlock()
		s.fail("%s cannot submit the form: %s", u.name, problem)
		return nil
	}
	defer s.mu.Unlock()
	return u.submit(u.modals[len(u.modals)-1])
}

// missing names a field that must be filled in and is not.
func (v *view) missing() string {
	if !present(v.spec, "submit") {
		return "it has no submit button"
	}
	for _, c := range controls(v.blocks) {
		if c.block["type"] != "input" || c.block["optional"] == true {
			continue
		}
		st, ok := v.values[c.blockID()][c.actionID()]
		if !ok {
			st = initialState(c.element)
		}
		if isEmpty(st) {
			return c.label() + " is empty"
		}
	}
	return ""
}

func (u *User) submit(v *view) *Exchange {
	x := u.s.newExchange(u, "view_submission", nil)
	o := x.interaction("view_submission")
	o["view"], o["response_urls"] = v.json(), []any{}
	v.errors = nil
	x.take = func(p json.RawMessage) string { return v.submitted(x, p) }
	x.taken = func(json.RawMessage) {
		// A plain acknowledgement closes the modal that was submitted.
		if n := len(u.modals); n > 0 && u.modals[n-1] == v {
			u.pop()
		}
	}
	x.send(o, true)
	return x
}

// CloseModal lets the person close the modal on top. The exchange is nil when the app did not ask to be
// told (notify_on_close).
func (u *User) CloseModal() *Exchange { return u.closing(false) }

// CloseAllModals lets the person close the whole stack, with the cross.
func (u *User) CloseAllModals() *Exchange { return u.closing(true) }

func (u *User) closing(all bool) *Exchange {
	s := u.s
	s.mu.Lock()
	if len(u.modals) == 0 {
		s.mu.Unlock()
		s.fail("%s has no modal to close", u.name)
		return nil
	}
	defer s.mu.Unlock()
	v := u.modals[len(u.modals)-1]
	var x *Exchange
	if v.spec["notify_on_close"] == true {
		x = s.newExchange(u, "view_closed", nil)
		o := x.interaction("view_closed")
		delete(o, "trigger_id")
		o["view"], o["is_cleared"] = v.json(), all
		x.send(o, false)
	}
	if all || v.spec["clear_on_close"] == true {
		u.popAll()
	} else {
		u.pop()
	}
	return x
}

// OpenHome lets the person open the app's Home tab: the event app_home_opened.
func (u *User) OpenHome() { u.openTab("home") }

// OpenMessages lets the person open the conversation with the app.
func (u *User) OpenMessages() { u.openTab("messages") }

func (u *User) openTab(tab string) {
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.w.install == nil || u.w.install.gone != "" || tab == "home" && s.app.spec.NoHomeTab {
		return
	}
	ev := obj{"user": u.id, "channel": u.w.dm(u, u.w.install.bot).id, "tab": tab}
	if tab == "home" && u.home != nil {
		ev["view"] = u.home.json()
	}
	s.emit(u.w, nil, "app_home_opened", ev)
}

// Home is what the person sees in the app's Home tab; ok is false before anything was published.
func (u *User) Home() (v View, ok bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if u.home == nil {
		return View{}, false
	}
	return u.home.snapshot(), true
}

// AwaitHome waits until the Home tab shows all of texts.
func (u *User) AwaitHome(texts ...string) View {
	return awaitValue(u.s, u.name+"'s Home", func() (View, bool) {
		if u.home == nil {
			return View{}, false
		}
		v := u.home.snapshot()
		return v, containsAll(v.Shown, texts)
	})
}
