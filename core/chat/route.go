package chat

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/text"
)

// maxText is the longest text of an event that is looked at, in bytes.
const maxText = 200_000

// Handle implements Handler.
func (e *Engine) Handle(ctx context.Context, ev Event) (a Answer, err error) {
	begun := time.Now()
	o := &outcome{word: "ignored"}
	defer func() {
		if v := recover(); v != nil {
			e.log.Error("a panic while an event was handled", "event_id", string(ev.ID), "platform", string(ev.Where.Platform),
				"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			o.word, a, err = "panic", Answer{}, nil
		}
		if err != nil {
			o.word = "failed"
			e.log.Error("an event could not be stored", "event_id", string(ev.ID), "platform", string(ev.Where.Platform), "error", err)
			a = e.away(ev)
		}
		e.observe.Event(ev.Where.Platform, ev.Kind, o.command, o.word, time.Since(begun))
	}()
	if ev.From.Bot {
		return Answer{}, nil
	}
	e.clean(&ev)
	s, err := e.scene(ctx, ev)
	if err != nil {
		return Answer{}, err
	}
	return e.route(ctx, s, o)
}

// outcome is what metrics and logs say of an event.
type outcome struct{ command, word string }

// clean makes the texts of an event safe to keep.
func (e *Engine) clean(ev *Event) {
	if len(ev.Text) > maxText {
		ev.Text = ev.Text[:maxText]
	}
	ev.Text = text.CleanLines(ev.Text, 0)
	ev.From.Name = text.Clean(ev.From.Name, 80)
	if ev.At.IsZero() {
		ev.At = e.now()
	}
	ev.Reaction = plainEmoji(ev.Reaction)
}

// plainEmoji is an emoji without variation selectors.
func plainEmoji(s string) string { return strings.NewReplacer("\ufe0f", "", "\ufe0e", "").Replace(s) }

// route decides what an event means.
func (e *Engine) route(ctx context.Context, s *scene, o *outcome) (Answer, error) {
	ev := s.ev
	switch ev.Kind {
	case Said:
		return e.said(ctx, s, o)
	case Invoked:
		if ev.Command != "" {
			return e.command(ctx, s, o, ev.Command, ev.Given)
		}
		return e.line(ctx, s, o, ev.Text)
	case Acted:
		return e.command(ctx, s, o, ev.Command, ev.Given)
	case Pressed:
		return e.pressed(ctx, s, o)
	case Submitted:
		return e.submitted(ctx, s, o)
	case Reacted, Unreacted:
		if err := e.countReaction(ctx, s); err != nil || ev.Kind == Unreacted {
			return Answer{}, err
		}
		return e.reacted(ctx, s, o)
	case Edited, Deleted:
		return Answer{}, e.changed(ctx, s, o)
	case Entered:
		return Answer{}, e.entered(ctx, s, o)
	case Moved:
		return Answer{}, e.moved(ctx, s)
	case Left:
		o.word = "left"
		return Answer{}, e.store.Atomically(ctx, func(ctx context.Context) error {
			return e.store.Directory.CloseRoom(ctx, ev.Where.Platform, ev.Where.Room)
		})
	}
	return Answer{}, nil
}

// said is a message: an answer to a question, a command, or something in a followed thread.
func (e *Engine) said(ctx context.Context, s *scene, o *outcome) (Answer, error) {
	ev := s.ev
	if ev.From.Account == "" {
		return Answer{}, nil
	}
	if !s.info.Forms || ev.Direct || ev.Where.Thread != "" { // a mention in a thread cannot open a form, either
		q, ok, err := e.store.Pendings.PendingQuestion(ctx, ev.Where.Platform, ev.From.Account, ev.Where.Room, e.now())
		if err != nil {
			return Answer{}, fmt.Errorf("look up question: %w", err)
		}
		if ok && q.fits(ev) {
			return e.answered(ctx, s, o, q)
		}
	}
	if ev.Addressed {
		return e.line(ctx, s, o, ev.Text)
	}
	if s.community.ID == 0 || s.room.Encrypted && !s.room.Agreed || ev.Hidden && !s.room.Agreed {
		return Answer{}, nil
	}
	if err := e.follow(ctx, s); err != nil {
		return Answer{}, err
	}
	switch early, err := e.early(ctx, s); {
	case err != nil:
		return Answer{}, err
	case early:
		return Answer{}, e.later(ctx, s, o)
	case s.followed.IsZero() && !e.listens(s):
		return Answer{}, nil
	}
	return Answer{}, e.hear(ctx, s, o, hearsIn(s))
}

// hearsIn chooses who hears what is said in a record's thread, or in a room that is heard whole.
func hearsIn(s *scene) func(Hearing) func(context.Context, *Call) (Reply, error) {
	return func(h Hearing) func(context.Context, *Call) (Reply, error) {
		if !s.followed.IsZero() && h.Letter == s.followed.Letter || h.whole(s.room) {
			return h.Heard
		}
		return nil
	}
}

// whole says whether a room is heard whole.
func (h Hearing) whole(r community.Room) bool { return h.Within != nil && r.ID != "" && h.Within(r) }

// listens says whether anybody hears all of the event's room.
func (e *Engine) listens(s *scene) bool {
	return slices.ContainsFunc(e.heard, func(h Hearing) bool { return h.whole(s.room) })
}

// changes chooses who hears of edits and deletions.
func changes(h Hearing) func(context.Context, *Call) (Reply, error) { return h.Changed }

// changed is an edit or a deletion.
func (e *Engine) changed(ctx context.Context, s *scene, o *outcome) error {
	if err := e.follow(ctx, s); err != nil {
		return err
	}
	if early, err := e.early(ctx, s); err != nil || early {
		if err == nil {
			err = e.later(ctx, s, o)
		}
		return err
	}
	return e.hear(ctx, s, o, changes)
}

// follow finds the record that the event's thread belongs to.
func (e *Engine) follow(ctx context.Context, s *scene) error {
	at := s.ev.Where
	if s.ev.Target != nil && at.Thread == "" {
		at.Thread = s.ev.Target.Where.Thread
	}
	if at.Thread == "" || s.community.ID == 0 {
		return nil
	}
	of, id, ok, err := e.store.Cards.Followed(ctx, at.Platform, at.Room, at.Thread)
	if err != nil {
		return fmt.Errorf("look up thread: %w", err)
	}
	if ok && of == s.community.ID {
		s.followed = id
	}
	return nil
}

// line is a command as it was typed, without prefix or mention. The bare name of ourselves in front
// means the same as nothing in front.
func (e *Engine) line(ctx context.Context, s *scene, o *outcome, line string) (Answer, error) {
	line = strings.TrimSpace(line)
	if first, rest := cutWord(line); strings.EqualFold(strings.TrimRight(first, ":,"), "guildhall") {
		line = rest
	}
	line = strings.TrimLeft(line, "/!")
	if line == "" {
		return e.command(ctx, s, o, "help", nil)
	}
	cmd, rest := e.table.find(line)
	if cmd == nil || cmd.Hidden {
		return e.unknown(ctx, s, o, line)
	}
	g, _ := cmd.given(rest) // of more words than arguments, what was understood is answered
	return e.act(ctx, s, o, use{cmd: cmd, given: g})
}

// command is a command by its path with what was given.
func (e *Engine) command(ctx context.Context, s *scene, o *outcome, path string, g Given) (Answer, error) {
	cmd := e.table.byPath[path]
	if cmd == nil {
		if group := e.table.groups[path]; len(group) > 0 {
			cmd = group[0]
		}
	}
	if cmd == nil {
		return e.unknown(ctx, s, o, path)
	}
	if g == nil {
		g = Given{}
	}
	return e.act(ctx, s, o, use{cmd: cmd, given: g})
}

// hear lets the bots hear an event that is no command.
func (e *Engine) hear(ctx context.Context, s *scene, o *outcome, which func(Hearing) func(context.Context, *Call) (Reply, error)) error {
	var hears []func(context.Context, *Call) (Reply, error)
	for _, h := range e.heard {
		if f := which(h); f != nil {
			hears = append(hears, f)
		}
	}
	if len(hears) == 0 || s.community.ID == 0 && s.ev.Kind != Entered {
		return nil
	}
	o.word = "heard"
	if s.followed.IsZero() {
		if err := e.follow(ctx, s); err != nil {
			return err
		}
	}
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		fresh, err := e.store.Inbox.Take(ctx, Taken{Platform: s.ev.Where.Platform, Event: s.ev.ID, Community: s.community.ID, At: e.now()})
		if err != nil || !fresh {
			return err
		}
		c, first := e.call(s), false
		if s.ev.Kind == Said && !s.followed.IsZero() {
			if c.Member, first, err = e.store.Directory.Enter(ctx, s.community.ID, s.ev.Where.Platform, s.ev.Where.Space, s.ev.From, e.now()); err != nil {
				return fmt.Errorf("enter member: %w", err)
			}
		}
		if s.ev.Kind == Said && !s.followed.IsZero() && e.store.Counters != nil {
			if err := e.store.Counters.Said(ctx, s.community.ID, s.followed, c.Member.No); err != nil {
				return err
			}
		}
		ctx, book := withChanges(ctx)
		for _, hear := range hears {
			var reply Reply
			mark := book.mark()
			err := e.store.Savepoint(ctx, func(ctx context.Context) (err error) {
				reply, err = hear(ctx, c)
				return err
			})
			var no *text.Refusal
			switch {
			case asRefusal(err, &no):
				book.reset(mark)
				continue
			case err != nil:
				book.reset(mark)
				e.incident(err, s.ev, "heard")
				continue
			}
			if err := e.settle(ctx, s, c, reply, nil); err != nil {
				return err
			}
		}
		if first {
			if err := e.hello(ctx, s, c); err != nil {
				return err
			}
		}
		return e.settleChanges(ctx, s, book)
	})
}

// hello is what is asked after a member's first action, where that was something said in a thread.
func (e *Engine) hello(ctx context.Context, s *scene, c *Call) error {
	reply, err := e.first(ctx, c, Nothing())
	if err != nil {
		return err
	}
	return e.settleRest(ctx, &c.Community, s, c, reply, workKey(s.ev, "first"))
}

// moved follows a room that was replaced by another.
func (e *Engine) moved(ctx context.Context, s *scene) error {
	if s.room.ID == "" || s.ev.Text == "" {
		return nil
	}
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		return e.store.Directory.MoveRoom(ctx, s.ev.Where.Platform, s.ev.Where.Room, RoomID(s.ev.Text))
	})
}

// call is a call with what the scene knows.
func (e *Engine) call(s *scene) *Call {
	linker, _ := s.platform.(Linker)
	return &Call{linker: linker, Event: s.ev, Platform: s.info, Community: s.community, Space: s.space, Room: s.room, Member: s.member,
		Thread: s.followed, Lang: e.readerLang(s.member, s.community, s.ev.From.Locale), Target: s.ev.Target, Now: e.now(), Given: Given{}}
}

// asRefusal is errors.As for refusals.
func asRefusal(err error, to **text.Refusal) bool { return errors.As(err, to) }
