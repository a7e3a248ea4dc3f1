package translate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"guildhall/core/translation"
)

// libre is LibreTranslate (https://docs.libretranslate.com), also spoken by other servers.
type libre struct {
	*client
	key string
}

var _ translation.Translator = (*libre)(nil)

// Service implements translation.Translator. Servers may refuse longer texts; few are set to less.
func (l *libre) Service() translation.Service {
	return translation.Service{Name: "LibreTranslate", Host: l.base.Host, Detects: true, Most: 1500}
}

// Pairs implements translation.Translator.
func (l *libre) Pairs(ctx context.Context) (translation.Pairs, error) {
	k, err := l.languages(ctx, l.load)
	return k.pairs(), err
}

func (l *libre) load(ctx context.Context) (codes, error) {
	var list []struct {
		Code    string
		Targets []string
	}
	if err := l.ask(ctx, http.MethodGet, "/languages", nil, nil, &list); err != nil {
		return nil, err
	}
	k := codes{}
	for _, from := range list {
		to := from.Targets
		if len(to) == 0 { // older servers translate between all that they list
			for _, other := range list {
				to = append(to, other.Code)
			}
		}
		for _, to := range to {
			k.add(from.Code, to)
		}
	}
	return k, nil
}

// Translate implements translation.Translator.
func (l *libre) Translate(ctx context.Context, q translation.Query) (translation.Answer, error) {
	from, to, err := l.called(ctx, q, l.load)
	if err != nil {
		return translation.Answer{}, err
	}
	if from == "" {
		from = "auto"
	}
	question := map[string]string{"q": q.Text, "source": from, "target": to, "format": "text"}
	if l.key != "" {
		question["api_key"] = l.key
	}
	body, err := json.Marshal(question)
	if err != nil {
		return translation.Answer{}, fmt.Errorf("write the question: %w", err)
	}
	var said struct {
		TranslatedText   *string
		DetectedLanguage struct{ Language string }
	}
	err = l.ask(ctx, http.MethodPost, "/translate", http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(body), &said)
	if err != nil {
		return translation.Answer{}, refused(err)
	}
	if said.TranslatedText == nil {
		return translation.Answer{}, odd("its answer has no translatedText")
	}
	out := translation.Answer{Text: *said.TranslatedText, From: q.From}
	if out.From == "" {
		out.From = tagOf(said.DetectedLanguage.Language)
	}
	return out, nil
}
