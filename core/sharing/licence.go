package sharing

import "strings"

// Licence is an SPDX identifier; empty for "all rights reserved".
type Licence string

// Reserved is no licence at all: a link may be kept, a copy may not.
const Reserved Licence = ""

// Licences are those that can be chosen, in the order in which they are offered. Each of them lets a
// community keep and hand on a copy.
var Licences = []Licence{"CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0",
	"CC-BY-NC-ND-4.0", "MIT", "Apache-2.0", "EUPL-1.2", "GPL-3.0-or-later"}

// AllowsCopies says whether a copy may be kept.
func (l Licence) AllowsCopies() bool { return l != Reserved }

// ParseLicence reads an identifier in any case; empty is Reserved. ok is false for one that is not
// offered.
func ParseLicence(s string) (l Licence, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Reserved, true
	}
	for _, l := range Licences {
		if strings.EqualFold(string(l), s) {
			return l, true
		}
	}
	return Reserved, false
}
