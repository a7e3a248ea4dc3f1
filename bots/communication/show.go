package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// show is a request for one reader. What was answered in its thread stays there; only the answer
// that solved it is shown, once its author has agreed.
func (b *bot) show(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	q, err := b.Desk.Request(ctx, c.Community.ID, id)
	if err != nil {
		return chat.Reply{}, err
	}
	if q == nil {
		return chat.Reply{}, chat.NoRecord(id)
	}
	may, err := b.Desk.MayRead(ctx, q, c.Member.No)
	if err != nil {
		return chat.Reply{}, err
	}
	if !may && !(q.Hidden && q.MayChange(c.Member) && c.Member.Role >= community.RoleModerator) {
		return chat.Reply{}, chat.ErrHidden
	}
	title, complete := q.Headline(titleLength)
	r := chat.Reply{}
	if q.To == communication.OneHelper || q.To == communication.Unnamed && q.Asker == c.Member.No {
		r.Visibility = chat.Personal
	}
	r.Record = id
	r.Title = chat.P("communication.card.title."+string(q.State), text.Args{"id": chat.Rec(id), "title": title})
	if q.State == communication.Withdrawn {
		return b.tombstone(r, q), nil
	}
	if !complete {
		r = r.Line("communication.show.question", text.Args{"question": q.Question})
	}
	by, err := b.askedBy(ctx, q, c.Lang, false)
	if err != nil {
		return r, err
	}
	r.Lines = append(r.Lines, by)
	if q.Hidden {
		r = r.Note("communication.show.hidden", nil)
	}
	if q.To == communication.OneHelper {
		r, err = b.showPrivate(ctx, c, r, q)
	} else {
		r, err = b.showAnswers(ctx, r, q)
	}
	return b.showButtons(c, r, q), err
}

func (b *bot) tombstone(r chat.Reply, q *communication.Request) chat.Reply {
	if q.Reason != "" {
		return r.Line("communication.card.reason", text.Args{"reason": q.Reason})
	}
	return r.Line("communication.show.withdrawn", nil)
}

// showAnswers says what came of a request in its threads.
func (b *bot) showAnswers(ctx context.Context, r chat.Reply, q *communication.Request) (chat.Reply, error) {
	if q.State != communication.Solved {
		return r.Line("communication.show.answers", text.Args{"n": q.Answers}), nil
	}
	thanks, err := b.thanks(ctx, q)
	if err != nil {
		return r, err
	}
	r.Lines = append(r.Lines, thanks)
	a, err := b.Desk.Answer(ctx, q.Community, record.Subject{ID: q.ID, Part: q.Accepted})
	if err != nil || a == nil {
		return r, err
	}
	words, named, ok := a.Excerpt()
	if !ok {
		return r, nil
	}
	if named && !a.Own {
		m, err := community.Load(ctx, b.People, q.Community, a.Author)
		if err != nil {
			return r, err
		}
		r.Lines = append(r.Lines, chat.P("communication.show.answer_by", text.Args{"who": chat.Called(m)}))
	} else {
		r.Lines = append(r.Lines, chat.P("communication.show.answer", nil))
	}
	r.Quote = append(r.Quote, words)
	return r, nil
}

// showPrivate shows what was said between the asker and a helper: all of it to the asker, to a
// helper their own part and the asker's.
func (b *bot) showPrivate(ctx context.Context, c *chat.Call, r chat.Reply, q *communication.Request) (chat.Reply, error) {
	all, err := b.Desk.Answers(ctx, q.Community, q.ID)
	if err != nil {
		return r, err
	}
	r = r.Note("communication.show.private", nil)
	shown := 0
	for _, a := range all {
		if a.Gone || a.Text == "" || c.Member.No != q.Asker && !a.Own && a.Author != c.Member.No {
			continue
		}
		m, err := community.Load(ctx, b.People, q.Community, a.Author)
		if err != nil {
			return r, err
		}
		r.List = append(r.List, chat.Item{Text: chat.P("communication.show.said", text.Args{"who": chat.Called(m), "words": a.Text})})
		shown++
	}
	if shown == 0 {
		return r.Line("communication.show.answers", text.Args{"n": 0}), nil
	}
	return r, nil
}

// showButtons are what the reader can do next.
func (b *bot) showButtons(c *chat.Call, r chat.Reply, q *communication.Request) chat.Reply {
	if q.Hidden {
		return r
	}
	if b.Translate != nil && q.To != communication.OneHelper {
		r = r.Press(b.Translate(q.Subject()))
	}
	own := q.Asker == c.Member.No
	if q.State != communication.Solved {
		label := "communication.answer.button"
		switch {
		case own:
			label = "communication.answer.add"
		case q.To == communication.OneHelper:
			label = "communication.answer.do"
		}
		r = r.Press(chat.Press{Command: "request answer", Given: chat.ID(q.ID), Label: label})
		if own && q.To == communication.OneHelper {
			r = r.Press(widen(q.ID, communication.Everyone)).Press(widen(q.ID, communication.Unnamed))
		}
		if !own && q.To != communication.OneHelper {
			r = r.Button("request follow", chat.ID(q.ID))
		}
	}
	if q.MayChange(c.Member) {
		if q.State != communication.Solved {
			r = r.Press(chat.Press{Command: "solved", Given: chat.ID(q.ID), Label: "communication.solved.it"})
		}
		r = r.Button("edit", chat.ID(q.ID)).Button("withdraw", chat.ID(q.ID))
	}
	return r
}
