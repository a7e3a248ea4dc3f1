package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// shortKey makes a key of a message that this package sends by itself.
func shortKey(s string) string {
	sum := sha256.Sum256([]byte(s))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]))
}

// Check implements chat.Checker.
func (p *Platform) Check(ctx context.Context) []string {
	call, cancel := limited(ctx)
	defer cancel()
	if _, err := p.client.Versions(call); err != nil {
		var answered mautrix.HTTPError
		if errors.As(err, &answered) && answered.Response != nil {
			return []string{fmt.Sprintf("%s does not answer as a homeserver does: check [matrix] homeserver. (%v)", p.o.Homeserver, err)}
		}
		return []string{fmt.Sprintf("The homeserver %s could not be reached: check the network and [matrix] homeserver. (%v)", p.o.Homeserver, err)}
	}
	if err := p.ready(ctx); err != nil {
		return []string{p.unready(err)}
	}
	var out []string
	if p.o.Keys != "" && p.cipher == nil {
		out = append(out, "This build has no encryption for Matrix: use one made with the tag goolm, or leave encrypted rooms alone.")
	}
	if p.cipher != nil {
		out = append(out, p.cipher.faults()...)
	}
	if _, err := p.client.JoinedRooms(call); err != nil {
		out = append(out, fmt.Sprintf("The homeserver does not list the bot's rooms: check its log. (%v)", err))
	}
	return out
}

// unready is a sentence for the operator on why there is no session.
func (p *Platform) unready(err error) string {
	cause := strings.ReplaceAll(strings.TrimSuffix(err.Error(), "\n"+chat.ErrGone.Error()), "\n", ": ")
	switch {
	case errors.Is(err, errPassword):
		return "The homeserver takes neither user id nor password: check [matrix] user_id and password. (" + cause + ")"
	case errors.Is(err, errPickle):
		return "The encryption keys cannot be opened: give [matrix] pickle_key as it was when they were made. (" + cause + ")"
	case errors.Is(err, errStore):
		return "The bot's session cannot be read: see to the database first. (" + cause + ")"
	case errors.Is(err, chat.ErrGone):
		return strings.ToUpper(cause[:1]) + cause[1:]
	}
	return fmt.Sprintf("The bot cannot log in to %s: try again in a minute. (%s)", p.o.Homeserver, cause)
}

// What makes a session impossible until the operator does something.
var (
	errPassword = errors.New("log in with the password")
	errPickle   = errors.New("open the encryption keys with the pickle key")
	errStore    = errors.New("read the session")
)

// Invite implements chat.Inviter.
func (p *Platform) Invite() (text, url string) { return p.me, matrixTo + escapePath(p.me) }
