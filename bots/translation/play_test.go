package translation_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/lingua"
	"guildhall/bots/bottest"
	"guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/bots/moderation"
	bots "guildhall/bots/translation"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/translation"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, func(w *bottest.World) []chat.Bot { return hall(w, &parrot{}) })
}

// parrot is a service that knows a few sentences, and says every other in capitals.
type parrot struct {
	mu    sync.Mutex
	asked []translation.Query
	away  bool
	tried map[string]bool
}

var sentences = map[string]string{
	"it>en Come valutare a distanza gli apprendisti saldatori?": "How to assess welding apprentices remotely?",
	"pl>en Używamy portfolio wideo ze wspólną rubryką oceny.":   "We use video portfolios with a shared assessment rubric.",
	"pl>it Używamy portfolio wideo ze wspólną rubryką oceny.":   "Usiamo portfolio video con una rubrica di valutazione condivisa.",
	"en>it We meet tomorrow in the big workshop.":               "Ci vediamo domani nella grande officina.",
	"en>it We meet on Friday in the big workshop.":              "Ci vediamo venerdì nella grande officina.",
	"en>pl We meet tomorrow in the big workshop.":               "Spotykamy się jutro w dużym warsztacie.",
	"en>pl We meet on Friday in the big workshop.":              "Spotykamy się w piątek w dużym warsztacie.",
}

func (p *parrot) Service() translation.Service {
	return translation.Service{Name: "Parrot", Host: "parrot.example.org", Most: 1000}
}

func (p *parrot) Pairs(context.Context) (translation.Pairs, error) {
	out := translation.Pairs{}
	for _, from := range []string{"en", "it", "pl"} {
		for _, to := range []string{"en", "it", "pl"} {
			out.Add(from, to)
		}
	}
	return out, nil
}

// Translate implements translation.Translator. What says so takes long, or finds the service away the first
// time.
func (p *parrot) Translate(ctx context.Context, q translation.Query) (translation.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, q)
	pairs, _ := p.Pairs(ctx)
	until, hurried := ctx.Deadline()
	switch low := strings.ToLower(q.Text); {
	case !pairs.Has(q.From, q.To):
		return translation.Answer{}, translation.ErrPair
	case strings.Contains(low, "slowly") && hurried && time.Until(until) < 10*time.Second:
		return translation.Answer{}, context.DeadlineExceeded
	case p.away, strings.Contains(low, "at first") && !p.tried[q.Text]:
		if p.tried == nil {
			p.tried = map[string]bool{}
		}
		p.tried[q.Text] = true
		return translation.Answer{}, translation.ErrAway
	case strings.Contains(low, "lose it"):
		return translation.Answer{Text: "SOMETHING ELSE", From: q.From}, nil
	}
	if s := sentences[q.From+">"+q.To+" "+q.Text]; s != "" {
		return translation.Answer{Text: s, From: q.From}, nil
	}
	return translation.Answer{Text: strings.ToUpper(q.Text), From: q.From}, nil
}

// hall is this bot with those that its stories need.
func hall(w *bottest.World, service translation.Translator) []chat.Bot {
	d, l := w.DB.Directory(), w.DB.Ledger()
	store := w.DB.Translations()
	desk := translation.New(translation.Store{Transactions: w.DB, Glossary: w.DB.Glossary(), Kept: store, Allowance: store, Orders: store},
		service, detector(), 2000, w.Clock)
	office := community.NewOffice(community.Store{Transactions: w.DB, People: d, Organisations: d, Topics: d, Spaces: d, Reports: d, Acts: d}, w.Clock)
	requests := communication.New(communication.Parts{Desk: w.Desk(), People: d, Detector: detector(), Translate: bots.Button})
	return []chat.Bot{
		requests, library.New(w.View, w.Finder(), l, requests.Views...), help.New(w.Commands),
		membership.New(d, l, w.View, w.Rights, membership.Parts{Office: office, Lists: d, Queue: w.Queue, Now: w.Clock,
			Platforms: func() map[chat.PlatformID]chat.Platform { return w.Engine.Platforms() }}),
		moderation.New(moderation.Parts{Office: office, Lists: d, Changes: l, Views: w.View}),
		bots.New(bots.Parts{Desk: desk, People: d, Queue: w.Queue, Audit: office,
			Originals: bots.Records{Views: w.View, Requests: w.Desk()}.Original}),
	}
}

var detector = sync.OnceValue(func() *lingua.Detector {
	d, err := lingua.New("en", "it", "pl")
	if err != nil {
		panic(err)
	}
	return d
})
