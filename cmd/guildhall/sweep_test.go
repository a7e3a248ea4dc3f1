package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/files"
	"guildhall/adapters/sqlstore"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

func TestOnlyOldCopiesThatNobodyNeedsAreSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &program{log: slog.New(slog.DiscardHandler)}
	var err error
	if p.db, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(dir, "guildhall.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.db.Close() })
	if _, _, err := p.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.files, err = files.Open(filepath.Join(dir, "files"), 100); err != nil {
		t.Fatal(err)
	}
	keep := func(content string, age time.Duration) string {
		kept, err := p.files.Keep(t.Context(), strings.NewReader(content), "a.txt")
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(dir, "files", kept.SHA256[:2], kept.SHA256[2:4], kept.SHA256), at, at); err != nil {
			t.Fatal(err)
		}
		return kept.SHA256
	}
	young, old, needed := keep("young", 29*24*time.Hour), keep("old", 31*24*time.Hour), keep("needed", 31*24*time.Hour)
	err = p.db.Atomically(t.Context(), func(ctx context.Context) error {
		com, err := p.db.Directory().Found(ctx, community.Community{Name: "VET Net", Language: "en"}, time.Now())
		if err != nil {
			return err
		}
		r := sharing.Resource{Community: com.ID, State: sharing.Published, Version: 1, ID: record.ID{Letter: sharing.Letter}}
		v := sharing.Version{No: 1, Content: sharing.Content{Files: []sharing.File{{Name: "a", SHA: needed, Kept: true}}}}
		_, err = p.db.Resources().Add(ctx, &r, &v, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.sweepFiles().Run(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	for sha, want := range map[string]error{young: nil, needed: nil, old: files.ErrGone} {
		f, err := p.files.Open(t.Context(), sha)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", sha, err, want)
		}
		if err == nil {
			_ = f.Close()
		}
	}
}
