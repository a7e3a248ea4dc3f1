package slack

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Slack waits three seconds for an acknowledgement, and as long for a trigger to be used; it counts from when it
// sent them. What takes longer is handed over: it is acknowledged before its effect is durable, which
// is no loss, since Slack repeats neither commands nor presses; its answer follows by the response address or in the
// modal. Events are never handed over: what is not acknowledged comes again.
type patience struct {
	open time.Duration // then a modal is opened that waits for the form which may come
	hold time.Duration // then it is acknowledged
	late time.Duration // then an acknowledgement will not be heard any more
	end  time.Duration // how long Run waits at its end for what is under way
}

// drainTime is longer than anything is held.
const drainTime = 5 * time.Second

// ackWithin is Slack's deadline for acknowledgements, and for triggers.
const ackWithin = 3 * time.Second

// patienceOf leaves enough of Slack's time for the way: of three seconds, 1.6 and 2.3 are used.
func patienceOf(within time.Duration) patience {
	return patience{open: within * 16 / 30, hold: within * 23 / 30, late: within * 25 / 30, end: drainTime}
}

// waiting is what happens to a delivery while it takes long.
type waiting struct {
	mu     sync.Mutex
	timer  *time.Timer
	ended  bool          // it is acknowledged, or failed
	held   bool          // acknowledged before its time
	done   bool          // the engine has answered
	opened chan struct{} // closed when view is known; nil: no modal was opened
	view   string
	at     string // the Trigger of a modal that may be opened; empty for none
	team   string
	user   string
	ack    func() any // what an early acknowledgement carries
}

// watch sees to it that a command or a press keeps Slack's time whatever the engine does.
func (d *delivery) watch(ctx context.Context, p *Platform) {
	w := &d.waiting
	if w.ack == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	hold := func() { d.hold(ctx) }
	left := func(of time.Duration) time.Duration { return of - time.Since(d.came) }
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == "" || p.patience.open >= p.patience.hold {
		w.timer = time.AfterFunc(left(p.patience.hold), hold)
		return
	}
	w.timer = time.AfterFunc(left(p.patience.open), func() {
		w.mu.Lock()
		if w.ended || w.done {
			w.mu.Unlock()
			return
		}
		w.opened = make(chan struct{})
		w.timer = time.AfterFunc(left(p.patience.hold), hold)
		w.mu.Unlock()
		d.openWaiting(ctx, p)
	})
}

// hold acknowledges early.
func (d *delivery) hold(ctx context.Context) {
	w := &d.waiting
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return
	}
	w.ended, w.held = true, true
	w.mu.Unlock()
	if err := d.done(ctx, w.ack(), nil); err != nil {
		d.app.p.log.Warn("Slack could not be acknowledged", "kind", d.kind, "error", err)
	}
}

// openWaiting opens a modal in which a form may be shown later, before its trigger ends.
func (d *delivery) openWaiting(ctx context.Context, p *Platform) {
	w := &d.waiting
	view := ""
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.view = view
		close(w.opened)
	}()
	t := d.app.team(w.team)
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var out struct {
		View struct {
			ID string `json:"id"`
		} `json:"view"`
	}
	err := t.call(ctx, "views.open", "", true, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "views.open", obj{"trigger_id": w.at, "view": saying(t.wordsOf(w.user), "moment")}, &out)
	})
	if err != nil {
		p.log.Debug("a modal to wait in could not be opened", "error", err)
	}
	view = out.View.ID
}

// saying is a modal of one sentence.
func saying(w words, key string) view {
	return result(rendered{Blocks: []block{{"type": "section", "text": names{}.element(text.Plain(w.say(key, nil)), maxSection)}}}, formState{}, w)
}

// wordsOf are the words for a user, as far as their language is known.
func (t *team) wordsOf(user string) words {
	who, _ := t.people.known(user)
	return t.p.words.in(who.locale)
}

// answered notes that the engine has answered, and changes how that is said by what happened meanwhile.
func (d *delivery) answered(h *via, ways *answering) {
	w := &d.waiting
	w.mu.Lock()
	w.done = true
	opened := w.opened
	w.mu.Unlock()
	if opened != nil {
		<-opened // its call has a time limit
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ways.held = w.held
	ways.ack = ways.ack && !w.held
	switch {
	case w.view != "":
		ways.modal = w.view
		h.Trigger = "" // it is used
	case w.held && ways.form != nil:
		ways.modal, ways.form = ways.form.ID, nil
	}
}

// mayAsk says whether a command line is one that a form is likely to be shown for: nothing stands behind its
// command, though it could.
func (p *Platform) mayAsk(line string) bool {
	line = strings.ToLower(strings.Join(strings.Fields(line), " "))
	var first *chat.CommandInfo
	for i, c := range p.table() {
		switch {
		case c.Path == line:
			return asksFor(c)
		case first == nil && !c.Hidden && strings.HasPrefix(c.Path, line+" "):
			first = &p.table()[i]
		}
	}
	return line != "" && first != nil && asksFor(*first)
}

func asksFor(c chat.CommandInfo) bool {
	for _, a := range c.Args {
		if a.Required || !c.Reads {
			return true
		}
	}
	return false
}

// slow prepares a command for taking long.
func (c commandPayload) slow(d *delivery) {
	w := &d.waiting
	w.ack, w.team, w.user = func() any { return nil }, c.TeamID, c.UserID
	if d.app.p.mayAsk(d.app.words(c.Command, c.Text)) {
		w.at = c.TriggerID
	}
}

// slow prepares an interaction for taking long.
func (in interaction) slow(d *delivery) {
	w := &d.waiting
	w.ack, w.team, w.user = func() any { return nil }, d.app.teamOf(in), in.User.ID
	switch in.Type {
	case "block_suggestion":
		w.ack = nil // it has a time limit of its own
	case "view_submission":
		w.ack = func() any {
			words := d.app.p.words
			if t := d.app.team(w.team); t != nil {
				words = t.wordsOf(w.user)
			}
			return obj{"response_action": "update", "view": saying(words, "moment")}
		}
	case "block_actions", "message_action", "shortcut":
		if in.Container.Type != "view" || in.View == nil || in.View.Type == "home" {
			w.at = in.TriggerID
		}
	}
}
