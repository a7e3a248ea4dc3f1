package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheDiskIsFull: nothing more can be written to any file. The kernel's limit for the size of files stands
// in for a disk: what is written fails in the same place, and can be lifted again.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + filepath.Join(t.TempDir(), "guildhall.db")
	x := newIll(t, address, address)
	limit := func(to string) func() {
		return func() {
			out, err := exec.Command("prlimit", "--pid", fmt.Sprint(x.k.cmd.Process.Pid), "--fsize="+to).CombinedOutput()
			if err != nil {
				t.Fatalf("prlimit: %v: %s", err, out)
			}
		}
	}
	x.suffers(limit("1:unlimited"), limit("unlimited:unlimited"), nothingDone)
}
