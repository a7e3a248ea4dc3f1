package chat

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// About is the message that a button's command is about. The message itself is not kept: it is read
// again when the button is pressed.
type About struct {
	Where   Address
	Message MessageID
	Starts  ThreadID
	For     AccountID // who may press it: somebody else might not be able to see the message
}

// About is the message that c is about, else the one in which its command came with files, for a
// button that goes on with it; nil when there is none.
func (c *Call) About() *About {
	t := c.Target
	if t == nil {
		t = ownMessage(c.Event)
	}
	if t == nil {
		return nil
	}
	return &About{Where: t.Where, Message: t.Message, Starts: t.Starts, For: c.Event.From.Account}
}

// aboutMark stands before the message that a button is about, at the end of the line behind its key.
const aboutMark = " >"

// keyAbout is the key of a button that is about a message. Its line is always kept, so that nobody
// can write one: a message may be where not everybody can read.
func (e *Engine) keyAbout(ctx context.Context, of int64, line string, a About) (string, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("keep what a button is about: %w", err)
	}
	return e.keep(ctx, strconv.FormatInt(of, 36)+"~", line+aboutMark+base64.RawURLEncoding.EncodeToString(b), false)
}

// about cuts from the arguments of a pressed button the message that it is about; ok is false when
// that is for somebody else.
func (e *Engine) about(s *scene, rest string) (args string, t *Target, ok bool) {
	rest = " " + rest
	i := strings.LastIndex(rest, aboutMark)
	if _, key, _ := strings.Cut(s.ev.Key, "~"); i < 0 || !strings.HasPrefix(key, keptMark) {
		return rest[1:], nil, true
	}
	b, err := base64.RawURLEncoding.DecodeString(rest[i+len(aboutMark):])
	var a About
	if err != nil || json.Unmarshal(b, &a) != nil {
		return rest[1:], nil, true
	}
	if a.For != s.ev.From.Account || a.Where.Platform != s.ev.Where.Platform {
		return "", nil, false
	}
	return strings.TrimSpace(rest[:i]), &Target{Where: a.Where, Message: a.Message, Starts: a.Starts}, true
}
