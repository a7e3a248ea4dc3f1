package webchat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Journal is a Store in a folder: the file chat.jsonl, one entry a line, each written through to the
// disk before Append returns. One process has it at a time.
type Journal struct {
	dir  string
	lock io.Closer

	mu   sync.Mutex
	file *os.File
	size int64 // of the entries that are kept; what stands behind is a torn write
	torn bool  // a write failed and its rest could not be cut off
}

const journalName = "chat.jsonl"

// OpenJournal opens the journal in dir, which is made (0700) when it is missing. It fails when another
// process has it open. A last line that was cut off by the end of the machine is dropped: whoever
// wrote it was not told that it is kept.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the chat's journal: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "chat.lock"))
	if err != nil {
		return nil, fmt.Errorf("open the chat's journal in %s: %w", dir, err)
	}
	j := &Journal{dir: dir, lock: lock}
	if err := j.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the chat's journal: %w", err), lock.Close())
	}
	return j, nil
}

// open opens the file and cuts off a torn last line.
func (j *Journal) open() error {
	f, err := os.OpenFile(filepath.Join(j.dir, journalName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	size, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err == nil {
		err = syncDir(j.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	j.file, j.size, j.torn = f, size, false
	return nil
}

// wholeLines is where the last line of f that is ended and can be read ends.
func wholeLines(f *os.File) (int64, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	var size int64
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
		if !json.Valid(line) {
			// Only the last line can be torn; a broken one before others is for a person to judge.
			if _, err := r.Peek(1); err == io.EOF {
				return size, nil
			}
			return 0, fmt.Errorf("%s: the line at byte %d cannot be read", f.Name(), size)
		}
		size += int64(len(line))
	}
}

// Read implements Store.
func (j *Journal) Read(each func(Entry) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	d := json.NewDecoder(bufio.NewReader(io.NewSectionReader(j.file, 0, j.size)))
	for {
		var e Entry
		switch err := d.Decode(&e); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read %s near byte %d: %w", j.file.Name(), d.InputOffset(), err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

// Append implements Store.
func (j *Journal) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("append to the chat's journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.torn {
		if err := j.cut(); err != nil {
			return fmt.Errorf("append to the chat's journal: %w", err)
		}
	}
	n, err := j.file.Write(append(line, '\n'))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.torn = true
		return errors.Join(fmt.Errorf("append to the chat's journal: %w", err), j.cut())
	}
	j.size += int64(n)
	return nil
}

// cut removes what a failed write left behind.
func (j *Journal) cut() error {
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	if _, err := j.file.Seek(j.size, io.SeekStart); err != nil {
		return err
	}
	j.torn = false
	return nil
}

// Replace implements Store: the new file is whole before it takes the old one's name.
func (j *Journal) Replace(all []Entry) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range all {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("compact the chat's journal: %w", err)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	path := filepath.Join(j.dir, journalName)
	if err := writeWhole(path+".new", b.Bytes()); err != nil {
		return fmt.Errorf("compact the chat's journal: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("compact the chat's journal: %w", err)
	}
	old := j.file
	if err := j.open(); err != nil {
		return fmt.Errorf("compact the chat's journal: %w", err)
	}
	return old.Close()
}

// Close lets go of the journal; nothing can be appended any more.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.file.Close(), j.lock.Close())
}

func writeWhole(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes names in dir outlive the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}
