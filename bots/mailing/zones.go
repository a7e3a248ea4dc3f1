package mailing

import "slices"

// usual are the time zones that somebody without a chat account may choose from, besides their
// community's: one for each capital of Europe that has one, and the world's clock.
var usual = []string{
	"Europe/Amsterdam", "Europe/Andorra", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Bratislava", "Europe/Brussels",
	"Europe/Bucharest", "Europe/Budapest", "Europe/Chisinau", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
	"Europe/Kyiv", "Europe/Lisbon", "Europe/Ljubljana", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Malta",
	"Europe/Oslo", "Europe/Paris", "Europe/Podgorica", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sarajevo", "Europe/Skopje",
	"Europe/Sofia", "Europe/Stockholm", "Europe/Tallinn", "Europe/Tirane", "Europe/Vaduz", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw",
	"Europe/Zagreb", "Europe/Zurich", "Atlantic/Azores", "Atlantic/Canary", "Atlantic/Reykjavik", "Asia/Nicosia", "Asia/Tbilisi", "Asia/Yerevan", "UTC",
}

// zones are the zones to choose from, the community's own first.
func zones(own string) []string {
	if own == "" {
		own = "UTC"
	}
	return slices.Insert(slices.DeleteFunc(slices.Clone(usual), func(z string) bool { return z == own }), 0, own)
}
