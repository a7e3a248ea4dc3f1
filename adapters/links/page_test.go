package links

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

var discard = log.New(io.Discard, "", 0)

const article = `<!DOCTYPE html><html lang="en-IE"><head><title>Assessing welders at a distance | Trainers' Review</title>
<meta property="og:site_name" content="Trainers&#39; Review"><meta name="description" content="Video portfolios &amp; a shared rubric.">
</head><body><nav><a href="/">Home</a></nav><article><h1>Assessing welders at a distance</h1>
<p>In the spring two schools tried to assess the practical work of apprentices with short films, which they made at work.</p>
<p>Each film was rated by two trainers, one of them from the other school, along a rubric with six criteria.</p></article></body></html>`

func TestPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, contentType, body string
		want                    Page // URL, Final, Size and, when "", Type are not compared
	}{
		{"article", "text/html; charset=utf-8", article,
			Page{Title: "Assessing welders at a distance", Description: "Video portfolios & a shared rubric.", SiteName: "Trainers' Review", Language: "en-IE"}},
		{"first paragraph as description", "text/html", `<html lang=it><title>La griglia di valutazione per saldatori</title><body><article><p>` + strings.Repeat("Una griglia condivisa, provata in due scuole. ", 20) + `</p></article>`,
			Page{Title: "La griglia di valutazione per saldatori", Description: cutTo(strings.Repeat("Una griglia condivisa, provata in due scuole. ", 20), 1000), Language: "it"}},
		{"open graph only", "text/html", `<meta property="og:title" content="Shared"><meta property="og:description" content="Words"><meta property="og:site_name" content="Site">`,
			Page{Title: "Shared", Description: "Words", SiteName: "Site"}},
		{"no title", "text/html", `<p>Only words`, Page{Title: "my page", Description: "Only words"}},
		{"empty", "text/html", ``, Page{Title: "my page"}},
		{"blank title", "text/html", "<title> \n\u200b </title>", Page{Title: "my page"}},
		{"markup in the title", "text/html", `<title>&lt;b&gt;Bold&lt;/b&gt; move &amp; more words here</title>`, Page{Title: "<b>Bold</b> move & more words here"}},
		{"control and direction characters", "text/html", "<title>A\x00B\u202ecba\u2066 line\r\n\t  break \x1b[31m here now</title>", Page{Title: "A\ufffdBcba line break [31m here now"}},
		{"declared latin-1", "text/html; charset=iso-8859-1", "<title>Pr\xfcfung f\xfcr Schwei\xdfer im Betrieb</title>", Page{Title: "Prüfung für Schweißer im Betrieb"}},
		{"meta charset", "text/html", "<meta charset=windows-1250><title>Ocena spawania w zak\xb3adzie pracy</title>", Page{Title: "Ocena spawania w zakładzie pracy"}},
		{"shift-jis", "text/html; charset=Shift_JIS", "<title>\x93\xfa\x96\x7b\x8c\xea</title>", Page{Title: "日本語"}},
		{"utf-16 with a mark", "text/html", "\xff\xfe<\x00t\x00i\x00t\x00l\x00e\x00>\x00\xe9\x00t\x00\xe9\x00", Page{Title: "été"}},
		{"unknown charset", "text/html; charset=klingon", "<title>Still to be read by anybody</title>", Page{Title: "Still to be read by anybody"}},
		{"broken utf-8", "text/html; charset=utf-8", "<title>Bro\xff\xc3ken but readable</title>", Page{Title: "Bro\ufffd\ufffdken but readable"}},
		{"xhtml", "application/xhtml+xml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" lang="fr"><head><title>Une page stricte mais lisible</title></head><body/></html>`,
			Page{Title: "Une page stricte mais lisible", Language: "fr", Type: "application/xhtml+xml"}},
		{"faulty parameters", "TEXT/HTML; charset", "<title>Faulty parameters are of no matter</title>", Page{Title: "Faulty parameters are of no matter"}},
		{"faulty type", "html", "<!doctype html><title>No such type but a page</title>", Page{Title: "No such type but a page"}},
		{"bad language", "text/html", `<html lang="klingonish--"><title>Spoken by nobody in the world</title>`, Page{Title: "Spoken by nobody in the world"}},
		{"language with an underscore", "text/html", `<html lang="pt_BR"><title>Uma página para todos nós</title>`, Page{Title: "Uma página para todos nós", Language: "pt-BR"}},
		{"picture as a page", "text/html", "\x89PNG\r\n\x1a\n<title>no</title>", Page{Title: "my page", Type: "image/png"}},
		{"page as a picture", "image/png", "<title>not looked at</title>", Page{Title: "my page", Type: "image/png"}},
		{"page as plain text", "text/plain", "<title>not looked at</title>", Page{Title: "my page", Type: "text/plain"}},
		{"noise", "text/html", strings.Repeat("\x01\x02\xff<\x00>", 500), Page{Title: "my page"}},
	} {
		f, at := reaching(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.contentType)
			_, _ = io.WriteString(w, c.body)
		})
		got, err := f.Fetch(t.Context(), at+"/docs/my%20page/")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want.Type == "" {
			c.want.Type = "text/html"
		}
		if c.name == "noise" { // what it says is of no matter, only that it is clean
			got.Description = ""
		}
		got.URL, got.Final, got.Size = "", "", 0
		if got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func cutTo(s string, max int) string {
	if s = strings.TrimSpace(s); len(s) <= max { // ASCII
		return s
	}
	return strings.TrimSpace(s[:max-1]) + "…"
}

func TestOtherContent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path string
		header     http.Header
		want       Page
	}{
		{"pdf", "/files/Rubryka%20oceny.pdf?x=1", http.Header{"Content-Type": {"application/pdf"}, "Content-Length": {"123456789"}, "Content-Language": {"pl, en"}},
			Page{Title: "Rubryka oceny.pdf", Type: "application/pdf", Size: 123456789, Language: "pl"}},
		{"named by the server", "/download?id=7", http.Header{"Content-Type": {"application/zip"}, "Content-Length": {"5"}, "Content-Disposition": {`attachment; filename="x.zip"; filename*=UTF-8''..%2Fpl%C3%A1n%E2%80%AE.zip`}},
			Page{Title: "plán.zip", Type: "application/zip", Size: 5}},
		{"unknown length", "/a.mp4", http.Header{"Content-Type": {"video/mp4; codecs=x"}}, Page{Title: "a.mp4", Type: "video/mp4"}},
		{"no path", "/", http.Header{"Content-Type": {"image/png"}, "Content-Length": {"9"}}, Page{Title: "127.0.0.1", Type: "image/png", Size: 9}},
		{"compressed otherwise", "/page", http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"br"}, "Content-Length": {"9"}}, Page{Title: "page", Type: "text/html", Size: 9}},
		{"compressed twice", "/page", http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"gzip, gzip"}, "Content-Length": {"9"}}, Page{Title: "page", Type: "text/html", Size: 9}},
	} {
		f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			for key, values := range c.header {
				w.Header()[key] = values
			}
			w.WriteHeader(http.StatusOK)
			if c.header.Get("Content-Length") == "" {
				endless(w, r, []byte("0")) // the headers are enough, so this is not waited for
			}
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // nor are the promised bytes
		})
		got, err := f.Fetch(t.Context(), at+c.path)
		got.URL, got.Final = "", ""
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", c.name, got, err, c.want)
		}
	}
}

// endless sends chunk until the client has had enough.
func endless(w http.ResponseWriter, r *http.Request, chunk []byte) {
	chunk = bytes.Repeat(chunk, 64<<10/len(chunk))
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func zipped(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, part := range parts {
		if _, err := io.WriteString(z, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLargePages(t *testing.T) {
	t.Parallel()
	head := `<html lang=en><title>A page without an end</title>`
	bomb := zipped(t, head, strings.Repeat("a", 20<<20))
	empty := zipped(t, "")
	fits := head + strings.Repeat(" ", maxBody-len(head))
	for _, c := range []struct {
		name     string
		encoding string
		send     func(w http.ResponseWriter, r *http.Request)
		want     error
		title    string
	}{
		{"endless", "", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, head)
			endless(w, r, []byte("<p>more"))
		}, ErrTooLarge, "A page without an end"},
		{"bomb", "gzip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bomb) }, ErrTooLarge, "A page without an end"},
		{"endless empty members", "gzip", func(w http.ResponseWriter, r *http.Request) { endless(w, r, empty) }, ErrTooLarge, "page"},
		{"just fits", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fits) }, nil, "A page without an end"},
		{"one byte over", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fits+" ") }, ErrTooLarge, "A page without an end"},
		{"just fits, zipped", "gzip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(zipped(t, fits)) }, nil, "A page without an end"},
		{"zipped", "gzip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(zipped(t, article)) }, nil, "Assessing welders at a distance"},
		{"zipped nothing", "gzip", func(http.ResponseWriter, *http.Request) {}, nil, "page"},
		{"not zipped at all", "gzip", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, article) }, ErrUnreachable, ""},
		{"zipped and cut off", "gzip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bomb[:200]) }, ErrUnreachable, ""},
	} {
		f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			if c.encoding != "" {
				w.Header().Set("Content-Encoding", c.encoding)
			}
			c.send(w, r)
		})
		page, err := f.Fetch(t.Context(), at+"/page")
		if !errors.Is(err, c.want) || page.Title != c.title || page.Size > maxBody {
			t.Errorf("%s: %+v, %v; want %q, %v", c.name, page, err, c.title, c.want)
		}
	}
}

func TestTextIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	var p Page
	p.describe(&url.URL{Host: "example.org"}, []byte(`<title>`+long+`</title><meta name=description content="`+long+`"><meta property=og:site_name content="`+long+`">`), "text/html; charset=utf-8", false)
	if a, b, c := uniseg.GraphemeClusterCount(p.Title), uniseg.GraphemeClusterCount(p.Description), uniseg.GraphemeClusterCount(p.SiteName); a != 300 || b != 1000 || c != 100 {
		t.Errorf("title, description and site name have %d, %d and %d characters; want 300, 1000 and 100", a, b, c)
	}
}

// Pages that are too deep, too many or too much for the reader view still give their title.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	at := &url.URL{Scheme: "https", Host: "example.org", Path: "/page"}
	head := "<title>A title to be found</title>"
	for name, body := range map[string]string{
		"deeper than the parser goes": strings.Repeat("<div>", 100_000),
		"deep with much text":         strings.Repeat("<div>", 480) + strings.Repeat("hello, a ", 100_000),
		"many elements":               strings.Repeat("<p>hello, a", 100_000),
		"formatting elements":         strings.Repeat("<a><b><i>", 100_000),
		"tables":                      strings.Repeat("<table><tr><td>", 60_000),
		"attributes":                  "<div " + strings.Repeat("a=b ", 200_000),
		"an endless comment":          "<!--" + strings.Repeat("-", 900_000),
		"an endless script":           "<script>" + strings.Repeat("<!--", 200_000),
		"nested json":                 `<script type="application/ld+json">` + strings.Repeat("[", 900_000) + "</script>",
	} {
		var p Page
		p.describe(at, []byte(head+body), "text/html", false)
		if p.Title != "A title to be found" {
			t.Errorf("%s: %.100q", name, p.Title)
		}
	}
}

func FuzzPage(f *testing.F) {
	for _, s := range []string{
		article, "<title>x", "<title></title><meta name=description content='y'>", `<html lang="a--b"><meta property=og:title content="">`,
		`<script type="application/ld+json">{"@context":"https://schema.org","@type":"Article","headline":7,"publisher":[]}</script><p>a`,
		"<svg><title>a</title></svg><table><td><p>hello, world, <br><br>x</table>", "<a><b><p></a></b><form><form>", "<title>a: b | c - d</title><h1>x</h1>",
		"<noscript><img src=a></noscript><img data-src='b.jpg 1x' srcset=','>", "<frameset><frame></frameset>", "<template><p>x</template>",
	} {
		f.Add([]byte(s), "text/html", false)
		f.Add([]byte(s), "text/html; charset=utf-16le", true)
	}
	at := &url.URL{Scheme: "https", Host: "example.org", Path: "/page"}
	f.Fuzz(func(t *testing.T, body []byte, contentType string, cut bool) {
		var p Page
		p.describe(at, body, contentType, cut)
		for _, s := range []string{p.Title, p.Description, p.SiteName, p.Language} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "\u202e\u2066\u2028") || uniseg.GraphemeClusterCount(s) > 1000 {
				t.Errorf("%q is not plain text", s)
			}
		}
	})
}
