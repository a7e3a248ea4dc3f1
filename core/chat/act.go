package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// act takes a command through its guards and does it.
func (e *Engine) act(ctx context.Context, s *scene, o *outcome, u use) (Answer, error) {
	o.command, o.word = u.cmd.Path, "done"
	if len(s.several) > 0 && !u.cmd.Alone {
		return e.which(ctx, s, o, u)
	}
	if !u.cmd.Reads {
		if seen, err := e.seen(ctx, s); err != nil || seen {
			o.word = "repeated"
			return Answer{}, err
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

// seen says whether the event was taken before.
func (e *Engine) seen(ctx context.Context, s *scene) (bool, error) {
	if s.placed {
		return s.taken, nil
	}
	taken, err := e.store.Inbox.Taken(ctx, s.ev.Where.Platform, s.ev.ID)
	if err != nil {
		return false, fmt.Errorf("look into the inbox: %w", err)
	}
	return taken, nil
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
	var no *text.Refusal
	if asRefusal(err, &no) && c.canAsk(call, no.Arg) {
		return AskFor(c.Path, call.Given, no.Arg), nil
	}
	if c.Personal && r.Visibility == OnlyYou {
		r.Visibility = Personal
	}
	return r, err
}

// canAsk says whether the record that a command is about, which it refuses to do without, can be chosen in a form:
// that needs no typing.
func (c *Command) canAsk(call *Call, arg string) bool {
	if arg == "" || call.Has(arg) || !call.Platform.Forms || !call.Event.Can.Form || call.Event.Kind == Submitted {
		return false
	}
	return slices.ContainsFunc(c.Args, func(a Arg) bool { return a.Name == arg && a.Kind == Record && !a.NoForm })
}
