package mail

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"guildhall/core/mail"
)

// Desk is who answers the pages.
type Desk interface {
	// Look is the page of a link. It changes nothing: whatever scans mails may open it.
	Look(ctx context.Context, v mail.Verb, token string) (mail.Page, error)
	// Press does what the page's button does, with what was chosen beside it. Again is no error.
	Press(ctx context.Context, v mail.Verb, token string, chosen func(name string) string) (mail.Page, error)
}

// Path is where the pages are.
const Path = "/mail/"

// longestForm is the longest form that is read, in bytes.
const longestForm = 8 << 10

// policy lets a page load nothing and send its form to itself alone.
const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Pages serves what signed links lead to, at Path: /mail/<verb>/<token>.
func Pages(desk Desk, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verb, token, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Path), "/")
		v := mail.Verb(verb)
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		var p mail.Page
		var err error
		switch {
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
			p, err = desk.Look(r.Context(), v, token)
		case r.Method == http.MethodPost && v != mail.Read:
			r.Body = http.MaxBytesReader(w, r.Body, longestForm)
			p, err = desk.Press(r.Context(), v, token, func(name string) string { return r.PostFormValue(name) })
		default:
			h.Set("Allow", "GET, HEAD, POST")
			if v == mail.Read {
				h.Set("Allow", "GET, HEAD")
			}
			http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
			return
		}
		if err != nil {
			log.Error("show a page of a mail", "verb", verb, "error", err)
			http.Error(w, "That does not work right now. Please try again in a minute.", http.StatusServiceUnavailable)
			return
		}
		page, err := pageHTML(p)
		if err != nil {
			log.Error("show a page of a mail", "verb", verb, "error", err)
			http.Error(w, "That does not work right now. Please try again in a minute.", http.StatusServiceUnavailable)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		if p.Gone {
			w.WriteHeader(http.StatusNotFound)
		}
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, page)
		}
	})
}
