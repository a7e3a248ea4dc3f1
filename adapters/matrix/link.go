package matrix

import (
	"net/url"
	"slices"
	"strings"

	"guildhall/core/chat"
)

// matrixTo is the beginning of permalinks (https://spec.matrix.org/v1.16/appendices/#matrixto-navigation).
const matrixTo = "https://matrix.to/#/"

func escapePath(s string) string { return url.PathEscape(s) }

// Link implements chat.Linker.
func (p *Platform) Link(at chat.Address, msg chat.MessageID) string {
	if at.Room == "" {
		return ""
	}
	out := matrixTo + escapePath(string(at.Room))
	if msg != "" {
		out += "/" + escapePath(string(msg))
	}
	var via []string
	for _, s := range p.via(string(at.Room)) {
		via = append(via, "via="+url.QueryEscape(s))
	}
	return out + "?" + strings.Join(via, "&")
}

// via are up to three servers through which a room can be reached: ours, and the others with most
// people in it.
func (p *Platform) via(id string) []string {
	count := map[string]int{}
	p.rooms.look(id, func(r *room) {
		for who, m := range r.members {
			if s := serverOf(who); m.Membership == "join" && s != "" && s != p.server {
				count[s]++
			}
		}
	})
	var others []string
	for s := range count {
		others = append(others, s)
	}
	slices.SortFunc(others, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	return append([]string{p.server}, others[:min(2, len(others))]...)
}
