package discord

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/chat"
)

// Kinds of responses. Source: "Interaction Callback Type" of Discord's reference.
const (
	respondMessage     = 4
	respondLater       = 5
	respondUpdateLater = 6
	respondUpdate      = 7
	respondChoices     = 8
	respondModal       = 9
)

// answerTime is how long the engine's answer is tried to be given; after that it is the queue's.
const answerTime = 10 * time.Second

// tokenTime is how long an interaction's token serves, less a little.
const tokenTime = 15*time.Minute - 10*time.Second

func (t *turn) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// onMessage says whether the interaction stands on a message, which can be changed in place.
func (t *turn) onMessage() bool {
	return t.i.Message != nil && t.i.Message.ID != "" && t.i.Type != commandUsed
}

// mine says whether that message is for this person alone.
func (t *turn) mine() bool {
	return t.onMessage() && (t.i.Message.Flags&flagEphemeral != 0 || t.i.Guild == "")
}

// respond gives the first response. Discord takes one; that it has one already, after a try whose
// outcome was unknown, means that the try came through.
func (t *turn) respond(ctx context.Context, kind int, data any, files []chat.Attachment) error {
	body := map[string]any{"type": kind}
	if data != nil {
		body["data"] = data
	}
	a := ask{method: "POST", path: path("interactions", string(t.i.ID), t.i.Token, "callback"), route: "/interactions/*/*/callback",
		body: body, files: files, free: true}
	t.p.begun.add(string(t.i.ID))
	for try := 0; ; try++ {
		err := t.p.rest.do(ctx, a, nil)
		var unknown *chat.UnknownOutcome
		switch {
		case err == nil, try > 0 && coded(err, codeAcknowledged):
			return nil
		case errors.As(err, &unknown) && try < 2 && sleep(ctx, 100*time.Millisecond):
			continue
		}
		t.p.begun.drop(string(t.i.ID))
		return err
	}
}

// promise defers the answer, unless it has been given.
func (t *turn) promise(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != waiting || t.old {
		return
	}
	kind, data := respondLater, map[string]any{"flags": flagEphemeral}
	if t.onMessage() {
		kind, data = respondUpdateLater, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var err error
	if data == nil {
		err = t.respond(ctx, kind, nil, nil)
	} else {
		err = t.respond(ctx, kind, data, nil)
	}
	t.settle(deferred, err)
}

// settle notes what became of a response.
func (t *turn) settle(to turnState, err error) {
	if err == nil {
		t.state = to
		return
	}
	t.p.log.Warn("an interaction of Discord could not be answered", "interaction", string(t.i.ID), "error", err)
	if coded(err, codeAcknowledged) {
		t.state = deferred
	} else if errors.Is(err, chat.ErrGone) {
		t.state = lost
	}
}

// answer gives the engine's answer, once, and tells it that it came through.
func (t *turn) answer(ctx context.Context, a chat.Answer) {
	defer t.stop()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if t.old && (a.Delivered == nil || t.p.begun.has(string(t.i.ID))) {
		// What the engine gives anew each time was given before the program ended: a form, what only reads.
		// What came twice to this program is being answered already.
		return
	}
	var err error
	switch {
	case a.Form != nil:
		err = t.form(ctx, *a.Form)
	case a.Message != nil:
		err = t.message(ctx, *a.Message, a.Replace)
	default:
		err = t.nothing(ctx)
	}
	if err != nil {
		t.p.log.Warn("an answer did not get through on Discord", "interaction", string(t.i.ID), "error", err)
		return
	}
	if a.Delivered != nil && a.Message != nil {
		if err := a.Delivered(ctx, chat.Sent{}); err != nil {
			t.p.log.Warn("a delivered answer could not be noted", "interaction", string(t.i.ID), "error", err)
		}
	}
}

// message shows a message to the person alone.
func (t *turn) message(ctx context.Context, m chat.Message, replace bool) error {
	return t.show(ctx, t.p.private(m), replace)
}

// private is a message as only one person sees it.
func (p *Platform) private(m chat.Message) post {
	out := render(m, look{private: true, largest: uploadLimit, words: words})
	out.Flags = flagEphemeral
	return out
}

// show gives a post as the answer, or in the place of the message that the interaction stands on.
func (t *turn) show(ctx context.Context, m post, replace bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	replace = replace && t.mine()
	var err error
	switch {
	case t.state == waiting && replace:
		m.Flags = 0
		err = t.respond(ctx, respondUpdate, m, m.uploads)
		t.settle(answered, err)
		return err
	case t.state == waiting:
		err = t.respond(ctx, respondMessage, m, m.uploads)
		t.settle(answered, err)
		return err
	case t.state == lost:
		return fmt.Errorf("the interaction is over: %w", chat.ErrGone)
	case replace || t.state == deferred && !t.onMessage():
		m.Flags = 0
		err = t.p.rest.do(ctx, ask{method: "PATCH", path: path("webhooks", string(t.i.App), t.i.Token, "messages", "@original"),
			route: "/webhooks/*/*/messages/*", body: m, files: m.uploads, free: true, again: true}, nil)
	default:
		err = t.p.rest.do(ctx, ask{method: "POST", path: path("webhooks", string(t.i.App), t.i.Token), route: "/webhooks/*/*",
			body: m, files: m.uploads, free: true}, nil)
	}
	if err == nil {
		t.state = answered
	}
	return err
}

// say shows one of our own sentences.
func (t *turn) say(ctx context.Context, key string) {
	defer t.stop()
	if t.old {
		return // it was said
	}
	if err := t.message(ctx, chat.Message{Lang: t.i.Locale, Body: richly(t.i.Locale, key)}, false); err != nil {
		t.p.log.Warn("an answer did not get through on Discord", "interaction", string(t.i.ID), "error", err)
	}
}

// nothing ends an interaction that has no answer of its own: Discord wants one all the same.
func (t *turn) nothing(ctx context.Context) error {
	t.mu.Lock()
	onMessage, state := t.onMessage(), t.state
	t.mu.Unlock()
	switch {
	case state == answered, onMessage && state == deferred:
		return nil
	case onMessage:
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.state != waiting {
			return nil
		}
		err := t.respond(ctx, respondUpdateLater, nil, nil)
		t.settle(answered, err)
		return err
	}
	return t.message(ctx, chat.Message{Lang: t.i.Locale, Body: richly(t.i.Locale, "discord.ok")}, false)
}

// Whisper implements chat.Whisperer. What answers an interaction is shown by its token; what answers
// a message that mentioned us is kept, and a button in the room shows it to who asked. What answers
// a reaction, or what was said to others, can be shown to nobody alone on Discord, and is left out.
func (p *Platform) Whisper(ctx context.Context, to chat.Address, who chat.AccountID, via string, m chat.Message, key chat.Key) error {
	parts := strings.SplitN(via, "|", 5)
	switch {
	case len(parts) == 5 && parts[0] == "i":
		return p.whisperTo(ctx, parts, m)
	case len(parts) == 3 && parts[0] == "m":
		return p.whisperLater(ctx, to, who, id(parts[2]), m, key)
	}
	if via == unaskedVia {
		p.log.Debug("what nobody asked for was left out", "room", string(to.Room))
		return nil
	}
	return fmt.Errorf("without an interaction nothing is shown to one person alone: %w", chat.ErrRefused)
}

func (p *Platform) whisperTo(ctx context.Context, via []string, m chat.Message) error {
	app, interaction, token := via[1], via[2], via[4]
	made, err := strconv.ParseInt(via[3], 10, 64)
	if err != nil || time.Since(time.UnixMilli(made)) > tokenTime {
		return fmt.Errorf("the interaction is too old to be answered: %w", chat.ErrGone)
	}
	out, age := p.private(m), time.Since(time.UnixMilli(made))
	err = p.rest.do(ctx, ask{method: "POST", path: path("webhooks", app, token), route: "/webhooks/*/*", body: out, files: out.uploads, free: true}, nil)
	if !coded(err, codeUnknownWebhook) {
		return err
	}
	if age < firstTime && !p.begun.has(interaction) {
		// It was never answered: the program that took it may have ended in between.
		body := map[string]any{"type": respondMessage, "data": out}
		err = p.rest.do(ctx, ask{method: "POST", path: path("interactions", interaction, token, "callback"), route: "/interactions/*/*/callback",
			body: body, files: out.uploads, free: true}, nil)
		if !coded(err, codeAcknowledged) {
			return err
		}
	}
	if age < 2*firstTime {
		return &chat.RetryAfter{After: time.Second, Cause: err} // the first response is still on its way
	}
	return err
}

// firstTime is how long Discord waits for the first response.
const firstTime = 3 * time.Second

// recent remembers ids for a little while: what came in the last while, and in the one before.
type recent struct {
	mu          sync.Mutex
	now, before map[string]struct{}
	since       time.Time // when now began
}

// recentTime is how long ids are remembered at least.
const recentTime = 30 * time.Second

// roll begins another while when one is over. It needs the lock.
func (r *recent) roll() {
	age := time.Since(r.since)
	if age < recentTime && r.now != nil {
		return
	}
	if r.before = r.now; age > 2*recentTime {
		r.before = nil
	}
	r.now, r.since = map[string]struct{}{}, time.Now()
}

func (r *recent) add(id string) { r.again(id) }

// again adds an id, and says whether it was there.
func (r *recent) again(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roll()
	_, was := r.now[id]
	_, old := r.before[id]
	r.now[id] = struct{}{}
	return was || old
}

func (r *recent) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.now, id)
	delete(r.before, id)
}

func (r *recent) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, now := r.now[id]
	_, before := r.before[id]
	return now || before
}
