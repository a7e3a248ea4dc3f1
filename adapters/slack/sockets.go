package slack

import (
	"sync"
	"time"
)

// sockets are the connections that are open.
type sockets struct {
	mu  sync.Mutex
	all map[*socket]bool
}

func (o *sockets) add(s *socket) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[*socket]bool{}
	}
	o.all[s] = true
}

func (o *sockets) remove(s *socket) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, s)
}

// behind says whether something that came before t may stand unread on a connection: on a busy machine one of
// them may be read long before another. One that was read since is not behind, whatever it has brought since.
func (o *sockets) behind(t time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for s := range o.all {
		if s.readAt.Load() < t.UnixNano() && unread(s.ws.NetConn()) {
			return true
		}
	}
	return false
}
