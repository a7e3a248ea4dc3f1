package library_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	"guildhall/bots/library"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

// notes are records to be edited: each belongs to who wrote it.
type notes struct {
	mu     sync.Mutex
	letter byte
	args   []chat.Arg
	shows  bool // its form shows what is there
	list   []*note
}

type note struct {
	owner int64
	value chat.Given
}

func (n *notes) note(id record.ID) (*note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if id.No > int64(len(n.list)) {
		return nil, chat.NoRecord(id)
	}
	return n.list[id.No-1], nil
}

func (n *notes) mine(c *chat.Call, id record.ID) (*note, error) {
	x, err := n.note(id)
	if err == nil && x.owner != c.Member.No && c.Member.Role < community.RoleModerator {
		return nil, text.Refuse("notes.not_yours", nil)
	}
	return x, err
}

func (n *notes) edit(_ context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	x, err := n.mine(c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	var changed []string
	for _, a := range n.args {
		if c.Has(a.Name) {
			x.value[a.Name] = c.Given[a.Name]
			changed = append(changed, a.Name+"="+c.Given[a.Name])
		}
	}
	return chat.OnlyYouSay("notes.done", text.Args{"changed": changed}), nil
}

func (n *notes) view() chat.View {
	v := chat.View{Letter: n.letter, EditArgs: n.args, Edit: n.edit,
		Card: func(_ context.Context, l chat.Look) (chat.Say, error) {
			x, err := n.note(l.Subject.ID)
			if err != nil {
				return chat.Say{}, err
			}
			return chat.Say{Lines: []chat.Phrase{chat.P("notes.card", text.Args{"title": x.value["title"]})}}, nil
		},
		Show: func(_ context.Context, _ *chat.Call, id record.ID) (chat.Reply, error) {
			x, err := n.note(id)
			if err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("notes.card", text.Args{"title": x.value["title"]}), nil
		},
	}
	if n.shows {
		v.Values = func(_ context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
			x, err := n.mine(c, id)
			if err != nil {
				return nil, err
			}
			return x.value, nil
		}
	}
	return v
}

func bots(w *bottest.World) []chat.Bot {
	title := chat.Arg{Name: "title", Kind: chat.Line, Max: 20}
	resources := &notes{letter: 'R', shows: true, args: []chat.Arg{title, {Name: "summary", Kind: chat.Text},
		{Name: "kind", Kind: chat.Choice, Choices: []string{"tool", "video"}}, {Name: "topics", Kind: chat.Topics}},
		list: []*note{{owner: 1, value: chat.Given{"title": "Rubric", "summary": "For welding.", "kind": "tool", "topics": "didactics, funding"}}}}
	practices := &notes{letter: 'P', args: []chat.Arg{title, {Name: "kind", Kind: chat.Choice, Choices: []string{"habit"}}},
		list: []*note{{owner: 1, value: chat.Given{"title": "Portfolios"}}}}
	views := map[byte]chat.View{'R': resources.view(), 'P': practices.view()}
	words := fstest.MapFS{
		"text/en.json": {Data: []byte(`{"notes":{"not_yours":"Only its owner can change it.","done":"Changed: {changed}.","card":"{title}"},"choice":{"kind":{"tool":"Tool","video":"Video","habit":"Habit"}}}`)},
		"text/it.json": {Data: []byte(`{"notes":{"not_yours":"Solo chi l'ha scritta può cambiarla.","done":"Cambiato: {changed}.","card":"{title}"},"choice":{"kind":{"tool":"Strumento","video":"Video","habit":"Abitudine"}}}`)},
	}
	return []chat.Bot{
		{Name: "notes", Words: words, Views: []chat.View{views['R'], views['P']}},
		library.New(func(letter byte) (chat.View, bool) { v, ok := views[letter]; return v, ok },
			search.NewFinder(w.DB.Search(), w.Clock), w.DB.Ledger(), views['R'], views['P']),
	}
}

func TestTranscripts(t *testing.T) { bottest.Play(t, bots) }

func TestKindsThatDisagreeAreRefusedAtStartUp(t *testing.T) {
	t.Parallel()
	edit := func(context.Context, *chat.Call, record.ID) (chat.Reply, error) { return chat.Nothing(), nil }
	lib := library.New(nil, nil, nil, chat.View{Letter: 'R', Edit: edit, EditArgs: []chat.Arg{{Name: "topic", Kind: chat.Topic}}},
		chat.View{Letter: 'H', Edit: edit, EditArgs: []chat.Arg{{Name: "topic", Kind: chat.Line}}})
	if _, err := chat.New(chat.Options{Bots: []chat.Bot{lib}}); err == nil {
		t.Error("two meanings of one argument were accepted")
	}
}
