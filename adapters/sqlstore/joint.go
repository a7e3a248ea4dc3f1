package sqlstore

import (
	"context"
	"slices"
	"sync"
)

// joint does for all who ask at the same time what each would do in a transaction of its own: whoever
// comes while it is being done for others waits for the next time.
type joint[Ask, Got any] struct {
	mu      sync.Mutex
	busy    bool
	waiting []*asking[Ask, Got]
}

type asking[Ask, Got any] struct {
	ask  Ask
	got  Got
	err  error
	over chan struct{} // closed when got and err are known
}

// do asks. all is given what several ask for and returns as many results in their order, or an error for
// all of them. The end of ctx ends the waiting alone.
func (j *joint[Ask, Got]) do(ctx context.Context, ask Ask, all func(ctx context.Context, list []Ask) ([]Got, error)) (Got, error) {
	me := &asking[Ask, Got]{ask: ask, over: make(chan struct{})}
	j.mu.Lock()
	j.waiting = append(j.waiting, me)
	first := !j.busy
	j.busy = true
	j.mu.Unlock()
	if first {
		go j.work(context.WithoutCancel(ctx), all)
	}
	select {
	case <-me.over:
		return me.got, me.err
	case <-ctx.Done():
		var none Got
		return none, context.Cause(ctx)
	}
}

// work goes on until nobody waits.
func (j *joint[Ask, Got]) work(ctx context.Context, all func(ctx context.Context, list []Ask) ([]Got, error)) {
	for {
		j.mu.Lock()
		list := j.waiting[:min(len(j.waiting), chunk)]
		j.waiting = slices.Clone(j.waiting[len(list):])
		j.busy = len(list) > 0
		j.mu.Unlock()
		if len(list) == 0 {
			return
		}
		asks := make([]Ask, len(list))
		for i, a := range list {
			asks[i] = a.ask
		}
		got, err := all(ctx, asks)
		for i, a := range list {
			if a.err = err; err == nil {
				a.got = got[i]
			}
			close(a.over)
		}
	}
}
