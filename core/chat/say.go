package chat

import (
	"context"
	"fmt"
)

// say gives an answer that changes nothing: with the acknowledgement where that can carry it, else
// through the queue.
func (e *Engine) say(ctx context.Context, s *scene, c *Call, r Reply) (Answer, error) {
	if r.Visibility == Silent || isEmpty(r.Say) {
		return Answer{}, nil
	}
	v := e.voiceFor(c.Member, c.Community, s.ev.From.Locale, s.info)
	if r.Visibility == ThisThread || r.Visibility == TheRoom {
		v = e.voiceIn(c.Room, c.Community, s.info)
	}
	m, err := e.compose(ctx, v, r.Say, s.ev.Where.Platform, c.Member.No)
	if err != nil {
		return Answer{}, err
	}
	return e.deliverNow(ctx, s, c, r.Visibility, m, r.Replace)
}

func (e *Engine) deliverNow(ctx context.Context, s *scene, c *Call, v Visibility, m Message, replace bool) (Answer, error) {
	to, who, personal := e.place(s, v)
	parts := Fit(m, s.info.Limits)
	private := who != "" || s.ev.Direct && !personal
	if s.ev.Can.Answer && private && len(parts) == 1 {
		parts[0] = e.opened(parts[0])
		return Answer{Message: &parts[0], Key: Key{ID: keyID(workKey(s.ev, "answer"))}, Replace: replace}, nil
	}
	l := letter{To: to, Who: who, Via: s.ev.Via, Of: c.Community.ID}
	if personal {
		l.Member = c.Member.No
	}
	err := e.store.Atomically(ctx, func(ctx context.Context) error {
		return e.queueLetters(ctx, l, m, s.info.Limits, workKey(s.ev, "answer"))
	})
	if err != nil {
		return Answer{}, fmt.Errorf("queue an answer: %w", err)
	}
	return Answer{}, nil
}
