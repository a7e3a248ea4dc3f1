package mail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guildhall/core/mail"
	"guildhall/core/record"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ann@cfp.example":                        "ann@cfp.example",
		"  Ann.Rossi+vet@CFP.Example ":           "ann.rossi+vet@cfp.example",
		"ann@münchen.example":                    "ann@münchen.example",
		"o'hara@cork.ie":                         "o'hara@cork.ie",
		"ann":                                    "",
		"ann@":                                   "",
		"@cfp.example":                           "",
		"ann@cfp":                                "",
		"ann@127.0.0.1":                          "",
		"ann@[127.0.0.1]":                        "",
		"Ann <ann@cfp.example>":                  "",
		"<ann@cfp.example>":                      "",
		"ann@cfp.example, eve@x.example":         "",
		"ann@cfp.example\r\nBcc: e@x.org":        "",
		"ann@cfp.example\n":                      "ann@cfp.example",
		"ann\u0000@cfp.example":                  "",
		"ann\u202e@cfp.example":                  "",
		"ann@cfp..example":                       "",
		"ann@-cfp.example":                       "",
		"änn@cfp.example":                        "",
		"\"ann rossi\"@cfp.example":              "",
		"ann%victim@cfp.example":                 "",
		"ann@cfp.example/?x":                     "",
		strings.Repeat("a", 250) + "@b.de":       "",
		"ann@" + strings.Repeat("a", 64) + ".de": "",
	} {
		got, err := mail.Address(in)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, mail.ErrAddress) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestALinkIsWhatItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := mail.NewSigner(rapid.StringN(16, 40, -1).Draw(t, "secret"))
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0).UTC()
		l := mail.Link{Verb: rapid.SampledFrom([]mail.Verb{mail.Confirm, mail.Stop, mail.Refuse, mail.Read}).Draw(t, "verb"),
			Community: rapid.Int64Range(1, 1e12).Draw(t, "community"), Reader: rapid.Int64Range(1, 1e12).Draw(t, "reader"),
			Key: rapid.StringMatching(`[a-z2-7]{0,16}`).Draw(t, "key"), Until: now.Add(time.Duration(rapid.IntRange(1, 1e6).Draw(t, "left")) * time.Second)}
		if l.Verb == mail.Read {
			l.Record = record.ID{Letter: rapid.SampledFrom([]byte(record.Letters)).Draw(t, "letter"), No: rapid.Int64Range(1, 1e9).Draw(t, "no")}
		}
		token := s.Token(l)
		if strings.Trim(token, "abcdefghijklmnopqrstuvwxyzHRCPSG0123456789.") != "" {
			t.Fatalf("%q does not outlive every mail client", token)
		}
		got, err := s.Open(l.Verb, token, now)
		if err != nil || got != l {
			t.Fatalf("%+v, %v; want %+v", got, err, l)
		}
		if _, err := s.Open(l.Verb, token, l.Until); !errors.Is(err, mail.ErrExpired) {
			t.Fatalf("after its time: %v", err)
		}
		// Any other letter anywhere, another verb, another secret: no link.
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		other := token[:at] + rapid.StringMatching(`[a-zA-Z0-9.]`).Draw(t, "letter") + token[at+1:]
		if _, err := s.Open(l.Verb, other, now); other != token && !errors.Is(err, mail.ErrForged) {
			t.Fatalf("%q for %q: %v", other, token, err)
		}
		for _, v := range []mail.Verb{mail.Confirm, mail.Stop, mail.Refuse, mail.Read, ""} {
			if _, err := s.Open(v, token, now); v != l.Verb && !errors.Is(err, mail.ErrForged) {
				t.Fatalf("%q taken for %q: %v", l.Verb, v, err)
			}
		}
		if _, err := mail.NewSigner("another secret of somebody").Open(l.Verb, token, now); !errors.Is(err, mail.ErrForged) {
			t.Fatalf("somebody else's: %v", err)
		}
	})
}

func TestWhatIsNoLink(t *testing.T) {
	t.Parallel()
	s := mail.NewSigner("sixteen letters!")
	for _, token := range []string{"", ".", "....", "1.2.3.4.5.6", strings.Repeat("a", 1<<16), "1.2..k.zzzz.", "\x00", "1.2.R1.k.zz.é"} {
		if _, err := s.Open(mail.Read, token, time.Now()); !errors.Is(err, mail.ErrForged) {
			t.Errorf("%.20q: %v", token, err)
		}
	}
	if _, err := (mail.Signer{}).Open(mail.Read, mail.Signer{}.Token(mail.Link{Verb: mail.Read, Until: time.Now().Add(time.Hour)}), time.Now()); !errors.Is(err, mail.ErrForged) {
		t.Errorf("without a secret: %v", err)
	}
}
