package files

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"guildhall/core/text"
)

const (
	maxNameLetters = 120 // graphemes, extension included
	maxNameBytes   = 480
)

// extension is what names a file's kind at the end of its name, "pdf" or "tar.gz" with the dot.
var extension = regexp.MustCompile(`(?i)(?:\.tar)?\.[a-z0-9]{1,15}$`)

// notInNames may not stand in a file name on Windows; the slashes are taken before.
var notInNames = strings.NewReplacer(`<`, "_", `>`, "_", `:`, "_", `"`, "_", `|`, "_", `?`, "_", `*`, "_")

// SafeName makes the name that a sender gave a file fit to be shown and to be saved under on any
// system: only the last part of a path, no control, direction or invisible characters (which make
// "exe.jpg" of "gpj.exe"), none that Windows forbids, no dot or space at either end, no device name
// (CON, NUL, COM1 …), at most 120 graphemes with the extension kept. What remains of the words is
// theirs. It is "" when nothing remains; SafeName of a safe name changes nothing.
//
// Sources: https://learn.microsoft.com/windows/win32/fileio/naming-a-file, UTR 36 on bidi spoofing.
func SafeName(name string) string {
	name = text.Clean(visible(name), 0)
	name = strings.TrimRight(name, `/\ `)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = norm.NFC.String(notInNames.Replace(name))
	name = strings.Trim(name, ". ")

	ext := extension.FindString(name)
	stem := strings.TrimRight(strings.TrimSuffix(name, ext), " ")
	first, _, _ := strings.Cut(stem, ".")
	if isDevice(strings.TrimRight(first, " ")) {
		stem = "_" + stem
	}
	for letters := maxNameLetters - len(ext); ; letters = letters * 3 / 4 {
		short := strings.TrimRight(text.Clean(stem, letters), " ")
		if len(short)+len(ext) <= maxNameBytes {
			return short + ext
		}
	}
}

// visible drops what has no shape of its own. The two joiners stay inside words of scripts that need
// them, and in emoji.
func visible(s string) string {
	var before rune
	return strings.Map(func(r rune) rune {
		joiner := (r == '\u200c' || r == '\u200d') && before > unicode.MaxLatin1
		before = r
		switch {
		case unicode.Is(unicode.Cf, r) && !joiner, unicode.Is(unicode.Co, r),
			r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800', r == '\u034f':
			return -1
		}
		return r
	}, s)
}

// isDevice reports whether Windows takes name, with any extension, for a device.
func isDevice(name string) bool {
	name = strings.ToUpper(name)
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	number, ok := strings.CutPrefix(name, "COM")
	if !ok {
		number, ok = strings.CutPrefix(name, "LPT")
	}
	return ok && len([]rune(number)) == 1 && strings.Contains("0123456789¹²³", number)
}
