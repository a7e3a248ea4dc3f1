package webchat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"guildhall/core/chat"
)

// running is one call of Run.
type running struct {
	ctx     context.Context
	handler chat.Handler
	workers sync.WaitGroup
	busy    map[chat.RoomID]bool // rooms whose events are being given; guarded by Platform.mu
}

// outcome is what came of an event that a browser waits for.
type outcome struct {
	answer chat.MessageID // the only-you message; empty for none
	form   string         // the key of the form to show; empty for none
	failed string         // nothing was done, in words for the person; empty when the engine took it
}

type waiter chan outcome

// Run implements chat.Platform. It first gives what the engine has not taken before.
func (p *Platform) Run(ctx context.Context, h chat.Handler) error {
	p.mu.Lock()
	if p.run != nil {
		p.mu.Unlock()
		return errors.New("the web chat runs already")
	}
	run := &running{ctx: ctx, handler: h, busy: map[chat.RoomID]bool{}}
	p.run = run
	p.live.open()
	for room := range p.world.pending {
		p.wake(room)
	}
	p.mu.Unlock()

	<-ctx.Done()

	p.mu.Lock()
	p.run = nil
	p.live.close()
	p.mu.Unlock()
	run.workers.Wait()
	return nil
}

// wake has the events of a room given, unless that is happening. p.mu must be held.
func (p *Platform) wake(room chat.RoomID) {
	run := p.run
	if run == nil || run.busy[room] || len(p.world.pending[room]) == 0 {
		return
	}
	run.busy[room] = true
	run.workers.Go(func() { p.work(run, room) })
}

// work gives the events of a room, one after the other, until there is none.
func (p *Platform) work(run *running, room chat.RoomID) {
	for {
		p.mu.Lock()
		list := p.world.pending[room]
		if len(list) == 0 || run.ctx.Err() != nil {
			delete(run.busy, room)
			p.mu.Unlock()
			return
		}
		ev := list[0]
		p.mu.Unlock()
		p.give(run, ev)
	}
}

// How long to wait before an event is given again that the engine could not take.
const (
	firstPause = 50 * time.Millisecond
	longPause  = 5 * time.Second
)

// noteTime is how long the engine may take to note that an answer was delivered.
const noteTime = 5 * time.Second

// give gives one event until the engine has taken it and its answer is kept, or Run ends.
func (p *Platform) give(run *running, ev chat.Event) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		answer, err := run.handler.Handle(run.ctx, ev)
		if err == nil || ev.Can.Answer && answer.Message != nil && run.ctx.Err() == nil {
			// Where somebody waits, the sentence that nothing was saved is the end of it.
			if err = p.settle(run.ctx, ev, answer, err != nil); err == nil {
				return
			}
		}
		if run.ctx.Err() != nil {
			return
		}
		p.opts.Log.Warn("an event is given again later", "event_id", string(ev.ID), "pause", pause, "error", err)
		select {
		case <-run.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// settle keeps that an event was taken, together with its answer, and tells who waits for it.
func (p *Platform) settle(ctx context.Context, ev chat.Event, a chat.Answer, failed bool) error {
	p.begin()
	defer p.end()
	m, err := p.carried(ctx, ev, a)
	if err != nil {
		// The queue sends the answer later, and then says what is wrong with it.
		p.opts.Log.Warn("an answer could not be carried", "event_id", string(ev.ID), "error", err)
	}
	p.mu.Lock()
	out := outcome{}
	e := Entry{Done: []chat.EventID{ev.ID}}
	if m != nil {
		post := p.answerPost(ev, *m, a)
		out.answer = post.ID
		e.Posts = append(e.Posts, post)
		if failed {
			out.failed = m.Plain()
		}
	}
	if a.Form != nil && ev.Can.Form {
		e.Forms = append(e.Forms, p.formFor(ev, *a.Form))
		out.form = a.Form.Key
	}
	if ev.Kind == chat.Submitted && !failed && out.form != ev.Key {
		e.Closed = append(e.Closed, ev.Key)
	}
	if err := p.commit(e); err != nil {
		p.mu.Unlock()
		return err
	}
	if out.form != "" && len(p.waiting[ev.ID]) == 0 {
		p.live.publish([]change{{kind: formOpened, form: out.form, only: ev.From.Account}})
	}
	for _, w := range p.waiting[ev.ID] {
		w <- out
	}
	delete(p.waiting, ev.ID)
	p.mu.Unlock()
	if m == nil || a.Delivered == nil {
		return nil
	}
	// The answer stands: that it does is noted even while the program ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	if err := a.Delivered(ctx, chat.Sent{Message: out.answer}); err != nil {
		// The queue sends it again, by the same key, and Whisper recognises it.
		p.opts.Log.Warn("the engine could not note that an answer was delivered", "event_id", string(ev.ID), "error", err)
	}
	return nil
}

// carried is the answer's message, nil for none, with its files taken into the chat.
func (p *Platform) carried(ctx context.Context, ev chat.Event, a chat.Answer) (*chat.Message, error) {
	if a.Message == nil || !ev.Can.Answer {
		return nil, nil
	}
	m, err := p.take(ctx, *a.Message)
	if err != nil {
		return nil, fmt.Errorf("take the answer's files: %w", err)
	}
	return &m, nil
}

// answerPost is the message that an answer becomes: in place of the private one whose button was
// pressed where the answer wants that, else below what is there.
func (p *Platform) answerPost(ev chat.Event, m chat.Message, a chat.Answer) Post {
	if id, sent := p.world.keys[a.Key.ID]; sent && a.Key.ID != "" {
		return *p.world.posts[id]
	}
	post := p.ownPost(ev.Where, m, a.Key)
	if room := p.world.rooms[post.Room]; room.Direct == "" {
		post.Only = ev.From.Account
	}
	if !a.Replace {
		return post
	}
	from := ev.Message
	if f := p.world.forms[ev.Key]; ev.Kind == chat.Submitted && f != nil {
		from = f.Message
	}
	old := p.world.posts[from]
	if old == nil || old.Gone || !old.ours() || old.Room != post.Room || old.Only != post.Only {
		return post
	}
	now := *old
	now.Message, now.Keys = post.Message, append(now.Keys[:len(now.Keys):len(now.Keys)], post.Keys...)
	return now
}

// formFor is a form as an event brought it up.
func (p *Platform) formFor(ev chat.Event, f chat.Form) OpenForm {
	o := OpenForm{For: ev.From.Account, Room: ev.Where.Room, Thread: ev.Where.Thread, Form: f, At: p.opts.Now()}
	switch ev.Kind {
	case chat.Pressed:
		o.Message = ev.Message
	case chat.Submitted:
		if was := p.world.forms[ev.Key]; was != nil {
			o.Message = was.Message
		}
	}
	return o
}
