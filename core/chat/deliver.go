package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Kinds are the kinds of work that the engine does: what people see, and the bots' own jobs.
func (e *Engine) Kinds() []work.Kind {
	out := []work.Kind{
		{Name: "chat.post", Run: e.observed("post", e.sendPost), Outside: true},
		{Name: "chat.whisper", Run: e.observed("whisper", e.sendWhisper), Outside: true},
		{Name: "chat.tell", Run: e.observed("tell", e.sendTell), Outside: true},
		{Name: "chat.card", Run: e.observed("card", e.showCard), Outside: true},
		{Name: "chat.open", Run: e.observed("open", e.openRoom), Outside: true},
		{Name: "chat.close", Run: e.observed("close", e.closeRoom), Outside: true},
		{Name: "chat.bring", Run: e.observed("bring", e.bring), Outside: true},
		{Name: "chat.home", Run: e.observed("home", e.showHome), Outside: true, Attempts: 3},
		{Name: "chat.timeout", Run: e.timeout},
		{Name: lateWork, Run: e.hearLate},
	}
	for _, j := range e.jobs {
		out = append(out, e.kindOf(j))
	}
	return out
}

type runner = func(context.Context, work.Item) (func(context.Context) error, error)

func (e *Engine) observed(kind string, run runner) runner {
	return func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
		begun := time.Now()
		then, err := run(ctx, it)
		word := "done"
		if err != nil {
			word = "failed"
		}
		e.observe.Delivery("", kind, word, time.Since(begun))
		return then, err
	}
}

// outcome turns a platform's error into what the queue understands.
func (e *Engine) outcome(err error) error {
	var wait *RetryAfter
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wait):
		return &work.LaterError{At: e.now().Add(wait.After), Cause: err, Narrow: wait.Narrow}
	case errors.Is(err, ErrGone), errors.Is(err, ErrRefused):
		return work.Dead(err)
	}
	return err
}

// opened gives the attachments of a message what opens them.
func (e *Engine) opened(m Message) Message {
	open := func(a Attachment) Attachment {
		sha := a.SHA256
		a.Open = func(ctx context.Context) (io.ReadCloser, error) {
			if e.blobs == nil {
				return nil, ErrGone
			}
			return e.blobs.Open(ctx, sha)
		}
		return a
	}
	files := make([]Attachment, len(m.Files))
	for i, f := range m.Files {
		files[i] = open(f)
	}
	m.Files = files
	if m.Picture != nil {
		p := *m.Picture
		p.File = open(p.File)
		m.Picture = &p
	}
	return m
}

func (e *Engine) sendPost(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var l letter
	if err := it.Read(&l); err != nil {
		return nil, err
	}
	pf := e.platforms[l.To.Platform]
	if pf == nil {
		return nil, work.Dead(fmt.Errorf("no platform %q", l.To.Platform))
	}
	to := l.To
	if !l.Thread.IsZero() {
		card, ok, err := e.store.Cards.Card(ctx, l.Of, record.Subject{ID: l.Thread}, l.To)
		if err != nil {
			return nil, err
		}
		if ok && card.Message == "" && card.Listed > 0 {
			return func(ctx context.Context) error {
				if err := e.unlist(ctx, l.Of, l.Thread, l.To); err != nil {
					return err
				}
				again := e.letterItem(l, it.Key+"/opened") // behind the card, in the same lane
				return e.store.Queue.Add(ctx, again)
			}, nil
		}
		if !ok || card.Starts == "" {
			return nil, work.Dead(fmt.Errorf("%s has no thread there", l.Thread))
		}
		to.Thread = card.Starts
	}
	_, err := pf.Send(ctx, to, e.opened(l.Message), Key{ID: keyID(it.Key), Again: it.Attempt > 1})
	return nil, e.outcome(err)
}

func (e *Engine) sendWhisper(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var l letter
	if err := it.Read(&l); err != nil {
		return nil, err
	}
	w, can := e.platforms[l.To.Platform].(Whisperer)
	if !can {
		return nil, work.Dead(fmt.Errorf("platform %q cannot whisper", l.To.Platform))
	}
	err := w.Whisper(ctx, l.To, l.Who, l.Via, e.opened(l.Message), Key{ID: keyID(it.Key), Again: it.Attempt > 1})
	return nil, e.outcome(err)
}

// sendTell writes to a person: directly where that is allowed, else one mention in the thread.
func (e *Engine) sendTell(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var l letter
	if err := it.Read(&l); err != nil {
		return nil, err
	}
	pf := e.platforms[l.To.Platform]
	if pf == nil {
		return nil, work.Dead(fmt.Errorf("no platform %q", l.To.Platform))
	}
	account, found, err := e.accountOf(ctx, l)
	if err != nil || !found {
		return nil, err
	}
	l.Who = AccountID(account.ID) // a personal answer names the member only
	d, can := pf.(Director)
	if !can || account.Refused || pf.Platform().LeaveFirst && !account.MayWrite {
		if err := e.mention(ctx, pf, l, it); err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return e.keepNotice(ctx, l, it.Key) }, nil
	}
	to, err := d.Direct(ctx, l.To.Space, l.Who)
	if err == nil {
		_, err = pf.Send(ctx, to, e.opened(l.Message), Key{ID: keyID(it.Key), Again: it.Attempt > 1})
	}
	refused := errors.Is(err, ErrRefused)
	if err != nil && !refused {
		return nil, e.outcome(err)
	}
	if refused {
		if err := e.mention(ctx, pf, l, it); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		if refused {
			if err := e.keepNotice(ctx, l, it.Key); err != nil {
				return err
			}
		}
		return e.store.Directory.NoteDirect(ctx, l.Of, l.To.Platform, l.Who, to.Room, refused)
	}, nil
}

func (e *Engine) accountOf(ctx context.Context, l letter) (community.Account, bool, error) {
	accounts, err := e.store.Directory.Accounts(ctx, l.Of, l.Member)
	if err != nil {
		return community.Account{}, false, fmt.Errorf("load accounts: %w", err)
	}
	for _, a := range accounts {
		if PlatformID(a.Platform) == l.To.Platform && (l.Who == "" || AccountID(a.ID) == l.Who) {
			return a, true, nil
		}
	}
	return community.Account{}, false, nil
}

// mention says once in a record's thread that something waits for a person; what it is stays with
// their to-dos.
func (e *Engine) mention(ctx context.Context, pf Platform, l letter, it work.Item) error {
	if l.Thread.IsZero() {
		return nil
	}
	cards, err := e.store.Cards.CardsOf(ctx, l.Of, record.Subject{ID: l.Thread})
	if err != nil {
		return err
	}
	for _, card := range cards {
		if card.At.Platform != l.To.Platform || card.At.Space != l.To.Space || card.Starts == "" {
			continue
		}
		com, room, err := e.roomAt(ctx, l.Of, card.At)
		if err != nil {
			return err
		}
		member, err := e.store.Directory.Member(ctx, l.Of, l.Member)
		if err != nil {
			return err
		}
		say := Say{Lines: []Phrase{P("chat.waiting", text.Args{"who": text.Person{Member: member.No, Name: member.Name}})},
			Ping: []int64{member.No}}
		if e.table.byPath["help"] != nil {
			say.Buttons = append(say.Buttons, Press{Command: "help", Label: "chat.see"})
		}
		if pf.Platform().LeaveFirst {
			say.Buttons = append(say.Buttons, Press{Command: "write me"})
		}
		m, err := e.compose(ctx, e.voiceIn(room, com, pf.Platform()), say, card.At.Platform, 0)
		if err != nil {
			return err
		}
		to := card.At
		to.Thread = card.Starts
		_, err = pf.Send(ctx, to, m, Key{ID: keyID(it.Key), Again: it.Attempt > 1})
		return e.outcome(err)
	}
	return nil
}

// kindOf is a bot's job as a kind of work.
func (e *Engine) kindOf(j Job) work.Kind {
	k := work.Kind{Name: j.Kind, Outside: j.Prepare != nil}
	inside := func(ctx context.Context, it work.Item) error {
		ctx, book := withChanges(ctx)
		r, err := j.Run(ctx, it)
		if err != nil {
			return err
		}
		if it.Community == 0 {
			return nil
		}
		com, err := e.store.Directory.Community(ctx, it.Community)
		if err != nil {
			return fmt.Errorf("load community: %w", err)
		}
		if err := e.settleRest(ctx, &com, nil, nil, r, "job/"+it.Key); err != nil {
			return err
		}
		return e.settleChanges(ctx, nil, book)
	}
	k.Run = func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
		if j.Prepare == nil {
			return nil, inside(ctx, it)
		}
		found, err := j.Prepare(ctx, it)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return inside(context.WithValue(ctx, preparedKey{}, found), it) }, nil
	}
	return k
}

type preparedKey struct{}

// Prepared is what a Job's Prepare found.
func Prepared(ctx context.Context) any { return ctx.Value(preparedKey{}) }

// Tick runs a bot's regular upkeep for one community, in a transaction.
func (e *Engine) Tick(ctx context.Context, t Tick, of int64, key string) error {
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		ctx, book := withChanges(ctx)
		r, err := t.Run(ctx, of)
		if err != nil {
			return fmt.Errorf("upkeep %s: %w", t.Name, err)
		}
		com, err := e.store.Directory.Community(ctx, of)
		if err != nil {
			return fmt.Errorf("load community: %w", err)
		}
		if err := e.settleRest(ctx, &com, nil, nil, r, "tick/"+key); err != nil {
			return err
		}
		return e.settleChanges(ctx, nil, book)
	})
}
