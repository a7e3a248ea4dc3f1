package slacktest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// mix spreads the next sequence number over 40 bits, so that identifiers look as opaque as Slack's and
// are the same in each run.
func (s *Server) mix() uint64 {
	s.seq++
	return (s.seq * 0x9E3779B97F4A7C15) & (1<<40 - 1)
}

// id makes an identifier such as C0K3ZQ8X1A2.
func (s *Server) id(prefix string) string {
	d := strings.ToUpper(strconv.FormatUint(s.mix(), 36))
	return prefix + "0" + strings.Repeat("0", 9-len(d)) + d
}

// uuid makes an identifier in the form of a version 4 UUID.
func (s *Server) uuid() string {
	a, b := s.mix(), s.seq
	const hex = "0123456789abcdef"
	out := []byte("00000000-0000-4000-a000-000000000000")
	put := func(at int, v uint64, n int) {
		for i := n - 1; i >= 0; i-- {
			out[at+i] = hex[v&15]
			v >>= 4
		}
	}
	put(0, a, 8)
	put(9, a>>32, 4)
	put(24, b, 12)
	return string(out)
}

// secret makes a long token-like word.
func (s *Server) secret() string {
	return strconv.FormatUint(s.mix(), 36) + strconv.FormatUint(s.mix(), 36) + strconv.FormatUint(s.mix(), 36)
}

// ts makes the next message timestamp: the clock's time, and later than every one before.
func (s *Server) ts() string {
	n := s.clock.Now().UnixMicro()
	if n <= s.lastTS {
		n = s.lastTS + 1
	}
	s.lastTS = n
	return formatTS(n)
}

func formatTS(micros int64) string { return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6) }

// parseTS reads a message timestamp, or a plain number of seconds, as microseconds.
func parseTS(ts string) (int64, bool) {
	sec, frac, dotted := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	if !dotted {
		return n * 1e6, true
	}
	if len(frac) > 6 || frac == "" {
		return 0, false
	}
	f, err := strconv.ParseInt(frac+strings.Repeat("0", 6-len(frac)), 10, 64)
	return n*1e6 + f, err == nil
}

func tsTime(ts string) time.Time {
	n, _ := parseTS(ts)
	return time.UnixMicro(n)
}
