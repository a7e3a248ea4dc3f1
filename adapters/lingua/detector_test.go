package lingua_test

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"

	"guildhall/adapters/lingua"
)

// shared is loaded once for all tests, as in the program.
var shared = mustNew()

func mustNew(tags ...string) *lingua.Detector {
	d, err := lingua.New(tags...)
	if err != nil {
		panic(err)
	}
	return d
}

// sentences are what people in vocational education write, short on purpose.
var sentences = map[string][]string{
	"en": {
		"How do you assess welding apprentices at a distance?",
		"Does anyone have a rubric for practical exams?",
		"We are looking for partners for an Erasmus+ mobility project.",
		"The workshop for company mentors starts next Tuesday",
		"Here is our lesson plan about electrical safety in the workshop.",
	},
	"it": {
		"Come valutare a distanza gli apprendisti saldatori?",
		"Qualcuno ha una griglia di valutazione per le prove pratiche?",
		"Cerchiamo aziende che ospitino i nostri tirocinanti",
		"Il corso per i tutor aziendali comincia martedì",
		"Ecco il piano della lezione sulla sicurezza elettrica.",
	},
	"pl": {
		"Jak oceniać na odległość uczniów spawaczy?",
		"Używamy portfolio wideo z wspólną rubryką",
		"Szukamy partnerów do projektu mobilności uczniów",
		"Kto ma scenariusz zajęć o bezpieczeństwie pracy?",
		"Warsztaty dla instruktorów praktycznej nauki zawodu",
	},
	"de": {
		"Wie finde ich Partnerbetriebe für Erasmus+?",
		"Wie bewerten wir Auszubildende im Schweißen aus der Ferne?",
		"Hat jemand eine Vorlage für die Zwischenprüfung?",
		"Der Lehrgang für Ausbilder beginnt am Dienstag",
		"Unsere Berufsschule sucht einen Betrieb in Italien.",
	},
	"fr": {
		"Comment évaluer à distance les apprentis soudeurs ?",
		"Quelqu'un a une grille d'évaluation pour les épreuves pratiques ?",
		"Nous cherchons des entreprises pour accueillir nos stagiaires",
		"La formation des tuteurs en entreprise commence mardi",
		"Voici notre plan de cours sur la sécurité électrique.",
	},
	"es": {
		"¿Cómo evaluar a distancia a los aprendices de soldadura?",
		"¿Alguien tiene una rúbrica para las pruebas prácticas?",
		"Buscamos empresas que acojan a nuestros alumnos en prácticas",
		"La formación de los tutores de empresa empieza el martes",
		"Aquí está nuestro plan de clase sobre seguridad eléctrica.",
	},
	"pt": {
		"Como avaliar à distância os aprendizes de soldadura?",
		"Alguém tem uma grelha de avaliação para as provas práticas?",
		"Procuramos empresas para receber os nossos formandos",
		"A formação dos tutores das empresas começa na terça-feira",
		"Aqui está o nosso plano de aula sobre segurança elétrica.",
	},
	"el": {
		"Πώς αξιολογούμε εξ αποστάσεως τους μαθητευόμενους;",
		"Έχει κανείς ρουμπρίκα για τις πρακτικές εξετάσεις;",
		"Ψάχνουμε συνεργάτες για ένα έργο Erasmus+",
		"Το πρόγραμμα μαθητείας αρχίζει την Τρίτη",
		"Το σχέδιο μαθήματος για την ασφάλεια στην εργασία",
	},
	"nl": {
		"Hoe beoordelen we leerlingen op afstand?",
		"Heeft iemand een beoordelingsformulier voor de praktijkexamens?",
		"Wij zoeken bedrijven die onze stagiairs willen begeleiden",
		"De cursus voor praktijkopleiders begint op dinsdag",
		"Hier is ons lesplan over elektrische veiligheid.",
	},
	"cs": {
		"Jak hodnotit svářeče na dálku?",
		"Má někdo hodnoticí tabulku pro praktické zkoušky?",
		"Hledáme firmy, které přijmou naše žáky na praxi",
		"Kurz pro instruktory v podnicích začíná v úterý",
		"Tady je náš plán hodiny o bezpečnosti práce.",
	},
	"ro": {
		"Cum evaluăm la distanță ucenicii sudori?",
		"Are cineva o grilă de evaluare pentru probele practice?",
		"Căutăm firme care să primească elevii noștri în practică",
		"Cursul pentru tutorii din întreprinderi începe marți",
		"Acesta este planul nostru de lecție despre siguranța electrică.",
	},
}

func TestDetectShortSentences(t *testing.T) {
	t.Parallel()
	for want, texts := range sentences {
		for _, text := range texts {
			if got, ok := shared.Detect(t.Context(), text); !ok || got != want {
				t.Errorf("Detect(%q) = %q, %v; want %q", text, got, ok, want)
			}
		}
	}
}

func TestDetectIgnoresWhatIsNotProse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"Guardate https://example.org/the/english/words/in/this/link e ditemi cosa ne pensate, grazie", "it"},
		{"@thomas:example.org <@U12345> Kto może pomóc w ocenie prac spawalniczych? :thinking_face: R12", "pl"},
		{"Das Skript läuft nicht mehr:\n```\nfor name in the_list_of_names: print(name, where, what)\n```\nWer kann helfen?", "de"},
		{"COME VALUTARE GLI APPRENDISTI SALDATORI A DISTANZA", "it"},
		{"Cercherò più materiali perche\u0301 la qualita\u0300 e\u0300 importante", "it"}, // decomposed accents
		{"Our partner in Łódź asks for the rubric and the lesson plan.", "en"},            // a name with foreign letters
		{"\xff\xfe Hat jemand eine Vorlage für die Prüfung? \xc3", "de"},
	} {
		if got, ok := shared.Detect(t.Context(), c.text); !ok || got != c.want {
			t.Errorf("Detect(%q) = %q, %v; want %q", c.text, got, ok, c.want)
		}
	}
}

func TestDetectAdmitsDoubt(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":              "",
		"spaces":             " \n\t\u00a0 ",
		"one word":           "Schweißen",
		"two words":          "ok grazie",
		"three letters":      "a b c",
		"numbers":            "12345 67 8 2026-11-25 14:30",
		"emoji":              "👍 🎉 👩‍🏭 ✅",
		"a link":             "https://example.org/how/to/assess/apprentices",
		"links and ids":      "https://example.org/x R12 H7 www.example.org/das/ist/ein/link",
		"a mail address":     "anna.maria@formazione.example.it tel 0123 456",
		"code":               "`for the in range of all` ```while the world turns around```",
		"unfinished code":    "```select name from the table where it is written",
		"mentions":           "@anna @bruno #vet-sharing !ask :wave: <@U0123>",
		"acronyms":           "WIG TIG MAG",
		"keyboard":           "asdf qwer zxcv uiop",
		"unloaded script":    "Добрый день, друзья мои, как дела?",
		"unspaced unloaded":  "溶接の実習をどのように評価しますか",
		"spanish/portuguese": "este material es para el curso",
		"catalan":            "Com avaluem els aprenents a distància? És útil",
		"neighbour's letter": "mulțumesc mult tuturor",
		"control characters": "\x00\x01\x02 \x03\x04 \x05",
		"broken utf-8":       "\xff\xfe\xfd \xfc\xfb \xfa\xf9",
	} {
		if got, ok := shared.Detect(t.Context(), text); ok || got != "" {
			t.Errorf("%s: Detect(%q) = %q, %v; want no answer", name, text, got, ok)
		}
	}
}

func TestDetectReadsOnlyTheBeginning(t *testing.T) {
	t.Parallel()
	italian := strings.Repeat("Come valutare gli apprendisti a distanza? ", 50)[:2000]
	german := strings.Repeat("Wie bewerten wir Auszubildende aus der Ferne? ", 1000)
	alone, _ := shared.Detect(t.Context(), italian)
	both, ok := shared.Detect(t.Context(), italian+german)
	if alone != "it" || both != "it" || !ok {
		t.Errorf("alone %q, before German %q, %v; want it, it, true", alone, both, ok)
	}
	// 2,000 characters are counted, not bytes: these take three bytes each.
	if got, ok := shared.Detect(t.Context(), strings.Repeat("…", 1900)+" Wer kann uns bei der Prüfung bitte helfen?"); !ok || got != "de" {
		t.Errorf("after 1,900 wide characters: %q, %v; want de", got, ok)
	}
}

func TestDetectStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, ok := shared.Detect(ctx, "Hat jemand eine Vorlage für die Prüfung?"); ok {
		t.Errorf("answered %q after its context ended", got)
	}
}

func TestDetectTogether(t *testing.T) {
	t.Parallel()
	d := mustNew() // not loaded yet: the first texts arrive at once
	var all sync.WaitGroup
	for want, texts := range sentences {
		for range 3 {
			all.Go(func() {
				for _, text := range texts {
					if got, ok := d.Detect(t.Context(), text); !ok || got != want {
						t.Errorf("Detect(%q) = %q, %v; want %q", text, got, ok, want)
					}
				}
			})
		}
	}
	all.Wait()
}

func TestNewChecksTheTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tags []string
		want []string // nil: an error
		says string
	}{
		{"default", nil, []string{"cs", "de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ro"}, ""},
		{"regions and case", []string{"EN-gb", "pt-BR", " it ", "it-CH"}, []string{"en", "it", "pt"}, ""},
		{"norwegian", []string{"no", "da", "nb"}, []string{"da", "nb"}, ""},
		{"one", []string{"en", "en-IE"}, nil, "at least two"},
		{"unknown", []string{"en", "tlh", "", "not a tag"}, nil, `"tlh", "", "not a tag"`},
	} {
		d, err := lingua.New(c.tags...)
		if c.want == nil {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v, want one that says %s", c.name, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := d.Languages(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: languages %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDetectOnlyWhatIsLoaded(t *testing.T) {
	t.Parallel()
	d := mustNew("ja", "en")
	if got, ok := d.Detect(t.Context(), "溶接の実習をどのように評価しますか"); !ok || got != "ja" {
		t.Errorf("Japanese without spaces: %q, %v; want ja", got, ok)
	}
	if got, ok := d.Detect(t.Context(), "Πώς αξιολογούμε τους μαθητευόμενους;"); ok {
		t.Errorf("Greek was taken for %q", got)
	}
}

func FuzzDetect(f *testing.F) {
	for _, texts := range sentences {
		f.Add(texts[0])
	}
	f.Add("```\xff<@ :a: \u202e R1")
	known := map[string]bool{"": true}
	for _, tag := range shared.Languages() {
		known[tag] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, ok := shared.Detect(t.Context(), text)
		if !known[tag] || ok != (tag != "") {
			t.Errorf("Detect(%q) = %q, %v", text, tag, ok)
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"sentence", sentences["it"][0]},
		{"limit", strings.Repeat(sentences["de"][1]+" ", 100)},
		{"megabytes", strings.Repeat(sentences["fr"][1]+" ", 100_000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			shared.Detect(b.Context(), c.text)
			b.ReportAllocs()
			for b.Loop() {
				shared.Detect(b.Context(), c.text)
			}
		})
	}
}

// BenchmarkLoad is what the first text of a process waits for, with the models of the first
// iteration cached by the library for the rest.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		mustNew().Detect(b.Context(), sentences["en"][0])
	}
}
