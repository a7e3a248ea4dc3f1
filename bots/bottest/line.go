package bottest

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
)

// act does what one line says.
func (s *Stage) act(line string) error {
	s.t.Helper()
	if m := doing.FindStringSubmatch(line); m != nil && s.person(chat.AccountID(m[1])) != nil {
		return s.does(s.person(chat.AccountID(m[1])), m[2], m[3])
	}
	if m := typing.FindStringSubmatch(line); m != nil && s.person(chat.AccountID(m[1])) != nil {
		p := s.person(chat.AccountID(m[1]))
		if err := s.moves(p, m[2]); err != nil {
			return err
		}
		if s.bare {
			s.says(p, unescape(m[3]), nil, nil)
		} else {
			s.types(p, unescape(strings.TrimPrefix(m[3], "/")))
		}
		return nil
	}
	if m := saying.FindStringSubmatch(line); m != nil && s.person(chat.AccountID(m[1])) != nil {
		p := s.person(chat.AccountID(m[1]))
		if err := s.moves(p, m[2]); err != nil {
			return err
		}
		words, files, err := s.attached(m[3])
		if err != nil {
			return err
		}
		s.says(p, unescape(words), files, nil)
		return nil
	}
	return s.happens(line)
}

// unescape turns \n and \u0000 escapes into what they stand for.
func unescape(line string) string {
	if !strings.Contains(line, `\`) {
		return line
	}
	if out, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`); err == nil {
		return out
	}
	return line
}

// attached cuts " + a.pdf + b.png" off a message.
func (s *Stage) attached(words string) (string, []chat.FileRef, error) {
	words, rest, _ := strings.Cut(words, " + ")
	var files []chat.FileRef
	for _, name := range strings.Split(rest, " + ") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		f, err := s.file(name)
		if err != nil {
			return "", nil, err
		}
		files = append(files, f)
	}
	return strings.TrimPrefix(words, "(nothing)"), files, nil
}

func (s *Stage) file(name string) (chat.FileRef, error) {
	b, ok := s.files[name]
	if !ok {
		return chat.FileRef{}, fmt.Errorf("no file %q", name)
	}
	return chat.FileRef{ID: name, Name: name, Type: "application/octet-stream", Size: int64(len(b))}, nil
}

func (s *Stage) does(p *Person, verb, rest string) error {
	s.t.Helper()
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(rest, -1) {
		words = append(words, unescape(m[1]))
	}
	said := strings.Join(words[:min(1, len(words))], "")
	first, _, _ := strings.Cut(rest, " ")
	switch verb {
	case "replies":
		return s.repliesTo(p, rest)
	case "presses":
		label := strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]")
		if i := strings.Index(rest, `] under "`); i > 0 {
			label = strings.TrimPrefix(rest[:i], "[")
			said = unescape(strings.TrimSuffix(rest[i+len(`] under "`):], `"`))
		} else {
			said = ""
		}
		return s.presses(p, label, said)
	case "chooses":
		var options []string
		for _, m := range brackets.FindAllStringSubmatch(rest, -1) {
			options = append(options, m[1])
		}
		return s.chooses(p, options)
	case "fills":
		return s.fillsIn(p, rest)
	case "reacts", "unreacts":
		kind := chat.Reacted
		if verb == "unreacts" {
			kind = chat.Unreacted
		}
		ev, err := s.on(kind, p, said)
		if err != nil {
			return err
		}
		ev.Reaction, ev.Can = first, chat.Carry{}
		s.do(ev)
		return nil
	case "acts":
		if command, who, ok := strings.Cut(rest, " on @"); ok {
			ev := s.event(chat.Acted, p)
			ev.Command, ev.Given = command, chat.Given{"member": "<@" + who + ">"}
			s.do(ev)
			return nil
		}
		ev, err := s.on(chat.Acted, p, said)
		if err != nil {
			return err
		}
		ev.Command = strings.TrimSpace(strings.SplitN(rest, " on \"", 2)[0])
		s.do(ev)
		return nil
	case "edits":
		_, now, ok := strings.Cut(rest, `" to: `)
		if !ok {
			return fmt.Errorf("to what?")
		}
		return s.changes(p, said, unescape(now), false)
	case "deletes":
		return s.changes(p, said, "", true)
	case "speaks":
		p.Locale = rest
		return nil
	case "brings":
		if err := s.moves(p, strings.TrimPrefix(rest, "guildhall ")); err != nil {
			return err
		}
		s.do(s.event(chat.Entered, p))
		return nil
	}
	return fmt.Errorf("nobody can do %q", verb)
}

var replying = regexp.MustCompile(`^to "((?:[^"\\]|\\.)*)": (.*)$`)

// repliesTo writes a message in reply to the newest one that says some words.
func (s *Stage) repliesTo(p *Person, rest string) error {
	s.t.Helper()
	m := replying.FindStringSubmatch(rest)
	if m == nil {
		return fmt.Errorf("%s replies to what?", p.Account)
	}
	to := s.newest(p, unescape(m[1]), func(m *shown) bool { return m.who == "" })
	if to == nil {
		return fmt.Errorf("%s sees no message that says %q", p.Account, m[1])
	}
	words, files, err := s.attached(m[2])
	if err != nil {
		return err
	}
	s.at[p.Account] = to.at
	target := s.target(to)
	s.says(p, unescape(words), files, &target)
	return nil
}

func (s *Stage) fillsIn(p *Person, rest string) error {
	g, files := chat.Given{}, map[string][]chat.FileRef{}
	for _, m := range given.FindAllStringSubmatch(rest, -1) {
		v := m[2]
		if strings.HasPrefix(v, `"`) {
			u, err := strconv.Unquote(v)
			if err != nil {
				return fmt.Errorf("read %s: %w", m[0], err)
			}
			v = u
		}
		if name, ok := strings.CutPrefix(v, "+"); ok {
			f, err := s.file(name)
			if err != nil {
				return err
			}
			files[m[1]] = append(files[m[1]], f)
			continue
		}
		g[m[1]] = v
	}
	return s.fills(p, g, files)
}

// happens does what nobody of the cast does.
func (s *Stage) happens(line string) error {
	s.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "again":
		if s.last == nil {
			return fmt.Errorf("nothing happened yet")
		}
		s.do(*s.last)
		return nil
	case "later":
		d, err := span(rest)
		if err != nil {
			return err
		}
		s.Later(d)
		return nil
	case "upkeep":
		s.Upkeep()
		return nil
	case "encrypted":
		s.hidden[chat.RoomID(rest)] = true
		return nil
	case "file":
		name, size, _ := strings.Cut(rest, " ")
		n, err := sizeOf(size)
		if err != nil {
			return err
		}
		s.files[name] = fileOf(name, n)
		return nil
	}
	return fmt.Errorf("what is %q?", line)
}

// span reads "24h" and "7d".
func span(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

func sizeOf(s string) (int, error) {
	for unit, by := range map[string]int{"MB": 1 << 20, "kB": 1 << 10} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			v, err := strconv.Atoi(n)
			return v * by, err
		}
	}
	return strconv.Atoi(s)
}

// fileOf makes a file that begins as its name promises; each name has contents of its own.
func fileOf(name string, size int) []byte {
	heads := map[string]string{".pdf": "%PDF-1.7\n", ".png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ".mp4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"}
	b := make([]byte, size)
	copy(b, heads[filepath.Ext(name)]+name)
	return b
}
