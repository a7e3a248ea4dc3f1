package translate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/translation"
)

// service is a server that answers as documented, or as it is told to.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // bodies of what was to be translated
	heads []http.Header
	lists int
	odd   http.HandlerFunc // answers what is to be translated, in its place
}

// serve starts a service; answer makes the answer to the body of a question.
func serve(t *testing.T, list map[string]string, translate string, answer func(body string) (int, any)) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		odd := s.odd
		s.heads = append(s.heads, r.Header)
		said, listed := list[r.URL.RequestURI()]
		if listed {
			s.lists++
		} else {
			s.asked = append(s.asked, string(b))
		}
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case listed:
			_, _ = io.WriteString(w, said)
		case r.Method != http.MethodPost || r.URL.Path != translate:
			http.NotFound(w, r)
		case odd != nil:
			odd(w, r)
		default:
			status, v := answer(string(b))
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(v)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) says(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odd = h
}

// question is the n-th body that was to be translated, and how many there were.
func (s *service) question(n int) (body string, of int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < len(s.asked) {
		body = s.asked[n]
	}
	return body, len(s.asked)
}

// listed is how often the languages were asked for.
func (s *service) listed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists
}

// head is the last question's.
func (s *service) head() http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heads[len(s.heads)-1]
}

func libreServer(t *testing.T) *service {
	t.Helper()
	return serve(t, map[string]string{"/languages": `[{"code":"en","name":"English","targets":["en","it","pt-BR","pt"]},{"code":"it","name":"Italian","targets":["en","it"]},{"code":"zh-Hans","targets":["en"]}]`},
		"/translate", func(body string) (int, any) {
			var q struct{ Q, Source, Target, Format string }
			if err := json.Unmarshal([]byte(body), &q); err != nil || q.Format != "text" {
				return http.StatusBadRequest, map[string]string{"error": "Invalid request"}
			}
			out := map[string]any{"translatedText": strings.ToUpper(q.Q)}
			if q.Source == "auto" {
				out["detectedLanguage"] = map[string]any{"confidence": 90.0, "language": "it"}
			}
			return http.StatusOK, out
		})
}

func deeplServer(t *testing.T) *service {
	t.Helper()
	return serve(t, map[string]string{
		"/v2/languages?type=source": `[{"language":"EN","name":"English"},{"language":"IT"},{"language":"PL"}]`,
		"/v2/languages?type=target": `[{"language":"EN-GB"},{"language":"EN-US"},{"language":"IT"},{"language":"PT-BR"},{"language":"PT-PT"}]`},
		"/v2/translate", func(body string) (int, any) {
			var q struct {
				Text   []string
				Ignore []string `json:"ignore_tags"`
				Tags   string   `json:"tag_handling"`
			}
			if err := json.Unmarshal([]byte(body), &q); err != nil || len(q.Text) != 1 || q.Tags != "xml" || !slices.Equal(q.Ignore, []string{"x"}) {
				return http.StatusBadRequest, map[string]string{"message": "Bad request"}
			}
			said := html.EscapeString(strings.ToUpper(html.UnescapeString(strings.ReplaceAll(q.Text[0], `<x id="0"/>`, "\x01"))))
			said = strings.ReplaceAll(said, "\x01", `<x id="0"></x>`)
			return http.StatusOK, map[string]any{"translations": []map[string]string{{"detected_source_language": "IT", "text": said}}}
		})
}

func apertiumServer(t *testing.T) *service {
	t.Helper()
	return serve(t, map[string]string{"/listPairs": `{"responseData":[{"sourceLanguage":"eng","targetLanguage":"spa_US"},{"sourceLanguage":"eng","targetLanguage":"spa"},{"sourceLanguage":"ita","targetLanguage":"spa"}],"responseDetails":null,"responseStatus":200}`},
		"/translate", func(body string) (int, any) {
			if !strings.Contains(body, "langpair=eng%7Cspa&markUnknown=no") {
				return http.StatusBadRequest, map[string]any{"status": "error", "code": 400, "message": "Bad Request", "explanation": "That pair is not installed"}
			}
			return http.StatusOK, map[string]any{"responseData": map[string]string{"translatedText": " Hola [X0X]"}, "responseDetails": nil, "responseStatus": 200}
		})
}

func made(t *testing.T, o Options) translation.Translator {
	t.Helper()
	tr, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestLibreTranslate(t *testing.T) {
	t.Parallel()
	s := libreServer(t)
	tr := made(t, Options{Kind: "libretranslate", URL: s.URL + "/", Key: "secret"})
	a, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "pt", Text: "Hi [X0X]\n\nyou"})
	if err != nil || a != (translation.Answer{Text: "HI [X0X]\n\nYOU", From: "en"}) {
		t.Errorf("%+v %v", a, err)
	}
	if got, _ := s.question(0); got != `{"api_key":"secret","format":"text","q":"Hi [X0X]\n\nyou","source":"en","target":"pt"}` {
		t.Errorf("it was asked %s", got)
	}
	if a, err := tr.Translate(t.Context(), translation.Query{To: "en", Text: "ciao"}); err != nil || a.From != "it" {
		t.Errorf("%+v %v", a, err)
	}
	if a, err := tr.Translate(t.Context(), translation.Query{From: "zh", To: "en", Text: "好"}); err != nil {
		t.Errorf("%+v %v", a, err)
	}
	if got, _ := s.question(2); !strings.Contains(got, "zh-Hans") {
		t.Errorf("it was asked %s", got)
	}
	for _, q := range []translation.Query{{From: "it", To: "pt"}, {From: "mt", To: "en"}, {To: "mt"}} {
		if _, err := tr.Translate(t.Context(), q); !errors.Is(err, translation.ErrPair) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, n := s.question(0); n != 3 || s.listed() != 1 {
		t.Errorf("asked %d times, %d lists", n, s.listed())
	}
	if p, err := tr.Pairs(t.Context()); err != nil || p.Count() != 4 || !p.Has("en", "it") || p.Has("it", "pt") || !slices.Equal(p.Into(), []string{"en", "it", "pt"}) {
		t.Errorf("%v %v", p, err)
	}
}

func TestDeepL(t *testing.T) {
	t.Parallel()
	s := deeplServer(t)
	tr := made(t, Options{Kind: "deepl", URL: s.URL, Key: "k:fx"})
	a, err := tr.Translate(t.Context(), translation.Query{From: "pl", To: "en", Text: "a < b & [X0X] <b>"})
	if err != nil || a.Text != "A < B & [X0X] <B>" {
		t.Errorf("%+v %v", a, err)
	}
	if got, _ := s.question(0); !strings.Contains(got, `"target_lang":"EN-GB"`) || !strings.Contains(got, `"source_lang":"PL"`) || strings.Contains(got, "[X0X]") {
		t.Errorf("it was asked %s", got)
	}
	if h := s.head().Get("Authorization"); h != "DeepL-Auth-Key k:fx" {
		t.Errorf("authorised by %q", h)
	}
	if a, err := tr.Translate(t.Context(), translation.Query{To: "pt", Text: "ciao"}); err != nil || a.From != "it" {
		t.Errorf("%+v %v", a, err)
	}
	if got, _ := s.question(1); !strings.Contains(got, "PT-PT") {
		t.Errorf("it was asked %s", got)
	}
	for key, want := range map[string]string{"k:fx": "api-free.deepl.com", "k": "api.deepl.com"} {
		if host := made(t, Options{Kind: "deepl", Key: key}).Service().Host; host != want {
			t.Errorf("%s is asked at %s", key, host)
		}
	}
}

func TestApertium(t *testing.T) {
	t.Parallel()
	s := apertiumServer(t)
	tr := made(t, Options{Kind: "apertium", URL: s.URL})
	if a, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "es", Text: "Hello [X0X]"}); err != nil || a.Text != " Hola [X0X]" {
		t.Errorf("%+v %v", a, err)
	}
	for _, q := range []translation.Query{{From: "en", To: "it"}, {To: "es"}} {
		if _, err := tr.Translate(t.Context(), q); !errors.Is(err, translation.ErrPair) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// What services say instead of a translation, and what that means.
func TestTroubles(t *testing.T) {
	t.Parallel()
	status := func(code int, body string, head ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(head); i += 2 {
				w.Header().Set(head[i], head[i+1])
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	s := libreServer(t)
	tr := made(t, Options{Kind: "libretranslate", URL: s.URL, Key: "secret", Now: func() time.Time { return now }})
	for name, c := range map[string]struct {
		says http.HandlerFunc
		want error
		wait time.Duration
	}{
		"a wrong key":             {status(403, `{"error":"Invalid API key"}`), translation.ErrDenied, 0},
		"a quota":                 {status(456, ``), translation.ErrDenied, 0},
		"too many, and when":      {status(429, `{"error":"Slowdown"}`, "Retry-After", "7"), translation.ErrAway, 7 * time.Second},
		"too many, by the clock":  {status(503, ``, "Retry-After", now.Add(90*time.Second).Format(http.TimeFormat)), translation.ErrAway, 90 * time.Second},
		"too many, for a year":    {status(429, ``, "Retry-After", "31536000"), translation.ErrAway, time.Hour},
		"too many":                {status(429, `{}`), translation.ErrAway, 0},
		"broken":                  {status(500, `<html>`), translation.ErrAway, 0},
		"moved":                   {status(302, ``, "Location", "https://evil.example/"), translation.ErrAway, 0},
		"rejected":                {status(400, `{"error":"it is not supported"}`), translation.ErrAway, 0},
		"a page":                  {status(200, `<html>hello</html>`), translation.ErrAway, 0},
		"nothing":                 {status(200, ``), translation.ErrAway, 0},
		"something else":          {status(200, `{"translated":"x"}`), translation.ErrAway, 0},
		"a list":                  {status(200, `{"translatedText":["x"]}`), translation.ErrAway, 0},
		"no end":                  {status(200, `{"translatedText":"`+strings.Repeat("x", most+10)+`"}`), translation.ErrAway, 0},
		"an unlikely explanation": {status(500, `{"error":{"a":1},"message":"`+strings.Repeat("é", 300)+`"}`), translation.ErrAway, 0},
	} {
		s.says(c.says)
		_, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "hello"})
		var busy *translation.Busy
		if !errors.Is(err, c.want) || errors.As(err, &busy) != (c.wait > 0) || busy != nil && busy.After != c.wait {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: the key is in %v", name, err)
		}
	}
	s.says(func(w http.ResponseWriter, _ *http.Request) {
		h, _, _ := w.(http.Hijacker).Hijack()
		_ = h.Close()
	})
	if _, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "hello"}); !errors.Is(err, translation.ErrAway) {
		t.Errorf("cut off: %v", err)
	}
	late := make(chan struct{})
	s.says(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-late:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := tr.Translate(ctx, translation.Query{From: "en", To: "it", Text: "hello"})
	if close(late); !errors.Is(err, translation.ErrAway) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow: %v", err)
	}
	s.Close()
	if _, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "hello"}); !errors.Is(err, translation.ErrAway) {
		t.Errorf("gone: %v", err)
	}
	if _, err := made(t, Options{Kind: "apertium", URL: s.URL}).Pairs(t.Context()); !errors.Is(err, translation.ErrAway) {
		t.Errorf("gone from the start: %v", err)
	}
}

func TestWhatIsConfiguredWrongly(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Kind: "babelfish", URL: "https://x.example"}, {Kind: "apertium"}, {Kind: "apertium", URL: "ftp://x"}, {Kind: "libretranslate", URL: "x"}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v", o)
		}
	}
}

func TestLanguagesAreAskedAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	s := libreServer(t)
	tr := made(t, Options{Kind: "libretranslate", URL: s.URL, Now: func() time.Time { return now }})
	for range 3 {
		if _, err := tr.Pairs(t.Context()); err != nil {
			t.Error(err)
		}
	}
	now = now.Add(pairsLast)
	if _, err := tr.Pairs(t.Context()); err != nil || s.listed() != 2 {
		t.Errorf("%d lists, %v", s.listed(), err)
	}
}

func TestTheWatchIsTold(t *testing.T) {
	t.Parallel()
	s := libreServer(t)
	var told []string
	tr := Watched(made(t, Options{Kind: "libretranslate", URL: s.URL}), func(outcome string, characters int, _ time.Duration) {
		told = append(told, fmt.Sprint(outcome, " ", characters))
	})
	_, _ = tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "però"})
	_, _ = tr.Translate(t.Context(), translation.Query{From: "en", To: "mt", Text: "x"})
	for _, code := range []int{403, 500} {
		s.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		_, _ = tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "x"})
	}
	s.says(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "1"); w.WriteHeader(429) })
	_, _ = tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "x"})
	if want := []string{"done 4", "pair 1", "denied 1", "away 1", "busy 1"}; !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
}
