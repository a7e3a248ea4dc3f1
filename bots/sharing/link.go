package sharing

import (
	"net/url"
	"regexp"
	"strings"

	"guildhall/core/sharing"
	"guildhall/core/text"
)

var webAddress = regexp.MustCompile(`https?://[^\s<>"|]+`)

// cutLink cuts the first web address out of a text, with the marks around it. What is left is on one
// line.
func cutLink(s string) (rest, link string) {
	at := webAddress.FindStringIndex(s)
	if at == nil {
		return s, ""
	}
	link = trimmed(s[at[0]:at[1]])
	if u, err := url.Parse(link); err != nil || u.Host == "" {
		return s, ""
	}
	before, after := strings.TrimRight(s[:at[0]], " \t\n<([:|,-"), strings.TrimLeft(s[at[0]+len(link):], " \t\n>)].,;|")
	return text.Clean(before+" "+after, 0), link
}

// trimmed is a web address without what ends the sentence that it stands in. A bracket stays where
// the address has opened it.
func trimmed(link string) string {
	for link != "" {
		last := link[len(link)-1]
		switch {
		case strings.IndexByte(".,;:!?'*_", last) >= 0,
			last == ')' && strings.Count(link, ")") > strings.Count(link, "("),
			last == ']' && strings.Count(link, "]") > strings.Count(link, "["),
			last == '}' && strings.Count(link, "}") > strings.Count(link, "{"):
			link = link[:len(link)-1]
		default:
			return link
		}
	}
	return link
}

// nameOfLink is what a link may be called after its address: the last part of the path, else the host.
func nameOfLink(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return text.Clean(link, sharing.MaxTitle)
	}
	path := strings.Trim(u.Path, "/")
	if name := nameOfFile(path[strings.LastIndexByte(path, '/')+1:]); name != "" {
		return name
	}
	return text.Clean(u.Hostname(), sharing.MaxTitle)
}

// nameOfFile is what a file of that name may be called: without its ending, words parted.
func nameOfFile(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 6 {
		name = name[:dot]
	}
	return text.Clean(strings.NewReplacer("_", " ", "-", " ", "+", " ").Replace(name), sharing.MaxTitle)
}

// label is a web address as it is shown: without scheme, and short.
func label(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	return text.Clean(strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/"), 60)
}
