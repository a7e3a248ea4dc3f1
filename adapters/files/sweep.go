package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// abandoned is how long nothing was written to a file that is being received before it counts as
// left over from a crash.
const abandoned = time.Hour

// Sweep removes the contents that were last kept before this instant and that nothing refers to, and
// what a crash left half received, and returns how many files that were. Files that are not the
// store's own are left alone.
//
// before must lie further back than the longest time between Keep and the commit of the record that
// refers to the content. A content that is kept again while Sweep asks about it stays. Sweep stops at
// the first error, of referenced too, and when ctx ends; it can be called again any time.
func (s *Store) Sweep(ctx context.Context, before time.Time, referenced func(sha string) (bool, error)) (removed int, err error) {
	removed, err = s.sweepIncoming(time.Now().Add(-abandoned))
	if err != nil {
		return removed, fmt.Errorf("sweep files: %w", err)
	}
	err = filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if entry.IsDir() {
			if s.holdsFiles(path) {
				return nil
			}
			return fs.SkipDir
		}
		sha := entry.Name()
		if own, err := s.path(sha); err != nil || own != path || !olderThan(path, before) {
			return nil //nolint:nilerr // what has no sha256 for a name is not ours
		}
		needed, err := referenced(sha)
		if err != nil || needed {
			return err
		}
		gone, err := s.removeIfOld(path, before)
		if gone {
			removed++
		}
		return err
	})
	if err != nil {
		return removed, fmt.Errorf("sweep files: %w", err)
	}
	return removed, nil
}

// holdsFiles reports whether dir is the root or one of the folders that hold kept files.
func (s *Store) holdsFiles(dir string) bool {
	rel, err := filepath.Rel(s.dir, dir)
	if err != nil {
		return false
	}
	if rel == "." {
		return true
	}
	levels := strings.Split(rel, string(filepath.Separator))
	for _, level := range levels {
		if !isHex(level, 2) {
			return false
		}
	}
	return len(levels) <= 2
}

// removeIfOld removes path unless it was kept again since the caller looked.
func (s *Store) removeIfOld(path string, before time.Time) (bool, error) {
	s.placing.Lock()
	defer s.placing.Unlock()
	if !olderThan(path, before) {
		return false, nil
	}
	if err := removeDurably(path); err != nil {
		return false, err
	}
	return true, nil
}

func (s *Store) sweepIncoming(before time.Time) (removed int, err error) {
	entries, err := os.ReadDir(s.incoming())
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		path := filepath.Join(s.incoming(), entry.Name())
		if filepath.Ext(path) != ".part" || !olderThan(path, before) {
			continue
		}
		if err := removeDurably(path); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// olderThan reports whether path is a plain file last written before then; false when it is gone.
func olderThan(path string, then time.Time) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && info.ModTime().Before(then)
}
