package discordtest

import (
	"fmt"
	"strings"
)

// SeesAnswer waits for a message of the app after m in its channel, with a text somewhere in it. It looks at nothing
// older, so that it takes as long in a channel of thousands of messages as in a new one.
func (p *Person) SeesAnswer(m Message, part string) (found Message, err error) {
	ok := p.s.await(func() bool {
		posts := m.Channel.posts
		for i := len(posts) - 1; i >= 0 && compareIDs(posts[i].ID, m.ID) > 0; i-- {
			if posts[i].Author == p.s.app.Bot && !posts[i].Deleted {
				if found = posts[i].snapshot(); strings.Contains(found.Text(), part) {
					return true
				}
			}
		}
		return false
	})
	if !ok {
		return Message{}, fmt.Errorf("%s waited in vain for an answer with %q; %s", p, part, p.describe(m.Channel))
	}
	return found, nil
}
