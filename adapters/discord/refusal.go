package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
)

// Codes of Discord's errors. Source: "JSON Error Codes" of its reference.
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownWebhook     = 10015
	codeUnknownInteraction = 10062
	codeAcknowledged       = 40060
	codeTooLarge           = 40005
	codeMissingAccess      = 50001
	codeNoDirect           = 50007
	codeMissingPermissions = 50013
	codeArchived           = 50083
	codeReplyHistory       = 160002
	codeThreadExists       = 160004
	codeLocked             = 160005
	codeManyThreads        = 160006
	codeManyChannels       = 30013
)

// apiError is an error that Discord answered with.
type apiError struct {
	Status int
	Code   int
	Text   string
	kind   error // chat.ErrGone or chat.ErrRefused
}

func (e *apiError) Error() string {
	if hint := hints[e.Code]; hint != "" {
		return fmt.Sprintf("%s (Discord said %d %d: %s)", hint, e.Status, e.Code, e.Text)
	}
	return fmt.Sprintf("Discord said %d %d: %s", e.Status, e.Code, e.Text)
}

func (e *apiError) Unwrap() error { return e.kind }

// hints say what an operator can do, in the line that the queue shows.
var hints = map[int]string{
	codeMissingAccess:      "Guildhall cannot see that channel any more, or was removed from the server: give it back the permission View Channel, or invite it again",
	codeMissingPermissions: "Guildhall lacks a permission there: `guildhall doctor` names it, and the invitation link gives it back",
	codeUnknownChannel:     "that channel is no more",
	codeNoDirect:           "that person takes no direct messages",
	codeManyChannels:       "the server has as many channels as Discord allows: delete some",
	codeManyThreads:        "the server has as many open threads as Discord allows: close some",
}

var errToken = fmt.Errorf("the Discord token was refused: make a new one in the Developer Portal, set it as discord.token and start again: %w", chat.ErrGone)

// refusal turns an error of discordgo into one of the port's: RetryAfter, ErrGone, ErrRefused, or
// UnknownOutcome for what may have had its effect.
func refusal(err error) error {
	var limit *discordgo.RateLimitError
	if errors.As(err, &limit) {
		return &chat.RetryAfter{After: limit.RetryAfter, Cause: errors.New("a rate limit of Discord"), Narrow: true}
	}
	var answered *discordgo.RESTError
	if !errors.As(err, &answered) {
		return &chat.UnknownOutcome{Cause: withoutToken(err)}
	}
	status := answered.Response.StatusCode
	e := &apiError{Status: status, Text: http.StatusText(status), kind: chat.ErrRefused}
	var said struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(answered.ResponseBody, &said) == nil && said.Message != "" {
		e.Code, e.Text = said.Code, said.Message
		if len(said.Errors) > 0 {
			e.Text += " " + string(said.Errors[:min(len(said.Errors), 600)])
		}
	}
	switch {
	case status == http.StatusForbidden && e.Code == 0 && !isObject(answered.ResponseBody):
		// A page of the proxies in front of Discord, which keep an address out for a while.
		return &chat.RetryAfter{After: proxyPause, Cause: e}
	case status >= 500 || status == http.StatusRequestTimeout:
		e.kind = nil // another time it may be taken
		return &chat.UnknownOutcome{Cause: e}
	case status == http.StatusUnauthorized && e.Code != codeUnknownWebhook && !strings.Contains(answered.Request.URL.Path, "/webhooks/"):
		return errToken
	case status == http.StatusNotFound || status == http.StatusUnauthorized || e.Code == codeMissingAccess:
		e.kind = chat.ErrGone
	}
	return e
}

// proxyPause is how long nothing is asked again of what a proxy refused.
const proxyPause = time.Minute

func isObject(b []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(b, &o) == nil && o != nil
}

// withoutToken keeps the secret that stands in an interaction's address out of logs.
func withoutToken(err error) error {
	text := err.Error()
	for _, part := range []string{"/webhooks/", "/interactions/"} {
		i := strings.Index(text, part)
		if i < 0 {
			continue
		}
		rest := text[i+len(part):]
		end := strings.IndexAny(rest, "\"? \n")
		if end < 0 {
			end = len(rest)
		}
		return errors.New(text[:i+len(part)] + "…" + rest[end:])
	}
	return err
}

// coded says whether an error is Discord's with one of these codes.
func coded(err error, codes ...int) bool {
	var e *apiError
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// status is the status of an error that Discord answered with; 0 for any other.
func status(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}
