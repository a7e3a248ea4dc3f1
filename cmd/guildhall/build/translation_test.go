package build_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"guildhall/adapters/files"
	"guildhall/adapters/lingua"
	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/translation"
)

// loud is a service that says everything in capitals.
type loud struct{}

func (loud) Service() translation.Service {
	return translation.Service{Name: "Loud", Host: "loud.example.org", Most: 1000, Detects: true}
}

func (loud) Pairs(context.Context) (translation.Pairs, error) { return translation.Pairs{}, nil }

func (loud) Translate(_ context.Context, q translation.Query) (translation.Answer, error) {
	from := q.From
	if from == "" {
		from = "de"
	}
	return translation.Answer{Text: strings.ToUpper(q.Text), From: from}, nil
}

// everything is a stage with all bots.
func everything(t *testing.T, translates *build.Translate, world ...string) *bottest.Stage {
	t.Helper()
	store, err := files.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	detector, err := lingua.New("en", "it", "pl")
	if err != nil {
		t.Fatal(err)
	}
	return bottest.Open(t, func(w *bottest.World) []chat.Bot {
		return build.Bots(build.Options{DB: w.DB, Files: store, Queue: w.Queue, Now: w.Clock, Detector: detector, Translate: translates}, func() *chat.Engine { return w.Engine })
	}, world...)
}

// says fails unless some line of what people saw has these words; none fails when one has.
func says(t *testing.T, seen []string, words string) {
	t.Helper()
	if !slices.ContainsFunc(seen, func(line string) bool { return strings.Contains(line, words) }) {
		t.Errorf("nobody saw %q in:\n%s", words, strings.Join(seen, "\n"))
	}
}

func none(t *testing.T, seen []string, words string) {
	t.Helper()
	for _, line := range seen {
		if strings.Contains(line, words) {
			t.Errorf("somebody saw %q", line)
		}
	}
}

func TestWithoutAServiceNothingIsTranslated(t *testing.T) {
	t.Parallel()
	s := everything(t, nil)
	seen := s.Act(`ann #communication /ask "Come valutare a distanza gli apprendisti saldatori?"`, "ann #communication /help", "mia #communication /help",
		`ann #sharing /deposit "Welding rubric" https://example.org/rubric`, "ann #sharing /show R1")
	none(t, seen, "ranslat")
	says(t, s.Act(`ann #communication /translate "Ciao a tutti voi" to:en`), "what shall I do with it?")
	none(t, s.Act("mia #communication /mod translate on languages:it"), "ranslat")
}

func TestRecordsAreTranslated(t *testing.T) {
	t.Parallel()
	s := everything(t, &build.Translate{Service: loud{}})
	s.Act("dan dm /profile language:it", "mia dm /profile language:en")
	s.Act(`mia #sharing /deposit "A rubric for welding apprentices" https://example.org/rubric summary:"It tells how to assess the work of welders."`)
	seen := s.Act("dan #sharing /show R1", "dan presses [Traduci per me]")
	says(t, seen, "A RUBRIC FOR WELDING APPRENTICES")
	says(t, seen, "IT TELLS HOW TO ASSESS THE WORK OF WELDERS.")
	s.Act(`mia #sharing /edit R1 summary:"It tells something else about the work of welders."`)
	says(t, s.Act("dan presses [Mostra l'originale]"), "non è più conservata")
	says(t, s.Act("dan #sharing /show R1", "dan presses [Traduci per me]"), "SOMETHING ELSE")
	s.Act("mia #sharing /withdraw R1 Gone")
	none(t, s.Act("dan presses [Mostra l'originale]"), "It tells")
	says(t, s.Act(`mia #communication /collab open "One rubric for all of us" goal:"A rubric that all of us can use" until:"6 weeks"`), "C1")
	says(t, s.Act(`dan acts translate text on "One rubric for all"`), "A RUBRIC THAT ALL OF US CAN USE")
	says(t, s.Act("dan presses [Si può dire meglio?]", `dan fills term="rubric" better="griglia"`), "Grazie")
	says(t, s.Act("mia #sharing /mod queue"), "1 suggestion for the glossary")
	s.Act("mia presses [Add rubric]")
	says(t, s.Act(`dan acts translate text on "One rubric for all"`), "A griglia THAT ALL OF US CAN USE")
	none(t, s.Act("mia #sharing /mod queue"), "suggestion")
	says(t, s.Act("mia dm /mod audit"), "Mia added “rubric” to the glossary")
}

// What stands in a room goes when its record is withdrawn, and with whoever wrote it.
func TestATranslationInARoomGoesWithItsOriginal(t *testing.T) {
	t.Parallel()
	s := everything(t, &build.Translate{Service: loud{}}, "world without forms")
	s.Act("dan dm /profile language:it", "mia dm /profile language:en", "ann dm /profile language:en")
	s.Act(`mia #communication /ask Where do we meet for the welding course next week?`)
	says(t, s.Act("dan presses [Translate for me]"), "WHERE DO WE MEET FOR THE WELDING COURSE NEXT WEEK?")
	says(t, s.Act(`mia #communication /edit H1 question:"Where do we meet for the course in cooking next week?"`), "(changed): > WHERE DO WE MEET FOR THE COURSE IN COOKING")
	says(t, s.Act("mia #communication /withdraw H1 Sorry"), "(removed): > WHERE DO WE MEET")
	s.Act("ann #sharing: We meet tomorrow in the big workshop.")
	says(t, s.Act(`dan reacts 🇮🇹 to "We meet tomorrow"`), "WE MEET TOMORROW")
	s.Act("mia #sharing /mod translate on languages:pl")
	says(t, s.Act("ann #sharing: Nobody knows what comes after that."), "NOBODY KNOWS")
	says(t, s.Act("ann dm /mydata export"), "[guildhall-2026-11-25.json]")
	seen := s.Act("ann dm /mydata erase", "ann presses [Erase everything]")
	says(t, seen, "(removed): > WE MEET TOMORROW")
	says(t, seen, "(removed): > NOBODY KNOWS")
}

func TestACommunityHasItsLimitOfADay(t *testing.T) {
	t.Parallel()
	s := everything(t, &build.Translate{Service: loud{}, PerDay: 100})
	s.Act("dan dm /profile language:it")
	says(t, s.Act(`dan #sharing /translate "We meet tomorrow in the big workshop of the school." from:en`), "WE MEET")
	says(t, s.Act(`dan #sharing /translate "We meet on Friday in the small workshop of the school, all of us." from:en`), "domani si continua")
	says(t, s.Act(`dan #sharing /translate "We meet tomorrow in the big workshop of the school." from:en`), "WE MEET") // it is kept
	s.Act("later 24h")
	says(t, s.Act(`dan #sharing /translate "We meet on Friday in the small workshop of the school, all of us." from:en`), "ON FRIDAY")
}
