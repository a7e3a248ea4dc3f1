package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/core/record"

	"guildhall/adapters/sqlstore"
)

// TestTheDemoTellsItsStory runs the demo as it is started by hand, ends it, and starts it again in the
// same folder: the story is there, and is not told twice.
func TestTheDemoTellsItsStory(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for range 2 {
		l, err := webchat.Listen(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := "http://" + l.Addr().String() + "/"
		out, said := io.Pipe()
		ctx, stop := context.WithCancel(t.Context())
		var errs bytes.Buffer
		over := make(chan error, 1)
		go func() {
			over <- demoOn(ctx, world{func(string) string { return "" }, said, &errs}, l, folder, false)
			_ = said.Close()
		}()
		line := make([]byte, 200)
		n, err := out.Read(line)
		if err != nil || !strings.Contains(string(line[:n]), address) {
			t.Fatalf("%q %v\n%s", line[:n], err, errs.String())
		}
		go func() { _, _ = io.Copy(io.Discard, out) }()
		tell := &teller{url: address, http: &http.Client{Timeout: time.Minute}}
		for _, c := range []struct{ room, says string }{
			{talk_, "H1 · solved"}, {talk_, "H2 · "}, {box, "R2 · Handbook"}, {workshop, "3 members, 3 organisations, 3 countries"},
		} {
			if _, err := tell.reads(t.Context(), anna, net_, c.room, c.says); err != nil {
				t.Errorf("%s: %v", c.says, err)
			}
		}
		stop()
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		if errs.Len() > 0 {
			t.Errorf("the log says: %s", errs.String())
		}
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+folder+"/guildhall.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if all, err := db.Directory().Communities(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
	if p, err := db.Practices().Practice(t.Context(), 1, record.ID{Letter: 'P', No: 1}); err != nil || p == nil {
		t.Errorf("no P1: %v", err)
	}
}
