package matrix

import (
	"html"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// rendered is a message as Matrix shows it.
type rendered struct {
	Body     string // plain text, whole by itself
	HTML     string // of the tags that clients allow, see the link at m.room.message in the specification
	Mentions []string
	Offers   []offer
}

// render turns a message into text and HTML. No text in it becomes markup, a mention or a link that
// was not given as one. Files and picture are sent beside it.
func render(m chat.Message, prefix string) rendered {
	w := &writer{m: m, prefix: prefix, faces: offered(m)}
	w.head()
	w.said()
	w.facts()
	w.list()
	w.foot()
	out := rendered{Body: strings.TrimSpace(strings.Join(w.lines, "\n")), HTML: w.html.String(), Offers: w.faces.offers}
	for _, who := range m.Pings {
		out.Mentions = append(out.Mentions, string(who))
	}
	return out
}

type writer struct {
	m      chat.Message
	prefix string
	faces  faces
	lines  []string
	html   strings.Builder
}

// put adds a part in both forms.
func (w *writer) put(plain, marked string) {
	if strings.TrimSpace(plain) == "" {
		return
	}
	w.lines = append(w.lines, plain)
	w.html.WriteString(marked)
}

func (w *writer) head() {
	if s := w.m.Speaker; s != "" {
		w.put(quiet(s)+":", "<p><strong>"+escape(s)+":</strong></p>")
	}
	if !w.m.Title.Empty() {
		w.put(w.plain(w.m.Title), "<h4>"+w.rich(w.m.Title)+"</h4>")
	}
}

func (w *writer) said() {
	for _, r := range w.m.Body {
		w.put(w.plain(r), "<p>"+w.rich(r)+"</p>")
	}
	for _, r := range w.m.Quote {
		w.put("> "+strings.ReplaceAll(w.plain(r), "\n", "\n> "), "<blockquote>"+w.rich(r)+"</blockquote>")
	}
}

func (w *writer) facts() {
	if len(w.m.Fields) == 0 {
		return
	}
	w.html.WriteString("<ul>")
	for _, f := range w.m.Fields {
		w.put(quiet(f.Name)+": "+w.plain(f.Value), "<li><strong>"+escape(f.Name)+":</strong> "+w.rich(f.Value)+"</li>")
	}
	w.html.WriteString("</ul>")
}

func (w *writer) list() {
	if len(w.m.List) == 0 {
		return
	}
	tag, open := "ul", "<ul>"
	if w.m.Numbered {
		tag, open = "ol", "<ol>"
		if w.m.From > 0 {
			open = `<ol start="` + strconv.Itoa(w.m.From+1) + `">`
		}
	}
	w.html.WriteString(open)
	for i, r := range w.m.List {
		mark := "• "
		if w.m.Numbered {
			mark = strconv.Itoa(w.m.From+i+1) + ". "
		}
		plain, marked := mark+w.plain(r.Text), w.rich(r.Text)
		if !r.Detail.Empty() {
			plain += " — " + w.plain(r.Detail)
			marked += "<br><em>" + w.rich(r.Detail) + "</em>"
		}
		for j, b := range r.Buttons {
			p, h := w.button(b, w.faces.rows[i][j])
			plain += "\n   " + p
			marked += "<br>" + h
		}
		w.put(plain, "<li>"+marked+"</li>")
	}
	w.html.WriteString("</" + tag + ">")
}

// foot is what stands below: the picture in words, small print, and what can be done next.
func (w *writer) foot() {
	if pic := w.m.Picture; pic != nil && pic.Alt != "" {
		w.put(quiet(pic.Alt), "<p>"+escape(pic.Alt)+"</p>")
	}
	for _, r := range w.m.Note {
		w.put(w.plain(r), "<p><em>"+w.rich(r)+"</em></p>")
	}
	var plain, marked []string
	for i, b := range w.m.Buttons {
		p, h := w.button(b, w.faces.buttons[i])
		plain, marked = append(plain, p), append(marked, h)
	}
	for i, menu := range w.m.Menus {
		plain, marked = append(plain, quiet(menu.Label)+":"), append(marked, escape(menu.Label)+":")
		for j, o := range menu.Options {
			p, h := option(o, w.faces.menus[i][j])
			plain, marked = append(plain, p), append(marked, h)
		}
	}
	if len(plain) > 0 {
		w.put(strings.Join(plain, "\n"), "<p>"+strings.Join(marked, "<br>")+"</p>")
	}
}

// button is one button in words: its reaction, its name, and what to type for the same.
func (w *writer) button(b chat.Button, face string) (plain, marked string) {
	label := b.Name
	if label == "" {
		label = b.Label
	}
	if b.URL != "" {
		to := text.SafeURL(b.URL)
		if to == "" {
			return quiet(label), escape(label)
		}
		return quiet(label) + ": " + to, link(to, escape(label))
	}
	plain, marked = quiet(label), escape(label)
	if b.Style == chat.Primary {
		marked = "<strong>" + marked + "</strong>"
	}
	if face != "" {
		plain, marked = face+" "+plain, face+" "+marked
	} else {
		plain, marked = "– "+plain, "– "+marked
	}
	// Nobody types a long line where a reaction does the same.
	if line := typed(b, w.prefix); line != "" && (face == "" || len(line) <= longLine) {
		plain += ": " + quiet(line)
		marked += ": <code>" + escape(line) + "</code>"
	}
	return plain, marked
}

// longLine is how long a command to type may be, in bytes, beside a reaction for it.
const longLine = 80

func option(o chat.Option, face string) (plain, marked string) {
	plain, marked = quiet(o.Label), escape(o.Label)
	if o.On {
		marked = "<strong>" + marked + "</strong>"
		plain = "✓ " + plain
	}
	if o.About != "" {
		plain += " — " + quiet(o.About)
		marked += " — " + escape(o.About)
	}
	if face == "" {
		face = "–"
	}
	return face + " " + plain, face + " " + marked
}

// quiet is text that notifies nobody: servers look for "@room" in the words of old clients' messages.
func quiet(s string) string {
	for {
		i := indexFold(s, "@room")
		if i < 0 {
			return s
		}
		s = s[:i+1] + "\u2060" + s[i+1:]
	}
}

func indexFold(s, what string) int {
	for i := 0; i+len(what) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}

// escape is text in HTML.
func escape(s string) string {
	return strings.ReplaceAll(html.EscapeString(quiet(s)), "\n", "<br>")
}

func link(to, marked string) string {
	if to == "" {
		return marked
	}
	return `<a href="` + html.EscapeString(to) + `">` + marked + "</a>"
}

// plain is r as text. A link's address is shown where its words do not say it.
func (w *writer) plain(r text.Rich) string {
	var b strings.Builder
	for _, s := range r {
		b.WriteString(quiet(s.Text))
		if to := text.SafeURL(s.URL); to != "" && to != s.Text && !strings.HasPrefix(to, "mailto:") {
			b.WriteString(" (" + to + ")")
		}
	}
	return b.String()
}

// rich is r as HTML.
func (w *writer) rich(r text.Rich) string {
	var b strings.Builder
	for _, s := range r {
		out := escape(s.Text)
		if s.Style.Has(text.StyleCode) {
			out = "<code>" + out + "</code>"
		}
		if s.Style.Has(text.StyleStrike) {
			out = "<del>" + out + "</del>"
		}
		if s.Style.Has(text.StyleItalic) {
			out = "<em>" + out + "</em>"
		}
		if s.Style.Has(text.StyleBold) {
			out = "<strong>" + out + "</strong>"
		}
		switch who := w.m.Accounts[s.Member]; {
		case s.Member > 0 && who != "":
			out = link(matrixTo+escapePath(string(who)), out)
		case s.URL != "":
			out = link(text.SafeURL(s.URL), out)
		}
		b.WriteString(out)
	}
	return b.String()
}
