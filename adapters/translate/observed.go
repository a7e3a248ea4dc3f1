package translate

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"guildhall/core/translation"
)

// Watch is told of every query: how it ended, how many characters it had, and how long it took.
type Watch func(outcome string, characters int, took time.Duration)

// Watched is a service whose queries are told to w.
func Watched(t translation.Translator, w Watch) translation.Translator { return watched{t, w} }

type watched struct {
	translation.Translator
	tell Watch
}

// Translate implements translation.Translator.
func (w watched) Translate(ctx context.Context, q translation.Query) (translation.Answer, error) {
	begun := time.Now()
	a, err := w.Translator.Translate(ctx, q)
	w.tell(outcome(err), utf8.RuneCountInString(q.Text), time.Since(begun))
	return a, err //nolint:wrapcheck // it is the other's
}

func outcome(err error) string {
	var busy *translation.Busy
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, translation.ErrPair):
		return "pair"
	case errors.Is(err, translation.ErrDenied):
		return "denied"
	case errors.As(err, &busy):
		return "busy"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "slow"
	}
	return "away"
}
