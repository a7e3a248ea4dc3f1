package discordtest

import (
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// apiError is a refusal as Discord words it: HTTP status, JSON code, message, and for 50035 the
// faults of the form by field.
type apiError struct {
	Status  int       `json:"-"`
	Message string    `json:"message"`
	Code    int       `json:"code"`
	Errors  *formNode `json:"errors,omitempty"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d: %s (%d)", e.Status, e.Message, e.Code) }

func refuse(status, code int, message string) *apiError {
	return &apiError{Status: status, Code: code, Message: message}
}

// The refusals that are needed more than once. Source: "JSON error codes" of Discord's reference.
var (
	errUnauthorized      = refuse(http.StatusUnauthorized, 0, "401: Unauthorized")
	errUnknownChannel    = refuse(http.StatusNotFound, 10003, "Unknown Channel")
	errUnknownGuild      = refuse(http.StatusNotFound, 10004, "Unknown Guild")
	errUnknownMember     = refuse(http.StatusNotFound, 10007, "Unknown Member")
	errUnknownMessage    = refuse(http.StatusNotFound, 10008, "Unknown Message")
	errUnknownOverwrite  = refuse(http.StatusNotFound, 10009, "Unknown Permission Overwrite")
	errUnknownRole       = refuse(http.StatusNotFound, 10011, "Unknown Role")
	errUnknownUser       = refuse(http.StatusNotFound, 10013, "Unknown User")
	errUnknownEmoji      = refuse(http.StatusBadRequest, 10014, "Unknown Emoji")
	errUnknownWebhook    = refuse(http.StatusNotFound, 10015, "Unknown Webhook")
	errUnknownAction     = refuse(http.StatusNotFound, 10062, "Unknown interaction")
	errUnknownCommand    = refuse(http.StatusNotFound, 10063, "Unknown application command")
	errTooManyReactions  = refuse(http.StatusForbidden, 30010, "Maximum number of reactions reached (20)")
	errTooManyCreations  = refuse(http.StatusBadRequest, 30034, "Max number of daily application command creates has been reached (200)")
	errTooManyEdits      = refuse(http.StatusTooManyRequests, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later.")
	errTooLarge          = refuse(http.StatusRequestEntityTooLarge, 40005, "Request entity too large")
	errAlreadyAcked      = refuse(http.StatusBadRequest, 40060, "Interaction has already been acknowledged.")
	errTagRequired       = refuse(http.StatusBadRequest, 40067, "A tag is required to create a forum post in this channel")
	errMissingAccess     = refuse(http.StatusForbidden, 50001, "Missing Access")
	errOnDM              = refuse(http.StatusForbidden, 50003, "Cannot execute action on a DM channel")
	errNotAuthor         = refuse(http.StatusForbidden, 50005, "Cannot edit a message authored by another user")
	errEmpty             = refuse(http.StatusBadRequest, 50006, "Cannot send an empty message")
	errCannotDM          = refuse(http.StatusForbidden, 50007, "Cannot send messages to this user")
	errNonText           = refuse(http.StatusBadRequest, 50008, "Cannot send messages in a non-text channel")
	errMissingPermission = refuse(http.StatusForbidden, 50013, "Missing Permissions")
	errBulkCount         = refuse(http.StatusBadRequest, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete")
	errSystemMessage     = refuse(http.StatusForbidden, 50021, "Cannot execute action on a system message")
	errChannelType       = refuse(http.StatusBadRequest, 50024, "Cannot execute action on this channel type")
	errWebhookToken      = refuse(http.StatusUnauthorized, 50027, "Invalid Webhook Token")
	errRecipients        = refuse(http.StatusBadRequest, 50033, "Invalid Recipient(s)")
	errTooOld            = refuse(http.StatusBadRequest, 50034, "A message provided was too old to bulk delete")
	errVersion           = refuse(http.StatusBadRequest, 50041, "Invalid API version provided")
	errArchived          = refuse(http.StatusForbidden, 50083, "Thread is archived")
	errInvalidJSON       = refuse(http.StatusBadRequest, 50109, "The request body contains invalid JSON.")
	errNoMutualGuild     = refuse(http.StatusForbidden, 50278, "Cannot send messages to this user due to having no mutual guilds")
	errReplyHistory      = refuse(http.StatusForbidden, 160002, "Cannot reply without permission to read message history")
	errThreadExists      = refuse(http.StatusBadRequest, 160004, "A thread has already been created for this message")
	errThreadLocked      = refuse(http.StatusForbidden, 160005, "Thread is locked")
	errTooManyThreads    = refuse(http.StatusBadRequest, 160006, "Maximum number of active threads reached")
	errNotFound          = refuse(http.StatusNotFound, 0, "404: Not Found")
	errMethod            = refuse(http.StatusMethodNotAllowed, 0, "405: Method Not Allowed")
)

// formNode is one level of the errors of a 50035.
type formNode struct {
	own      []formError
	children map[string]*formNode
}

type formError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// MarshalJSON writes children by field, and the node's own faults under _errors.
func (n *formNode) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for k, v := range n.children {
		out[k] = v
	}
	if len(n.own) > 0 {
		out["_errors"] = n.own
	}
	return marshal(out), nil
}

// form collects what is wrong with a request body. The zero value is ready.
type form struct{ root formNode }

// at says a field is wrong. The path is dotted; list elements are numbers; "" is the body itself.
func (f *form) at(path, code, format string, args ...any) {
	n := &f.root
	if path != "" {
		for _, key := range strings.Split(path, ".") {
			if n.children == nil {
				n.children = map[string]*formNode{}
			}
			if n.children[key] == nil {
				n.children[key] = &formNode{}
			}
			n = n.children[key]
		}
	}
	n.own = append(n.own, formError{Code: code, Message: fmt.Sprintf(format, args...)})
}

// err is nil when nothing is wrong, else the 50035.
func (f *form) err() error {
	if len(f.root.own) == 0 && len(f.root.children) == 0 {
		return nil
	}
	return &apiError{Status: http.StatusBadRequest, Code: 50035, Message: "Invalid Form Body", Errors: &f.root}
}

func (f *form) required(path string) {
	f.at(path, "BASE_TYPE_REQUIRED", "This field is required")
}

// length checks a text by code points, as Discord counts.
func (f *form) length(path, text string, least, most int) bool {
	n := runes(text)
	switch {
	case n > most && least == 0:
		f.at(path, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", most)
	case n == 0 && least > 0:
		f.required(path)
	case n < least || n > most:
		f.at(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	default:
		return true
	}
	return false
}

// count checks how many elements a list has.
func (f *form) count(path string, n, least, most int) bool {
	switch {
	case n > most && least == 0:
		f.at(path, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", most)
	case n < least || n > most:
		f.at(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	default:
		return true
	}
	return false
}

func (f *form) choice(path string, allowed ...int) {
	words := make([]string, len(allowed))
	for i, n := range allowed {
		words[i] = strconv.Itoa(n)
	}
	sort.Strings(words)
	f.at(path, "BASE_TYPE_CHOICES", "Value must be one of {%s}.", strings.Join(words, ", "))
}

// invalid is a 50035 with one fault.
func invalid(path, code, format string, args ...any) error {
	var f form
	f.at(path, code, format, args...)
	return f.err()
}
