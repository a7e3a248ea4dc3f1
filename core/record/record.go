// Package record holds what the records of all sections have in common: their short ids, the
// changes that sections report, and the trail that leads from one record to another.
package record

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// ID is a record's short id, such as H12: the section's letter and a number that is unique per
// community and letter and never used again. The zero ID means none.
type ID struct {
	Letter byte  // one of H, R, C, P, S, G
	No     int64 // from 1
}

// Letters are the letters in use: help requests, resources, collaborations, practices, scenarios
// and partnerships.
const Letters = "HRCPSG"

// DayList is the letter of what is no record but has a live message of its own: the list of those
// records of one day that have no card in a room, because the room has had enough. Its number is the
// day, counted from 1970. Nobody can type it.
const DayList byte = 'Z'

// Issue is the letter of a room's digest: no record either, but a live message that is shown anew when
// something in it is withdrawn. Nobody can type it.
const Issue byte = 'D'

// Translation is the letter of what a message was translated to where all in its room see it: no record
// either, but a live message that follows the one it is of. Nobody can type it.
const Translation byte = 'T'

// ErrNotAnID says that a text is not a record's id.
var ErrNotAnID = errors.New("not a record's id")

// Parse reads an id as people type it: "R13", "r13", "#R13" and "R 13" are the same.
func Parse(s string) (ID, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "#")
	if len(s) < 2 {
		return ID{}, ErrNotAnID
	}
	letter := s[0] &^ 0x20
	digits := strings.TrimSpace(s[1:])
	if strings.IndexByte(Letters, letter) < 0 || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return ID{}, ErrNotAnID
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 {
		return ID{}, ErrNotAnID
	}
	return ID{Letter: letter, No: n}, nil
}

// String is the id as it is shown, such as "R13"; empty for the zero ID.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return string(rune(id.Letter)) + strconv.FormatInt(id.No, 10)
}

// IsZero says whether id means no record.
func (id ID) IsZero() bool { return id.No == 0 }

// Subject is what one live message in a room shows: a record (Part 0), or one part of it, such as
// the third answer to a request.
type Subject struct {
	ID   ID
	Part int64
}

// String is the subject's form in keys, such as "H7" or "H7.3".
func (s Subject) String() string {
	if s.Part == 0 {
		return s.ID.String()
	}
	return s.ID.String() + "." + strconv.FormatInt(s.Part, 10)
}

// ParseSubject reads what String wrote.
func ParseSubject(s string) (Subject, error) {
	head, tail, found := strings.Cut(s, ".")
	for _, letter := range []byte{DayList, Issue, Translation} {
		if no, ok := strings.CutPrefix(s, string(rune(letter))); ok {
			n, err := strconv.ParseInt(no, 10, 64)
			if err != nil || n <= 0 {
				return Subject{}, ErrNotAnID
			}
			return Subject{ID: ID{Letter: letter, No: n}}, nil
		}
	}
	id, err := Parse(head)
	if err != nil || !found {
		return Subject{ID: id}, err
	}
	part, err := strconv.ParseInt(tail, 10, 64)
	if err != nil || part <= 0 {
		return Subject{}, ErrNotAnID
	}
	return Subject{ID: id, Part: part}, nil
}

// Change is one thing that happened to a record. Sections report it through Changes and tell
// nobody else: cards, search, digests and the audit trail follow from it.
type Change struct {
	Community int64
	Subject   Subject
	What      string // a verb in the past, such as "opened", "answered", "solved", "withdrawn", "edited"
	By        int64  // the member's number; 0 for the program itself
	At        time.Time
	Note      string // for the audit trail: what changed, without the text of what people wrote
	Quiet     bool   // true when people see no card for it (a draft, a hidden record)
	New       bool   // the record was made in this transaction: nothing shows it yet
}

// Changes takes note of changes, inside the transaction that makes them.
type Changes interface {
	Record(ctx context.Context, c Change) error
}

// Link is one step of a trail: To grew from From.
type Link struct {
	Community int64
	From, To  ID
	How       string // "grew into", "version of", "outcome of", "applied in": a code, see the words of bots/library
	At        time.Time
}

// Trails keeps the links between records, in both directions.
type Trails interface {
	Link(ctx context.Context, l Link) error                                         // again is no error
	Trail(ctx context.Context, community int64, id ID) (from, to []Link, err error) // oldest first
}

// Source is where in a chat a record or a quoted text comes from. Ids are opaque.
type Source struct {
	Platform, Space, Room, Thread, Message string
	URL                                    string // permalink, where the platform has one
}

// IsZero says whether nothing is known of the source.
func (s Source) IsZero() bool { return s.Message == "" && s.Room == "" }
