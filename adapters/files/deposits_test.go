package files_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"guildhall/adapters/files"
	"guildhall/core/sharing"
)

func TestDepositsAreKeptAsTheToolboxKnowsThem(t *testing.T) {
	t.Parallel()
	store, err := files.Open(t.TempDir(), 10)
	if err != nil {
		t.Fatal(err)
	}
	d := files.Deposits{Store: store}
	got, err := d.Keep(t.Context(), strings.NewReader("%PDF-1.7\n"), "a/rubric.exe")
	if err != nil || !got.Kept || got.Type != "application/pdf" || got.Size != 9 || len(got.SHA) != 64 || strings.Contains(got.Name, "/") {
		t.Errorf("%+v, %v", got, err)
	}
	for want, content := range map[error][]byte{sharing.ErrTooLarge: make([]byte, 11), sharing.ErrNoBytes: nil} {
		if _, err := d.Keep(t.Context(), bytes.NewReader(content), "x"); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
}
