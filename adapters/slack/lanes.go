package slack

import (
	"sync"
	"time"
)

// lanes runs what is given to it: in order within a lane, at the same time in different ones.
type lanes struct {
	mu   sync.Mutex
	wait map[string][]task
	// behind says whether what came before t may still stand unread on another connection; nil: never.
	behind func(t time.Time) bool
	extra  time.Duration // how much longer than settling things settle at the moment
	slots  chan struct{} // how many run at once
	all    group
}

// task is one thing to do. What has a stamp is done in the order of stamps.
type task struct {
	stamp string
	came  time.Time
	do    func()
}

const (
	// handling is how many events are handled at once.
	handling = 256
	// settling is how long what has a stamp waits for what was stamped before it: Slack spreads events
	// over our connections, and those that follow each other closely may overtake each other there.
	settling = 15 * time.Millisecond
	// Where the machine is so busy that a pause takes longer than it should, what is read from the connections
	// comes late as well: then things settle longer, by so many times what the pause was too long, up to maxExtra.
	extraFor = 4
	maxExtra = 250 * time.Millisecond
)

func newLanes() *lanes {
	return &lanes{wait: map[string][]task{}, slots: make(chan struct{}, handling)}
}

// put adds something to a lane: at its end, or, with a stamp, in the stamps' order.
func (l *lanes) put(lane, stamp string, do func()) {
	l.all.add()
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, running := l.wait[lane]
	l.wait[lane] = append(queue, task{stamp: stamp, came: time.Now(), do: do})
	if !running {
		go l.run(lane)
	}
}

func (l *lanes) run(lane string) {
	for {
		next, wait, ok := l.next(lane)
		if !ok {
			return
		}
		if wait > 0 {
			begun := time.Now()
			<-time.After(wait)
			l.overslept(time.Since(begun) - wait)
			continue
		}
		l.slots <- struct{}{}
		next()
		<-l.slots
		l.all.done()
	}
}

// overslept notes by how much a pause was too long.
func (l *lanes) overslept(by time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.extra = min(max(l.extra*3/4, extraFor*(by-time.Millisecond)), maxExtra)
}

// next takes what is to be done next from a lane, or says how long to wait for it. The lane ends when it is
// empty.
func (l *lanes) next(lane string) (do func(), wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.wait[lane]
	if len(queue) == 0 {
		delete(l.wait, lane)
		return nil, 0, false
	}
	if queue[0].stamp != "" {
		age := time.Since(queue[0].came)
		if left := settling + l.extra - age; left > 0 {
			return nil, left, true
		}
		if age < maxExtra && l.behind != nil && l.behind(queue[0].came) {
			return nil, settling / 3, true
		}
	}
	first := 0
	for i, t := range queue {
		if t.stamp != "" && t.stamp < queue[first].stamp {
			first = i
		}
	}
	do = queue[first].do
	copy(queue[1:first+1], queue[:first])
	queue[0] = task{}
	l.wait[lane] = queue[1:]
	return do, 0, true
}
