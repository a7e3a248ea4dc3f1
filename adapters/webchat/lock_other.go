//go:build !unix

package webchat

import (
	"io"
	"os"
)

// lockFile only makes the file: there is no lock here that ends with the process.
func lockFile(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
