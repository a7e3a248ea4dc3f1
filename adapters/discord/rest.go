package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
)

// rest asks Discord's API through discordgo.
type rest struct {
	sdk  *discordgo.Session
	base string // of the API, without a slash at the end
	pace *pacer
}

// ask is one request.
type ask struct {
	method, path string
	route        string // the path with * for what is no main resource; the path itself when empty
	major        string
	query        url.Values
	body         any
	files        []chat.Attachment
	free         bool // of an interaction, by its own token
	again        bool // doing it twice does no harm
	reason       string
}

// userAgent is who we say we are. Source: "User Agent" of Discord's reference.
const userAgent = "DiscordBot (https://github.com/bwmarrin/discordgo, 0.29.0) Guildhall"

func newREST(token, base string, client *http.Client) (*rest, error) {
	sdk, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, fmt.Errorf("make a Discord session: %w", err)
	}
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	pace := newPacer()
	c := *client
	c.Transport = &door{next: next, pace: pace}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sdk.Client, sdk.UserAgent = &c, userAgent
	sdk.ShouldRetryOnRateLimit, sdk.MaxRestRetries = false, 0
	return &rest{sdk: sdk, base: base, pace: pace}, nil
}

const (
	tries      = 4
	firstPause = 200 * time.Millisecond
	askTime    = 30 * time.Second
)

// do makes a request and reads its answer into out, unless that is nil. Rate limits are waited for
// when that is short, else they are a *chat.RetryAfter. What may be done twice is tried again when
// its outcome is unknown; anything else is then a *chat.UnknownOutcome. See refusal for the rest.
func (r *rest) do(ctx context.Context, a ask, out any) error {
	if _, set := ctx.Deadline(); !set {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, askTime)
		defer cancel()
	}
	rt := route{name: a.method + " " + a.route, major: a.major, free: a.free}
	if a.route == "" {
		rt.name = a.method + " " + a.path
	}
	pause, unsure := firstPause, false
	for try := 1; ; try++ {
		if err := r.pace.wait(ctx, rt); err != nil {
			return ifUnsure(unsure, err)
		}
		b, err := r.once(ctx, a, rt)
		if err == nil {
			return read(b, out)
		}
		err = refusal(err)
		var wait *chat.RetryAfter
		var unknown *chat.UnknownOutcome
		switch {
		case errors.As(err, &wait):
			// The pacer knows of it, and says how long to wait; of what has no part in it this does.
			if try >= tries || status(err) == http.StatusForbidden || a.free && (wait.After > mostWait(ctx) || !sleep(ctx, wait.After)) {
				return ifUnsure(unsure, err)
			}
		case errors.As(err, &unknown):
			unsure = true
			if !a.again || try >= tries || ctx.Err() != nil {
				return err
			}
			if !sleep(ctx, pause) {
				return err
			}
			pause *= 3
		default:
			return err
		}
	}
}

// ifUnsure makes err one of unknown outcome, when that of an earlier try is: a limit that was met since
// does not say that nothing was done.
func ifUnsure(unsure bool, err error) error {
	var wait *chat.RetryAfter
	if unsure && errors.As(err, &wait) {
		return &chat.UnknownOutcome{Cause: errors.New(err.Error())}
	}
	return err
}

func read(b []byte, out any) error {
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := loose(b, out); err != nil {
		return fmt.Errorf("read an answer of Discord: %w", err)
	}
	return nil
}

// once makes a request once.
func (r *rest) once(ctx context.Context, a ask, rt route) ([]byte, error) {
	ctx = context.WithValue(ctx, routeKey{}, rt)
	body, kind, err := a.encode(ctx)
	if err != nil {
		return nil, err
	}
	address := r.base + a.path
	if len(a.query) > 0 {
		address += "?" + a.query.Encode()
	}
	options := []discordgo.RequestOption{discordgo.WithContext(ctx)}
	if a.reason != "" {
		options = append(options, discordgo.WithAuditLogReason(url.PathEscape(a.reason)))
	}
	if a.free {
		options = append(options, func(cfg *discordgo.RequestConfig) { cfg.Request.Header.Del("Authorization") })
	}
	// A bucket of its own for each request: ours have waited already.
	return r.sdk.RequestWithLockedBucket(a.method, address, kind, body, discordgo.NewRatelimiter().LockBucket("own"), 0, options...)
}

// encode is a request's body: JSON, or with files a form that has the JSON in it.
func (a ask) encode(ctx context.Context) (body []byte, kind string, err error) {
	if a.body == nil {
		return nil, "", nil
	}
	if body, err = json.Marshal(a.body); err != nil {
		return nil, "", fmt.Errorf("write a request: %w", err)
	}
	if len(a.files) == 0 {
		return body, "application/json", nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {"application/json"}}
	part, err := w.CreatePart(h)
	if err == nil {
		_, err = part.Write(body)
	}
	for i, f := range a.files {
		if err == nil {
			err = addFile(ctx, w, i, f)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, "", fmt.Errorf("write a request with files: %w", err)
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

func addFile(ctx context.Context, w *multipart.Writer, n int, f chat.Attachment) error {
	in, err := f.Open(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Name, err)
	}
	defer func() { _ = in.Close() }()
	kind := f.Type
	if kind == "" || strings.ContainsAny(kind, "\r\n") {
		kind = "application/octet-stream"
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="files[%d]"; filename="%s"`, n, fileName(f.Name, n))},
		"Content-Type":        {kind}})
	if err != nil {
		return err
	}
	_, err = io.Copy(part, in)
	return err
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// seconds reads a number of seconds as an answer gives it.
func seconds(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }

// path joins the parts of a path; ids are the engine's and may be anything.
func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }
