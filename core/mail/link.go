package mail

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/record"
)

// Verb is what a link is for.
type Verb string

// The verbs.
const (
	Confirm Verb = "confirm" // says that digests may come
	Stop    Verb = "stop"    // ends them
	Refuse  Verb = "never"   // says that no confirmation is to be sent again
	Read    Verb = "read"    // shows one record
)

// Link is what a signed link says: what it is for, whose it is, and until when it works.
type Link struct {
	Verb      Verb
	Community int64
	Reader    int64
	Record    record.ID // for Read
	Key       string    // of the reader, when it was made; for Confirm
	Until     time.Time // whole seconds
}

// ErrForged says that a link was not made here, or was changed; ErrExpired that its time is over.
var (
	ErrForged  = errors.New("no such link")
	ErrExpired = errors.New("the link has expired")
)

// Signer signs links and knows them again.
type Signer struct{ key []byte }

// NewSigner makes a signer from the program's secret, which must not be empty. Links use a key of
// their own, so that nothing else that is signed with the same secret can be taken for one.
func NewSigner(secret string) Signer { return Signer{mac([]byte(secret), "guildhall mail link 1")} }

func mac(key []byte, what string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(what)) // never fails
	return h.Sum(nil)
}

// sealed is how many bytes of the code are kept: as many as a forger would have to guess.
const sealed = 20

// letters are those of codes: no client that makes a text's addresses into links cuts any of them off.
var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// none stands for what a link does not have: two dots in a row would end an address in some clients.
const none = "0"

// Token is the link in letters, digits and dots.
func (s Signer) Token(l Link) string {
	body := strings.Join([]string{strconv.FormatInt(l.Community, 10), strconv.FormatInt(l.Reader, 10), cmp.Or(l.Record.String(), none),
		cmp.Or(l.Key, none), strconv.FormatInt(l.Until.Unix(), 36)}, ".")
	return body + "." + s.seal(l.Verb, body)
}

func (s Signer) seal(v Verb, body string) string {
	return letters.EncodeToString(mac(s.key, string(v)+" "+body)[:sealed])
}

// Open reads a token that was made for a verb. ErrForged and ErrExpired; with ErrExpired the link is
// what it said.
func (s Signer) Open(v Verb, token string, now time.Time) (Link, error) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || len(s.key) == 0 || !hmac.Equal([]byte(token[at+1:]), []byte(s.seal(v, token[:at]))) {
		return Link{}, ErrForged
	}
	l := Link{Verb: v}
	parts := strings.Split(token[:at], ".")
	if len(parts) != 5 {
		return Link{}, ErrForged
	}
	var err error
	var until int64
	read := func(s string, base int) (n int64) {
		n, wrong := strconv.ParseInt(s, base, 64)
		err = errors.Join(err, wrong)
		return n
	}
	l.Community, l.Reader, l.Key, until = read(parts[0], 10), read(parts[1], 10), parts[3], read(parts[4], 36)
	if l.Key == none {
		l.Key = ""
	}
	if parts[2] != none {
		id, wrong := record.Parse(parts[2])
		l.Record, err = id, errors.Join(err, wrong)
	}
	if err != nil {
		return Link{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	if l.Until = time.Unix(until, 0).UTC(); !now.Before(l.Until) {
		return l, ErrExpired
	}
	return l, nil
}
