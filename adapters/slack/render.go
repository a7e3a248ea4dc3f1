package slack

import (
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// block is one block as it is sent. It stands for slack-go's types, which add fields of their own.
type block obj

// BlockType and ID implement slack.Block.
func (b block) BlockType() slack.MessageBlockType {
	t, _ := b["type"].(string)
	return slack.MessageBlockType(t)
}

// ID is the block's id.
func (b block) ID() string {
	id, _ := b["block_id"].(string)
	return id
}

// rendered is a message as Slack takes it.
type rendered struct {
	Text   string  `json:"text"` // what notifications, old clients and screen readers say
	Blocks []block `json:"blocks"`
}

func (r rendered) blocks() []slack.Block {
	out := make([]slack.Block, len(r.Blocks))
	for i, b := range r.Blocks {
		out[i] = b
	}
	return out
}

// look is how a message is shown.
type look struct {
	everyone bool   // all who are named are mentioned, also those who must not be notified: for edits and what one person sees
	picture  string // the id of the message's picture at Slack; empty: it goes on its own
	most     int    // blocks; 0: those of a message
}

// Ids of the controls in messages. A button's key is its value; a menu's is the rest of its id.
const (
	pressID = "press:"
	menuID  = "menu:"
	moreID  = "more:" // an overflow menu, whose options' values are keys
)

// render is m as Slack's blocks and the text that stands for them. It is a pure function.
func render(m chat.Message, l look) rendered {
	n := names{accounts: m.Accounts}
	if !l.everyone {
		n.may = map[chat.AccountID]bool{}
		for _, a := range m.Pings {
			n.may[a] = true
		}
	}
	r := renderer{names: n}
	r.head(m)
	for _, p := range m.Body {
		r.paragraph(p)
	}
	for _, q := range m.Quote {
		r.quote(q)
	}
	r.fields(m.Fields)
	r.list(m)
	r.image(m.Picture, l.picture)
	r.actions(m)
	r.small(m)
	most := l.most
	if most == 0 {
		most = maxBlocks
	}
	return rendered{Text: fallback(m), Blocks: fit(r.out, most)}
}

// fallback is the message as plain text.
func fallback(m chat.Message) string {
	s := m.Plain()
	if s == "" {
		s = "Guildhall"
	}
	for n := maxText; ; n -= max(n/8, 1) {
		if out := escape(clip(s, n)); units(out) <= maxText {
			return out
		}
	}
}

type renderer struct {
	names
	out  []block
	lead text.Rich // who is called, before the first paragraph
	next int       // the number of the next control
}

func (r *renderer) add(b block) { r.out = append(r.out, b) }

// head is the title, who speaks, and who is called.
func (r *renderer) head(m chat.Message) {
	title := strings.TrimSpace(oneLine(m.Title.Plain()))
	switch {
	case title == "":
	case m.Kind == chat.Card:
		r.add(block{"type": "header", "text": plainText(clip(title, maxHeader))})
	default:
		r.paragraph(m.Title.With(text.StyleBold))
	}
	r.lead = r.calls(m)
	if m.Speaker != "" {
		r.lead = append(r.lead, text.Span{Text: m.Speaker, Style: text.StyleBold}, text.Span{Text: ": "})
	}
	if len(m.Body) == 0 && len(r.lead) > 0 {
		r.paragraph(nil)
	}
}

// calls are mentions of those who are to be notified and are not named in the text.
func (r *renderer) calls(m chat.Message) text.Rich {
	member := map[chat.AccountID]int64{}
	for no, a := range m.Accounts {
		if was, ok := member[a]; !ok || no < was {
			member[a] = no
		}
	}
	var out text.Rich
	for _, a := range m.Pings {
		no := member[a]
		if _, ok := r.user(no); ok && no > 0 && !mentions(m, no) {
			out = append(out, text.Span{Member: no}, text.Span{Text: ", "})
		}
	}
	return out
}

// mentions says whether the texts of m, other than its title, name a member.
func mentions(m chat.Message, member int64) bool {
	in := func(r text.Rich) bool {
		for _, s := range r {
			if s.Member == member {
				return true
			}
		}
		return false
	}
	if m.Kind != chat.Card && in(m.Title) {
		return true
	}
	for _, part := range [][]text.Rich{m.Body, m.Note} {
		for _, p := range part {
			if in(p) {
				return true
			}
		}
	}
	for _, f := range m.Fields {
		if in(f.Value) {
			return true
		}
	}
	for _, row := range m.List {
		if in(row.Text) || in(row.Detail) {
			return true
		}
	}
	return false
}

// paragraph is one text, in as many sections as it needs.
func (r *renderer) paragraph(p text.Rich) {
	if len(r.lead) > 0 {
		if len(p) == 0 && r.lead[len(r.lead)-1].Text == ", " {
			r.lead = r.lead[:len(r.lead)-1]
		}
		p, r.lead = append(r.lead[:len(r.lead):len(r.lead)], p...), nil
	}
	if p.Empty() && !named(p) {
		return
	}
	plain, styled := hostile(p)
	switch {
	case plain && styled:
		r.add(block{"type": "rich_text", "elements": []any{obj{"type": "rich_text_section", "elements": r.spans(p)}}})
	case plain:
		for s := p.Plain(); s != ""; {
			front := head(s, maxSection)
			r.add(block{"type": "section", "text": plainText(front)})
			s = s[len(front):]
		}
	default:
		for _, part := range r.parts(p, maxSection) {
			if md := r.mrkdwn(part); strings.TrimSpace(md) != "" {
				r.add(block{"type": "section", "text": mrkdwnText(md)})
			}
		}
	}
}

// named says whether p names somebody, who is shown though the text is empty.
func named(p text.Rich) bool {
	for _, s := range p {
		if s.Member > 0 {
			return true
		}
	}
	return false
}

// spans is r as the elements of a rich text, in which nothing is read as markup.
func (r *renderer) spans(p text.Rich) []any {
	var out []any
	for _, s := range p {
		if user, ok := r.user(s.Member); ok && s.Member > 0 {
			out = append(out, obj{"type": "user", "user_id": user})
			continue
		}
		if s.Text == "" {
			continue
		}
		e := obj{"type": "text", "text": s.Text}
		if s.URL != "" && text.SafeURL(s.URL) != "" {
			e = obj{"type": "link", "url": s.URL, "text": s.Text}
		}
		style := obj{}
		for bit, name := range map[text.Style]string{text.StyleBold: "bold", text.StyleItalic: "italic", text.StyleStrike: "strike", text.StyleCode: "code"} {
			if s.Style.Has(bit) {
				style[name] = true
			}
		}
		if len(style) > 0 {
			e["style"] = style
		}
		out = append(out, e)
	}
	return out
}

// quote is what a person wrote, behind a bar.
func (r *renderer) quote(q text.Rich) {
	if q.Empty() {
		return
	}
	if plain, _ := hostile(q); plain {
		r.add(block{"type": "rich_text", "elements": []any{obj{"type": "rich_text_quote", "elements": r.spans(q)}}})
		return
	}
	for _, part := range r.parts(q, maxSection-600) {
		r.add(block{"type": "section", "text": mrkdwnText(clip("> "+strings.ReplaceAll(r.mrkdwn(part), "\n", "\n> "), maxSection))})
	}
}

// fields are facts, in two columns.
func (r *renderer) fields(fs []chat.Field) {
	for len(fs) > 0 {
		n := min(len(fs), 10)
		var list []any
		for _, f := range fs[:n] {
			name := "*" + escape(tame(strings.TrimSpace(oneLine(clip(f.Name, 200))))) + "*\n"
			value := r.element(f.Value, maxField-units(name))
			s, _ := value["text"].(string)
			if value["type"] == "plain_text" {
				s = r.mrkdwn(text.Rich{{Text: s}})
			}
			list = append(list, mrkdwnText(clip(name+s, maxField)))
		}
		r.add(block{"type": "section", "fields": list})
		fs = fs[n:]
	}
}

// list is a row each, with its button beside it, or its buttons in a menu.
func (r *renderer) list(m chat.Message) {
	for i, row := range m.List {
		mark := "• "
		if m.Numbered {
			mark = strconv.Itoa(m.From+i+1) + ". "
		}
		line := append(text.Rich{{Text: mark}}, row.Text...)
		if !row.Detail.Empty() {
			line = append(line, text.Span{Text: "\n"})
			line = append(line, row.Detail...)
		}
		b := block{"type": "section", "text": r.element(line, maxSection)}
		switch len(row.Buttons) {
		case 0:
		case 1:
			b["accessory"] = r.button(row.Buttons[0])
		default:
			b["accessory"] = r.overflow(row.Buttons)
		}
		r.add(b)
	}
}

// image is the message's picture, and its figures in words.
func (r *renderer) image(p *chat.Picture, id string) {
	if p == nil {
		return
	}
	alt := strings.TrimSpace(p.Alt)
	if id != "" {
		r.add(block{"type": "image", "slack_file": obj{"id": id}, "alt_text": clip(oneLine(orElse(alt, orElse(p.File.Name, "…"))), maxAlt)})
	}
	if alt != "" {
		r.add(block{"type": "context", "elements": []any{r.element(text.Plain(alt), maxSection)}})
	}
}

// small is the small print.
func (r *renderer) small(m chat.Message) {
	for notes := m.Note; len(notes) > 0; {
		n := min(len(notes), 10)
		var list []any
		for _, p := range notes[:n] {
			if !p.Empty() || named(p) {
				list = append(list, r.element(p, maxSection))
			}
		}
		if len(list) > 0 {
			r.add(block{"type": "context", "elements": list})
		}
		notes = notes[n:]
	}
}

// fit drops what is beyond Slack's limits for a whole message: first from the end of what is said, never
// what can be pressed.
func fit(bs []block, most int) []block {
	for length(bs) > maxBlocksText {
		i := lastSaid(bs)
		if i < 0 {
			break
		}
		bs = append(bs[:i:i], bs[i+1:]...)
	}
	for len(bs) > most {
		i := lastSaid(bs)
		if i < 0 {
			return bs[:most]
		}
		bs = append(bs[:i:i], bs[i+1:]...)
	}
	if len(bs) == 0 {
		bs = []block{{"type": "section", "text": plainText("…")}}
	}
	return bs
}

// lastSaid is the last block that is not the message's own buttons; -1 when there is none.
func lastSaid(bs []block) int {
	for i := len(bs) - 1; i >= 0; i-- {
		if bs[i]["type"] != "actions" {
			return i
		}
	}
	return -1
}

// length is all text in blocks.
func length(bs []block) int {
	n := 0
	for _, b := range bs {
		n += textIn(obj(b))
	}
	return n
}

func textIn(v any) int {
	n := 0
	switch v := v.(type) {
	case obj:
		for key, in := range v {
			if s, ok := in.(string); ok && key == "text" {
				n += units(s)
				continue
			}
			n += textIn(in)
		}
	case []any:
		for _, in := range v {
			n += textIn(in)
		}
	}
	return n
}
