package litetest

import (
	"context"
	"os"
	"testing"
)

func TestCopiesAreOnesOwn(t *testing.T) {
	t.Parallel()
	n := 0
	prepare := func(_ context.Context, path string) error {
		n++
		return os.WriteFile(path, []byte("made"), 0o600)
	}
	a, b := Copy(t, "x", prepare), Copy(t, "x", prepare)
	if err := os.WriteFile(a, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b)
	if err != nil || string(data) != "made" || n != 1 || a == b {
		t.Error(string(data), n, err)
	}
	if data, err := os.ReadFile(Copy(t, "y", prepare)); err != nil || string(data) != "made" || n != 2 {
		t.Error(string(data), n, err)
	}
}
