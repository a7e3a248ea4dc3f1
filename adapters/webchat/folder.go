package webchat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"guildhall/core/chat"
)

// Files keeps the contents of files, each once.
type Files interface {
	// Keep reads r to its end and returns the id of what it read, which is the sha256 of it in
	// hexadecimal digits, and its length. Errors: ErrTooLarge when there are more than max bytes.
	Keep(ctx context.Context, r io.Reader, max int64) (id string, size int64, err error)
	// Open opens a content. chat.ErrGone when it is not here.
	Open(ctx context.Context, id string) (io.ReadSeekCloser, error)
	// Remove lets go of a content; that it is gone already is no error.
	Remove(id string) error
	// Sweep removes every content that keep does not want.
	Sweep(keep func(id string) bool) error
}

// ErrTooLarge says that a file is larger than people can send.
var ErrTooLarge = errors.New("the file is too large")

// Folder is Files in a folder, a file for each content.
type Folder struct{ dir string }

// OpenFolder keeps files in dir, which is made (0700) when it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the chat's files: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// partPattern names what is being received; it can never be a content's id.
const partPattern = "part-*"

// Keep implements Files.
func (f *Folder) Keep(ctx context.Context, r io.Reader, limit int64) (id string, size int64, err error) {
	part, err := os.CreateTemp(f.dir, partPattern)
	if err != nil {
		return "", 0, fmt.Errorf("keep a file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(part, sum), io.LimitReader(untilDone{ctx, r}, limit+1))
	if err == nil && size > limit {
		err = ErrTooLarge
	}
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return "", 0, fmt.Errorf("keep a file: %w", err)
	}
	id = hex.EncodeToString(sum.Sum(nil))
	if err = os.Rename(part.Name(), filepath.Join(f.dir, id)); err == nil {
		err = syncDir(f.dir)
	}
	if err != nil {
		return "", 0, fmt.Errorf("keep a file: %w", err)
	}
	return id, size, nil
}

// untilDone reads until the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// Open implements Files.
func (f *Folder) Open(_ context.Context, id string) (io.ReadSeekCloser, error) {
	if !isContent(id) {
		return nil, chat.ErrGone
	}
	file, err := os.Open(filepath.Join(f.dir, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, chat.ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return file, nil
}

// Remove implements Files.
func (f *Folder) Remove(id string) error {
	if !isContent(id) {
		return nil
	}
	if err := os.Remove(filepath.Join(f.dir, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

// Sweep implements Files. It also removes what was being received when the program ended, so it must
// not run beside Keep.
func (f *Folder) Sweep(keep func(id string) bool) error {
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("sweep the chat's files: %w", err)
	}
	for _, d := range list {
		part, _ := filepath.Match(partPattern, d.Name())
		if part || isContent(d.Name()) && !keep(d.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(f.dir, d.Name())))
		}
	}
	return err
}

// isContent says whether id can be a content's id, and so a file's name here.
func isContent(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == id
}
