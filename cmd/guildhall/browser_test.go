package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"guildhall/adapters/webchat"
)

// stage is the demo with three people in front of it, each in a tab of one browser.
type stage struct {
	t                  *testing.T
	anna, bogdan, mary *tab
	pdf, png           string // files on the people's disk
}

// curtain starts the demo with nothing in it, and opens the three tabs.
func curtain(t *testing.T) *stage {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	l, err := webchat.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String() + "/"
	over := make(chan error, 1)
	go func() {
		over <- demoOn(ctx, world{func(string) string { return "" }, io.Discard, t.Output()}, l, t.TempDir(), true)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-over; err != nil {
			t.Errorf("the demo: %v", err)
		}
	})
	chromium := browser(t)
	s := &stage{t: t}
	s.anna = visit(t, chromium, "anna", address+"?as=anna")
	s.bogdan = visit(t, chromium, "bogdan", address+"?as=bogdan")
	s.mary = visit(t, chromium, "mary", address+"?as=mary")
	s.pdf, s.png = rubric(t), weld(t)
	return s
}

// rubric is a PDF of one page, as a printer would take it.
func rubric(t *testing.T) string {
	t.Helper()
	const page = "BT /F1 24 Tf 72 760 Td (Rubryka oceny spawania) Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		"<< /Length 54 >>\nstream\n" + page + "\nendstream", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		b.WriteString(strconv.Itoa(i+1) + " 0 obj\n" + o + "\nendobj\n")
	}
	start := b.Len()
	b.WriteString("xref\n0 6\n0000000000 65535 f \n")
	for _, n := range at {
		b.WriteString(("0000000000" + strconv.Itoa(n))[len(strconv.Itoa(n)):] + " 00000 n \n")
	}
	b.WriteString("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n" + strconv.Itoa(start) + "\n%%EOF\n")
	path := filepath.Join(t.TempDir(), "rubryka.pdf")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// weld is a picture.
func weld(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			m.Set(x, y, color.RGBA{uint8(x / 2), uint8(90 + y/2), 120, 255})
		}
	}
	path := filepath.Join(t.TempDir(), "weld.png")
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, m)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The story that Guildhall exists for, told in a browser: a network is set up, a question is asked and
// answered, and what comes of it is kept.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	s := curtain(t)
	s.setUp()
	s.ask()
	s.solve()
}

func (s *stage) setUp() {
	m := s.mary
	m.goes("lobby")
	m.types("main", "/setup start")
	m.fills("Name", "VET Net")
	m.submits("Set up")
	m.sees("main", "This will make VET Net here", "#vet-communication")
	m.presses("main", "This will make VET Net here", "Do it")
	m.sees("main", "VET Net is ready.")
	m.goes("vet-communication")
	m.sees("main", "I'm Guildhall.")
}

// ask: Anna asks in her own language; what she was told is hers alone.
func (s *stage) ask() {
	a := s.anna
	a.goes("vet-communication")
	a.types("main", `/ask "Come valutare a distanza gli apprendisti saldatori?"`)
	a.sees("main", "H1", "è aperta", "Lo vedi solo tu")
	a.sees("main", "H1 · Come valutare a distanza gli apprendisti saldatori?", "Asked by @Anna Bianchi")
	s.mary.sees("main", "H1 · Come valutare")
}

// solve: Mary answers in the thread with a picture, mends a word, and Anna says that it helped.
func (s *stage) solve() {
	m, a := s.mary, s.anna
	m.thread("H1 · Come valutare")
	m.attaches("thread", s.png)
	m.types("thread", "We use video portfolios with a shared rubrik.")
	m.sees("thread", "We use video portfolios", "Mary Walsh")
	m.until("see the picture", `document.querySelector("#thread .picture img")?.naturalWidth === 320`)
	m.acts("thread", "We use video portfolios", "Edit")
	m.until("write anew", `document.querySelector(".edit textarea")?.value.endsWith("rubrik.")`)
	m.until("have mended it", `(el => (el.value = el.value.replace("rubrik", "rubric"), el.form.requestSubmit(), true))(document.querySelector(".edit textarea"))`)
	m.sees("thread", "a shared rubric.", "edited")

	a.thread("H1 · answered")
	a.sees("thread", "a shared rubric.")
	a.reacts("thread", "a shared rubric.", "✅")
	a.sees("main", "H1 · solved")
	m.sees("main", "H1 · solved")
}
