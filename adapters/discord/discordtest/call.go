package discordtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one request that has passed the door: its route is known and its body read.
type call struct {
	s     *Server
	r     *http.Request
	route *route
	vars  map[string]string
	query url.Values
	body  json.RawMessage            // the JSON body, or payload_json of a form
	keys  map[string]json.RawMessage // the body's own fields, when it is an object
	files []upload
	asBot bool // the bot's token was presented

	trouble *Trouble // that strikes after the effect
	ahead   []byte   // the raw body, where a Trouble looks into it
}

// upload is one file of a multipart body; index is the n of files[n].
type upload struct {
	index       int
	name        string
	contentType string
	data        []byte
}

// id is a path's variable as an id.
func (c *call) id(name string) (Snowflake, error) {
	id, err := ParseSnowflake(c.vars[name])
	if err != nil {
		return 0, invalid(name+"_id", "NUMBER_TYPE_COERCE", "Value %q is not snowflake.", c.vars[name])
	}
	return id, nil
}

// limit is the query's limit, between 1 and most.
func (c *call) limit(fallback, most int) (int, error) {
	text := c.query.Get("limit")
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, invalid("limit", "NUMBER_TYPE_COERCE", "Value %q is not int.", text)
	case n > most:
		return 0, invalid("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to %d.", most)
	case n < 1:
		return 0, invalid("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")
	}
	return n, nil
}

// has says whether the body names a field, be it null.
func (c *call) has(field string) bool {
	_, ok := c.keys[field]
	return ok
}

// decode reads the body into v. A field of the wrong kind is a 50035 at that field.
func (c *call) decode(v any) error { return decodeForm(c.body, v, "") }

func decodeForm(body json.RawMessage, v any, under string) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	err := json.Unmarshal(body, v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return invalid(joinPath(under, kind.Field), "BASE_TYPE_BAD_TYPE", "Value is a %s, which does not fit here.", kind.Value)
	default:
		return errInvalidJSON
	}
}

func joinPath(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "." + b
}

// readBody takes the JSON body, or the parts of a form. limit is for one file.
func (c *call) readBody(limit int) error {
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case c.r.Method == http.MethodGet:
		return nil
	case kind == "multipart/form-data":
		return c.readForm(multipart.NewReader(c.r.Body, params["boundary"]), limit)
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, int64(limit)))
	if err != nil {
		return errInvalidJSON
	}
	// Discord refuses a JSON content type over an empty body.
	if len(body) == 0 && kind == "application/json" && c.r.Method != http.MethodDelete {
		return errInvalidJSON
	}
	return c.setBody(body)
}

// peek reads the whole body ahead and leaves it to be read again.
func (c *call) peek() {
	c.ahead, _ = io.ReadAll(io.LimitReader(c.r.Body, int64(c.s.opts.UploadLimit)*maxFiles)) // what is missing will be missed later
	c.r.Body = io.NopCloser(bytes.NewReader(c.ahead))
}

func (c *call) setBody(body []byte) error {
	if len(body) > 0 && !json.Valid(body) {
		return errInvalidJSON
	}
	c.body = body
	if len(body) > 0 && body[0] == '{' {
		return json.Unmarshal(body, &c.keys)
	}
	return nil
}

func (c *call) readForm(r *multipart.Reader, limit int) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errInvalidJSON
		}
		data, err := io.ReadAll(io.LimitReader(part, int64(limit)+1))
		switch {
		case err != nil:
			return errInvalidJSON
		case len(data) > limit:
			return errTooLarge
		}
		switch name := part.FormName(); {
		case name == "payload_json":
			if err := c.setBody(data); err != nil {
				return err
			}
		case part.FileName() != "":
			index := len(c.files)
			if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "files["), "]")); err == nil {
				index = n
			}
			c.files = append(c.files, upload{index, part.FileName(), part.Header.Get("Content-Type"), data})
		}
	}
}
