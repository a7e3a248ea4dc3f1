package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/adapters/translate"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/translation"
)

// translatorOf is the service that a configuration names; nil when it names none.
func translatorOf(c config) (translation.Translator, error) {
	t := c.Translate
	if t.Kind == "" {
		return nil, nil //nolint:nilnil // nothing is translated
	}
	return translate.New(translate.Options{Kind: t.Kind, URL: t.URL, Key: t.Key})
}

// translateOf is what translation is made of; nil when the configuration names no service.
func translateOf(c config, watch translate.Watch) (*build.Translate, error) {
	t, err := translatorOf(c)
	if err != nil || t == nil {
		return nil, err
	}
	return &build.Translate{Service: translate.Watched(t, watch), PerDay: c.Translate.PerDay}, nil
}

// examineTranslate asks the service what it translates, and says what is wrong with it.
func examineTranslate(ctx context.Context, c config) (pairs string, faults []string) {
	t, err := translatorOf(c)
	if err != nil {
		return "", []string{err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	name := t.Service().Name + " at " + t.Service().Host
	known, err := t.Pairs(ctx)
	switch {
	case errors.Is(err, translation.ErrDenied):
		return "", []string{name + " refused: is translate.api_key right, and is there something left of its allowance?"}
	case err != nil:
		return "", []string{name + " gave no answer of use: is translate.url right, and does it run? (" + err.Error() + ")"}
	case known.Count() == 0:
		return "", []string{name + " has no languages: install some there"}
	}
	if n := known.Count(); n > 12 {
		return fmt.Sprintf("%s translates %d pairs, into %s", name, n, strings.Join(known.Into(), ", ")), nil
	}
	var list []string
	for _, to := range known.Into() {
		for from := range known {
			if known.Has(from, to) {
				list = append(list, from+"→"+to)
			}
		}
	}
	slices.Sort(list)
	return name + " translates " + strings.Join(list, ", "), nil
}
