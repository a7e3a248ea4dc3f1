// Package files keeps what people deposit on the local disk, each content once, under the sha256 of
// its bytes:
//
//	<dir>/ab/cd/abcd…      a kept file
//	<dir>/incoming/*.part  a file that is being received, or was when the program died
//
// It knows contents, not who refers to them: names, owners and the question whether a content is
// still needed belong to the caller. Several processes may share one folder.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gabriel-vasile/mimetype"
)

var (
	ErrTooLarge = errors.New("the file is larger than allowed")
	ErrEmpty    = errors.New("the file is empty")
	ErrGone     = errors.New("the file is not kept here")
	ErrAddress  = errors.New("not the sha256 of a file: 64 hexadecimal digits are expected")
)

// TooLarge is the error of a file over the limit. It is ErrTooLarge to errors.Is.
type TooLarge struct {
	Limit int64 // bytes
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("%v: the limit is %d bytes", ErrTooLarge, e.Limit)
}
func (e *TooLarge) Unwrap() error { return ErrTooLarge }

// Store keeps files in one folder. It is safe for concurrent use.
type Store struct {
	dir      string
	maxBytes int64

	// placing is held while a file is put at, or taken from, its address, so that Sweep in this
	// process cannot take what Keep has just put back.
	placing sync.Mutex
}

// Open prepares dir, created with its parents for this user alone (0700) when it is missing, for
// files of at most maxBytes bytes. It fails when nothing can be written there.
func Open(dir string, maxBytes int64) (*Store, error) {
	if dir == "" || maxBytes <= 0 {
		return nil, errors.New("open file store: a folder and a limit above 0 are needed")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	s := &Store{dir: dir, maxBytes: maxBytes}
	if err := os.MkdirAll(s.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	probe, err := os.CreateTemp(s.incoming(), "probe-*.part")
	if err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	// Office documents name their kind past the library's usual 4 kB. The setting is the library's
	// only one and counts for the whole process.
	mimetype.SetLimit(sniffBytes)
	return s, nil
}

// MaxBytes is the size of the largest file that Keep takes.
func (s *Store) MaxBytes() int64 { return s.maxBytes }

// Read opens the content with this sha256, as Keep returned it. Errors: ErrGone when it is not (or no
// longer) here, ErrAddress when sha is not 64 hexadecimal digits.
func (s *Store) Read(ctx context.Context, sha string) (io.ReadSeekCloser, error) {
	path, err := s.path(sha)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("read kept file: %w", err)
	}
	return f, nil
}

// Open is Read for who needs no seeking.
func (s *Store) Open(ctx context.Context, sha string) (io.ReadCloser, error) {
	f, err := s.Read(ctx, sha)
	if err != nil {
		return nil, err // a nil *os.File in an interface would not be nil
	}
	return f, nil
}

// Remove takes the content with this sha256 away for good; that it is not there is no error. Whether
// anybody else refers to the same content is for the caller to know. Who has it open can read on.
func (s *Store) Remove(ctx context.Context, sha string) error {
	path, err := s.path(sha)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	return removeDurably(path)
}

func (s *Store) incoming() string { return filepath.Join(s.dir, "incoming") }

// path is where the content with this sha256 is kept. Nothing but hexadecimal digits gets into it.
func (s *Store) path(sha string) (string, error) {
	sha = strings.ToLower(sha)
	if !isHex(sha, 64) {
		return "", ErrAddress
	}
	return filepath.Join(s.dir, sha[:2], sha[2:4], sha), nil
}

func isHex(s string, length int) bool {
	if len(s) != length {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// removeDurably deletes path such that it stays deleted after a power cut: it may be somebody's
// erased data.
func removeDurably(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("remove kept file: %w", err)
	}
	return nil
}

// syncDir makes a change of names in dir durable. Windows has no such call and does it by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
