package discord

import (
	pathpkg "path"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// post is a message as Discord takes it.
type post struct {
	Content    string                            `json:"content"`
	Embeds     []*discordgo.MessageEmbed         `json:"embeds"`
	Components []discordgo.MessageComponent      `json:"components"`
	Mentions   *discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Flags      int                               `json:"flags,omitempty"`
	Files      []fileNote                        `json:"attachments,omitempty"`

	Nonce     string                      `json:"nonce,omitempty"`
	Enforce   bool                        `json:"enforce_nonce,omitempty"`
	Reference *discordgo.MessageReference `json:"message_reference,omitempty"`

	uploads []chat.Attachment // in the order of Files
}

// fileNote says what an uploaded file is called and shows.
type fileNote struct {
	ID   string `json:"id"` // its place among the uploads
	Name string `json:"filename"`
	Alt  string `json:"description,omitempty"`
}

// look is what a message's form depends on besides the message.
type look struct {
	private bool   // only one person sees it: it needs no key
	mark    string // the address that holds the message's key
	largest int64  // bytes of one file
	words   *text.Catalogue
}

// The colours of embeds.
const (
	colourCard  = 0x3B7DD8
	colourAlarm = 0xC27C0E
)

// render turns a message into Discord's form. It is pure: everything it needs is given. What is shared
// is an embed, whose address holds the key by which a message of unknown outcome is found again; what
// is short and only for one person is plain text.
func render(m chat.Message, l look) post {
	p := post{Embeds: []*discordgo.MessageEmbed{}, Components: components(m, l.words),
		Mentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}}
	notes := p.attach(m, l)
	if !l.private {
		m.Accounts = unpinged(m) // who is notified stands in front of the embed
	}
	body, foot := content(m, notes)
	plainly := l.private && len(m.Fields) == 0 && m.Picture == nil && m.Kind != chat.Card
	if plainly {
		all := joined("\n", heading(m), body, small(foot))
		if units(all) <= maxContent {
			p.Content = all
		} else {
			plainly = false
		}
	}
	if !plainly {
		p.Embeds = append(p.Embeds, boxed(m, l, body, foot, p.Files))
	}
	p.ping(m)
	if p.Content == "" && len(p.Embeds) == 0 && len(p.Components) == 0 && len(p.Files) == 0 {
		p.Content = blank // an empty message is refused
	}
	return p
}

// ping notifies those whom the message may notify, and nobody else: mentions in an embed notify
// nobody, so they stand in the text before it.
func (p *post) ping(m chat.Message) {
	var line []string
	for _, a := range m.Pings {
		if id := string(a); isID(id) && len(p.Mentions.Users) < 50 {
			p.Mentions.Users = append(p.Mentions.Users, id)
			if mention := "<@" + id + ">"; !strings.Contains(p.Content, mention) {
				line = append(line, mention)
			}
		}
	}
	if len(line) > 0 {
		p.Content = cut(joined(" ", strings.Join(line, " "), p.Content), maxContent)
	}
}

// unpinged are the accounts of those who are mentioned and not notified.
func unpinged(m chat.Message) map[int64]chat.AccountID {
	if len(m.Pings) == 0 {
		return m.Accounts
	}
	out := map[int64]chat.AccountID{}
	for no, a := range m.Accounts {
		if !slices.Contains(m.Pings, a) {
			out[no] = a
		}
	}
	return out
}

// attach lists the files that go with the message, and returns what is said of those that do not.
func (p *post) attach(m chat.Message, l look) (left []string) {
	add := func(a chat.Attachment, alt string) {
		switch {
		case a.Open == nil || len(p.Files) >= maxFiles:
		case l.largest > 0 && a.Size > l.largest:
			left = append(left, l.words.Plain(m.Lang, "discord.too_large", text.Args{"name": a.Name}))
		default:
			p.Files = append(p.Files, fileNote{ID: itoa(len(p.Files)), Name: fileName(a.Name, len(p.Files)), Alt: cut(alt, maxAlt)})
			p.uploads = append(p.uploads, a)
		}
	}
	if m.Picture != nil {
		add(m.Picture.File, m.Picture.Alt)
	}
	for _, f := range m.Files {
		add(f, "")
	}
	return left
}

// fileName keeps what Discord keeps of a name: letters, digits, dots, dashes and underscores.
func fileName(name string, n int) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, pathpkg.Base(strings.ReplaceAll(name, "\\", "/")))
	if strings.Trim(name, "._") == "" {
		name = "file" + pathpkg.Ext(name)
	}
	if len(name) > 100 {
		name = name[:60] + "-" + strconv.Itoa(n) + name[len(name)-20:]
	}
	return name
}

func heading(m chat.Message) string {
	head := ""
	if m.Speaker != "" {
		head = "**" + escape(m.Speaker) + "**:"
	}
	return joined("\n", head, markdown(m.Title.With(text.StyleBold), m.Accounts))
}

// content is the body of a message, and its small print.
func content(m chat.Message, notes []string) (body string, foot []string) {
	var lines []string
	add := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	for _, r := range m.Body {
		add(markdown(r, m.Accounts))
	}
	for _, r := range m.Quote {
		add("> " + strings.ReplaceAll(markdown(r, nil), "\n", "\n> "))
	}
	if len(m.List) > 0 { // embeds show their fields last
		for _, f := range m.Fields {
			add("**" + escape(f.Name) + "**: " + markdown(f.Value, m.Accounts))
		}
	}
	for i, row := range m.List {
		lead := "• "
		if m.Numbered {
			lead = strconv.Itoa(m.From+i+1) + ". "
		}
		add(lead + joined(" — ", markdown(row.Text, m.Accounts), markdown(row.Detail, m.Accounts)))
	}
	if m.Picture != nil {
		add(escape(m.Picture.Alt))
	}
	for _, n := range notes {
		foot = append(foot, escape(n))
	}
	for _, r := range m.Note {
		foot = append(foot, markdown(r, m.Accounts))
	}
	return strings.Join(lines, "\n"), foot
}

// small is small print as lines of text.
func small(notes []string) string {
	var out []string
	for _, n := range notes {
		for line := range strings.SplitSeq(n, "\n") {
			if line != "" {
				out = append(out, "-# "+line)
			}
		}
	}
	return strings.Join(out, "\n")
}

func boxed(m chat.Message, l look, body string, foot []string, files []fileNote) *discordgo.MessageEmbed {
	e := &discordgo.MessageEmbed{URL: l.mark}
	switch m.Kind {
	case chat.Card:
		e.Color = colourCard
	case chat.Alarm:
		e.Color = colourAlarm
	}
	left := maxEmbed
	take := func(s string, most int) string {
		s = cut(s, max(1, min(most, left)))
		left -= units(s)
		return s
	}
	if m.Speaker != "" {
		e.Author = &discordgo.MessageEmbedAuthor{Name: take(mute(m.Speaker), maxAuthor)}
	}
	if len(m.List) == 0 {
		for _, f := range m.Fields {
			if len(e.Fields) == maxFields || left < maxFieldName+maxFieldValue {
				break
			}
			field := &discordgo.MessageEmbedField{Name: take(mute(f.Name), maxFieldName), Value: take(markdown(f.Value, m.Accounts), maxFieldValue)}
			field.Inline = units(field.Value) <= 40
			if field.Name == "" {
				field.Name = blank
			}
			if field.Value == "" {
				field.Value = blank
			}
			e.Fields = append(e.Fields, field)
		}
	}
	notes := take(small(foot), maxFooter)
	if len(e.Fields) > 0 && !marked(m.Note) && notes != "" {
		var lines []string
		for _, r := range m.Note {
			lines = append(lines, plain(r))
		}
		e.Footer = &discordgo.MessageEmbedFooter{Text: cut(strings.Join(lines, "\n"), max(1, units(notes)))}
		notes = ""
	}
	title := markdown(m.Title.With(text.StyleBold), m.Accounts)
	e.Description = joined("\n", take(joined("\n", title, body), maxDescription-units(notes)-1), notes)
	if m.Picture != nil && len(files) > 0 && m.Picture.File.Open != nil {
		e.Image = &discordgo.MessageEmbedImage{URL: "attachment://" + files[0].Name}
	}
	if e.Description == "" && len(e.Fields) == 0 && e.Image == nil && e.Author == nil {
		e.Description = blank
	}
	return e
}

// marked says whether small print has what a footer cannot show.
func marked(notes []text.Rich) bool {
	for _, r := range notes {
		for _, s := range r {
			if s.URL != "" || s.Member > 0 || !s.At.IsZero() {
				return true
			}
		}
	}
	return false
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}
