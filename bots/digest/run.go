package digest

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// KindOwn is the kind of schedules of personal digests; they are worked a page of readers at a time. A
// schedule is named "digest/" and whom it is for: "digest/member/12".
const KindOwn = "digest.own"

// kindSend is the kind of work that sends a member's own digest.
const kindSend = "digest.send"

// Medium brings personal digests to people by another way than chat. Its recipients are called
// "<Name>/<number>".
type Medium struct {
	Name string // such as "mail"
	Kind string // of the work that sends one; its body is a Sending
	// Budget is what that work counts against; empty for none.
	Budget string
	// Readers are some of its recipients; those who get nothing, or nothing now, are left out.
	Readers func(ctx context.Context, of int64, numbers []int64) (map[int64]Recipient, error)
}

// Recipient is somebody whom a Medium reaches.
type Recipient struct {
	Member    int64 // 0: they are none
	Lang      string
	Zone      string // IANA; empty: the community's
	Country   string
	Languages []string
	Topics    []string
	Moderates bool
	digest.Wish
}

// Sending is the body of the work that sends a digest: which was chosen for whom.
type Sending struct {
	To     string // such as "member/12"
	Period string
}

// reader is one whose digest is due.
type reader struct {
	work.Tick
	to        string
	kind      string // of the work that sends it
	budget    string // of that work
	zone      *time.Location
	moderates bool
	digest.Reader
	digest.Wish
}

// run is what a page of readers gets.
type run struct {
	letters []digest.Letter
	sends   map[string]work.Item
	over    []string // schedules of people who are gone
}

// prepareOwn chooses the digests of a page of readers.
func (b *bot) prepareOwn(ctx context.Context, it work.Item) (any, error) {
	ticks, err := work.ReadTicks(it)
	if err != nil {
		return nil, err
	}
	of := it.Community
	com, err := b.People.Community(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("load community: %w", err)
	}
	out := &run{sends: map[string]work.Item{}}
	readers, err := b.readers(ctx, com, ticks, out)
	if err != nil || len(readers) == 0 {
		return out, err
	}
	p, err := b.pool(ctx, of)
	if err != nil {
		return nil, err
	}
	to, members := make([]string, len(readers)), make([]int64, 0, len(readers))
	for i, r := range readers {
		to[i] = r.to
		if r.Member != 0 {
			members = append(members, r.Member)
		}
	}
	told, err := b.Issues.Told(ctx, of, to, b.Now().Add(-remembered))
	if err != nil {
		return nil, fmt.Errorf("read what was told: %w", err)
	}
	tasks, err := b.Issues.Tasks(ctx, of, members)
	if err != nil {
		return nil, fmt.Errorf("read to-dos: %w", err)
	}
	for _, r := range readers {
		if err := b.chooseFor(ctx, com, p, r, told[r.to], tasks[r.Member], out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// chooseFor chooses one reader's digest, unless there is too little to tell: then it is told the next time.
func (b *bot) chooseFor(ctx context.Context, com community.Community, p *pool, r reader, told digest.Told, tasks []digest.Task, out *run) error {
	now := b.Now()
	if r.Paused.After(now) {
		return nil
	}
	w := digest.WindowOf(told.Until, p.until, longest(r.Tick.Period))
	r.Reader.Parts = r.Wish.Parts
	chosen := p.Choose(r.Reader, w, told.Shown, asked(r.Member, tasks)...)
	if !digest.Send(chosen, com.Created, now) {
		more := Backlog{}
		if r.moderates {
			var err error
			if more, err = b.waits(ctx, com.ID, p); err != nil {
				return err
			}
		}
		if more == (Backlog{}) {
			return nil
		}
	}
	people, countries, err := b.head(ctx, com.ID, p, w)
	if err != nil {
		return err
	}
	out.letters = append(out.letters, digest.Letter{Community: com.ID, To: r.to, Period: r.Tick.Period, Window: w, People: people, Countries: countries,
		Items: digest.Keep(chosen)})
	send := work.New(r.kind, "", "digest/"+r.to+"/"+r.Tick.Period, Sending{r.to, r.Tick.Period}).In(com.ID).At(sendAt(r, now))
	send.Budget = r.budget
	out.sends[r.to] = send
	return nil
}

// longest is how far back a digest of a period may tell of: one of a month has no week in its name.
func longest(period string) time.Duration {
	if strings.Contains(period, "W") {
		return digest.LongestWindow
	}
	return digest.LongestMonth
}

// queueOwn claims the digests that were chosen, and queues those that nobody has claimed before.
func (b *bot) queueOwn(ctx context.Context, it work.Item) (chat.Reply, error) {
	chosen, ok := chat.Prepared(ctx).(*run)
	if !ok {
		return chat.Reply{}, work.Dead(fmt.Errorf("nothing was chosen for %s", it.Key))
	}
	for _, name := range chosen.over {
		if err := b.Schedules.StopSchedule(ctx, it.Community, name); err != nil {
			return chat.Reply{}, err
		}
	}
	if len(chosen.letters) == 0 {
		return chat.Nothing(), nil
	}
	fresh, err := b.Issues.ClaimLetters(ctx, chosen.letters)
	if err != nil {
		return chat.Reply{}, err
	}
	var items []work.Item
	for _, l := range chosen.letters {
		if fresh[l.To] {
			items = append(items, chosen.sends[l.To])
		}
	}
	return chat.Nothing(), b.Queue.Add(ctx, items...)
}

// readers are those of a page who get something; of those who are gone the schedule ends.
func (b *bot) readers(ctx context.Context, com community.Community, ticks []work.Tick, out *run) ([]reader, error) {
	page := map[string][]int64{} // numbers, by medium
	type due struct {
		work.Tick
		medium string
		no     int64
	}
	var all []due
	for _, t := range ticks {
		medium, number, _ := strings.Cut(strings.TrimPrefix(t.Name, "digest/"), "/")
		no, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, work.Dead(fmt.Errorf("whose is %q: %w", t.Name, err))
		}
		page[medium] = append(page[medium], no)
		all = append(all, due{t, medium, no})
	}
	found := map[string]map[int64]reader{}
	for medium, numbers := range page {
		var err error
		if found[medium], err = b.readersOf(ctx, com, medium, numbers); err != nil {
			return nil, err
		}
	}
	var readers []reader
	for _, d := range all {
		r, there := found[d.medium][d.no]
		if !there {
			if d.medium == "member" {
				out.over = append(out.over, d.Name)
			}
			continue
		}
		r.Tick, r.to = d.Tick, fmt.Sprintf("%s/%d", d.medium, d.no)
		readers = append(readers, r)
	}
	return readers, nil
}

// readersOf are some recipients of a medium.
func (b *bot) readersOf(ctx context.Context, com community.Community, medium string, numbers []int64) (map[int64]reader, error) {
	out := map[int64]reader{}
	if medium == "member" {
		members, err := b.Issues.Readers(ctx, com.ID, numbers)
		if err != nil {
			return nil, fmt.Errorf("load members: %w", err)
		}
		wishes, err := b.Issues.Wishes(ctx, com.ID, numbers)
		if err != nil {
			return nil, fmt.Errorf("read what people want: %w", err)
		}
		for no, m := range members {
			if !m.Stopped && !m.Erased {
				out[no] = reader{kind: kindSend, zone: zoneOf(com, m.Zone), moderates: m.Role >= community.RoleModerator, Reader: readerOf(m), Wish: wishes[no]}
			}
		}
		return out, nil
	}
	for _, x := range b.Media {
		if x.Name != medium {
			continue
		}
		list, err := x.Readers(ctx, com.ID, numbers)
		if err != nil {
			return nil, fmt.Errorf("load those who read by %s: %w", medium, err)
		}
		for no, r := range list {
			out[no] = reader{kind: x.Kind, budget: x.Budget, zone: zoneOf(com, r.Zone), moderates: r.Moderates, Wish: r.Wish,
				Reader: digest.Reader{Member: r.Member, Languages: r.Languages, Topics: r.Topics, Country: r.Country}}
		}
	}
	return out, nil
}

func zoneOf(com community.Community, zone string) *time.Location {
	if zone == "" {
		return com.Location()
	}
	return community.Location(zone)
}

// sendAt is when a digest that was due is sent: spread over some minutes, and never in the quiet hours
// or at the weekend of its reader, however late it is.
func sendAt(r reader, now time.Time) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.to)) // never fails
	at := r.Due.Add(time.Duration(h.Sum32()%(spread*60)) * time.Second)
	if slid := slide(r.Due, r.zone); !slid.Equal(r.Due) || !slide(at, r.zone).Equal(at) {
		at = slid // what is due at the very edge of a quiet time is not pushed into it
	}
	if at.Before(now) {
		at = now
	}
	return slide(at, r.zone)
}

// slide is the first allowed moment from a time on.
func slide(at time.Time, zone *time.Location) time.Time {
	t := at.In(zone)
	y, m, d := t.Date()
	minutes := t.Hour()*60 + t.Minute()
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	if minutes >= quietFrom {
		d++
	}
	if minutes < quietFrom && minutes >= quietUntil && !weekend {
		return at
	}
	for {
		next := time.Date(y, m, d, quietUntil/60, quietUntil%60, 0, 0, zone)
		if day := next.Weekday(); day != time.Saturday && day != time.Sunday {
			return next
		}
		d++
	}
}

// asked is what waits for a member: what was said to them and asks for an answer, of the kinds that a
// digest repeats.
func asked(member int64, tasks []digest.Task) []digest.Item {
	var out []digest.Item
	for _, t := range tasks {
		kind, _, _ := strings.Cut(t.Key, "/")
		id := taskID(t)
		if !repeated[kind] || id.IsZero() {
			continue
		}
		out = append(out, digest.Item{Part: digest.Needs, ID: id, State: t.Key, At: t.At, For: member})
	}
	return out
}

// repeated are the kinds of to-dos that a digest repeats: reviews, adoptions, circles, partnerships and
// checks of practices.
var repeated = map[string]bool{"review": true, "effect": true, "circle": true, "partner": true, "recheck": true}

// taskID is the record that a to-do is about.
func taskID(t digest.Task) record.ID {
	_, rest, _ := strings.Cut(t.Key, "/")
	name, _, _ := strings.Cut(rest, "/")
	id, err := record.Parse(name)
	if err != nil {
		return record.ID{}
	}
	return id
}

// taskText is what was said of a to-do.
func taskText(t digest.Task) string {
	var m chat.Message
	if err := json.Unmarshal(t.Message, &m); err != nil || len(m.Body) == 0 {
		return ""
	}
	return text.Clean(m.Body[0].Plain(), 0)
}
