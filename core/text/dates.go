package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the Gregorian calendar without a time zone. The zero value is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "2027-01-15"; a day that does not exist is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("read date %q: want the form 2027-01-15", s)
	}
	return DateOf(t), nil
}

// DateOf is the day of t in t's location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String is d as "2027-01-15".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Time is the first instant of d in loc; where midnight is skipped by a change of the clock, the
// first instant after it.
func (d Date) Time(loc *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
	if DateOf(t) != d.normal() {
		// time.Date may fall back to the hour before the gap, which is the day before.
		t = t.Add(time.Hour)
	}
	return t
}

func (d Date) normal() Date { return DateOf(d.utc()) }

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is the day n days after d, before it when n is negative.
func (d Date) AddDays(n int) Date { d.Day += n; return d.normal() }

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.utc().Before(other.utc()) }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return other.Before(d) }

// DaysUntil is how many days other lies after d, negative when before.
func (d Date) DaysUntil(other Date) int {
	return int((other.utc().Unix() - d.utc().Unix()) / (24 * 60 * 60))
}

// Weekday is the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Moment is an instant as an argument. Platforms that can show an instant in each reader's own time
// do so; elsewhere it is formatted in its own location, so give it the reader's.
type Moment time.Time

// In is m with its location set to zone.
func (m Moment) In(zone *time.Location) Moment { return Moment(time.Time(m).In(zone)) }

// FormatDate is d as people write it in lang, "15 January 2027"; 2027-01-15 where months are unknown.
func FormatDate(lang string, d Date) string {
	c, ok := months[baseOf(lang)]
	if !ok || d.Month < 1 || d.Month > 12 {
		return d.String()
	}
	day := strconv.Itoa(d.Day)
	if d.Day == 1 && c.first != "" {
		day = c.first
	}
	return strings.NewReplacer("D", day, "M", c.month[d.Month-1], "Y", strconv.Itoa(d.Year)).Replace(c.order)
}

// FormatMoment is t in its own location, with the name of its zone: "15 January 2027, 09:00 CET".
func FormatMoment(lang string, t time.Time) string {
	return FormatDate(lang, DateOf(t)) + ", " + t.Format("15:04 MST")
}

// FormatWeekday is the name of day in lang, in English where it is unknown.
func FormatWeekday(lang string, day time.Weekday) string {
	names, ok := weekdays[baseOf(lang)]
	if !ok || day < 0 || day > 6 {
		return day.String()
	}
	return names[day]
}
