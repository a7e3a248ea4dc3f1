package matrix

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// memory is what is remembered of recent events, without their words, so that a reply or a reaction
// need not ask the homeserver what it stands on. What is forgotten is read again.
type memory struct {
	mu    sync.Mutex
	by    map[string]*list.Element
	order *list.List
}

// brief is what is remembered of one event.
type brief struct {
	at       string // room and event
	sender   string
	thread   string
	threaded bool    // ours, and people answer in its thread
	offers   []offer // ours: what its reactions mean
	on       string  // a reaction: the message it stands on
	emoji    string
	reaction bool
	gone     bool
	full     *entry // decrypted; only right after it was read
}

const remembered = 8000

func newMemory() *memory { return &memory{by: map[string]*list.Element{}, order: list.New()} }

func (m *memory) put(room, event string, b brief) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.at, b.full = room+"/"+event, nil
	if e, ok := m.by[b.at]; ok {
		e.Value = b
		m.order.MoveToFront(e)
		return
	}
	m.by[b.at] = m.order.PushFront(b)
	if m.order.Len() > remembered {
		last := m.order.Back()
		delete(m.by, last.Value.(brief).at)
		m.order.Remove(last)
	}
}

func (m *memory) get(room, event string) (brief, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.by[room+"/"+event]
	if !ok {
		return brief{}, false
	}
	m.order.MoveToFront(e)
	return e.Value.(brief), true
}

// briefly is what is to be remembered of an event.
func (p *Platform) briefly(e entry) brief {
	var c content
	e.into(&c)
	b := brief{sender: e.Sender, thread: c.thread()}
	switch {
	case e.Type == "m.reaction" && c.Relates != nil && c.Relates.Type == "m.annotation":
		b.reaction, b.on, b.emoji = true, c.Relates.Event, c.Relates.Key
	case e.Sender == p.me:
		b.offers, b.threaded = c.Offers, c.Threaded
	}
	b.gone = redacted(e)
	return b
}

// redacted says whether an event was taken back.
func redacted(e entry) bool {
	var u struct {
		Because json.RawMessage `json:"redacted_because"`
	}
	_ = json.Unmarshal(e.Unsigned, &u)
	var c map[string]json.RawMessage
	e.into(&c)
	return len(u.Because) > 0 || len(c) == 0 && (e.Type == "m.room.message" || e.Type == "m.room.encrypted")
}

// recall is what an event is, from memory or else from the homeserver. Errors as for Send.
func (p *Platform) recall(ctx context.Context, room, event string) (brief, error) {
	if b, ok := p.seen.get(room, event); ok {
		return b, nil
	}
	e, err := p.event(ctx, room, event)
	if err != nil {
		return brief{}, err
	}
	b := p.briefly(e)
	if e.Sender == p.me && !b.gone && e.Type == "m.room.message" {
		if newer, ok := p.newest(ctx, room, event); ok {
			b.offers = newer.Offers
		}
	}
	p.seen.put(room, event, b)
	b.full = &e
	return b, nil
}

// recallTries is how often a homeserver is asked that is away for a moment.
const recallTries = 10

// recallSurely is recall for what would be lost when the homeserver is away for a moment.
func (p *Platform) recallSurely(ctx context.Context, room, event string) (b brief, err error) {
	for try := 1; try <= recallTries; try++ {
		b, err = p.recall(ctx, room, event)
		if err == nil || errors.Is(err, chat.ErrGone) || errors.Is(err, chat.ErrRefused) || ctx.Err() != nil {
			break
		}
		pause(ctx, err, try)
	}
	return b, err
}

// event reads one event, decrypted where it can be.
func (p *Platform) event(ctx context.Context, room, event string) (entry, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	var raw json.RawMessage
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &raw, MaxAttempts: 1,
		URL: p.client.BuildClientURL("v3", "rooms", room, "event", event)})
	if err != nil {
		return entry{}, told("read an event", err)
	}
	e, ok := read(raw)
	if !ok {
		return entry{}, told("read an event", fmt.Errorf("%s is no event", event))
	}
	return p.unlocked(ctx, room, e), nil
}

// unlocked is an event decrypted, or as it is where that cannot be done.
func (p *Platform) unlocked(ctx context.Context, room string, e entry) entry {
	if e.Type != "m.room.encrypted" || p.cipher == nil {
		return e
	}
	plain, err := p.cipher.decrypt(ctx, room, e)
	if err != nil {
		p.log.Debug("matrix: an event that was read again cannot be decrypted", "room", room, "event_id", e.ID, "error", err)
		return e
	}
	return plain
}

// newest is the last edit of one of our messages.
func (p *Platform) newest(ctx context.Context, room, event string) (content, bool) {
	list, err := p.related(ctx, room, event, "m.replace", 5)
	if err != nil {
		return content{}, false
	}
	var best entry
	for _, e := range list {
		if e.Sender == p.me && e.Time >= best.Time && !redacted(e) {
			best = e
		}
	}
	if best.ID == "" {
		return content{}, false
	}
	var c content
	p.unlocked(ctx, room, best).into(&c)
	if c.New == nil {
		return content{}, false
	}
	return *c.New, true
}

// related lists events that relate to one, newest first.
func (p *Platform) related(ctx context.Context, room, event, kind string, n int) ([]entry, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	var got page
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodGet, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildURLWithQuery(mautrix.ClientURLPath{"v1", "rooms", room, "relations", event, kind},
			map[string]string{"limit": fmt.Sprint(n), "dir": "b"}),
	})
	if err != nil {
		return nil, told("read what relates to an event", err)
	}
	return readAll(got.Chunk), nil
}
