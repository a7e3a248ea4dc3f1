package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/internal/crowd"
)

// TestEverybodyIsAnswered runs a short load on every platform and store, beside the echoes.
func TestEverybodyIsAnswered(t *testing.T) {
	t.Parallel()
	stores := []string{"sqlite", "postgres"}
	if testing.Short() {
		stores = stores[:1]
	}
	p := plan{size: crowd.Size{Spaces: 2, Members: 3}, rate: 40, lasts: 250 * time.Millisecond, outstanding: 4, stores: stores,
		platforms: []string{"slack", "slack-talk", "discord", "discord-talk", "webchat"}, command: "note"}
	var out bytes.Buffer
	svg := filepath.Join(t.TempDir(), "load.svg")
	if err := run(p, &out, svg); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(out.String()), "\n")[4:]
	if len(rows) != 5*len(stores)+4 {
		t.Errorf("%d rows:\n%s", len(rows), out.String())
	}
	for _, r := range rows {
		if !strings.HasSuffix(r, "| 0 |") {
			t.Errorf("not everybody was answered: %s", r)
		}
		if ours := !strings.Contains(r, bare) && !strings.Contains(r, "webchat"); ours == strings.Contains(r, "| – |") {
			t.Errorf("the ratio: %s", r)
		}
	}
	drawn, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	bars := 0
	for d := xml.NewDecoder(bytes.NewReader(drawn)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 3*len(rows) {
		t.Errorf("%d bars for %d rows", bars, len(rows))
	}
}

func TestAPlanIsChecked(t *testing.T) {
	t.Parallel()
	good := plan{size: crowd.Size{Spaces: 1, Members: 1}, rate: 1, lasts: time.Second, outstanding: 1, stores: []string{"sqlite"}, platforms: []string{"slack"}, command: "note"}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*plan){
		func(p *plan) { p.rate = 0 }, func(p *plan) { p.stores = []string{"mysql"} }, func(p *plan) { p.platforms = []string{""} },
		func(p *plan) { p.command = "help" },
	} {
		p := good
		change(&p)
		if p.check() == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}
