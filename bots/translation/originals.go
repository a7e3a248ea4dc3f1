package translation

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

// Records are where the words of records are read. A section that is not there has none.
type Records struct {
	Views    func(letter byte) (chat.View, bool)
	Requests *communication.Desk
	Toolbox  *sharing.Toolbox
	Groups   *collaboration.Groups
	Book     *cooperation.Book
}

// Original is an Originals.
func (r Records) Original(ctx context.Context, of int64, reader community.Member, s record.Subject) (out Original, err error) {
	view, ok := r.Views(s.ID.Letter)
	if !ok || view.Brief == nil {
		return out, chat.NoRecord(s.ID)
	}
	brief, err := view.Brief(ctx, of, reader.No, s.ID)
	if err != nil {
		return out, fmt.Errorf("read %s: %w", s.ID, err)
	}
	out = Original{Language: brief.Language, Author: brief.Owner, Words: brief.Title}
	switch {
	case s.ID.Letter == communication.Letter && r.Requests != nil && s.Part != 0:
		return r.answer(ctx, of, s)
	case s.ID.Letter == communication.Letter && r.Requests != nil:
		q, err := r.Requests.Request(ctx, of, s.ID)
		if err != nil || q == nil {
			return out, noneOr(err, s)
		}
		out.Words, out.Source, out.Author = q.Question, q.Source, q.Asker
	case s.ID.Letter == sharing.Letter && r.Toolbox != nil:
		x, err := r.Toolbox.Resource(ctx, of, s.ID)
		if err != nil || x == nil {
			return out, noneOr(err, s)
		}
		out.Words, out.Author = joined(x.Title, x.Summary), x.Depositor
	case s.ID.Letter == collaboration.Letter && r.Groups != nil:
		x, err := r.Groups.Collaboration(ctx, of, s.ID)
		if err != nil || x == nil {
			return out, noneOr(err, s)
		}
		out.Words, out.Author = joined(x.Theme, x.Goal, x.Outcome), x.Owner
	case s.ID.Letter == cooperation.Letter && r.Book != nil:
		x, err := r.Book.Practice(ctx, of, s.ID)
		if err != nil || x == nil {
			return out, noneOr(err, s)
		}
		parts := []string{x.Title}
		for _, name := range cooperation.Sections {
			parts = append(parts, x.Texts[name])
		}
		out.Words, out.Author = joined(parts...), x.Author
	}
	return out, nil
}

// answer is one message of a request's thread.
func (r Records) answer(ctx context.Context, of int64, s record.Subject) (Original, error) {
	a, err := r.Requests.Answer(ctx, of, s)
	if err != nil || a == nil {
		return Original{}, noneOr(err, s)
	}
	if !a.Shown() {
		return Original{}, chat.ErrHidden
	}
	return Original{Words: a.Text, Source: a.Source, Author: a.Author}, nil
}

// noneOr is what went wrong, else that there is no such record.
func noneOr(err error, s record.Subject) error {
	if err != nil {
		return fmt.Errorf("read %s: %w", s, err)
	}
	return chat.NoRecord(s.ID)
}

// joined are texts as paragraphs of one.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}
