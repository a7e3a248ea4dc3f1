// Package translate asks services that translate: LibreTranslate and what speaks its API, Apertium APy, and
// DeepL.
//
// The operator names the service, so that, unlike the links that people deposit, its address may be a
// private one; it is asked nothing but what people want translated, and redirects are not followed, since
// they would take texts and the key somewhere else.
package translate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	"guildhall/core/translation"
)

// Kinds are the services that New knows.
var Kinds = []string{"libretranslate", "apertium", "deepl"}

// Options say which service is asked, and how.
type Options struct {
	Kind    string // one of Kinds
	URL     string // where it is asked; DeepL has one of its own when this is empty
	Key     string // for services that want one
	Timeout time.Duration
	Now     func() time.Time // nil: time.Now
}

// pairsLast is how long it is believed what a service can translate: operators add languages to theirs.
const pairsLast = 10 * time.Minute

// most is how much of an answer is read, in bytes.
const most = 4 << 20

// New is the service of o.
func New(o Options) (translation.Translator, error) {
	if o.Kind == "deepl" && o.URL == "" {
		o.URL = deeplAddress(o.Key)
	}
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("the address of the %s service should be a web address such as https://translate.example.org", o.Kind)
	}
	c := &client{base: base, timeout: cmp.Or(o.Timeout, 30*time.Second), now: o.Now, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if c.now == nil {
		c.now = time.Now
	}
	switch o.Kind {
	case "libretranslate":
		return &libre{client: c, key: o.Key}, nil
	case "apertium":
		return &apertium{client: c}, nil
	case "deepl":
		return &deepl{client: c, key: o.Key}, nil
	}
	return nil, fmt.Errorf("a service that translates is one of %s, not %q", strings.Join(Kinds, ", "), o.Kind)
}

// client speaks HTTP with a service.
type client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
	now     func() time.Time

	mu    sync.Mutex
	known codes
	until time.Time
}

// rejected is an answer that says that the question is wrong.
type rejected struct{ said string }

func (e *rejected) Error() string { return "the service rejects the question: " + e.said }

// ask makes a request and reads the JSON that answers it into out.
func (c *client) ask(ctx context.Context, method, path string, header http.Header, body io.Reader, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return fmt.Errorf("ask the service: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Guildhall")
	for name, v := range header {
		req.Header[name] = v
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", translation.ErrAway, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return fmt.Errorf("%w: read its answer: %w", translation.ErrAway, err)
	}
	if err := c.failed(resp, b); err != nil {
		return err
	}
	if len(b) > most {
		return fmt.Errorf("%w: its answer is too long", translation.ErrAway)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%w: its answer is not the JSON that was expected: %w", translation.ErrAway, err)
	}
	return nil
}

// failed is what a status other than 200 means.
func (c *client) failed(resp *http.Response, body []byte) error {
	said := fmt.Sprintf("status %d%s", resp.StatusCode, explained(body))
	switch s := resp.StatusCode; {
	case s == http.StatusOK:
		return nil
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusPaymentRequired, s == quotaUsed:
		return fmt.Errorf("%w: %s", translation.ErrDenied, said)
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		if after, ok := c.retryAfter(resp.Header.Get("Retry-After")); ok {
			return &translation.Busy{After: after, Cause: errors.New(said)}
		}
	case s == http.StatusBadRequest, s == http.StatusUnprocessableEntity, s == http.StatusRequestEntityTooLarge:
		return &rejected{said}
	case s >= 300 && s < 400:
		return fmt.Errorf("%w: it moved to another address, %s", translation.ErrAway, said)
	}
	return fmt.Errorf("%w: %s", translation.ErrAway, said)
}

// retryAfter reads when a service wants to be asked again: seconds, or a date (RFC 9110, 10.2.3).
func (c *client) retryAfter(v string) (time.Duration, bool) {
	if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 32); err == nil && n >= 0 {
		return min(time.Duration(n)*time.Second, time.Hour), true
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(c.now()), 0), time.Hour), true
	}
	return 0, false
}

// explained is what an error's body says, for the log.
func explained(body []byte) string {
	var e struct{ Error, Message, Explanation, Detail any }
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	for _, v := range []any{e.Explanation, e.Error, e.Message, e.Detail} {
		if s, is := v.(string); is && s != "" {
			return ": " + strings.ToValidUTF8(s[:min(len(s), 200)], "")
		}
	}
	return ""
}

// codes are the languages of a service by BCP 47 base tags: how it calls a pair's two.
type codes map[[2]string][2]string

// add adds a pair as the service calls it. Of several that mean the same two languages the plainest counts.
func (k codes) add(from, to string) {
	pair := [2]string{tagOf(from), tagOf(to)}
	if pair[0] == "" || pair[1] == "" || pair[0] == pair[1] {
		return
	}
	if old, there := k[pair]; there && len(old[0])+len(old[1]) <= len(from)+len(to) {
		return
	}
	k[pair] = [2]string{from, to}
}

// tagOf is the base tag of a language as a service calls it ("eng", "pt-BR", "spa_US"); empty when it is
// none.
func tagOf(code string) string {
	t, err := language.Parse(strings.ReplaceAll(code, "_", "-"))
	if err != nil {
		return ""
	}
	b, _ := t.Base()
	if b.String() == "und" {
		return ""
	}
	return b.String()
}

func (k codes) pairs() translation.Pairs {
	p := translation.Pairs{}
	for pair := range k {
		p.Add(pair[0], pair[1])
	}
	for _, list := range p {
		slices.Sort(list)
	}
	return p
}

// into is how a service calls a language that it translates into, whatever from; empty when it does not.
func (k codes) into(to string) string {
	best := ""
	for pair, c := range k {
		if pair[1] == to && (best == "" || len(c[1]) < len(best)) {
			best = c[1]
		}
	}
	return best
}

// languages are what the service can do, asked of load when that was not for a while.
func (c *client) languages(ctx context.Context, load func(ctx context.Context) (codes, error)) (codes, error) {
	c.mu.Lock()
	known, fresh := c.known, c.now().Before(c.until)
	c.mu.Unlock()
	if fresh {
		return known, nil
	}
	known, err := load(ctx)
	if err != nil {
		var no *rejected
		if errors.As(err, &no) {
			err = fmt.Errorf("%w: %w", translation.ErrAway, err)
		}
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.until = known, c.now().Add(pairsLast)
	return known, nil
}

// called is how the service calls the languages of a query.
func (c *client) called(ctx context.Context, q translation.Query, load func(ctx context.Context) (codes, error)) (from, to string, err error) {
	k, err := c.languages(ctx, load)
	if err != nil {
		return "", "", err
	}
	if q.From == "" {
		if to = k.into(q.To); to == "" {
			return "", "", translation.ErrPair
		}
		return "", to, nil
	}
	pair, ok := k[[2]string{q.From, q.To}]
	if !ok {
		return "", "", translation.ErrPair
	}
	return pair[0], pair[1], nil
}

// odd is an answer that is none.
func odd(what string) error { return fmt.Errorf("%w: %s", translation.ErrAway, what) }

// refused is an error of a question that the service should have taken.
func refused(err error) error {
	var no *rejected
	if errors.As(err, &no) {
		return fmt.Errorf("%w: %w", translation.ErrAway, err)
	}
	return err
}
