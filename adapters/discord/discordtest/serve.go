package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// serve is the door: gateway, CDN or API.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case r.Header.Get("Upgrade") != "":
		s.serveGateway(w, r)
	case strings.HasPrefix(path, "/cdn/"):
		s.serveCDN(w, r)
	case strings.HasPrefix(path, "/api"):
		s.serveAPI(w, r)
	default:
		http.NotFound(w, r)
	}
}

// serveAPI takes one REST request from the door to its answer.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	c := &call{s: s, r: r, query: r.URL.Query()}
	a := s.answer(c)
	if s.inspect != nil {
		s.inspect(c, a)
	}
	s.remember(c, a, arrived)
	a.send(w, r)
}

// answer is what goes back to the app.
type answer struct {
	status  int
	body    []byte
	html    bool
	header  http.Header
	drop    bool            // close the connection without a response
	wait    <-chan struct{} // hold the response back until it is closed
	delay   time.Duration
	code    int  // of an error
	planned bool // made by a Trouble
}

func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	if a.delay > 0 {
		slow := time.NewTimer(a.delay)
		defer slow.Stop()
		select {
		case <-slow.C:
		case <-r.Context().Done():
		}
	}
	if a.wait != nil {
		<-a.wait
	}
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	switch {
	case a.html:
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	case len(a.body) > 0:
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	w.Write(a.body) //nolint:errcheck // the app may have gone
}

// answer runs a request: route, trouble, token, limits, body, handler, trouble again.
func (s *Server) answer(c *call) *answer {
	path, err := versionless(c.r.URL.EscapedPath())
	if err == nil {
		c.route, c.vars, err = s.routes.find(c.r.Method, path)
	}
	if err != nil {
		return failure(err)
	}
	if a := s.before(c); a != nil {
		c.readBody(s.opts.UploadLimit) //nolint:errcheck // for the record only
		return a
	}
	limits, refused := s.limited(c)
	if refused != nil {
		return refused
	}
	var out any
	switch err = c.readBody(s.opts.UploadLimit); {
	case !c.asBot && !c.route.open:
		err = errUnauthorized
	case err == nil:
		s.checkShape(c)
		out, err = s.run(c)
	}
	a := success(c.route, out)
	if err != nil {
		a = failure(err)
	}
	for k, v := range limits {
		a.header[k] = v
	}
	s.countInvalid(a.status)
	return s.after(c, a)
}

// run calls the handler under the lock.
func (s *Server) run(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.signal()
	return c.route.run(c)
}

// versionless cuts "/api/v10" off a path. 9 and 10 are the versions that are in use; the paths used
// here are the same in both.
func versionless(path string) (string, error) {
	rest := strings.TrimPrefix(path, "/api")
	if !strings.HasPrefix(rest, "/v") {
		return rest, nil
	}
	version, rest, _ := strings.Cut(rest[2:], "/")
	if n, err := strconv.Atoi(version); err != nil || n < 9 || n > 10 {
		return "", errVersion
	}
	return "/" + rest, nil
}

func success(r *route, out any) *answer {
	a := &answer{status: r.status, header: http.Header{}}
	switch out := out.(type) {
	case nil:
		a.status = http.StatusNoContent
	case statusOf:
		a.status, a.body = out.status, marshal(out.body)
	default:
		a.body = marshal(out)
	}
	return a
}

// statusOf is a success with a status of its own.
type statusOf struct {
	status int
	body   any
}

func failure(err error) *answer {
	if rate, ok := asRate(err); ok {
		return rate.answer()
	}
	var refusal *apiError
	if !errors.As(err, &refusal) {
		refusal = refuse(http.StatusInternalServerError, 0, err.Error())
	}
	return &answer{status: refusal.Status, code: refusal.Code, body: marshal(refusal), header: http.Header{}}
}

// marshal cannot fail: everything that is sent is made here of plain fields.
func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("discordtest: encode %T: %v", v, err))
	}
	return b
}
