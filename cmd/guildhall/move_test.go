package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/adapters/webchat"
	"guildhall/internal/pgtest"
)

// moves runs the subcommand and returns its exit code and what it said.
func moves(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), world{func(k string) string { return env[k] }, &o, &e}, append([]string{"move"}, args...))
	return code, o.String(), e.String()
}

// story runs the demo in a folder, on a database there or elsewhere, until do has returned.
func story(t *testing.T, folder, database string, empty bool, do func(tell *teller)) {
	t.Helper()
	l, err := webchat.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/"
	out, said := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	var errs bytes.Buffer
	over := make(chan error, 1)
	go func() {
		over <- demoWith(ctx, world{func(string) string { return "" }, said, &errs}, l, folder, database, empty)
		_ = said.Close()
	}()
	if n, err := out.Read(make([]byte, 200)); err != nil {
		t.Errorf("%d %v\n%s", n, err, errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	do(&teller{url: url, http: &http.Client{Timeout: time.Minute}})
	stop()
	if err := <-over; err != nil || strings.Contains(errs.String(), "could not be told") {
		t.Fatalf("%v\n%s", err, errs.String())
	}
}

// TestADatabaseGoesThereAndBack moves the demo's database to Postgres and on to another SQLite file; what
// runs on the copies goes on with the next numbers.
func TestADatabaseGoesThereAndBack(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	lite, pg, back := "sqlite:"+filepath.Join(first, "guildhall.db"), pgtest.New(t), "sqlite:"+filepath.Join(second, "new", "guildhall.db")
	story(t, first, lite, false, func(*teller) {
		code, _, errs := moves(t, nil, "-from", lite, "-to", pg)
		if code != 1 || !strings.Contains(errs, "is in use") || strings.Count(errs, "\n") != 1 {
			t.Errorf("while it runs: %d %q", code, errs)
		}
	})
	code, out, errs := moves(t, map[string]string{"GUILDHALL_MOVE_TO": pg}, "-from", lite)
	if code != 0 || !strings.Contains(out, "the two databases hold the same") {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	if code, _, errs := moves(t, nil, "-from", lite, "-to", pg); code != 1 || !strings.Contains(errs, "is not empty") {
		t.Errorf("a second time: %d %q", code, errs)
	}
	if code, out, errs := moves(t, nil, "-from", pg, "-to", back); code != 0 {
		t.Fatalf("back: %d %q %q", code, out, errs)
	}
	same(t, lite, back)
	if err := os.CopyFS(filepath.Join(second, "chat"), os.DirFS(filepath.Join(first, "chat"))); err != nil {
		t.Fatal(err)
	}
	for _, on := range []struct{ folder, database string }{{first, pg}, {second, back}} {
		story(t, on.folder, on.database, true, func(tell *teller) {
			if err := tell.say(t.Context(), anna, net_, talk_, "", `/ask "Which insurance covers a bakery trainee in Finland?" topic:didactics language:en`); err != nil {
				t.Fatal(err)
			}
			if _, err := tell.reads(t.Context(), anna, net_, talk_, "H3 · "); err != nil {
				id, _ := tell.place(t.Context(), anna, net_, talk_)
				s, _ := tell.see(t.Context(), anna, id)
				t.Errorf("%v: %+v", err, s.Posts[max(0, len(s.Posts)-2):])
			}
		})
	}
}

// same fails unless two databases hold the same: each is moved into another one, which prints the rows of
// each table and a checksum over all.
func same(t *testing.T, a, b string) {
	t.Helper()
	var counts [2]string
	for i, address := range []string{a, b} {
		code, out, errs := moves(t, nil, "-from", address, "-to", pgtest.New(t))
		if code != 0 {
			t.Fatalf("%s %s", out, errs)
		}
		counts[i] = out
	}
	if counts[0] != counts[1] {
		t.Errorf("%s\n%s", counts[0], counts[1])
	}
}

func TestWhatCannotBeMovedIsSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := "sqlite:" + filepath.Join(dir, "there.db")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"no such file", []string{"-from", "sqlite:" + filepath.Join(dir, "none.db"), "-to", there}},
		{"name the same database", []string{"-from", there, "-to", there}},
		{"must begin with", []string{"-from", "mysql://u:hunter2@h", "-to", there}},
	} {
		if code, out, errs := moves(t, nil, c.args...); code != 1 || !strings.Contains(errs, c.want) || strings.Contains(out+errs, "hunter2") {
			t.Errorf("%v: %d %q %q", c.args, code, out, errs)
		}
	}
	if code, _, errs := moves(t, nil); code != 2 || !strings.Contains(errs, "-to") {
		t.Errorf("%d %q", code, errs)
	}
	old, err := sqlstore.Open(t.Context(), there)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := moves(t, nil, "-from", there, "-to", "sqlite:"+filepath.Join(dir, "new.db")); code != 1 || !strings.Contains(errs, "guildhall migrate") {
		t.Errorf("%d %q", code, errs)
	}
}
