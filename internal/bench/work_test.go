package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/work"
	"guildhall/jobs"
)

// What waits in the queue while it is measured.
const (
	backlog      = 100_000
	backlogLanes = 1_000
)

func fill(b *testing.B, db *sqlstore.DB) {
	b.Helper()
	q := db.Work()
	items := make([]work.Item, 0, 1000)
	for i := range backlog {
		lane := fmt.Sprint("room/webchat/", i%backlogLanes)
		items = append(items, work.New("bench", lane, fmt.Sprint("post/webchat/", i), map[string]string{"words": "About as long as a short message is."}).In(int64(i%50+1)))
		if len(items) == cap(items) {
			atomically(b, db, func(ctx context.Context) error { return q.Add(ctx, items...) })
			items = items[:0]
		}
	}
}

// BenchmarkWork claims and finishes items by the program's own workers, each item by itself, while
// 100,000 wait in 1,000 lanes.
func BenchmarkWork(b *testing.B) {
	eachStore(b, func(b *testing.B, db *sqlstore.DB) {
		fill(b, db)
		ctx, stop := context.WithCancel(context.Background())
		o := observer{make(chan struct{}), ctx}
		r, err := jobs.New(jobs.Options{Store: db.Work(), Workers: 32, Observer: o, Kinds: []work.Kind{{
			Name: "bench", Outside: true, Limit: 32,
			Run: func(context.Context, work.Item) (func(context.Context) error, error) { return nil, nil }}}})
		if err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { r.Run(ctx); close(ended) }()
		<-o.done // it works
		measured, n := begin(b), 0
		for b.Loop() {
			<-o.done
			n++
		}
		stop()
		<-ended
		measured.report(b, "items", n)
	})
}

// observer hands each item that is finished to who counts them. A worker waits until it is counted: what
// was done before the counting begins would count as taking no time.
type observer struct {
	done chan struct{}
	ctx  context.Context
}

func (o observer) Worked(_ string, end work.End, lost bool, _, _ time.Duration) {
	if end != work.Finished || lost {
		panic(fmt.Sprint(end, lost))
	}
	select {
	case o.done <- struct{}{}:
	case <-o.ctx.Done():
	}
}

// BenchmarkWorkBatch claims and finishes 100 items in two transactions: what the table itself can do.
func BenchmarkWorkBatch(b *testing.B) {
	eachStore(b, func(b *testing.B, db *sqlstore.DB) {
		fill(b, db)
		q := db.Work()
		r, n := begin(b), 0
		for b.Loop() {
			var claims []work.Claim
			atomically(b, db, func(ctx context.Context) (err error) {
				claims, err = q.Claim(ctx, work.Want{Owner: "bench", Lease: time.Minute, Most: 100, Room: []work.Room{{Kind: "bench", N: 100}}})
				return err
			})
			atomically(b, db, func(ctx context.Context) error {
				all := make([]work.Outcome, len(claims))
				for i, c := range claims {
					all[i].Claim = c
				}
				_, err := q.Settle(ctx, all...)
				return err
			})
			n += len(claims)
		}
		r.report(b, "items", n)
	})
}
