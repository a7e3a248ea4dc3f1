package files_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/files"
)

// age makes the file at path as old as given.
func age(t *testing.T, path string, old time.Duration) {
	t.Helper()
	then := time.Now().Add(-old)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func pathOf(dir, sha string) string { return filepath.Join(dir, sha[:2], sha[2:4], sha) }

func TestSweep(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	young, old, needed := keep(t, s, "young", "a"), keep(t, s, "old", "b"), keep(t, s, "needed", "c")
	age(t, pathOf(dir, old.SHA256), 3*time.Hour)
	age(t, pathOf(dir, needed.SHA256), 3*time.Hour)

	others := []string{"README", "incoming/notes.txt", old.SHA256[:2] + "/README", "incoming/" + shaOf("x"), "zz/" + shaOf("x"), "aa/bb/cc/" + shaOf("x"), "aa/bb/" + shaOf("misplaced"), shaOf("x")}
	parts := []string{"incoming/1.part", "incoming/2.part"}
	for _, name := range append(slices.Clone(others), parts...) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, 50*time.Hour)
	}
	age(t, filepath.Join(dir, "incoming", "2.part"), 30*time.Minute) // still being received

	var asked []string
	removed, err := s.Sweep(t.Context(), time.Now().Add(-2*time.Hour), func(sha string) (bool, error) {
		asked = append(asked, sha)
		return sha == needed.SHA256, nil
	})
	if err != nil || removed != 2 {
		t.Errorf("removed %d, %v; want the old one and the abandoned part", removed, err)
	}
	slices.Sort(asked)
	if want := []string{old.SHA256, needed.SHA256}; !slices.Equal(asked, sorted(want)) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	want := append([]string{"incoming/2.part"}, others...)
	for _, k := range []files.Kept{young, needed} {
		want = append(want, k.SHA256[:2]+"/"+k.SHA256[2:4]+"/"+k.SHA256)
	}
	if got := onDisk(t, dir); !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("left on disk:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if removed, err := s.Sweep(t.Context(), time.Now().Add(-2*time.Hour), func(sha string) (bool, error) { return sha == needed.SHA256, nil }); err != nil || removed != 0 {
		t.Errorf("second sweep: %d, %v", removed, err)
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func TestSweepSparesWhatIsKeptAgainMeanwhile(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	kept := keep(t, s, "comes back", "a")
	age(t, pathOf(dir, kept.SHA256), 3*time.Hour)
	removed, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour), func(string) (bool, error) {
		keep(t, s, "comes back", "b")
		return false, nil
	})
	if err != nil || removed != 0 {
		t.Errorf("removed %d, %v; want none", removed, err)
	}
	if got, err := read(t, s, kept.SHA256); err != nil || got != "comes back" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestSweepStops(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	for _, content := range []string{"one", "two", "three"} {
		age(t, pathOf(dir, keep(t, s, content, "a").SHA256), 3*time.Hour)
	}
	away := errors.New("database is away")
	calls := 0
	removed, err := s.Sweep(t.Context(), time.Now(), func(string) (bool, error) {
		if calls++; calls == 2 {
			return false, away
		}
		return false, nil
	})
	if !errors.Is(err, away) || removed != 1 || calls != 2 {
		t.Errorf("removed %d after %d questions, %v", removed, calls, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	removed, err = s.Sweep(ctx, time.Now(), func(string) (bool, error) {
		cancel()
		return false, nil
	})
	if !errors.Is(err, context.Canceled) || removed != 1 {
		t.Errorf("removed %d after the end, %v", removed, err)
	}
	if got := onDisk(t, dir); len(got) != 1 {
		t.Errorf("on disk: %q, want the last one", got)
	}
}
