package links

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"guildhall/core/sharing"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/away":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/long":
			_, _ = w.Write([]byte("<html lang=it><title>Rubrica</title><body>" + strings.Repeat("x", maxBody)))
		default:
			_, _ = w.Write([]byte(`<html lang="pl"><title>Rubryka</title><meta name="description" content="Ocena spawania."><body>`))
		}
	})
	d := Descriptions{f}
	if got, err := d.Describe(t.Context(), at+"/"); err != nil || got != (sharing.Page{Title: "Rubryka", Summary: "Ocena spawania.", Language: "pl"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.Describe(t.Context(), at+"/long"); err != nil || got.Title != "Rubrica" || got.Language != "it" {
		t.Errorf("%+v, %v", got, err)
	}
	for path, away := range map[string]bool{"/away": true, "/gone": false} {
		if _, err := d.Describe(t.Context(), at+path); err == nil || errors.Is(err, sharing.ErrAway) != away {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := d.Describe(t.Context(), "http://169.254.169.254/latest/meta-data"); !errors.Is(err, ErrForbidden) || errors.Is(err, sharing.ErrAway) {
		t.Errorf("inside the network: %v", err)
	}
}
