//go:build goolm

package matrixtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Secret is a person whose client encrypts where a room asks for it, and reads along as it syncs.
type Secret struct {
	*Person
	Machine *crypto.OlmMachine
	mu      sync.Mutex
	events  map[string][]Event
	failed  []string
	waits   sync.WaitGroup
}

// Encrypting turns a person's client into one that encrypts. It syncs until the test ends.
func Encrypting(tb testing.TB, p *Person) *Secret {
	tb.Helper()
	state := mautrix.NewMemoryStateStore().(*mautrix.MemoryStateStore)
	// mautrix v0.26.0 makes no map here; its panic at a room's first join rule, which the syncer
	// catches, would leave the store locked for ever.
	state.JoinRules = map[id.RoomID]*event.JoinRulesEventContent{}
	p.StateStore = state
	m := crypto.NewOlmMachine(p.Client, nil, crypto.NewMemoryStore(nil), state)
	if err := m.Load(tb.Context()); err != nil {
		tb.Fatalf("encryption of %s: %v", p.ID, err)
	}
	if err := m.ShareKeys(tb.Context(), -1); err != nil {
		tb.Fatalf("encryption of %s: %v", p.ID, err)
	}
	m.GetOwnCrossSigningPublicKeys(tb.Context()) // they are kept without a lock
	s := &Secret{Person: p, Machine: m, events: map[string][]Event{}}
	p.Crypto = s
	syncer := p.Syncer.(*mautrix.DefaultSyncer)
	syncer.OnSync(m.ProcessSyncResponse)
	syncer.OnEvent(p.StateStoreSyncHandler)
	syncer.OnEventType(event.StateMember, m.HandleMemberEvent)
	syncer.OnEventType(event.EventEncrypted, s.decrypt)
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
		s.waits.Wait()
		m.Destroy()
	})
	return s
}

// Init implements mautrix.CryptoHelper, as do the following.
func (s *Secret) Init(context.Context) error { return nil }

// Encrypt shares the room's key first where that was not done.
func (s *Secret) Encrypt(ctx context.Context, room id.RoomID, kind event.Type, content any) (*event.EncryptedEventContent, error) {
	sealed, err := s.Machine.EncryptMegolmEvent(ctx, room, kind, content)
	if !crypto.IsShareError(err) {
		return sealed, err
	}
	users, err := s.StateStore.GetRoomJoinedOrInvitedMembers(ctx, room)
	if err != nil {
		return nil, err
	}
	if err := s.Machine.ShareGroupSession(ctx, room, users); err != nil {
		return nil, err
	}
	return s.Machine.EncryptMegolmEvent(ctx, room, kind, content)
}

// Decrypt opens an event.
func (s *Secret) Decrypt(ctx context.Context, evt *event.Event) (*event.Event, error) {
	return s.Machine.DecryptMegolmEvent(ctx, evt)
}

// WaitForSession waits for a key.
func (s *Secret) WaitForSession(ctx context.Context, room id.RoomID, sender id.SenderKey, session id.SessionID, d time.Duration) bool {
	return s.Machine.WaitForSession(ctx, room, sender, session, d)
}

// RequestSession asks nobody: who has a key sends it.
func (s *Secret) RequestSession(context.Context, id.RoomID, id.SenderKey, id.SessionID, id.UserID, id.DeviceID) {
}

// decrypt reads an event, when its key has come.
func (s *Secret) decrypt(ctx context.Context, evt *event.Event) {
	plain, err := s.Decrypt(ctx, evt)
	if err == nil {
		s.take(ctx, plain)
		return
	}
	c := evt.Content.AsEncrypted()
	s.waits.Go(func() {
		if s.Machine.WaitForSession(ctx, evt.RoomID, c.SenderKey, c.SessionID, 40*time.Second) {
			if plain, err = s.Decrypt(ctx, evt); err == nil {
				s.take(ctx, plain)
				return
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = append(s.failed, string(evt.ID)+" of "+string(evt.Sender)+" in "+string(evt.RoomID)+": "+err.Error())
	})
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

// Unread says what could not be read, and why.
func (s *Secret) Unread() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.failed)
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
		if err == nil && on {
			return true
		}
		// As a client does that comes to a room late: it asks, and does not wait for the next sync.
		var c event.EncryptionEventContent
		if s.StateEvent(tb.Context(), id.RoomID(room), event.StateEncryption, "", &c) != nil || c.Algorithm == "" {
			return false
		}
		return s.StateStore.SetEncryptionEvent(tb.Context(), id.RoomID(room), &c) == nil
	})
}
