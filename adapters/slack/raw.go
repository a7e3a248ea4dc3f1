package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// maxAnswer is the largest answer of Slack's that is read.
const maxAnswer = 16 << 20

// raw calls a method whose answer holds blocks. slack-go decodes those strictly, and one block of a kind
// that it does not know makes the whole answer fail; here only what is asked for is read. body is an obj,
// sent as JSON, or url.Values. out may be nil. Errors are as slack-go's.
func (t *team) raw(ctx context.Context, method string, body, out any) error {
	token := t.token
	var r io.Reader
	kind := "application/json; charset=utf-8"
	switch body := body.(type) {
	case url.Values:
		r, kind = strings.NewReader(body.Encode()), "application/x-www-form-urlencoded"
	default:
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.app.APIURL+method, r)
	if err != nil {
		return fmt.Errorf("prepare the call: %w", err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := t.p.opts.HTTP.Do(req)
	if err != nil {
		return err //nolint:wrapcheck // translate wraps it
	}
	defer func() { _ = resp.Body.Close() }()
	return readAnswer(resp, out)
}

// readAnswer reads Slack's answer to a call.
func readAnswer(resp *http.Response, out any) error {
	if err := statusError(resp); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	var head struct {
		OK       bool                   `json:"ok"`
		Error    string                 `json:"error"`
		Needed   string                 `json:"needed"`
		Provided string                 `json:"provided"`
		Metadata slack.ResponseMetadata `json:"response_metadata"`
	}
	if err := decode(b, &head); err != nil {
		return err
	}
	if !head.OK {
		return slack.SlackErrorResponse{Err: orElse(head.Error, "unknown_error"), Needed: head.Needed, Provided: head.Provided,
			ResponseMetadata: head.Metadata}
	}
	if out == nil {
		return nil
	}
	return decode(b, out)
}

// statusError is what an HTTP status means.
func statusError(resp *http.Response) error {
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &slack.RateLimitedError{RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	return nil
}
