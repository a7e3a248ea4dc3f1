package matrix_test

import (
	"context"
	"flag"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/matrix"
	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
	"guildhall/internal/dendrite"
	"guildhall/internal/homeserver"
)

// TestMain lets many tests run at once: they wait for the homeserver, not for the processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set("6")
	}
	os.Exit(m.Run())
}

// everywhere runs a test on homeservers in memory, of its own, one of which makes rooms of version 12,
// and on a real one, which all share.
func everywhere(t *testing.T, test func(t *testing.T, s matrixtest.Server)) {
	t.Parallel()
	inMemory(t, "10", test)
	inMemory(t, "12", test)
	onDendrite(t, test)
}

func inMemory(t *testing.T, version string, test func(t *testing.T, s matrixtest.Server)) {
	t.Run("in memory, rooms of version "+version, func(t *testing.T) {
		t.Parallel()
		test(t, homeserver.Start(t).RoomVersion(version))
	})
}

func onDendrite(t *testing.T, test func(t *testing.T, s matrixtest.Server)) {
	t.Run("Dendrite", func(t *testing.T) {
		t.Parallel()
		test(t, dendrite.Shared(t))
	})
}

// hall is a bot on a homeserver, with two people and a room.
type hall struct {
	server   matrixtest.Server
	bot      *matrix.Platform
	botID    string
	store    *memory
	line     *line
	ann, bea *matrixtest.Person
	home     string
	options  matrix.Options
	eyes     sync.Once
	eye      *matrixtest.Person
}

// newHall makes people and room; the bot comes when it runs.
func newHall(t testing.TB, s matrixtest.Server) *hall {
	t.Helper()
	h := &hall{server: s, store: newMemory(), line: &line{}}
	h.botID = s.Register(t, matrixtest.Name("guildhall"), matrixtest.Password)
	h.ann, h.bea = matrixtest.Register(t, s, matrixtest.Name("ann")), matrixtest.Register(t, s, matrixtest.Name("bea"))
	h.home = h.ann.NewRoom(t, "Home", h.botID, h.bea.ID)
	h.bea.Join(t, h.home)
	h.options = matrix.Options{Homeserver: s.URL(), UserID: h.botID, Password: matrixtest.Password, Store: h.store,
		HTTP: &http.Client{Transport: h.line}}
	h.bot = h.fresh(t)
	return h
}

// fresh is the bot after a restart.
func (h *hall) fresh(t testing.TB) *matrix.Platform {
	t.Helper()
	p, err := matrix.New(h.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// run runs the bot until the returned function is called, which fails when Run does. It waits until
// the bot is in the room.
func (h *hall) run(t testing.TB, handler chat.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	over := h.start(ctx, t, handler)
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		select {
		case err := <-over:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(matrixtest.Patience):
			t.Error("Run did not end with its context")
		}
	}
	t.Cleanup(stop)
	return stop
}

func (h *hall) start(ctx context.Context, t testing.TB, handler chat.Handler) <-chan error {
	t.Helper()
	over := make(chan error, 1)
	go func() { over <- h.bot.Run(ctx, handler) }()
	matrixtest.Until(t, "the bot's coming", func() bool {
		return h.ann.State(t, h.home, "m.room.member", h.botID)["membership"] == "join"
	})
	h.settle(t)
	return over
}

// settle waits until the bot has seen everything up to now.
func (h *hall) settle(t testing.TB) {
	t.Helper()
	matrixtest.Until(t, "the first sync", func() bool {
		since, _, _ := h.store.Position(t.Context(), h.botID)
		h.line.mu.Lock()
		defer h.line.mu.Unlock()
		return since != "" && since == h.line.served && h.line.news[h.home]
	})
}

func (h *hall) person(who chat.AccountID) *matrixtest.Person {
	if string(who) == h.ann.ID {
		return h.ann
	}
	return h.bea
}

func (h *hall) at() chat.Address {
	return chat.Address{Platform: "matrix", Space: chat.SpaceID(h.home), Room: chat.RoomID(h.home)}
}

func TestSuite(t *testing.T) {
	everywhere(t, func(t *testing.T, on matrixtest.Server) {
		chattest.Run(t, func(t *testing.T) *chattest.Driver { return drive(t, newHall(t, on)) })
	})
}

// drive does on Matrix what people do there.
func drive(t *testing.T, h *hall) *chattest.Driver {
	reacted := map[string]string{}
	d := &chattest.Driver{
		Platform: h.bot, Home: h.at(), Ann: chat.AccountID(h.ann.ID), Bea: chat.AccountID(h.bea.ID),
		Start:     h.start,
		Addressed: func(line string) string { return "!" + line },
		Edit: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, text string) {
			h.person(who).Edit(t, string(at.Room), string(msg), text)
		},
		Delete: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID) {
			h.person(who).Redact(t, string(at.Room), string(msg))
		},
		React: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string) {
			reacted[string(who)+string(msg)+emoji] = h.person(who).React(t, string(at.Room), string(msg), emoji)
		},
		Unreact: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string) {
			h.person(who).Redact(t, string(at.Room), reacted[string(who)+string(msg)+emoji])
		},
		Press: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, label string) {
			p := h.person(who)
			s := p.See(t, string(at.Room), "the button "+label, func(s matrixtest.Shown) bool { return s.ID == string(msg) && s.Button(label) != "" })
			p.React(t, string(at.Room), string(msg), s.Button(label))
		},
		Members: func(t testing.TB, room chat.RoomID) []chat.AccountID { return h.members(t, string(room)) },
		LoseReply: func(testing.TB) {
			h.line.set(func(l *line) { l.lose = 1 })
		},
		Throttle: func(_ testing.TB, d time.Duration) { h.line.set(func(l *line) { l.throttle = d }) },
		Repeat:   func(testing.TB) { h.line.set(func(l *line) { l.repeat = true }) },
		Unacked: func(t testing.TB) int {
			since, _, _ := h.store.Position(t.Context(), h.botID)
			h.line.mu.Lock()
			defer h.line.mu.Unlock()
			if since != h.line.served {
				return 1
			}
			return 0
		},
	}
	d.Say = h.say
	d.Shown = h.shown
	return d
}

// comes brings somebody into a room to which they are invited.
func comes(t testing.TB, p *matrixtest.Person, room string) {
	t.Helper()
	got, err := p.JoinedRooms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(got.JoinedRooms, roomID(room)) {
		p.Join(t, room)
	}
}

func (h *hall) say(t testing.TB, who chat.AccountID, at chat.Address, text string, files ...chattest.File) chat.MessageID {
	t.Helper()
	p := h.person(who)
	comes(t, p, string(at.Room))
	for _, f := range files {
		return chat.MessageID(p.File(t, string(at.Room), string(at.Thread), f.Name, text, "application/pdf", f.Data))
	}
	return chat.MessageID(p.Say(t, string(at.Room), string(at.Thread), text))
}

func (h *hall) shown(t testing.TB, who chat.AccountID, at chat.Address) []chattest.Shown {
	t.Helper()
	p := h.person(who)
	comes(t, p, string(at.Room))
	var out []chattest.Shown
	for _, s := range p.Show(t, string(at.Room)) {
		if s.Thread != string(at.Thread) {
			continue
		}
		x := chattest.Shown{ID: chat.MessageID(s.ID), From: chat.AccountID(s.From), Text: s.Text, Links: s.Links, Files: map[string][]byte{}, Buttons: s.Offers()}
		if s.From == h.botID {
			x.From = ""
		}
		for _, who := range s.Pings {
			x.Pings = append(x.Pings, chat.AccountID(who))
		}
		if s.URL != "" {
			x.Files[s.Name] = p.Fetch(t, s.URL)
		}
		out = append(out, x)
	}
	return out
}

func (h *hall) members(t testing.TB, room string) []chat.AccountID {
	t.Helper()
	// As the bot's account sees it: what people's own clients know comes a little later.
	h.eyes.Do(func() { h.eye = matrixtest.LogIn(t, h.server, h.botID) })
	var out []chat.AccountID
	for _, p := range []*matrixtest.Person{h.ann, h.bea} {
		switch h.eye.State(t, room, "m.room.member", p.ID)["membership"] {
		case "invite": // whoever is invited comes
			p.Join(t, room)
			out = append(out, chat.AccountID(p.ID))
		case "join":
			out = append(out, chat.AccountID(p.ID))
		}
	}
	return out
}
