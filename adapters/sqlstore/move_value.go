package sqlstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// taken is a value of a column as both engines mean it: nil, int64, bool, string, []byte or a time in
// UTC. v is what a driver gave.
func taken(k kind, v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	switch k {
	case whole:
		if n, ok := v.(int64); ok {
			return n, nil
		}
	case truth:
		switch b := v.(type) {
		case bool:
			return b, nil
		case int64: // SQLite has no type of its own for it
			return b != 0, nil
		}
	case words_, padded, json_:
		return textOf(k, v)
	case bytes_:
		switch b := v.(type) {
		case []byte:
			return append([]byte{}, b...), nil
		case string:
			return []byte(b), nil
		}
	case moment:
		if t, ok := v.(time.Time); ok {
			return t.UTC().Truncate(time.Microsecond), nil
		}
	}
	return nil, fmt.Errorf("%T where a %s belongs", v, k)
}

func textOf(k kind, v any) (any, error) {
	var s string
	switch b := v.(type) {
	case string:
		s = b
	case []byte:
		s = string(b)
	default:
		return nil, fmt.Errorf("%T where a %s belongs", v, k)
	}
	switch k {
	case padded:
		s = strings.TrimRight(s, " ")
	case json_:
		// Postgres writes it down in its own way.
		var any any
		if err := json.Unmarshal([]byte(s), &any); err != nil {
			return nil, fmt.Errorf("what should be JSON is none: %w", err)
		}
		b, err := json.Marshal(any)
		if err != nil {
			return nil, fmt.Errorf("write JSON: %w", err)
		}
		s = string(b)
	}
	return s, nil
}

// sum is a checksum of rows in any order: two databases sort texts differently.
type sum struct {
	rows int64
	a, b uint64
}

// add counts a row in.
func (s *sum) add(row []any) {
	h := sha256.New()
	var n [9]byte
	put := func(tag byte, v uint64) {
		n[0] = tag
		binary.LittleEndian.PutUint64(n[1:], v)
		_, _ = h.Write(n[:])
	}
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			put('0', 0)
		case int64:
			put('i', uint64(v))
		case bool:
			var one uint64
			if v {
				one = 1
			}
			put('t', one)
		case string:
			put('s', uint64(len(v)))
			_, _ = h.Write([]byte(v))
		case []byte:
			put('b', uint64(len(v)))
			_, _ = h.Write(v)
		case time.Time:
			put('m', uint64(v.UnixMicro()))
		}
	}
	d := h.Sum(nil)
	s.rows++
	s.a += binary.LittleEndian.Uint64(d)
	s.b += binary.LittleEndian.Uint64(d[8:])
}
