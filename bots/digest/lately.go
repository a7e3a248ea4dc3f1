package digest

import (
	"sync"
	"time"

	"guildhall/core/digest"
)

// Where much has happened, what everybody who asks chooses from is kept for a minute; where little has,
// it is gathered each time, and whoever asks sees what was done a moment ago.
const (
	muchHappened = 300 // items
	latelyAge    = time.Minute
	mostLately   = 16 // communities
)

// lately is what happened in the last week in the communities whose members asked last.
type lately struct {
	mu sync.Mutex
	of map[int64]*week
}

// week is that of one community.
type week struct {
	mu   sync.Mutex // held while it is gathered: others who ask wait for it
	pool *digest.Pool
	at   time.Time
}

func (l *lately) pool(of int64, now time.Time, gather func() ([]digest.Item, error)) (*digest.Pool, error) {
	w := l.week(of)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pool != nil && !now.Before(w.at) && now.Sub(w.at) < latelyAge {
		return w.pool, nil
	}
	w.pool = nil
	items, err := gather()
	if err != nil {
		return nil, err
	}
	pool := digest.NewPool(items)
	if len(items) >= muchHappened {
		w.pool, w.at = pool, now
	}
	return pool, nil
}

// week gives a community's, and begins anew when there are too many.
func (l *lately) week(of int64) *week {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.of[of]; w != nil {
		return w
	}
	if l.of == nil || len(l.of) >= mostLately {
		l.of = map[int64]*week{}
	}
	l.of[of] = &week{}
	return l.of[of]
}
