package digest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// days are the days of the week as choices, in the order of time.Weekday from Monday on.
var days = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func dayOf(code string) (time.Weekday, bool) {
	for i, d := range days {
		if d == code {
			return time.Weekday((i + 1) % 7), true
		}
	}
	return 0, false
}

// longestNote is the longest note of a moderator, in graphemes.
const longestNote = 300

func (b *bot) modCommand() chat.Command {
	return chat.Command{Path: "mod digest", Text: "digest.mod", Role: community.RoleModerator, Run: b.mod,
		Args: []chat.Arg{
			{Name: "day", Kind: chat.Choice, Choices: days},
			{Name: "hour", Kind: chat.Hour},
			{Name: "do", Kind: chat.Choice, Choices: []string{"preview", "hide", "note", "invite"}},
			{Name: "hide", Kind: chat.Record},
			{Name: "invite", Kind: chat.Mail},
			{Name: "note", Kind: chat.Line, Max: longestNote},
		}}
}

// leaveCommand and noteCommand are the buttons of a preview.
func (b *bot) leaveCommand() chat.Command {
	return chat.Command{Path: "digest leave", Text: "digest.leave", Role: community.RoleModerator, Hidden: true,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true}},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.leave(ctx, c, c.Record("id")) }}
}

func (b *bot) noteCommand() chat.Command {
	return chat.Command{Path: "digest note", Text: "digest.noting", Role: community.RoleModerator, Hidden: true,
		Args: []chat.Arg{{Name: "note", Kind: chat.Line, Required: true, Max: longestNote}},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.note(ctx, c, c.Text("note")) }}
}

func (b *bot) mod(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	do := c.Text("do")
	switch {
	case do == "note" && c.Has("hide"): // a note that begins with the name of a record
		return b.note(ctx, c, strings.TrimSpace(c.Record("hide").String()+" "+c.Text("note")))
	case do != "" && do != "preview" && !c.Has(do):
		return chat.AskFor("mod digest", chat.Given{"do": do}, do), nil // what was taken for something else is asked for anew
	case c.Has("hide"):
		return b.leave(ctx, c, c.Record("hide"))
	case c.Has("invite"):
		if b.Mailing == nil {
			return chat.Reply{}, text.Refuse("digest.no_mail", nil)
		}
		return b.Mailing.Invite(ctx, c, c.Text("invite"))
	case c.Has("note"):
		return b.note(ctx, c, c.Text("note"))
	case c.Has("day"), c.Has("hour"):
		return b.move(ctx, c)
	}
	return b.preview(ctx, c)
}

// leave keeps a record out of digests, those that stand included.
func (b *bot) leave(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	if _, ok, err := b.brief(ctx, c.Community.ID, id); err != nil || !ok {
		if err == nil {
			err = chat.NoRecord(id)
		}
		return chat.Reply{}, err
	}
	if err := b.Issues.Hide(ctx, c.Community.ID, id); err != nil {
		return chat.Reply{}, fmt.Errorf("leave out: %w", err)
	}
	held, err := b.shows(ctx, c.Community.ID, id)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, s := range held {
		change := record.Change{Community: c.Community.ID, Subject: s, What: "edited", By: c.Member.No, At: c.Now}
		if err := b.Changes.Record(ctx, change); err != nil {
			return chat.Reply{}, err
		}
	}
	return chat.OnlyYouSay("digest.leave.done", text.Args{"id": chat.Rec(id)}), nil
}

// note is told with the next digest of this space's rooms.
func (b *bot) note(ctx context.Context, c *chat.Call, note string) (chat.Reply, error) {
	rooms, err := b.news(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, r := range rooms {
		if err := b.Issues.SetNote(ctx, c.Community.ID, r.Platform, r.ID, note); err != nil {
			return chat.Reply{}, fmt.Errorf("keep a note: %w", err)
		}
	}
	key := "digest.noting.done"
	if note == "" {
		key = "digest.noting.none"
	}
	return chat.OnlyYouSay(key, nil), nil
}

// news are the announcement rooms of the space where a command was used; of all where it was used in
// none.
func (b *bot) news(ctx context.Context, c *chat.Call) ([]community.Room, error) {
	rooms, err := b.People.Rooms(ctx, c.Community.ID)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	var out []community.Room
	for _, r := range rooms {
		here := c.Space.ID == "" || r.Platform == c.Space.Platform && r.Space == c.Space.ID
		if here && r.Is(community.News) && !r.Archived {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, text.Refuse("digest.mod.no_room", nil)
	}
	return out, nil
}

// move changes the day and hour.
func (b *bot) move(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	rooms, err := b.news(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	var next time.Time
	for _, r := range rooms {
		s := b.scheduleOf(c.Community, r)
		if old, there, err := b.Schedules.Schedule(ctx, c.Community.ID, s.Name); err != nil {
			return chat.Reply{}, err
		} else if there {
			s.Rule = old.Rule
		}
		if d, ok := dayOf(c.Text("day")); ok {
			s.Rule.Day = d
		}
		if at, err := time.Parse("15:04", c.Text("hour")); err == nil {
			s.Rule.Hour, s.Rule.Minute = at.Hour(), at.Minute()
		}
		if s, err = b.Schedules.SetSchedule(ctx, s, c.Now); err != nil {
			return chat.Reply{}, fmt.Errorf("plan a digest: %w", err)
		}
		next = s.Due
	}
	return chat.OnlyYouSay("digest.mod.moved", text.Args{"next": text.Moment(next)}), nil
}

// preview shows what the next digest would hold.
func (b *bot) preview(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	rooms, err := b.news(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	s, _, err := b.Schedules.Schedule(ctx, c.Community.ID, nameOf(rooms[0]))
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("", nil)
	r.Say, err = b.preceding(ctx, c.Community, rooms[0], s, c.Lang)
	return r, err
}

// preceding is a preview of a room's next digest.
func (b *bot) preceding(ctx context.Context, com community.Community, room community.Room, s work.Schedule, lang string) (chat.Say, error) {
	i, worth, err := b.choose(ctx, com, room, b.Now())
	if err != nil {
		return chat.Say{}, err
	}
	say := chat.Say{}
	if !s.Due.IsZero() {
		say.Lines = append(say.Lines, chat.P("digest.mod.next", text.Args{"next": text.Moment(s.Due)}))
	}
	look := look{of: com.ID, lang: lang, until: i.Until, zone: com.Location(), platform: room.Platform, own: room.Space}
	if say.List, _, err = b.rows(ctx, look, i.Items); err != nil {
		return say, err
	}
	for at := range say.List {
		id := say.List[at].Buttons[0].Given
		say.List[at].Buttons = append(say.List[at].Buttons, chat.Press{Command: "digest leave", Given: id})
	}
	switch {
	case len(say.List) == 0:
		say.Lines = append(say.Lines, chat.P("digest.mod.empty", nil))
	case !worth:
		say.Lines = append(say.Lines, chat.P("digest.mod.little", text.Args{"n": digest.Enough}))
	}
	if i.Note != "" {
		say.Lines = append(say.Lines, chat.P("digest.note", text.Args{"note": i.Note}))
	}
	say.Buttons = []chat.Press{{Command: "digest note"}}
	return say, nil
}

// ahead is how long before a digest its moderators may look at it.
const ahead = 24 * time.Hour

// announce shows the moderators once what a digest will hold that comes within a day.
func (b *bot) announce(ctx context.Context, of int64) (chat.Reply, error) {
	com, err := b.People.Community(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	rooms, err := b.People.Rooms(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list rooms: %w", err)
	}
	for _, room := range rooms {
		if !room.Is(community.News) || room.Archived {
			continue
		}
		s, there, err := b.Schedules.Schedule(ctx, of, nameOf(room))
		if err != nil {
			return chat.Reply{}, err
		}
		if !there || s.Due.IsZero() || s.Due.After(b.Now().Add(ahead)) {
			continue
		}
		say, err := b.preceding(ctx, com, room, s, com.Language)
		if err != nil {
			return chat.Reply{}, err
		}
		if len(say.List) == 0 {
			continue
		}
		// One look is enough, however many rooms it comes to.
		return chat.Nothing().Tell(chat.Post{To: chat.To{Moderators: true}, Say: say, Key: "digest/preview/" + s.Period}), nil
	}
	return chat.Nothing(), nil
}
