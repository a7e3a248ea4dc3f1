package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"guildhall/core/text"
)

// repeatTime is how long a stored answer stands in for a repeated command.
const repeatTime = 10 * time.Minute

// done is what a command came to.
type done struct {
	answer Answer
	form   *FormFor // it asks for more instead
	word   string   // for the outcome
}

// errAgain says that an event was taken before, or that its command was.
var errAgain = errors.New("it was done before")

// write does a command that changes something.
//
// Nearly every command is new and succeeds. So it is first done straight, in few statements: no savepoint
// guards the command, and the event is taken at the end, together with its answer. Whatever else happens undoes
// all of that, and then it is done with care, which finds out what to say.
func (e *Engine) write(ctx context.Context, s *scene, o *outcome, u use, c *Call) (Answer, error) {
	var d done
	taken := Taken{Platform: s.ev.Where.Platform, Event: s.ev.ID, Community: s.community.ID, Command: commandDigest(c), At: e.now()}
	err := e.store.Atomically(ctx, func(ctx context.Context) (err error) {
		d, err = e.straight(ctx, s, u, c, taken)
		return err
	})
	if err != nil && ctx.Err() == nil {
		err = e.store.Atomically(ctx, func(ctx context.Context) (err error) {
			d, err = e.withCare(ctx, s, u, c, taken)
			return err
		})
	}
	if err != nil {
		return Answer{}, err
	}
	o.word = d.word
	if d.form != nil {
		return e.askFor(ctx, s, o, d.form, true)
	}
	return e.carried(s, d.answer), nil
}

// straight does a command that succeeds. It fails where it has been done before, and where the command fails.
func (e *Engine) straight(ctx context.Context, s *scene, u use, c *Call, taken Taken) (done, error) {
	first, pace, err := e.enter(ctx, s, c)
	if err != nil {
		return done{}, err
	}
	ctx, book := withChanges(ctx)
	if err := e.again(ctx, c, u, pace); err != nil {
		return done{}, err
	}
	reply, err := e.run(ctx, u.cmd, c)
	if err != nil {
		return done{}, err
	}
	d := done{form: reply.Form, word: "done"}
	if d.form == nil {
		if d.answer, err = e.settled(ctx, s, c, reply, first, book); err != nil {
			return done{}, err
		}
	}
	if err := taken.with(s, c, d.answer); err != nil {
		return done{}, err
	}
	fresh, err := e.store.Inbox.TakeDone(ctx, taken, c.Now.Add(-repeatTime))
	if err == nil && !fresh {
		err = errAgain
	}
	return d, err
}

// withCare does a command under a savepoint, after it has made sure that it was not done before. It fails only
// when the store does.
func (e *Engine) withCare(ctx context.Context, s *scene, u use, c *Call, taken Taken) (done, error) {
	fresh, err := e.store.Inbox.Take(ctx, taken)
	if err != nil || !fresh {
		return done{word: "repeated"}, err
	}
	first, pace, err := e.enter(ctx, s, c)
	if err != nil {
		return done{}, err
	}
	taken.Member = c.Member.No
	if d, ok, err := e.stored(ctx, c, taken); ok || err != nil {
		return d, err
	}
	ctx, book := withChanges(ctx)
	var reply Reply
	err = e.store.Savepoint(ctx, func(ctx context.Context) (err error) {
		if err := e.again(ctx, c, u, pace); err != nil {
			return err
		}
		reply, err = u.cmd.do(ctx, c)
		return err
	})
	o := outcome{word: "done"}
	if err != nil {
		book.reset(0)
		reply, first = e.problem(err, s, &o, u.cmd.Path), false
	}
	if u.reaction && reply.Visibility == OnlyYou && o.word != "done" {
		reply.Visibility = Silent // nobody asked in words
	}
	d := done{form: reply.Form, word: o.word}
	if d.form == nil {
		if d.answer, err = e.settled(ctx, s, c, reply, first, book); err != nil {
			return done{}, err
		}
	}
	if err := taken.with(s, c, d.answer); err != nil {
		return done{}, err
	}
	return d, e.store.Inbox.Keep(ctx, taken)
}

// settled turns what a command replied and changed into work, with what is asked after a member's first action.
func (e *Engine) settled(ctx context.Context, s *scene, c *Call, reply Reply, first bool, b *book) (answer Answer, err error) {
	if first {
		if reply, err = e.first(ctx, c, reply); err != nil {
			return Answer{}, err
		}
	}
	if err := e.settle(ctx, s, c, reply, &answer); err != nil {
		return Answer{}, err
	}
	return answer, e.settleChanges(ctx, s, b)
}

// with notes who acted and what they are answered.
func (t *Taken) with(s *scene, c *Call, a Answer) (err error) {
	t.Member = c.Member.No
	if a.Message == nil {
		return nil
	}
	t.WorkKey = workKey(s.ev, "answer")
	if t.Answer, err = json.Marshal(a.Message); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// enter makes sure that who acts is a member, where there is a community, and counts that they act: pace is how
// many commands they gave in the minute so far.
func (e *Engine) enter(ctx context.Context, s *scene, c *Call) (first bool, pace int64, err error) {
	if s.community.ID == 0 || s.ev.From.Account == "" {
		return false, 0, nil
	}
	c.Member, first, pace, err = e.store.Directory.Acts(ctx, s.community.ID, s.ev.Where.Platform, s.ev.Where.Space, s.ev.From, e.now())
	if err != nil {
		return false, 0, fmt.Errorf("enter member: %w", err)
	}
	c.Lang = e.readerLang(c.Member, c.Community, s.ev.From.Locale)
	return first, pace, nil
}

// again checks the guards inside the transaction, and the pace, and takes the form.
func (e *Engine) again(ctx context.Context, c *Call, u use, pace int64) error {
	if c.Community.ID != 0 {
		if no := allowed(c.Member, u.cmd); no != nil {
			return no
		}
		if pace > e.pace {
			return text.Refuse("chat.pace", nil)
		}
	}
	if u.pending != "" {
		ok, err := e.store.Pendings.TakePending(ctx, u.pending)
		if err != nil {
			return fmt.Errorf("take form: %w", err)
		}
		if !ok {
			return text.Refuse("chat.form.used", nil)
		}
	}
	return nil
}

// stored answers with what is kept when the same command was done before and its answer did not get
// through: the program died in between, and the person tried again.
func (e *Engine) stored(ctx context.Context, c *Call, taken Taken) (d done, ok bool, err error) {
	kept, key, ok, err := e.store.Inbox.Unfinished(ctx, taken.Community, taken.Member, taken.Command, c.Now.Add(-repeatTime))
	if err != nil || !ok {
		return done{}, false, err
	}
	var m Message
	if err := json.Unmarshal(kept, &m); err != nil {
		return done{}, false, fmt.Errorf("read kept answer: %w", err)
	}
	of := taken.Community
	d = done{word: "repeated", answer: Answer{Message: &m, Key: Key{ID: keyID(key), Again: true}, Delivered: func(ctx context.Context, _ Sent) error {
		return e.finishKey(ctx, of, key)
	}}}
	taken.WorkKey, taken.Answer = key, kept
	return d, true, e.store.Inbox.Keep(ctx, taken)
}

// first adds what is asked after a member's first action.
func (e *Engine) first(ctx context.Context, c *Call, reply Reply) (Reply, error) {
	for _, h := range e.heard {
		if h.First == nil {
			continue
		}
		more, err := h.First(ctx, c)
		if err != nil {
			return reply, fmt.Errorf("after the first action: %w", err)
		}
		reply.Also = append(reply.Also, more.Also...)
	}
	return reply, nil
}

// carried is what the acknowledgement carries of an answer.
func (e *Engine) carried(s *scene, a Answer) Answer {
	if !s.ev.Can.Answer {
		a.Message, a.Delivered = nil, nil
	}
	return a
}

func (e *Engine) finishKey(ctx context.Context, of int64, key string) error {
	_, err := e.store.Queue.FinishKey(ctx, of, key)
	return err
}

// commandDigest is the same for the same command by the same account in the same place.
func commandDigest(c *Call) string {
	h := sha256.New()
	w := c.Event.Where
	parts := []string{c.Command, string(w.Platform), string(w.Space), string(w.Room), string(w.Thread), string(c.Event.From.Account)}
	if c.Target != nil {
		parts = append(parts, string(c.Target.Message))
	}
	var names []string
	for n := range c.Given {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		parts = append(parts, n+"="+c.Given[n])
	}
	for _, f := range c.Event.Files {
		parts = append(parts, f.ID)
	}
	h.Write([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h.Sum(nil)[:16])
}
