package matrix

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// Edit implements chat.Editor.
func (p *Platform) Edit(ctx context.Context, at chat.Address, msg chat.MessageID, m chat.Message) error {
	if err := p.sendable(ctx, at); err != nil {
		return err
	}
	room, id := string(at.Room), string(msg)
	unlock := p.gates.enter(room)
	defer unlock()
	on, err := p.encrypted(ctx, room)
	if err != nil {
		return told("look at the room", err)
	}
	if on && p.cipher == nil {
		return errors.Join(chat.ErrRefused, errors.New("the room is encrypted, and this program has no encryption"))
	}
	b, err := p.recall(ctx, room, id)
	switch {
	case err != nil:
		return err
	case b.gone:
		return chat.ErrGone
	case b.sender != p.me:
		return errors.Join(chat.ErrRefused, errors.New("the message is not ours"))
	}
	r := render(m, p.o.Prefix)
	r.Mentions = nil // who was told once is not told of an edit
	// What is edited holds everything twice.
	fresh := p.text(r, m, true)
	if sizeOf(fresh) > maxEncrypted/2 {
		delete(fresh, "format")
		delete(fresh, "formatted_body")
	}
	fields := map[string]any{}
	for k, v := range fresh {
		fields[k] = v
	}
	fields["body"] = "* " + cutBody(r.Body)
	delete(fields, "format")
	delete(fields, "formatted_body")
	fields["m.new_content"] = fresh
	fields["m.relates_to"] = relates{Type: "m.replace", Event: id}
	if _, err := p.sendEvent(ctx, room, "m.room.message", "", rand.Text(), fields); err != nil {
		return err
	}
	same := sameEmoji(b.offers, r.Offers)
	b.offers, b.threaded = r.Offers, m.Threaded || b.threaded
	p.seen.put(room, id, b)
	if !same {
		p.placer.place(room, id, true)
	}
	return nil
}

// sameEmoji says whether two lists offer the same reactions, whatever they stand for.
func sameEmoji(a, b []offer) bool {
	return slices.EqualFunc(a, b, func(x, y offer) bool { return plainEmoji(x.Emoji) == plainEmoji(y.Emoji) })
}

// cutBody is what clients show that do not know edits.
func cutBody(s string) string {
	const most = 500
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + " …"
	}
	return s
}

// Remove implements chat.Editor.
func (p *Platform) Remove(ctx context.Context, at chat.Address, msg chat.MessageID) error {
	if err := p.sendable(ctx, at); err != nil {
		if errors.Is(err, chat.ErrGone) {
			return nil
		}
		return err
	}
	err := p.redact(ctx, string(at.Room), string(msg), "remove-"+string(msg))
	if errors.Is(err, chat.ErrGone) {
		return nil
	}
	if err == nil {
		p.seen.put(string(at.Room), string(msg), brief{sender: p.me, gone: true})
	}
	return err
}

// redact takes an event back. Twice does no harm.
func (p *Platform) redact(ctx context.Context, room, event, txn string) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodPut, MaxAttempts: 1, RequestJSON: struct{}{},
		URL: p.client.BuildClientURL("v3", "rooms", room, "redact", event, txn)})
	return told("take back an event", err)
}
