package matrixtest

import (
	"encoding/json"
	"slices"
	"testing"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
)

// SealedFile sends a file that is encrypted already.
func (p *Person) SealedFile(tb testing.TB, room, thread, name, kind string, file map[string]any, size int) string {
	tb.Helper()
	return p.Send(tb, room, "m.room.message", Thread(map[string]any{"msgtype": "m.file", "body": name, "filename": name,
		"file": file, "info": map[string]any{"mimetype": kind, "size": size}}, thread))
}

// SecretFile encrypts a file and sends it.
func (p *Person) SecretFile(tb testing.TB, room, thread, name, kind string, data []byte) string {
	tb.Helper()
	locked := attachment.NewEncryptedFile()
	sealed := slices.Clone(data)
	locked.EncryptInPlace(sealed)
	up, err := p.UploadBytes(tb.Context(), sealed, "application/octet-stream")
	if err != nil {
		tb.Fatalf("%s uploads: %v", p.ID, err)
	}
	raw, err := json.Marshal(event.EncryptedFileInfo{EncryptedFile: *locked, URL: up.ContentURI.CUString()})
	if err != nil {
		tb.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		tb.Fatal(err)
	}
	return p.SealedFile(tb, room, thread, name, kind, file, len(data))
}

// Open fetches and decrypts the file of a message.
func (p *Person) Open(tb testing.TB, m Shown) []byte {
	tb.Helper()
	raw, err := json.Marshal(m.Content["file"])
	if err != nil {
		tb.Fatal(err)
	}
	var file event.EncryptedFileInfo
	if err := json.Unmarshal(raw, &file); err != nil || file.URL == "" {
		tb.Fatalf("%s is not encrypted: %v", m.Name, err)
	}
	data := p.Fetch(tb, string(file.URL))
	if err := file.DecryptInPlace(data); err != nil {
		tb.Fatalf("%s cannot be decrypted: %v", m.Name, err)
	}
	return data
}
