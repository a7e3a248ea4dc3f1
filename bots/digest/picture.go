package digest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Bars are stacked bars to be drawn: how much of each kind there was in each week.
type Bars struct {
	Title  string
	Kinds  []string
	Labels []string // of the weeks; empty where there is no room for one
	Counts [][]int
}

// Pictures keeps the pictures of weeks.
type Pictures interface {
	KeepPicture(ctx context.Context, of int64, week, lang string, p digest.Picture) error
	Picture(ctx context.Context, of int64, week, lang string) (p digest.Picture, ok bool, err error)
}

// sectionNames are the sections of a picture, as digest.Rise has them.
var sectionNames = []string{"communication", "sharing", "collaboration", "cooperation"}

// leastDrawn is how many records there are at least in a picture: fewer are no picture.
const leastDrawn = 3

// weekOf is the week of a picture.
func weekOf(com community.Community, until time.Time) string {
	year, week := until.In(com.Location()).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

// drawn is a picture that was drawn and is to be noted.
type drawn struct {
	week, lang string
	digest.Picture
}

// draw draws the picture of a week in a language, unless there is one or too little is in it; nil then.
func (b *bot) draw(ctx context.Context, com community.Community, until time.Time, lang string) (*drawn, error) {
	if b.Draw == nil || b.Files == nil {
		return nil, nil
	}
	out := &drawn{week: weekOf(com, until), lang: b.words.Match(lang, com.Language)}
	if _, there, err := b.Issues.Picture(ctx, com.ID, out.week, out.lang); err != nil || there {
		return nil, err
	}
	rise, err := b.Changes.Rise(ctx, com.ID, until)
	if err != nil {
		return nil, err
	}
	bars, alt, n := b.bars(rise, com, out.lang)
	if n < leastDrawn {
		return nil, nil
	}
	png, err := b.Draw(bars)
	if err != nil {
		return nil, fmt.Errorf("draw the picture of a week: %w", err)
	}
	file, err := b.Files.Keep(ctx, bytes.NewReader(png), "guildhall-"+out.week+".png")
	if err != nil {
		return nil, fmt.Errorf("keep the picture of a week: %w", err)
	}
	out.Picture = digest.Picture{SHA256: file.SHA256, Size: file.Size, Alt: alt}
	return out, nil
}

// bars are what is drawn, the same in words, and how much there is of it.
func (b *bot) bars(rise digest.Rise, com community.Community, lang string) (bars Bars, alt string, all int) {
	bars.Title = b.words.Plain(lang, "digest.picture.title", text.Args{"n": len(rise.Countries)})
	var figures []string
	for s, name := range sectionNames {
		label := b.words.Plain(lang, "digest.picture."+name, nil)
		bars.Kinds = append(bars.Kinds, label)
		bars.Counts = append(bars.Counts, rise.Sections[s][:])
		figures = append(figures, fmt.Sprintf("%s %d", label, rise.Sum(s)))
		all += rise.Sum(s)
	}
	for week := range digest.Weeks {
		label := ""
		if week%3 == 0 {
			label = dayAndMonth(lang, rise.First.AddDate(0, 0, 7*week).In(com.Location()))
		}
		bars.Labels = append(bars.Labels, label)
	}
	var countries []text.Rich
	for _, code := range rise.Countries {
		countries = append(countries, text.Plain(text.CountryName(code, lang)))
	}
	alt = b.words.Plain(lang, "digest.picture.alt", text.Args{"figures": strings.Join(figures, ", ")})
	if len(countries) > 0 {
		alt += " " + b.words.Plain(lang, "digest.picture.countries", text.Args{"countries": text.List(lang, countries...).Plain()})
	}
	return bars, alt, all
}

// dayAndMonth is a date as short as a chart needs it: "7 Sep".
func dayAndMonth(lang string, at time.Time) string {
	parts := strings.Fields(text.FormatDate(lang, text.DateOf(at)))
	if len(parts) < 2 {
		return strings.Join(parts, " ")
	}
	month := []rune(parts[1])
	return parts[0] + " " + string(month[:min(3, len(month))])
}

// picture is the picture of a week; nil when there is none.
func (b *bot) picture(ctx context.Context, com community.Community, until time.Time, lang string) (*chat.Picture, error) {
	if b.Draw == nil {
		return nil, nil
	}
	week := weekOf(com, until)
	p, ok, err := b.Issues.Picture(ctx, com.ID, week, b.words.Match(lang, com.Language))
	if err != nil || !ok {
		return nil, err
	}
	return &chat.Picture{Alt: p.Alt, File: chat.Attachment{SHA256: p.SHA256, Name: "guildhall-" + week + ".png", Type: "image/png", Size: p.Size}}, nil
}

// keepDrawn notes the picture that was drawn before, if any.
func (b *bot) keepDrawn(ctx context.Context, of int64) error {
	p, ok := chat.Prepared(ctx).(*drawn)
	if !ok || p == nil {
		return nil
	}
	return b.notePicture(ctx, of, p)
}

func (b *bot) notePicture(ctx context.Context, of int64, p *drawn) error {
	if err := b.Issues.KeepPicture(ctx, of, p.week, p.lang, p.Picture); err != nil {
		return fmt.Errorf("note the picture of a week: %w", err)
	}
	return nil
}

// prepareIssue draws the picture of a room's digest.
func (b *bot) prepareIssue(ctx context.Context, it work.Item) (any, error) {
	var tick work.Tick
	if err := it.Read(&tick); err != nil {
		return nil, err
	}
	room, ok, err := b.roomOf(ctx, it.Community, tick.Name)
	if err != nil || !ok {
		return (*drawn)(nil), err
	}
	com, err := b.People.Community(ctx, it.Community)
	if err != nil {
		return nil, fmt.Errorf("load community: %w", err)
	}
	return b.draw(ctx, com, b.Now(), room.Language)
}

// prepareSend draws the picture of a member's digest.
func (b *bot) prepareSend(ctx context.Context, it work.Item) (any, error) {
	var s Sending
	if err := it.Read(&s); err != nil {
		return nil, err
	}
	com, m, err := b.addressee(ctx, it.Community, s)
	if err != nil || m.No == 0 {
		return (*drawn)(nil), err
	}
	kept, err := b.Issues.Letter(ctx, com.ID, s.To, s.Period)
	if err != nil || kept == nil {
		return (*drawn)(nil), err
	}
	return b.draw(ctx, com, kept.Until, m.Language)
}
