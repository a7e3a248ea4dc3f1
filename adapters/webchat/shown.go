package webchat

import (
	"hash/fnv"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// shownPost is a message as a browser puts it on the page.
type shownPost struct {
	ID     chat.MessageID `json:"id"`
	N      int64          `json:"n"`
	Room   chat.RoomID    `json:"room"`
	Thread chat.ThreadID  `json:"thread,omitempty"`
	Part   string         `json:"part,omitempty"` // "thread" for a thread's own list, where its root stands, too
	HTML   template.HTML  `json:"html"`           // empty: it is no more
}

// postView is what post.html is given.
type postView struct {
	Post     *Post
	Domain   string // the id of its element
	Who      string
	Initials string
	Colour   uint32 // of the picture that stands for the person
	App      bool   // we wrote it
	Mine     bool
	Carried  bool // we carried it here for somebody
	Pings    bool
	Clock    string // "14:05"
	Full     string // "Tuesday 25 November 2026, 14:05"
	Machine  string
	Day      string // "2026-11-25"
	DayName  string
	Text     []run
	Files    []fileView
	Message  template.HTML
	Marks    []markView
	Replies  string // "2 answers"; empty where there is nothing to say about its thread
	Thread   string // the address of its thread; empty where there is none
	Link     string
	May      string // what the menu offers: "react thread act edit delete"
	NewDay   bool
	Goes     bool // it goes on where the one before ended: same person, same minutes
	Say      func(string, ...any) string
}

type markView struct {
	Emoji, Label string
	N            int
	Mine         bool
}

// together is how long after another a message of the same person needs no name again.
const together = 5 * time.Minute

// show is a post for one person. part is "thread" in a thread's panel. p.mu must be held.
func (p *Platform) show(post *Post, who *Persona, part string) (shownPost, error) {
	out := shownPost{ID: post.ID, N: post.N, Room: post.Room, Thread: post.Thread, Part: part}
	if !p.world.sees(post, who.Account) {
		return out, nil
	}
	html, err := execute("post", p.view(post, who, part))
	out.HTML = html
	return out, err
}

// list is the messages of a place for one person, oldest first.
func (p *Platform) list(posts []*Post, who *Persona, part string) ([]template.HTML, error) {
	var out []template.HTML
	var before postView
	for i, post := range posts {
		v := p.view(post, who, part)
		v.NewDay = i == 0 || v.Day != before.Day
		v.Goes = !v.NewDay && v.follows(before)
		html, err := execute("post", v)
		if err != nil {
			return nil, err
		}
		out = append(out, html)
		before = v
	}
	return out, nil
}

func (v postView) follows(b postView) bool {
	return v.Who == b.Who && v.App == b.App && v.Post.Only == b.Post.Only && !v.Post.Gone && !b.Post.Gone &&
		v.Post.At.Sub(b.Post.At) < together
}

func (p *Platform) view(post *Post, who *Persona, part string) postView {
	l := p.look(who)
	at := post.At.In(who.location())
	day := text.DateOf(at)
	v := postView{Post: post, Domain: part + string(post.ID), Clock: at.Format("15:04"), Machine: post.At.UTC().Format(time.RFC3339),
		Day: day.String(), DayName: text.FormatWeekday(l.lang, at.Weekday()) + " " + text.FormatDate(l.lang, day),
		Link: p.page(who, post.Room, post.Thread) + "#" + string(post.ID), Say: p.saying(who)}
	v.Full = v.DayName + ", " + v.Clock
	p.viewAuthor(&v, who)
	if post.Gone {
		v.Thread = p.threadOf(&v, who, part)
		return v
	}
	v.Text, v.Files = l.written(post.Text), nil
	for _, f := range post.Files {
		v.Files = append(v.Files, fileView{URL: fileURL(f.ID, f.Name), Name: f.Name, About: l.fileAbout(f.Name, f.Size), Image: f.Image})
	}
	if post.ours() {
		v.Message, _ = render(*post.Message, l)
		v.Pings = has(post.Message.Pings, who.Account)
	}
	v.Pings = v.Pings || slices.ContainsFunc(v.Text, func(r run) bool { return r.Me })
	for _, r := range post.Reactions {
		v.Marks = append(v.Marks, p.mark(r, who))
	}
	v.Thread = p.threadOf(&v, who, part)
	v.May = p.may(post, who)
	return v
}

func (p *Platform) viewAuthor(v *postView, who *Persona) {
	switch {
	case v.Post.ours() && v.Post.Message != nil && v.Post.Message.Speaker != "":
		v.Who, v.Carried = v.Post.Message.Speaker, true
	case v.Post.ours():
		v.Who, v.App = ourName, true
	default:
		v.Who, v.Mine = string(v.Post.From), v.Post.From == who.Account
		if persona := p.personas[v.Post.From]; persona != nil {
			v.Who = persona.Name
		}
	}
	v.Initials, v.Colour = initials(v.Who), p.colour(v.Who)
}

// threadOf fills in how many answers there are, and returns the address of the thread.
func (p *Platform) threadOf(v *postView, who *Persona, part string) string {
	if v.Post.starts() == "" {
		return ""
	}
	switch n := p.world.replies(v.Post, who.Account); {
	case part != "":
	case n > 0:
		v.Replies = p.say(who, "replies", text.Args{"n": n})
	case v.Post.Message != nil && v.Post.Message.Threaded && !p.world.rooms[v.Post.Room].Archived:
		v.Replies = p.say(who, "answer", nil)
	}
	return p.page(who, v.Post.Room, v.Post.starts())
}

// may is what a person can do with a message, as words for the menu.
func (p *Platform) may(post *Post, who *Persona) string {
	room := p.world.rooms[post.Room]
	var out []string
	add := func(what string, ok bool) {
		if ok {
			out = append(out, what)
		}
	}
	live := !room.Archived && post.Only == ""
	add("react", live)
	add("thread", post.starts() != "")
	add("act", post.Only == "")
	add("person", post.Only == "" && post.From != who.Account && p.personas[post.From] != nil)
	add("link", true)
	add("edit", live && post.From == who.Account)
	add("delete", post.Only == "" && (post.From == who.Account || who.admin(room.Space)))
	add("dismiss", post.Only != "")
	return strings.Join(out, " ")
}

func (p *Platform) mark(r Reaction, who *Persona) markView {
	var names []string
	for _, a := range r.Who {
		name := string(a)
		if persona := p.personas[a]; persona != nil {
			name = persona.Name
		}
		names = append(names, name)
	}
	return markView{Emoji: r.Emoji, N: len(r.Who), Mine: has(r.Who, who.Account),
		Label: p.say(who, "mark", text.Args{"emoji": r.Emoji, "who": names})}
}

// look is how a persona sees messages.
func (p *Platform) look(who *Persona) look {
	lang := p.words.Match(who.Locale)
	return look{lang: lang, me: who.Account,
		say: func(key string, a text.Args) string { return p.words.Plain(lang, "webchat."+key, a) },
		name: func(a chat.AccountID) string {
			switch persona := p.personas[a]; {
			case persona != nil:
				return persona.Name
			case a == us:
				return ourName
			}
			return ""
		}}
}

// saying is say for templates: a key, and the name and value of each argument.
func (p *Platform) saying(who *Persona) func(string, ...any) string {
	return func(key string, pairs ...any) string {
		args := text.Args{}
		for i := 0; i+1 < len(pairs); i += 2 {
			if name, ok := pairs[i].(string); ok {
				args[name] = pairs[i+1]
			}
		}
		return p.say(who, key, args)
	}
}

// initials are the first letters of the first and last word of a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
	if len(words) == 0 {
		return "?"
	}
	first := func(w string) string { return strings.ToUpper(string([]rune(w)[:1])) }
	if i := strings.IndexByte(name, '('); i > 0 { // "B (Matrix · ZDZ Poznań)"
		return initials(name[:i])
	}
	if len(words) == 1 {
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

// colours is how many colours the style sheet has for people.
const colours = 6

// colour is one of them for a name: another one for each persona, as far as there are enough.
func (p *Platform) colour(name string) uint32 {
	for i, persona := range p.opts.Personas {
		if strings.HasPrefix(name, persona.Name) { // also "Bogdan Nowak (ZDZ Poznań)"
			return uint32(i % colours) //nolint:gosec // less than colours
		}
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum32() % colours
}

// shownForm is a form as a browser opens it.
type shownForm struct {
	Key  string        `json:"key"`
	HTML template.HTML `json:"html"`
}

// formView is what form.html is given.
type formView struct {
	Form   chat.Form
	Intro  [][]run
	Inputs []inputView
	Say    func(string, ...any) string
}

type inputView struct {
	chat.Input
	ID     string
	As     string // which control
	Type   string // of an <input>
	Mode   string // which keyboard a phone shows
	Offers bool   // the engine offers values while one types
	Values []chat.Option
	People []Persona
	Say    func(string, ...any) string
}

func (p *Platform) showForm(f *OpenForm, who *Persona) (shownForm, error) {
	l := p.look(who)
	v := formView{Form: f.Form, Intro: l.paragraphs(f.Form.Intro, nil), Say: p.saying(who)}
	for i, in := range f.Form.Inputs {
		iv := control(in)
		iv.ID, iv.Say = "f"+strconv.Itoa(i), v.Say
		if in.Kind == chat.Member {
			iv.People = p.opts.Personas
		}
		iv.Offers = f.Form.Command != "" && iv.As == "input" && has(offered, in.Kind)
		v.Inputs = append(v.Inputs, iv)
	}
	html, err := execute("form", v)
	return shownForm{Key: f.Form.Key, HTML: html}, err
}

// fewOptions is up to how many options are shown all at once.
const fewOptions = 5

// offered are the kinds whose values are many, and known to the engine.
var offered = []chat.Kind{chat.Record, chat.Language, chat.Country, chat.Topic, chat.Zone, chat.Org}

// control chooses how a question is asked.
func control(in chat.Input) inputView {
	v := inputView{Input: in, As: "input", Type: "text"}
	many := has([]chat.Kind{chat.Choices, chat.Topics, chat.Languages, chat.Spaces, chat.Records, chat.Ticks}, in.Kind)
	switch {
	case in.Kind == chat.File:
		v.As = "file"
	case many && len(in.Options) > 0:
		v.As, v.Values = "checks", ticked(in)
	case in.Kind == chat.Yes:
		v.As = "yes"
	case len(in.Options) > 0 && len(in.Options) <= fewOptions && in.Required:
		v.As, v.Values = "radios", ticked(in)
	case len(in.Options) > 0:
		v.As, v.Values = "select", ticked(in)
	case in.Kind == chat.Text:
		v.As = "textarea"
	case in.Kind == chat.Date:
		if _, err := text.ParseDate(in.Value); err == nil || in.Value == "" {
			v.Type = "date" // else what was typed stays to be mended
		}
	case in.Kind == chat.Hour:
		v.Type = "time"
	default:
		// The engine takes an address without "https://", and says better than a browser what it does
		// not take.
		v.Mode = map[chat.Kind]string{chat.Link: "url", chat.Mail: "email", chat.Number: "numeric"}[in.Kind]
	}
	return v
}

// ticked are an input's options, with those that its value names chosen.
func ticked(in chat.Input) []chat.Option {
	var chosen []string
	for _, v := range strings.Split(in.Value, ",") {
		if v = strings.TrimSpace(v); v != "" {
			chosen = append(chosen, v)
		}
	}
	out := slices.Clone(in.Options)
	for i := range out {
		if len(chosen) > 0 {
			out[i].On = has(chosen, out[i].Value)
		}
	}
	return out
}

// fill shows what an action led to.
func (p *Platform) fill(r *result, who *Persona) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if post := p.world.posts[r.answer]; post != nil {
		part := ""
		if post.Thread != "" {
			part = "thread"
		}
		if shown, err := p.show(post, who, part); err == nil {
			r.Answer = &shown
		}
	}
	if f := p.world.forms[r.form]; f != nil && f.For == who.Account {
		if shown, err := p.showForm(f, who); err == nil {
			r.Form = &shown
		}
	}
}
