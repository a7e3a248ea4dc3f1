package mail_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	adapter "guildhall/adapters/mail"
	"guildhall/core/mail"
)

// scripted is a mail server that behaves as it is told once a letter comes: data answers the DATA
// command, end what follows the letter. An empty answer cuts the connection.
func scripted(t *testing.T, data, end string) (*adapter.Sender, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var letters atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go converse(c, data, end, &letters)
		}
	}()
	s, err := adapter.New(adapter.Options{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: adapter.None, From: "guildhall@vet.example", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return s, &letters
}

func converse(c net.Conn, data, end string, letters *atomic.Int64) {
	defer c.Close()
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	say("220 scripted")
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.ToUpper(verb) {
		case "EHLO":
			say("250-scripted\r\n250 8BITMIME")
		case "QUIT":
			say("221 bye")
			return
		case "DATA":
			if data == "" {
				return
			}
			if say(data); !strings.HasPrefix(data, "354") {
				continue
			}
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
			}
			letters.Add(1)
			if end == "" {
				return
			}
			say(end)
			if strings.HasPrefix(end, "250") {
				return // taken, and gone before anybody could say goodbye
			}
		default:
			say("250 fine")
		}
	}
}

func TestTheConnectionIsCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data, end string
		fate      mail.Fate // empty: another try
	}{
		"before the letter":                 {"", "", ""},
		"after the letter":                  {"354 go on", "", mail.Lost},
		"after it was taken":                {"354 go on", "250 taken", mail.Sent},
		"refused before the letter":         {"554 no", "", mail.Bounced},
		"later, before the letter":          {"451 later", "", ""},
		"refused after the letter":          {"354 go on", "552 the box is full", mail.Bounced},
		"later, after the letter":           {"354 go on", "451 later", ""},
		"nonsense after the letter":         {"354 go on", "what?", mail.Lost},
		"refused, naming the reader aloud":  {"354 go on", "550 <ANN@cfp.example> is unknown", mail.Bounced},
		"something odd that is no refusal":  {"354 go on", "399 hm", mail.Lost},
		"later, with a line that goes on":   {"354 go on", "451-later\r\n451 please", ""},
		"refused, with a line that goes on": {"354 go on", "550-no\r\n550 never", mail.Bounced},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := scripted(t, c.data, c.end)
			err := s.Send(t.Context(), letter("ann@cfp.example"))
			var refused *mail.Refused
			var unknown *mail.Unknown
			got := mail.Fate("")
			switch {
			case err == nil:
				got = mail.Sent
			case errors.As(err, &refused):
				got = mail.Bounced
			case errors.As(err, &unknown):
				got = mail.Lost
			}
			if got != c.fate {
				t.Errorf("%q: %v", got, err)
			}
			if err != nil && strings.Contains(strings.ToLower(err.Error()), "ann@cfp.example") {
				t.Errorf("the error names the reader: %v", err)
			}
		})
	}
}
