package digest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
	"guildhall/core/work"
)

// pauseDays is how long a pause is.
const pauseDays = 28

// Nobody is written to outside these hours, nor at the weekend: what would come then slides on.
const (
	quietUntil = 7*60 + 30 // minutes of the day
	quietFrom  = 20 * 60
)

func ownName(no int64) string { return "digest/" + digest.ToMember(no) }

func (b *bot) settingsCommand() chat.Command {
	var parts []string
	for _, p := range digest.Parts {
		parts = append(parts, string(p.Part))
	}
	return chat.Command{Path: "digest settings", Text: "digest.settings", Role: community.RoleMember, Personal: true, Run: b.settings,
		Args: []chat.Arg{
			{Name: "send", Kind: chat.Choice, Choices: []string{"on", "off"}},
			{Name: "every", Kind: chat.Choice, Choices: []string{"week", "fortnight", "month"}},
			{Name: "day", Kind: chat.Choice, Choices: days},
			{Name: "hour", Kind: chat.Hour},
			{Name: "parts", Kind: chat.Choices, Choices: parts, Typed: true},
			{Name: "pause", Kind: chat.Yes, Typed: true},
		}}
}

var paces = map[string]work.Pace{"week": work.Weekly, "fortnight": work.Fortnightly, "month": work.Monthly}

// settings shows or changes a member's own digest, which is off until they ask for it.
func (b *bot) settings(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	of, no := c.Community.ID, c.Member.No
	s, there, err := b.Schedules.Schedule(ctx, of, ownName(no))
	if err != nil {
		return chat.Reply{}, err
	}
	on := there && !s.Due.IsZero()
	if !there {
		s = work.Schedule{Community: of, Name: ownName(no), Kind: KindOwn, Rule: work.Rule{Pace: work.Weekly, Day: day, Hour: hour - 1}}
	}
	wishes, err := b.Issues.Wishes(ctx, of, []int64{no})
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read what somebody wants: %w", err)
	}
	wish := wishes[no]
	switch {
	case c.Text("send") == "off":
		if err := b.Schedules.StopSchedule(ctx, of, s.Name); err != nil {
			return chat.Reply{}, err
		}
		return chat.PersonalSay("digest.settings.off", nil).Press(chat.Press{Command: "digest settings", Given: chat.Given{"send": "on"}, Label: "digest.settings.turn_on"}), nil
	case c.Text("send") == "on", on && (c.Has("every") || c.Has("day") || c.Has("hour") || c.Has("parts") || c.Has("pause")):
		if s, wish, err = b.wish(ctx, c, s, wish); err != nil {
			return chat.Reply{}, err
		}
		on = true
	}
	return described(c, s, on, wish), nil
}

// wish keeps what somebody wants.
func (b *bot) wish(ctx context.Context, c *chat.Call, s work.Schedule, w digest.Wish) (work.Schedule, digest.Wish, error) {
	if p, ok := paces[c.Text("every")]; ok {
		s.Rule.Pace = p
	}
	if d, ok := dayOf(c.Text("day")); ok {
		s.Rule.Day = d
	}
	if at, err := time.Parse("15:04", c.Text("hour")); err == nil {
		s.Rule.Hour, s.Rule.Minute = at.Hour(), at.Minute()
	}
	s.Rule = Allowed(s.Rule)
	s.Zone = c.Location().String()
	if c.Has("parts") {
		w.Parts = nil
		for _, p := range c.List("parts") {
			w.Parts = append(w.Parts, digest.Part(p))
		}
	}
	if c.Has("pause") {
		if w.Paused = (time.Time{}); c.Yes("pause") {
			w.Paused = c.Now.AddDate(0, 0, pauseDays)
		}
	}
	if err := b.Issues.SetWish(ctx, c.Community.ID, c.Member.No, w); err != nil {
		return s, w, fmt.Errorf("keep what somebody wants: %w", err)
	}
	s, err := b.Schedules.SetSchedule(ctx, s, c.Now)
	return s, w, err
}

// Allowed slides a rule out of the quiet hours and the weekend.
func Allowed(r work.Rule) work.Rule {
	switch at := r.Hour*60 + r.Minute; {
	case at >= quietFrom:
		r.Day, r.Hour, r.Minute = (r.Day+1)%7, quietUntil/60, quietUntil%60
	case at < quietUntil:
		r.Hour, r.Minute = quietUntil/60, quietUntil%60
	}
	if r.Day == time.Saturday || r.Day == time.Sunday {
		r.Day = time.Monday
	}
	return r
}

// described says what somebody has chosen.
func described(c *chat.Call, s work.Schedule, on bool, w digest.Wish) chat.Reply {
	turn := func(g chat.Given, label string) chat.Press {
		return chat.Press{Command: "digest settings", Given: g, Label: label}
	}
	if !on {
		return chat.PersonalSay("digest.settings.is_off", nil).Press(turn(chat.Given{"send": "on"}, "digest.settings.turn_on")).Button("digest show", nil)
	}
	pace := "week"
	for code, p := range paces {
		if p == s.Rule.Pace {
			pace = code
		}
	}
	r := chat.PersonalSay("digest.settings.is_on", text.Args{"every": text.Key("digest.settings.every." + pace), "next": text.Moment(s.Due)})
	if len(w.Parts) > 0 {
		var names []any
		for _, p := range w.Parts {
			names = append(names, text.Key("digest.part."+string(p)))
		}
		r = r.Line("digest.settings.only", text.Args{"parts": names})
	}
	if w.Paused.After(c.Now) {
		r = r.Line("digest.settings.paused", text.Args{"until": text.DateOf(w.Paused.In(c.Location()))}).
			Press(turn(chat.Given{"pause": "no"}, "digest.settings.go_on"))
	} else {
		r = r.Press(turn(chat.Given{"pause": "yes"}, "digest.settings.pause_it"))
	}
	return r.Press(turn(chat.Given{"send": "off"}, "digest.settings.turn_off")).Button("digest show", nil)
}

// readerOf is whom a member's digest is for.
func readerOf(m community.Member) digest.Reader {
	r := digest.Reader{Member: m.No, Topics: slices.Clone(m.Topics), Country: from(m)}
	if m.Language != "" {
		r.Languages = []string{m.Language}
	}
	return r
}
