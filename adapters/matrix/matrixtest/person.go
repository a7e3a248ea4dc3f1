// Package matrixtest has people on a homeserver, a real one or the one in memory, for tests of what
// stands on Matrix: they write, react and read with a plain client, and see what a stock client would
// show them.
package matrixtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Server is a homeserver: that of package dendrite or homeserver.
type Server interface {
	// URL is the base of the client API, without a slash at the end.
	URL() string
	// Register makes an account and returns its full id.
	Register(tb testing.TB, user, password string) string
}

// Patience is how long is waited for what must happen. It is never waited out when all is well.
const Patience = 3 * time.Minute

// Password is every person's.
const Password = "a pass phrase"

// Person is somebody with an account and a client.
type Person struct {
	*mautrix.Client
	ID string
}

var count atomic.Int64

// Name is a user name that no other test has: the homeserver is shared.
func Name(name string) string { return fmt.Sprintf("%s%d", name, count.Add(1)) }

// Register makes an account and logs in.
func Register(tb testing.TB, s Server, name string) *Person {
	tb.Helper()
	full := s.Register(tb, name, Password)
	return LogIn(tb, s, full)
}

// LogIn is another client of an account.
func LogIn(tb testing.TB, s Server, user string) *Person {
	tb.Helper()
	c, err := mautrix.NewClient(s.URL(), id.UserID(user), "")
	if err != nil {
		tb.Fatal(err)
	}
	_, err = c.Login(tb.Context(), &mautrix.ReqLogin{Type: mautrix.AuthTypePassword, Password: Password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: user}})
	if err != nil {
		tb.Fatalf("log in %s: %v", user, err)
	}
	c.DefaultHTTPRetries = 5
	c.DefaultHTTPBackoff = 100 * time.Millisecond
	return &Person{Client: c, ID: user}
}

// NewRoom makes a room with a name and invites people into it.
func (p *Person) NewRoom(tb testing.TB, name string, invite ...string) string {
	tb.Helper()
	req := &mautrix.ReqCreateRoom{Name: name, Preset: "private_chat"}
	for _, who := range invite {
		req.Invite = append(req.Invite, id.UserID(who))
	}
	got, err := p.CreateRoom(tb.Context(), req)
	if err != nil {
		tb.Fatalf("make a room: %v", err)
	}
	return string(got.RoomID)
}

// Join joins a room, by its id or alias.
func (p *Person) Join(tb testing.TB, room string) string {
	tb.Helper()
	got, err := p.JoinRoom(tb.Context(), room, nil)
	if err != nil {
		tb.Fatalf("%s joins %s: %v", p.ID, room, err)
	}
	return string(got.RoomID)
}

// Send sends an event with any content.
func (p *Person) Send(tb testing.TB, room, kind string, content map[string]any) string {
	tb.Helper()
	raw, err := json.Marshal(content) // so that an encrypting client finds the relation and leaves it outside, too
	if err != nil {
		tb.Fatal(err)
	}
	got, err := p.SendMessageEvent(tb.Context(), id.RoomID(room), event.Type{Type: kind, Class: event.MessageEventType}, json.RawMessage(raw))
	if err != nil {
		tb.Fatalf("%s sends %s: %v", p.ID, kind, err)
	}
	return string(got.EventID)
}

// Thread puts a message into a thread, as clients do.
func Thread(content map[string]any, root string) map[string]any {
	if root != "" {
		content["m.relates_to"] = map[string]any{"rel_type": "m.thread", "event_id": root, "is_falling_back": true,
			"m.in_reply_to": map[string]any{"event_id": root}}
	}
	return content
}

// Say writes a message; thread may be empty.
func (p *Person) Say(tb testing.TB, room, thread, text string) string {
	tb.Helper()
	return p.Send(tb, room, "m.room.message", Thread(map[string]any{"msgtype": "m.text", "body": text}, thread))
}

// Reply answers a message outside any thread.
func (p *Person) Reply(tb testing.TB, room, to, text string) string {
	tb.Helper()
	return p.Send(tb, room, "m.room.message", map[string]any{"msgtype": "m.text", "body": text,
		"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}})
}

// Edit changes a message.
func (p *Person) Edit(tb testing.TB, room, msg, text string) string {
	tb.Helper()
	return p.Send(tb, room, "m.room.message", map[string]any{"msgtype": "m.text", "body": "* " + text,
		"m.new_content": map[string]any{"msgtype": "m.text", "body": text},
		"m.relates_to":  map[string]any{"rel_type": "m.replace", "event_id": msg}})
}

// React puts an emoji on a message and returns the reaction's id.
func (p *Person) React(tb testing.TB, room, msg, emoji string) string {
	tb.Helper()
	return p.Send(tb, room, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": msg, "key": emoji}})
}

// Redact takes something back.
func (p *Person) Redact(tb testing.TB, room, msg string) {
	tb.Helper()
	if _, err := p.RedactEvent(tb.Context(), id.RoomID(room), id.EventID(msg)); err != nil {
		tb.Fatalf("%s takes back: %v", p.ID, err)
	}
}

// File sends a file, with a caption where there is one.
func (p *Person) File(tb testing.TB, room, thread, name, caption, kind string, data []byte) string {
	tb.Helper()
	up, err := p.UploadBytesWithName(tb.Context(), data, kind, name)
	if err != nil {
		tb.Fatalf("%s uploads: %v", p.ID, err)
	}
	body := caption
	if body == "" {
		body = name
	}
	return p.Send(tb, room, "m.room.message", Thread(map[string]any{"msgtype": "m.file", "body": body, "filename": name,
		"url": up.ContentURI.String(), "info": map[string]any{"mimetype": kind, "size": len(data)}}, thread))
}

// Fetch reads a file.
func (p *Person) Fetch(tb testing.TB, uri string) []byte {
	tb.Helper()
	resp, err := p.Download(tb.Context(), id.MustParseContentURI(uri))
	if err != nil {
		tb.Fatalf("%s downloads: %v", p.ID, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Event is one event of a room, as the homeserver gives it.
type Event struct {
	ID       string         `json:"event_id"`
	Type     string         `json:"type"`
	Sender   string         `json:"sender"`
	StateKey *string        `json:"state_key"`
	Time     int64          `json:"origin_server_ts"`
	Content  map[string]any `json:"content"`
	Unsigned struct {
		Because any `json:"redacted_because"`
	} `json:"unsigned"`
}

// Text is one text of the content.
func (e Event) Text(name string) string { s, _ := e.Content[name].(string); return s }

// Relation is the content's relation: its kind and what it relates to.
func (e Event) Relation() (kind, to, key string) {
	r, _ := e.Content["m.relates_to"].(map[string]any)
	kind, _ = r["rel_type"].(string)
	to, _ = r["event_id"].(string)
	key, _ = r["key"].(string)
	return kind, to, key
}

// Events are all events of a room that the person may see, oldest first.
func (p *Person) Events(tb testing.TB, room string) []Event {
	tb.Helper()
	var out []Event
	from := ""
	for {
		query := map[string]string{"dir": "b", "limit": "500"}
		if from != "" {
			query["from"] = from
		}
		var got struct {
			Chunk []Event `json:"chunk"`
			End   string  `json:"end"`
		}
		_, err := p.MakeFullRequest(tb.Context(), mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &got,
			URL: p.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", room, "messages"}, query)})
		if err != nil {
			tb.Fatalf("%s reads %s: %v", p.ID, room, err)
		}
		for _, e := range got.Chunk {
			out = append([]Event{e}, out...)
		}
		if got.End == "" || len(got.Chunk) == 0 {
			return out
		}
		from = got.End
	}
}

// State is one piece of a room's state; nil when there is none.
func (p *Person) State(tb testing.TB, room, kind, key string) map[string]any {
	tb.Helper()
	var out map[string]any
	_, err := p.MakeFullRequest(tb.Context(), mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &out,
		URL: p.BuildClientURL("v3", "rooms", room, "state", kind, key)})
	if err != nil && !strings.Contains(err.Error(), "M_NOT_FOUND") {
		tb.Fatalf("%s reads %s of %s: %v", p.ID, kind, room, err)
	}
	return out
}

// SetState changes a room's state.
func (p *Person) SetState(tb testing.TB, room, kind, key string, content map[string]any) {
	tb.Helper()
	if _, err := p.SendStateEvent(tb.Context(), id.RoomID(room), event.Type{Type: kind, Class: event.StateEventType}, key, content); err != nil {
		tb.Fatalf("%s sets %s: %v", p.ID, kind, err)
	}
}

// Invites are the rooms that the person is invited to.
func (p *Person) Invites(tb testing.TB) []string {
	tb.Helper()
	got, err := p.SyncRequest(tb.Context(), 0, "", "", false, "")
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for room := range got.Rooms.Invite {
		out = append(out, string(room))
	}
	return out
}

// Until polls until f is true.
func Until(tb testing.TB, what string, f func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-ctx.Done():
			tb.Fatalf("%s did not come about within %v", what, Patience)
		case <-tick.C:
		}
	}
}

// Dump is events in one line each, for failures.
func Dump(list []Event) string {
	var b strings.Builder
	for _, e := range list {
		c, _ := json.Marshal(e.Content)
		fmt.Fprintf(&b, "%s %s %s %s\n", e.ID, e.Sender, e.Type, c)
	}
	return b.String()
}
