package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is where Debian puts it; elsewhere GUILDHALL_TEST_CHROMIUM names one.
const chromium = "/usr/bin/chromium"

// soon is how long what people wait for may take.
const soon = 40 * time.Second

// browser is a headless Chromium. It ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short: it needs a Chromium")
	}
	path := chromium
	if other := os.Getenv("GUILDHALL_TEST_CHROMIUM"); other != "" {
		path = other
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("install Chromium (on Debian: apt-get install chromium), or name one in GUILDHALL_TEST_CHROMIUM: %v", err)
	}
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WindowSize(1280, 900), chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// tab is a page that one person has open.
type tab struct {
	t   *testing.T
	who string
	ctx context.Context

	mu     sync.Mutex
	faults []string // what the browser complained of
}

// visit opens an address in a tab of its own. Whatever the browser complains of there, from errors in
// the console to requests that fail, fails the test at its end.
func visit(t *testing.T, browser context.Context, who, address string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{t: t, who: who, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, struct{}{})
	}
	if err != nil {
		t.Fatal(err)
	}
	b.do("open "+address, chromedp.Navigate(address))
	b.until("be connected", `"connected" in document.body.dataset`)
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			t.Errorf("%s's browser: %s", who, f)
		}
	})
	return b
}

func (b *tab) listen(ev any) {
	fault := func(format string, a ...any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fmt.Sprintf(format, a...))
	}
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		fault("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			fault("console: %s", e.Args[0].Value)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			fault("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			fault("%d from %s", e.Response.Status, e.Response.URL)
		}
	case *network.EventLoadingFailed:
		// A stream that is closed, and what a newer key made pointless, count as cancelled.
		if !e.Canceled {
			fault("a request failed: %s", e.ErrorText)
		}
	}
}

func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.fail(what, err.Error())
	}
}

// fail ends the test, and shows what the person sees.
func (b *tab) fail(what, why string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		path := filepath.Join(b.t.ArtifactDir(), b.who+".png")
		if err := os.WriteFile(path, picture, 0o600); err == nil {
			b.t.Logf("screenshot: %s", path)
		}
	}
	b.t.Fatalf("%s cannot %s: %s\n%s", b.who, what, why, shown)
}

// keys presses keys one after the other, wherever the focus is.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(keys))
}

// forgive forgets what the browser complained of so far.
func (b *tab) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// until waits until an expression is true on the page.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	again := time.NewTicker(40 * time.Millisecond)
	defer again.Stop()
	for {
		// While a page is being replaced by another there is nothing to ask.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.fail(what, "it did not come to that")
			return
		case <-again.C:
		}
	}
}

// reads is what an expression gives on the page.
func (b *tab) reads(expression string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.fail("read", err.Error())
	}
	return out
}

// js is a Go value in JavaScript.
func js(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // only strings are given
	}
	return string(out)
}

// The expressions below look at what can be seen: in the open dialog where there is one.
const (
	sight  = `(document.querySelector("dialog[open]") || document)`
	inside = `(el => el && el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden")`
)

// message is the newest message of a list ("main" or "thread") that shows all of the texts.
func message(where string, texts ...string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%s)].findLast(li => %s.every(t => li.innerText.includes(t)))`, js("#"+where+" .post"), js2(texts))
}

func js2(texts []string) string {
	var all []string
	for _, t := range texts {
		all = append(all, js(t))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// button is the last thing to press in scope (an expression) that is labelled so, or called so for who
// hears the page.
func button(scope, label string) string {
	return fmt.Sprintf(`[...(%s).querySelectorAll("button, a, summary")].findLast(b => [b.textContent.trim(), b.ariaLabel].includes(%s) && %s(b))`, scope, js(label), inside)
}

// click presses what an expression finds, once it is there, stands still, and nothing lies over it. It
// is pressed in the same moment as it is looked at: what comes in could move it away from the mouse.
func (b *tab) click(what, expression string) {
	b.t.Helper()
	b.until("press "+what, `(() => {
		const el = `+expression+`;
		if (!el) return false;
		el.scrollIntoView({block: "nearest"});
		const r = el.getBoundingClientRect(), was = window.pressed;
		const now = window.pressed = {el, x: r.left + r.width / 2, y: r.top + r.height / 2};
		const top = document.elementFromPoint(now.x, now.y);
		if (!was || was.el !== el || was.x !== now.x || was.y !== now.y || !top || !el.contains(top) && !top.contains(el)) return false;
		window.pressed = null;
		el.focus({preventScroll: true});
		el.click();
		return true;
	})()`)
}

// goes opens a room by its name at the side.
func (b *tab) goes(room string) {
	b.t.Helper()
	named := fmt.Sprintf(`a => [...a.querySelectorAll("span")].some(s => s.textContent.trim() === %s)`, js(room))
	// The page's parts are replaced by the room's; the old ones must not be taken for it.
	b.until("be somewhere", `document.getElementById("main").left = true`)
	b.click("the room "+room, fmt.Sprintf(`[...document.querySelectorAll("#rooms a.place")].find(%s)`, named))
	b.until("be in "+room, fmt.Sprintf(`!document.getElementById("main").left && [...document.querySelectorAll("#rooms a[aria-current]")].some(%s)`, named))
}

// types writes a line in the room, or in the open thread ("thread"), and sends it.
func (b *tab) types(where, line string) {
	b.t.Helper()
	id := map[string]string{"main": "write", "thread": "answer"}[where]
	b.until("write in the "+where, `document.getElementById("`+id+`")`)
	b.do("go to the box", chromedp.Focus(chromedp.CSS("#"+id)))
	// As an input method does: not every letter has a key.
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: line}); err != nil {
		b.fail("type "+line, err.Error())
	}
	b.until("have typed "+line, fmt.Sprintf(`document.getElementById(%s).value === %s`, js(id), js(line)))
	b.click("send", fmt.Sprintf(`document.querySelector("#%s .composer .send")`, where))
	b.until("have sent "+line, fmt.Sprintf(`document.getElementById(%s)?.value === ""`, js(id)))
}

// sees waits for a message with all of these texts.
func (b *tab) sees(where string, texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("see %q", texts), message(where, texts...))
}

// misses waits until no message has the text.
func (b *tab) misses(where, text string) {
	b.t.Helper()
	b.until("be rid of "+text, "!"+message(where, text))
}

// presses presses a button of the newest message that shows text.
func (b *tab) presses(where, text, label string) {
	b.t.Helper()
	b.click(label+" on "+text, fmt.Sprintf(`(m => m && %s)(%s)`, button("m", label), message(where, text)))
}

// acts chooses in the ⋯ menu of a message.
func (b *tab) acts(where, text, label string) {
	b.t.Helper()
	post := message(where, text)
	b.until("find "+text, post)
	b.click("⋯ on "+text, fmt.Sprintf(`(%s).querySelector("[data-do=menu]")`, post))
	b.click(label+" in the menu", fmt.Sprintf(`[...document.querySelectorAll("#menu button")].find(x => x.firstChild.textContent.trim() === %s)`, js(label)))
}

// reacts puts an emoji on a message, from the palette.
func (b *tab) reacts(where, text, emoji string) {
	b.t.Helper()
	post := message(where, text)
	b.until("find "+text, post)
	b.click("the smile on "+text, fmt.Sprintf(`(%s).querySelector("[data-do=react]")`, post))
	b.click(emoji, fmt.Sprintf(`[...document.querySelectorAll("#menu button")].find(x => x.textContent === %s)`, js(emoji)))
}

// thread opens the thread of a message.
func (b *tab) thread(text string) {
	b.t.Helper()
	b.click("the thread of "+text, fmt.Sprintf(`(%s)?.querySelector("a.replies, .tools a")`, message("main", text)))
	b.until("see the thread of "+text, fmt.Sprintf(`(t => t && t.innerText.includes(%s))(document.getElementById("thread"))`, js(text)))
}

// fills writes into the field of the open form with this label.
func (b *tab) fills(label, value string) {
	b.t.Helper()
	field := fmt.Sprintf(`[...document.querySelectorAll("#form .field")].find(f => f.querySelector("label, legend").firstChild.textContent.trim() === %s)`, js(label))
	b.until("find the field "+label, field)
	set := fmt.Sprintf(`(() => {
		const f = %s, value = %s;
		const option = [...f.querySelectorAll("input[type=radio], input[type=checkbox]")].find(i => i.parentElement.innerText.trim() === value);
		if (option) return option.click(), true;
		const el = f.querySelector("input, textarea, select");
		const choice = el.tagName === "SELECT" && [...el.options].find(o => o.textContent.trim() === value);
		el.focus();
		el.value = choice ? choice.value : value;
		el.dispatchEvent(new Event("input", {bubbles: true}));
		el.dispatchEvent(new Event("change", {bubbles: true}));
		return el.value !== "";
	})()`, field, js(value))
	b.until("fill in "+label, set)
}

// ticks chooses, in the field with this label, what contains the text.
func (b *tab) ticks(label, text string) {
	b.t.Helper()
	box := fmt.Sprintf(`[...document.querySelectorAll("#form .field")].filter(f => f.querySelector("label, legend").firstChild.textContent.trim() === %s)
		.flatMap(f => [...f.querySelectorAll("input[type=checkbox]")]).find(i => i.parentElement.innerText.includes(%s))`, js(label), js(text))
	b.until("find the tick at "+text, box)
	if b.reads(`String(`+box+`.checked)`) == "false" {
		b.click("the tick at "+text, box)
	}
	b.until("have ticked "+text, box+".checked")
}

// submits sends the open form.
func (b *tab) submits(title string) {
	b.t.Helper()
	b.until("see the form "+title, fmt.Sprintf(`document.querySelector("#form[open] h2")?.innerText === %s`, js(title)))
	b.click("the form's button", `document.querySelector("#form[open] button[type=submit]")`)
	b.until("have sent the form "+title, fmt.Sprintf(`document.querySelector("#form[open] h2")?.innerText !== %s`, js(title)))
}

// attaches puts files into the box of the room or the thread.
func (b *tab) attaches(where string, paths ...string) {
	b.t.Helper()
	id := map[string]string{"main": "#write-files", "thread": "#answer-files"}[where]
	b.do("attach files", chromedp.SetUploadFiles(chromedp.CSS(id), paths))
	for _, p := range paths {
		b.until("have attached "+p, fmt.Sprintf(`[...document.querySelectorAll("#%s .chip")].some(c => !c.classList.contains("coming") && c.innerText.includes(%s))`, where, js(filepath.Base(p))))
	}
}
