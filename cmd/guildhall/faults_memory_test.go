package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
)

// The soak: how long it lasts (GUILDHALL_TEST_SOAK makes it longer), how many people there are, and how many
// commands a second they give together. Nobody gives more than a member may.
const (
	soakPeople = 60
	soakRate   = 20
)

// footprint is what a running program takes.
type footprint struct {
	resident, live     float64 // bytes: of the process; of what its garbage collector found alive last
	goroutines, opened float64
}

func (f footprint) String() string {
	return fmt.Sprintf("resident %.1f MB, alive %.1f MB, %.0f goroutines, %.0f open files", f.resident/1e6, f.live/1e6, f.goroutines, f.opened)
}

// metricsOf reads /metrics; the keys are names with their labels.
func metricsOf(ctx context.Context, url string) (map[string]float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Body.Close() }()
	out := map[string]float64{}
	for s := bufio.NewScanner(a.Body); s.Scan(); {
		if at := strings.LastIndexByte(s.Text(), ' '); at > 0 && !strings.HasPrefix(s.Text(), "#") {
			out[s.Text()[:at]], _ = strconv.ParseFloat(s.Text()[at+1:], 64)
		}
	}
	return out, nil
}

func footprintOf(ctx context.Context, url string) (footprint, error) {
	m, err := metricsOf(ctx, url)
	// The collector's next goal is twice what it found alive.
	return footprint{m["process_resident_memory_bytes"], m["go_memstats_next_gc_bytes"] / 2, m["go_goroutines"], m["process_open_fds"]}, err
}

var listens = regexp.MustCompile(`web=(127\.0\.0\.1:\d+)`)

// web is where the program's web pages are.
func (k *killed) web() string {
	var found string
	comes(k.t, "the program's web address", func(context.Context) (bool, error) {
		if m := listens.FindStringSubmatch(k.log.String()); m != nil {
			found = "http://" + m[1]
		}
		return found != "", nil
	})
	return found
}

// soaked is the crowd that keeps a program busy.
type soaked struct {
	h        *hall
	people   []*slacktest.User
	card     slacktest.Message
	answered atomic.Int64
	refused  atomic.Int64
}

// one lets somebody do the nth thing.
func (s *soaked) one(n int) {
	who := s.people[(n+n/len(s.people))%len(s.people)] // who does what changes from round to round
	words := fmt.Sprintf("%s %s %s", made(n), made(n/7), made(n/13))
	use := func(command, text string) {
		x := who.Slash("#vet-communication", command, text).Wait()
		if x.Err() != "" {
			s.refused.Add(1)
			return
		}
		s.answered.Add(1)
	}
	switch n % 10 {
	case 0:
		use("/ask", "How do you teach "+words+"?")
	case 1:
		use("/deposit", fmt.Sprintf("title:%q link:https://guildhall.invalid/%d summary:%q language:en licence:CC-BY-4.0 kind:document", "On "+words, n, "What there is to know about "+words))
	case 2, 3, 4:
		use("/find", words)
	case 5:
		use("/guildhall", fmt.Sprintf("show H%d", 1+rand.IntN(1+n/10)))
	case 6:
		use("/guildhall", "help")
	case 7:
		use("/collab", "list")
	case 8:
		use("/digest", "show")
	case 9:
		who.Reply(s.card, "About "+words+".")
		s.answered.Add(1)
	}
}

// made is a word that no language has; the same number makes the same one.
func made(n int) string {
	const consonants, vowels = "bcdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for r := rand.New(rand.NewPCG(uint64(n), 7)); b.Len() < 8; {
		b.WriteByte(consonants[r.IntN(len(consonants))])
		b.WriteByte(vowels[r.IntN(len(vowels))])
	}
	return b.String()
}

// TestMemoryStaysFlat keeps the program busy and looks at what it takes meanwhile: for seconds, where it
// shall not more than double what it has after the first; with GUILDHALL_TEST_SOAK=60m for an hour, whose
// last fifth shall not take a third more than its second.
func TestMemoryStaysFlat(t *testing.T) {
	t.Parallel()
	lasts := envDuration("GUILDHALL_TEST_SOAK", 10*time.Second)
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "guildhall.db")
	h := newHall(t, "ann", 0, slacktest.WithoutRecords())
	foundNet(t, address, h)
	k := serving(t, slackFile(t, dir, address, h))
	url := k.web()
	h.AwaitSockets(2)
	s := &soaked{h: h}
	for i := range soakPeople {
		u := h.w.User(fmt.Sprint("person", i))
		h.room.Add(u)
		s.people = append(s.people, u)
	}
	asked(t, h.ann, "What shall we talk about?")
	s.card = h.ann.Await("#vet-communication", slacktest.ByApp("What shall we talk about?"))

	samples := s.soak(t, url, lasts)
	first, last := samples[len(samples)/5], samples[len(samples)-1]
	if m, err := metricsOf(t.Context(), url); err != nil {
		t.Error(err)
	} else {
		for name, v := range m {
			if strings.HasPrefix(name, "guildhall_commands_total") {
				t.Log(name, v)
			}
		}
	}
	t.Logf("figures: %d commands and messages were answered, %d were not; after a fifth of the time %v; at the end %v", s.answered.Load(), s.refused.Load(), first, last)
	if most := s.answered.Load() / 100; s.refused.Load() > most {
		t.Errorf("%d of %d were not answered", s.refused.Load(), s.answered.Load())
	}
	if few := int64(lasts.Seconds() * soakRate / 4); s.answered.Load() < few {
		t.Errorf("%d were answered, too few to say anything", s.answered.Load())
	}
	limit := 2.0
	if lasts >= 30*time.Minute {
		limit = 1.33
	}
	if last.live > limit*first.live+4e6 {
		t.Errorf("what is alive grew from %.1f to %.1f MB", first.live/1e6, last.live/1e6)
	}
	// Many are there for a moment again and again; what stays is in every sample.
	least := last
	for _, f := range samples[len(samples)*2/3:] {
		least.goroutines, least.opened = min(least.goroutines, f.goroutines), min(least.opened, f.opened)
	}
	if least.goroutines > first.goroutines+50 || least.opened > first.opened+50 {
		t.Errorf("grew from %v to %v", first, least)
	}
}

// soak lets people do things for so long, and samples what the program takes sixty times.
func (s *soaked) soak(t *testing.T, url string, lasts time.Duration) (samples []footprint) {
	stop := make(chan struct{})
	var busy sync.WaitGroup
	turns := make(chan int)
	for range soakPeople {
		busy.Go(func() {
			for n := range turns {
				s.one(n)
			}
		})
	}
	busy.Go(func() {
		defer close(turns)
		tick := time.NewTicker(time.Second / soakRate)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			select {
			case <-stop:
				return
			case turns <- n:
			}
		}
	})
	const each = 60
	for i := range each {
		<-time.After(lasts / each) // the time that passes is what is tested
		f, err := footprintOf(t.Context(), url)
		if err != nil {
			t.Errorf("sample %d: %v", i, err)
			break
		}
		samples = append(samples, f)
		t.Logf("%v: %d answered, %d not, %v", (lasts * time.Duration(i+1) / each).Round(time.Second), s.answered.Load(), s.refused.Load(), f)
	}
	close(stop)
	busy.Wait()
	return samples
}
