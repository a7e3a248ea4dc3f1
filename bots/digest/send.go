package digest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
	"guildhall/core/work"
)

// send tells a member their own digest, put in words from the records as they are now.
func (b *bot) send(ctx context.Context, it work.Item) (chat.Reply, error) {
	var s Sending
	if err := it.Read(&s); err != nil {
		return chat.Reply{}, err
	}
	com, m, err := b.addressee(ctx, it.Community, s)
	if err != nil || m.No == 0 || m.Stopped || m.Erased {
		return chat.Nothing(), err
	}
	if err := b.keepDrawn(ctx, com.ID); err != nil {
		return chat.Reply{}, err
	}
	lang := m.Language
	if lang == "" {
		lang = com.Language
	}
	to := told{member: m.No, lang: lang, zone: zoneOf(com, m.Zone), moderates: m.Role >= community.RoleModerator}
	l, ok, err := b.letter(ctx, com, s, to)
	if err != nil || !ok {
		return chat.Nothing(), err
	}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Member: m.No}, Say: l.Say, Key: "digest/own/" + s.Period}), nil
}

// addressee is the member whom a digest is for.
func (b *bot) addressee(ctx context.Context, of int64, s Sending) (com community.Community, m community.Member, err error) {
	no, err := strconv.ParseInt(strings.TrimPrefix(s.To, "member/"), 10, 64)
	if err != nil {
		return com, m, work.Dead(fmt.Errorf("whom is a digest for: %q: %w", s.To, err))
	}
	if m, err = community.Load(ctx, b.People, of, no); err != nil {
		return com, m, err
	}
	if com, err = b.People.Community(ctx, of); err != nil {
		return com, m, fmt.Errorf("load community: %w", err)
	}
	return com, m, nil
}

// told is whom a digest is told to.
type told struct {
	member    int64 // 0: no member
	lang      string
	zone      *time.Location
	moderates bool
}

// Letter is a personal digest to be put in words.
type Letter struct {
	Community community.Community
	Period    string
	Items     []digest.Kept // those that are still there, one for each row of Say.List, in order
	Say       chat.Say
}

// Letters puts digests that were chosen into what is said, for media other than chat.
type Letters struct{ b *bot }

// NewLetters makes Letters of the bot's parts.
func NewLetters(p Parts) Letters { return Letters{newBot(p)} }

// Draw draws the picture of a digest where it is not there yet in the reader's language, and returns
// what notes it, to be done in a transaction; nil when there is nothing to note.
func (l Letters) Draw(ctx context.Context, of int64, s Sending, r Recipient) (note func(context.Context) error, err error) {
	com, err := l.b.People.Community(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("load community: %w", err)
	}
	kept, err := l.b.Issues.Letter(ctx, of, s.To, s.Period)
	if err != nil || kept == nil {
		return nil, err
	}
	p, err := l.b.draw(ctx, com, kept.Until, r.Lang)
	if err != nil || p == nil {
		return nil, err
	}
	return func(ctx context.Context) error { return l.b.notePicture(ctx, of, p) }, nil
}

// Letter is what somebody is told, from the records as they are now; ok is false when nothing of it is
// left, or nothing was chosen. r says in which language and zone.
func (l Letters) Letter(ctx context.Context, of int64, s Sending, r Recipient) (_ Letter, ok bool, err error) {
	com, err := l.b.People.Community(ctx, of)
	if err != nil {
		return Letter{}, false, fmt.Errorf("load community: %w", err)
	}
	lang := r.Lang
	if lang == "" {
		lang = com.Language
	}
	return l.b.letter(ctx, com, s, told{member: r.Member, lang: lang, zone: zoneOf(com, r.Zone), moderates: r.Moderates})
}

func (b *bot) letter(ctx context.Context, com community.Community, s Sending, to told) (Letter, bool, error) {
	kept, err := b.Issues.Letter(ctx, com.ID, s.To, s.Period)
	if err != nil || kept == nil {
		return Letter{}, false, err
	}
	out := Letter{Community: com, Period: s.Period}
	look := look{of: com.ID, lang: to.lang, until: kept.Until, zone: to.zone, member: to.member}
	rows, items, err := b.rows(ctx, look, kept.Items)
	if err != nil {
		return out, false, err
	}
	out.Items = items
	thanks, err := b.thanks(ctx, com.ID, items)
	if err != nil {
		return out, false, err
	}
	_, week := kept.Until.In(to.zone).ISOWeek()
	out.Say = chat.Say{Title: chat.P("digest.title", text.Args{"community": com.Name, "week": strconv.Itoa(week)}), List: rows,
		Lines: []chat.Phrase{head(kept.People, kept.Countries)}, Notes: []chat.Phrase{thanks, chat.P("digest.own.why", text.Args{"community": com.Name})}}
	if out.Say.Picture, err = b.picture(ctx, com, kept.Until, to.lang); err != nil {
		return out, false, err
	}
	if to.moderates {
		more, err := b.backlog(ctx, com.ID)
		if err != nil {
			return out, false, err
		}
		out.Say.List = append(out.Say.List, more...)
	}
	out.Say.Buttons = []chat.Press{{Command: "digest settings"}, {Command: "digest why", Label: "digest.why.button"}}
	return out, len(out.Say.List) > 0, nil
}

// backlog is what waits for the moderators, a line for each kind of which there is any.
func (b *bot) backlog(ctx context.Context, of int64) ([]chat.Item, error) {
	if b.Backlog == nil {
		return nil, nil
	}
	found, err := b.Backlog(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("count what waits for moderators: %w", err)
	}
	var out []chat.Item
	for _, x := range []struct {
		n          int
		line, only string
	}{{found.Review, "review", ""}, {found.Rechecks, "rechecks", "rechecks"}, {found.Unanswered, "unanswered", "unanswered"}, {found.Failed, "failed", "failed"}} {
		if x.n == 0 {
			continue
		}
		press := chat.Press{Command: "mod queue", Label: "digest.backlog.open." + x.line}
		if x.only != "" {
			press.Given = chat.Given{"only": x.only}
		}
		key := "digest.row"
		if len(out) == 0 {
			key = "digest.first"
		}
		what := chat.P(key, text.Args{"part": text.Key("digest.backlog.head"), "what": text.Key("digest.backlog." + x.line), "n": x.n})
		out = append(out, chat.Item{Text: what, Buttons: []chat.Press{press}})
	}
	return out, nil
}
