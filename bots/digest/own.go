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

// OwnName is the schedule of a member's own digest by direct message.
func OwnName(no int64) string { return "digest/" + digest.ToMember(no) }

func (b *bot) settingsCommand() chat.Command {
	var parts []string
	for _, p := range digest.Parts {
		parts = append(parts, string(p.Part))
	}
	return chat.Command{Path: "digest settings", Text: "digest.settings", Role: community.RoleMember, Personal: true, Run: b.settings,
		Args: []chat.Arg{
			{Name: "send", Kind: chat.Choice, Choices: []string{"on", "off", "dm", "email"}},
			{Name: "address", Kind: chat.Mail},
			{Name: "every", Kind: chat.Choice, Choices: []string{"week", "fortnight", "month"}},
			{Name: "day", Kind: chat.Choice, Choices: days},
			{Name: "hour", Kind: chat.Hour},
			{Name: "parts", Kind: chat.Choices, Choices: parts, Typed: true},
			{Name: "pause", Kind: chat.Yes, Typed: true},
		}}
}

var paces = map[string]work.Pace{"week": work.Weekly, "fortnight": work.Fortnightly, "month": work.Monthly}

// own is how somebody's own digest comes now.
type own struct {
	work.Schedule
	on   bool
	mail string // the address; empty for a direct message
	wish digest.Wish
}

// ownOf is how a member's own digest comes.
func (b *bot) ownOf(ctx context.Context, of, no int64) (o own, err error) {
	name := OwnName(no)
	if b.Mailing != nil {
		m, mailed, err := b.Mailing.Of(ctx, of, no)
		if err != nil {
			return o, fmt.Errorf("look up a subscription: %w", err)
		}
		if mailed {
			name, o.mail = m.Schedule, m.Address
		}
	}
	var there bool
	if o.Schedule, there, err = b.Schedules.Schedule(ctx, of, name); err != nil {
		return o, err
	}
	o.on = there && !o.Due.IsZero()
	if !there {
		o.Schedule = work.Schedule{Community: of, Name: name, Kind: KindOwn, Rule: work.Rule{Pace: work.Weekly, Day: day, Hour: hour - 1}}
	}
	wishes, err := b.Issues.Wishes(ctx, of, []int64{no})
	if err != nil {
		return o, fmt.Errorf("read what somebody wants: %w", err)
	}
	o.wish = wishes[no]
	return o, nil
}

// settings shows or changes a member's own digest, which is off until they ask for it.
func (b *bot) settings(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	of, no := c.Community.ID, c.Member.No
	o, err := b.ownOf(ctx, of, no)
	if err != nil {
		return chat.Reply{}, err
	}
	send := c.Text("send")
	switch {
	case send == "email", send == "" && c.Has("address"):
		if b.Mailing == nil {
			return chat.Reply{}, text.Refuse("digest.no_mail", nil)
		}
		return b.Mailing.Ask(ctx, c, c.Text("address"))
	case send == "off":
		return b.stop(ctx, c, o)
	case send == "dm" && o.mail != "":
		rule := o.Rule
		if _, err := b.stop(ctx, c, o); err != nil {
			return chat.Reply{}, err
		}
		if o, err = b.ownOf(ctx, of, no); err != nil {
			return chat.Reply{}, err
		}
		o.Rule = rule
	}
	changes := c.Has("every") || c.Has("day") || c.Has("hour") || c.Has("parts") || c.Has("pause")
	if send != "" || o.on && changes {
		if err := b.change(ctx, c, &o); err != nil {
			return chat.Reply{}, err
		}
	}
	return described(c, o), nil
}

// stop ends a member's own digest, however it comes.
func (b *bot) stop(ctx context.Context, c *chat.Call, o own) (chat.Reply, error) {
	if err := b.Schedules.StopSchedule(ctx, c.Community.ID, o.Name); err != nil {
		return chat.Reply{}, err
	}
	if b.Mailing != nil {
		if err := b.Mailing.Stop(ctx, c.Community.ID, c.Member.No); err != nil {
			return chat.Reply{}, fmt.Errorf("stop mail: %w", err)
		}
	}
	return chat.PersonalSay("digest.settings.off", nil).
		Press(chat.Press{Command: "digest settings", Given: chat.Given{"send": "on"}, Label: "digest.settings.turn_on"}), nil
}

// change keeps what somebody wants.
func (b *bot) change(ctx context.Context, c *chat.Call, o *own) error {
	if p, ok := paces[c.Text("every")]; ok {
		o.Rule.Pace = p
	}
	if d, ok := dayOf(c.Text("day")); ok {
		o.Rule.Day = d
	}
	if at, err := time.Parse("15:04", c.Text("hour")); err == nil {
		o.Rule.Hour, o.Rule.Minute = at.Hour(), at.Minute()
	}
	o.Rule = Allowed(o.Rule)
	if o.mail == "" || o.Zone == "" {
		o.Zone = c.Location().String()
	}
	if c.Has("parts") {
		o.wish.Parts = nil
		for _, p := range c.List("parts") {
			o.wish.Parts = append(o.wish.Parts, digest.Part(p))
		}
	}
	if c.Has("pause") {
		if o.wish.Paused = (time.Time{}); c.Yes("pause") {
			o.wish.Paused = c.Now.AddDate(0, 0, pauseDays)
		}
	}
	if err := b.Issues.SetWish(ctx, c.Community.ID, c.Member.No, o.wish); err != nil {
		return fmt.Errorf("keep what somebody wants: %w", err)
	}
	var err error
	o.Schedule, err = b.Schedules.SetSchedule(ctx, o.Schedule, c.Now)
	o.on = err == nil
	return err
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
func described(c *chat.Call, o own) chat.Reply {
	turn := func(g chat.Given, label string) chat.Press {
		return chat.Press{Command: "digest settings", Given: g, Label: label}
	}
	if !o.on {
		return chat.PersonalSay("digest.settings.is_off", nil).Press(turn(chat.Given{"send": "on"}, "digest.settings.turn_on")).Button("digest show", nil)
	}
	pace := "week"
	for code, p := range paces {
		if p == o.Rule.Pace {
			pace = code
		}
	}
	r := chat.PersonalSay("digest.settings.is_on", text.Args{"every": text.Key("digest.settings.every." + pace), "next": text.Moment(o.Due)})
	if o.mail != "" {
		r = r.Line("digest.settings.by_mail", text.Args{"address": o.mail})
	}
	if len(o.wish.Parts) > 0 {
		var names []any
		for _, p := range o.wish.Parts {
			names = append(names, text.Key("digest.part."+string(p)))
		}
		r = r.Line("digest.settings.only", text.Args{"parts": names})
	}
	if o.wish.Paused.After(c.Now) {
		r = r.Line("digest.settings.paused", text.Args{"until": text.DateOf(o.wish.Paused.In(c.Location()))}).
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
