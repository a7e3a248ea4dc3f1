package slacktest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiError is an answer with ok false.
type apiError struct {
	code     string
	messages []string // response_metadata.messages
	extra    obj
}

func failCode(code string) *apiError { return &apiError{code: code} }

// badArgs is invalid_arguments with its reason.
func badArgs(messages ...string) *apiError {
	for i, m := range messages {
		messages[i] = "[ERROR] " + m
	}
	return &apiError{code: "invalid_arguments", messages: messages}
}

// call is one request to a method, while it is served.
type call struct {
	s        *Server
	begun    time.Time
	method   *method
	in       *install // whose token it came with; nil for methods without a bot token
	w        *Workspace
	bot      *User
	args     args
	header   http.Header
	warnings []string
	then     []func() // run when the answer is ready, still under the lock
}

// args are a request's arguments, by whatever way they came.
type args struct {
	form url.Values
	json map[string]any
}

func (a args) str(key string) string {
	if a.json == nil {
		return a.form.Get(key)
	}
	switch v := a.json[key].(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return string(encode(v))
	}
}

func (a args) has(key string) bool {
	if a.json == nil {
		return a.form.Has(key)
	}
	return a.json[key] != nil
}

func (a args) bool(key string) bool {
	v := a.str(key)
	return v == "1" || v == "true"
}

// any is a structured argument: sent as JSON text, or inside a JSON body as it is. ok is false when it
// cannot be read.
func (a args) any(key string) (v any, ok bool) {
	if a.json != nil {
		v = a.json[key]
	} else if t := a.form.Get(key); t != "" {
		if err := json.Unmarshal([]byte(t), &v); err != nil {
			return nil, false
		}
	}
	if t, is := v.(string); is {
		v = nil
		if t != "" && json.Unmarshal([]byte(t), &v) != nil {
			return nil, false
		}
	}
	return v, true
}

// words is a list: sent as comma-separated text or as an array.
func (a args) words(key string) []string {
	var out []string
	if l, ok := a.json[key].([]any); ok {
		for _, v := range l {
			if t, ok := v.(string); ok && t != "" {
				out = append(out, t)
			}
		}
		return out
	}
	for t := range strings.SplitSeq(a.str(key), ",") {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// flat is all arguments as text, without the token.
func (a args) flat() map[string]string {
	out := map[string]string{}
	for k := range a.form {
		out[k] = a.form.Get(k)
	}
	for k := range a.json {
		out[k] = a.str(k)
	}
	delete(out, "token")
	return out
}

// serveAPI answers one request to the Web API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	c := &call{s: s, begun: begun, header: http.Header{}}
	parseErr := c.read(r)
	t := s.trouble(name, begun)
	// What is on record is there before the caller has its answer.
	if t.stops() {
		s.logCall(name, c, t.status(0), t.code(), begun)
	}
	if t.before(s, w, r) {
		return
	}
	s.mu.Lock()
	body, status, code := s.serve(c, name, r, parseErr)
	s.mu.Unlock()
	s.logCall(name, c, t.status(status), code, begun)
	if t.after(s, w, r) {
		return
	}
	maps.Copy(w.Header(), c.header)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) logCall(name string, c *call, status int, code string, begun time.Time) {
	rec := Call{Method: name, At: s.clock.Now(), Took: time.Since(begun), Status: status, Err: code}
	if s.opts.keepRecords {
		rec.Args = c.args.flat()
	}
	if c.w != nil {
		rec.Team = c.w.id
	}
	s.mu.Lock()
	s.recordCall(rec)
	s.mu.Unlock()
}

// serve runs a method under the lock.
func (s *Server) serve(c *call, name string, r *http.Request, parseErr *apiError) (body []byte, status int, code string) {
	m := methods[name]
	if m == nil {
		s.fault(FaultUnknownMethod, "%s", name)
		return c.refuse(&apiError{code: "unknown_method", extra: obj{"req_method": name}})
	}
	c.method = m
	if parseErr != nil {
		s.fault(FaultArguments, "%s: %s", name, parseErr.code)
		return c.refuse(parseErr)
	}
	if err := c.authorise(r); err != nil {
		return c.refuse(err)
	}
	if wait := c.pace(); wait > 0 {
		return c.tooFast(wait)
	}
	if c.args.json != nil && !m.json {
		// Slack reads JSON only where a method takes it; elsewhere the arguments are not there.
		c.args = args{form: url.Values{}}
	}
	for _, key := range m.required {
		if !c.args.has(key) {
			s.fault(FaultArguments, "%s without %s", name, key)
			return c.refuse(badArgs("missing required field: " + key))
		}
	}
	out, err := m.run(c)
	if err != nil {
		return c.refuse(err)
	}
	for _, f := range c.then {
		f()
	}
	s.changed.fire()
	return c.accept(out)
}

func (c *call) accept(out obj) ([]byte, int, string) {
	if out == nil {
		out = obj{}
	}
	out["ok"] = true
	if len(c.warnings) > 0 {
		out["warning"] = strings.Join(c.warnings, ",")
		meta := asObj(out["response_metadata"])
		if meta == nil {
			meta = obj{}
		}
		meta["warnings"] = c.warnings
		out["response_metadata"] = meta
	}
	return encode(out), http.StatusOK, ""
}

func (c *call) refuse(err *apiError) ([]byte, int, string) {
	out := obj{"ok": false, "error": err.code}
	maps.Copy(out, err.extra)
	if list, ok := out["errors"].([]string); ok {
		plain := make([]string, len(list))
		for i, m := range list {
			plain[i] = strings.TrimPrefix(m, "[ERROR] ")
		}
		out["errors"] = plain
	}
	if len(err.messages) > 0 {
		out["response_metadata"] = obj{"messages": err.messages}
	}
	return encode(out), http.StatusOK, err.code
}

func (c *call) tooFast(wait time.Duration) ([]byte, int, string) {
	sec := int64((wait + time.Second - 1) / time.Second)
	c.header.Set("Retry-After", strconv.FormatInt(sec, 10))
	return encode(obj{"ok": false, "error": "ratelimited"}), http.StatusTooManyRequests, "ratelimited"
}

// read takes the arguments out of the request.
func (c *call) read(r *http.Request) *apiError {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return failCode("request_timeout")
	}
	c.args.form = r.URL.Query()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		if len(bytes.TrimSpace(body)) == 0 {
			return nil
		}
		if err := json.Unmarshal(body, &c.args.json); err != nil {
			return failCode("invalid_json")
		}
		if c.args.json == nil {
			return failCode("json_not_object")
		}
		if !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "charset") {
			c.warnings = append(c.warnings, "missing_charset")
		}
	case "multipart/form-data":
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := r.ParseMultipartForm(8 << 20); err != nil {
			return failCode("invalid_form_data")
		}
		for k, v := range r.MultipartForm.Value {
			c.args.form[k] = v
		}
	default:
		if len(body) == 0 {
			return nil
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return failCode("invalid_form_data")
		}
		for k, v := range form {
			c.args.form[k] = v
		}
	}
	return nil
}

// authorise finds out who calls, and checks the scopes that the method always needs.
func (c *call) authorise(r *http.Request) *apiError {
	s, m := c.s, c.method
	if r.URL.Query().Has("token") {
		s.fault(FaultTokenElsewhere, "%s: token in the address", m.name)
		return failCode("invalid_auth")
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		token = c.args.str("token")
	}
	if m.token == noToken {
		if id, secret, ok := r.BasicAuth(); ok && c.args.json == nil {
			c.args.form.Set("client_id", id)
			c.args.form.Set("client_secret", secret)
		}
		return nil
	}
	refuse := func(code string) *apiError {
		s.fault(FaultAuth, "%s: %s", m.name, code)
		return failCode(code)
	}
	if token == "" {
		return refuse("not_authed")
	}
	if m.token == appToken {
		switch {
		case token != s.app.appToken && s.tokens[token] != nil:
			return refuse("not_allowed_token_type")
		case token != s.app.appToken || s.app.retired:
			return refuse("invalid_auth")
		}
		return nil
	}
	in := s.tokens[token]
	switch {
	case in == nil && token == s.app.appToken:
		return refuse("not_allowed_token_type")
	case in == nil:
		return refuse("invalid_auth")
	case in.gone != "":
		return failCode(in.gone)
	case in.token != token:
		return failCode("token_revoked")
	}
	c.in, c.w, c.bot = in, in.w, in.bot
	c.header.Set("X-OAuth-Scopes", strings.Join(in.scopes, ","))
	if len(m.scopes) > 0 {
		c.header.Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
		return c.need(m.scopes...)
	}
	return nil
}

// need refuses with missing_scope unless the app has one of the scopes.
func (c *call) need(scopes ...string) *apiError {
	if slices.ContainsFunc(scopes, c.in.has) {
		return nil
	}
	c.s.fault(FaultScope, "%s needs %s", c.method.name, strings.Join(scopes, " or "))
	return &apiError{code: "missing_scope", extra: obj{
		"needed": strings.Join(scopes, ","), "provided": strings.Join(c.in.scopes, ","),
	}}
}
