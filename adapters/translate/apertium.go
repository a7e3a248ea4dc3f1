package translate

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"guildhall/core/translation"
)

// apertium is Apertium's own server, APy (https://wiki.apertium.org/wiki/Apertium-apy).
type apertium struct{ *client }

var _ translation.Translator = (*apertium)(nil)

// Service implements translation.Translator.
func (a *apertium) Service() translation.Service {
	return translation.Service{Name: "Apertium", Host: a.base.Host, Most: 3000}
}

// Pairs implements translation.Translator.
func (a *apertium) Pairs(ctx context.Context) (translation.Pairs, error) {
	k, err := a.languages(ctx, a.load)
	return k.pairs(), err
}

func (a *apertium) load(ctx context.Context) (codes, error) {
	var list struct {
		ResponseData []struct{ SourceLanguage, TargetLanguage string }
	}
	if err := a.ask(ctx, http.MethodGet, "/listPairs", nil, nil, &list); err != nil {
		return nil, err
	}
	k := codes{}
	for _, p := range list.ResponseData {
		k.add(p.SourceLanguage, p.TargetLanguage)
	}
	return k, nil
}

// Translate implements translation.Translator. Words that Apertium does not know stay as they are.
func (a *apertium) Translate(ctx context.Context, q translation.Query) (translation.Answer, error) {
	from, to, err := a.called(ctx, q, a.load)
	if err != nil {
		return translation.Answer{}, err
	}
	if from == "" {
		return translation.Answer{}, translation.ErrPair
	}
	form := url.Values{"langpair": {from + "|" + to}, "q": {q.Text}, "markUnknown": {"no"}}
	var said struct {
		ResponseData   struct{ TranslatedText *string }
		ResponseStatus int
	}
	err = a.ask(ctx, http.MethodPost, "/translate", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		strings.NewReader(form.Encode()), &said)
	switch {
	case err != nil:
		return translation.Answer{}, refused(err)
	case said.ResponseData.TranslatedText == nil || said.ResponseStatus != 0 && said.ResponseStatus != http.StatusOK:
		return translation.Answer{}, odd("its answer has no translatedText")
	}
	return translation.Answer{Text: *said.ResponseData.TranslatedText, From: q.From}, nil
}
