package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
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
	l, err := webchat.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String() + "/"
	play(t, l, t.TempDir())
	chromium := browser(t)
	s := &stage{t: t}
	s.anna = visit(t, chromium, "anna", address+"?as=anna")
	s.bogdan = visit(t, chromium, "bogdan", address+"?as=bogdan")
	s.mary = visit(t, chromium, "mary", address+"?as=mary")
	s.pdf, s.png = rubric(t), weld(t)
	return s
}

// play runs the demo, with nothing in it at first, until the returned function or the test ends it.
func play(t *testing.T, l net.Listener, folder string) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan error, 1)
	go func() {
		over <- demoOn(ctx, world{func(string) string { return "" }, io.Discard, t.Output()}, l, folder, true)
	}()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-over; err != nil {
			t.Errorf("the demo: %v", err)
		}
	})
	t.Cleanup(end)
	return end
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

// Without a mouse: from the box to the messages, to what can be done with one, and back.
func TestByKeyboard(t *testing.T) {
	t.Parallel()
	s := curtain(t)
	m := s.mary
	m.goes("lobby")
	m.types("main", "Good morning, Cork!")
	m.sees("main", "Good morning, Cork!")
	m.do("go to the messages", chromedp.Focus(chromedp.CSS("#main .log")))
	m.keys(kb.ArrowUp)
	m.until("be on the message", `document.activeElement.matches(".post article")`)
	for range 3 { // its time, which is its link; then the smile, and the thread
		m.keys(kb.Tab)
	}
	m.keys(kb.Tab)
	m.until("be on the menu's button", `document.activeElement.dataset.do === "menu"`)
	m.keys(kb.Enter)
	m.until("be in the menu", `document.activeElement.role === "menuitem"`)
	m.keys(kb.End)
	m.until("be on the last", `document.activeElement.textContent === "Delete"`)
	m.keys(kb.Escape)
	m.until("be back on the button", `document.activeElement.dataset.do === "menu"`)
	m.do("go to the box", chromedp.Focus(chromedp.CSS("#write")))
	m.keys(kb.ArrowUp) // in an empty box: change what was said last
	m.until("edit it", `document.activeElement.matches(".edit textarea") && document.activeElement.value === "Good morning, Cork!"`)
	m.keys(kb.Escape)
	m.do("go to the box", chromedp.Focus(chromedp.CSS("#write")))
	m.keys("/set")
	m.until("be offered a command", `document.querySelector("#main .suggest [aria-selected=true]")?.innerText.startsWith("/setup")`)
	m.keys(kb.Enter)
	m.until("have taken it", `document.getElementById("write").value.startsWith("/setup ")`)
	m.keys(kb.Enter)
	m.until("see the form", `document.querySelector("#form[open]")?.contains(document.activeElement)`)
	m.keys("VET Net")
	m.keys(kb.Escape) // a slip loses nothing
	m.click("the form that waits", `document.querySelector("#main .waiting button")`)
	m.until("find it as it was", `document.querySelector("#form[open] input")?.value === "VET Net"`)
	m.keys(kb.Enter)
	m.sees("main", "This will make VET Net here")
}

// The page fits a phone: nothing has to be moved sideways, and one thing stands before the other.
func TestOnThePhone(t *testing.T) {
	t.Parallel()
	s := curtain(t)
	m := s.mary
	m.do("take the phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	fits := func(where string) {
		t.Helper()
		m.until("fit "+where+" to the phone", `document.documentElement.scrollWidth <= 390 && [...document.querySelectorAll("main, #thread, .composer, .message")].every(e => e.getBoundingClientRect().right <= 391)`)
	}
	m.until("have the rooms put away", `getComputedStyle(document.getElementById("rooms")).visibility === "hidden"`)
	m.click("the rooms", `document.getElementById("rooms-button")`)
	m.goes("lobby")
	m.until("have the rooms put away", `getComputedStyle(document.getElementById("rooms")).visibility === "hidden"`)
	m.types("main", strings.Repeat("Ein Donaudampfschifffahrtsgesellschaftskapitän", 6)+" https://example.org/"+strings.Repeat("long", 40))
	m.sees("main", "Donaudampf")
	fits("a long word")
	m.acts("main", "Donaudampf", "Answer in a thread")
	m.until("see the thread alone", `getComputedStyle(document.getElementById("main")).display === "none"`)
	fits("a thread")
	m.types("thread", "/setup start")
	m.until("see the form", `document.querySelector("#form[open]")`)
	m.until("see the form's button", `(r => r.bottom <= innerHeight && r.right <= 390)(document.querySelector("#form button[type=submit]").getBoundingClientRect())`)
	m.fills("Name", "VET Net")
	m.submits("Set up")
	m.sees("thread", "This will make VET Net here")
	fits("an answer")
}

// When the program was away for a while, the page goes on by itself and shows what it missed.
func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	l, err := webchat.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen, address := l.Addr().String(), "http://"+l.Addr().String()+"/"
	end := play(t, l, folder)
	a := visit(t, browser(t), "anna", address+"?as=anna")
	a.goes("lobby")
	a.do("begin a line", chromedp.SendKeys(chromedp.CSS("#write"), "half a sent"))
	end()
	a.until("see that the chat is away", `document.querySelector(".toast.away")`)
	if l, err = webchat.Listen(t.Context(), listen); err != nil {
		t.Fatal(err)
	}
	play(t, l, folder)
	client := webchattest.New(address)
	t.Cleanup(client.Close)
	mary := client.As(webchat.DemoMary)
	room, err := mary.WaitRoom(t.Context(), webchat.DemoNet, "lobby")
	if err == nil {
		_, err = mary.Say(t.Context(), room, "", "I was here meanwhile.")
	}
	if err != nil {
		t.Fatal(err)
	}
	a.sees("main", "I was here meanwhile.")
	a.until("see that it is back", `!document.querySelector(".toast.away") && document.getElementById("write").value === "half a sent"`)
	a.forgive() // that nothing answered is what this is about
}
