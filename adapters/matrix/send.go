package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// Send implements chat.Platform. A message with files is several events, its text first; each has a
// key of its own, so that a repeat sends only what is missing.
func (p *Platform) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	if err := p.sendable(ctx, to); err != nil {
		return chat.Sent{}, err
	}
	unlock := p.gates.enter(string(to.Room))
	defer unlock()
	defer p.alive.quiet(string(to.Room))
	parts, err := p.parts(ctx, to, m, key)
	if err != nil {
		return chat.Sent{}, err
	}
	done := map[string]string{}
	if key.Again {
		if done, err = p.find(ctx, string(to.Room), parts); err != nil {
			return chat.Sent{}, err
		}
	}
	first := ""
	for _, part := range parts {
		id := done[part.key]
		if id == "" {
			if id, err = p.put(ctx, to, part); err != nil {
				return chat.Sent{}, err
			}
		}
		if first == "" {
			first = id
		}
	}
	if first == "" {
		return chat.Sent{}, errors.Join(chat.ErrRefused, errors.New("a message without any content"))
	}
	if offers := parts[0].offers; len(offers) > 0 {
		if key.Again {
			threaded, _ := parts[0].fields["guildhall.threaded"].(bool)
			p.seen.put(string(to.Room), first, brief{sender: p.me, thread: string(to.Thread), threaded: threaded, offers: offers})
		}
		p.placer.place(string(to.Room), first, key.Again)
	}
	if m.Pin {
		p.pin(ctx, string(to.Room), first)
	}
	sent := chat.Sent{Message: chat.MessageID(first), Stood: done[parts[0].key] != ""}
	if to.Thread == "" {
		sent.Thread = chat.ThreadID(first)
	}
	return sent, nil
}

// sendable makes sure that there is a session and that the room is one of ours.
func (p *Platform) sendable(ctx context.Context, to chat.Address) error {
	if err := p.ready(ctx); err != nil {
		if errors.Is(err, chat.ErrGone) {
			return errors.New("no session: " + err.Error()) // not gone: what waits is sent once there is one again
		}
		return told("open the session", err)
	}
	here, err := p.know(ctx, string(to.Room))
	switch {
	case err != nil:
		return told("look at the room", err)
	case !here:
		return errors.Join(chat.ErrGone, fmt.Errorf("the bot is not in %s", to.Room))
	}
	return nil
}

// part is one event of a message.
type part struct {
	key    string
	fields map[string]any
	offers []offer
	file   *chat.Attachment
	image  bool
}

// parts cuts a message into events. What is uploaded is uploaded when its turn comes.
func (p *Platform) parts(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) ([]part, error) {
	on, err := p.encrypted(ctx, string(to.Room))
	if err != nil {
		return nil, told("look at the room", err)
	}
	if on && p.cipher == nil && m.Kind != plainly {
		return nil, errors.Join(chat.ErrRefused, errors.New("the room is encrypted, and this program has no encryption"))
	}
	var out []part
	r := render(m, p.o.Prefix)
	if r.Body != "" {
		fields := p.text(r, m, on)
		fields["m.relates_to"] = p.relation(to)
		if fields["m.relates_to"] == (*relates)(nil) {
			delete(fields, "m.relates_to")
		}
		out = append(out, part{key: key.ID, fields: fields, offers: r.Offers})
	}
	if pic := m.Picture; pic != nil && pic.File.Open != nil {
		out = append(out, part{key: subkey(key.ID, len(out)), file: &pic.File, image: true})
	}
	for i := range m.Files {
		if m.Files[i].Open != nil {
			out = append(out, part{key: subkey(key.ID, len(out)), file: &m.Files[i]})
		}
	}
	return out, nil
}

func subkey(key string, n int) string {
	if n == 0 {
		return key
	}
	return fmt.Sprintf("%s.%d", key, n)
}

// plainly marks the one kind of sentence that may be said unencrypted in an encrypted room: that
// this program cannot encrypt.
const plainly chat.MessageKind = "matrix.plainly"

// maxContent is how large an event's content may be, in bytes: with what servers add it must stay
// within 65,536, and encryption makes it a third larger.
const (
	maxContent   = 60000
	maxEncrypted = 42000
)

// text is the content of a text message, within what an event may hold: first the HTML goes, then
// the end of the text.
func (p *Platform) text(r rendered, m chat.Message, encrypted bool) map[string]any {
	fields := map[string]any{"msgtype": "m.notice", "body": r.Body, "m.mentions": mention{Users: r.Mentions}}
	if r.HTML != "" && r.HTML != "<p>"+escape(r.Body)+"</p>" || strings.Contains(r.HTML, "<br>") {
		fields["format"], fields["formatted_body"] = "org.matrix.custom.html", r.HTML
	}
	if len(r.Offers) > 0 {
		fields["guildhall.offers"] = r.Offers
	}
	if m.Threaded || m.Form != nil {
		fields["guildhall.threaded"] = m.Threaded
	}
	limit := maxContent
	if encrypted {
		limit = maxEncrypted
	}
	if sizeOf(fields) > limit {
		delete(fields, "format")
		delete(fields, "formatted_body")
	}
	for body := r.Body; sizeOf(fields) > limit && len(body) > 1000; {
		body = strings.ToValidUTF8(body[:len(body)*3/4], "")
		fields["body"] = body + " …"
	}
	return fields
}

func sizeOf(v any) int {
	b, _ := json.Marshal(v)
	return len(b)
}

// relation puts a message into a thread, with the newest message there as what it replies to for
// clients without threads (https://spec.matrix.org/v1.16/client-server-api/#fallback-for-unthreaded-clients).
func (p *Platform) relation(to chat.Address) *relates {
	if to.Thread == "" {
		return nil
	}
	last := string(to.Thread)
	p.rooms.look(string(to.Room), func(r *room) {
		if e := r.last[last]; e != "" {
			last = e
		}
	})
	return &relates{Type: "m.thread", Event: string(to.Thread), Falling: true, Answered: &inReplyTo{last}}
}

// put sends one part, and remembers what it is.
func (p *Platform) put(ctx context.Context, to chat.Address, part part) (string, error) {
	room := string(to.Room)
	if part.file != nil {
		fields, err := p.upload(ctx, room, *part.file, part.image)
		if err != nil {
			return "", err
		}
		if r := p.relation(to); r != nil {
			fields["m.relates_to"] = r
		}
		part.fields = fields
	}
	id, err := p.sendEvent(ctx, room, "m.room.message", part.key, part.key, part.fields)
	if err != nil {
		return "", err
	}
	threaded, _ := part.fields["guildhall.threaded"].(bool)
	p.seen.put(room, id, brief{sender: p.me, thread: string(to.Thread), threaded: threaded, offers: part.offers})
	if to.Thread != "" {
		p.rooms.with(room, func(r *chamber) { r.last[string(to.Thread)] = id })
	}
	return id, nil
}

// chamber is a room, for functions that have a parameter of that name.
type chamber = room

// sendEvent sends one event, encrypted where the room is. txn makes the homeserver recognise a
// repeat; key stands in the content.
func (p *Platform) sendEvent(ctx context.Context, room, kind, key, txn string, fields map[string]any) (string, error) {
	on, err := p.encrypted(ctx, room)
	if err != nil {
		return "", told("look at the room", err)
	}
	var body any = fields
	if on && p.cipher != nil && kind != "m.reaction" {
		raw, err := json.Marshal(fields)
		if err != nil {
			return "", fmt.Errorf("write an event: %w", err)
		}
		sealed, err := p.cipher.encrypt(ctx, room, kind, raw)
		if err != nil {
			return "", fmt.Errorf("encrypt for %s: %w", room, err)
		}
		if key != "" {
			sealed["guildhall.key"] = key
		}
		kind, body = "m.room.encrypted", sealed
	} else if key != "" {
		fields["guildhall.key"] = key
	}
	var got struct {
		ID string `json:"event_id"`
	}
	err = p.twice(ctx, func(ctx context.Context) error {
		_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{
			Method: http.MethodPut, RequestJSON: body, ResponseJSON: &got, MaxAttempts: 1, SensitiveContent: true,
			URL: p.client.BuildClientURL("v3", "rooms", room, "send", kind, txn),
		})
		return err
	})
	if err != nil {
		return "", p.sendError(ctx, room, err)
	}
	if got.ID == "" {
		return "", &chat.UnknownOutcome{Cause: errors.New("the homeserver gave no event id")}
	}
	return got.ID, nil
}

// sendError tells a room that we were put out of from one in which we may not write.
func (p *Platform) sendError(ctx context.Context, room string, err error) error {
	if status(err) == http.StatusForbidden && code(err) == "M_FORBIDDEN" {
		here, lost := p.reload(ctx, room)
		switch {
		case lost != nil:
			return told("look at the room", lost)
		case !here:
			return errors.Join(chat.ErrGone, err)
		}
	}
	return told("send", err)
}

// How far back a message is looked for whose fate is unknown.
const (
	findPages  = 4
	findEvents = 100
)

// find looks for parts of a message that are in the room already, by their keys.
func (p *Platform) find(ctx context.Context, room string, parts []part) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, part := range parts {
		wanted[part.key] = true
	}
	found := map[string]string{}
	from := ""
	for range findPages {
		got, err := p.messages(ctx, room, from, "", findEvents)
		if err != nil {
			return nil, told("look for a message", err)
		}
		for _, e := range readAll(got.Chunk) {
			if e.Sender != p.me {
				continue
			}
			var c content
			e.into(&c)
			if wanted[c.Key] && (c.Relates == nil || c.Relates.Type != "m.replace") {
				found[c.Key] = e.ID
			}
		}
		if len(found) == len(wanted) || len(got.Chunk) == 0 || got.End == "" {
			break
		}
		from = got.End
	}
	return found, nil
}

// pin keeps a message at hand, where we may.
func (p *Platform) pin(ctx context.Context, room, event string) {
	ctx, cancel := limited(ctx)
	defer cancel()
	var pinned []string
	may := false
	p.rooms.look(room, func(r *chamber) {
		may = r.level(p.me) >= r.needs("m.room.pinned_events")
		for _, e := range r.pinned {
			if e == event {
				may = false
			}
			pinned = append(pinned, e)
		}
	})
	if !may {
		return
	}
	if err := p.setState(ctx, room, "m.room.pinned_events", "", map[string]any{"pinned": append(pinned, event)}); err != nil {
		p.log.Warn("matrix: pin a message", "room", room, "error", err)
	}
}

// stateURL is the address of a piece of state; an empty key is left out, with its slash.
func (p *Platform) stateURL(room, kind, key string) string {
	if key == "" {
		return p.client.BuildClientURL("v3", "rooms", room, "state", kind)
	}
	return p.client.BuildClientURL("v3", "rooms", room, "state", kind, key)
}

// setState sets one piece of a room's state.
func (p *Platform) setState(ctx context.Context, room, kind, key string, body any) error {
	err := p.twice(ctx, func(ctx context.Context) error {
		_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodPut, RequestJSON: body, MaxAttempts: 1,
			URL: p.stateURL(room, kind, key)})
		return err
	})
	if err != nil {
		return fmt.Errorf("set %s: %w", kind, err)
	}
	raw, err := json.Marshal(body)
	if err == nil {
		p.rooms.with(room, func(r *chamber) { r.apply(entry{Type: kind, StateKey: &key, Sender: p.me, Content: raw}, p.me) })
	}
	return nil
}
