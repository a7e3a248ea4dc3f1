package mail

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"

	"guildhall/core/mail"
	"guildhall/core/text"
)

//go:embed letter.html letter.txt
var forms embed.FS

var (
	htmlForm = template.Must(template.New("letter.html").Funcs(template.FuncMap{"rich": rich, "bare": rowRich}).ParseFS(forms, "letter.html"))
	textForm = texttemplate.Must(texttemplate.New("letter.txt").Funcs(texttemplate.FuncMap{"plain": plain, "upper": strings.ToUpper,
		"under": func(s string) string { return strings.Repeat("=", text.Length(s)) }}).ParseFS(forms, "letter.txt"))
)

// shown is what the template of HTML is given.
type shown struct {
	mail.Body
	Mail    bool         // not a page
	Picture template.URL // where the picture is, in a mail
	Alt     string
	Press   string
	Danger  bool
	Choices []mail.Choice
}

// HTML is a body as a mail in HTML: tables and inline styles, since that is what mail clients know.
func HTML(b mail.Body) (string, error) {
	s := shown{Body: b, Mail: true}
	if b.Picture != nil {
		s.Picture, s.Alt = "cid:"+pictureID, b.Picture.Alt
	}
	return render(s)
}

// pageHTML is a page that a link leads to.
func pageHTML(p mail.Page) (string, error) {
	return render(shown{Body: p.Body, Press: p.Press, Danger: p.Danger, Choices: p.Choices})
}

func render(s shown) (string, error) {
	var b strings.Builder
	if err := htmlForm.Execute(&b, s); err != nil {
		return "", fmt.Errorf("render HTML: %w", err)
	}
	return b.String(), nil
}

// Text is a body as text.
func Text(b mail.Body) (string, error) {
	var out strings.Builder
	if err := textForm.Execute(&out, b); err != nil {
		return "", fmt.Errorf("render text: %w", err)
	}
	return strings.TrimSpace(out.String()) + "\n", nil
}

// rich is a text in which nothing but styles and links is markup.
func rich(r text.Rich) template.HTML { return spans(r, true) }

// rowRich is a text that stands inside a link.
func rowRich(r text.Rich) template.HTML { return spans(r, false) }

var styles = []struct {
	style text.Style
	name  string
}{{text.StyleBold, "b"}, {text.StyleItalic, "i"}, {text.StyleCode, "code"}, {text.StyleStrike, "s"}}

func spans(r text.Rich, links bool) template.HTML {
	var b strings.Builder
	for _, s := range r {
		words := strings.ReplaceAll(template.HTMLEscapeString(s.Text), "\n", "<br>")
		for _, t := range styles {
			if s.Style.Has(t.style) {
				words = "<" + t.name + ">" + words + "</" + t.name + ">"
			}
		}
		if to := text.SafeURL(s.URL); to != "" && links {
			words = `<a class="link" style="color:#1a5a96" rel="noreferrer" href="` + template.HTMLEscapeString(to) + `">` + words + "</a>"
		}
		b.WriteString(words)
	}
	return template.HTML(b.String()) //nolint:gosec // every text in it was escaped just now
}

// plain is a text without markup; a link stands behind its words.
func plain(r text.Rich) string {
	var b strings.Builder
	for _, s := range r {
		b.WriteString(s.Text)
		if to := text.SafeURL(s.URL); to != "" && strings.TrimPrefix(strings.TrimPrefix(to, "https://"), "http://") != s.Text && to != s.Text {
			b.WriteString(" (" + to + ")")
		}
	}
	return b.String()
}

// oneLine is a text that can stand in a header: no more than most graphemes (0: as many as there are).
func oneLine(s string, most int) string {
	return strings.Join(strings.Fields(text.Clean(s, most)), " ")
}
