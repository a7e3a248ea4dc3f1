package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// town is a community in a web chat of two spaces whose program is killed, and what its people did there.
type town struct {
	t       *testing.T
	address string
	k       *killed
	trap    *trap
	client  *webchattest.Client
	rooms   map[chat.SpaceID]chat.RoomID
	news    map[chat.SpaceID]chat.RoomID
	stop    chan struct{}
	first   int // at which of the points it dies first

	mu      sync.Mutex
	number  int
	threads []map[chat.SpaceID]chat.ThreadID // of the requests that people talk about, in each space
	asked   map[string]bool                  // questions that were answered
	said    map[string]*remark               // by its number: what stands in threads
	given   map[string]bool                  // resources that were deposited
	periods int                              // in which digests were due
	where   map[string]int                   // how often the program died where
}

// remark is what somebody wrote into a thread.
type remark struct {
	from chat.SpaceID
	text string // as it was changed last; empty when it was deleted
}

// newTown starts the program and founds the community. listen is kept over all its lives.
func newTown(t *testing.T, address string) *town {
	t.Helper()
	dir := t.TempDir()
	if address == "" {
		address = "sqlite:" + filepath.Join(dir, "guildhall.db")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := l.Addr().String()
	_ = l.Close()
	w := &town{t: t, address: address, client: webchattest.New("http://" + listen + "/"), rooms: map[chat.SpaceID]chat.RoomID{}, news: map[chat.SpaceID]chat.RoomID{},
		stop: make(chan struct{}), first: rand.IntN(len(points)), asked: map[string]bool{}, said: map[string]*remark{}, given: map[string]bool{}, where: map[string]int{}}
	t.Cleanup(w.client.Close)
	w.k = running(t, fmt.Sprintf("%s -dir %s -listen %s -database %s", chatProgram, dir, listen, address))
	for _, s := range []chat.SpaceID{north, south} {
		who := w.person(s, 0)
		comes(t, "the lobby of "+string(s), func(ctx context.Context) (bool, error) {
			w.rooms[s], err = who.Room(ctx, s, "lobby")
			return err == nil, nil
		})
		if w.news[s], err = who.MakeRoom(t.Context(), s, "news"); err != nil {
			t.Fatal(err)
		}
	}
	w.k.kill()
	w.found()
	w.trap = newTrap(t, address, points...)
	return w
}

func (w *town) person(s chat.SpaceID, n int) *webchattest.Person {
	return w.client.As(chat.AccountID(fmt.Sprintf("%s-%d", s, n)))
}

// found makes the community, with an announcement room in each space.
func (w *town) found() {
	w.t.Helper()
	var places []place
	for s, room := range w.rooms {
		places = append(places, place{"webchat", string(s), string(s), string(room)})
	}
	found(w.t, w.address, places...)
	db := opened(w.t, w.address)
	err := db.Atomically(w.t.Context(), func(ctx context.Context) error {
		for s, room := range w.news {
			if err := db.Directory().AddRoom(ctx, community.Room{Community: 1, Platform: "webchat", Space: string(s), ID: string(room), Name: "news",
				Sections: []community.Section{community.News}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// next is a number that nothing else here has.
func (w *town) next() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number++
	return w.number
}

// does does something until the chat has taken it, as a browser does that gets no answer: each try is the
// same action, except after it was told that nothing was done. It is false when the campaign was over first.
func (w *town) does(p *webchattest.Person, do func(ctx context.Context, p *webchattest.Person) (webchattest.Came, error)) (webchattest.Came, bool) {
	try := fmt.Sprintf("%s-%d", p.Account(), w.next())
	over := time.Now().Add(4 * time.Minute)
	for time.Now().Before(over) {
		ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
		came, err := do(ctx, p.Try(try))
		cancel()
		var no *webchattest.Refused
		switch {
		case err == nil && came.Failed == "":
			return came, true
		case err == nil:
			try = fmt.Sprintf("%s-%d", p.Account(), w.next())
		case errors.As(err, &no) && no.Status < http.StatusInternalServerError:
			w.t.Errorf("%s: %v", p.Account(), err)
			return came, false
		}
		<-time.After(50 * time.Millisecond) // a browser waits a little, too
	}
	w.t.Errorf("%s is never answered", p.Account())
	return webchattest.Came{}, false
}

// lives is what one person does until it is told to stop.
func (w *town) lives(s chat.SpaceID, n int) {
	p := w.person(s, n)
	for {
		switch k := rand.IntN(24); {
		case k == 0:
			n := w.next()
			w.ask(p, s, fmt.Sprintf("%s %s?", made(n), made(-n))) // nothing looks like it
		case k == 1:
			w.deposit(p, s)
		default:
			w.talk(p, s, k)
		}
		select {
		case <-w.stop:
			return
		case <-time.After(time.Duration(100+rand.IntN(500)) * time.Millisecond): // people think
		}
	}
}

// command gives a command until its answer names what was made; who gave too many in a minute is told so,
// and waits.
func (w *town) command(p *webchattest.Person, s chat.SpaceID, command, made string) bool {
	for over := time.Now().Add(4 * time.Minute); time.Now().Before(over); <-time.After(time.Second) {
		came, ok := w.does(p, func(ctx context.Context, p *webchattest.Person) (webchattest.Came, error) {
			return p.Say(ctx, w.rooms[s], "", command)
		})
		// Who asks again after the answer is there has it on their screen.
		if !ok || came.Pending || came.Answer == nil && came.Form == nil || came.Answer != nil && strings.Contains(came.Answer.Text, made) {
			return ok
		}
		if came.Answer == nil || !strings.Contains(came.Answer.Text, "minute") {
			w.t.Errorf("%q is answered with %+v", command, came)
			return false
		}
	}
	w.t.Errorf("%q is refused for ever", command)
	return false
}

func (w *town) ask(p *webchattest.Person, s chat.SpaceID, question string) {
	ok := w.command(p, s, "/ask "+question, " is open in all rooms")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[question] = ok
}

func (w *town) deposit(p *webchattest.Person, s chat.SpaceID) {
	word := made(w.next())
	ok := w.command(p, s, fmt.Sprintf("/deposit title:%q link:https://guildhall.invalid/%s language:en licence:CC-BY-4.0 kind:document", word, word), word+" is in the toolbox")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.given[word] = ok
}

// talk writes into a thread, and now and then changes or deletes what it wrote.
func (w *town) talk(p *webchattest.Person, s chat.SpaceID, kind int) {
	n := w.next()
	text := fmt.Sprintf("remark %d.", n)
	thread := w.threads[n%len(w.threads)][s]
	came, ok := w.does(p, func(ctx context.Context, p *webchattest.Person) (webchattest.Came, error) {
		return p.Say(ctx, w.rooms[s], thread, text)
	})
	if !ok {
		return
	}
	r := &remark{s, text}
	switch kind {
	case 2:
		changed := fmt.Sprintf("remark %d, rather.", n)
		if _, ok := w.does(p, func(ctx context.Context, p *webchattest.Person) (webchattest.Came, error) {
			return p.Edit(ctx, came.Message, changed)
		}); ok {
			r.text = changed
		}
	case 3:
		if _, ok := w.does(p, func(ctx context.Context, p *webchattest.Person) (webchattest.Came, error) {
			c, err := p.Delete(ctx, came.Message)
			if no := (*webchattest.Refused)(nil); errors.As(err, &no) && no.Status == http.StatusNotFound {
				err = nil // the try before had got through
			}
			return c, err
		}); ok {
			r.text = ""
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[fmt.Sprintf("remark %d", n)] = r
}
