//go:build goolm

package matrix_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/id"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

func TestTheKeysAreLost(t *testing.T) { sealedEverywhere(t, theKeysAreLost) }

// Where the file of the encryption keys is lost, the bot says so and does nothing; with new_device it
// comes back as a new device of the same identity, and reads on what it could read before.
func theKeysAreLost(t *testing.T, on matrixtest.Server) {
	h, ann, bea := sealedHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	old := ann.Say(t, h.home, "", "!ask before")
	e.hears(t, "a command", saying("ask before"))
	own := h.sends(t, h.at(), plain("I have heard it."), "heard")
	for _, e := range h.ann.Events(t, h.home) {
		if e.ID != old && e.ID != string(own.Message) {
			continue
		}
		matrixtest.Until(t, "the backup of its key", func() bool {
			newest, err := h.ear(t).GetKeyBackupLatestVersion(t.Context())
			if err != nil {
				return false
			}
			var got struct{ Sessions map[string]any }
			_, err = h.ear(t).MakeFullRequest(t.Context(), mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &got,
				URL: h.ear(t).BuildURLWithQuery(mautrix.ClientURLPath{"v3", "room_keys", "keys", h.home}, map[string]string{"version": string(newest.Version)})})
			return err == nil && got.Sessions[e.Text("session_id")] != nil
		})
	}
	identity := func() string { return h.identity(t) }
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
	h.options.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	for range 2 { // it may stand in the settings for longer
		h.bot = h.fresh(t)
		stop = h.run(t, e)
		if faults := h.bot.Check(t.Context()); len(faults) > 0 {
			t.Errorf("%q", faults)
		}
		if again := h.device(t); again == device {
			t.Errorf("it is still device %s", device)
		}
		for msg, words := range map[string]string{old: "!ask before", string(own.Message): "I have heard it."} {
			got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(msg))
			if err != nil || got.Text != words {
				t.Errorf("what was said before the keys were lost: %+v %v", got, err)
			}
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

// identity is the bot's master key; its one device with keys must be signed with what that signs.
func (h *hall) identity(t *testing.T) string {
	t.Helper()
	me := id.UserID(h.botID)
	got, err := h.ann.QueryKeys(t.Context(), &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{me: {}}})
	if err != nil || len(got.DeviceKeys[me]) != 1 {
		t.Fatalf("the bot's devices: %+v %v", got, err)
	}
	master, self := got.MasterKeys[me], got.SelfSigningKeys[me]
	if ok, err := signatures.VerifySignatureJSON(self, me, master.FirstKey().String(), master.FirstKey()); !ok || err != nil {
		t.Errorf("the self-signing key is not signed: %v", err)
	}
	for _, d := range got.DeviceKeys[me] {
		if ok, err := signatures.VerifySignatureJSON(d, me, self.FirstKey().String(), self.FirstKey()); !ok || err != nil {
			t.Errorf("the device is not signed: %v", err)
		}
	}
	return master.FirstKey().String()
}

// ear is another client of the bot's account, without keys.
func (h *hall) ear(t *testing.T) *matrixtest.Person {
	t.Helper()
	h.eyes.Do(func() { h.eye = matrixtest.LogIn(t, h.server, h.botID) })
	return h.eye
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
