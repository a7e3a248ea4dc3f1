package translate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"guildhall/core/translation"
)

// quotaUsed is how DeepL says that a month's characters are used up.
const quotaUsed = 456

// deepl is DeepL's API (https://developers.deepl.com).
type deepl struct {
	*client
	key string
}

var _ translation.Translator = (*deepl)(nil)

// deeplAddress is where a key is good: those of free accounts end so.
func deeplAddress(key string) string {
	if strings.HasSuffix(key, ":fx") {
		return "https://api-free.deepl.com"
	}
	return "https://api.deepl.com"
}

// Service implements translation.Translator.
func (d *deepl) Service() translation.Service {
	return translation.Service{Name: "DeepL", Host: d.base.Host, Detects: true, Most: 5000}
}

// Pairs implements translation.Translator.
func (d *deepl) Pairs(ctx context.Context) (translation.Pairs, error) {
	k, err := d.languages(ctx, d.load)
	return k.pairs(), err
}

func (d *deepl) header(more ...string) http.Header {
	h := http.Header{"Authorization": {"DeepL-Auth-Key " + d.key}}
	for _, t := range more {
		h.Set("Content-Type", t)
	}
	return h
}

func (d *deepl) load(ctx context.Context) (codes, error) {
	var from, to []struct{ Language string }
	if err := d.ask(ctx, http.MethodGet, "/v2/languages?type=source", d.header(), nil, &from); err != nil {
		return nil, err
	}
	if err := d.ask(ctx, http.MethodGet, "/v2/languages?type=target", d.header(), nil, &to); err != nil {
		return nil, err
	}
	k := codes{}
	for _, f := range from {
		for _, t := range to {
			// Of a language's kinds, the one that is likelier meant in Europe.
			if code := strings.ToUpper(t.Language); code != "EN-US" && code != "PT-BR" && code != "ES-419" {
				k.add(f.Language, t.Language)
			}
		}
	}
	return k, nil
}

// left is an element that DeepL leaves alone, as it may give it back.
var left = regexp.MustCompile(`<x\s+id="(\d{1,4})"\s*(?:/>|>\s*</x>)`)

// asXML is a text in which marks are elements.
func asXML(s string) string {
	var b strings.Builder
	at := 0
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, m := range translation.Marks(s) {
		b.WriteString(escape.Replace(s[at:m.From]) + `<x id="` + strconv.Itoa(m.No) + `"/>`)
		at = m.To
	}
	b.WriteString(escape.Replace(s[at:]))
	return b.String()
}

// fromXML undoes asXML.
func fromXML(s string) string {
	var b strings.Builder
	at := 0
	for _, m := range left.FindAllStringSubmatchIndex(s, -1) {
		n, _ := strconv.Atoi(s[m[2]:m[3]])
		b.WriteString(html.UnescapeString(s[at:m[0]]) + translation.Mark(n))
		at = m[1]
	}
	b.WriteString(html.UnescapeString(s[at:]))
	return b.String()
}

// Translate implements translation.Translator.
func (d *deepl) Translate(ctx context.Context, q translation.Query) (translation.Answer, error) {
	from, to, err := d.called(ctx, q, d.load)
	if err != nil {
		return translation.Answer{}, err
	}
	question := map[string]any{"text": []string{asXML(q.Text)}, "target_lang": strings.ToUpper(to), "tag_handling": "xml",
		"ignore_tags": []string{"x"}, "split_sentences": "1", "preserve_formatting": true}
	if from != "" {
		question["source_lang"] = strings.ToUpper(from)
	}
	body, err := json.Marshal(question)
	if err != nil {
		return translation.Answer{}, fmt.Errorf("write the question: %w", err)
	}
	var said struct {
		Translations []struct {
			Detected string `json:"detected_source_language"`
			Text     *string
		}
	}
	if err := d.ask(ctx, http.MethodPost, "/v2/translate", d.header("application/json"), bytes.NewReader(body), &said); err != nil {
		return translation.Answer{}, refused(err)
	}
	if len(said.Translations) != 1 || said.Translations[0].Text == nil {
		return translation.Answer{}, odd("its answer has no translation")
	}
	t := said.Translations[0]
	out := translation.Answer{Text: fromXML(*t.Text), From: q.From}
	if out.From == "" {
		out.From = tagOf(strings.ToLower(t.Detected))
	}
	return out, nil
}
