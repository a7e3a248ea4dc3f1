package crowd

import (
	"slices"
	"sync"
	"time"
)

// Together lets so many people give a command, again and again, n times in all, each waiting for its
// answer before the next. It says how many were answered in a second.
func Together(c Crowd, people, n int, command string, words func() string) (float64, []Took) {
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	var mu sync.Mutex
	all := make([]Took, 0, n)
	var waiting sync.WaitGroup
	begun := time.Now()
	for p := range people {
		waiting.Go(func() {
			for range turns {
				one := c.Use(p%c.People(), command, words())
				mu.Lock()
				all = append(all, one)
				mu.Unlock()
			}
		})
	}
	waiting.Wait()
	return float64(n) / time.Since(begun).Seconds(), all
}

// Paced gives n commands evenly, so many a second, whether or not those before are answered.
func Paced(c Crowd, perSecond, n int, command string, words func() string) []Took {
	var mu sync.Mutex
	all := make([]Took, 0, n)
	var waiting sync.WaitGroup
	begun := time.Now()
	for i := range n {
		due := begun.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		<-time.After(time.Until(due))
		waiting.Go(func() {
			one := c.Use(i%c.People(), command, words())
			mu.Lock()
			all = append(all, one)
			mu.Unlock()
		})
	}
	waiting.Wait()
	return all
}

// Ack and Seen are what Part looks at.
func Ack(t Took) time.Duration  { return t.Ack }
func Seen(t Took) time.Duration { return t.Seen } // see Ack

// Part is the duration below which the part p of all lies.
func Part(all []Took, p float64, of func(Took) time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	list := make([]time.Duration, len(all))
	for i, t := range all {
		list[i] = of(t)
	}
	slices.Sort(list)
	return list[min(int(p*float64(len(list))), len(list)-1)]
}

// Late is how many were not answered in the platform's time.
func Late(all []Took) (n int) {
	for _, t := range all {
		if t.Late {
			n++
		}
	}
	return n
}

// Millis is a duration as figures are printed.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
