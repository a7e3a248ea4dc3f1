package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// lostDevice says that the homeserver does not know our device any more.
func lostDevice(device string, cause error) error {
	return fmt.Errorf("the homeserver no longer knows the bot's device %s, so its token and encryption keys are of no use: "+
		"if that was on purpose, start once with new_device = true to log in as a new one: %w", device, errors.Join(cause, chat.ErrGone))
}

// code is the Matrix error code of err, empty when there is none.
func code(err error) string {
	var re mautrix.RespError
	if errors.As(err, &re) {
		return re.ErrCode
	}
	return ""
}

// status is the HTTP status of err, 0 when there was no answer.
func status(err error) int {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.Response != nil {
		return he.Response.StatusCode
	}
	return 0
}

// softLogout says whether the token has merely run out
// (https://spec.matrix.org/v1.16/client-server-api/#soft-logout).
func softLogout(err error) bool {
	var re mautrix.RespError
	if !errors.As(err, &re) {
		return false
	}
	soft, _ := re.ExtraData["soft_logout"].(bool)
	return soft
}

// waitTime is how long the homeserver wants to be left alone; ok is false when err says nothing of it.
func waitTime(err error) (time.Duration, bool) {
	if status(err) != http.StatusTooManyRequests && code(err) != "M_LIMIT_EXCEEDED" {
		return 0, false
	}
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.Response != nil {
		if s, perr := strconv.ParseFloat(he.Response.Header.Get("Retry-After"), 64); perr == nil && s >= 0 && s < 86400 {
			return time.Duration(s * float64(time.Second)), true
		}
	}
	var re mautrix.RespError
	if errors.As(err, &re) {
		if ms, ok := re.ExtraData["retry_after_ms"].(float64); ok && ms >= 0 && ms < 86400e3 {
			return time.Duration(ms) * time.Millisecond, true
		}
	}
	return 2 * time.Second, true
}

// told turns an error of the homeserver into what the engine understands. what was being done stands
// in front.
func told(what string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", what, err)
	if wait, ok := waitTime(err); ok {
		return &chat.RetryAfter{After: wait, Cause: err}
	}
	switch s := status(err); {
	case code(err) == "M_UNKNOWN_TOKEN" || code(err) == "M_MISSING_TOKEN":
		// The token may be renewed or given anew: what waits to be said is kept.
		return err
	case code(err) == "M_NOT_FOUND" || code(err) == "M_NOT_JOINED" || s == http.StatusNotFound && code(err) != "M_UNRECOGNIZED":
		return errors.Join(chat.ErrGone, err)
	case s == http.StatusRequestTimeout || s >= 500 || s == 0:
		return &chat.UnknownOutcome{Cause: err}
	case s >= 400:
		return errors.Join(chat.ErrRefused, err)
	}
	return &chat.UnknownOutcome{Cause: err}
}

// callTime is how long one call may take; uploads and downloads have longer.
const (
	callTime = 30 * time.Second
	fileTime = 5 * time.Minute
)

// doubtTime is how long after a refusal it is asked again.
const doubtTime = 700 * time.Millisecond

// twice does a call, and once more when it was refused: a homeserver that is going down refuses what
// it would take. The call must do no harm when it is done twice. Each try has a deadline of its own.
func (p *Platform) twice(ctx context.Context, call func(context.Context) error) error {
	once := func() error {
		ctx, cancel := limited(ctx)
		defer cancel()
		return call(ctx)
	}
	err := once()
	if status(err) != http.StatusForbidden || code(err) == "M_LIMIT_EXCEEDED" {
		return err
	}
	sleep(ctx, doubtTime)
	if ctx.Err() != nil {
		return err
	}
	return once()
}

// limited gives a call its deadline.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callTime)
}
