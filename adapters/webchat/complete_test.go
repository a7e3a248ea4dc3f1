package webchat_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

var table = []chat.CommandInfo{
	{Path: "ask", About: "Asks the community for help", Args: []chat.ArgInfo{{Name: "question", Label: "Question", Kind: chat.Line, Required: true},
		{Name: "topic", Label: "Topic", Hint: "such as didactics", Kind: chat.Topic}, {Name: "to", Label: "To", Kind: chat.Choice}}},
	{Path: "collab open", About: "Opens a collaboration", Args: []chat.ArgInfo{{Name: "theme", Label: "Theme", Kind: chat.Line, Required: true}}},
	{Path: "collab join", About: "Joins one", Args: []chat.ArgInfo{{Name: "id", Label: "Which", Kind: chat.Record, Required: true}}},
	{Path: "show", About: "Shows a record", Args: []chat.ArgInfo{{Name: "id", Label: "Which", Kind: chat.Record, Required: true}, {Name: "file", Kind: chat.File}}},
	{Path: "consent", About: "Hidden", Hidden: true},
}

// What can follow a "/" is found as one types: commands, then arguments by place and by name.
func TestComplete(t *testing.T) {
	t.Parallel()
	e := &engine{table: table}
	e.offer = func(command, arg, partial string) []chat.Option {
		switch command + " " + arg {
		case "show id", "collab join id":
			return []chat.Option{{Value: "H1", Label: "H1 · " + partial}}
		case "ask topic":
			return []chat.Option{{Value: "didactics", Label: "Didactics"}, {Value: "own words", Label: "Own"}}
		}
		return nil
	}
	s := begin(t, e)
	lobby := s.room(t, s.As(webchat.DemoMary), webchat.DemoNet, "lobby")
	for _, c := range []struct{ in, want string }{
		{"/", "/ask |/collab open |/collab join |/show "},
		{"/a", "/ask "},
		{"/A", "/ask "},
		{"/col", "/collab open |/collab join "},
		{"/collab ", "/collab open |/collab join "},
		{"/collab j", "/collab join "},
		{"/record", "/show "},
		{"/zzz", ""},
		{"/cons", ""},
		{"hello", ""},
		{"/show ", "/show H1 "},
		{"/SHOW h", "/show H1 "},
		{"/show id:h", "/show id:H1 "},
		{"/collab join h", "/collab join H1 "},
		{"/ask how", ""},
		{"/ask how t", "/ask how topic:|/ask how to:"},
		{`/ask "how to weld" topic:`, `/ask "how to weld" topic:didactics |/ask "how to weld" topic:"own words" `},
		{"/ask topic:didactics ", "/ask topic:didactics to:"},
		{"/ask two\nlines", ""},
		{"/" + strings.Repeat("x", 3000), ""},
	} {
		var got struct {
			Usage, About string
			Options      []struct{ Text string }
		}
		response, err := s.server.Client().Get(s.server.URL + "/complete?" + url.Values{"as": {"mary"}, "room": {string(lobby)}, "text": {c.in}}.Encode())
		check(t, err)
		check(t, json.NewDecoder(response.Body).Decode(&got))
		_ = response.Body.Close()
		var all []string
		for _, o := range got.Options {
			all = append(all, o.Text)
		}
		if all := strings.Join(all, "|"); all != c.want {
			t.Errorf("%q: %q, want %q", c.in, all, c.want)
		}
	}
}

// A field of a form is offered what the engine knows, to who has the form and to nobody else.
func TestOffer(t *testing.T) {
	t.Parallel()
	e := &engine{table: table}
	e.offer = func(command, arg, partial string) []chat.Option {
		return []chat.Option{{Value: command + "/" + arg + "/" + partial, Label: "x"}}
	}
	s := begin(t, e)
	check(t, s.web.OpenForm(t.Context(), webchat.DemoAnna, "", chat.Form{Key: "f", Command: "show", Inputs: []chat.Input{{Name: "id", Kind: chat.Record}}}))
	for who, want := range map[string]string{"anna": `"show/id/h"`, "mary": `"options":[]`, "nobody": `"show/id/h"`} {
		response, err := s.server.Client().Get(s.server.URL + "/offer?" + url.Values{"as": {who}, "form": {"f"}, "name": {"id"}, "partial": {"h"}}.Encode())
		check(t, err)
		var got json.RawMessage
		check(t, json.NewDecoder(response.Body).Decode(&got))
		_ = response.Body.Close()
		if !strings.Contains(string(got), want) {
			t.Errorf("%s is offered %s", who, got)
		}
	}
}
