package matrix

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

func TestLockAndUnlock(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("a rubric "), 10000)
	sealed, how, err := lock(data)
	if err != nil || bytes.Contains(sealed, []byte("rubric")) {
		t.Fatal("it is not encrypted", err)
	}
	open := func(sealed []byte, how locked) ([]byte, error) {
		r, err := unlock(io.NopCloser(bytes.NewReader(sealed)), how)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	if got, err := open(sealed, how); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%d bytes: %v", len(got), err)
	}
	changed := bytes.Clone(sealed)
	changed[100] ^= 1
	if _, err := open(changed, how); err == nil {
		t.Error("a changed file was taken")
	}
	if _, err := open(sealed[:len(sealed)-1], how); err == nil {
		t.Error("a short file was taken")
	}
	for name, odd := range map[string]locked{
		"no key":  {IV: how.IV, Hashes: how.Hashes},
		"no iv":   {Key: how.Key, Hashes: how.Hashes},
		"no hash": {Key: how.Key, IV: how.IV},
	} {
		if _, err := open(sealed, odd); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		c       content
		name    string
		caption string
	}{
		"a file":            {content{Kind: "m.file", Body: "a.pdf", URL: "mxc://x/1"}, "a.pdf", ""},
		"with its name":     {content{Kind: "m.file", Body: "a.pdf", FileName: "a.pdf", URL: "mxc://x/1"}, "a.pdf", ""},
		"with a caption":    {content{Kind: "m.image", Body: "!deposit Rubric", FileName: "a.png", URL: "mxc://x/1"}, "a.png", "!deposit Rubric"},
		"encrypted":         {content{Kind: "m.file", Body: "a.pdf", File: &locked{URL: "mxc://x/1"}}, "a.pdf", ""},
		"no address":        {content{Kind: "m.file", Body: "a.pdf"}, "", ""},
		"a foreign address": {content{Kind: "m.file", Body: "a.pdf", URL: "https://evil.example/x"}, "", ""},
		"a path in it":      {content{Kind: "m.file", Body: "a.pdf", URL: "mxc://x/../../admin"}, "", ""},
		"a text":            {content{Kind: "m.text", Body: "a.pdf", URL: "mxc://x/1"}, "", ""},
	} {
		got := files(x.c)
		if x.name == "" {
			if len(got) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Name != x.name || caption(x.c) != x.caption {
			t.Errorf("%s: %+v %q", name, got, caption(x.c))
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	fail := func(code int, errcode, extra string) error {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
		resp := &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"errcode":"` + errcode + `","error":"e"` + extra + `}`))}
		_, err := mautrix.ParseErrorResponse(req, resp)
		return err
	}
	var wait *chat.RetryAfter
	if err := told("send", fail(429, "M_LIMIT_EXCEEDED", `,"retry_after_ms":1500`)); !errors.As(err, &wait) || wait.After != 1500*time.Millisecond {
		t.Errorf("asked to wait: %v", err)
	}
	var unknown *chat.UnknownOutcome
	for name, err := range map[string]error{"away": errors.New("connection refused"), "500": fail(500, "M_UNKNOWN", ""), "502": fail(502, "", "")} {
		if got := told("send", err); !errors.As(got, &unknown) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := told("send", fail(404, "M_NOT_FOUND", "")); !errors.Is(err, chat.ErrGone) {
		t.Errorf("not found: %v", err)
	}
	for _, err := range []error{fail(403, "M_FORBIDDEN", ""), fail(413, "M_TOO_LARGE", ""), fail(400, "M_BAD_JSON", "")} {
		if got := told("send", err); !errors.Is(got, chat.ErrRefused) {
			t.Errorf("%v", got)
		}
	}
	if err := told("send", fail(401, "M_UNKNOWN_TOKEN", "")); errors.Is(err, chat.ErrGone) || errors.Is(err, chat.ErrRefused) {
		t.Errorf("what waits would be lost with the token: %v", err)
	}
	if told("send", nil) != nil {
		t.Error("no error became one")
	}
}

func TestWordsAreWhole(t *testing.T) {
	t.Parallel()
	if errWords != nil {
		t.Error(errWords)
	}
}
