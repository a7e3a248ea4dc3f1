package chat

import (
	"strings"

	"guildhall/core/work"
)

// Pacer knows the paces of a service that are wider than one room, such as those of a method in a
// workspace. Items of work that count against the same budget keep its pace together, over all
// replicas, and when the service asks to wait they all wait, while everything else goes on.
type Pacer interface {
	// Budget names what a kind of work ("chat.post", "chat.card", "chat.open", …) at a place counts
	// against; empty for nothing. The name is unique within the platform.
	Budget(kind string, to Address) string
	// Rate is a budget's pace.
	Rate(budget string) work.Rate
}

// budget is the name of a budget over all platforms.
func (e *Engine) budget(kind string, to Address) string {
	p, can := e.platforms[to.Platform].(Pacer)
	if !can {
		return ""
	}
	name := p.Budget(kind, to)
	if name == "" {
		return ""
	}
	return string(to.Platform) + "/" + name
}

// Rate is the pace of a budget that the engine named.
func (e *Engine) Rate(budget string) work.Rate {
	platform, name, _ := strings.Cut(budget, "/")
	if p, can := e.platforms[PlatformID(platform)].(Pacer); can {
		return p.Rate(name)
	}
	return work.Rate{}
}
