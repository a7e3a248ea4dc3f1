package bottest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"guildhall/core/chat"
)

// service is what the stage's chat service is called.
const service = "webchat"

// Stage is a chat service in memory with two spaces of one community, in which the cast acts. It
// writes down what everybody is shown.
type Stage struct {
	*World
	t        testing.TB
	n        int
	speak    string // the community's language
	bare     bool   // no private answers and no forms, as on Matrix
	unread   bool   // what people wrote cannot be read back, as on Discord without its intent
	discreet bool   // nobody is written to directly who did not allow it, as on Discord
	people   []*Person
	at       map[chat.AccountID]chat.Address // where each person is
	shown    []string
	msgs     []*shown
	keys     map[string]*shown
	rooms    map[string]chat.RoomID // opened, by key
	closed   map[chat.RoomID]bool
	inside   map[chat.RoomID]map[chat.AccountID]bool
	hidden   map[chat.RoomID]bool // encrypted
	forms    map[chat.AccountID]openForm
	files    map[string][]byte
	last     *chat.Event
}

// shown is something on a screen.
type shown struct {
	id    chat.MessageID
	at    chat.Address
	who   chat.AccountID // only this account sees it
	from  chat.AccountID // a person's; empty for ours
	m     chat.Message
	words string
	files []chat.FileRef
	gone  bool
}

type openForm struct {
	form chat.Form
	at   chat.Address
}

var (
	_ chat.Platform   = (*Stage)(nil)
	_ chat.Editor     = (*Stage)(nil)
	_ chat.Whisperer  = (*Stage)(nil)
	_ chat.Director   = (*Stage)(nil)
	_ chat.Roomer     = (*Stage)(nil)
	_ chat.Reader     = (*Stage)(nil)
	_ chat.Downloader = (*Stage)(nil)
	_ chat.Warden     = (*Stage)(nil)
	_ chat.Inviter    = (*Stage)(nil)
)

// Platform implements chat.Platform.
func (s *Stage) Platform() chat.Info {
	return chat.Info{ID: service, Name: "web chat", Prefix: "/", Private: !s.bare, Forms: !s.bare, LeaveFirst: s.discreet, Limits: chat.Limits{FileBytes: 25 << 20}}
}

// Run implements chat.Platform.
func (s *Stage) Run(ctx context.Context, _ chat.Handler) error { <-ctx.Done(); return nil }

// put keeps a message, once per key.
func (s *Stage) put(msg *shown, key string) chat.Sent {
	if old := s.keys[key]; key != "" && old != nil {
		return sent(old)
	}
	s.n++
	msg.id = chat.MessageID(fmt.Sprintf("m%d", s.n))
	s.msgs = append(s.msgs, msg)
	if key != "" {
		s.keys[key] = msg
	}
	if msg.from == "" {
		s.note(msg, "")
	}
	return sent(msg)
}

func sent(msg *shown) chat.Sent {
	out := chat.Sent{Message: msg.id}
	if msg.m.Threaded || msg.from != "" {
		out.Thread = chat.ThreadID(msg.id)
	}
	return out
}

// Send implements chat.Platform.
func (s *Stage) Send(_ context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	if s.closed[to.Room] {
		return chat.Sent{}, chat.ErrGone
	}
	return s.put(&shown{at: to, m: m}, key.ID), nil
}

// Edit implements chat.Editor.
func (s *Stage) Edit(_ context.Context, _ chat.Address, id chat.MessageID, m chat.Message) error {
	msg := s.find(id)
	if msg == nil {
		return chat.ErrGone
	}
	msg.m = m
	s.note(msg, " (changed)")
	return nil
}

// Remove implements chat.Editor.
func (s *Stage) Remove(_ context.Context, _ chat.Address, id chat.MessageID) error {
	if msg := s.find(id); msg != nil {
		msg.gone = true
		s.shown = append(s.shown, "  "+s.place(msg)+" (removed): "+firstLine(msg.m.Plain()))
	}
	return nil
}

func firstLine(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }

// Whisper implements chat.Whisperer.
func (s *Stage) Whisper(_ context.Context, to chat.Address, who chat.AccountID, _ string, m chat.Message, key chat.Key) error {
	s.put(&shown{at: to, who: who, m: m}, key.ID)
	return nil
}

// Direct implements chat.Director.
func (s *Stage) Direct(_ context.Context, space chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	return direct(space, who), nil
}

func direct(space chat.SpaceID, who chat.AccountID) chat.Address {
	return chat.Address{Platform: service, Space: space, Room: chat.RoomID("dm-" + who)}
}

func isDirect(r chat.RoomID) (chat.AccountID, bool) {
	who, ok := strings.CutPrefix(string(r), "dm-")
	return chat.AccountID(who), ok
}

// Open implements chat.Roomer.
func (s *Stage) Open(_ context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	key := string(space) + "/" + spec.Key
	if id, there := s.rooms[key]; there {
		return id, false, nil
	}
	id := chat.RoomID(string(space) + "#" + spec.Name)
	s.rooms[key], s.inside[id] = id, map[chat.AccountID]bool{}
	s.shown = append(s.shown, "  "+roomName(id)+" opens: "+spec.Topic)
	return id, true, nil
}

// Archive implements chat.Roomer.
func (s *Stage) Archive(_ context.Context, _ chat.SpaceID, room chat.RoomID) error {
	if !s.closed[room] {
		s.shown = append(s.shown, "  "+roomName(room)+" is archived")
	}
	s.closed[room] = true
	return nil
}

// Bring implements chat.Roomer.
func (s *Stage) Bring(_ context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	if in := s.inside[room]; in != nil && !in[who] {
		in[who] = true
		s.shown = append(s.shown, "  "+string(who)+" is brought into "+roomName(room))
	}
	return nil
}

// Release implements chat.Roomer.
func (s *Stage) Release(_ context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	if in := s.inside[room]; in[who] {
		delete(in, who)
		s.shown = append(s.shown, "  "+string(who)+" leaves "+roomName(room))
	}
	return nil
}

// Rooms implements chat.Roomer.
func (s *Stage) Rooms(_ context.Context, space chat.SpaceID) ([]chat.RoomInfo, error) {
	out := []chat.RoomInfo{{ID: chat.RoomID(space + "#lobby"), Name: "lobby", Joined: true}, {ID: chat.RoomID(space + "#staff"), Name: "staff", Private: true}}
	for _, id := range s.rooms {
		if strings.HasPrefix(string(id), string(space)+"#") && !s.closed[id] {
			_, name, _ := strings.Cut(string(id), "#")
			out = append(out, chat.RoomInfo{ID: id, Name: name, Joined: true})
		}
	}
	slices.SortFunc(out, func(a, b chat.RoomInfo) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out, nil
}

// Rights implements chat.Warden: mia and eve are admins of their space.
func (s *Stage) Rights(_ context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	names := map[chat.SpaceID]string{"hall": "Cork ETB", "annex": "ZDZ Poznań"}
	return chat.Rights{Admin: who == "mia" && at.Space != "annex" || who == "eve" && at.Space == "annex", Count: 34, Name: names[at.Space]}, nil
}

// Invite implements chat.Inviter.
func (s *Stage) Invite() (words, url string) { return "", "https://chat.example/add" }

// Thread implements chat.Reader.
func (s *Stage) Thread(_ context.Context, at chat.Address, msg chat.MessageID) ([]chat.Target, error) {
	thread := at.Thread
	if thread == "" {
		thread = chat.ThreadID(msg)
	}
	var out []chat.Target
	for _, m := range s.msgs {
		if m.from != "" && !m.gone && m.at.Room == at.Room && (m.at.Thread == thread || chat.ThreadID(m.id) == thread) {
			out = append(out, s.target(m))
		}
	}
	return out, nil
}

// Message implements chat.Reader.
func (s *Stage) Message(_ context.Context, _ chat.Address, id chat.MessageID) (chat.Target, error) {
	m := s.find(id)
	if m == nil {
		return chat.Target{}, chat.ErrGone
	}
	return s.target(m), nil
}

func (s *Stage) target(m *shown) chat.Target {
	t := chat.Target{Where: m.at, Message: m.id, Text: m.words, Files: m.files, At: s.Now, From: chat.Author{Account: "guildhall", Name: "Guildhall", Bot: true}}
	if p := s.person(m.from); p != nil {
		t.From = chat.Author{Account: p.Account, Name: p.Name, Locale: p.Locale}
	}
	if m.m.Threaded {
		t.Starts = chat.ThreadID(m.id)
	}
	return t
}

// Download implements chat.Downloader.
func (s *Stage) Download(_ context.Context, f chat.FileRef) (io.ReadCloser, error) {
	b, ok := s.files[f.ID]
	if !ok {
		return nil, chat.ErrGone
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (s *Stage) find(id chat.MessageID) *shown {
	for _, m := range s.msgs {
		if m.id == id && !m.gone {
			return m
		}
	}
	return nil
}

func (s *Stage) person(a chat.AccountID) *Person {
	for _, p := range s.people {
		if p.Account == a {
			return p
		}
	}
	return nil
}

// note writes down what somebody sees.
func (s *Stage) note(msg *shown, how string) {
	lines := msg.m.Plain()
	if msg.m.Picture != nil {
		lines += "\n(picture)"
	}
	for _, f := range msg.m.Files {
		if !strings.Contains(lines, f.Name) {
			lines += "\n(file " + f.Name + ")"
		}
	}
	if b := labels(msg.m); b != "" {
		lines += "\n" + b
	}
	if how == "" && len(msg.m.Pings) > 0 {
		var who []string
		for _, p := range msg.m.Pings {
			who = append(who, "@"+string(p))
		}
		lines += "\n(tells " + strings.Join(who, " ") + ")"
	}
	if how == "" && msg.m.Pin {
		lines += "\n(pinned)"
	}
	s.shown = append(s.shown, "  "+s.place(msg)+how+": "+strings.ReplaceAll(lines, "\n", "\n    "))
}

// labels are a message's buttons and menus as they are written down.
func labels(m chat.Message) string {
	var out []string
	for _, b := range buttons(m) {
		out = append(out, "["+b.Label+"]")
	}
	for _, menu := range m.Menus {
		var options []string
		for _, o := range menu.Options {
			options = append(options, o.Label)
		}
		out = append(out, "["+menu.Label+" ▾ "+strings.Join(options, " | ")+"]")
	}
	return strings.Join(out, " ")
}

func buttons(m chat.Message) []chat.Button {
	out := slices.Clone(m.Buttons)
	for _, r := range m.List {
		out = append(out, r.Buttons...)
	}
	return out
}

func (s *Stage) place(msg *shown) string {
	if msg.who != "" {
		return "only " + string(msg.who)
	}
	if who, ok := isDirect(msg.at.Room); ok {
		return "to " + string(who)
	}
	where := roomName(msg.at.Room)
	if msg.at.Thread != "" {
		where += " thread"
	}
	return where
}

// roomName is a room as it is written down: "hall #sharing".
func roomName(r chat.RoomID) string { return strings.Replace(string(r), "#", " #", 1) }
