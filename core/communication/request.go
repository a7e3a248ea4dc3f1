// Package communication is where members ask each other for help.
//
// A request is opened by its asker, gathers answers in the threads of its cards, and is solved when
// the asker (or a moderator) says which answer did it. Nothing here knows how people talk about it,
// or where it is kept.
package communication

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Letter is the letter of a request's id.
const Letter = 'H'

// MaxQuestion is the longest question, in graphemes.
const MaxQuestion = 2000

// MaxAnswer is how much of one message of a request's thread is kept and shown elsewhere, in
// graphemes; what is longer ends in "…".
const MaxAnswer = 8000

// State is where a request stands.
type State string

// The states. A request is answered once somebody other than its asker has written, stale when
// nothing has happened for SleepDays, and woken by the next word in its thread.
const (
	Open      State = "open"
	Answered  State = "answered"
	Solved    State = "solved"
	Withdrawn State = "withdrawn"
	Stale     State = "stale"
)

// SleepDays is after how many days without a word an open or answered request is stale.
const SleepDays = 60

// Audience is whom a request is put to.
type Audience string

// The audiences.
const (
	Everyone  Audience = "everyone" // a card in every space, with the asker's name
	Unnamed   Audience = "unnamed"  // a card in every space; the asker's name stands nowhere
	OneHelper Audience = "helper"   // no card: one helper at a time reads it
)

// Audiences are the audiences in the order in which they are offered.
var Audiences = []Audience{Everyone, Unnamed, OneHelper}

// Urgency is how soon an answer is of use; empty when the asker did not say.
type Urgency string

// The urgencies.
const (
	Today    Urgency = "today"
	ThisWeek Urgency = "week"
	NoHurry  Urgency = "whenever"
)

// Urgencies are the urgencies, the most urgent first.
var Urgencies = []Urgency{Today, ThisWeek, NoHurry}

// Request is a request for help.
type Request struct {
	Community int64
	ID        record.ID
	Question  string // cleaned, of one or several lines; empty once it is withdrawn
	Topic     string // a code; empty for none
	Language  string // BCP 47 base tag; empty when unknown
	Urgency   Urgency
	To        Audience
	Asker     int64
	State     State
	Hidden    bool   // taken off view by a moderator
	Reason    string // why it was withdrawn, for its tombstone
	Source    record.Source

	Asked      time.Time
	Active     time.Time // of the last word
	AnsweredAt time.Time // of the first answer; zero for none
	SolvedAt   time.Time

	Accepted int64 // the part that solved it; 0 for none
	Credited int64 // the member who wrote that part; 0 for none
	Parts    int64 // the number of the last part
	Answers  int64 // how many parts stand that are not the asker's own
	Round    int64 // counts how often helpers were looked for anew
}

// Subject is what the request's card shows.
func (r *Request) Subject() record.Subject { return record.Subject{ID: r.ID} }

// Closed says whether nobody waits for an answer any more.
func (r *Request) Closed() bool { return r.State == Solved || r.State == Withdrawn }

// Waits says whether the request still needs its first answer.
func (r *Request) Waits() bool { return r.State == Open && !r.Hidden }

// Named says whether the asker's name may be shown to others.
func (r *Request) Named() bool { return r.To != Unnamed }

// By is who did something to the request as others may know it: 0 where that would tell who asked,
// or who takes part in what goes on between two. member 0 is the program itself.
func (r *Request) By(member int64) int64 {
	if r.To == OneHelper || r.To == Unnamed && member == r.Asker {
		return 0
	}
	return member
}

// Headline is the question on one line of at most n graphemes; whole says whether nothing is lost.
func (r *Request) Headline(n int) (line string, whole bool) {
	line = text.Clean(r.Question, n)
	return line, line == r.Question
}

// MayChange says whether a member may edit, withdraw or solve the request: its asker, and a
// moderator unless it was put to one helper.
func (r *Request) MayChange(by community.Member) bool {
	return by.No == r.Asker || r.To != OneHelper && by.Role >= community.RoleModerator
}

// Answer is one part of a request: one message of its thread, or one answer given through a form.
// What the asker writes there is kept and shown the same way, but is no answer.
type Answer struct {
	Community int64
	Request   record.ID
	Part      int64 // from 1
	Author    int64
	Text      string   // cleaned; empty once it is gone or forgotten
	Files     []string // names of files that stay where they were sent
	Via       string   // the platform it was written on, as people call it
	Source    record.Source
	At        time.Time
	Edited    time.Time
	Own       bool // written by the asker
	Private   bool // given to the asker alone: shown nowhere, whatever becomes of the request
	Calls     bool // the first that the asker's own space sees only as a copy: it mentions them there
	Gone      bool // deleted where it was written
	Forgotten bool // the text was let go of, as its author wished; copies in threads stay
	// Kept is the author's answer to whether the text may stay with the solved request: empty when
	// they were not asked, waiting until they answer.
	Kept community.Answer
}

// Subject is what the copies of the answer show.
func (a *Answer) Subject() record.Subject { return record.Subject{ID: a.Request, Part: a.Part} }

// Shown says whether the answer has anything to show in a thread that is not its own.
func (a *Answer) Shown() bool {
	return !a.Gone && !a.Private && !a.Forgotten && (a.Text != "" || len(a.Files) > 0)
}

// Stands says whether the answer was written in the given place, so that it needs no copy there.
func (a *Answer) Stands(platform, room, thread string) bool {
	s := a.Source
	return s.Message != "" && s.Platform == platform && s.Room == room && s.Thread == thread
}

// Excerpt is what the solved request may show of the answer to those outside its thread, and whether
// the author may be named beside it. ok is false as long as the author has not agreed.
func (a *Answer) Excerpt() (words string, named, ok bool) {
	keep, named := a.Kept.Allows()
	if !keep || a.Gone || a.Private || a.Text == "" {
		return "", named, false
	}
	return a.Text, named, true
}

// Digest is the same for questions that differ in case, spaces and punctuation only.
func (r *Request) Digest() string {
	question := r.Question
	same := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, question)
	if same == "" {
		same = question
	}
	sum := sha256.Sum256([]byte(same))
	return hex.EncodeToString(sum[:12])
}
