package discordtest

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Snowflake is an id of Discord: milliseconds since 2015 in the upper 42 bits, so ids sort by time.
// In JSON it is a string of digits.
type Snowflake uint64

const discordEpoch = 1420070400000 // 2015-01-01, in Unix milliseconds

// ParseSnowflake reads an id as it stands in JSON or in a path.
func ParseSnowflake(s string) (Snowflake, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parse snowflake %q: %w", s, err)
	}
	return Snowflake(n), nil
}

func (s Snowflake) String() string { return strconv.FormatUint(uint64(s), 10) }

// Time is when the id was made.
func (s Snowflake) Time() time.Time {
	return time.UnixMilli(int64(s>>22) + discordEpoch).UTC()
}

// MarshalJSON writes the id as a string.
func (s Snowflake) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 22)
	b = append(b, '"')
	b = strconv.AppendUint(b, uint64(s), 10)
	return append(b, '"'), nil
}

// UnmarshalJSON takes a string, a number or null (which is 0), as Discord does.
func (s *Snowflake) UnmarshalJSON(b []byte) error {
	b = bytes.Trim(b, `"`)
	if len(b) == 0 || string(b) == "null" {
		*s = 0
		return nil
	}
	n, err := ParseSnowflake(string(b))
	*s = n
	return err
}

// orNull is nil for 0, so that the field becomes null.
func (s Snowflake) orNull() *Snowflake {
	if s == 0 {
		return nil
	}
	return &s
}

// snowflakeAt is the smallest id of a moment.
func snowflakeAt(t time.Time) Snowflake {
	return Snowflake(t.UnixMilli()-discordEpoch) << 22
}

// stamp is a time as Discord writes it.
func stamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000-07:00")
}

// stampOrNull is nil for the zero time.
func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

func stringOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
