// Package mail holds who gets digests by e-mail, and what a mail is. Nobody is written to before they
// have said so twice: somebody asks for it, and whoever reads that mailbox presses a button. Nothing
// here knows how people ask for it, how a mail travels, or where this is kept.
package mail

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	stdmail "net/mail"
)

// State is how far a subscription is.
type State string

// The states of a subscription.
const (
	Asked State = "asked" // a confirmation was asked for
	On    State = "on"    // the reader of the mailbox has confirmed it
	Off   State = "off"   // ended: stopped, replaced, or given up after bounces
)

// Reader is somebody who gets digests by e-mail, or was asked whether they want them. A member may have
// several, one of which is On at most; an address has one that is On at most.
type Reader struct {
	Community int64
	No        int64  // given by the store
	Member    int64  // 0: has no chat account
	Address   string // as Address made it
	Lang      string // of who has no chat account; empty: the community's
	Zone      string // IANA, of who has no chat account; empty: the community's
	State     State
	Key       string    // made up for each address; the links of its mails hold it
	By        int64     // the member who asked for it
	Asked     time.Time // last
	Confirmed time.Time // zero: not yet
	Bounces   int       // mails in a row that came back
}

// The limits of mailing.
const (
	MostBounces   = 3                  // in a row; then the subscription ends
	AskAgain      = 24 * time.Hour     // an address is asked at most once in this time
	MostAsked     = 5                  // addresses that a member may give for themselves in AskAgain
	MostInvited   = 50                 // addresses that a moderator may invite in AskAgain
	ConfirmWithin = 7 * 24 * time.Hour // how long the link of a confirmation works
	ReadWithin    = 60 * 24 * time.Hour
	StopWithin    = 5 * 365 * 24 * time.Hour
	KeepEnded     = 30 * 24 * time.Hour // how long what ended, or was never confirmed, is kept
)

// ErrAddress says that a text is no e-mail address that can be written to.
var ErrAddress = errors.New("no e-mail address")

// mostAddress is the longest address that SMTP carries (RFC 5321, 4.5.3.1).
const mostAddress = 254

// Address is an e-mail address in the form in which it is kept and compared: in lower case, since no
// mailbox in use tells cases apart. ErrAddress for what is none, for one with a name, and for one with
// a letter that could begin a line of its own.
func Address(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>,;:\\"()[]%`, r)
	}
	if at < 1 || len(s) > mostAddress || !utf8.ValidString(s) || strings.ContainsFunc(s, odd) {
		return "", ErrAddress
	}
	a, err := stdmail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return "", ErrAddress
	}
	if strings.ContainsFunc(s[:at], func(r rune) bool { return r > unicode.MaxASCII }) || !host(s[at+1:]) {
		return "", ErrAddress
	}
	return s, nil
}

// host says whether s is the name of a host with a domain above it.
func host(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(l, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		}) {
			return false
		}
	}
	// A number alone is no top-level domain: this is an address of a machine.
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != ""
}
