//go:build unix

package webchat

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// errLocked says that another process has the journal.
var errLocked = errors.New("another process has it open")

// lockFile takes the file at path for this process alone; the system lets go of it with the process.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errLocked, f.Close())
	}
	return f, nil
}
