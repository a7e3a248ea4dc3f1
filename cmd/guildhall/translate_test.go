package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// Doctor asks the service that translates what it can do, and says what is wrong with it.
func TestDoctorAsksTheServiceThatTranslates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"well":         {200, `[{"code":"en","targets":["it","en"]},{"code":"it","targets":["en"]}]`, "translates en→it, it→en"},
		"no languages": {200, `[]`, "mend  translation: LibreTranslate at "},
		"refused":      {403, `{"error":"Invalid API key"}`, "is translate.api_key right"},
		"a page":       {200, `<html>`, "is translate.url right"},
		"broken":       {500, ``, "is translate.url right"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			t.Cleanup(s.Close)
			said := doctors(t, map[string]string{"GUILDHALL_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "g.db"), "GUILDHALL_FILES_DIR": t.TempDir(),
				"GUILDHALL_TRANSLATE_KIND": "libretranslate", "GUILDHALL_TRANSLATE_URL": s.URL, "GUILDHALL_TRANSLATE_API_KEY": "secret-key"})
			if !strings.Contains(said, c.want) || strings.Contains(said, "secret-key") {
				t.Errorf("%q is not in:\n%s", c.want, said)
			}
		})
	}
}

func TestWhatIsMissingOfTranslation(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"translate.url is missing":     {"GUILDHALL_TRANSLATE_KIND": "apertium"},
		"translate.api_key is missing": {"GUILDHALL_TRANSLATE_KIND": "deepl"},
		"translate.kind is missing":    {"GUILDHALL_TRANSLATE_URL": "http://127.0.0.1:5000"},
		"translate.kind should be":     {"GUILDHALL_TRANSLATE_KIND": "babelfish"},
		"translate.per_day should be":  {"GUILDHALL_TRANSLATE_PER_DAY": "many"},
	} {
		if _, err := loadConfig("", func(k string) string { return env[k] }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", env, err)
		}
	}
	c, err := loadConfig("", func(k string) string {
		return map[string]string{"GUILDHALL_TRANSLATE_KIND": "deepl", "GUILDHALL_TRANSLATE_API_KEY": "k:fx"}[k]
	})
	if err != nil || c.Translate != (translateConfig{Kind: "deepl", Key: "k:fx", PerDay: 500_000}) {
		t.Errorf("%+v %v", c.Translate, err)
	}
}
