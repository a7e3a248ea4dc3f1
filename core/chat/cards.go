package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// cardWork is the body of "chat.card": show a subject anew in a place.
type cardWork struct {
	Of      int64
	Subject string
	At      Address
	Aside   bool // it was put aside: see aside
}

// settleChanges lets cards and search follow the changes of a transaction.
func (e *Engine) settleChanges(ctx context.Context, s *scene, b *book) error {
	done := map[string]bool{}
	for _, c := range b.changes {
		name := c.Subject.String()
		if done[name] {
			continue
		}
		done[name] = true
		if err := e.settleChange(ctx, s, c); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) settleChange(ctx context.Context, s *scene, c record.Change) error {
	view, ok := e.views[c.Subject.ID.Letter]
	if !ok {
		return nil
	}
	topics, err := e.reindex(ctx, view, c)
	if err != nil {
		return err
	}
	if err := e.alsoShown(ctx, c); err != nil {
		return err
	}
	places, err := e.places(ctx, s, view, c, topics)
	if err != nil {
		return err
	}
	for _, at := range places {
		if err := e.markCard(ctx, c.Community, c.Subject, at); err != nil {
			return err
		}
	}
	return nil
}

// reindex tells search what a record is like now, and returns its topics.
func (e *Engine) reindex(ctx context.Context, view View, c record.Change) (topics []string, err error) {
	if view.Index == nil {
		return nil, nil
	}
	id := c.Subject.ID
	doc, ok, err := view.Index(ctx, c.Community, id)
	if err != nil {
		return nil, fmt.Errorf("describe %s for search: %w", id, err)
	}
	if !ok {
		return doc.Topics, e.store.Index.Remove(ctx, c.Community, string(rune(id.Letter)), id.No)
	}
	return doc.Topics, e.store.Index.Put(ctx, c.Community, doc)
}

// markCard asks for a subject to be shown anew in a place, unless that is under way.
func (e *Engine) markCard(ctx context.Context, of int64, s record.Subject, at Address) error {
	round, fresh, err := e.store.Cards.Mark(ctx, of, s, at)
	if err != nil {
		return fmt.Errorf("mark a card: %w", err)
	}
	if !fresh {
		return nil
	}
	return e.queueCard(ctx, of, s, at, round)
}

func (e *Engine) queueCard(ctx context.Context, of int64, s record.Subject, at Address, round int64) error {
	key := fmt.Sprintf("card/%d/%s/%s/%s/%s/%d", of, s, at.Platform, at.Room, at.Thread, round)
	it := work.New("chat.card", placeLane(at), key, cardWork{Of: of, Subject: s.String(), At: at}).In(of)
	it.Budget = e.budget(it.Kind, at)
	return e.store.Queue.Add(ctx, it)
}

// showCard does "chat.card": it posts, edits or removes a live message.
func (e *Engine) showCard(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var w cardWork
	if err := it.Read(&w); err != nil {
		return nil, err
	}
	subject, err := record.ParseSubject(w.Subject)
	if err != nil {
		return nil, work.Dead(err)
	}
	row, ok, err := e.store.Cards.Card(ctx, w.Of, subject, w.At)
	if err != nil || !ok {
		return nil, err
	}
	pf, view := e.platforms[w.At.Platform], e.views[subject.ID.Letter]
	if pf == nil || view.Card == nil {
		return nil, work.Dead(fmt.Errorf("no platform %q or no view of %s", w.At.Platform, subject))
	}
	m, hidden, err := e.cardMessage(ctx, pf.Platform(), view, w, subject)
	if err != nil {
		return nil, err
	}
	full, err := e.full(ctx, row)
	switch {
	case err != nil:
		return nil, err
	case hidden:
		err = e.removeCard(ctx, pf, &row, it)
	case full:
		row.Listed = e.dayOf(ctx, row)
	default:
		if err = e.putCard(ctx, pf, &row, m, it); row.Message != "" && errors.Is(err, ErrGone) {
			if err = e.doubted(err); w.Aside {
				row.Gone, err = true, nil
			}
		}
	}
	if later, ok := aside(w, row, it, err); ok {
		return func(ctx context.Context) error { return e.store.Queue.Add(ctx, later) }, nil
	}
	if errors.Is(err, errListed) {
		return func(ctx context.Context) error { return e.openFirst(ctx, row) }, nil
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return e.settleCard(ctx, view, row) }, nil
}

// doubtTime is how long after a service has said that a card is gone it is asked once more: one that comes up
// again does not know for a moment what it will know again.
const doubtTime = 30 * time.Second

func (e *Engine) doubted(err error) error {
	return &work.LaterError{At: e.now().Add(doubtTime), Cause: err}
}

// aside is a change of a card that the service does not take yet, as work beside the room's lane: what is to be
// said there meanwhile is not held up by it. The card shows its record as it is then. ok is false for what keeps
// its place: what is not posted yet, and what failed otherwise.
func aside(w cardWork, row CardRow, it work.Item, err error) (later work.Item, ok bool) {
	var wait *work.LaterError
	if w.Aside || row.Message == "" || !errors.As(err, &wait) {
		return later, false
	}
	w.Aside = true
	later = work.New("chat.card", "", it.Key+"/aside", w).In(it.Community).At(wait.At)
	later.Budget = it.Budget
	return later, true
}

// cardMessage is what a card shows now.
func (e *Engine) cardMessage(ctx context.Context, info Info, view View, w cardWork, subject record.Subject) (m Message, hidden bool, err error) {
	com, room, err := e.roomAt(ctx, w.Of, w.At)
	if err != nil {
		return m, false, err
	}
	v := e.voiceIn(room, com, info)
	v.lasts = true
	say, err := view.Card(ctx, Look{Community: com, Subject: subject, Lang: v.lang, At: w.At})
	switch {
	case errors.Is(err, ErrHidden):
		return m, true, nil
	case err != nil:
		return m, false, fmt.Errorf("describe %s: %w", subject, err)
	}
	if say.Kind == "" && subject.Part == 0 {
		say.Kind = Card
	}
	say.Record, say.Threaded = subject.ID, view.Follow && subject.Part == 0
	m, err = e.compose(ctx, v, say, w.At.Platform, 0)
	if err != nil {
		return m, false, err
	}
	return Fit(m, info.Limits)[0], false, nil
}

func (e *Engine) putCard(ctx context.Context, pf Platform, row *CardRow, m Message, it work.Item) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("digest a card: %w", err)
	}
	sum := sha256.Sum256(b)
	shown := hex.EncodeToString(sum[:12])
	if row.Gone || row.Message != "" && row.Shown == shown {
		return nil
	}
	at := row.At
	if row.Subject.Part != 0 {
		parent, ok, err := e.store.Cards.Card(ctx, row.Community, record.Subject{ID: row.Subject.ID}, row.At)
		if err != nil {
			return err
		}
		if ok && parent.Message == "" && parent.Listed > 0 {
			return errListed
		}
		if !ok || parent.Starts == "" {
			return work.Dead(fmt.Errorf("%s has no thread there", row.Subject.ID))
		}
		at.Thread = parent.Starts
	}
	if row.Message != "" {
		ed, can := pf.(Editor)
		if !can {
			row.Shown = shown // as well as it can be
			return nil
		}
		m.Pings = nil // who was notified once is not notified of an edit
		if err = ed.Edit(ctx, at, row.Message, e.opened(m)); errors.Is(err, ErrGone) {
			return err
		}
		row.Shown = shown
		return e.outcome(err)
	}
	// In a space that has left the community nothing new is shown; what stands there follows changes,
	// so that withdrawn words go there, too.
	if here, err := e.lives(ctx, row.Community, at); err != nil || !here {
		row.Gone = row.Gone || err == nil
		return err
	}
	sent, err := pf.Send(ctx, at, e.opened(m), Key{ID: keyID(it.Key), Again: it.Attempt > 1})
	if err != nil {
		return e.outcome(err)
	}
	row.Message, row.Starts, row.Shown, row.Posted = sent.Message, sent.Thread, shown, e.now()
	if sent.Stood {
		row.Shown = "" // nobody knows what it shows: settleCard has it shown anew
	}
	return nil
}

// lives says whether a place is in a space that belongs to the community now.
func (e *Engine) lives(ctx context.Context, of int64, at Address) (bool, error) {
	if at.Space == "" {
		return true, nil
	}
	sp, ok, err := e.store.Directory.Space(ctx, at.Platform, at.Space)
	if err != nil {
		return false, fmt.Errorf("look up space: %w", err)
	}
	return ok && sp.Community == of, nil
}

// removeCard takes a card away. One that an earlier try may have posted, without anybody knowing, is looked for
// first: to ask for it to be sent again is how an adapter is made to look, and what it sends where nothing
// stood says nothing, and goes at once.
func (e *Engine) removeCard(ctx context.Context, pf Platform, row *CardRow, it work.Item) error {
	if row.Gone || row.Message == "" && it.Attempt < 2 {
		return nil
	}
	ed, can := pf.(Editor)
	if !can {
		row.Gone = true
		return nil
	}
	at := row.At
	if row.Subject.Part != 0 {
		parent, _, err := e.store.Cards.Card(ctx, row.Community, record.Subject{ID: row.Subject.ID}, row.At)
		if err != nil {
			return err
		}
		if at.Thread = parent.Starts; at.Thread == "" && row.Message == "" {
			return nil // nothing was posted where nothing can be
		}
	}
	msg := row.Message
	if msg == "" {
		sent, err := pf.Send(ctx, at, Message{Title: text.Plain("…"), Record: row.Subject.ID.String()}, Key{ID: keyID(it.Key), Again: true})
		if errors.Is(err, ErrGone) || errors.Is(err, ErrRefused) {
			return nil
		}
		if err != nil {
			return e.outcome(err)
		}
		msg = sent.Message
	}
	if err := ed.Remove(ctx, at, msg); err != nil && !errors.Is(err, ErrGone) {
		return e.outcome(err)
	}
	row.Message, row.Shown = "", "" // it is posted anew when it may be seen again
	return nil
}

// settleCard writes what a card shows, and asks for another round when it changed meanwhile.
func (e *Engine) settleCard(ctx context.Context, view View, row CardRow) error {
	round, again, err := e.store.Cards.Settle(ctx, row)
	if err != nil {
		return fmt.Errorf("settle a card: %w", err)
	}
	if view.Follow && row.Subject.Part == 0 && row.Starts != "" {
		at := row.At
		at.Thread = row.Starts
		if err := e.store.Cards.Follow(ctx, row.Community, at, row.Subject.ID); err != nil {
			return fmt.Errorf("follow a thread: %w", err)
		}
	}
	if row.Listed > 0 {
		if err := e.markCard(ctx, row.Community, dayList(row.Listed), row.At); err != nil {
			return err
		}
	}
	if again {
		return e.queueCard(ctx, row.Community, row.Subject, row.At, round)
	}
	if row.Message != "" && row.Shown == "" && !row.Gone {
		return e.markCard(ctx, row.Community, row.Subject, row.At)
	}
	return nil
}
