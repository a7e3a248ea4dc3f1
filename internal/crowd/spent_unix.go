//go:build unix

package crowd

import (
	"syscall"
	"time"
)

// Spent is the processor time that this process has used so far, the fake platform's share included:
// what can be compared when the machine has other things to do.
func Spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
