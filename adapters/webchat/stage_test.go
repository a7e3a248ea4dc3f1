package webchat_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// engine is a chat.Handler that remembers what it took, and answers as on says.
type engine struct {
	mu     sync.Mutex
	events []chat.Event
	fail   []error // of the next events
	on     func(chat.Event) chat.Answer
	table  []chat.CommandInfo
	home   func(chat.Event) chat.Message
	offer  func(command, arg, partial string) []chat.Option
}

func (e *engine) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.fail) > 0 {
		err := e.fail[0]
		e.fail = e.fail[1:]
		if err != nil {
			return chat.Answer{}, err
		}
	}
	e.events = append(e.events, ev)
	if e.on == nil {
		return chat.Answer{}, nil
	}
	return e.on(ev), nil
}

func (e *engine) Complete(_ context.Context, _ chat.Event, command, arg, partial string) ([]chat.Option, error) {
	if e.offer == nil {
		return nil, nil
	}
	return e.offer(command, arg, partial), nil
}

func (e *engine) Commands(string) []chat.CommandInfo { return e.table }

func (e *engine) Home(_ context.Context, ev chat.Event) (chat.Message, error) {
	if e.home == nil {
		return chat.Message{}, errors.New("no page")
	}
	return e.home(ev), nil
}

// say is an answer for the person alone.
func say(words string) chat.Answer {
	m := plain(words)
	return chat.Answer{Message: &m}
}

func plain(words string) chat.Message {
	return chat.Message{Lang: "en", Body: []text.Rich{text.Plain(words)}}
}

// stage is the demo's chat with an engine behind it, in a folder.
type stage struct {
	*webchattest.Client
	web    *webchat.Platform
	server *httptest.Server
	dir    string
	end    func()
}

func begin(t testing.TB, h chat.Handler) *stage {
	t.Helper()
	return beginIn(t, h, t.TempDir())
}

func beginIn(t testing.TB, h chat.Handler, dir string) *stage {
	t.Helper()
	s := beginWith(t, h, webchat.Options{Dir: dir, URL: "http://localhost:8080/", MaxUpload: 1 << 20})
	s.dir = dir
	return s
}

func beginWith(t testing.TB, h chat.Handler, o webchat.Options) *stage {
	t.Helper()
	web, err := webchat.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan error, 1)
	go func() { over <- web.Run(ctx, h) }()
	s := &stage{web: web, server: httptest.NewServer(web.Handler())}
	s.Client = webchattest.New(s.server.URL)
	s.end = sync.OnceFunc(func() {
		cancel()
		if err := <-over; err != nil {
			t.Errorf("Run: %v", err)
		}
		s.server.Close()
		s.Close()
		if err := web.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(s.end)
	return s
}

func (s *stage) room(t testing.TB, who *webchattest.Person, space chat.SpaceID, name string) chat.RoomID {
	t.Helper()
	room, err := who.WaitRoom(t.Context(), space, name)
	check(t, err)
	return room
}

func refused(err error, status int) bool {
	var no *webchattest.Refused
	return errors.As(err, &no) && no.Status == status
}

// killed is a copy of what is on the disk at this moment, as a killed program leaves it.
func (s *stage) killed(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "killed")
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}
