package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/digest"
	"guildhall/core/mail"
	"guildhall/core/work"
	"guildhall/internal/pgtest"
)

// stalling is a mail server that stops answering at a moment of a letter's way: "greeting", or "letter"
// once it has it whole. After it was told to go on, it takes what comes.
type stalling struct {
	net.Listener
	at      string
	reached chan struct{} // the moment has come
	healthy atomic.Bool
	letters atomic.Int64 // that were received whole
}

func newStalling(t *testing.T, at string) *stalling {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stalling{Listener: l, at: at, reached: make(chan struct{}, 100)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.converse(c)
		}
	}()
	return s
}

// stalls says whether the conversation ends here; then it waits until the other side is gone.
func (s *stalling) stalls(at string, r *bufio.Reader) bool {
	if s.at != at || s.healthy.Load() {
		return false
	}
	s.reached <- struct{}{}
	for {
		if _, err := r.ReadByte(); err != nil {
			return true
		}
	}
}

func (s *stalling) converse(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(words string) { _, _ = c.Write([]byte(words + "\r\n")) }
	if s.stalls("greeting", r) {
		return
	}
	say("220 stalling")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "QUIT":
			say("221 bye")
			return
		case "DATA":
			say("354 go on")
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			s.letters.Add(1)
			if s.stalls("letter", r) {
				return
			}
			say("250 taken")
		default:
			say("250 fine")
		}
	}
}

// askByMail makes the program that runs next ask a mailbox.
func askByMail(t *testing.T, db *sqlstore.DB, address string) {
	t.Helper()
	s := &mail.Subscriptions{Now: time.Now, Store: mail.Store{Transactions: db, Readers: db.Mail(), Schedules: db.Schedules(), Queue: db.Work()},
		Plan: mail.Plan{Kind: digest.KindOwn, OwnName: digest.OwnName, Zone: func(context.Context, mail.Reader) (string, error) { return "", nil }}}
	if _, _, err := s.Ask(t.Context(), 1, 0, 1, address); err != nil {
		t.Fatal(err)
	}
}

// TestAMailIsNotSentTwice kills the program while it sends. Whether the letter was on its way or not,
// it is not sent by the next one, which shows it to the moderators; what comes after it goes out.
func TestAMailIsNotSentTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at, engine string
		received   int64 // of the first letter
	}{
		"before it was sent":              {"greeting", "sqlite", 0},
		"before it was acknowledged":      {"letter", "sqlite", 1},
		"before it was acknowledged (pg)": {"letter", "postgres", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			address := "sqlite:" + filepath.Join(dir, "guildhall.db")
			if c.engine == "postgres" {
				address = pgtest.New(t)
			}
			server, h := newStalling(t, c.at), newHall(t, "ann", 0)
			foundNet(t, address, h)
			db, err := sqlstore.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			askByMail(t, db, "first@vet.example")
			file := filepath.Join(dir, "guildhall.toml")
			settings := fmt.Sprintf("[database]\nurl = %q\n[files]\ndir = %q\n[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://g.example\"\nsecret = \"sixteen letters and more\"\n"+
				"[mail]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nfrom = \"g@vet.example\"\n[[slack]]\nbot_token = %q\napp_token = %q\napi_url = %q\n",
				address, filepath.Join(dir, "files"), server.Addr().(*net.TCPAddr).Port, h.BotToken(), h.AppToken(), h.APIURL())
			if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
				t.Fatal(err)
			}
			k := serving(t, file)
			<-server.reached
			k.kill()
			server.healthy.Store(true)
			k.start()
			dead := givenUp(t, db)
			if !strings.Contains(dead.Cause, "nobody knows whether this mail arrived, so it is not sent again") || server.letters.Load() != c.received {
				t.Errorf("%d letters, given up: %s", server.letters.Load(), dead.Cause)
			}
			askByMail(t, db, "second@vet.example")
			sent(t, db, 2)
			if n := server.letters.Load(); n != c.received+1 {
				t.Errorf("%d letters, want %d", n, c.received+1)
			}
		})
	}
}

// comes waits for what the program does on its own: a killed one's work is taken over after some seconds.
func comes(t *testing.T, what string, there func(ctx context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for {
		ok, err := there(ctx)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not come", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// givenUp waits for the one item that was given up.
func givenUp(t *testing.T, db *sqlstore.DB) (out work.DeadItem) {
	t.Helper()
	comes(t, "a letter that is given up", func(ctx context.Context) (bool, error) {
		list, err := db.Work().Dead(ctx, 1, 10)
		if len(list) > 0 {
			out = list[0]
		}
		return len(list) == 1, err
	})
	return out
}

// sent waits until a reader's confirmation has been sent.
func sent(t *testing.T, db *sqlstore.DB, reader int64) {
	t.Helper()
	comes(t, "a letter after it", func(ctx context.Context) (bool, error) {
		list, err := db.Mail().SentTo(ctx, 1, reader, 10)
		return len(list) == 1 && list[0].Fate == mail.Sent, err
	})
}
