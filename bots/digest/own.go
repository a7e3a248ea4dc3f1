package digest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
	"guildhall/core/work"
)

// kindOwn is the kind of work that makes a member's own digest.
const kindOwn = "digest.own"

// pauseDays is how long a pause is.
const pauseDays = 28

// Nobody is written to outside these hours, nor at the weekend: what would come then slides on.
const (
	quietUntil = 7*60 + 30 // minutes of the day
	quietFrom  = 20 * 60
)

func ownName(no int64) string { return fmt.Sprintf("digest/member/%d", no) }

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
		s = work.Schedule{Community: of, Name: ownName(no), Kind: kindOwn, Rule: work.Rule{Pace: work.Weekly, Day: day, Hour: hour - 1}}
	}
	parts, paused, err := b.Issues.Wish(ctx, of, no)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read what somebody wants: %w", err)
	}
	switch {
	case c.Text("send") == "off":
		if err := b.Schedules.StopSchedule(ctx, of, s.Name); err != nil {
			return chat.Reply{}, err
		}
		return chat.PersonalSay("digest.settings.off", nil).Press(chat.Press{Command: "digest settings", Given: chat.Given{"send": "on"}, Label: "digest.settings.turn_on"}), nil
	case c.Text("send") == "on", on && (c.Has("every") || c.Has("day") || c.Has("hour") || c.Has("parts") || c.Has("pause")):
		if s, parts, paused, err = b.wish(ctx, c, s, parts, paused); err != nil {
			return chat.Reply{}, err
		}
		on = true
	}
	return described(c, s, on, parts, paused), nil
}

// wish keeps what somebody wants.
func (b *bot) wish(ctx context.Context, c *chat.Call, s work.Schedule, parts []digest.Part, paused time.Time) (work.Schedule, []digest.Part, time.Time, error) {
	if p, ok := paces[c.Text("every")]; ok {
		s.Rule.Pace = p
	}
	if d, ok := dayOf(c.Text("day")); ok {
		s.Rule.Day = d
	}
	if at, err := time.Parse("15:04", c.Text("hour")); err == nil {
		s.Rule.Hour, s.Rule.Minute = at.Hour(), at.Minute()
	}
	s.Rule = allowed(s.Rule)
	s.Zone = c.Location().String()
	if c.Has("parts") {
		parts = nil
		for _, p := range c.List("parts") {
			parts = append(parts, digest.Part(p))
		}
	}
	if c.Has("pause") {
		if paused = (time.Time{}); c.Yes("pause") {
			paused = c.Now.AddDate(0, 0, pauseDays)
		}
	}
	if err := b.Issues.SetWish(ctx, c.Community.ID, c.Member.No, parts, paused); err != nil {
		return s, parts, paused, fmt.Errorf("keep what somebody wants: %w", err)
	}
	s, err := b.Schedules.SetSchedule(ctx, s, c.Now)
	return s, parts, paused, err
}

// allowed slides a rule out of the quiet hours and the weekend.
func allowed(r work.Rule) work.Rule {
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
func described(c *chat.Call, s work.Schedule, on bool, parts []digest.Part, paused time.Time) chat.Reply {
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
	if len(parts) > 0 {
		var names []any
		for _, p := range parts {
			names = append(names, text.Key("digest.part."+string(p)))
		}
		r = r.Line("digest.settings.only", text.Args{"parts": names})
	}
	if paused.After(c.Now) {
		r = r.Line("digest.settings.paused", text.Args{"until": text.DateOf(paused.In(c.Location()))}).
			Press(turn(chat.Given{"pause": "no"}, "digest.settings.go_on"))
	} else {
		r = r.Press(turn(chat.Given{"pause": "yes"}, "digest.settings.pause_it"))
	}
	return r.Press(turn(chat.Given{"send": "off"}, "digest.settings.turn_off")).Button("digest show", nil)
}

// own makes a member's own digest of a period, unless they have had one, or there is too little to tell.
func (b *bot) own(ctx context.Context, it work.Item) (chat.Reply, error) {
	var tick work.Tick
	if err := it.Read(&tick); err != nil {
		return chat.Reply{}, err
	}
	of := it.Community
	no, err := strconv.ParseInt(strings.TrimPrefix(tick.Name, "digest/member/"), 10, 64)
	if err != nil {
		return chat.Reply{}, work.Dead(fmt.Errorf("whose is %q: %w", tick.Name, err))
	}
	m, err := community.Load(ctx, b.People, of, no)
	if err != nil {
		return chat.Reply{}, err
	}
	if m.No == 0 || m.Stopped || m.Erased {
		return chat.Nothing(), b.Schedules.StopSchedule(ctx, of, tick.Name)
	}
	com, err := b.People.Community(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	parts, paused, err := b.Issues.Wish(ctx, of, no)
	if err != nil || paused.After(b.Now()) {
		return chat.Nothing(), err
	}
	last, err := b.Issues.LastOwn(ctx, of, no)
	if err != nil {
		return chat.Reply{}, err
	}
	w := digest.WindowOf(last, b.Now())
	all, err := b.gather(ctx, of, w)
	if err != nil {
		return chat.Reply{}, err
	}
	shown, err := b.Issues.ShownOwn(ctx, of, no)
	if err != nil {
		return chat.Reply{}, err
	}
	reader := readerOf(m)
	reader.Parts = parts
	chosen := digest.Choose(all.items, reader, w, shown)
	if !digest.Send(chosen, com.Created, b.Now()) {
		return chat.Nothing(), nil
	}
	kept := digest.Keep(chosen)
	fresh, err := b.Issues.AddOwn(ctx, of, no, tick.Period, w.Until, kept)
	if err != nil || !fresh {
		return chat.Nothing(), err
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("digest.own", text.Args{"community": com.Name}), head(all.people, all.countries)}}
	lang := m.Language
	if lang == "" {
		lang = com.Language
	}
	if say.List, err = b.rows(ctx, of, kept, lang, w.Until, community.Location(m.Zone)); err != nil {
		return chat.Reply{}, err
	}
	say.Buttons = []chat.Press{{Command: "digest settings"}}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Member: no}, Say: say, Key: "digest/own/" + tick.Period}), nil
}

// readerOf is whom a member's digest is for.
func readerOf(m community.Member) digest.Reader {
	r := digest.Reader{Member: m.No, Topics: slices.Clone(m.Topics), Country: from(m)}
	if m.Language != "" {
		r.Languages = []string{m.Language}
	}
	return r
}
