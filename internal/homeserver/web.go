package homeserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// call is one request of a client.
type call struct {
	*http.Request
	s    *Server
	dev  *device
	who  *account
	body map[string]any
	raw  []byte
}

// handler answers a call; it runs with the server's lock held.
type handler func(c *call) (any, error)

const (
	clientV3 = "/_matrix/client/v3/"
	clientV1 = "/_matrix/client/v1/"
	maxBody  = 60 << 20
)

// routes is the whole API. What it lacks is answered as the specification says.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) { mux.Handle(pattern, s.serve(h, false)) }
	open("GET /_matrix/client/versions", versions)
	open("GET "+clientV3+"login", loginFlows)
	open("POST "+clientV3+"login", login)
	for pattern, h := range s.table() {
		mux.Handle(pattern, s.serve(h, true))
	}
	mux.HandleFunc("GET "+clientV3+"sync", s.serveSync)
	mux.HandleFunc("POST /_matrix/media/v3/upload", s.serveUpload)
	mux.HandleFunc("GET "+clientV1+"media/download/{server}/{id}", s.serveDownload)
	mux.HandleFunc("GET "+clientV1+"media/download/{server}/{id}/{name}", s.serveDownload)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, nil, &problem{status: http.StatusNotFound, code: "M_UNRECOGNIZED", text: r.Method + " " + r.URL.Path + " is not known here"})
	})
	return s.faults.wrap(mux)
}

// table is what takes a session.
func (s *Server) table() map[string]handler {
	out := map[string]handler{}
	for _, part := range []map[string]handler{accountCalls, roomCalls, readCalls, memberCalls, keyCalls, backupCalls} {
		for k, h := range part {
			method, path, _ := strings.Cut(k, " ")
			base := clientV3
			if rest, v1 := strings.CutPrefix(path, "v1/"); v1 {
				base, path = clientV1, rest
			}
			out[method+" "+base+path] = h
		}
	}
	return out
}

func (s *Server) serve(h handler, session bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, s: s}
		err := c.read()
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil && session {
			err = c.identify()
		}
		var out any
		if err == nil {
			out, err = h(c)
		}
		write(w, out, err)
	})
}

// read reads the body, which must be an object where there is one.
func (c *call) read() error {
	if c.Body == nil {
		return nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, maxBody))
	if err != nil {
		return &problem{status: http.StatusRequestEntityTooLarge, code: "M_TOO_LARGE", text: "too large"}
	}
	c.raw = raw
	if len(bytes.TrimSpace(raw)) == 0 {
		c.body = map[string]any{}
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&c.body); err != nil {
		return invalid("M_NOT_JSON", "the body is no object: %v", err)
	}
	return nil
}

// into reads the body into v.
func (c *call) into(v any) error {
	if len(bytes.TrimSpace(c.raw)) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.raw, v); err != nil {
		return invalid("M_BAD_JSON", "the body is not as it should be: %v", err)
	}
	return nil
}

// identify finds out whose call it is.
func (c *call) identify() error {
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = c.URL.Query().Get("access_token")
	}
	if token == "" {
		return &problem{status: http.StatusUnauthorized, code: "M_MISSING_TOKEN", text: "an access token is missing"}
	}
	dev := c.s.tokens[token]
	if dev == nil {
		p := &problem{status: http.StatusUnauthorized, code: "M_UNKNOWN_TOKEN", text: "the access token is not known"}
		if c.s.gone[token] {
			p.extra = map[string]any{"soft_logout": true}
		}
		return p
	}
	c.dev, c.who = dev, c.s.accounts[dev.user]
	return nil
}

func (c *call) text(name string) string { v, _ := c.body[name].(string); return v }

// write answers with v, or with err.
func write(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusOK
	if err != nil {
		var p *problem
		if !errors.As(err, &p) {
			p = &problem{status: http.StatusInternalServerError, code: "M_UNKNOWN", text: err.Error()}
		}
		status = p.status
		out := map[string]any{}
		for k, x := range p.extra {
			out[k] = x
		}
		if p.code != "" {
			out["errcode"], out["error"] = p.code, p.text
		}
		v = out
	}
	if v == nil {
		v = struct{}{}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, fmt.Appendf(nil, `{"errcode":"M_UNKNOWN","error":%q}`, err.Error())
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func versions(*call) (any, error) {
	list := []string{}
	for n := 1; n <= 16; n++ {
		list = append(list, fmt.Sprintf("v1.%d", n))
	}
	return map[string]any{"versions": list, "unstable_features": map[string]bool{}}, nil
}
