package slacktest

import (
	"fmt"
	"time"
)

// trigger lets the app open one view, for three seconds.
type trigger struct {
	x    *Exchange
	made time.Time
	used bool
}

const triggerLife = 3 * time.Second

func (s *Server) newTrigger(u *User, x *Exchange) string {
	id := fmt.Sprintf("%d.%s.%s", s.seq+1e12, u.w.id[1:], s.secret())
	s.triggers[id] = &trigger{x: x, made: s.clock.Now()}
	s.spentTriggers.sweep(len(s.triggers), s.forgetTriggers)
	return id
}

// forgetTriggers drops those that are long over, so that a long benchmark does not grow.
func (s *Server) forgetTriggers() {
	limit := s.clock.Now().Add(-time.Minute)
	for id, t := range s.triggers {
		if t.made.Before(limit) {
			delete(s.triggers, id)
		}
	}
}

// sweeper says when it is time to look for what is over: each time there is twice as much as was left.
type sweeper struct{ at int }

func (sw *sweeper) sweep(have int, forget func()) {
	if have > max(sw.at, 10000) {
		forget()
		sw.at = 2 * have
	}
}

// useTrigger spends a trigger and returns what it came with.
func (s *Server) useTrigger(id string) (*Exchange, *apiError) {
	t := s.triggers[id]
	switch {
	case t == nil:
		s.fault(FaultTrigger, "unknown trigger_id")
		return nil, &apiError{code: "invalid_trigger_id"}
	case t.used:
		s.fault(FaultTrigger, "trigger_id of %s used again", t.x.what)
		return nil, &apiError{code: "exchanged_trigger_id"}
	case s.clock.Now().Sub(t.made) > triggerLife:
		s.fault(FaultTrigger, "trigger_id of %s used after %s", t.x.what, s.clock.Now().Sub(t.made).Round(time.Millisecond))
		return nil, &apiError{code: "expired_trigger_id"}
	}
	t.used = true
	return t.x, nil
}
