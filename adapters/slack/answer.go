package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// answering says how an event can be answered.
type answering struct {
	ack       bool         // the acknowledgement itself shows a message
	url       bool         // there is a response address
	ephemeral bool         // what was pressed stands in a message for one person
	direct    bool         // it happened in the person's conversation with us
	home      bool         // it happened outside any conversation
	view      string       // the modal in which something was pressed
	form      *viewPayload // the form that was sent
	modal     string       // a modal that waits for the answer
	held      bool         // it is acknowledged already
	state     formState
}

// sayTime is how long it may take to say that an event took too long.
const sayTime = 10 * time.Second

// maxAck is the largest acknowledgement that Slack takes over a socket, less its envelope.
const maxAck = 19_000

// answer gives an event to the engine and Slack the engine's answer: with the acknowledgement where
// that can carry it, else right after it.
func (d *delivery) answer(ctx context.Context, t *team, ev chat.Event, h via, ways answering) {
	p := d.app.p
	if _, done := p.seen.get(string(ev.ID)); done {
		d.end(ctx, nil, nil)
		return
	}
	d.print = printOf(&ev)
	p.noted.wait(ctx, d.print)
	a, err := p.handle(ctx, ev)
	if ctx.Err() != nil { // the store took all the time there was; that nothing was done must be said all the same
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), sayTime)
		defer cancel()
	}
	d.answered(&h, &ways)
	if err != nil && a.Message == nil {
		if away := p.words.in(ev.From.Locale).say("away", nil); ways.held || ways.modal != "" {
			a.Message = &chat.Message{Kind: chat.Alarm, Body: []text.Rich{text.Plain(away)}}
		} else if ways.ack {
			d.end(ctx, obj{"response_type": "ephemeral", "text": away}, nil)
			return
		} else {
			d.end(ctx, nil, err)
			return
		}
	}
	if err == nil {
		p.seen.put(string(ev.ID), struct{}{})
	}
	switch {
	case a.Form != nil:
		d.openForm(ctx, t, ev, h, ways, a.Form)
	case a.Message != nil:
		d.say(ctx, t, ev, h, ways, a)
	default:
		d.end(ctx, nil, nil)
		d.close(ctx, t, ways)
	}
	t.refreshLater(userOf(ev.From.Account))
}

// close says in a modal that waits that nothing more comes there.
func (d *delivery) close(ctx context.Context, t *team, ways answering) {
	if ways.modal == "" {
		return
	}
	if err := t.updateView(ctx, ways.modal, saying(t.wordsOf(d.waiting.user), "done")); err != nil {
		d.app.p.log.Debug("a modal that waited is gone", "error", err)
	}
}

// say gives the answer's message.
func (d *delivery) say(ctx context.Context, t *team, ev chat.Event, h via, ways answering, a chat.Answer) {
	r := render(*a.Message, look{everyone: true})
	if len(a.Message.Files) > 0 || a.Message.Picture != nil {
		d.end(ctx, nil, nil) // files want more calls than an acknowledgement has time for
		d.close(ctx, t, ways)
		d.after(ctx, a, t.whisper(ctx, ev.Where, ev.From.Account, h, *a.Message, a.Key))
		return
	}
	body := obj{"text": r.Text, "blocks": r.Blocks, "response_type": "ephemeral"}
	if ways.direct {
		body["response_type"] = "in_channel"
	}
	switch {
	case ways.ack && ways.modal == "" && !d.late():
		if b, err := json.Marshal(body); err == nil && len(b) < maxAck {
			if d.end(ctx, json.RawMessage(b), nil) {
				d.delivered(ctx, a)
			}
			return
		}
	case ways.form != nil && ev.Where.Room == "": // nowhere else to say it: in place of the form
		v := result(r, decodeState(ways.form.Private), d.app.p.words.in(ev.From.Locale))
		if !d.late() && size(v) < maxAck && d.end(ctx, obj{"response_action": "update", "view": v}, nil) {
			d.delivered(ctx, a)
		}
		return
	}
	d.end(ctx, nil, nil)
	var err error
	if ways.modal != "" {
		v := result(render(*a.Message, look{everyone: true, most: maxViewBlocks}), formState{}, d.app.p.words.in(ev.From.Locale))
		if err = t.updateView(ctx, ways.modal, v); err == nil && (ways.home || ev.Where.Room == "") {
			d.delivered(ctx, a)
			return
		}
	}
	switch {
	case h.View != "" && ways.form == nil && ways.modal == "":
		v := result(render(*a.Message, look{everyone: true, most: maxViewBlocks}), formState{}, d.app.p.words.in(ev.From.Locale))
		err = t.showView(ctx, h, v, a.Replace)
	case ways.home:
		v := result(render(*a.Message, look{everyone: true, most: maxViewBlocks}), formState{}, d.app.p.words.in(ev.From.Locale))
		if err = t.openView(ctx, h.Trigger, v); err != nil {
			err = t.whisper(ctx, ev.Where, ev.From.Account, via{}, *a.Message, a.Key)
		}
	case t.urlOpen(h):
		if a.Replace && (ways.ephemeral || ways.direct) {
			body["replace_original"] = true
		} else {
			body["replace_original"] = false
			if ev.Where.Thread != "" {
				body["thread_ts"] = string(ev.Where.Thread)
			}
		}
		err = t.respond(ctx, h.URL, body)
	default:
		err = t.whisper(ctx, ev.Where, ev.From.Account, via{}, *a.Message, a.Key)
	}
	d.after(ctx, a, err)
}

// after ends an answer that was given after the acknowledgement. One that did not get through is left to
// the queue.
func (d *delivery) after(ctx context.Context, a chat.Answer, err error) {
	if err != nil {
		d.app.p.log.Warn("an answer did not get through at once", "kind", d.kind, "error", err)
		return
	}
	d.delivered(ctx, a)
}

// delivered notes that an answer got through, beside what else goes on: it is a commit more, which neither the
// answer nor the person's next command needs to wait for. See noting.
func (d *delivery) delivered(ctx context.Context, a chat.Answer) {
	if a.Delivered == nil {
		return
	}
	p := d.app.p
	done := p.noted.begin(d.print)
	p.lanes.all.add()
	go func() {
		defer p.lanes.all.done()
		defer done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handleTime)
		defer cancel()
		if err := a.Delivered(ctx, chat.Sent{}); err != nil {
			p.log.Warn("an answer that was delivered could not be marked so", "error", err)
		}
	}()
}

func size(v any) int {
	b, _ := json.Marshal(v)
	return len(b)
}

// openForm shows a form: in place of one that was just sent, above the modal in which something was
// pressed, else on its own.
func (d *delivery) openForm(ctx context.Context, t *team, ev chat.Event, h via, ways answering, f *chat.Form) {
	w := d.app.p.words.in(ev.From.Locale)
	_, channel := split(string(ev.Where.Room))
	st := formState{Room: channel, Thread: string(ev.Where.Thread), URL: h.URL, At: h.At}
	if ways.form != nil {
		if errs, ok := errorsOf(f, blockIDs(ways.form)); ok {
			d.end(ctx, obj{"response_action": "errors", "errors": errs}, nil)
			return
		}
		v := modal(*f, st, w)
		if size(v) < maxAck {
			d.end(ctx, obj{"response_action": "update", "view": v}, nil)
			return
		}
		// Too large for an acknowledgement: the form that was sent closes, and this one opens.
		d.end(ctx, nil, nil)
		if err := t.openView(ctx, h.Trigger, v); err != nil {
			d.app.p.log.Warn("the next step of a form could not be shown", "error", err)
		}
		return
	}
	d.end(ctx, nil, nil)
	v := modal(*f, st, w)
	var err error
	if ways.modal != "" {
		err = t.updateView(ctx, ways.modal, v)
	} else if h.View != "" {
		err = t.showView(ctx, h, v, false)
	} else {
		err = t.openView(ctx, h.Trigger, v)
	}
	if err == nil {
		return
	}
	d.app.p.log.Warn("a form could not be opened", "error", err)
	body := obj{"text": escape(w.say("slow", nil)), "response_type": "ephemeral", "replace_original": false}
	if !t.urlOpen(h) || t.respond(ctx, h.URL, body) != nil {
		_ = t.tell(ctx, ev.Where, userOf(ev.From.Account), w.say("slow", nil)) // the log has it already
	}
}

func blockIDs(v *viewPayload) map[string]bool {
	out := map[string]bool{}
	for _, b := range v.Blocks {
		if b["type"] == "input" {
			out[b.ID()] = true
		}
	}
	return out
}

// result is a message shown as a modal.
func result(r rendered, st formState, w words) view {
	return view{"type": "modal", "callback_id": resultID, "private_metadata": st.encode(), "title": plainText("Guildhall"),
		"close": plainText(clip(w.say("close", nil), maxTitle)), "blocks": list(r.Blocks)}
}

// openView opens a modal; triggers live for three seconds.
func (t *team) openView(ctx context.Context, trigger string, v view) error {
	if trigger == "" {
		return fmt.Errorf("open a form without a trigger: %w", chat.ErrRefused)
	}
	return t.views(ctx, "views.open", obj{"trigger_id": trigger, "view": v})
}

// showView shows a modal on top of another, or in its place.
func (t *team) showView(ctx context.Context, h via, v view, replace bool) error {
	if !replace && h.Trigger != "" {
		if err := t.views(ctx, "views.push", obj{"trigger_id": h.Trigger, "view": v}); err == nil {
			return nil
		}
	}
	return t.updateView(ctx, h.View, v)
}

func (t *team) updateView(ctx context.Context, id string, v view) error {
	return t.views(ctx, "views.update", obj{"view_id": id, "view": v})
}

// views calls a method that shows a view.
func (t *team) views(ctx context.Context, method string, body obj) error {
	if n := size(body); n > maxView {
		return fmt.Errorf("%s with %d bytes: %w", method, n, chat.ErrRefused)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return t.call(ctx, method, "", true, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, method, body, nil)
	})
}

// OpenForm implements chat.FormOpener.
func (p *Platform) OpenForm(ctx context.Context, who chat.AccountID, handle string, f chat.Form) error {
	team, _ := split(string(who))
	t, err := p.in(ctx, team)
	if err != nil {
		return err
	}
	h := decodeVia(handle)
	if h.Trigger == "" || p.opts.Now().Unix()-h.At > 3 {
		return fmt.Errorf("open a form: too late for it: %w", chat.ErrRefused)
	}
	locale := ""
	if known, ok := t.people.get(ctx, userOf(who)); ok {
		locale = known.locale
	}
	return t.openView(ctx, h.Trigger, modal(f, formState{URL: h.URL, At: h.At}, p.words.in(locale)))
}
