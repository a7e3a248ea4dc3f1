package text

import (
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"
	printing "golang.org/x/text/message"
	"golang.org/x/text/number"
)

// FormatNumber is n as people write it in lang: "12,500", "12.500", "12 500".
func FormatNumber(lang string, n int64) string {
	_, latin := months[baseOf(lang)]
	if latin && n > -1000 && n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	if n > -10000 && n < 10000 && fourTogether(lang) {
		return strconv.FormatInt(n, 10)
	}
	return printer(lang).Sprint(number.Decimal(n))
}

// fourTogether reports whether lang groups digits only from five on (CLDR minimumGroupingDigits).
func fourTogether(lang string) bool {
	switch baseOf(lang) {
	case "es", "pl", "bg", "et", "ca", "hu":
		return true
	case "pt":
		return !strings.EqualFold(lang, "pt-BR")
	}
	return false
}

func formatFloat(lang string, f float64) string {
	return printer(lang).Sprint(number.Decimal(f, number.MaxFractionDigits(2)))
}

var printers sync.Map // of *printing.Printer by language

// printer keeps those of the languages that we write dates in, so that made-up tags cost no memory.
func printer(lang string) *printing.Printer {
	if p, ok := printers.Load(lang); ok {
		return p.(*printing.Printer)
	}
	p := printing.NewPrinter(language.Make(lang))
	if _, known := months[lang]; known {
		printers.Store(lang, p)
	}
	return p
}
