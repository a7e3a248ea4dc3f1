//go:build goolm

package matrix_test

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// sealedEverywhere is everywhere for encrypted rooms, which take much time to work out: in memory once.
func sealedEverywhere(t *testing.T, test func(t *testing.T, s matrixtest.Server)) {
	t.Parallel()
	inMemory(t, "12", test)
	onDendrite(t, test)
}

// sealedHall is a hall whose room is encrypted; ann's and bea's clients encrypt.
func sealedHall(t *testing.T, on matrixtest.Server) (h *hall, ann, bea *matrixtest.Secret) {
	t.Helper()
	return sealedWith(t, on, "sqlite:"+filepath.Join(t.TempDir(), "keys.db"))
}

// sealedWith is a sealedHall whose bot keeps its keys at an address.
func sealedWith(t *testing.T, on matrixtest.Server, keys string) (h *hall, ann, bea *matrixtest.Secret) {
	t.Helper()
	h = newHall(t, on)
	h.options.Keys, h.options.PickleKey = keys, "pickle"
	h.bot = h.fresh(t)
	ann, bea = matrixtest.Encrypting(t, h.ann), matrixtest.Encrypting(t, h.bea)
	ann.EncryptRoom(t, h.home)
	bea.KnowsEncrypted(t, h.home)
	return h, ann, bea
}

func TestEncryptedRoom(t *testing.T) { sealedEverywhere(t, encryptedRoom) }

func encryptedRoom(t *testing.T, on matrixtest.Server) {
	h, ann, bea := sealedHall(t, on)
	e := newEar()
	stop := h.run(t, e)

	ann.Say(t, h.home, "", "!ask How do you assess welders?")
	ev := e.hears(t, "an encrypted command", saying("ask How do you assess welders?"))
	if !ev.Hidden || !ev.Addressed || ev.From.Account != chat.AccountID(ann.ID) {
		t.Errorf("%+v", ev)
	}
	m := chat.Message{Lang: "en", Kind: chat.Card, Title: text.Plain("H1 · How do you assess welders?"), Threaded: true,
		Buttons: []chat.Button{{Key: "1~help H1", Label: "I can help"}}}
	sent, err := h.bot.Send(t.Context(), h.at(), m, chat.Key{ID: "h1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*matrixtest.Secret{ann, bea} {
		p.Reads(t, h.home, "the card", func(s matrixtest.Shown) bool { return strings.Contains(s.Text, "H1 · How do you assess") })
	}
	// The key of the work stands outside the ciphertext, what the buttons mean inside.
	for _, raw := range h.ann.Events(t, h.home) {
		if raw.ID == string(sent.Message) && (raw.Type != "m.room.encrypted" || raw.Text("guildhall.key") != "h1" || raw.Content["guildhall.offers"] != nil) {
			t.Errorf("%+v", raw)
		}
	}
	again, err := h.bot.Send(t.Context(), h.at(), m, chat.Key{ID: "h1", Again: true})
	if err != nil || again.Message != sent.Message {
		t.Errorf("sent again: %+v %v", again, err)
	}
	// An edit is read as one, and the button works after a restart.
	m.Title = text.Plain("H1 · solved")
	if err := h.bot.Edit(t.Context(), h.at(), sent.Message, m); err != nil {
		t.Fatal(err)
	}
	bea.Reads(t, h.home, "the edit", func(s matrixtest.Shown) bool {
		return s.ID == string(sent.Message) && strings.Contains(s.Text, "H1 · solved")
	})
	stop()
	if err := h.bot.Close(); err != nil {
		t.Fatal(err)
	}
	h.bot = h.fresh(t)
	h.run(t, e)
	s := bea.Reads(t, h.home, "the button", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) && s.Button("I can help") != "" })
	bea.React(t, h.home, s.ID, s.Button("I can help"))
	if ev := e.hears(t, "the button", kind(chat.Pressed)); ev.Key != "1~help H1" {
		t.Errorf("%+v", ev)
	}
	// In its thread, with the relation outside only, as clients send it.
	bea.Say(t, h.home, string(sent.Thread), "With portfolios.")
	if ev := e.hears(t, "an answer", saying("With portfolios.")); ev.Where.Thread != sent.Thread {
		t.Errorf("%+v", ev)
	}
	got, err := h.bot.Thread(t.Context(), chat.Address{Platform: "matrix", Room: chat.RoomID(h.home), Thread: sent.Thread}, "")
	if err != nil || len(got) != 1 || got[0].Text != "With portfolios." {
		t.Errorf("the thread read back: %+v %v", got, err)
	}
}

func TestEncryptedFiles(t *testing.T) { sealedEverywhere(t, encryptedFiles) }

func encryptedFiles(t *testing.T, on matrixtest.Server) {
	h, ann, _ := sealedHall(t, on)
	e := newEar()
	h.run(t, e)
	data := bytes.Repeat([]byte("%PDF-1.7 "), 3000)
	out := chat.Message{Lang: "en", Files: []chat.Attachment{{Name: "rubric.pdf", Type: "application/pdf", Size: int64(len(data)),
		Open: opens(data)}}}
	if _, err := h.bot.Send(t.Context(), h.at(), out, chat.Key{ID: "file"}); err != nil {
		t.Fatal(err)
	}
	s := ann.Reads(t, h.home, "the file", func(s matrixtest.Shown) bool { return s.Name == "rubric.pdf" })
	file, ok := s.Content["file"].(map[string]any)
	if !ok || s.URL != "" {
		t.Fatalf("not encrypted: %+v", s.Content)
	}
	uri, _ := file["url"].(string)
	if bytes.Contains(ann.Fetch(t, uri), []byte("%PDF")) {
		t.Error("the homeserver has the file in plain")
	}
	// What ann sends on is decrypted.
	ann.SealedFile(t, h.home, "", "back.pdf", "application/pdf", file, len(data))
	ev := e.hears(t, "an encrypted file", func(ev chat.Event) bool { return len(ev.Files) == 1 })
	if ev.Files[0].Name != "back.pdf" || ev.Files[0].Size != int64(len(data)) {
		t.Errorf("%+v", ev.Files)
	}
	r, err := h.bot.Download(t.Context(), ev.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
}

func TestTheBotsDeviceIsCrossSigned(t *testing.T) { sealedEverywhere(t, theBotsDeviceIsCrossSigned) }

func theBotsDeviceIsCrossSigned(t *testing.T, on matrixtest.Server) {
	h, ann, _ := sealedHall(t, on)
	h.run(t, newEar())
	if faults := h.bot.Check(t.Context()); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
	keys, err := ann.Machine.GetCrossSigningPublicKeys(t.Context(), id.UserID(h.botID))
	if err != nil || keys == nil {
		t.Fatalf("no cross-signing keys: %v", err)
	}
	devices, err := ann.Machine.FetchKeys(t.Context(), []id.UserID{id.UserID(h.botID)}, true)
	if err != nil || len(devices[id.UserID(h.botID)]) != 1 {
		t.Fatalf("%+v %v", devices, err)
	}
	for _, d := range devices[id.UserID(h.botID)] {
		trust, err := ann.Machine.ResolveTrustContext(t.Context(), d)
		if err != nil || trust < id.TrustStateCrossSignedUntrusted {
			t.Errorf("trust of the bot's device: %s %v", trust, err)
		}
	}
}

func TestWhatCannotBeReadIsAnsweredOnce(t *testing.T) {
	sealedEverywhere(t, whatCannotBeReadIsAnsweredOnce)
}

func whatCannotBeReadIsAnsweredOnce(t *testing.T, on matrixtest.Server) {
	h, ann, _ := sealedHall(t, on)
	e := newEar()
	h.run(t, e)
	for range 2 {
		h.bea.Crypto = nil // a message whose key nobody was given
		h.bea.Send(t, h.home, "m.room.encrypted", map[string]any{"algorithm": "m.megolm.v1.aes-sha2", "sender_key": "x", "device_id": "X",
			"session_id": "none", "ciphertext": "AwgAEnACgAkLmt6qF84IK"})
	}
	matrixtest.Until(t, "both messages' waiting for a key", func() bool {
		h.store.mu.Lock()
		defer h.store.mu.Unlock()
		return len(h.store.waiting) == 2
	})
	h.store.mu.Lock()
	for i := range h.store.waiting { // the time that a key has is over
		h.store.waiting[i].Since = h.store.waiting[i].Since.AddDate(-1, 0, 0)
	}
	h.store.mu.Unlock()
	ann.Say(t, h.home, "", "!help")
	e.hears(t, "a command", saying("help"))
	ann.Reads(t, h.home, "the sentence", func(s matrixtest.Shown) bool {
		return strings.Contains(s.Body, "I can't read what was written before I came")
	})
	ann.Say(t, h.home, "", "!help again")
	e.hears(t, "a command", saying("help again"))
	n := 0
	for _, s := range ann.ReadAll(h.home) {
		if strings.Contains(s.Body, "I can't read") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it was said %d times", n)
	}
}
