package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// HTTPMode is where Slack sends what it has to tell when the app does not use Socket Mode.
type HTTPMode struct {
	Events        string // the Events API's request URL
	Commands      string // for commands without a URL of their own
	Interactivity string
	Options       string // for menus that load their options; Interactivity when empty
}

type webhooks struct {
	last []SentRequest
}

// SentRequest is a request that Slack sent to the app, and what came back.
type SentRequest struct {
	URL    string
	Header http.Header
	Body   []byte
	Status int // 0 when there was no answer
	Answer []byte
}

var errRedirects = errors.New("too many redirects")

// limitRedirects follows two, as Slack does.
func limitRedirects(_ *http.Request, via []*http.Request) error {
	if len(via) > 2 {
		return errRedirects
	}
	return nil
}

// UseHTTP sends everything to these URLs from now on. The events URL is verified first, as when it is
// saved on the app's settings page; the error says why Slack would not take it.
func (s *Server) UseHTTP(m HTTPMode) error {
	if m.Events != "" {
		if err := s.verify(m.Events); err != nil {
			return fmt.Errorf("verify %s: %w", m.Events, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.http = &m
	return nil
}

// UseSocketMode goes back to sockets.
func (s *Server) UseSocketMode() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.http = nil
}

// verify sends a url_verification request and wants the challenge back: as the body, or in JSON.
func (s *Server) verify(to string) error {
	s.mu.Lock()
	challenge, token := s.secret(), s.app.spec.VerificationToken
	s.mu.Unlock()
	body := encode(obj{"token": token, "challenge": challenge, "type": "url_verification"})
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.ackWithin)
	defer cancel()
	got := s.post(ctx, to, "application/json", body, nil)
	if got.err != nil {
		return got.err
	}
	if got.Status != http.StatusOK {
		return fmt.Errorf("answered %d to the challenge", got.Status)
	}
	var echo struct {
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(got.Answer, &echo)
	if echo.Challenge != challenge && strings.TrimSpace(string(got.Answer)) != challenge &&
		string(got.Answer) != "challenge="+challenge {
		return fmt.Errorf("answered %.60q instead of the challenge", got.Answer)
	}
	return nil
}

// Sign returns the headers that prove a body to be from Slack at that time.
func (s *Server) Sign(body []byte, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.SigningSecret()))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", stamp)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return h
}

type answer struct {
	SentRequest
	noRetry bool
	jsonOK  bool // the answer says that it is JSON
	err     error
}

// post sends a signed request. more are further headers; they replace those of the signature.
func (s *Server) post(ctx context.Context, to, contentType string, body []byte, more http.Header) answer {
	h := s.Sign(body, time.Now())
	h.Set("Content-Type", contentType)
	h.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	h.Set("Accept", "application/json,*/*")
	for k, v := range more {
		h[k] = v
	}
	out := answer{SentRequest: SentRequest{URL: to, Header: h, Body: body}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		out.err = err
		return out
	}
	req.Header = h.Clone()
	resp, err := s.client.Do(req)
	if err == nil {
		out.Status = resp.StatusCode
		out.noRetry = resp.Header.Get("X-Slack-No-Retry") == "1"
		t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		out.jsonOK = t == "application/json"
		out.Answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		_ = resp.Body.Close()
	}
	out.err = err
	s.mu.Lock()
	if s.opts.keepRecords {
		s.webhooks.last = append(s.webhooks.last, out.SentRequest)
	}
	s.changed.fire()
	s.mu.Unlock()
	return out
}

// Sent are the requests that were sent to the app's URLs so far.
func (s *Server) Sent() []SentRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SentRequest(nil), s.webhooks.last...)
}

// Post sends a request of the test's own making, as an attacker or a confused proxy might: with the
// body's right signature unless h replaces its headers. It waits for the answer.
func (s *Server) Post(to, contentType string, body []byte, h http.Header) (SentRequest, error) {
	got := s.post(s.ctx, to, contentType, body, h)
	return got.SentRequest, got.err
}

// tryHTTP makes an attempt by a request; its deadline goes by the server's clock.
func (s *Server) tryHTTP(a *attempt) {
	to, contentType, body := a.d.request(s.app)
	if to == "" {
		s.fault(FaultNotReachable, "no request URL for %s", a.d.what)
		s.failed(a, failConnection)
		return
	}
	h := http.Header{}
	if a.n > 0 {
		h.Set("X-Slack-Retry-Num", strconv.Itoa(a.n))
		h.Set("X-Slack-Retry-Reason", a.reason)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	a.sent = time.Now()
	a.stop = s.clock.AfterFunc(s.opts.ackWithin, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !a.over && !a.d.ended {
			s.fault(FaultAckMissing, "%s was not answered within %s", a.d.what, s.opts.ackWithin)
			s.failed(a, failTimeout)
		}
		cancel()
	})
	s.tell(a, 0)
	s.done.Go(func() {
		defer cancel()
		got := s.post(ctx, to, contentType, body, h)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answered(a, got)
	})
}

// answered takes the answer to a request.
func (s *Server) answered(a *attempt, got answer) {
	if a.over || s.ctx.Err() != nil {
		return
	}
	if got.noRetry && a.d.x == nil {
		a.n = len(s.opts.retryAfter)
	}
	switch {
	case errors.Is(got.err, errRedirects):
		s.fault(FaultNotReachable, "%s: too many redirects", a.d.what)
		s.failed(a, failRedirects)
	case got.err != nil:
		s.fault(FaultNotReachable, "%s: %v", a.d.what, got.err)
		s.failed(a, failConnection)
	case got.Status < 200 || got.Status > 299:
		s.fault(FaultHTTPAnswer, "%s was answered %d", a.d.what, got.Status)
		if a.d.x != nil {
			a.over = true
			a.stop()
			s.end(a.d, map[bool]string{true: "http_service_error", false: "http_client_error"}[got.Status >= 500])
			return
		}
		s.failed(a, failHTTP)
	default:
		s.acked(a, a.d.httpPayload(got))
	}
}

// httpPayload is what an answer carries: JSON if it says so; else, for a command, text for the person.
func (d *delivery) httpPayload(got answer) json.RawMessage {
	body := bytes.TrimSpace(got.Answer)
	switch {
	case len(body) == 0, !d.takes:
		// What Slack does not want it does not read, over HTTP.
		return nil
	case got.jsonOK && json.Valid(body):
		return json.RawMessage(body)
	case d.kind == kindCommand:
		return encode(obj{"text": string(body)})
	}
	return json.RawMessage(encode(string(body)))
}

// request is where a delivery goes over HTTP, and how it looks there.
func (d *delivery) request(a *app) (to, contentType string, body []byte) {
	const form = "application/x-www-form-urlencoded"
	switch d.kind {
	case kindEvent:
		return a.http.Events, "application/json", d.payload
	case kindCommand:
		var fields map[string]string
		_ = json.Unmarshal(d.payload, &fields)
		v := url.Values{}
		for k, f := range fields {
			v.Set(k, f)
		}
		to = a.http.Commands
		if d.command != nil && d.command.URL != "" {
			to = d.command.URL
		}
		return to, form, []byte(v.Encode())
	}
	to = a.http.Interactivity
	if d.what == "block_suggestion" && a.http.Options != "" {
		to = a.http.Options
	}
	return to, form, []byte(url.Values{"payload": {string(d.payload)}}.Encode())
}
