package sharing

import (
	"regexp"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

// The answers to "may others use it?" that are no licence: both keep all rights with their holder.
const (
	reserved = "reserved" // only look
	unsure   = "unsure"
)

// plainly are the licences that are offered first, in plain words.
var plainly = []sharing.Licence{"CC-BY-4.0", "CC-BY-NC-4.0"}

// licences are the answers to "may others use it?": four in plain words, then what those choose who
// know licences.
func licences() []string {
	out := append(chat.Codes(plainly), reserved, unsure)
	for _, l := range sharing.Licences {
		if !slices.Contains(plainly, l) {
			out = append(out, string(l))
		}
	}
	return out
}

// firstLicences is how many answers are in plain words.
const firstLicences = 4

// licence is an answer as a licence.
func licence(choice string) sharing.Licence {
	if choice == reserved || choice == unsure {
		return sharing.Reserved
	}
	return sharing.Licence(choice)
}

// versioned is the version at the end of a licence's identifier.
var versioned = regexp.MustCompile(`-(\d+\.\d+)`)

// nameOf is a licence as people write it: "CC BY-NC 4.0".
func nameOf(l sharing.Licence) string {
	s := versioned.ReplaceAllString(string(l), " $1")
	return strings.NewReplacer("CC-", "CC ", "-or-later", "+").Replace(s)
}

// licenceOf says under which licence something is.
func licenceOf(l sharing.Licence) chat.Phrase {
	if l == sharing.Reserved {
		return chat.P("sharing.reserved", nil)
	}
	return chat.P("sharing.list", text.Args{"list": nameOf(l)})
}

// choiceOf is a licence as an answer.
func choiceOf(l sharing.Licence) string {
	if l == sharing.Reserved {
		return reserved
	}
	return string(l)
}
