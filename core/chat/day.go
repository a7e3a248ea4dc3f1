package chat

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/text"
)

// fold makes what people type comparable: small, without accents.
func fold(s string) string { return text.Fold(s) }

// units of time in the languages of most members, folded; in days, months or years.
var units = map[string]struct{ days, months int }{}

func init() {
	for _, u := range []struct {
		days, months int
		names        string
	}{
		{1, 0, "d day days giorno giorni g tag tage tagen t jour jours j dia dias dzien dni den dny mera meres"},
		{7, 0, "w wk week weeks settimana settimane sett woche wochen semaine semaines semana semanas tydzien tygodnie tygodni tyden tydny"},
		{0, 1, "m month months mese mesi monat monate monaten mois mes meses miesiac miesiace miesiecy mesic mesice"},
		{0, 12, "y year years anno anni jahr jahre jahren an ans ano anos rok lata lat"},
	} {
		for _, n := range strings.Fields(u.names) {
			units[n] = struct{ days, months int }{u.days, u.months}
		}
	}
}

var relative = map[string]int{"today": 0, "oggi": 0, "heute": 0, "dzis": 0, "dzisiaj": 0, "hoy": 0, "hoje": 0, "aujourd'hui": 0,
	"tomorrow": 1, "domani": 1, "morgen": 1, "jutro": 1, "manana": 1, "amanha": 1, "demain": 1}

var numerals = map[string]int{"a": 1, "an": 1, "one": 1, "un": 1, "una": 1, "uno": 1, "ein": 1, "eine": 1, "two": 2, "due": 2, "zwei": 2,
	"three": 3, "tre": 3, "drei": 3, "four": 4, "quattro": 4, "vier": 4, "five": 5, "cinque": 5, "six": 6, "sei": 6, "sechs": 6,
	"eight": 8, "otto": 8, "acht": 8, "ten": 10, "dieci": 10, "twelve": 12, "dodici": 12}

// fillers say nothing about the day.
var fillers = map[string]bool{"in": true, "until": true, "by": true, "next": true, "the": true, "of": true, "fino": true, "al": true,
	"entro": true, "tra": true, "fra": true, "il": true, "di": true, "bis": true, "zum": true, "am": true, "den": true, "do": true, "za": true, "el": true, "de": true, "le": true}

// ParseDay reads a day as people say it, seen from today: "2027-03-01", "1 March 2027", "15/1/2027"
// (day first), "6 weeks", "in two months", "tomorrow", "Friday" (the next one).
func ParseDay(s string, today text.Date) (text.Date, bool) {
	if d, err := text.ParseDate(s); err == nil {
		return d, sane(d)
	}
	var ws []string
	for _, w := range strings.FieldsFunc(fold(s), func(r rune) bool { return r == ' ' || r == ',' }) {
		if !fillers[w] || len(ws) > 0 && units[w].days+units[w].months > 0 {
			ws = append(ws, w)
		}
	}
	switch len(ws) {
	case 1:
		return oneWord(ws[0], today)
	case 2, 3:
		if n, ok := count(ws[0]); ok && len(ws) == 2 {
			if u, ok := units[ws[1]]; ok {
				return after(today, n*u.days, n*u.months)
			}
		}
		return dayMonth(ws, today)
	}
	return text.Date{}, false
}

func count(s string) (int, bool) {
	if n, ok := numerals[s]; ok {
		return n, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && n <= 1000
}

func oneWord(w string, today text.Date) (text.Date, bool) {
	if n, ok := relative[w]; ok {
		return today.AddDays(n), true
	}
	for _, lang := range []string{"en", "it", "de", "fr", "es", "pl"} {
		for day := time.Sunday; day <= time.Saturday; day++ {
			name := fold(text.FormatWeekday(lang, day))
			if w == name || len(w) >= 3 && strings.HasPrefix(name, w) && lang == "en" {
				ahead := (int(day) - int(today.Weekday()) + 7) % 7
				if ahead == 0 {
					ahead = 7
				}
				return today.AddDays(ahead), true
			}
		}
	}
	// "6weeks", "2w"
	i := strings.IndexFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	if i > 0 {
		if n, ok := count(w[:i]); ok {
			if u, ok := units[w[i:]]; ok {
				return after(today, n*u.days, n*u.months)
			}
		}
	}
	// 15/1/2027, 15.1.2027: the day first, as in Europe.
	parts := strings.FieldsFunc(w, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) == 3 {
		d, err1 := strconv.Atoi(parts[0])
		m, err2 := strconv.Atoi(parts[1])
		y, err3 := strconv.Atoi(parts[2])
		if err1 == nil && err2 == nil && err3 == nil && d <= 31 && m <= 12 {
			if y < 100 {
				y += 2000
			}
			return date(y, m, d)
		}
	}
	return text.Date{}, false
}

func after(today text.Date, days, months int) (text.Date, bool) {
	t := today.Time(time.UTC)
	end := t.AddDate(0, months, days)
	if months > 0 && end.Day() != t.Day() {
		end = end.AddDate(0, 0, -end.Day()) // 31 January and a month is the end of February
	}
	d := text.DateOf(end)
	return d, sane(d)
}

// dayMonth reads "1 March 2027", "March 1", "1 marzo".
func dayMonth(ws []string, today text.Date) (text.Date, bool) {
	day, month, year := 0, 0, 0
	for _, w := range ws {
		trimmed := strings.TrimRight(w, ".")
		for _, suffix := range []string{"st", "nd", "rd", "th"} {
			trimmed = strings.TrimSuffix(trimmed, suffix)
		}
		if n, err := strconv.Atoi(trimmed); err == nil {
			switch {
			case n >= 1000 && year == 0:
				year = n
			case day == 0:
				day = n
			default:
				return text.Date{}, false
			}
			continue
		}
		if m := monthNamed(strings.TrimRight(w, ".")); m > 0 && month == 0 {
			month = m
			continue
		}
		return text.Date{}, false
	}
	if day == 0 || month == 0 {
		return text.Date{}, false
	}
	if year == 0 {
		d, ok := date(today.Year, month, day)
		if ok && d.Before(today) {
			return date(today.Year+1, month, day)
		}
		return d, ok
	}
	return date(year, month, day)
}

var monthNames = sync.OnceValue(func() map[string]int {
	out := map[string]int{}
	for _, lang := range []string{"en", "it", "de", "fr", "es", "pl", "pt"} {
		for m := 1; m <= 12; m++ {
			for _, w := range strings.Fields(fold(text.FormatDate(lang, text.Date{Year: 2001, Month: time.Month(m), Day: 2}))) {
				w = strings.Trim(w, ".,")
				if _, err := strconv.Atoi(w); err != nil && len(w) >= 3 {
					if _, there := out[w]; !there {
						out[w] = m
					}
				}
			}
		}
	}
	return out
})

func monthNamed(w string) int {
	if m := monthNames()[w]; m > 0 {
		return m
	}
	if len(w) == 3 || len(w) == 4 {
		for m := time.January; m <= time.December; m++ {
			if strings.HasPrefix(strings.ToLower(m.String()), w) {
				return int(m)
			}
		}
	}
	return 0
}

func date(y, m, d int) (text.Date, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	out := text.DateOf(t)
	return out, t.Day() == d && int(t.Month()) == m && sane(out)
}

func sane(d text.Date) bool { return d.Year >= 1900 && d.Year < 2200 }
