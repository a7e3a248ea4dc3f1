package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gabriel-vasile/mimetype"
)

const (
	copyBytes  = 64 << 10
	sniffBytes = 64 << 10 // the beginning of a file by which its type is told
	emptyReads = 100      // in a row, after which a reader counts as broken
)

// Kept describes a file that is kept.
type Kept struct {
	SHA256 string // of its content, 64 lower-case hexadecimal digits: its address
	Size   int64  // bytes
	Type   string // media type as told by its first bytes, whatever its name or sender said
	Name   string // to show and to save it under: SafeName of the given one
	Risk   Risk   // what opening it could do; NoRisk for the usual document
}

// Keep streams r to disk and returns what it was. When it returns without error, the content is
// durable; the same content is stored once however often and under however many names it is kept,
// and counts as new to Sweep each time.
//
// name is the sender's and may be anything; see SafeName.
//
// Errors: ErrEmpty, ErrTooLarge (as *TooLarge, and no more than the limit was written), the context's
// error, or whatever r fails with. Then nothing is left of the file. When ctx ends while r blocks,
// Keep returns at once and r may be read until it comes back: close it, do not use it otherwise.
func (s *Store) Keep(ctx context.Context, r io.Reader, name string) (Kept, error) {
	part, err := os.CreateTemp(s.incoming(), "*.part")
	if err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	// Both fail harmlessly once the file has its place.
	defer func() { _, _ = part.Close(), os.Remove(part.Name()) }()

	in := intake{file: part, hash: sha256.New(), limit: s.maxBytes}
	if err := readAll(ctx, r, in.take); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	if in.size == 0 {
		return Kept{}, fmt.Errorf("keep file: %w", ErrEmpty)
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	sniffed := mimetype.Detect(in.head)
	kept := Kept{
		SHA256: hex.EncodeToString(in.hash.Sum(nil)),
		Size:   in.size,
		Type:   sniffed.String(),
		Name:   SafeName(name),
	}
	if kept.Name == "" {
		kept.Name = "file" + sniffed.Extension()
	}
	kept.Risk = RiskOf(kept.Type, kept.Name)
	if err := s.place(part.Name(), kept.SHA256); err != nil {
		return Kept{}, fmt.Errorf("keep file: %w", err)
	}
	return kept, nil
}

// place moves the received file to its address, over an earlier copy of the same content: so it is
// young again for Sweep, and a copy that the disk has damaged is repaired.
func (s *Store) place(part, sha string) error {
	path, err := s.path(sha)
	if err != nil {
		return err
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	folder := filepath.Dir(path)
	if err := s.makeFolders(folder); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		// Windows does not replace a file that somebody is reading; it is the same content.
		now := time.Now()
		if os.Chtimes(path, now, now) != nil {
			return err
		}
		return nil
	}
	return syncDir(folder)
}

// makeFolders makes the two levels down to folder, durably.
func (s *Store) makeFolders(folder string) error {
	for _, dir := range []string{filepath.Dir(folder), folder} {
		err := os.Mkdir(dir, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// intake is a file on its way to disk.
type intake struct {
	file  io.Writer
	hash  hash.Hash
	limit int64
	size  int64
	head  []byte // the first sniffBytes
}

// take adds the next bytes of the file.
func (in *intake) take(b []byte) error {
	if in.size+int64(len(b)) > in.limit {
		return &TooLarge{Limit: in.limit}
	}
	in.size += int64(len(b))
	in.hash.Write(b)
	if room := sniffBytes - len(in.head); room > 0 {
		in.head = append(in.head, b[:min(room, len(b))]...)
	}
	_, err := in.file.Write(b)
	return err
}

// readAll gives everything in r to take, and stops at the first error or when ctx ends. r is read in
// a goroutine of its own, so that a sender who falls silent cannot hold the caller, but only on
// request: unless ctx ended, nobody touches r any more once readAll has returned.
func readAll(ctx context.Context, r io.Reader, take func([]byte) error) error {
	type result struct {
		bytes []byte
		err   error
	}
	buffer := make([]byte, copyBytes)
	wanted := make(chan struct{})
	read := make(chan result, 1) // so that an abandoned read can end
	defer close(wanted)
	go func() {
		for range wanted {
			b, err := readSome(r, buffer)
			read <- result{b, err}
		}
	}()
	for {
		select {
		case wanted <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case got := <-read:
			if len(got.bytes) > 0 {
				if err := take(got.bytes); err != nil {
					return err
				}
			}
			if errors.Is(got.err, io.EOF) {
				return nil
			}
			if got.err != nil {
				return fmt.Errorf("receive: %w", got.err)
			}
		}
	}
}

// readSome reads at least one byte or fails. A panic of r, which may be a decoder of what a stranger
// sent, becomes an error: in this goroutine nobody else would catch it.
func readSome(r io.Reader, buffer []byte) (got []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			got, err = nil, fmt.Errorf("the reader panicked: %v", p)
		}
	}()
	for range emptyReads {
		n, err := r.Read(buffer)
		if n > 0 || err != nil {
			return buffer[:n], err
		}
	}
	return nil, io.ErrNoProgress
}
