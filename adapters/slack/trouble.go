package slack

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

// What Slack's error codes mean to us.
var (
	// tokenGone: nothing works any more with this token.
	tokenGone = []string{"token_revoked", "account_inactive", "invalid_auth", "not_authed", "token_expired", "team_access_not_granted", "org_login_required"}
	// placeGone: the room or message is no more, or not for us.
	placeGone = []string{"channel_not_found", "is_archived", "message_not_found", "thread_not_found", "file_not_found", "file_deleted",
		"cant_update_message", "cant_delete_message", "edit_window_closed", "not_in_channel", "already_archived"}
	// passing: it may work in a while.
	passing = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited",
		"team_added_to_org", "external_channel_migrating", "message_limit_exceeded", "too_many_requests", "update_failed",
		"file_update_failed", "accesslimited"}
)

// codeOf is Slack's error code in err; empty when it has none.
func codeOf(err error) string {
	var r slack.SlackErrorResponse
	if errors.As(err, &r) {
		return r.Err
	}
	return ""
}

func is(err error, codes ...string) bool { return err != nil && slices.Contains(codes, codeOf(err)) }

// translate says what an error of a call means in the words of the port. writes is true where the call may
// have had its effect though it failed.
func translate(method string, err error, writes bool) error {
	if err == nil {
		return nil
	}
	var wait *slack.RateLimitedError
	if errors.As(err, &wait) {
		return &chat.RetryAfter{After: wait.RetryAfter, Cause: fmt.Errorf("%s: %w", method, err)}
	}
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused) {
		why := refused.Err
		if len(refused.ResponseMetadata.Messages) > 0 {
			why += " (" + strings.Join(refused.ResponseMetadata.Messages, "; ") + ")"
		}
		if refused.Needed != "" {
			why += ", needs the scope " + refused.Needed
		}
		switch {
		case slices.Contains(tokenGone, refused.Err), slices.Contains(placeGone, refused.Err):
			return fmt.Errorf("%s: %s: %w", method, why, chat.ErrGone)
		case slices.Contains(passing, refused.Err):
			return fmt.Errorf("%s: %s", method, why)
		}
		return fmt.Errorf("%s: %s: %w", method, why, chat.ErrRefused)
	}
	err = fmt.Errorf("%s: %w", method, hideURL(err))
	if writes && !notSent(err) {
		return &chat.UnknownOutcome{Cause: err}
	}
	return err
}

// notSent says whether a request surely had no effect: no connection was made.
func notSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// hideURL takes addresses out of an error: a response address is a key.
func hideURL(err error) error {
	var u interface {
		error
		Unwrap() error
		Timeout() bool
	}
	if errors.As(err, &u) {
		if inner := u.Unwrap(); inner != nil {
			return inner
		}
	}
	return err
}
