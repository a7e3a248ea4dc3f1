package webchat

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

//go:embed assets/*.html
var templateFiles embed.FS

// templates are parsed by html/template, which escapes every value for the place where it stands.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"json": func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
	"badge": func(say func(string, ...any) string, n int) map[string]any {
		return map[string]any{"N": n, "Text": say("unread", "n", n)}
	},
	"composer": newComposer,
}).ParseFS(templateFiles, "assets/*.html"))

// composerView is what people write in, in a room or in a thread.
type composerView struct {
	Say    func(string, ...any) string
	Hint   string
	Writes bool
	Room   chat.RoomID
	Thread chat.ThreadID
	ID     string // of its element
}

func newComposer(say func(string, ...any) string, hint string, writes bool, room chat.RoomID, thread chat.ThreadID, id string) composerView {
	return composerView{say, hint, writes, room, thread, id}
}

// look is what a message's HTML depends on besides the message.
type look struct {
	say  func(key string, a text.Args) string // the chat's own words, by key behind "webchat."
	lang string                               // of those words
	me   chat.AccountID
	name func(chat.AccountID) string // a persona's name; empty for nobody
}

// render is m as HTML. Nothing in m's texts can become markup, and only addresses that text.SafeURL
// accepts become links.
func render(m chat.Message, l look) (template.HTML, error) {
	return execute("message", l.message(m))
}

func execute(name string, data any) (template.HTML, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // html/template wrote it
}

// What message.html is given.
type (
	messageView struct {
		Lang    string
		Kind    chat.MessageKind
		Title   []run
		Body    [][]run
		Quote   [][]run
		Fields  []fieldView
		List    []rowView
		Ordered bool
		Start   int
		Picture *pictureView
		Files   []fileView
		Note    [][]run
		Buttons []buttonView
		Menus   []menuView
		Pings   bool // it notifies whoever looks at it
	}
	fieldView struct {
		Name  string
		Value []run
	}
	rowView struct {
		Text, Detail []run
		Buttons      []buttonView
	}
	pictureView struct{ URL, Alt string }
	fileView    struct {
		URL, Name, About string
		Image            bool
	}
	buttonView struct {
		Key, Label, Name, Line, URL string
		Style                       chat.Style
	}
	menuView struct {
		chat.Menu
		Empty         bool // nothing is chosen yet
		Choose, Apply string
	}
)

// run is a piece of text with one look.
type run struct {
	Text                       string
	Bold, Italic, Code, Strike bool
	URL                        string
	Record                     string // pressing it shows the record
	Label                      string // of what is pressed
	Mention, Me                bool
	At                         string // an instant, as machines read it
}

func (l look) message(m chat.Message) messageView {
	v := messageView{Lang: m.Lang, Kind: m.Kind, Title: l.runs(m.Title, m.Accounts), Ordered: m.Numbered, Start: m.From + 1,
		Body: l.paragraphs(m.Body, m.Accounts), Quote: l.paragraphs(m.Quote, nil), Note: l.paragraphs(m.Note, m.Accounts),
		Buttons: buttons(m.Buttons), Pings: has(m.Pings, l.me)}
	for _, f := range m.Fields {
		v.Fields = append(v.Fields, fieldView{f.Name, l.runs(f.Value, m.Accounts)})
	}
	for _, r := range m.List {
		v.List = append(v.List, rowView{l.runs(r.Text, m.Accounts), l.runs(r.Detail, m.Accounts), buttons(r.Buttons)})
	}
	if m.Picture != nil {
		v.Picture = &pictureView{fileURL(m.Picture.File.SHA256, m.Picture.File.Name), m.Picture.Alt}
	}
	for _, f := range m.Files {
		v.Files = append(v.Files, fileView{URL: fileURL(f.SHA256, f.Name), Name: cmp.Or(f.Name, noName), About: l.fileAbout(f.Name, f.Size),
			Image: has(pictures, f.Type)})
	}
	for _, menu := range m.Menus {
		empty := true
		for _, o := range menu.Options {
			empty = empty && !o.On
		}
		v.Menus = append(v.Menus, menuView{menu, empty, l.say("choose", nil), l.say("apply", nil)})
	}
	return v
}

func buttons(list []chat.Button) []buttonView {
	var out []buttonView
	for _, b := range list {
		if b.Key == "" && text.SafeURL(b.URL) == "" {
			continue // it leads nowhere
		}
		out = append(out, buttonView{Key: b.Key, Label: b.Label, Name: b.Name, Line: b.Line, URL: text.SafeURL(b.URL), Style: b.Style})
	}
	return out
}

func (l look) paragraphs(list []text.Rich, accounts map[int64]chat.AccountID) [][]run {
	var out [][]run
	for _, r := range list {
		if !r.Empty() {
			out = append(out, l.runs(r, accounts))
		}
	}
	return out
}

// runs is r as it is shown. A member is a mention only where accounts has them.
func (l look) runs(r text.Rich, accounts map[int64]chat.AccountID) []run {
	var out []run
	for _, s := range r {
		v := run{Text: s.Text, Bold: s.Style.Has(text.StyleBold), Italic: s.Style.Has(text.StyleItalic),
			Code: s.Style.Has(text.StyleCode), Strike: s.Style.Has(text.StyleStrike), URL: text.SafeURL(s.URL), Record: s.Record}
		switch {
		case s.Record != "":
			v.URL, v.Label = "", l.say("show", text.Args{"id": s.Record})
		case !s.At.IsZero():
			v.At = s.At.UTC().Format(time.RFC3339)
		case s.Member != 0:
			account, known := accounts[s.Member]
			if name := l.name(account); known && name != "" {
				v.Text, v.Mention, v.Me = "@"+name, true, account == l.me
			}
		}
		if v.Text != "" {
			out = append(out, v)
		}
	}
	return out
}

// written is what a person wrote: their text, with addresses as links and mentions marked.
func (l look) written(s string) []run {
	var out []run
	plain := func(t string) {
		if n := len(out); n > 0 && out[n-1] == (run{Text: out[n-1].Text}) {
			out[n-1].Text += t
		} else if t != "" {
			out = append(out, run{Text: t})
		}
	}
	for s != "" {
		i := strings.IndexFunc(s, isBlank)
		word := s
		if i == 0 {
			i = len(s) - len(strings.TrimLeftFunc(s, isBlank))
			plain(s[:i])
			s = s[i:]
			continue
		}
		if i > 0 {
			word = s[:i]
		}
		s = s[len(word):]
		before, core, after := trimWord(word)
		plain(before)
		switch v := l.word(core); v {
		case run{Text: core}:
			plain(core)
		default:
			out = append(out, v)
		}
		plain(after)
	}
	return out
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\u00a0' }

// trimWord splits off the brackets, quotes and stops around a word, which belong to the sentence.
func trimWord(word string) (before, core, after string) {
	const opening, closing = `("'“‘«<[`, `.,;:!?)"'”’»>]…`
	core = strings.TrimLeft(word, opening)
	before = word[:len(word)-len(core)]
	trimmed := strings.TrimRight(core, closing)
	if strings.Contains(trimmed, "(") && strings.HasPrefix(core[len(trimmed):], ")") {
		trimmed += ")" // https://en.wikipedia.org/wiki/Guildhall_(London)
	}
	return before, trimmed, core[len(trimmed):]
}

func (l look) word(w string) run {
	lower := strings.ToLower(w)
	switch {
	case strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "mailto:"):
		return run{Text: w, URL: text.SafeURL(w)}
	case strings.HasPrefix(w, "@"):
		account := chat.AccountID(lower[1:])
		if name := l.name(account); name != "" {
			return run{Text: "@" + name, Mention: true, Me: account == l.me}
		}
	}
	return run{Text: w}
}

// noName stands for the name of a file that has none.
const noName = "file"

// fileURL is where a content is, relative to the page.
func fileURL(content, name string) string {
	return "files/" + content + "/" + url.PathEscape(cmp.Or(name, noName))
}

// fileAbout is a file's kind and size in short.
func (l look) fileAbout(name string, size int64) string {
	kind := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 && len(name)-i <= 6 {
		kind = strings.ToUpper(name[i+1:])
	}
	short := ""
	switch {
	case size <= 0:
	case size < 1000:
		short = l.say("size.bytes", text.Args{"n": size})
	case size < 1_000_000:
		short = l.say("size.kilo", text.Args{"size": (size + 500) / 1000})
	default:
		short = l.say("size.mega", text.Args{"size": float64((size+50_000)/100_000) / 10})
	}
	return strings.Trim(kind+" · "+short, " ·")
}
