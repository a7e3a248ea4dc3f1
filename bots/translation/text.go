package translation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/translation"
	"guildhall/core/work"
)

// A short text is tried at once, for so long; everything else, and what takes longer, is work.
const (
	quickText = 700 // characters
	quickTime = 1500 * time.Millisecond
)

// textCommand has a text, or the message it is used on, translated.
func (b *bot) textCommand() chat.Command {
	return chat.Command{Path: "translate text", Text: "translation.text", Role: community.RoleMember, Target: chat.AnyMessage, Action: true,
		Reactions: flags(), Prepare: b.prepareText, Run: b.translate,
		Args: []chat.Arg{
			{Name: "text", Kind: chat.Text, Max: translation.MaxText},
			{Name: "to", Kind: chat.Language, Typed: true},
			{Name: "from", Kind: chat.Language, Typed: true},
		}}
}

// recordCommand is the button "Translate for me".
func (b *bot) recordCommand() chat.Command {
	return chat.Command{Path: "translate record", Text: "translation.record", Role: community.RoleMember, Hidden: true,
		Prepare: b.prepareRecord, Run: b.translate,
		Args: []chat.Arg{{Name: "of", Kind: chat.Word, Button: true}, {Name: "to", Kind: chat.Language, NoForm: true, Button: true}}}
}

// asked is what somebody wants translated, and what came of trying at once.
type asked struct {
	order  translation.Order
	own    bool // they wrote it themselves
	text   translation.Text
	failed error // why there is none; errSlow: work will see
}

// errSlow says that a translation takes longer than an answer may.
var errSlow = errors.New("it takes longer")

// reads is the language that the caller wants to read.
func reads(c *chat.Call) string {
	if to := c.Text("to"); to != "" {
		return to
	}
	if c.Member.Language != "" {
		return c.Member.Language
	}
	if l, ok := text.Language(c.Event.From.Locale); ok {
		return l
	}
	return c.Community.Language
}

// prepareText finds out what is meant: the text that was given, a record's whose card was acted on, or the
// message.
func (b *bot) prepareText(ctx context.Context, c *chat.Call) error {
	given, t := c.Text("text"), c.Target
	a := &asked{order: translation.Order{Community: c.Community.ID, From: c.Text("from"), To: []string{reads(c)}}}
	if t != nil && given != "" && !c.Has("to") {
		if l, ok := text.Language(given); ok { // in reply to a message: the language alone
			given, a.order.To = "", []string{l}
		}
	}
	switch {
	case given != "":
		a.order.Words, a.own = given, true
		if t == nil {
			a.order.Of.Source = c.Source()
		} else {
			w := c.Event.Where
			a.order.Of.Source = record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread), Message: string(c.Event.Message)}
		}
	case c.Subject.ID.Letter != 0:
		return b.tryRecord(ctx, c, a, c.Subject)
	case t == nil:
		return nil // it is asked for
	default:
		a.order.Words, a.order.Of.Source = text.CleanLines(t.Text, 0), c.Source()
		a.order.Of.Author = translation.Author{Account: string(t.From.Account), Name: text.Clean(t.From.Name, 80)}
		m, known, err := b.People.Known(ctx, c.Community.ID, t.Where.Platform, t.From.Account)
		if err != nil {
			return fmt.Errorf("look up who wrote it: %w", err)
		}
		if known {
			a.order.Of.Author.Member = m.No
		}
	}
	c.Prepared = a
	return b.try(ctx, a, a.order.Words)
}

func (b *bot) prepareRecord(ctx context.Context, c *chat.Call) error {
	s, err := record.ParseSubject(c.Text("of"))
	if err != nil {
		return text.Refuse("translation.nothing", nil)
	}
	a := &asked{order: translation.Order{Community: c.Community.ID, To: []string{reads(c)}}}
	return b.tryRecord(ctx, c, a, s)
}

// tryRecord is try for what a record says.
func (b *bot) tryRecord(ctx context.Context, c *chat.Call, a *asked, s record.Subject) error {
	x, err := b.Originals(ctx, c.Community.ID, c.Member, s)
	if err != nil {
		return err
	}
	a.order.Of = translation.Origin{Subject: s, Source: x.Source, Author: translation.Author{Member: x.Author}}
	if a.order.From == "" {
		a.order.From = x.Language
	}
	c.Prepared = a
	return b.try(ctx, a, x.Words)
}

// try translates at once what may be quick.
func (b *bot) try(ctx context.Context, a *asked, words string) error {
	switch {
	case translation.Words(words) == 0:
		return text.Refuse("translation.nothing", nil)
	case !translation.Fits(words):
		return text.Refuse("translation.long", text.Args{"n": translation.MaxText})
	case utf8.RuneCountInString(words) > quickText:
		a.failed = errSlow
		return nil
	}
	quick, cancel := context.WithTimeout(ctx, quickTime)
	defer cancel()
	a.text, a.failed = b.Desk.Translate(quick, a.order.Community, words, a.order.From, a.order.To[0])
	if a.failed != nil && (quick.Err() != nil || errors.Is(a.failed, context.DeadlineExceeded)) {
		a.failed = errSlow
	}
	return nil
}

// translate answers with what Prepare found, or has work go on.
func (b *bot) translate(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	found, ok := c.Prepared.(*asked)
	if !ok {
		return chat.AskFor("translate text", c.Given, "text", "to"), nil
	}
	a := *found
	o := &a.order
	o.For = c.Member.No
	if a.own {
		o.Of.Author = translation.Author{Member: c.Member.No, Account: string(c.Event.From.Account)}
	}
	if no := b.sorry(ctx, o, a.failed, c.Lang); no != nil {
		return chat.Reply{}, no
	}
	var err error
	if o.Back, err = back(c); err != nil {
		return chat.Reply{}, err
	}
	if o.At, err = b.place(c, a.own); err != nil {
		return chat.Reply{}, err
	}
	if o.Shown() {
		if there, err := b.there(ctx, o); err != nil || there {
			return chat.Nothing(), err
		}
	}
	switch {
	case a.failed == nil:
		o.Texts = []translation.Text{a.text}
		if err := b.Desk.Take(ctx, o); err != nil {
			return chat.Reply{}, err
		}
		if o.Shown() {
			r := chat.Nothing()
			r.Cards = []chat.CardAt{{Subject: o.Subject(), At: at(o)}}
			return r, nil
		}
		return answer(o, a.text, c.Lang), nil
	case errors.Is(a.failed, errSlow):
		if err := b.Desk.Take(ctx, o); err != nil {
			return chat.Reply{}, err
		}
		if err := b.queue(ctx, o); err != nil {
			return chat.Reply{}, err
		}
		if c.Platform.Private && c.Event.Can.Answer {
			return chat.OnlyYouSay("translation.under_way", nil), nil
		}
		return chat.Nothing(), nil
	}
	o.At = record.Source{} // that it did not work is for who asked alone
	if err := b.Desk.Take(ctx, o); err != nil {
		return chat.Reply{}, err
	}
	return b.away(ctx, o, c.Member)
}

// place is the thread where a translation is shown to all, on a service that shows nothing to one person
// alone: where the command's own answer would stand, of a reaction the one of its message. What people typed
// themselves is answered like any command.
func (b *bot) place(c *chat.Call, own bool) (record.Source, error) {
	if c.Platform.Private || c.Event.Direct || own || c.Room.ID == "" {
		return record.Source{}, nil
	}
	w := c.Event.Where
	if t := c.Target; t != nil && c.Event.Kind == chat.Reacted && w.Thread == "" {
		w.Thread = cmp.Or(t.Where.Thread, t.Starts, chat.ThreadID(t.Message))
	}
	if w.Thread == "" {
		w.Thread = chat.ThreadID(c.Event.Message)
	}
	if w.Thread == "" {
		return record.Source{}, nil
	}
	return record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread)}, nil
}

// caller is who is answered later, and in which language.
type caller struct {
	chat.Back
	Lang string
}

func back(c *chat.Call) ([]byte, error) {
	out, err := json.Marshal(caller{c.Back(), c.Lang})
	if err != nil {
		return nil, fmt.Errorf("note how to answer: %w", err)
	}
	return out, nil
}

// there says whether the same stands in the same thread already, or is about to.
func (b *bot) there(ctx context.Context, o *translation.Order) (bool, error) {
	list, err := b.Desk.Orders.OrdersFrom(ctx, o.Community, o.Of.Source)
	if err != nil {
		return false, fmt.Errorf("look for translations: %w", err)
	}
	return slices.ContainsFunc(list, func(x translation.Order) bool {
		return !x.Gone && x.At == o.At && slices.Contains(x.To, o.To[0])
	}), nil
}

// order is the body of kindOrder.
type order struct{ No, Revision int64 }

func (b *bot) queue(ctx context.Context, o *translation.Order) error { return Ordered(b.Queue)(ctx, o) }

// Ordered has an order translated by work in a queue.
func Ordered(q work.Queue) func(ctx context.Context, o *translation.Order) error {
	return func(ctx context.Context, o *translation.Order) error { return queueOrder(ctx, q, o) }
}

func queueOrder(ctx context.Context, q work.Queue, o *translation.Order) error {
	key := fmt.Sprintf("translation/%d/%d/%d", o.Community, o.No, o.Revision)
	if err := q.Add(ctx, work.New(kindOrder, "", key, order{o.No, o.Revision}).In(o.Community)); err != nil {
		return fmt.Errorf("queue a translation: %w", err)
	}
	return nil
}

// sorry is why something is not translated, where asking again is no help; nil for everything else.
func (b *bot) sorry(ctx context.Context, o *translation.Order, err error, lang string) error {
	name := b.Desk.Service().Name
	switch {
	case errors.Is(err, translation.ErrSame):
		return text.Refuse("translation.same", text.Args{"language": text.LanguageName(o.To[0], lang)})
	case errors.Is(err, translation.ErrLanguage):
		return text.Refuse("translation.which", nil)
	case errors.Is(err, translation.ErrSpent):
		return text.Refuse("translation.spent", nil)
	case errors.Is(err, translation.ErrPair):
		return text.Refuse("translation.pair", text.Args{"service": name, "language": text.LanguageName(o.To[0], lang)})
	}
	if err != nil && !errors.Is(err, errSlow) {
		b.Log.WarnContext(ctx, "a translation failed", "service", name, "error", err)
	}
	return nil
}

// number is the order that a button is about.
func number() chat.Arg { return chat.Arg{Name: "no", Kind: chat.Number, Button: true} }

func given(o *translation.Order) chat.Given { return chat.Given{"no": strconv.FormatInt(o.No, 10)} }

// answer is a translation for one person.
func answer(o *translation.Order, t translation.Text, lang string) chat.Reply {
	r := chat.OnlyYouSay("", nil)
	r.Quote = strings.Split(t.Words, "\n\n")
	r.Notes = notes(t, lang)
	return r.Press(chat.Press{Command: "translate original", Given: given(o)}).
		Press(chat.Press{Command: "translate better", Given: given(o).With("to", t.To)})
}

// notes say that a machine made a translation, which one, and how much of it.
func notes(t translation.Text, lang string) []chat.Phrase {
	out := []chat.Phrase{chat.P("translation.by_machine", text.Args{"service": t.Service})}
	if t.From != "" {
		out[0] = chat.P("translation.by_machine_from", text.Args{"service": t.Service, "language": text.LanguageName(t.From, lang)})
	}
	if t.Left > 0 {
		out = append(out, chat.P("translation.left", nil))
	}
	return out
}
