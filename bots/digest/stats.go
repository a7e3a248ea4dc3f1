package digest

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
)

// Files keeps a file that is sent.
type Files interface {
	Keep(ctx context.Context, r io.Reader, name string) (chat.Attachment, error)
}

// mostCounted bounds what figures are made of.
const mostCounted = 200_000

// usualDays is how many days figures are of, unless somebody says otherwise.
const usualDays = 28

func (b *bot) statsCommand() chat.Command {
	return chat.Command{Path: "mod stats", Text: "digest.stats", Role: community.RoleModerator, Reads: true, Run: b.stats,
		Args: []chat.Arg{{Name: "from", Kind: chat.Date}, {Name: "to", Kind: chat.Date}, {Name: "csv", Kind: chat.Yes}}}
}

// stats are figures of a time: of the community, of no person.
func (b *bot) stats(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	zone := c.Community.Location()
	last := c.Today()
	if c.Has("to") && !c.Date("to").IsZero() {
		last = c.Date("to")
	}
	first := last.AddDays(-usualDays)
	if c.Has("from") && !c.Date("from").IsZero() {
		first = c.Date("from")
	}
	if last.Before(first) {
		return chat.Reply{}, text.RefuseArg("to", "digest.stats.backwards", nil)
	}
	since, until := first.Time(zone), last.AddDays(1).Time(zone)
	s, err := b.sum(ctx, c.Community.ID, since, until)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("digest.stats.of", text.Args{"community": c.Community.Name, "from": first, "to": last})
	for _, f := range figures(s) {
		r.Fields = append(r.Fields, chat.Fact{Label: "digest.stats.figure." + f.name, Value: chat.P("digest.stats.value", text.Args{"n": f.value})})
	}
	if !c.Yes("csv") {
		if b.Files != nil {
			r = r.Press(chat.Press{Command: "mod stats", Given: chat.Given{"from": first.String(), "to": last.String(), "csv": "yes"}, Label: "digest.stats.as_csv"})
		}
		return r, nil
	}
	if b.Files == nil {
		return r.Note("digest.stats.no_files", nil), nil
	}
	table, err := sheet(first, last, s)
	if err != nil {
		return r, err
	}
	file, err := b.Files.Keep(ctx, strings.NewReader(table), fmt.Sprintf("guildhall-%s-%s.csv", first, last))
	if err != nil {
		return r, fmt.Errorf("keep a table: %w", err)
	}
	r.Files = []chat.Attachment{file}
	return r, nil
}

// sum makes the figures of a time.
func (b *bot) sum(ctx context.Context, of int64, since, until time.Time) (digest.Stats, error) {
	changes, err := b.Changes.Between(ctx, of, since, until, mostCounted)
	if err != nil {
		return digest.Stats{}, fmt.Errorf("read what changed: %w", err)
	}
	by := map[int64]community.Member{}
	for _, c := range changes {
		if _, known := by[c.By]; known || c.By == 0 {
			continue
		}
		if by[c.By], err = community.Load(ctx, b.People, of, c.By); err != nil {
			return digest.Stats{}, err
		}
	}
	return digest.Sum(changes, by), nil
}

// figure is one of the figures, by the name of its words.
type figure struct {
	name  string
	value int
}

// figures are those that are shown, in order. What nobody knows is left out.
func figures(s digest.Stats) []figure {
	all := []figure{{"people", s.People}, {"organisations", s.Orgs}, {"countries", s.Countries}, {"opened", s.Opened}, {"answered", s.Answered},
		{"solved", s.Solved}, {"first_hours", s.FirstHours}, {"shared", s.Shared}, {"used", s.Used}, {"together", s.Together}, {"closed", s.Closed},
		{"accepted", s.Accepted}, {"adopted", s.Adopted}}
	var out []figure
	for _, f := range all {
		if f.value >= 0 {
			out = append(out, f)
		}
	}
	return out
}

// sheet is the figures as a table with a heading.
func sheet(first, last text.Date, s digest.Stats) (string, error) {
	var b strings.Builder
	head, row := []string{"from", "to"}, []string{first.String(), last.String()}
	for _, f := range figures(s) {
		head, row = append(head, f.name), append(row, strconv.Itoa(f.value))
	}
	w := csv.NewWriter(&b)
	if err := w.WriteAll([][]string{head, row}); err != nil {
		return "", fmt.Errorf("write a table: %w", err)
	}
	return b.String(), nil
}
