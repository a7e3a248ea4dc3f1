// Load lets many people give commands at once, with Guildhall behind them and beside it the bare echo of
// each platform's library, and prints how fast both were, as a table in Markdown and as a chart:
//
//	go run ./internal/load -spaces 50 -members 20 -rate 200 -for 10s -svg docs/load.svg
//
// People use slash commands on slack and discord; on slack-talk and discord-talk they write to the app in a channel
// (@Guildhall note …) and are answered there by a message, which costs the echo a request, too.
//
// It is a program of its own, and not a subcommand of guildhall, because it holds the servers that behave
// as Slack and Discord do, which nobody needs in production.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"guildhall/internal/crowd"
	"guildhall/internal/pgtest"
)

// plan is what is measured.
type plan struct {
	size        crowd.Size
	rate        int           // commands a second
	lasts       time.Duration // of each part
	outstanding int           // who wait at the same time, where as many as can be are given
	stores      []string
	platforms   []string
	command     string
}

func main() {
	var p plan
	flag.IntVar(&p.size.Spaces, "spaces", 50, "spaces, each a community of its own")
	flag.IntVar(&p.size.Members, "members", 20, "members of each")
	flag.IntVar(&p.rate, "rate", 200, "commands a second, of all together")
	flag.DurationVar(&p.lasts, "for", 10*time.Second, "how long each measurement lasts")
	flag.IntVar(&p.outstanding, "outstanding", 32, "who wait for an answer at the same time, where nobody keeps a pace")
	stores := flag.String("stores", "sqlite,postgres", "where Guildhall keeps things")
	platforms := flag.String("platforms", "slack,slack-talk,discord,discord-talk,webchat", "where people are; talk: they write to the app in a channel, and are answered there")
	flag.StringVar(&p.command, "command", "note", "note keeps a line; ask is a whole question")
	svg := flag.String("svg", "", "a file for the chart")
	flag.Parse()
	p.stores, p.platforms = strings.Split(*stores, ","), strings.Split(*platforms, ",")
	if err := run(p, os.Stdout, *svg); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run measures everything in turn, prints the table, and writes the chart.
func run(p plan, out io.Writer, svg string) error {
	if err := p.check(); err != nil {
		return err
	}
	var all []figures
	for _, platform := range p.platforms {
		for _, store := range append([]string{bare}, p.stores...) {
			f, ok, err := measured(p, platform, store)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", platform, store, err)
			}
			if ok {
				fmt.Fprintln(os.Stderr, "measured", platform, store)
				all = append(all, f)
			}
		}
	}
	ratios(all)
	fmt.Fprint(out, table(p, all))
	if svg == "" {
		return nil
	}
	if err := os.WriteFile(svg, []byte(chart(p, all)), 0o644); err != nil { //nolint:gosec // for everybody to read
		return fmt.Errorf("write the chart: %w", err)
	}
	return nil
}

func (p plan) check() error {
	if p.size.Spaces < 1 || p.size.Members < 1 || p.rate < 1 || p.outstanding < 1 || p.lasts <= 0 {
		return fmt.Errorf("spaces, members, rate, outstanding and for should be more than nothing")
	}
	for _, s := range p.stores {
		if s != "sqlite" && s != "postgres" {
			return fmt.Errorf("the stores are sqlite and postgres, not %q", s)
		}
	}
	for _, s := range p.platforms {
		if !slices.Contains([]string{"slack", "slack-talk", "discord", "discord-talk", "webchat"}, s) {
			return fmt.Errorf("the platforms are slack, slack-talk, discord, discord-talk and webchat, not %q", s)
		}
	}
	if p.command != "note" && p.command != "ask" {
		return fmt.Errorf("the commands are note and ask, not %q", p.command)
	}
	return nil
}

// bare stands for the echo among the stores.
const bare = "bare echo"

// figures are what one measurement gave.
type figures struct {
	platform, store string
	most            float64 // commands a second, with plan.outstanding people waiting
	ratio           float64 // of that to the bare echo's; 0: there is none
	ack50, ack99    time.Duration
	seen50, seen99  time.Duration
	cpu             time.Duration // for each command
	heap            uint64        // bytes
	late            int           // not answered in the platform's time
}

// measured runs one platform on one store; ok is false when there is no such thing.
func measured(p plan, platform, store string) (f figures, ok bool, err error) {
	env := &stage{}
	defer env.end()
	defer func() {
		if v := recover(); v != nil {
			failed, is := v.(failure)
			if !is {
				panic(v)
			}
			err = failed
		}
	}()
	f = figures{platform: platform, store: store}
	c := people(env, p, platform)
	switch store {
	case bare:
		if !c.Echo(env, p.command) {
			return f, false, nil
		}
	default:
		engine := crowd.Notes
		if p.command == "ask" {
			engine = crowd.Whole
		}
		crowd.Guildhall(env, c, env.address(store), engine)
	}
	words := func() string { return crowd.Made(6) }
	crowd.Together(c, p.outstanding, c.People(), p.command, words) // everybody is a member from here on
	runtime.GC()
	begun := crowd.Spent()
	n := max(1, int(p.lasts.Seconds()*float64(p.rate)))
	paced := crowd.Paced(c, p.rate, n, p.command, words)
	f.cpu = (crowd.Spent() - begun) / time.Duration(n)
	f.ack50, f.ack99 = crowd.Part(paced, .5, crowd.Ack), crowd.Part(paced, .99, crowd.Ack)
	f.seen50, f.seen99 = crowd.Part(paced, .5, crowd.Seen), crowd.Part(paced, .99, crowd.Seen)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	f.heap = m.HeapInuse
	f.most, f.late = most(p, c, words)
	f.late += crowd.Late(paced)
	return f, true, nil
}

// most gives as many as can be, for as long as the plan says, in portions.
func most(p plan, c crowd.Crowd, words func() string) (rate float64, late int) {
	n := 0
	begun := time.Now()
	for time.Since(begun) < p.lasts {
		portion := 20 * p.outstanding
		_, all := crowd.Together(c, p.outstanding, portion, p.command, words)
		n += portion
		late += crowd.Late(all)
	}
	return float64(n) / time.Since(begun).Seconds(), late
}

func people(env *stage, p plan, platform string) crowd.Crowd {
	switch platform {
	case "slack":
		return crowd.NewSlack(env, p.size)
	case "slack-talk":
		return crowd.SlackTalk{Slack: crowd.NewSlack(env, p.size)}
	case "discord-talk":
		return crowd.DiscordTalk{Discord: crowd.NewDiscord(env, p.size)}
	case "discord":
		return crowd.NewDiscord(env, p.size)
	}
	return crowd.NewWeb(env, p.size)
}

// stage stands in for a test.
type stage struct {
	cleanups []func()
}

type failure string

func (f failure) Error() string { return string(f) }

func (s *stage) Helper() {}

func (s *stage) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func (s *stage) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

func (s *stage) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *stage) TempDir() string {
	dir, err := os.MkdirTemp("", "guildhall-load-")
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *stage) end() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// address is that of an empty store, as durable as in production.
func (s *stage) address(store string) string {
	if store == "sqlite" {
		return "sqlite:" + filepath.Join(s.TempDir(), "guildhall.db")
	}
	server, err := pgtest.Start(true)
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.Cleanup(func() { _ = server.Close() })
	return server.URL()
}
