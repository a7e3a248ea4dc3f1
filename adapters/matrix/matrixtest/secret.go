//go:build goolm

package matrixtest

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	_ "modernc.org/sqlite" // the driver for the keys
)

// Secret is a person whose client encrypts where a room asks for it, and reads along as it syncs.
type Secret struct {
	*Person
	Machine *crypto.OlmMachine
	mu      sync.Mutex
	events  map[string][]Event
	failed  []string
}

// Encrypting turns a person's client into one that encrypts. It syncs until the test ends.
func Encrypting(tb testing.TB, p *Person) *Secret {
	tb.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "keys.db")+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	db, err := dbutil.NewWithDB(raw, "sqlite3")
	if err != nil {
		tb.Fatal(err)
	}
	h, err := cryptohelper.NewCryptoHelper(p.Client, []byte("a pickle key"), db)
	if err != nil {
		tb.Fatal(err)
	}
	if err := h.Init(tb.Context()); err != nil {
		tb.Fatalf("encryption of %s: %v", p.ID, err)
	}
	h.Machine().GetOwnCrossSigningPublicKeys(tb.Context()) // it is kept without a lock
	p.Crypto = h
	s := &Secret{Person: p, Machine: h.Machine(), events: map[string][]Event{}}
	h.DecryptErrorCallback = func(evt *event.Event, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = append(s.failed, string(evt.ID)+": "+err.Error())
	}
	syncer := p.Syncer.(*mautrix.DefaultSyncer)
	for _, kind := range []event.Type{event.EventMessage, event.EventReaction} {
		syncer.OnEventType(kind, s.take)
	}
	syncer.OnEventType(event.EventRedaction, s.gone)
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			if p.SyncWithContext(ctx) != nil && ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
		}
	}()
	tb.Cleanup(func() {
		cancel()
		<-over
		_ = h.Close()
	})
	return s
}

func (s *Secret) take(_ context.Context, evt *event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := string(evt.RoomID)
	e := Event{ID: string(evt.ID), Type: evt.Type.Type, Sender: string(evt.Sender), Time: evt.Timestamp, Content: evt.Content.Raw}
	if evt.Unsigned.RedactedBecause != nil || slices.ContainsFunc(s.events[room], func(x Event) bool { return x.ID == e.ID }) {
		return
	}
	s.events[room] = append(s.events[room], e)
}

func (s *Secret) gone(_ context.Context, evt *event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := string(evt.RoomID)
	target := evt.Redacts
	if c, ok := evt.Content.Parsed.(*event.RedactionEventContent); ok && c.Redacts != "" {
		target = c.Redacts
	}
	s.events[room] = slices.DeleteFunc(s.events[room], func(x Event) bool { return x.ID == string(target) })
}

// Reads waits until the person can read what suits in a room.
func (s *Secret) Reads(tb testing.TB, room, what string, suits func(Shown) bool) Shown {
	tb.Helper()
	var found Shown
	defer func() {
		if found.ID == "" {
			s.mu.Lock()
			defer s.mu.Unlock()
			tb.Logf("failed: %v\nread: %s", s.failed, Dump(s.events[room]))
		}
	}()
	Until(tb, what, func() bool {
		for _, x := range s.ReadAll(room) {
			if suits(x) {
				found = x
				return true
			}
		}
		return false
	})
	return found
}

// ReadAll is what the person can read of a room.
func (s *Secret) ReadAll(room string) []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Show(slices.Clone(s.events[room]))
}

// EncryptRoom turns a room's encryption on and waits until the person's client knows.
func (s *Secret) EncryptRoom(tb testing.TB, room string) {
	tb.Helper()
	s.SetState(tb, room, "m.room.encryption", "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.KnowsEncrypted(tb, room)
}

// KnowsEncrypted waits until the person's client knows that a room is encrypted.
func (s *Secret) KnowsEncrypted(tb testing.TB, room string) {
	tb.Helper()
	Until(tb, "the client's knowing that the room is encrypted", func() bool {
		on, err := s.StateStore.IsEncrypted(tb.Context(), id.RoomID(room))
		return err == nil && on
	})
}
