package chat

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"guildhall/core/text"
)

// pressed is a button or a menu.
func (e *Engine) pressed(ctx context.Context, s *scene, o *outcome) (Answer, error) {
	of, line, ok, err := e.unkey(ctx, s.ev.Key)
	if err != nil {
		return Answer{}, fmt.Errorf("look up button: %w", err)
	}
	if !ok {
		return e.refuse(ctx, s, o, text.Refuse("chat.button.old", nil))
	}
	if of != 0 && of != s.community.ID {
		// In a direct message the button says which community is meant; in a space another
		// community's button has no business.
		if !s.ev.Direct {
			return e.refuse(ctx, s, o, text.Refuse("chat.button.elsewhere", nil))
		}
		own, err := e.store.Directory.Memberships(ctx, s.ev.Where.Platform, s.ev.From.Account)
		if err != nil {
			return Answer{}, fmt.Errorf("look up memberships: %w", err)
		}
		member := false
		for _, c := range own {
			member = member || c.ID == of
		}
		if !member {
			return e.refuse(ctx, s, o, text.Refuse("chat.button.elsewhere", nil))
		}
		if err := e.settleScene(ctx, s, of); err != nil {
			return Answer{}, err
		}
	}
	s.several = nil
	cmd, rest := e.table.find(line)
	if cmd == nil {
		return e.refuse(ctx, s, o, text.Refuse("chat.button.old", nil))
	}
	// A button is about what it says, not about the message it stands on.
	s.ev.Target = nil
	if rest, s.ev.Target, ok = e.about(s, rest); !ok {
		return e.refuse(ctx, s, o, text.Refuse("chat.button.old", nil))
	}
	open := ""
	if i := strings.LastIndex(rest, menuMark); i >= 0 && !strings.ContainsAny(rest[i+1:], ` "`) {
		rest, open = rest[:i], rest[i+1:]
	}
	g, _ := cmd.given(rest)
	if open != "" {
		g[open] = strings.Join(s.ev.Chosen, ", ")
	}
	return e.act(ctx, s, o, use{cmd: cmd, given: g, button: true})
}

// reacted is an emoji on a message.
func (e *Engine) reacted(ctx context.Context, s *scene, o *outcome) (Answer, error) {
	cmd := e.table.reactions[s.ev.Reaction]
	if cmd == nil || s.community.ID == 0 || s.ev.Target == nil || len(s.room.Sections) == 0 && s.room.Record == "" {
		return Answer{}, nil
	}
	if (s.room.Encrypted || s.ev.Hidden) && !s.room.Agreed {
		return Answer{}, nil
	}
	if early, err := e.earlyReaction(ctx, s); err != nil || early {
		if err == nil {
			err = e.later(ctx, s, o)
		}
		return Answer{}, err
	}
	stands, more := e.table.stands[s.ev.Reaction]
	if more && s.info.Unanswered {
		return Answer{}, nil
	}
	u := use{cmd: cmd, given: maps.Clone(stands), reaction: true}
	if u.given == nil {
		u.given = Given{}
	}
	if cmd.Offer {
		if !s.info.Private {
			return Answer{}, nil
		}
		u.offer = true
	}
	return e.act(ctx, s, o, u)
}

// countReaction counts a member's reaction in a thread that belongs to a record, or on its card.
func (e *Engine) countReaction(ctx context.Context, s *scene) error {
	t := s.ev.Target
	if e.store.Counters == nil || t == nil || s.member.No == 0 || s.room.Encrypted && !s.room.Agreed {
		return nil
	}
	thread := t.Where.Thread
	if thread == "" {
		thread = t.Starts
	}
	if thread == "" {
		return nil
	}
	of, id, ok, err := e.store.Cards.Followed(ctx, t.Where.Platform, t.Where.Room, thread)
	if err != nil || !ok || of != s.community.ID {
		return err
	}
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		// An event of its own: the command that the reaction may mean takes the event itself.
		fresh, err := e.store.Inbox.Take(ctx, Taken{Platform: s.ev.Where.Platform, Event: "count/" + s.ev.ID, Community: of, At: e.now()})
		if err != nil || !fresh {
			return err
		}
		return e.store.Counters.Reacted(ctx, of, id, s.member.No, s.ev.Kind == Reacted)
	})
}
