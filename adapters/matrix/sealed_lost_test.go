//go:build goolm

package matrix_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"guildhall/adapters/matrix/matrixtest"
)

func TestTheKeysAreLost(t *testing.T) { everywhere(t, theKeysAreLost) }

// Where the file of the encryption keys is lost, the bot says so and does nothing; with new_device it
// comes back as a new device of the same identity.
func theKeysAreLost(t *testing.T, on matrixtest.Server) {
	h, ann, bea := sealedHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	ann.Say(t, h.home, "", "!ask before")
	e.hears(t, "a command", saying("ask before"))
	identity := func() string {
		keys, err := ann.Machine.FetchKeys(t.Context(), []id.UserID{id.UserID(h.botID)}, true)
		if err != nil || len(keys[id.UserID(h.botID)]) != 1 {
			t.Fatalf("the bot's devices: %+v %v", keys, err)
		}
		for _, d := range keys[id.UserID(h.botID)] {
			trust, err := ann.Machine.ResolveTrustContext(t.Context(), d)
			if err != nil || trust < id.TrustStateCrossSignedUntrusted {
				t.Errorf("trust of the bot's device: %s %v", trust, err)
			}
		}
		cross, err := ann.Machine.GetCrossSigningPublicKeys(t.Context(), id.UserID(h.botID))
		if err != nil || cross == nil {
			t.Fatalf("no cross-signing keys: %v", err)
		}
		return string(cross.MasterKey)
	}
	was, device := identity(), h.device(t)
	h.settle(t)
	stop()
	if err := h.bot.Close(); err != nil {
		t.Fatal(err)
	}
	h.options.Keys = "sqlite:" + filepath.Join(t.TempDir(), "empty.db")
	h.bot = h.fresh(t)
	over := make(chan error, 1)
	go func() { over <- h.bot.Run(t.Context(), e) }()
	select {
	case err := <-over:
		if !isGone(err) || !strings.Contains(err.Error(), "put back the file") || !strings.Contains(err.Error(), "new_device = true") {
			t.Errorf("%v", err)
		}
	case <-time.After(matrixtest.Patience):
		t.Fatal("Run goes on without its keys")
	}
	if faults := h.bot.Check(t.Context()); len(faults) != 1 || !strings.Contains(faults[0], "new_device = true") {
		t.Errorf("%q", faults)
	}
	h.options.NewDevice = true
	for range 2 { // it may stand in the settings for longer
		h.bot = h.fresh(t)
		stop = h.run(t, e)
		if faults := h.bot.Check(t.Context()); len(faults) > 0 {
			t.Errorf("%q", faults)
		}
		if again := h.device(t); again == device {
			t.Errorf("it is still device %s", device)
		}
		if now := identity(); now != was {
			t.Errorf("the bot's identity was %s and is %s", was, now)
		}
		ann.Say(t, h.home, "", "!ask after")
		if ev := e.hears(t, "a command", saying("ask after")); !ev.Hidden {
			t.Errorf("%+v", ev)
		}
		sent := h.sends(t, h.at(), plain("I am back."), "back")
		bea.Reads(t, h.home, "an answer", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) && s.Body == "I am back." })
		h.settle(t)
		stop()
		if err := h.bot.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// device is the device whose session is kept.
func (h *hall) device(t *testing.T) string {
	t.Helper()
	device, _, found, err := h.store.Session(t.Context(), h.botID)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return device
}
