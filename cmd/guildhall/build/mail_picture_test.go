package build_test

import (
	"bytes"
	"context"
	"image/png"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/files"
	"guildhall/bots/bottest"
	"guildhall/bots/digest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/mail"
	"guildhall/core/work"
)

// letterbox is a mail server that keeps what it is given.
type letterbox struct {
	mu   sync.Mutex
	kept []mail.Letter
}

func (b *letterbox) Send(_ context.Context, l mail.Letter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, l)
	return nil
}

// A digest by e-mail has the picture of the week, with its figures in words.
func TestADigestByMailHasThePictureOfTheWeek(t *testing.T) {
	t.Parallel()
	box := &letterbox{}
	store, err := files.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "sixteen letters and more"
	s := bottest.Open(t, func(w *bottest.World) []chat.Bot {
		return build.Bots(build.Options{DB: w.DB, Files: store, Queue: w.Queue, Now: w.Clock,
			Mail: &build.Mail{Post: box, URL: "https://g.example", Secret: secret}}, func() *chat.Engine { return w.Engine })
	})
	s.Act(`ann dm: digest settings send:email address:ann@vet.example`)
	s.Later(time.Minute)
	if len(box.kept) != 1 || box.kept[0].To != "ann@vet.example" {
		t.Fatalf("%+v", box.kept)
	}
	confirmed, err := mail.NewSigner(secret).Open(mail.Confirm, path.Base(box.kept[0].Body.Buttons[0].URL), s.Clock())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := subscriptions(s).Confirm(t.Context(), confirmed, "", ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, title := range []string{"Welding rubric", "Mentor handbook", "Safety card", "Apprentice log"} {
		s.Act(`dan #sharing /deposit "` + title + `" https://example.org/` + strings.Fields(title)[0])
	}
	s.Later(7 * 24 * time.Hour)
	if len(box.kept) != 2 || box.kept[1].List == nil {
		t.Fatalf("%d letters", len(box.kept))
	}
	p := box.kept[1].Body.Picture
	if p == nil {
		t.Fatal("it has no picture")
	}
	if want := "New in twelve weeks: Help 0, Toolbox 4, Collaborations 0, Cooperation 0. From Germany."; p.Alt != want {
		t.Errorf("%q, want %q", p.Alt, want)
	}
	if config, err := png.DecodeConfig(bytes.NewReader(p.PNG)); err != nil || config.Width < 400 {
		t.Errorf("%+v, %v", config, err)
	}
}

// subscriptions are those of the program, without its pages.
func subscriptions(s *bottest.Stage) *mail.Subscriptions {
	return &mail.Subscriptions{Now: s.Clock,
		Store: mail.Store{Transactions: s.DB, Readers: s.DB.Mail(), Schedules: s.DB.Schedules(), Queue: s.Queue},
		Plan: mail.Plan{Kind: digest.KindOwn, OwnName: digest.OwnName, Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 8},
			Zone: func(context.Context, mail.Reader) (string, error) { return "Europe/Dublin", nil }, Forget: s.DB.Digests().ForgetLetters}}
}
