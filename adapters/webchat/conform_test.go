package webchat_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	chattest.Run(t, driver)
}

// hall is where the suite's people are.
var hall = []webchat.Space{{ID: "hall", Name: "The Hall", Lang: "en"}}

func driver(t *testing.T) *chattest.Driver {
	web, err := webchat.New(webchat.Options{Dir: t.TempDir(), URL: "http://localhost/", Spaces: hall, Personas: []webchat.Persona{
		{Account: "ann", Name: "Ann Bianchi", Locale: "it", Spaces: []chat.SpaceID{"hall"}},
		{Account: "bea", Name: "Bea Nowak", Locale: "pl", Spaces: []chat.SpaceID{"hall"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = web.Close() })
	server := httptest.NewServer(web.Handler())
	t.Cleanup(server.Close)
	client := webchattest.New(server.URL)
	t.Cleanup(client.Close)
	d := &screen{web: web, client: client}
	lobby, err := client.As("ann").Room(t.Context(), "hall", "lobby")
	if err != nil {
		t.Fatal(err)
	}
	return &chattest.Driver{
		Platform: web, Home: chat.Address{Platform: webchat.ID, Space: "hall", Room: lobby}, Ann: "ann", Bea: "bea",
		Say: d.say, Addressed: func(line string) string { return "@guildhall " + line },
		Command: func(t testing.TB, who chat.AccountID, at chat.Address, line string) { d.say(t, who, at, "/"+line) },
		Edit: func(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, words string) {
			check(t, came(client.As(who).Edit(t.Context(), msg, words)))
		},
		Delete: func(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID) {
			check(t, came(client.As(who).Delete(t.Context(), msg)))
		},
		React: func(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, emoji string) {
			check(t, came(client.As(who).React(t.Context(), msg, emoji, true)))
		},
		Unreact: func(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, emoji string) {
			check(t, came(client.As(who).React(t.Context(), msg, emoji, false)))
		},
		Press: d.press,
		Act: func(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, command string) {
			check(t, came(client.As(who).Act(t.Context(), msg, command)))
		},
		Shown: d.shown, Members: d.members,
		// A browser that has lost the answer tries again, under the same name.
		Repeat: func(t testing.TB) { d.last(t) },
	}
}

func came(_ webchattest.Came, err error) error { return err }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// screen is what the suite's people see, read from the pages that the chat serves.
type screen struct {
	web    *webchat.Platform
	client *webchattest.Client
	last   func(testing.TB) chat.MessageID // says again what was said last
}

func (d *screen) say(t testing.TB, who chat.AccountID, at chat.Address, words string, files ...chattest.File) chat.MessageID {
	t.Helper()
	var sent []webchattest.File
	for _, f := range files {
		sent = append(sent, webchattest.File{Name: f.Name, Data: f.Data})
	}
	as := d.client.As(who).Try(rand.Text())
	d.last = func(t testing.TB) chat.MessageID {
		t.Helper()
		c, err := as.Say(t.Context(), at.Room, at.Thread, words, sent...)
		check(t, err)
		return c.Message
	}
	return d.last(t)
}

func (d *screen) press(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, label string) {
	t.Helper()
	m, err := d.client.As(who).Wait(t.Context(), at.Room, func(m webchattest.Message) bool { return m.ID == msg })
	check(t, err)
	check(t, came(d.client.As(who).Press(t.Context(), m, label)))
}

func (d *screen) members(t testing.TB, room chat.RoomID) (out []chat.AccountID) {
	t.Helper()
	for _, who := range []chat.AccountID{"ann", "bea"} {
		s, err := d.client.As(who).See(t.Context(), "")
		check(t, err)
		if slices.ContainsFunc(s.Rooms, func(r webchat.SightRoom) bool { return r.ID == room }) {
			out = append(out, who)
		}
	}
	return out
}

func (d *screen) shown(t testing.TB, who chat.AccountID, at chat.Address) []chattest.Shown {
	t.Helper()
	page, err := d.client.As(who).Page(t.Context(), at.Room, at.Thread)
	check(t, err)
	root, err := html.Parse(strings.NewReader(page))
	check(t, err)
	part := ""
	if at.Thread != "" {
		part = "thread"
	}
	list := find(root, func(n *html.Node) bool { return class(n, "posts") && attr(n, "data-part") == part })
	if len(list) != 1 {
		return nil
	}
	var out []chattest.Shown
	for _, li := range find(list[0], func(n *html.Node) bool { return class(n, "post") && !class(n, "gone") }) {
		out = append(out, d.post(t, who, li))
	}
	return out
}

// post is a message as its element shows it.
func (d *screen) post(t testing.TB, who chat.AccountID, li *html.Node) chattest.Shown {
	s := chattest.Shown{ID: chat.MessageID(attr(li, "data-id")), Only: class(li, "only"), Files: map[string][]byte{}}
	if !class(li, "app") && !class(li, "carried") {
		s.From = chat.AccountID("?")
	}
	if class(li, "pings") {
		s.Pings = append(s.Pings, who)
	}
	var text strings.Builder
	for _, n := range find(li, func(n *html.Node) bool { return class(n, "message") || class(n, "text") || class(n, "who") }) {
		text.WriteString(words(n) + "\n")
	}
	s.Text = text.String()
	for _, n := range find(li, func(n *html.Node) bool { return class(n, "button") }) {
		s.Buttons = append(s.Buttons, words(n))
	}
	for _, n := range find(li, func(n *html.Node) bool { return n.Data == "a" && attr(n, "target") == "_blank" && !class(n, "button") }) {
		s.Links = append(s.Links, attr(n, "href"))
	}
	for _, n := range find(li, func(n *html.Node) bool { return class(n, "file") }) {
		content := strings.Split(attr(n, "href"), "/")[1]
		data, err := d.client.As(who).Fetch(t.Context(), content, attr(n, "download"))
		check(t, err)
		s.Files[attr(n, "download")] = data
	}
	return s
}

func find(n *html.Node, suits func(*html.Node) bool) (out []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && suits(d) {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func class(n *html.Node, name string) bool {
	return slices.Contains(strings.Fields(attr(n, "class")), name)
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// A form that was shown and closed on one page goes from the others, and its key is worth nothing then.
func TestForms(t *testing.T) {
	t.Parallel()
	e := &engine{}
	e.on = func(ev chat.Event) chat.Answer {
		switch {
		case ev.Kind == chat.Invoked && ev.Text == "ask":
			return chat.Answer{Form: &chat.Form{Key: "f1", Title: "Ask for help", Inputs: []chat.Input{
				{Name: "question", Label: "Question", Kind: chat.Text, Required: true},
				{Name: "to", Label: "To", Kind: chat.Choice, Value: "everyone", Options: []chat.Option{{Value: "everyone", Label: "Everyone"}, {Value: "unnamed", Label: "Without my name"}}},
				{Name: "topics", Label: "Topics", Kind: chat.Topics, Options: []chat.Option{{Value: "didactics", Label: "Didactics"}, {Value: "funding", Label: "Funding"}}},
				{Name: "file", Label: "File", Kind: chat.File},
			}}}
		case ev.Kind == chat.Submitted:
			b, err := json.Marshal(ev.Given)
			check(t, err)
			return say("given " + string(b) + " files " + strings.Join(names(ev.GivenFiles["file"]), " "))
		}
		return chat.Answer{}
	}
	s := begin(t, e)
	anna, bogdan := s.As(webchat.DemoAnna), s.As(webchat.DemoBogdan)
	room := s.room(t, anna, webchat.DemoNet, "lobby")
	c, err := anna.Say(t.Context(), room, "", "/ask")
	check(t, err)
	if c.Form == nil || c.Form.Title != "Ask for help" {
		t.Fatalf("no form: %+v", c)
	}
	if _, err := bogdan.Submit(t.Context(), c.Form, nil, nil); !refused(err, 404) {
		t.Errorf("a form of somebody else: %v", err)
	}
	done, err := anna.Submit(t.Context(), c.Form, map[string][]string{"question": {"How do you\nassess welders?"}, "topics": {"didactics", "funding"}},
		map[string][]webchattest.File{"file": {{Name: "rubric.pdf", Type: "application/pdf", Data: []byte("%PDF-1.7")}}})
	check(t, err)
	want := `given {"question":"How do you\nassess welders?","to":"everyone","topics":"didactics, funding"} files rubric.pdf`
	if done.Answer == nil || done.Answer.Text != want {
		t.Errorf("%+v, want %s", done.Answer, want)
	}
	if _, err := anna.Submit(t.Context(), c.Form, nil, nil); !refused(err, 404) {
		t.Errorf("a form that was sent: %v", err)
	}
	c, err = anna.Say(t.Context(), room, "", "/ask")
	check(t, err)
	check(t, anna.CloseForm(t.Context(), c.Form))
	if sight, err := anna.See(t.Context(), ""); err != nil || len(sight.Forms) != 0 {
		t.Errorf("forms left: %+v %v", sight.Forms, err)
	}
}

func names(files []chat.FileRef) (out []string) {
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// OpenForm shows a form on the page without anything that the person did there.
func TestOpenForm(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	check(t, s.web.OpenForm(t.Context(), webchat.DemoAnna, "", chat.Form{Key: "late", Title: "Review P4"}))
	sight, err := s.As(webchat.DemoAnna).See(t.Context(), "")
	if err != nil || len(sight.Forms) != 1 || sight.Forms[0].Title != "Review P4" {
		t.Errorf("%+v %v", sight.Forms, err)
	}
	if err := s.web.OpenForm(t.Context(), "nobody", "", chat.Form{Key: "x"}); err == nil {
		t.Error("a form for nobody was opened")
	}
}
