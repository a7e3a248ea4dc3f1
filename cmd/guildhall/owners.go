package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/work"
)

// overdue is how late something may be before doctor speaks of it.
const overdue = 5 * time.Minute

// examineOwners tells who does what, and returns what is wrong with it.
func examineOwners(ctx context.Context, to io.Writer, db *sqlstore.DB, now time.Time) int {
	o, err := db.Owners(ctx)
	if err != nil {
		return report(to, "programs", err.Error())
	}
	faults := lateOnes(o, now)
	n := report(to, "programs", faults...)
	for _, line := range slices.Concat(programs(o, now), leases(o, now), regulars(o, now)) {
		fmt.Fprintln(to, "      "+line)
	}
	return n
}

// programs says which programs run on the database, and what each has of the queue.
func programs(o sqlstore.Owners, now time.Time) (out []string) {
	known := map[string]bool{}
	for _, r := range o.Replicas {
		known[r.Name] = true
		if !r.Held.After(now) {
			out = append(out, fmt.Sprintf("%s on %s ended %s ago without a word: it was killed, or could not reach the database; others have taken over what it did",
				r.Name, r.Host, ago(r.Seen, now)))
			continue
		}
		on := strings.Join(r.Platforms, ", ")
		if on == "" {
			on = "no platform"
		}
		out = append(out, fmt.Sprintf("%s on %s runs %s since %s, version %s, heard of %s ago; it works on %s of the queue",
			r.Name, r.Host, on, r.Started.Format("2006-01-02 15:04 MST"), r.Version, ago(r.Seen, now), lanes(o.Lanes[r.Name])))
	}
	for _, owner := range slices.Sorted(maps.Keys(o.Lanes)) {
		if !known[owner] {
			out = append(out, fmt.Sprintf("%s has %s of the queue and has not said what it is", owner, lanes(o.Lanes[owner])))
		}
	}
	if len(out) == 0 {
		out = append(out, "no program runs on this database")
	}
	return out
}

func lanes(n int64) string {
	switch n {
	case 0:
		return "no lane"
	case 1:
		return "1 lane"
	}
	return fmt.Sprintf("%d lanes", n)
}

// leases says who has what only one at a time has.
func leases(o sqlstore.Owners, now time.Time) (out []string) {
	for _, l := range o.Shards {
		what := "Discord shard " + l.What
		if part := strings.Split(l.What, "/"); len(part) == 3 {
			what = fmt.Sprintf("Discord shard %s of %s", part[1], part[2])
		}
		out = append(out, what+": "+holder(l, now))
	}
	for _, l := range o.Accounts {
		out = append(out, "Matrix "+l.What+": "+holder(l, now))
	}
	return out
}

func holder(l sqlstore.Lease, now time.Time) string {
	if !l.Held.After(now) {
		return "nobody has it; the next program that runs it takes it up"
	}
	name, _, _ := strings.Cut(l.Holder, "/")
	if name == "" {
		name = "a program without a name"
	}
	return name + " has it"
}

// regulars says when what happens regularly was done last, and what comes next.
func regulars(o sqlstore.Owners, now time.Time) (out []string) {
	var last []string
	for _, r := range o.Upkeeps {
		last = append(last, fmt.Sprintf("%s %s ago", r.Name, ago(r.Last, now)))
	}
	if len(last) > 0 {
		out = append(out, "upkeep was last queued: "+strings.Join(last, ", "))
	}
	for i, r := range o.Planned {
		if i == 5 {
			return append(out, fmt.Sprintf("and %d more schedules", len(o.Planned)-i))
		}
		done := "never done yet"
		if r.Period != "" {
			done = "last done for " + r.Period
		}
		out = append(out, fmt.Sprintf("%s of community %d: due %s, %s", r.Name, r.Community, r.Due.Format("2006-01-02 15:04 MST"), done))
	}
	return out
}

// lateOnes are schedules that should have been queued.
func lateOnes(o sqlstore.Owners, now time.Time) (out []string) {
	for _, r := range o.Planned {
		if late := now.Sub(r.Due); late > overdue {
			out = append(out, fmt.Sprintf("%s of community %d should have been done %s ago; does \"guildhall serve\" run?", r.Name, r.Community, late.Round(time.Second)))
		}
	}
	return out
}

// ago is a while as people say it.
func ago(then, now time.Time) string {
	d := now.Sub(then)
	switch {
	case then.IsZero():
		return "a long time"
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d > time.Hour:
		return d.Round(time.Minute).String()
	}
	return max(0, d).Round(time.Second).String()
}

// waiting says how the queue stands, in words.
func waiting(counts []work.Count) []string {
	var ready, running, dead int64
	var oldest time.Duration
	for _, k := range counts {
		ready, running, dead = ready+k.Waiting, running+k.Running, dead+k.Dead
		oldest = max(oldest, k.Lag)
	}
	if ready+dead == 0 {
		return []string{"nothing waits in the queue"}
	}
	line := fmt.Sprintf("%d wait in the queue, %d of them are being worked", ready, running)
	if oldest > 0 {
		line += fmt.Sprintf(", the first could have been for %s", oldest.Round(time.Second))
	}
	return []string{line + fmt.Sprintf("; %d were given up", dead)}
}
