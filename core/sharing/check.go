package sharing

import (
	"slices"
	"strings"

	"guildhall/core/text"
)

// wording cleans a text and refuses one that is too long.
func wording(arg, s string, most int, lines bool) (string, error) {
	clean := text.Clean
	if lines {
		clean = text.CleanLines
	}
	s = clean(s, 0)
	if text.Length(s) > most {
		return "", text.RefuseArg(arg, "sharing.long", text.Args{"arg": text.Key("sharing.arg." + arg), "max": most})
	}
	return s, nil
}

func titled(s string) (string, error) {
	s, err := wording("title", s, MaxTitle, false)
	if err == nil && s == "" {
		err = text.RefuseArg("title", "sharing.title.empty", nil)
	}
	return s, err
}

func level(n int) error {
	if n < 0 || n > MaxLevel {
		return text.RefuseArg("level", "sharing.level", text.Args{"max": MaxLevel})
	}
	return nil
}

func kind(k Kind) error {
	if k != "" && !slices.Contains(Kinds, k) {
		return text.RefuseArg("kind", "sharing.kind_unknown", nil)
	}
	return nil
}

func licensed(l Licence) (Licence, error) {
	known, ok := ParseLicence(string(l))
	if !ok {
		return "", text.RefuseArg("licence", "sharing.licence.unknown", nil)
	}
	return known, nil
}

// topics are codes without repeats and empty ones.
func topics(codes []string) ([]string, error) {
	var out []string
	for _, c := range codes {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if len(out) > MaxTopics {
		return nil, text.RefuseArg("topics", "sharing.topics", text.Args{"max": MaxTopics})
	}
	return out, nil
}

// content cleans what was given and fills in the link's plain form. A file that comes twice is one.
func (t *Toolbox) content(link string, files []File) (Content, error) {
	var c Content
	if link = strings.TrimSpace(link); link != "" {
		plain, err := t.store.Normalize(link)
		if err != nil {
			return c, text.RefuseArg("link", "sharing.link", nil)
		}
		c.Link, c.Plain = link, plain
	}
	for _, f := range files {
		f.SHA = strings.ToLower(f.SHA)
		f.Name = text.Clean(f.Name, 200)
		if f.Name == "" {
			f.Name = "file"
		}
		f.Type, f.Size = text.Clean(f.Type, 100), max(0, f.Size)
		if !isSHA(f.SHA) {
			f.SHA, f.Kept = "", false
		}
		twice := slices.ContainsFunc(c.Files, func(g File) bool {
			return f.SHA != "" && f.SHA == g.SHA || f.SHA == "" && f.Ref != "" && f.Ref == g.Ref
		})
		if !twice {
			c.Files = append(c.Files, f)
		}
	}
	if len(c.Files) > MaxFiles {
		return c, text.RefuseArg("file", "sharing.files", text.Args{"max": MaxFiles})
	}
	return c, nil
}

func isSHA(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
