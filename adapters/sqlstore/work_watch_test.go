package sqlstore

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

// watched runs Watch until the test ends; the channel says that it was woken.
func watched(t *testing.T, w Work) <-chan struct{} {
	t.Helper()
	woken := make(chan struct{}, 1)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- w.Watch(ctx, func() {
			select {
			case woken <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return woken
}

func await(t *testing.T, woken <-chan struct{}) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was woken")
	}
}

func TestACommitWakesWhoWatches(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		woken := watched(t, q.Work)
		if q.db.engine == Postgres {
			await(t, woken) // it listens
		} else {
			for deadline := time.Now().Add(20 * time.Second); !q.watched() && time.Now().Before(deadline); {
				runtime.Gosched()
			}
		}
		err := q.db.Atomically(t.Context(), func(ctx context.Context) error {
			return errors.Join(q.Add(ctx, item("a", "", "1")), errTest)
		})
		if !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		select {
		case <-woken:
			t.Error("woken by what was rolled back")
		default:
		}
		q.add(t, item("a", "", "2"))
		await(t, woken)
	})
}

func (q workBench) watched() bool {
	q.db.wakes.mu.Lock()
	defer q.db.wakes.mu.Unlock()
	return len(q.db.wakes.funcs) == 1
}

// Another program on the same Postgres is woken by a notification.
func TestAnotherProgramIsWoken(t *testing.T) {
	t.Parallel()
	address := freshAddress(t, Postgres)
	here, there := openTest(t, address), openTest(t, address)
	woken := watched(t, there.Work())
	await(t, woken) // it listens
	if err := here.Atomically(t.Context(), func(ctx context.Context) error { return here.Work().Add(ctx, item("a", "", "1")) }); err != nil {
		t.Fatal(err)
	}
	await(t, woken)
	var got int
	err := there.Atomically(t.Context(), func(ctx context.Context) error {
		claims, err := there.Work().Claim(ctx, testWant("there", 5))
		got = len(claims)
		return err
	})
	if err != nil || got != 1 {
		t.Error(got, err)
	}
}

// What ran in a savepoint that was undone wakes nobody; what comes after it does.
func TestWakeUpsGoWithTheirSavepoint(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		woken := 0
		q.db.wakes.funcs[-1] = func() { woken++ }
		q.tx(t, func(ctx context.Context) error {
			err := q.db.Savepoint(ctx, func(ctx context.Context) error {
				return errors.Join(q.Add(ctx, item("a", "", "1")), errTest)
			})
			if !errors.Is(err, errTest) {
				return err
			}
			return nil
		})
		if woken != 0 {
			t.Error("woken by what was undone")
		}
		q.tx(t, func(ctx context.Context) error {
			if err := q.db.Savepoint(ctx, func(ctx context.Context) error {
				return errors.Join(q.Add(ctx, item("a", "", "1")), errTest)
			}); !errors.Is(err, errTest) {
				return err
			}
			return errors.Join(q.Add(ctx, item("a", "", "1")), q.Add(ctx, item("a", "", "2")))
		})
		if woken != 1 {
			t.Errorf("woken %d times", woken)
		}
		q.want(t, "2 lanes, 2 ready, 0 done, 0 dead")
	})
}
