package chat

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/work"
)

// ackTime is how long an acknowledgement that carries an answer may take before the queue sends it.
const ackTime = 5 * time.Second

// letter is the body of a message to be sent.
type letter struct {
	To      Address
	Who     AccountID // only this account sees it
	Via     string
	Message Message
	Of      int64
	Member  int64     // for a message to a person
	Notice  bool      // no to-do holds it already
	Thread  record.ID // posted into this record's thread in To
}

// placeLane is the lane of all that people see in a room.
func placeLane(a Address) string { return "room/" + string(a.Platform) + "/" + string(a.Room) }

// personLane is the lane of all that one account sees alone.
func personLane(p PlatformID, a AccountID) string { return "person/" + string(p) + "/" + string(a) }

// workKey is the key of the work that an event causes.
func workKey(ev Event, what string) string {
	return what + "/" + string(ev.Where.Platform) + "/" + string(ev.ID)
}

// keyID is a work key as a platform is told it: short and printable.
func keyID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]))
}

// settle turns a reply into work. answer, when it is not nil, is filled with what the
// acknowledgement may carry.
func (e *Engine) settle(ctx context.Context, s *scene, c *Call, r Reply, answer *Answer) error {
	if err := e.settleAnswer(ctx, s, c, r, answer); err != nil {
		return err
	}
	origin := workKey(s.ev, "also")
	return e.settleRest(ctx, &c.Community, s, c, r, origin)
}

// settleRest is what a reply causes besides its own answer; s and c are nil for work of the program.
func (e *Engine) settleRest(ctx context.Context, of *community.Community, s *scene, c *Call, r Reply, origin string) error {
	for i, p := range r.Also {
		if err := e.post(ctx, of.ID, s, c, p, fmt.Sprintf("%s/%d", origin, i)); err != nil {
			return err
		}
	}
	for _, d := range r.Done {
		if err := e.store.Todos.DoneTodo(ctx, of.ID, d.Member, d.Key); err != nil {
			return fmt.Errorf("settle a to-do: %w", err)
		}
		if err := e.homeChanged(ctx, of.ID, d.Member, origin+"/"+d.Key); err != nil {
			return err
		}
	}
	for _, x := range r.Cards {
		if err := e.markCard(ctx, of.ID, x.Subject, x.At); err != nil {
			return err
		}
	}
	return e.settleRooms(ctx, of.ID, r, origin)
}

// openItem is a room to be opened, or to be kept, as work, once per cause. That the same room is
// asked for again later does no harm: it is found by its key.
func openItem(of int64, o OpenRoom, cause string) work.Item {
	lane := "open/" + string(o.Platform) + "/" + string(o.Space) + "/" + o.Spec.Key
	return work.New("chat.open", lane, lane+"/"+cause, o).In(of)
}

func (e *Engine) settleRooms(ctx context.Context, of int64, r Reply, origin string) error {
	var items []work.Item
	for _, o := range r.Rooms {
		items = append(items, openItem(of, o, origin))
	}
	for _, x := range r.Close {
		key := "close/" + string(x.Platform) + "/" + string(x.Room)
		it := work.New("chat.close", "", key, x).In(of).At(x.At)
		it.Budget = e.budget(it.Kind, Address{Platform: x.Platform, Room: x.Room})
		items = append(items, it)
	}
	for i, b := range r.Bring {
		key := fmt.Sprintf("%s/bring/%d", origin, i)
		items = append(items, work.New("chat.bring", fmt.Sprintf("bring/%d/%s/%d", of, b.Record, b.Member), key, b).In(of))
	}
	if len(items) == 0 {
		return nil
	}
	return e.store.Queue.Add(ctx, items...)
}

// settleAnswer puts the answer itself into the queue, due a little later where the acknowledgement
// may carry it.
func (e *Engine) settleAnswer(ctx context.Context, s *scene, c *Call, r Reply, answer *Answer) error {
	if r.Visibility == Silent || isEmpty(r.Say) {
		return nil
	}
	shared := r.Visibility == ThisThread || r.Visibility == TheRoom
	v := e.voiceFor(c.Member, c.Community, s.ev.From.Locale, s.info)
	if shared {
		v = e.voiceIn(c.Room, c.Community, s.info)
	}
	m, err := e.compose(ctx, v, r.Say, s.ev.Where.Platform, c.Member.No)
	if err != nil {
		return err
	}
	to, who, personal := e.place(s, r.Visibility)
	private := who != "" || s.ev.Direct && !personal
	key := workKey(s.ev, "answer")
	for i, part := range Fit(m, s.info.Limits) {
		l := letter{To: to, Who: who, Via: s.ev.Via, Message: part, Of: c.Community.ID}
		if personal {
			l.Member = c.Member.No
		}
		name := key
		if i > 0 {
			name = fmt.Sprintf("%s/%d", key, i)
		}
		it := e.letterItem(l, name)
		if answer != nil && i == 0 && private && s.ev.Can.Answer {
			it = it.At(e.now().Add(ackTime))
			of := c.Community.ID
			shown := e.opened(part)
			*answer = Answer{Message: &shown, Key: Key{ID: keyID(name)}, Replace: r.Replace,
				Delivered: func(ctx context.Context, _ Sent) error { return e.finishKey(ctx, of, name) }}
		}
		if err := e.store.Queue.Add(ctx, it); err != nil {
			return fmt.Errorf("queue the answer: %w", err)
		}
	}
	return nil
}

// letterItem is a letter as work.
func (e *Engine) letterItem(l letter, key string) work.Item {
	kind, lane := "chat.post", placeLane(l.To)
	switch {
	case l.Member > 0:
		kind, lane = "chat.tell", fmt.Sprintf("member/%d/%d", l.Of, l.Member)
	case l.Who != "":
		kind, lane = "chat.whisper", personLane(l.To.Platform, l.Who)
	}
	it := work.New(kind, lane, key, l).In(l.Of)
	it.Budget = e.budget(kind, l.To)
	return it
}

// place is where an answer goes: to a room or thread, or to one account there.
func (e *Engine) place(s *scene, v Visibility) (to Address, who AccountID, personal bool) {
	at := s.ev.Where
	if s.ev.Direct {
		return at, "", false
	}
	switch v {
	case ThisThread:
		if at.Thread == "" && s.ev.Target != nil {
			at.Thread = s.ev.Target.Where.Thread
			if at.Thread == "" {
				at.Thread = s.ev.Target.Starts
			}
		}
		return at, "", false
	case TheRoom:
		return at.Parent(), "", false
	case Personal:
		if !s.info.Private {
			return at, "", true
		}
	}
	if s.info.Private {
		return at, s.ev.From.Account, false
	}
	if at.Thread == "" { // the command's own thread
		at.Thread = ThreadID(s.ev.Message)
	}
	return at, "", false
}

// compose is a say in words for one platform, with what waits for the reader where it asks so.
func (e *Engine) compose(ctx context.Context, v voice, say Say, p PlatformID, reader int64) (Message, error) {
	m, err := v.message(ctx, say)
	if err != nil {
		return Message{}, err
	}
	if say.Waiting && reader != 0 {
		kept, err := e.store.Todos.Todos(ctx, v.of, reader)
		if err != nil {
			return Message{}, fmt.Errorf("read to-dos: %w", err)
		}
		for _, b := range kept {
			var todo Message
			if err := json.Unmarshal(b, &todo); err != nil {
				return Message{}, fmt.Errorf("read a to-do: %w", err)
			}
			if len(todo.Body) > 0 {
				m.List = append(m.List, Row{Text: todo.Body[0], Buttons: todo.Buttons})
			}
		}
	}
	return m, e.address(ctx, v.of, p, &m, say.Ping)
}

func isEmpty(s Say) bool {
	return s.Title.Key == "" && len(s.Lines) == 0 && len(s.List) == 0 && len(s.Fields) == 0 && len(s.Quote) == 0 &&
		len(s.Files) == 0 && s.Picture == nil
}
