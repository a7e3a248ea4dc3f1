package files_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"guildhall/adapters/files"
	"guildhall/core/chat"
)

var _ chat.Blobs = (*files.Store)(nil)

func open(t *testing.T, maxBytes int64) (*files.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deep", "blobs")
	s, err := files.Open(dir, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func keep(t *testing.T, s *files.Store, content, name string) files.Kept {
	t.Helper()
	kept, err := s.Keep(t.Context(), strings.NewReader(content), name)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func read(t *testing.T, s *files.Store, sha string) (string, error) {
	t.Helper()
	f, err := s.Read(t.Context(), sha)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// onDisk lists all files below dir, relative to it.
func onDisk(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			paths = append(paths, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func shaOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestKeepAndRead(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 1<<20)
	content := "%PDF-1.7\n" + strings.Repeat("rubric ", 30_000)
	kept := keep(t, s, content, "../Rubryka\u202e.pdf")
	want := files.Kept{SHA256: shaOf(content), Size: int64(len(content)), Type: "application/pdf", Name: "Rubryka.pdf"}
	if kept != want {
		t.Errorf("kept %+v, want %+v", kept, want)
	}
	if got, err := read(t, s, kept.SHA256); err != nil || got != content {
		t.Errorf("read %d bytes, %v; want the %d that were kept", len(got), err, len(content))
	}
	if got, err := read(t, s, strings.ToUpper(kept.SHA256)); err != nil || got != content {
		t.Errorf("by its address in capitals: %d bytes, %v", len(got), err)
	}
	f, err := s.Read(t.Context(), kept.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if at, err := f.Seek(-7, io.SeekEnd); err != nil || at != kept.Size-7 {
		t.Errorf("seek: %d, %v", at, err)
	}
	plain, err := s.Open(t.Context(), kept.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	plain.Close()
	sha := kept.SHA256
	if got := onDisk(t, dir); len(got) != 1 || got[0] != sha[:2]+"/"+sha[2:4]+"/"+sha {
		t.Errorf("on disk: %q", got)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, sha[:2], sha[2:4]): 0o700, filepath.Join(dir, sha[:2], sha[2:4], sha): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: mode %v, %v; want %v", path, info.Mode(), err, want)
			}
		}
	}
}

func TestKeepTellsTheType(t *testing.T) {
	t.Parallel()
	s, _ := open(t, 1<<20)
	for _, c := range []struct {
		content, name, mediaType, wantName string
		risk                               files.Risk
	}{
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "", "image/png", "file.png", files.NoRisk},
		{"Just words.", "notes", "text/plain; charset=utf-8", "notes", files.NoRisk},
		{"MZ\x90\x00\x03\x00\x00\x00", "holiday\u202egpj.exe", "application/vnd.microsoft.portable-executable", "holidaygpj.exe", files.Executable},
		{"MZ\x90\x00\x03\x00\x00\x00", "photo.jpg", "application/vnd.microsoft.portable-executable", "photo.jpg", files.Executable},
		{"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00", "x", "application/x-executable", "x", files.Executable},
		{"#!/bin/sh\nrm -rf /\n", "read me.txt", "text/x-shellscript", "read me.txt", files.Script},
		{"<!DOCTYPE html><script>alert(1)</script>", "a.png", "text/html; charset=utf-8", "a.png", files.Markup},
		{`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "a.svg", "image/svg+xml", "a.svg", files.Markup},
		{docx(t, 20_000), "plan", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "plan", files.NoRisk},
		{docx(t, 0), "plan.docm", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "plan.docm", files.Macro},
	} {
		kept := keep(t, s, c.content, c.name)
		if kept.Type != c.mediaType || kept.Name != c.wantName || kept.Risk != c.risk {
			t.Errorf("%.20q named %q: %q, %q, risk %q; want %q, %q, %q", c.content, c.name, kept.Type, kept.Name, kept.Risk, c.mediaType, c.wantName, c.risk)
		}
		if _, disposition := files.Disposition(kept); kept.Risk != files.NoRisk && !strings.HasPrefix(disposition, "attachment;") {
			t.Errorf("%q would be served as %s", c.name, disposition)
		}
	}
}

// docx is the skeleton of a Word document whose document part begins after padding bytes.
func docx(t *testing.T, padding int) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", strings.Repeat(" ", padding)},
		{"_rels/.rels", "<Relationships/>"},
		{"word/document.xml", "<w:document/>"},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, part.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestKeepTwiceStoresOnce(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	a, b := keep(t, s, "the same", "a.txt"), keep(t, s, "the same", "b.md")
	if a.SHA256 != b.SHA256 || a.Name != "a.txt" || b.Name != "b.md" {
		t.Errorf("kept %+v and %+v", a, b)
	}
	if got := onDisk(t, dir); len(got) != 1 {
		t.Errorf("on disk: %q, want one file", got)
	}
}

func TestKeepRepairsADamagedCopy(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	kept := keep(t, s, "whole", "a.txt")
	if err := os.WriteFile(filepath.Join(dir, onDisk(t, dir)[0]), []byte("ho"), 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, s, "whole", "a.txt")
	if got, err := read(t, s, kept.SHA256); err != nil || got != "whole" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestKeepLimits(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 200_000)
	keep(t, s, strings.Repeat("x", 200_000), "just fits")
	before := len(onDisk(t, dir))

	source := &counter{}
	_, err := s.Keep(t.Context(), source, "endless")
	var tooLarge *files.TooLarge
	if !errors.Is(err, files.ErrTooLarge) || !errors.As(err, &tooLarge) || tooLarge.Limit != 200_000 {
		t.Errorf("endless: %v, want ErrTooLarge with the limit", err)
	}
	if source.read > 400_000 {
		t.Errorf("read %d bytes of an endless file before stopping at 200,000", source.read)
	}
	if _, err := s.Keep(t.Context(), strings.NewReader(strings.Repeat("x", 200_001)), "one over"); !errors.Is(err, files.ErrTooLarge) {
		t.Errorf("one over: %v, want ErrTooLarge", err)
	}
	if _, err := s.Keep(t.Context(), strings.NewReader(""), "empty.txt"); !errors.Is(err, files.ErrEmpty) {
		t.Errorf("empty: %v, want ErrEmpty", err)
	}
	if got := onDisk(t, dir); len(got) != before {
		t.Errorf("left on disk: %q", got)
	}
}

// counter is an endless file. It is read without locking: Keep must not touch it after returning.
type counter struct{ read int }

func (c *counter) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}

func TestKeepLeavesNothingOfABrokenFile(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 1<<20)
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		r    io.Reader
		want string
	}{
		"error":      {io.MultiReader(strings.NewReader("half a fi"), iotest.ErrReader(broken)), "connection reset"},
		"panic":      {io.MultiReader(strings.NewReader("half a fi"), panics{}), "panicked: index out of range"},
		"no headway": {io.MultiReader(strings.NewReader("half a fi"), stuck{}), "multiple Read calls return no data"},
		"truncated":  {io.MultiReader(strings.NewReader("half a fi"), iotest.ErrReader(io.ErrUnexpectedEOF)), "unexpected EOF"},
	} {
		if _, err := s.Keep(t.Context(), c.r, name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if got := onDisk(t, dir); len(got) != 0 {
		t.Errorf("left on disk: %q", got)
	}
	for name, r := range map[string]io.Reader{
		"one byte at a time":  iotest.OneByteReader(strings.NewReader("content")),
		"data with the error": iotest.DataErrReader(strings.NewReader("content")),
	} {
		if kept, err := s.Keep(t.Context(), r, name); err != nil || kept.SHA256 != shaOf("content") {
			t.Errorf("%s: %+v, %v", name, kept, err)
		}
	}
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("index out of range") }

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestKeepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	silent, sender := io.Pipe() // a sender who falls silent in the middle
	defer sender.Close()
	done := make(chan error)
	go func() {
		_, err := s.Keep(ctx, silent, "half.txt")
		done <- err
	}()
	if _, err := io.WriteString(sender, "half a fi"); err != nil { // returns once Keep has read it
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if got := onDisk(t, dir); len(got) != 0 {
		t.Errorf("left on disk: %q", got)
	}
	if _, err := s.Keep(ctx, strings.NewReader("x"), "late.txt"); !errors.Is(err, context.Canceled) {
		t.Errorf("keep after the end: %v", err)
	}
	if _, err := s.Read(ctx, shaOf("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("read after the end: %v", err)
	}
	if err := s.Remove(ctx, shaOf("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("remove after the end: %v", err)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sha := range []string{
		"", ".", "../secret", "../../secret", outside, shaOf("x")[:63], shaOf("x") + "0", shaOf("x") + "/..",
		strings.Repeat("g", 64), "../../../" + shaOf("x")[9:], strings.Repeat("é", 32), shaOf("x")[:63] + "\x00",
		"ab/cd/" + shaOf("x")[6:], strings.Repeat(".", 64),
	} {
		if _, err := s.Read(t.Context(), sha); !errors.Is(err, files.ErrAddress) {
			t.Errorf("Read(%q): %v, want ErrAddress", sha, err)
		}
		if f, err := s.Open(t.Context(), sha); !errors.Is(err, files.ErrAddress) || f != nil {
			t.Errorf("Open(%q): %v, %v, want ErrAddress", sha, f, err)
		}
		if err := s.Remove(t.Context(), sha); !errors.Is(err, files.ErrAddress) {
			t.Errorf("Remove(%q): %v, want ErrAddress", sha, err)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 100)
	gone, stays := keep(t, s, "gone", "a"), keep(t, s, "stays", "b")
	for range 2 {
		if err := s.Remove(t.Context(), gone.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := read(t, s, gone.SHA256); !errors.Is(err, files.ErrGone) {
		t.Errorf("removed: %v, want ErrGone", err)
	}
	if got, err := read(t, s, stays.SHA256); err != nil || got != "stays" {
		t.Errorf("the other: %q, %v", got, err)
	}
	if got := onDisk(t, dir); len(got) != 1 {
		t.Errorf("on disk: %q", got)
	}
	if again := keep(t, s, "gone", "a"); again.SHA256 != gone.SHA256 {
		t.Errorf("kept again as %+v", again)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir string
		max int64
	}{{"", 1}, {t.TempDir(), 0}, {t.TempDir(), -1}, {file, 1}, {filepath.Join(file, "below"), 1}} {
		if _, err := files.Open(c.dir, c.max); err == nil {
			t.Errorf("Open(%q, %d) succeeded", c.dir, c.max)
		}
	}
}

func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	s, dir := open(t, 1<<20)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for j := range 6 {
				content := strings.Repeat(fmt.Sprint("shared ", j), 1000)
				kept, err := s.Keep(t.Context(), strings.NewReader(content), fmt.Sprint(i))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := read(t, s, kept.SHA256); err != nil || got != content {
					t.Errorf("%d: read %d bytes, %v", i, len(got), err)
				}
				if _, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour), nobody); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := onDisk(t, dir); len(got) != 6 {
		t.Errorf("on disk: %q, want 6 files", got)
	}
}

func nobody(string) (bool, error) { return false, nil }
