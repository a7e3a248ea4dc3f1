package communication

import (
	"context"
	"errors"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

// alikeShown is how many records that look alike are shown before a request opens.
const alikeShown = 3

// unsolved are the states of requests that do not help whoever asks the same.
var unsolved = []string{string(communication.Open), string(communication.Answered), string(communication.Stale)}

func (b *bot) askCommand() chat.Command {
	return chat.Command{
		Path: "ask", Text: "communication.ask", Section: community.Communication, Role: community.RoleMember, Top: 1, Global: true,
		Args: questionArgs(), Prepare: b.prepareAsk, Run: b.ask,
	}
}

func questionArgs() []chat.Arg {
	return []chat.Arg{
		{Name: "question", Kind: chat.Text, Required: true, Max: communication.MaxQuestion},
		{Name: "topic", Kind: chat.Topic, Form: true},
		{Name: "language", Kind: chat.Language},
		{Name: "urgency", Kind: chat.Choice, Choices: chat.Codes(communication.Urgencies)},
		{Name: "to", Kind: chat.Choice, Choices: chat.Codes(communication.Audiences), Form: true},
	}
}

// anywayCommand asks without looking for what is alike, since that was seen. Its last argument is the
// message by which the question was asked, where it was one.
func (b *bot) anywayCommand() chat.Command {
	return chat.Command{
		Path: anyway, Text: "communication.anyway", Role: community.RoleMember, Hidden: true,
		Args:    append(questionArgs(), chat.Arg{Name: "message", Kind: chat.Line, Typed: true, NoForm: true}),
		Prepare: b.prepareAsk, Run: b.ask,
	}
}

const anyway = "request anyway"

// found is what is found out about a question before it is asked.
type found struct {
	language string
	alike    []search.Hit
}

// prepareAsk finds the question's language, and what looks like it unless that was seen. A search
// that takes too long must not be in the way of a question.
func (b *bot) prepareAsk(ctx context.Context, c *chat.Call) error {
	f := found{language: c.Text("language")}
	question := c.Text("question")
	if f.language == "" && b.Detector != nil {
		if tag, ok := b.Detector.Detect(ctx, question); ok {
			f.language = tag
		}
	}
	if b.Alike != nil && c.Command != anyway {
		reading := f.language
		if reading == "" {
			reading = c.Lang
		}
		hits, err := b.Alike.Similar(ctx, c.Community.ID, question, reading, []string{"H", "R"}, unsolved, alikeShown)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("look for what is alike: %w", err)
		}
		f.alike = hits
	}
	c.Prepared = f
	return nil
}

func (b *bot) ask(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	f, _ := c.Prepared.(found)
	if len(f.alike) > 0 {
		return b.alike(c, f.alike), nil
	}
	q := communication.Question{Text: c.Text("question"), Topic: c.Text("topic"), Language: f.language,
		Urgency: communication.Urgency(c.Text("urgency")), To: communication.Audience(c.Text("to")), Source: askedAt(c), From: askedFrom(c)}
	asked, err := b.Desk.Ask(ctx, c.Member, q)
	if err != nil {
		return chat.Reply{}, err
	}
	r, err := b.asked(ctx, c, asked)
	r.Replace = c.Command == anyway
	return r, err
}

// alike shows what looks like the question instead of opening a request.
func (b *bot) alike(c *chat.Call, hits []search.Hit) chat.Reply {
	r := chat.OnlyYouSay("communication.ask.alike", text.Args{"n": len(hits)})
	if to := communication.Audience(c.Text("to")); to == communication.Unnamed || to == communication.OneHelper {
		r.Visibility = chat.Personal
	}
	for _, h := range hits {
		id := record.ID{Letter: h.Letter[0], No: h.Number}
		detail := text.Args{"language": text.LanguageName(h.Language, c.Lang), "state": text.Key("communication.ask.is_solved")}
		key := "communication.ask.alike_language"
		switch solved := id.Letter == communication.Letter; {
		case solved && h.Language == "":
			key = "communication.ask.is_solved"
		case solved:
			key = "communication.ask.alike_both"
		case h.Language == "":
			key = ""
		}
		r.List = append(r.List, chat.Item{
			Text:    chat.P("communication.item", text.Args{"id": chat.Rec(id), "title": text.Clean(h.Title, 120)}),
			Detail:  chat.P(key, detail),
			Buttons: []chat.Press{chat.Show(id)},
		})
	}
	given := c.Given
	if at := askedAt(c); at.Message != "" {
		given = c.With("message", at.Message)
	}
	return r.Button("request helped", nil).Button(anyway, given)
}

// askedAt is where the question was written. Only a message that the asker wrote counts as its
// source: its deletion takes the request with it.
func askedAt(c *chat.Call) record.Source {
	at := place(c)
	if at.Message = c.Text("message"); c.Event.Kind == chat.Said {
		at.Message = string(c.Event.Message)
	}
	return at
}

// place is where a command was used, without a message.
func place(c *chat.Call) record.Source {
	w := c.Event.Where
	return record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread)}
}

// askedFrom is the record in whose thread or room a question came up.
func askedFrom(c *chat.Call) record.ID {
	if !c.Thread.IsZero() {
		return c.Thread
	}
	id, err := record.Parse(c.Room.Record)
	if err != nil {
		return record.ID{}
	}
	return id
}

// asked says what became of a question.
func (b *bot) asked(ctx context.Context, c *chat.Call, a communication.Asked) (chat.Reply, error) {
	id := a.Request.ID
	args := text.Args{"id": chat.Rec(id), "community": c.Community.Name}
	var r chat.Reply
	switch {
	case a.Twin:
		r = chat.OnlyYouSay("communication.ask.twin", args)
	case a.Request.To == communication.OneHelper && a.Helper != 0:
		r = chat.PersonalSay("communication.ask.one", args).Press(chat.Show(id)).Press(widen(id, communication.Everyone))
	case a.Request.To == communication.OneHelper:
		r = chat.PersonalSay("communication.ask.none", args).
			Press(widen(id, communication.Everyone)).Press(widen(id, communication.Unnamed))
	case a.Request.To == communication.Unnamed:
		r = chat.PersonalSay("communication.ask.unnamed", args).Press(chat.Show(id)).
			Press(chat.Press{Command: "request answer", Given: chat.ID(id), Label: "communication.answer.add"}).
			Note("communication.ask.thread_names", nil)
		if c.Event.Kind == chat.Said && !c.Event.Direct {
			r = r.Note("communication.ask.seen", nil)
		}
	default:
		r = chat.OnlyYouSay("communication.ask.done", args).Press(chat.Show(id))
	}
	if a.Twin {
		r = r.Press(chat.Show(id))
		if a.Request.To != communication.Everyone {
			r.Visibility = chat.Personal
		}
		return r, nil
	}
	return b.callHelper(ctx, r, &a.Request, a.Helper)
}

// widen is the button that puts a private request to everyone.
func widen(id record.ID, to communication.Audience) chat.Press {
	return chat.Press{Command: "request open", Given: chat.ID(id).With("to", string(to)), Label: "communication.open." + string(to)}
}

func (b *bot) openCommand() chat.Command {
	return chat.Command{
		Path: "request open", Text: "communication.open", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []chat.Arg{idArg(), {Name: "to", Kind: chat.Choice, Choices: chat.Codes(communication.Audiences[:2]), NoForm: true}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			a, err := b.Desk.Widen(ctx, c.Member, c.Record("id"), communication.Audience(c.Text("to")))
			if err != nil {
				return chat.Reply{}, err
			}
			r, err := b.asked(ctx, c, a)
			r.Done = append(r.Done, chat.Todo{Member: c.Member.No, Key: answersTodo(a.Request.ID)})
			return r, err
		},
	}
}

func (b *bot) helpedCommand() chat.Command {
	return chat.Command{
		Path: "request helped", Text: "communication.helped", Role: community.RoleMember, Hidden: true, Reads: true,
		Run: func(context.Context, *chat.Call) (chat.Reply, error) {
			r := chat.OnlyYouSay("communication.helped.done", nil)
			r.Replace = true
			return r, nil
		},
	}
}
