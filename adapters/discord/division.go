package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
)

// errMoreShards says that Discord wants the guilds to be divided among more shards.
var errMoreShards = errors.New("Discord asks for more shards") //nolint:staticcheck // a name

func shardName(p chat.PlatformID, number, of int) string {
	return fmt.Sprintf("%s/%d/%d", p, number, of)
}

// reshard asks how many shards Discord recommends now, after it refused a number as too few. It waits
// until that is another one.
func (p *Platform) reshard(ctx context.Context, refused int) (int, error) {
	for pause := p.opt.Pause; ; pause = min(2*pause, time.Minute) {
		count, err := p.shards(ctx)
		if err != nil || count != refused {
			return count, err
		}
		p.log.Warn("Discord asks for more shards, and recommends as many as there are", "shards", count)
		if !sleep(ctx, pause) {
			return 0, ctx.Err()
		}
	}
}

// handledBefore is the moment before which the shards of other divisions than into of had handled
// everything, as far as rows tell; zero when there were none. A shard of a division that never got going
// leaves its guilds where the division before it had left them.
func handledBefore(rows map[string]time.Time, p chat.PlatformID, of int) time.Time {
	divisions := map[int][]time.Time{}
	for name, at := range rows {
		number, count, ok := parseShard(name, p)
		if !ok || count == of {
			continue
		}
		if divisions[count] == nil {
			divisions[count] = make([]time.Time, count)
		}
		divisions[count][number] = at
	}
	var order [][]time.Time
	for _, d := range divisions {
		order = append(order, d)
	}
	latest := func(d []time.Time) time.Time { return slices.MaxFunc(d, time.Time.Compare) }
	slices.SortFunc(order, func(a, b []time.Time) int { return latest(a).Compare(latest(b)) })
	var before time.Time
	for _, d := range order {
		least := later(d[0], before)
		for _, at := range d[1:] {
			if at = later(at, before); at.Before(least) {
				least = at
			}
		}
		before = least
	}
	return before
}

// maxShards is the most that a name is believed to be one of.
const maxShards = 1 << 16

func parseShard(name string, p chat.PlatformID) (number, of int, ok bool) {
	rest, ok := strings.CutPrefix(name, string(p)+"/")
	n, m, cut := strings.Cut(rest, "/")
	number, err := strconv.Atoi(n)
	of, err2 := strconv.Atoi(m)
	return number, of, ok && cut && err == nil && err2 == nil && number >= 0 && number < of && of <= maxShards
}

// earlier is the earlier of two moments that are known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
