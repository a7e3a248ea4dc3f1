package cooperation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// line is one message that can be quoted.
type line struct {
	value string // by which it is ticked
	label string // who wrote it: a name, or the id of a request that was asked without one
	words string
	said  cooperation.Said
	from  chat.Author // whose member is not known yet; Account is empty where it is
	on    bool        // ticked from the start
}

// origin is where something that is to be promoted was said.
type origin struct {
	from   record.ID    // the record that it grows from; zero for none
	part   int64        // the answer of a request that the target shows; 0 for none
	at     chat.Address // the thread, or the room of the target
	target *chat.Target
	direct bool // said to us alone
}

// grownFrom are the letters of records that practices grow from.
const grownFrom = "HRCS"

// from finds out what a call wants to promote.
func from(c *chat.Call) origin {
	o := origin{at: c.Event.Where, target: c.Target, direct: c.Event.Direct}
	if c.Target != nil {
		o.at = c.Target.Where
		if o.at.Thread == "" {
			o.at.Thread = c.Target.Starts
		}
	}
	room, err := record.Parse(c.Room.Record)
	switch {
	case c.Has("thread"):
		o.from = c.Record("thread")
	case strings.IndexByte(grownFrom, c.Subject.ID.Letter) >= 0 && !c.Subject.ID.IsZero():
		o.from, o.part = c.Subject.ID, c.Subject.Part
	case strings.IndexByte(grownFrom, c.Thread.Letter) >= 0 && !c.Thread.IsZero():
		o.from = c.Thread
	case err == nil && strings.IndexByte(grownFrom, room.Letter) >= 0:
		o.from = room
	}
	return o
}

// asked says whether the messages are those of a request, which are kept wherever they were written.
func (o origin) asked() bool { return o.from.Letter == communication.Letter }

// source is the thread as a practice's source; what was said to us alone has none.
func (o origin) source() record.Source {
	if o.direct {
		return record.Source{}
	}
	s := record.Source{Platform: string(o.at.Platform), Space: string(o.at.Space), Room: string(o.at.Room), Thread: string(o.at.Thread)}
	if o.target != nil {
		s.Message = string(o.target.Message)
	}
	return s
}

// lists says whether the messages of a thread can be listed, to be ticked.
func (b *bot) lists(c *chat.Call, o origin) bool {
	if o.asked() && b.Requests != nil {
		return true
	}
	if o.target == nil && o.at.Thread == "" {
		return false
	}
	_, can := b.reader(c.Event.Where.Platform)
	return can
}

func (b *bot) reader(p chat.PlatformID) (chat.Reader, bool) {
	if b.Readers == nil {
		return nil, false
	}
	return b.Readers(p)
}

// listen gives the messages that a call can promote, oldest first.
func (b *bot) listen(ctx context.Context, c *chat.Call, o origin) ([]line, error) {
	if o.asked() && b.Requests != nil {
		return b.answers(ctx, c, o)
	}
	if o.target == nil && o.at.Thread == "" {
		return nil, nil
	}
	r, can := b.reader(c.Event.Where.Platform)
	if !can {
		if o.target == nil || o.target.Text == "" || o.target.From.Bot || o.target.From.Account == "" {
			return nil, nil
		}
		return []line{b.line(c, *o.target)}, nil
	}
	at, msg := o.at, chat.MessageID("")
	if o.target != nil {
		msg = o.target.Message
	}
	all, err := r.Thread(ctx, at, msg)
	if errors.Is(err, chat.ErrGone) {
		return nil, text.Refuse("cooperation.promote.away", nil) // nor would we hear of it when it is taken back there
	}
	if err != nil {
		return nil, fmt.Errorf("read the thread: %w", err)
	}
	var out []line
	for _, t := range all {
		if t.From.Bot || t.From.Account == "" || text.Clean(t.Text, 1) == "" || c.Event.Message != "" && t.Message == c.Event.Message || isCommand(c, t.Text) {
			continue
		}
		if t.Where.IsZero() {
			t.Where = at
		}
		l := b.line(c, t)
		l.on = o.target != nil && t.Message == o.target.Message
		out = append(out, l)
	}
	return newest(c, out), nil
}

// isCommand says whether a message was written to us rather than to the thread.
func isCommand(c *chat.Call, words string) bool {
	words = strings.TrimSpace(words)
	if p := c.Platform.Prefix; p != "" && strings.HasPrefix(words, p) && len(words) > len(p) {
		return true
	}
	first, rest, _ := strings.Cut(words, " ")
	if strings.HasPrefix(first, "@") || strings.HasPrefix(first, "<@") || strings.EqualFold(strings.TrimRight(first, ":,"), "guildhall") {
		next, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		return strings.EqualFold(next, "promote")
	}
	return false
}

// newest are as many of the newest lines as can be ticked.
func newest(c *chat.Call, all []line) []line {
	most := cooperation.MaxQuotes
	if n := c.Platform.Limits.Options; n > 0 {
		most = min(most, n)
	}
	if len(all) <= most {
		return all
	}
	cut := len(all) - most
	for i := range cut {
		if all[i].on { // what it was asked on stays
			return append([]line{all[i]}, all[cut+1:]...)
		}
	}
	return all[cut:]
}

// line is a message as it can be ticked.
func (b *bot) line(c *chat.Call, t chat.Target) line {
	w := t.Where
	if w.Room == "" {
		w = c.Event.Where
	}
	s := record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread), Message: string(t.Message)}
	if s.Platform == "" {
		s.Platform = string(c.Event.Where.Platform)
	}
	at := t.At
	if at.IsZero() {
		at = c.Now
	}
	return line{value: string(t.Message), label: t.From.Name, words: t.Text, from: t.From, said: cooperation.Said{Text: t.Text, Source: s, At: at}}
}

// answers are a request's question and what was said in its threads. Whoever asked without their
// name is called by the request's id.
func (b *bot) answers(ctx context.Context, c *chat.Call, o origin) ([]line, error) {
	q, err := b.Requests.Request(ctx, c.Community.ID, o.from)
	if err != nil {
		return nil, err
	}
	if q == nil {
		return nil, chat.NoRecord(o.from)
	}
	may, err := b.Requests.MayRead(ctx, q, c.Member.No)
	if err != nil {
		return nil, err
	}
	if !may || q.To == communication.OneHelper || q.State == communication.Withdrawn {
		return nil, chat.ErrHidden
	}
	all, err := b.Requests.Answers(ctx, c.Community.ID, o.from)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	if !q.Named() {
		names[q.Asker] = q.ID.String()
	}
	name := func(no int64) (string, error) {
		if n, ok := names[no]; ok {
			return n, nil
		}
		m, err := community.Load(ctx, b.People, c.Community.ID, no)
		names[no] = m.Name
		return m.Name, err
	}
	var out []line
	add := func(s record.Subject, author int64, words string, said cooperation.Said, on bool) error {
		label, err := name(author)
		said.Author, said.Text = author, words
		out = append(out, line{value: s.String(), label: label, words: words, said: said, on: on})
		return err
	}
	if err := add(q.Subject(), q.Asker, q.Question, cooperation.Said{Source: q.Source, At: q.Asked}, false); err != nil {
		return nil, err
	}
	for _, a := range all {
		if !a.Shown() || a.Text == "" {
			continue
		}
		on := a.Part == q.Accepted && q.Accepted != 0 || a.Part == o.part && o.part != 0
		if o.target != nil && a.Source.Message != "" {
			on = on || a.Source.Message == string(o.target.Message) && a.Source.Room == string(o.target.Where.Room)
		}
		if err := add(a.Subject(), a.Author, a.Text, cooperation.Said{Source: a.Source, At: a.At}, on); err != nil {
			return nil, err
		}
	}
	return newest(c, out), nil
}

// option is a line as it is shown to be ticked: its author and first words.
func (l line) option() chat.Option {
	label := text.Clean(l.words, 60)
	if name := text.Clean(l.label, 24); name != "" {
		label = name + ": " + text.Clean(l.words, 48)
	}
	return chat.Option{Value: l.value, Label: label, On: l.on}
}

// ticked are the lines that were ticked: by what stands for them, or by their number in the list.
// None are ticked by a lone 0 or dash. What a form listed and is gone since, deleted by its author,
// is left out.
func ticked(all []line, ticks []string, form bool) ([]line, error) {
	var out []line
	for _, t := range ticks {
		i := slices.IndexFunc(all, func(l line) bool { return strings.EqualFold(l.value, t) })
		if i < 0 && form {
			continue
		}
		if i < 0 {
			for _, one := range strings.Fields(t) {
				n, err := strconv.Atoi(strings.TrimRight(one, "."))
				switch {
				case one == "0" || one == "-" || one == "–" || one == "—":
				case err != nil || n < 1 || n > len(all):
					return nil, text.RefuseArg("messages", "cooperation.promote.unknown", text.Args{"given": text.Clean(one, 40), "n": len(all)})
				default:
					out = append(out, all[n-1])
				}
			}
			continue
		}
		out = append(out, all[i])
	}
	return out, nil
}

// said are lines as they are quoted, with the members who wrote them. Whoever has not acted yet
// becomes a member: they have to be asked.
func (b *bot) said(ctx context.Context, c *chat.Call, ls []line) ([]cooperation.Said, error) {
	var out []cooperation.Said
	for _, l := range ls {
		s := l.said
		if s.Author == 0 {
			var m community.Member
			var err error
			p, space := chat.PlatformID(s.Source.Platform), chat.SpaceID(s.Source.Space)
			known := false
			if m, known, err = b.People.Known(ctx, c.Community.ID, p, l.from.Account); err == nil && !known {
				m, _, err = b.People.Enter(ctx, c.Community.ID, p, space, l.from, c.Now)
			}
			if err != nil {
				return nil, fmt.Errorf("find who is quoted: %w", err)
			}
			s.Author = m.No
		}
		out = append(out, s)
	}
	return out, nil
}
