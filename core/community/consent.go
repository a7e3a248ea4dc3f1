package community

import (
	"context"
	"time"
)

// Answer is a member's answer to being quoted or kept in one place.
type Answer string

// The answers. Waiting means that the member was asked and has not answered.
const (
	ConsentWaiting Answer = "waiting"
	ConsentAlways  Answer = "always" // yes, and do not ask again
	ConsentYes     Answer = "yes"
	ConsentUnnamed Answer = "unnamed"
	ConsentNo      Answer = "no"
)

// Allows says whether words may be kept, and with the name.
func (a Answer) Allows() (text, name bool) {
	return a == ConsentAlways || a == ConsentYes || a == ConsentUnnamed, a == ConsentAlways || a == ConsentYes
}

// ConsentDays is how many days a question for consent stays open; then it counts as no.
const ConsentDays = 14

// Consent is what a member said about one part of a record.
type Consent struct {
	Community ID
	Member    int64
	Subject   string // record.Subject as text, such as "H7.3"
	Answer    Answer
	Asked     time.Time
	Answered  time.Time
}

// Consents keeps what members said about being quoted.
type Consents interface {
	// Ask notes that m's words in subject are wanted and returns what m's standing answer makes of
	// it: Yes for always (and when m asks for it themself, which the caller decides), No for never or
	// for an erased member, else Waiting: then, and only then, the member has to be asked. A question that was put
	// before keeps its answer.
	Ask(ctx context.Context, m Member, subject string, now time.Time) (Answer, error)
	// Consent is the answer so far; ConsentWaiting with a zero Asked when nobody asked.
	Consent(ctx context.Context, community ID, member int64, subject string) (Consent, error)
	// SetConsent stores an answer; ConsentAlways also becomes the member's standing answer.
	SetConsent(ctx context.Context, community ID, member int64, subject string, a Answer, now time.Time) error
	// OverdueConsents are those that wait since before t, oldest first, at most n.
	OverdueConsents(ctx context.Context, community ID, t time.Time, n int) ([]Consent, error)
}
