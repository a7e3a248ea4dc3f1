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
		if errors.Is(err, chat.ErrGone) {
			return []string{"Matrix: " + strings.ReplaceAll(err.Error(), "\n", ": ")}
		}
		return []string{fmt.Sprintf("The bot cannot log in to %s: try again in a minute. (%v)", p.o.Homeserver, err)}
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

// Invite implements chat.Inviter.
func (p *Platform) Invite() (text, url string) { return p.me, matrixTo + escapePath(p.me) }
