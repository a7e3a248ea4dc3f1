package slacktest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// page cuts a list as limit and cursor say and returns the cursor for the rest, empty at the end.
func page[T any](c *call, all []T, usual, most int) ([]T, string, *apiError) {
	from := 0
	if cur := c.args.str("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		n, ok := strings.CutPrefix(string(raw), "next:")
		from, _ = strconv.Atoi(n)
		if err != nil || !ok || from < 0 || from > len(all) {
			return nil, "", failCode("invalid_cursor")
		}
	}
	limit := usual
	if l := c.args.str("limit"); l != "" {
		n, err := strconv.Atoi(l)
		if err != nil || n < 0 {
			c.s.fault(FaultArguments, "limit %q", l)
			return nil, "", failCode("invalid_limit")
		}
		if n > 0 {
			limit = min(n, most)
		}
	}
	to := min(from+limit, len(all))
	next := ""
	if to < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(to)))
	}
	return all[from:to], next, nil
}

func cursorMeta(next string) obj { return obj{"next_cursor": next} }

func (c *call) channelInfo() (obj, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if err := c.need(ch.kind.scopeName() + ":read"); err != nil {
		return nil, err
	}
	o := ch.json(c.bot)
	if !c.args.bool("include_num_members") {
		delete(o, "num_members")
	}
	if c.args.bool("include_locale") {
		o["locale"] = "en-US"
	}
	return obj{"channel": o}, nil
}

// kinds reads "types" and asks for the scope of each.
func (c *call) kinds() ([]kind, *apiError) {
	var out []kind
	words := c.args.words("types")
	if len(words) == 0 {
		words = []string{"public_channel"}
	}
	for _, wd := range words {
		k := kind(-1)
		for _, have := range []kind{public, private, im, mpim} {
			if have.typeName() == wd {
				k = have
			}
		}
		if k < 0 {
			c.s.fault(FaultArguments, "types %q", wd)
			return nil, failCode("invalid_types")
		}
		if err := c.need(k.scopeName() + ":read"); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

func (c *call) channelList() (obj, *apiError) { return c.listChannels(false) }

func (c *call) userConversations() (obj, *apiError) { return c.listChannels(true) }

func (c *call) listChannels(members bool) (obj, *apiError) {
	kinds, err := c.kinds()
	if err != nil {
		return nil, err
	}
	who := c.bot
	if id := c.args.str("user"); members && id != "" {
		if who = c.s.users[id]; who == nil || who.w != c.w {
			return nil, failCode("user_not_found")
		}
	}
	var all []*Channel
	for _, ch := range c.w.channels {
		if slices.Contains(kinds, ch.kind) && ch.visibleTo(c.bot) && (!members || ch.isMember[who]) &&
			!(ch.archived && c.args.bool("exclude_archived")) {
			all = append(all, ch)
		}
	}
	some, next, err := page(c, all, 100, 1000)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, ch := range some {
		out = append(out, ch.json(c.bot))
	}
	return obj{"channels": out, "response_metadata": cursorMeta(next)}, nil
}

func (c *call) channelMembers() (obj, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if err := c.need(ch.kind.scopeName() + ":read"); err != nil {
		return nil, err
	}
	some, next, err := page(c, ch.members, 100, 1000)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, u := range some {
		ids = append(ids, u.id)
	}
	return obj{"members": ids, "response_metadata": cursorMeta(next)}, nil
}

// window reads oldest, latest and inclusive as a test for timestamps.
func (c *call) window() (func(ts string) bool, *apiError) {
	var low, high int64 = -1, 1 << 62
	if v := c.args.str("oldest"); v != "" {
		n, ok := parseTS(v)
		if !ok {
			return nil, failCode("invalid_ts_oldest")
		}
		low = n
	}
	if v := c.args.str("latest"); v != "" && v != "0" {
		n, ok := parseTS(v)
		if !ok {
			return nil, failCode("invalid_ts_latest")
		}
		high = n
	}
	inclusive := c.args.bool("inclusive")
	return func(ts string) bool {
		n, _ := parseTS(ts)
		return n > low && n < high || inclusive && (n == low || n == high)
	}, nil
}

// readable finds a conversation whose messages the bot may read.
func (c *call) readable() (*Channel, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if err := c.need(ch.kind.scopeName() + ":history"); err != nil {
		return nil, err
	}
	if !ch.isMember[c.bot] {
		return nil, failCode("not_in_channel")
	}
	return ch, nil
}

// visible drops what the workspace's plan hides, and says whether it dropped anything.
func (c *call) visible(all []*message, in func(string) bool) (out []*message, hid bool) {
	before := c.w.hiddenBefore()
	for _, m := range all {
		if !in(m.ts) {
			continue
		}
		if tsTime(m.ts).Before(before) {
			hid = true
			continue
		}
		out = append(out, m)
	}
	return out, hid
}

func (c *call) historyLimits() (usual, most int) {
	if c.s.opts.distributed {
		return 15, 15
	}
	return 100, 999
}

func (c *call) history() (obj, *apiError) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	in, err := c.window()
	if err != nil {
		return nil, err
	}
	all, hid := c.visible(ch.messages, in)
	slices.Reverse(all)
	usual, most := c.historyLimits()
	some, next, err := page(c, all, usual, most)
	if err != nil {
		return nil, err
	}
	out := obj{
		"messages": c.messages(some), "has_more": next != "", "pin_count": len(ch.pins),
		"channel_actions_ts": nil, "channel_actions_count": 0,
	}
	if hid {
		out["is_limited"] = true
	}
	if next != "" {
		out["response_metadata"] = cursorMeta(next)
	}
	return out, nil
}

func (c *call) messages(some []*message) []any {
	out := []any{}
	for _, m := range some {
		out = append(out, m.json(c.args.bool("include_all_metadata")))
	}
	return out
}

func (c *call) repliesTo() (obj, *apiError) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	in, err := c.window()
	if err != nil {
		return nil, err
	}
	p := ch.byTS[c.args.str("ts")]
	if p == nil {
		return nil, failCode("thread_not_found")
	}
	if p.parent != nil {
		p = p.parent
	}
	// The parent comes first on each page; the window is for the replies.
	replies, _ := c.visible(p.replies, in)
	usual, most := c.historyLimits()
	if !c.s.opts.distributed {
		usual, most = 1000, 1000
	}
	some, next, err := page(c, replies, usual, most)
	if err != nil {
		return nil, err
	}
	all := some
	if !tsTime(p.ts).Before(c.w.hiddenBefore()) {
		all = append([]*message{p}, some...)
	}
	out := obj{"messages": c.messages(all), "has_more": next != ""}
	if next != "" {
		out["response_metadata"] = cursorMeta(next)
	}
	return out, nil
}
