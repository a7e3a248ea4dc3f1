package text

import (
	"net/url"
	"strings"
	"time"
)

// Style is how a span stands out; the bits add up.
type Style uint8

// The styles that every platform can show or leave away without loss.
const (
	StyleBold Style = 1 << iota
	StyleItalic
	StyleCode
	StyleStrike
)

// Has reports whether all bits of want are set.
func (s Style) Has(want Style) bool { return s&want == want }

// Span is one run of a Rich text. At most one of Record, Member and At is set.
type Span struct {
	Text   string    // what is shown: plain, valid UTF-8, clean; may hold "\n"
	Style  Style     //
	URL    string    // a link when not empty: http, https or mailto only
	Record string    // the id of a record ("R13") that can be pressed; Text is the same id
	Member int64     // a mention of this member, with Text as the name to fall back to
	At     time.Time // an instant, with Text as the formatted fallback
}

// Rich is text with spans in reading order. The zero value is the empty text.
type Rich []Span

// Plain is what r says without style, links and mentions.
func (r Rich) Plain() string {
	if len(r) == 1 {
		return r[0].Text
	}
	var b strings.Builder
	for _, s := range r {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Empty reports whether r shows nothing.
func (r Rich) Empty() bool {
	for _, s := range r {
		if s.Text != "" {
			return false
		}
	}
	return true
}

// With returns a copy of r in which every span has style as well as its own.
func (r Rich) With(style Style) Rich {
	out := make(Rich, len(r))
	for i, s := range r {
		s.Style |= style
		out[i] = s
	}
	return out
}

// In returns a copy of r whose instants are formatted for a reader of lang in zone; nil is UTC.
func (r Rich) In(lang string, zone *time.Location) Rich {
	if zone == nil {
		zone = time.UTC
	}
	out := make(Rich, len(r))
	for i, s := range r {
		if !s.At.IsZero() {
			s.Text = FormatMoment(lang, s.At.In(zone))
		}
		out[i] = s
	}
	return out
}

// add appends s, joining it to the last span when only their texts differ.
func (r Rich) add(s Span) Rich {
	if s.Text == "" && s.Member == 0 && s.Record == "" && s.At.IsZero() {
		return r
	}
	if n := len(r); n > 0 && r[n-1].joins(s) {
		r[n-1].Text += s.Text
		return r
	}
	return append(r, s)
}

func (s Span) joins(t Span) bool {
	return s.Style == t.Style && s.URL == t.URL && s.Record == "" && t.Record == "" &&
		s.Member == 0 && t.Member == 0 && s.At.IsZero() && t.At.IsZero()
}

// Plain is s as text without style. s is cleaned, and never read as markup.
func Plain(s string) Rich { return styled(s, 0) }

// Bold is s in bold.
func Bold(s string) Rich { return styled(s, StyleBold) }

// Italic is s in italics.
func Italic(s string) Rich { return styled(s, StyleItalic) }

// Code is s as something to type or to read letter by letter.
func Code(s string) Rich { return styled(s, StyleCode) }

// Strike is s struck out.
func Strike(s string) Rich { return styled(s, StyleStrike) }

// Link is label leading to address; label alone when address is not one that SafeURL accepts.
func Link(label, address string) Rich {
	r := Plain(label)
	if to := SafeURL(address); to != "" && len(r) > 0 {
		r[0].URL = to
	}
	return r
}

// ID is the id of a record, to be pressed.
func ID(id string) Rich {
	id = Clean(id, maxName)
	return Rich{}.add(Span{Text: id, Record: id})
}

// Mention is p's name, and a mention where p is a member and the message allows it.
func Mention(p Person) Rich {
	return Rich{}.add(Span{Text: Clean(p.Name, maxName), Member: p.Member})
}

// Join puts sep between parts, leaving out those that show nothing.
func Join(sep string, parts ...Rich) Rich {
	var out Rich
	for _, p := range parts {
		if len(p) == 0 {
			continue
		}
		if len(out) > 0 {
			out = out.add(Span{Text: sep})
		}
		for _, s := range p {
			out = out.add(s)
		}
	}
	return out
}

func styled(s string, style Style) Rich {
	return Rich{}.add(Span{Text: CleanLines(s, 0), Style: style})
}

// SafeURL is address when it is an absolute http, https or mailto address without control
// characters or white space, else "". The scheme is lower-cased.
func SafeURL(address string) string {
	address = strings.TrimSpace(address)
	if address == "" || len(address) > 4096 || address != Clean(address, 0) ||
		strings.ContainsAny(address, " \t\n<>\"\\^`{|}") {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Hostname() == "" {
			return ""
		}
	case "mailto":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	return u.Scheme + address[len(u.Scheme):]
}
