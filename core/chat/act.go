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

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// use is a command as it was asked for.
type use struct {
	cmd      *Command
	given    Given
	button   bool
	reaction bool
	offer    bool     // only offer it
	pending  string   // the form or question that it answers, which can be taken once
	asked    bool     // it is an answer to a question in a thread
	names    []string // the arguments that were asked for; empty for all
	rest     []string // the arguments that the form's next steps ask for
	later    bool     // the form is not the first step
	taken    bool     // its event has been taken already, by the command that asks for more
}

// prepareTime is how long Prepare may take.
const prepareTime = 2 * time.Second

// repeatTime is how long a stored answer stands in for a repeated command.
const repeatTime = 10 * time.Minute

// act takes a command through its guards and does it.
func (e *Engine) act(ctx context.Context, s *scene, o *outcome, u use) (Answer, error) {
	o.command, o.word = u.cmd.Path, "done"
	if len(s.several) > 0 && !u.cmd.Alone {
		return e.which(ctx, s, o, u)
	}
	if !u.cmd.Reads {
		seen, err := e.store.Inbox.Taken(ctx, s.ev.Where.Platform, s.ev.ID)
		if err != nil {
			return Answer{}, fmt.Errorf("look into the inbox: %w", err)
		}
		if seen {
			o.word = "repeated"
			return Answer{}, nil
		}
	}
	if err := e.follow(ctx, s); err != nil {
		return Answer{}, err
	}
	c := e.call(s)
	c.Command, c.Given = u.cmd.Path, u.given
	if no := e.guard(s, c, u); no != nil {
		return e.refuse(ctx, s, o, no)
	}
	if err := e.aim(ctx, s, c, u); err != nil {
		return e.failed(ctx, s, o, err)
	}
	problems, err := e.understand(ctx, c, u.cmd)
	if err != nil {
		return e.failed(ctx, s, o, err)
	}
	if u.offer {
		return e.offer(ctx, s, o, u, c)
	}
	if len(problems) > 0 || len(c.missing(u.cmd)) > 0 || u.asks(c) || len(u.rest) > 0 {
		if u.reaction {
			return Answer{}, nil
		}
		if len(u.rest) > 0 {
			next, here := u.next(c, problems)
			return e.ask(ctx, s, o, next, c, here, next.names)
		}
		return e.ask(ctx, s, o, u, c, problems, u.asking(c, problems))
	}
	if u.cmd.Prepare != nil {
		if err := e.prepare(ctx, u.cmd, c); err != nil {
			return e.failed(ctx, s, o, err)
		}
	}
	if u.cmd.Reads {
		return e.read(ctx, s, o, u, c)
	}
	return e.write(ctx, s, o, u, c)
}

// asks says whether more is to be asked where questions are asked one by one.
func (u use) asks(c *Call) bool {
	if !u.asked {
		return false
	}
	_, more := nextArg(u.cmd, c, u.names)
	return more
}

// asking are the arguments to be asked for: those that were asked for before, as long as no other
// stands in the way.
func (u use) asking(c *Call, problems []*text.Refusal) []string {
	for _, a := range c.missing(u.cmd) {
		if !wanted(a, u.names) {
			return nil
		}
	}
	for _, p := range problems {
		if !wanted(Arg{Name: p.Arg}, u.names) {
			return nil
		}
	}
	return u.names
}

// prepare runs what needs the network, within its time.
func (e *Engine) prepare(ctx context.Context, cmd *Command, c *Call) (err error) {
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in Prepare: %v", v)
		}
	}()
	return cmd.Prepare(ctx, c)
}

// guard checks, in this order: enabled here, role. (Pace is counted in the transaction.)
func (e *Engine) guard(s *scene, c *Call, u use) *text.Refusal {
	cmd := u.cmd
	if s.community.ID == 0 {
		if cmd.Alone {
			return nil
		}
		return text.Refuse("chat.no_community", nil)
	}
	if (s.room.Encrypted || s.ev.Hidden) && !s.ev.Direct && !s.room.Agreed && !cmd.Reads && !cmd.Alone {
		return text.Refuse("chat.encrypted", nil)
	}
	return allowed(c.Member, cmd)
}

// allowed says whether a member's role is enough.
func allowed(m community.Member, cmd *Command) *text.Refusal {
	role := m.Role
	if m.No == 0 {
		role = community.RoleMember // who acts becomes a member
	}
	if role < cmd.Role {
		return text.Refuse("chat.role."+cmd.Role.String(), nil)
	}
	return nil
}

// aim fills in what a command's target is, as far as the event does not say it.
func (e *Engine) aim(ctx context.Context, s *scene, c *Call, u use) error {
	if c.Target == nil && u.button || u.cmd.Target == NoTarget {
		return nil
	}
	if t := c.Target; t != nil {
		of, subject, ok, err := e.store.Cards.Subject(ctx, t.Where.Platform, t.Where.Room, t.Message)
		if err != nil {
			return fmt.Errorf("look up target: %w", err)
		}
		switch {
		case ok && strings.IndexByte(record.Letters, subject.ID.Letter) < 0:
			c.Target, s.ev.Target = nil, nil // a list or a digest of ours: about nothing
			return nil
		case ok && of == s.community.ID:
			c.Subject = subject
		}
		if t.From.Account == "" && !ok {
			if r, is := s.platform.(Reader); is {
				full, err := r.Message(ctx, t.Where, t.Message)
				if err != nil && !errors.Is(err, ErrGone) {
					return fmt.Errorf("read target: %w", err)
				}
				if err == nil {
					full.Where, full.Message = t.Where, t.Message
					if full.Starts == "" {
						full.Starts = t.Starts
					}
					c.Target, s.ev.Target = &full, &full
				}
			}
		}
	}
	return nil
}

// read answers a command that changes nothing.
func (e *Engine) read(ctx context.Context, s *scene, o *outcome, u use, c *Call) (Answer, error) {
	reply, err := e.run(ctx, u.cmd, c)
	if err != nil {
		return e.failed(ctx, s, o, err)
	}
	if reply.Form != nil {
		return e.askFor(ctx, s, o, reply.Form, false)
	}
	return e.say(ctx, s, c, reply)
}

func (e *Engine) run(ctx context.Context, cmd *Command, c *Call) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in %s: %v", cmd.Path, v)
		}
	}()
	return cmd.do(ctx, c)
}

// do runs the command. What is about the person is said to the person alone.
func (c *Command) do(ctx context.Context, call *Call) (Reply, error) {
	r, err := c.Run(ctx, call)
	if c.Personal && r.Visibility == OnlyYou {
		r.Visibility = Personal
	}
	return r, err
}

// write does a command that changes something, in one transaction.
func (e *Engine) write(ctx context.Context, s *scene, o *outcome, u use, c *Call) (Answer, error) {
	var answer Answer
	var form *FormFor
	digest := commandDigest(c)
	err := e.store.Atomically(ctx, func(ctx context.Context) error {
		answer, form = Answer{}, nil
		taken := Taken{Platform: s.ev.Where.Platform, Event: s.ev.ID, Community: s.community.ID, Command: digest, At: e.now()}
		fresh, err := e.store.Inbox.Take(ctx, taken)
		if err != nil || !fresh {
			o.word = "repeated"
			return err
		}
		first, err := e.enter(ctx, s, c)
		if err != nil {
			return err
		}
		taken.Member = c.Member.No
		if done, err := e.stored(ctx, c, &taken, &answer); done || err != nil {
			o.word = "repeated"
			return err
		}
		ctx, book := withChanges(ctx)
		var reply Reply
		err = e.store.Savepoint(ctx, func(ctx context.Context) (err error) {
			if err := e.again(ctx, c, u); err != nil {
				return err
			}
			reply, err = u.cmd.do(ctx, c)
			return err
		})
		if err != nil {
			book.reset(0)
			reply = e.problem(err, s, o, u.cmd.Path)
		}
		if reply.Form != nil {
			form = reply.Form
			return e.store.Inbox.Keep(ctx, taken)
		}
		if u.reaction && reply.Visibility == OnlyYou && o.word != "done" {
			reply.Visibility = Silent // nobody asked in words
		}
		if first && err == nil {
			if reply, err = e.first(ctx, c, reply); err != nil {
				return err
			}
		}
		if err := e.settle(ctx, s, c, reply, &answer); err != nil {
			return err
		}
		if err := e.settleChanges(ctx, s, book); err != nil {
			return err
		}
		if answer.Message != nil {
			taken.WorkKey = workKey(s.ev, "answer")
			if taken.Answer, err = json.Marshal(answer.Message); err != nil {
				return fmt.Errorf("keep answer: %w", err)
			}
		}
		return e.store.Inbox.Keep(ctx, taken)
	})
	if err != nil {
		return Answer{}, err
	}
	if form != nil {
		return e.askFor(ctx, s, o, form, true)
	}
	return e.carried(s, answer), nil
}

// enter makes sure that who acts is a member, where there is a community.
func (e *Engine) enter(ctx context.Context, s *scene, c *Call) (first bool, err error) {
	if s.community.ID == 0 || s.ev.From.Account == "" {
		return false, nil
	}
	c.Member, first, err = e.store.Directory.Enter(ctx, s.community.ID, s.ev.Where.Platform, s.ev.Where.Space, s.ev.From, e.now())
	if err != nil {
		return false, fmt.Errorf("enter member: %w", err)
	}
	c.Lang = e.readerLang(c.Member, c.Community, s.ev.From.Locale)
	return first, nil
}

// again checks the guards inside the transaction, counts the pace, and takes the form.
func (e *Engine) again(ctx context.Context, c *Call, u use) error {
	if c.Community.ID != 0 {
		if no := allowed(c.Member, u.cmd); no != nil {
			return no
		}
		n, err := e.store.Directory.Pace(ctx, c.Community.ID, c.Member.No, c.Now)
		if err != nil {
			return fmt.Errorf("count pace: %w", err)
		}
		if n > e.pace {
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
func (e *Engine) stored(ctx context.Context, c *Call, taken *Taken, answer *Answer) (bool, error) {
	kept, key, ok, err := e.store.Inbox.Unfinished(ctx, taken.Community, taken.Member, taken.Command, c.Now.Add(-repeatTime))
	if err != nil || !ok {
		return false, err
	}
	var m Message
	if err := json.Unmarshal(kept, &m); err != nil {
		return false, fmt.Errorf("read kept answer: %w", err)
	}
	of := taken.Community
	*answer = Answer{Message: &m, Key: Key{ID: keyID(key), Again: true}, Delivered: func(ctx context.Context, _ Sent) error {
		return e.finishKey(ctx, of, key)
	}}
	taken.WorkKey, taken.Answer = key, kept
	return true, e.store.Inbox.Keep(ctx, *taken)
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
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		_, err := e.store.Queue.FinishKey(ctx, of, key)
		return err
	})
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
