package mailing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildhall/core/mail"
)

// weekly is a house where ann gets her digest by mail.
func weekly(t *testing.T, post *box) *house {
	t.Helper()
	h := open(t, post)
	h.Act(`ann #sharing /digest settings email ann@cfp.example`)
	h.shows(http.MethodPost, linkTo(t, mail.Confirm, post.text(t)), url.Values{}, http.StatusOK, "Done.")
	return h
}

// week lets a week pass in which something moved, up to the day after digests.
func (h *house) week(n int) []string {
	h.Act(fmt.Sprintf(`dan #sharing /deposit "Rubric %d" https://example.org/rubric%d`, n, n), fmt.Sprintf(`bea #sharing /deposit "Handbook %d" https://example.org/handbook%d`, n, n))
	return h.Act("later 168h")
}

func says(seen []string, words string) bool {
	return slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, words) })
}

func TestMailThatComesBack(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	back := &mail.Refused{Cause: errors.New("550 unknown")}
	for i, c := range []struct {
		err  error
		told bool
	}{{back, false}, {back, false}, {nil, false}, {back, false}, {back, false}, {back, true}, {nil, false}} {
		post.errs = []error{c.err}
		seen := h.week(i)
		if says(seen, "3 mails in a row to ann@cfp.example came back") != c.told {
			t.Errorf("week %d: %q", i, seen)
		}
	}
	if n := len(post.sent()); n != 2 || h.state(1) != mail.Off {
		t.Errorf("%d mails, %s", n, h.state(1))
	}
	if dead := h.Dead(); len(dead) != 0 {
		t.Errorf("given up: %q", dead)
	}
}

func TestMailThatIsTakenLater(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	busy := errors.New("451 later")
	post.errs = []error{busy, busy, busy}
	h.week(1)
	h.Act("later 1h", "later 1h", "later 1h")
	if n := len(post.sent()); n != 2 {
		t.Fatalf("%d mails", n)
	}
	h.Act("later 24h")
	if n := len(post.sent()); n != 2 || h.state(1) != mail.On {
		t.Errorf("%d mails, %s", n, h.state(1))
	}
}

func TestMailOfUnknownFateIsNotSentAgain(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	post.errs = []error{&mail.Unknown{Cause: errors.New("the line was cut")}}
	h.week(1)
	h.Act("later 24h")
	if n := len(post.sent()); n != 1 || len(h.Dead()) != 1 {
		t.Fatalf("%d mails, given up %q", n, h.Dead())
	}
	seen := h.Act("mia #sharing /mod queue only:failed")
	if !says(seen, "nobody knows whether this mail arrived, so it is not sent again") || !says(seen, "A digest by e-mail") {
		t.Errorf("%q", seen)
	}
	// Trying again changes nothing: it may have arrived.
	h.Act("mia presses [Try all again]", "later 24h")
	if n := len(post.sent()); n != 1 {
		t.Errorf("%d mails", n)
	}
	h.week(2)
	if n := len(post.sent()); n != 2 {
		t.Errorf("%d mails a week later", n)
	}
}

func TestTheProgramEndsWhileItSends(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	// As if it had been killed between the claim and the end: the claim alone is there.
	err := h.DB.Atomically(t.Context(), func(ctx context.Context) error {
		_, err := h.DB.Mail().Begin(ctx, 1, 1, "digest", "2026-W49", h.Now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.week(1)
	if n := len(post.sent()); n != 1 || len(h.Dead()) != 1 || !strings.Contains(h.Dead()[0], "ended while it was being sent") {
		t.Errorf("%d mails, given up %q", n, h.Dead())
	}
}

func TestAConfirmationThatIsRefused(t *testing.T) {
	t.Parallel()
	post := &box{errs: []error{&mail.Refused{Cause: errors.New("550")}, &mail.Refused{Cause: errors.New("550")}}}
	h := open(t, post)
	if seen := h.Act(`ann #sharing /digest settings email amn@cfp.example`); !says(seen, "The mail server of amn@cfp.example does not take my mail.") {
		t.Errorf("%q", seen)
	}
	if seen := h.Act(`mia #sharing /mod digest invite gest@vet.example`); !says(seen, "The mail server of gest@vet.example does not take my invitation.") {
		t.Errorf("%q", seen)
	}
}

func TestHitherAndThither(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := open(t, post)
	h.Act(`ann #sharing /digest settings on day:friday hour:10:00`, `ann /digest settings email ann@cfp.example`)
	h.shows(http.MethodPost, linkTo(t, mail.Confirm, post.text(t)), url.Values{}, http.StatusOK, "next on 27 November 2026, 10:00")
	if seen := h.week(1); says(seen, "to ann") || len(post.sent()) != 2 {
		t.Errorf("it comes in the chat, too, or not by mail: %q", seen)
	}
	h.Act(`ann #sharing /digest settings day:monday`)
	if seen := h.Act(`ann #sharing /digest settings dm`); !says(seen, "7 December 2026, 10:00") || h.state(1) != mail.Off {
		t.Errorf("%q, %s", seen, h.state(1))
	}
	if seen := h.week(2); !says(seen, "to ann") || len(post.sent()) != 2 {
		t.Errorf("it does not come in the chat, or still by mail: %q", seen)
	}
	h.Act("later 48h", `ann #sharing /digest settings email`)
	h.shows(http.MethodPost, linkTo(t, mail.Confirm, post.text(t)), url.Values{}, http.StatusOK, "Done.")
	h.Act(`ann #sharing /digest settings off`)
	if seen := h.week(3); says(seen, "to ann") || len(post.sent()) != 3 || h.state(1) != mail.Off {
		t.Errorf("it goes on: %q", seen)
	}
}

func TestWhoIsLeftAloneGetsNoMail(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	h.Act("ann #sharing /stop")
	h.week(1)
	if n := len(post.sent()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestWhatIsKeptOfAMember(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := weekly(t, post)
	h.week(1)
	kept, err := h.mailing.Export(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"address":"ann@cfp.example"`, `"state":"on"`, `"kind":"digest","period":"2026-W49","fate":"sent"`, `"records":["R1","R2"]`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
	stop := post.sent()[1].List.Stop
	h.Act("ann #sharing /mydata erase", "ann presses [Erase everything]")
	if h.state(1) != "" {
		t.Errorf("kept: %s", h.state(1))
	}
	if sent, err := h.DB.Mail().SentTo(t.Context(), 1, 1, 10); err != nil || len(sent) != 0 {
		t.Errorf("%+v, %v", sent, err)
	}
	h.shows(http.MethodPost, stop, url.Values{}, http.StatusOK, "No mail comes from here any more.")
	h.week(2)
	if n := len(post.sent()); n != 2 {
		t.Errorf("%d mails", n)
	}
}
