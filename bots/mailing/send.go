package mailing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/mail"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// The kinds of letters, as they are claimed.
const (
	aDigest       = "digest"
	aConfirmation = "confirm"
)

// posted is what became of a letter, for what follows in the transaction that ends its work.
type posted struct {
	reader reader
	kind   string
	period string
	fate   mail.Fate // empty: there was nothing to send
}

// digest sends a reader's digest of a period.
func (m *Mailing) digest(ctx context.Context, it work.Item) (any, error) {
	var s Sending
	if err := it.Read(&s); err != nil {
		return nil, err
	}
	no, err := readerOf(s.To)
	if err != nil {
		return nil, work.Dead(err)
	}
	r, ok, err := m.load(ctx, it.Community, no)
	if err != nil || !ok || r.State != mail.On {
		return posted{}, err
	}
	d, ok, err := m.Digest(ctx, r.Reader, r.lang, s.Period)
	if err != nil || !ok {
		return posted{}, err
	}
	return m.post(ctx, it, posted{reader: r, kind: aDigest, period: s.Period}, m.issue(r, d))
}

// confirmation asks a mailbox whether digests may come.
func (m *Mailing) confirmation(ctx context.Context, it work.Item) (any, error) {
	var c mail.Confirmation
	if err := it.Read(&c); err != nil {
		return nil, err
	}
	r, ok, err := m.load(ctx, it.Community, c.Reader)
	if err != nil || !ok || r.State != mail.Asked || r.Key != c.Key {
		return posted{}, err
	}
	return m.post(ctx, it, posted{reader: r, kind: aConfirmation, period: c.Key}, m.question(r))
}

// post claims a letter, sends it, and says what became of it. A letter that was claimed before and did
// not come to an end may have been sent: it is given up, and the moderators see it.
func (m *Mailing) post(ctx context.Context, it work.Item, p posted, l mail.Letter) (any, error) {
	l.ID, l.To = idOf(it), p.reader.Address
	var before mail.Fate
	err := m.Subscriptions.Transactions.Atomically(ctx, func(ctx context.Context) (err error) {
		before, err = m.Sendings.Begin(ctx, p.reader.Community, p.reader.No, p.kind, p.period, m.Now())
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("claim a letter: %w", err)
	case before == mail.Sent, before == mail.Bounced:
		return posted{}, nil
	case before != "":
		return nil, m.lost(ctx, p, &mail.Unknown{Cause: mail.ErrCut})
	}
	err = m.Post.Send(ctx, l)
	var refused *mail.Refused
	var unknown *mail.Unknown
	switch {
	case err == nil:
		p.fate = mail.Sent
		return p, nil
	case errors.As(err, &refused):
		p.fate = mail.Bounced
		return p, nil
	case errors.As(err, &unknown):
		return nil, m.lost(ctx, p, err)
	}
	// It was not sent: the claim is given back for another try.
	if gone := m.note(context.WithoutCancel(ctx), p); gone != nil {
		return nil, errors.Join(err, gone)
	}
	return nil, err
}

// lost gives a letter up whose fate nobody knows.
func (m *Mailing) lost(ctx context.Context, p posted, cause error) error {
	p.fate = mail.Lost
	// When this cannot be noted either, it is the claim alone that keeps the letter from going out again.
	if err := m.note(context.WithoutCancel(ctx), p); err != nil {
		cause = errors.Join(cause, err)
	}
	return work.Dead(cause)
}

func (m *Mailing) note(ctx context.Context, p posted) error {
	err := m.Subscriptions.Transactions.Atomically(ctx, func(ctx context.Context) error {
		return m.Sendings.Ended(ctx, p.reader.Community, p.reader.No, p.kind, p.period, p.fate, m.Now())
	})
	if err != nil {
		return fmt.Errorf("note what became of a letter: %w", err)
	}
	return nil
}

// after notes what became of a letter, and tells a member whose mail does not arrive.
func (m *Mailing) after(ctx context.Context, _ work.Item) (chat.Reply, error) {
	p, _ := chat.Prepared(ctx).(posted)
	if p.fate == "" {
		return chat.Nothing(), nil
	}
	r := p.reader
	if err := m.Sendings.Ended(ctx, r.Community, r.No, p.kind, p.period, p.fate, m.Now()); err != nil {
		return chat.Reply{}, fmt.Errorf("note what became of a letter: %w", err)
	}
	if p.fate == mail.Sent {
		return chat.Nothing(), m.Subscriptions.Arrived(ctx, r.Community, r.No)
	}
	if p.kind == aConfirmation {
		if r.Member == 0 {
			return refusal(r.By, "mailing.refused_guest", r, p), nil
		}
		return refusal(r.Member, "mailing.refused", r, p), nil
	}
	_, ended, err := m.Subscriptions.Bounced(ctx, r.Community, r.No)
	if err != nil || !ended || r.Member == 0 {
		return chat.Nothing(), err
	}
	return refusal(r.Member, "mailing.bounced", r, p), nil
}

// refusal tells somebody that mail does not arrive.
func refusal(to int64, key string, r reader, p posted) chat.Reply {
	args := r.args()
	args["n"] = mail.MostBounces
	say := chat.Say{Lines: []chat.Phrase{chat.P(key, args)}}
	if r.Member != 0 {
		say.Buttons = []chat.Press{{Command: "digest settings"}}
	}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Member: to}, Say: say, Key: fmt.Sprintf("mail/%s/%d/%s", p.kind, r.No, p.period)})
}

// idOf is a letter's id: the same for each try of the same work.
func idOf(it work.Item) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", it.Community, it.Key))
	return hex.EncodeToString(sum[:16])
}

// question is the letter that asks whether digests may come. Nothing in it was written by whoever asked
// for it: it goes to somebody who may not know them.
func (m *Mailing) question(r reader) mail.Letter {
	args := r.args()
	yes, _ := m.link(r, mail.Confirm, record.ID{}, mail.ConfirmWithin)
	never, _ := m.link(r, mail.Refuse, record.ID{}, mail.StopWithin)
	lead := "mailing.question.lead"
	if r.Member == 0 {
		lead = "mailing.question.lead_guest"
	}
	return mail.Letter{Subject: m.label(r, "mailing.question.subject", args), Body: mail.Body{
		Lang: r.lang, Title: m.label(r, "mailing.title", args), Lead: []text.Rich{m.tell(r, lead, args)},
		Buttons: []mail.Button{{Label: m.label(r, "mailing.question.yes", args), URL: yes}},
		Small:   []text.Rich{m.tell(r, "mailing.question.small", args)},
		Links:   []mail.Button{{Label: m.label(r, "mailing.question.never", args), URL: never}},
	}}
}

// issue is a digest as a letter.
func (m *Mailing) issue(r reader, d Digest) mail.Letter {
	args := r.args()
	stop, code := m.link(r, mail.Stop, record.ID{}, mail.StopWithin)
	why := "mailing.why"
	if r.Member == 0 {
		why = "mailing.why_guest"
	}
	args["day"] = text.DateOf(r.Confirmed.In(r.zone))
	title := m.say(r, d.Title).Plain()
	l := mail.Letter{Subject: title,
		List: &mail.List{ID: fmt.Sprintf("digest-%d", r.Community), Name: m.label(r, "mailing.list", args), Stop: stop, Code: code},
		Body: mail.Body{Lang: r.lang, Title: title, Picture: d.Picture, Small: []text.Rich{m.tell(r, why, args)},
			Links: []mail.Button{{Label: m.label(r, "mailing.stop", args), URL: stop}}}}
	for _, p := range d.Lead {
		if line := m.say(r, p); !line.Empty() {
			l.Body.Lead = append(l.Body.Lead, line)
		}
	}
	for _, s := range d.Sections {
		out := mail.Section{Heading: m.say(r, s.Heading).Plain()}
		for _, row := range s.Rows {
			to := ""
			if !row.ID.IsZero() {
				to, _ = m.link(r, mail.Read, row.ID, mail.ReadWithin)
			}
			out.Rows = append(out.Rows, mail.Row{Text: m.say(r, row.Text), Detail: m.say(r, row.Detail), URL: to})
		}
		l.Body.Sections = append(l.Body.Sections, out)
	}
	return l
}
