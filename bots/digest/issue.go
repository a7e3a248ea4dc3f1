package digest

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/work"
)

// When a room gets its digest unless it is told otherwise, and over how many minutes rooms are spread.
const (
	day    = time.Tuesday
	hour   = 9
	spread = 30
)

// nameOf is what a room's schedule is called.
func nameOf(r community.Room) string { return "digest/" + r.Platform + "/" + r.ID }

// roomOf finds the room of a schedule; ok is false when it is no announcement room any more.
func (b *bot) roomOf(ctx context.Context, of int64, name string) (community.Room, bool, error) {
	rooms, err := b.People.Rooms(ctx, of)
	if err != nil {
		return community.Room{}, false, fmt.Errorf("list rooms: %w", err)
	}
	for _, r := range rooms {
		if nameOf(r) == name && r.Is(community.News) && !r.Archived {
			return r, true, nil
		}
	}
	return community.Room{}, false, nil
}

// plan makes a schedule for each announcement room that has none.
func (b *bot) plan(ctx context.Context, of int64) (chat.Reply, error) {
	com, err := b.People.Community(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	rooms, err := b.People.Rooms(ctx, of)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list rooms: %w", err)
	}
	for _, r := range rooms {
		if !r.Is(community.News) || r.Archived {
			continue
		}
		s := b.scheduleOf(com, r)
		if _, there, err := b.Schedules.Schedule(ctx, of, s.Name); err != nil || there {
			if err != nil {
				return chat.Reply{}, err
			}
			continue
		}
		if _, err := b.Schedules.SetSchedule(ctx, s, b.Now()); err != nil {
			return chat.Reply{}, fmt.Errorf("plan a digest: %w", err)
		}
	}
	return chat.Nothing(), nil
}

// scheduleOf is a room's schedule as long as nobody has changed it.
func (b *bot) scheduleOf(com community.Community, r community.Room) work.Schedule {
	name := nameOf(r)
	return work.Schedule{Community: com.ID, Name: name, Kind: kindIssue, Zone: com.Zone,
		Rule: work.Rule{Pace: work.Weekly, Day: day, Hour: hour, Minute: minuteOf(name)}}
}

// minuteOf spreads rooms over the first minutes of their hour, each always at the same.
func minuteOf(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return int(h.Sum32() % spread)
}

// issue makes a room's digest of a period, unless it has one, or there is too little to tell: then it
// is told with the next.
func (b *bot) issue(ctx context.Context, it work.Item) (chat.Reply, error) {
	var tick work.Tick
	if err := it.Read(&tick); err != nil {
		return chat.Reply{}, err
	}
	room, ok, err := b.roomOf(ctx, it.Community, tick.Name)
	if err != nil {
		return chat.Reply{}, err
	}
	if !ok || !strings.HasPrefix(tick.Name, "digest/") {
		return chat.Nothing(), b.Schedules.StopSchedule(ctx, it.Community, tick.Name)
	}
	com, err := b.People.Community(ctx, it.Community)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	made, worth, err := b.choose(ctx, com, room, b.Now())
	if err != nil || !worth {
		return chat.Nothing(), err
	}
	if err := b.keepDrawn(ctx, com.ID); err != nil {
		return chat.Reply{}, err
	}
	made.Period = tick.Period
	fresh, err := b.Issues.Add(ctx, made)
	if err != nil || !fresh {
		return chat.Nothing(), err
	}
	change := record.Change{Community: com.ID, Subject: made.Subject(), What: "issued", At: b.Now()}
	if err := b.Changes.Record(ctx, change); err != nil {
		return chat.Reply{}, err
	}
	return chat.Nothing(), b.Issues.SetNote(ctx, com.ID, room.Platform, room.ID, "")
}

// choose is what a room's digest would hold now, and whether that is worth sending.
func (b *bot) choose(ctx context.Context, com community.Community, room community.Room, now time.Time) (_ *digest.Issue, worth bool, err error) {
	last, err := b.Issues.Newest(ctx, com.ID, room.Platform, room.ID)
	if err != nil {
		return nil, false, fmt.Errorf("read the last digest: %w", err)
	}
	var until time.Time
	if last != nil {
		until = last.Until
	}
	w := digest.WindowOf(until, now, digest.LongestWindow)
	items, err := b.gather(ctx, com.ID, w, mostChanges)
	if err != nil {
		return nil, false, err
	}
	people, countries, err := b.Changes.AtWork(ctx, com.ID, w.Since, w.Until)
	if err != nil {
		return nil, false, fmt.Errorf("count who was at work: %w", err)
	}
	note, err := b.Issues.Note(ctx, com.ID, room.Platform, room.ID)
	if err != nil {
		return nil, false, fmt.Errorf("read a note: %w", err)
	}
	shown, err := b.Issues.Shown(ctx, com.ID, room.Platform, room.ID, now.AddDate(-1, 0, 0))
	if err != nil {
		return nil, false, fmt.Errorf("read what was shown: %w", err)
	}
	chosen := digest.Choose(items, digest.Reader{}, w, shown)
	return &digest.Issue{Community: com.ID, Platform: room.Platform, Room: room.ID, Window: w, People: people, Countries: countries,
		Note: note, Items: digest.Keep(chosen)}, digest.Send(chosen, com.Created, now), nil
}

// home is the room of an issue.
func (b *bot) home(ctx context.Context, of int64, id record.ID) (chat.Address, error) {
	i, err := b.Issues.Issue(ctx, of, id.No)
	if err != nil || i == nil {
		return chat.Address{}, err
	}
	rooms, err := b.People.Rooms(ctx, of)
	if err != nil {
		return chat.Address{}, fmt.Errorf("list rooms: %w", err)
	}
	for _, r := range rooms {
		if r.Platform == i.Platform && r.ID == i.Room {
			return chat.Address{Platform: chat.PlatformID(r.Platform), Space: chat.SpaceID(r.Space), Room: chat.RoomID(r.ID)}, nil
		}
	}
	return chat.Address{}, nil
}
