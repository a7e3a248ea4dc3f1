package cooperation

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) showCommand() chat.Command {
	return chat.Command{
		Path: "practice show", Text: "cooperation.show", Section: community.Cooperation, Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{idArg()},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.show(ctx, c, c.Record("id")) },
	}
}

// show is a practice for one reader: every part that is written, what its quoted authors have
// agreed to, who uses it, and what the reader can do next.
func (b *bot) show(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	p, err := b.load(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.Reply{}
	if !p.Public() { // not even for those who share a room with the reader
		r.Visibility = chat.Personal
	}
	r.Record, r.Title = id, title(p)
	if p.State == cooperation.Withdrawn {
		return withReason(r, p), nil
	}
	by, err := b.by(ctx, p, c.Lang)
	if err != nil {
		return r, err
	}
	r.Lines = append(r.Lines, by)
	if p.Hidden {
		r = r.Note("cooperation.show.hidden", nil)
	}
	if p.State == cooperation.Retired || p.State == cooperation.Revised || p.State == cooperation.Candidate {
		r = withReason(r, p)
	}
	for _, s := range written(p) {
		r.Lines = append(r.Lines, chat.P("cooperation.show.section", text.Args{"section": sectionWord(s), "words": p.Texts[s]}))
	}
	if p.State == cooperation.Candidate {
		r.Lines = append(r.Lines, headings(p))
	}
	if r, err = b.showQuotes(ctx, c, r, p); err != nil {
		return r, err
	}
	if r, err = b.showReview(ctx, c, r, p); err != nil {
		return r, err
	}
	if r, err = b.showUse(ctx, c, r, p); err != nil {
		return r, err
	}
	if r, err = b.showButtons(ctx, c, r, p); err != nil || !p.Applicable() || p.Hidden {
		return r, err
	}
	return b.showCircle(ctx, c, r, p)
}

// showCircle says who studies a practice together, when somebody does.
func (b *bot) showCircle(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	circle, err := b.Book.Circle(ctx, p.Community, p.ID)
	if err != nil || !b.Book.HasCircles() {
		return r, err
	}
	if circle == nil || !circle.State.Open() {
		return r.Press(chat.Press{Command: "practice circle", Given: chat.ID(p.ID)}), nil
	}
	r.Lines = append(r.Lines, circleLine(circle))
	r.Notes = append(r.Notes, planLine(circle))
	return joins(r, p.ID, circle, c.Member), nil
}

func withReason(r chat.Reply, p *cooperation.Practice) chat.Reply {
	if p.Reason == "" {
		return r
	}
	return r.Line("cooperation.reason", text.Args{"reason": p.Reason})
}

// showQuotes shows what may be shown of what a practice quotes; to an author of what waits, their own.
func (b *bot) showQuotes(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	qs, err := b.Book.Quotes(ctx, p.Community, p.ID)
	if err != nil {
		return r, err
	}
	waiting := 0
	for _, q := range qs {
		words, named, ok := q.Shown()
		args := text.Args{"words": words}
		switch {
		case ok && named:
			m, err := community.Load(ctx, b.People, q.Community, q.Author)
			if err != nil {
				return r, err
			}
			args["who"] = chat.Called(m)
			r.List = append(r.List, chat.Item{Text: chat.P("cooperation.show.quote", args)})
		case ok:
			r.List = append(r.List, chat.Item{Text: chat.P("cooperation.show.quote_unnamed", args)})
		case q.Kept == community.ConsentWaiting && !q.Gone && q.Author == c.Member.No:
			args["words"], r.Visibility = q.Text, chat.Personal
			r.List = append(r.List, chat.Item{Text: chat.P("cooperation.show.quote_yours", args)})
		case q.Kept == community.ConsentWaiting && !q.Gone:
			waiting++
		}
	}
	if waiting > 0 && p.MayChange(c.Member) {
		r = r.Note("cooperation.show.waiting", text.Args{"n": waiting})
	}
	return r, nil
}

// showReview says what a review lacks, and to those whom it concerns what reviewers said.
func (b *bot) showReview(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	if p.State != cooperation.InReview {
		if l := light(p.Light); l.Key != "" && p.Applicable() {
			r.Notes = append(r.Notes, l)
		}
		return r, nil
	}
	need, err := b.Book.Need(ctx, p)
	if err != nil {
		return r, err
	}
	r.Lines = append(r.Lines, b.lacks(p, need))
	if l := light(need.Light); l.Key != "" {
		r.Notes = append(r.Notes, l)
	}
	if !p.MayChange(c.Member) {
		return r, nil
	}
	reviews, err := b.Book.Reviews(ctx, p)
	if err != nil {
		return r, err
	}
	for _, v := range reviews {
		r.Visibility = chat.Personal
		m, err := community.Load(ctx, b.People, p.Community, v.Member)
		if err != nil {
			return r, err
		}
		r.List = append(r.List, chat.Item{Text: chat.P("cooperation.show.review",
			text.Args{"who": chat.Called(m), "verdict": verdictWord(v.Verdict), "words": v.Comment}), Detail: points(v)})
	}
	return r, nil
}

// points are what a reviewer gave by criterion; nothing where they gave none.
func points(v cooperation.Review) chat.Phrase {
	if len(v.Points) == 0 {
		return chat.Phrase{}
	}
	args := text.Args{}
	for _, k := range cooperation.Criteria {
		args[k] = "—"
		if n := v.Points[k]; n > 0 {
			args[k] = n
		}
	}
	return chat.P("cooperation.show.points", args)
}

// showUse says who applies a practice, with what result.
func (b *bot) showUse(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	if p.AcceptAt.IsZero() {
		return r, nil
	}
	if p.Applicable() {
		r.Lines = append(r.Lines, chat.P("cooperation.means."+string(p.Level), nil))
	}
	if p.State == cooperation.Accepted {
		r = r.Note("cooperation.card.due", text.Args{"due": dueDate(c.Community, p)})
	}
	all, err := b.Book.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return r, err
	}
	for _, a := range all {
		key := "cooperation.show.use"
		if a.Result != "" {
			key = "cooperation.show.use_result"
		}
		args := text.Args{"who": place(a.Organisation, c.Lang), "state": useWord(a.State), "result": a.Result,
			"reach": text.Maybe("cooperation.show.reach", a.Reach), "whom": a.Reach}
		item := chat.Item{Text: chat.P(key, args)}
		if a.Changed != "" {
			item.Detail = chat.P("cooperation.show.use_changed", text.Args{"changed": a.Changed})
		}
		r.List = append(r.List, item)
	}
	return r, nil
}

// showButtons are what the reader can do next.
func (b *bot) showButtons(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	if p.Hidden || p.State.Over() {
		return r, nil
	}
	if b.Translate != nil {
		r = r.Press(b.Translate(p.Subject()))
	}
	press := func(command string, style chat.Style) {
		r = r.Press(chat.Press{Command: command, Given: chat.ID(p.ID), Style: style})
	}
	mine := p.MayChange(c.Member)
	switch p.State {
	case cooperation.InReview:
		if b.Book.MayReview(ctx, p, c.Member) == nil {
			press("practice review", chat.Primary)
		}
		if c.Member.Role >= community.RoleModerator {
			need, err := b.Book.Need(ctx, p)
			if err != nil {
				return r, err
			}
			if need.Met() {
				press("practice accept", chat.Primary)
			}
			press("practice decline", chat.Normal)
		}
	case cooperation.Candidate, cooperation.Revised:
		if mine && len(p.Missing()) == 0 {
			press("practice submit", chat.Primary)
		}
	case cooperation.Due:
		if mine {
			press("practice recheck", chat.Primary)
		}
	}
	if p.Applicable() {
		press("practice adopt", chat.Normal)
	}
	if mine {
		change := chat.Press{Command: "practice edit", Given: chat.ID(p.ID)}
		whole := len(written(p)) == len(cooperation.Sections)
		switch {
		case !whole:
			change.Label = "cooperation.edit.complete"
		case p.State == cooperation.Accepted: // what was reviewed is changed by way of a re-check
			change.Command = "practice recheck"
		}
		r = r.Press(change)
		press("withdraw", chat.Normal)
	}
	return r, nil
}
