package discord

import (
	"sync"
	"time"
)

// marks keep count of the events of one session: which have come, and which of them are done. Events
// come out of order now and then, and are done out of order always.
type marks struct {
	mu    sync.Mutex
	came  int64              // all up to this have come
	ahead map[int64]struct{} // came, though some before them have not
	open  map[int64]time.Time
	heard time.Time // everything before this has come
}

// manyAhead is how many events may come after a missing one before it is given up.
const manyAhead = 64

func newMarks(from int64, heard time.Time) *marks {
	return &marks{came: from, ahead: map[int64]struct{}{}, open: map[int64]time.Time{}, heard: heard}
}

// hear notes that a connection on which events come in order was alive at a moment.
func (m *marks) hear(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = later(m.heard, at)
}

// begin notes that event n came.
func (m *marks) begin(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open[n] = time.Now()
	switch {
	case n <= m.came:
		return
	case n > m.came+1:
		m.ahead[n] = struct{}{}
		if len(m.ahead) > manyAhead {
			m.came = n
			for k := range m.ahead {
				m.came = min(m.came, k)
			}
		}
	default:
		m.came = n
	}
	for {
		delete(m.ahead, m.came)
		if _, next := m.ahead[m.came+1]; !next {
			return
		}
		m.came++
	}
}

// end notes that event n is done.
func (m *marks) end(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, n)
}

// last is what a connection that goes on with the session names: all up to it have come.
func (m *marks) last() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.came
}

// done is what a restarted program names: all up to it are done. since is when the first came that
// is not; where there is none, when something was heard last.
func (m *marks) done() (n int64, since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, since = m.came, m.heard
	for k, at := range m.open {
		n = min(n, k-1)
		if at.Before(since) {
			since = at
		}
	}
	return max(n, 0), since
}
