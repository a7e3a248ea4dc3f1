package discord

import (
	"context"
	"sync"
)

// lanes run jobs: those of one name in order, those of different names at the same time. A lane lives
// as long as it has jobs.
type lanes struct {
	mu      sync.Mutex
	waiting map[string][]func(context.Context)
	all     sync.WaitGroup
	room    chan struct{} // a token for each job that waits: who adds more is held back
}

// maxWaiting is how many jobs may wait before the gateway is read no further.
const maxWaiting = 20_000

func newLanes() *lanes {
	return &lanes{waiting: map[string][]func(context.Context){}, room: make(chan struct{}, maxWaiting)}
}

// add puts a job at the end of its lane. It blocks only when very many wait; when ctx ends meanwhile the
// job is dropped, and it is false.
func (l *lanes) add(ctx context.Context, lane string, job func(context.Context)) bool {
	select {
	case l.room <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	jobs, running := l.waiting[lane]
	l.waiting[lane] = append(jobs, job)
	if !running {
		l.all.Add(1)
		go l.run(ctx, lane)
	}
	return true
}

func (l *lanes) run(ctx context.Context, lane string) {
	defer l.all.Done()
	for {
		l.mu.Lock()
		jobs := l.waiting[lane]
		if len(jobs) == 0 {
			delete(l.waiting, lane)
			l.mu.Unlock()
			return
		}
		job := jobs[0]
		l.waiting[lane] = jobs[1:]
		l.mu.Unlock()
		job(ctx)
		<-l.room
	}
}

// wait blocks until all jobs are done.
func (l *lanes) wait() { l.all.Wait() }
