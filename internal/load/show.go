package main

import (
	"fmt"
	"html"
	"runtime"
	"strings"
	"time"

	"guildhall/internal/crowd"
)

// ratios compares each with the bare echo of its platform.
func ratios(all []figures) {
	echo := map[string]float64{}
	for _, f := range all {
		if f.store == bare {
			echo[f.platform] = f.most
		}
	}
	for i, f := range all {
		if e := echo[f.platform]; e > 0 && f.store != bare {
			all[i].ratio = f.most / e
		}
	}
}

// told says what was done, in one line.
func told(p plan) string {
	return fmt.Sprintf("%d spaces with %d members each; /%s; %d a second for %s, then %d people who each wait for their answer; %d cores.",
		p.size.Spaces, p.size.Members, p.command, p.rate, p.lasts, p.outstanding, runtime.NumCPU())
}

// table is all figures in Markdown.
func table(p plan, all []figures) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", told(p))
	fmt.Fprintf(&b, "| | kept in | to acknowledgement, p50 / p99 | to visible reply, p50 / p99 | %d at once: a second | of the bare echo | processor each | heap | late |\n", p.outstanding)
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, f := range all {
		ratio := "–"
		if f.ratio > 0 {
			ratio = fmt.Sprintf("%.2f", f.ratio)
		}
		fmt.Fprintf(&b, "| %s | %s | %s / %s ms | %s / %s ms | %.0f | %s | %d µs | %d MB | %d |\n", f.platform, f.store,
			ms(f.ack50), ms(f.ack99), ms(f.seen50), ms(f.seen99), f.most, ratio, f.cpu.Microseconds(), f.heap>>20, f.late)
	}
	return b.String()
}

func ms(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	if d >= 10*time.Millisecond {
		return fmt.Sprintf("%.0f", crowd.Millis(d))
	}
	return fmt.Sprintf("%.1f", crowd.Millis(d))
}

// Measures of the chart, in its own units.
const (
	wide    = 760
	label   = 170
	panel   = 270
	row     = 20
	heading = 54
)

// colour is that of a store's bars; it is read on white and on black.
func colour(store string) string {
	switch store {
	case "sqlite":
		return "#2f7ed8"
	case "postgres":
		return "#2a9d6f"
	}
	return "#8a8f98"
}

// chart shows two panels of bars: how many in a second, and how long until the reply is seen.
func chart(p plan, all []figures) string {
	var most float64
	var slow time.Duration
	for _, f := range all {
		most, slow = max(most, f.most), max(slow, f.seen99)
	}
	var b strings.Builder
	high := heading + row*len(all) + 34
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12" role="img">`+"\n", wide, high)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(told(p)))
	fmt.Fprintf(&b, "<style>text{fill:#222}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>\n")
	text := func(x, y int, weight, s string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="%s">%s</text>`+"\n", x, y, weight, html.EscapeString(s))
	}
	text(label, 20, "600", fmt.Sprintf("Commands a second, %d people at once", p.outstanding))
	text(label+panel+40, 20, "600", fmt.Sprintf("Milliseconds to the reply, %d a second", p.rate))
	text(label+panel+40, 38, "400", "dark: half are quicker; light: 99 of 100")
	for i, f := range all {
		y := heading + i*row
		text(0, y+12, "400", f.platform+", "+f.store)
		bar := func(x, width int, opacity string) {
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s" opacity="%s"/>`+"\n", x, y+2, max(1, width), row-6, colour(f.store), opacity)
		}
		const room = panel - 60
		n := int(f.most / most * room)
		bar(label, n, "1")
		text(label+n+6, y+12, "400", fmt.Sprintf("%.0f", f.most))
		at := label + panel + 40
		n = int(float64(f.seen99) / float64(slow) * room)
		bar(at, n, "0.4")
		bar(at, int(float64(f.seen50)/float64(slow)*room), "1")
		text(at+n+6, y+12, "400", ms(f.seen50)+" / "+ms(f.seen99))
	}
	text(0, high-10, "400", told(p))
	b.WriteString("</svg>\n")
	return b.String()
}
