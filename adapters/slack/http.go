package slack

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

// requestLife is how old a request may be, and how far ahead Slack's clock.
const requestLife = 5 * time.Minute

// maxRequest is the largest request that is read.
const maxRequest = 2 << 20

// Handler serves what Slack sends to an app over HTTP, and the installation by OAuth:
//
//	/slack/events  /slack/commands  /slack/interactive  /slack/install  /slack/callback
func (p *Platform) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/events", func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, "events_api") })
	mux.HandleFunc("POST /slack/commands", func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, "slash_commands") })
	mux.HandleFunc("POST /slack/interactive", func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, "interactive") })
	mux.HandleFunc("GET /slack/commands", serveCheck)
	mux.HandleFunc("GET /slack/install", p.serveInstall)
	mux.HandleFunc("GET /slack/callback", p.serveCallback)
	return mux
}

// serveCheck answers Slack's look at our certificate.
func serveCheck(w http.ResponseWriter, r *http.Request) {
	if !isCheck(r, nil) {
		http.Error(w, "for Slack only", http.StatusMethodNotAllowed)
	}
}

var (
	errUnsigned = errors.New("the signature is not Slack's")
	errOld      = errors.New("the request is too old")
	errReplayed = errors.New("the request was taken before")
)

// serve takes one request of Slack's.
func (p *Platform) serve(w http.ResponseWriter, r *http.Request, kind string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	if kind != "events_api" && isCheck(r, body) {
		w.WriteHeader(http.StatusOK)
		return
	}
	a, err := p.signed(r.Header, body)
	if err != nil {
		p.log.Warn("a request that claims to be Slack's was refused", "path", r.URL.Path, "reason", err)
		http.Error(w, "not from Slack", http.StatusUnauthorized)
		return
	}
	payload, challenge, err := payloadOf(kind, r.Header.Get("Content-Type"), body)
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	if challenge != "" {
		writeJSON(w, obj{"challenge": challenge})
		return
	}
	if len(payload) == 0 {
		w.WriteHeader(http.StatusOK)
		return
	}
	// The same bytes with the same signature are a replay, even within its five minutes. Slack's own
	// retries say that they are one; they have no second effect, and are told what the first was.
	retry, _ := strconv.Atoi(r.Header.Get("X-Slack-Retry-Num"))
	once := r.Header.Get("X-Slack-Signature")
	if !p.replays.add(once, struct{}{}) && (retry == 0 || kind != "events_api") { // Slack retries nothing else
		p.log.Warn("a request that claims to be Slack's was refused", "path", r.URL.Path, "reason", errReplayed)
		http.Error(w, "replayed", http.StatusUnauthorized)
		return
	}
	p.wait_(w, r, &delivery{app: a, kind: kind, payload: payload, retry: retry, came: time.Now()}, once)
}

// isCheck says whether Slack only looks at our certificate, which it does now and then without a signature.
func isCheck(r *http.Request, body []byte) bool {
	if len(body) > 500 || r.Method == http.MethodPost && !bytes.Contains(body, []byte("ssl_check=1")) {
		return false
	}
	form, err := url.ParseQuery(string(body) + "&" + r.URL.RawQuery)
	return err == nil && form.Get("ssl_check") == "1" && !form.Has("command") && !form.Has("payload")
}

// wait_ handles a delivery and answers its request.
func (p *Platform) wait_(w http.ResponseWriter, r *http.Request, d *delivery, once string) {
	type outcome struct {
		answer any
		err    error
		sent   chan error
	}
	ends := make(chan outcome, 1)
	d.done = func(_ context.Context, answer any, err error) error {
		o := outcome{answer, err, make(chan error, 1)}
		ends <- o
		select {
		case err := <-o.sent:
			return err
		case <-r.Context().Done():
			return fmt.Errorf("acknowledge: %w", r.Context().Err())
		}
	}
	go p.take(context.WithoutCancel(r.Context()), d) // what means nothing ends there and then, and waits for us to say so
	select {
	case o := <-ends:
		if o.err != nil {
			// Not kept: Slack may send the very same request again.
			p.replays.drop(once)
			http.Error(w, "try again", http.StatusServiceUnavailable)
			o.sent <- nil
			return
		}
		if o.answer == nil {
			w.WriteHeader(http.StatusOK)
		} else {
			writeJSON(w, o.answer)
		}
		o.sent <- http.NewResponseController(w).Flush()
	case <-p.over(): // nobody knows whether it will still be done
		p.replays.drop(once)
		http.Error(w, "try again", http.StatusServiceUnavailable)
	case <-r.Context().Done(): // Slack has hung up
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "cannot answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(b) // a connection that broke shows in Flush
}

// signed finds the app that a request is for by its signature, compared in constant time over the raw body.
func (p *Platform) signed(h http.Header, body []byte) (*app, error) {
	stamp := h.Get("X-Slack-Request-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return nil, errUnsigned
	}
	sent, ok := strings.CutPrefix(h.Get("X-Slack-Signature"), "v0=")
	mac, err := hex.DecodeString(sent)
	if !ok || err != nil || len(mac) != sha256.Size || sent != strings.ToLower(sent) {
		return nil, errUnsigned
	}
	var found *app
	for _, a := range p.apps {
		if a.SigningSecret == "" {
			continue
		}
		want := hmac.New(sha256.New, []byte(a.SigningSecret))
		_, _ = want.Write([]byte("v0:" + stamp + ":"))
		_, _ = want.Write(body)
		if hmac.Equal(want.Sum(nil), mac) && found == nil {
			found = a
		}
	}
	if found == nil {
		return nil, errUnsigned
	}
	if age := p.opts.Now().Sub(time.Unix(at, 0)); age > requestLife || age < -requestLife {
		return nil, errOld
	}
	return found, nil
}

// payloadOf is what a request brings: JSON, or the fields of a form, among them a payload. challenge is what
// has to be echoed when Slack verifies an address.
func payloadOf(kind, contentType string, body []byte) (payload json.RawMessage, challenge string, err error) {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	if kind == "events_api" || mediaType == "application/json" {
		var e struct {
			Type      string `json:"type"`
			Challenge string `json:"challenge"`
		}
		if err := decode(body, &e); err != nil {
			return nil, "", fmt.Errorf("read an event: %w", err)
		}
		if e.Type == "url_verification" {
			return nil, orElse(e.Challenge, " "), nil
		}
		return body, "", nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, "", fmt.Errorf("read a form: %w", err)
	}
	if kind == "interactive" {
		return json.RawMessage(form.Get("payload")), "", nil
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	payload, err = json.Marshal(fields)
	return payload, "", err //nolint:wrapcheck // cannot be
}
