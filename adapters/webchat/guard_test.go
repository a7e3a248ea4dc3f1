package webchat_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
)

// Other sites' pages reach nothing, by whatever name they call this machine.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	for _, c := range []struct {
		name, method, host, origin, site string
		want                             int
	}{
		{"as it is", "GET", "", "", "", 200},
		{"by name", "GET", "localhost:8080", "", "", 200},
		{"IPv6", "GET", "[::1]:8080", "", "", 200},
		{"in capitals", "GET", "LOCALHOST", "", "", 200},
		{"a name that points here", "GET", "evil.example", "", "", 403},
		{"a name like ours", "GET", "localhost.evil.example:8080", "", "", 403},
		{"an address of the network", "GET", "192.168.1.5:8080", "", "", 403},
		{"a name with an address in it", "GET", "127.0.0.1.evil.example", "", "", 403},
		{"no name", "GET", "@", "", "", 403},
		{"a post of ours", "POST", "localhost:8080", "http://localhost:8080", "same-origin", 422},
		{"a post of a program", "POST", "localhost:8080", "", "", 422},
		{"a post of another site", "POST", "localhost:8080", "https://evil.example", "cross-site", 403},
		{"a post of another port", "POST", "localhost:8080", "http://localhost:9090", "same-site", 403},
		{"a post of an old browser elsewhere", "POST", "localhost:8080", "https://evil.example", "", 403},
		{"a post of a sandboxed page", "POST", "localhost:8080", "null", "", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, body := "/", ""
			if c.method == "POST" {
				path, body = "/react?as=anna", `{"message":"m1","emoji":"no emoji"}`
			}
			r, err := http.NewRequestWithContext(t.Context(), c.method, s.server.URL+path, strings.NewReader(body))
			check(t, err)
			if c.host != "" {
				r.Host = c.host
			}
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			if c.host == "@" {
				w := httptest.NewRecorder()
				r.RemoteAddr, r.Host, r.RequestURI = "127.0.0.1:5000", "", "/"
				s.web.Handler().ServeHTTP(w, r)
				if w.Code != c.want {
					t.Errorf("%d, want %d", w.Code, c.want)
				}
				return
			}
			response, err := s.server.Client().Do(r)
			check(t, err)
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode != c.want {
				t.Errorf("%d, want %d", response.StatusCode, c.want)
			}
			if response.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("it is open to other sites")
			}
		})
	}
}

// Whoever comes from another machine gets nothing, even where a proxy lets them through.
func TestOtherMachines(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	for _, from := range []string{"192.0.2.7:1234", "[2001:db8::1]:1234", "", "127.0.0.1"} {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		s.web.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("from %q: %d", from, w.Code)
		}
	}
	for _, address := range []string{":8080", "0.0.0.0:0", "192.0.2.7:0", "[::]:0", "example.org:0", "nonsense"} {
		if l, err := webchat.Listen(t.Context(), address); err == nil {
			_ = l.Close()
			t.Errorf("it listens on %s", address)
		}
	}
	l, err := webchat.Listen(t.Context(), "127.0.0.1:0")
	check(t, err)
	check(t, l.Close())
}

// A page runs nothing that does not come from here, and has no script or style in itself.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna := s.As(webchat.DemoAnna)
	room := s.room(t, anna, webchat.DemoNet, "lobby")
	for _, words := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea><svg onload=alert(1)>`, "javascript:alert(1)", "'};alert(1)//"} {
		check(t, came(anna.Say(t.Context(), room, "", words)))
	}
	response, err := s.server.Client().Get(s.server.URL + "/?as=anna&room=" + string(room))
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	csp := response.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy %q is without %s", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%q %v", csp, response.Header)
	}
	b, err := io.ReadAll(response.Body)
	check(t, err)
	page := string(b)
	for _, bad := range []string{"<script>", "<style", " style=", "onerror=alert(1)>", "<svg onload", `href="javascript:`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("what was written is not shown as text")
	}
}

// Files come back as files: nothing that a browser would run is ever served as what it is.
func TestFilesAreFiles(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna := s.As(webchat.DemoAnna)
	room := s.room(t, anna, webchat.DemoNet, "lobby")
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 600)
	for _, f := range []struct {
		file webchattest.File
		kind string
		save bool
	}{
		{webchattest.File{Name: "weld.png", Type: "image/png", Data: []byte(png)}, "image/png", false},
		{webchattest.File{Name: "page.png", Type: "image/png", Data: []byte("<html><script>alert(1)</script>")}, "application/octet-stream", true},
		{webchattest.File{Name: "x.svg", Type: "image/svg+xml", Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)}, "application/octet-stream", true},
		{webchattest.File{Name: "rubryka żółta.pdf", Type: "application/pdf", Data: []byte("%PDF-1.7")}, "application/octet-stream", true},
		{webchattest.File{Name: "../../etc/passwd", Data: []byte("root")}, "application/octet-stream", true},
		{webchattest.File{Name: "a\r\nSet-Cookie: x=1.txt", Data: []byte("text")}, "application/octet-stream", true},
	} {
		said, err := anna.Say(t.Context(), room, "", "", f.file)
		check(t, err)
		m, err := anna.Wait(t.Context(), room, func(m webchattest.Message) bool { return m.ID == said.Message })
		check(t, err)
		response, err := s.server.Client().Get(s.server.URL + "/files/" + m.Files[0].ID + "/" + "name")
		check(t, err)
		_ = response.Body.Close()
		h := response.Header
		if h.Get("Content-Type") != f.kind || strings.HasPrefix(h.Get("Content-Disposition"), "attachment") != f.save || h.Get("Set-Cookie") != "" ||
			h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || m.Files[0].Image == f.save {
			t.Errorf("%q: %v %+v", f.file.Name, h, m.Files[0])
		}
		if strings.ContainsAny(m.Files[0].Name, "\r\n") {
			t.Errorf("the name %q", m.Files[0].Name)
		}
	}
	for _, f := range []webchattest.File{{Name: "empty.pdf"}, {Name: "large.pdf", Data: make([]byte, 1<<20+1)}} {
		if _, err := anna.Say(t.Context(), room, "", "", f); !refused(err, 422) && !refused(err, 413) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for _, path := range []string{"/files/..%2f..%2fchat.jsonl/x", "/files/chat.lock/x", "/assets/..%2fpage.go", "/assets/page.html", "/files/" + strings.Repeat("a", 64) + "/x"} {
		response, err := s.server.Client().Get(s.server.URL + path)
		check(t, err)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

// Odd bodies are refused with a sentence, and the chat goes on.
func TestOddBodies(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	room := s.room(t, s.As(webchat.DemoAnna), webchat.DemoNet, "lobby")
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"say", ``, 400}, {"say", `{`, 400}, {"say", `[]`, 400}, {"say", `{"room":5}`, 400},
		{"say", `{"room":"` + string(room) + `","text":"` + strings.Repeat("x", 20_001) + `"}`, 413},
		{"say", `{"room":"` + string(room) + `","text":"` + strings.Repeat("x", 5<<20) + `"}`, 413},
		{"say", `{"room":"` + string(room) + `","text":"  \u200b "}`, 422},
		{"say", `{"room":"` + string(room) + `","text":"x","files":["nobody's"]}`, 409},
		{"say", `{"room":"` + string(room) + `","thread":"m1","text":"x"}`, 404},
		{"say", `{"room":"nowhere","text":"x"}`, 404},
		{"press", `{"message":"m1","key":"k"}`, 404}, {"press", `{"message":"home","key":"k"}`, 409},
		{"act", `{"message":"m1","command":"ask"}`, 404}, {"submit", `{"key":"f"}`, 404}, {"close", `{"key":"f"}`, 200},
		{"edit", `{"message":"m1","text":"x"}`, 404}, {"delete", `{"message":"m1"}`, 404},
		{"room", `{"space":"net","name":" "}`, 422}, {"room", `{"space":"poznan","name":"x"}`, 404},
	} {
		r, err := http.NewRequestWithContext(context.Background(), "POST", s.server.URL+"/"+c.path+"?as=anna", strings.NewReader(c.body))
		check(t, err)
		response, err := s.server.Client().Do(r)
		check(t, err)
		b, err := io.ReadAll(response.Body)
		check(t, err)
		_ = response.Body.Close()
		if response.StatusCode != c.want || c.want != 200 && !strings.Contains(string(b), `"error":"`) {
			t.Errorf("%s %.60s: %d %s, want %d", c.path, c.body, response.StatusCode, b, c.want)
		}
	}
}
