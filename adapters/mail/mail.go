// Package mail sends digests by e-mail through an SMTP server, and shows the pages that their links
// lead to. A letter is sent by one connection, as HTML and as text; nothing in it is fetched from
// anywhere, and nothing tells whether it was read.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	stdmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"guildhall/core/mail"
)

// TLS is how a connection is encrypted.
type TLS string

// The ways of encrypting.
const (
	StartTLS TLS = "starttls" // asked for on a plain connection, and demanded
	Implicit TLS = "tls"      // from the first byte
	None     TLS = "none"     // not at all: for a server on the same machine
)

// Options are what a Sender is made of.
type Options struct {
	Host           string
	Port           int
	User, Password string // empty: none is asked for
	TLS            TLS
	From           string // the address, perhaps with a name, as "Guildhall <guildhall@example.org>"
	ReplyTo        string // empty: From
	Unsubscribe    string // an address that somebody reads, for those who end it by a mail; empty for none
	Certificates   *tls.Config
	Timeout        time.Duration // of a connection, and of sending over it; 0: 20 s
	Now            func() time.Time
}

// Sender sends letters.
type Sender struct {
	Options
	from, reply *stdmail.Address
	host        string // of From, for names that have to be ours
}

// New makes a sender. It names all that is wrong with what it is made of.
func New(o Options) (*Sender, error) {
	s := &Sender{Options: o}
	if s.Timeout == 0 {
		s.Timeout = 20 * time.Second
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	var faults []error
	read := func(name, v string) *stdmail.Address {
		a, err := stdmail.ParseAddress(v)
		if err != nil || strings.ContainsAny(v, "\r\n") {
			faults = append(faults, fmt.Errorf("mail.%s should be an address such as guildhall@example.org", name))
			return &stdmail.Address{}
		}
		return a
	}
	s.from = read("from", o.From)
	s.reply = s.from
	if o.ReplyTo != "" {
		s.reply = read("reply_to", o.ReplyTo)
	}
	if o.Unsubscribe != "" {
		s.Unsubscribe = read("unsubscribe", o.Unsubscribe).Address
	}
	if o.Host == "" {
		faults = append(faults, errors.New("mail.host is missing"))
	}
	s.host = s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	return s, errors.Join(faults...)
}

func (s *Sender) client() (*gomail.Client, error) {
	o := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(s.Timeout)}
	switch s.TLS {
	case Implicit:
		o = append(o, gomail.WithSSL())
	case None:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.Certificates != nil {
		config = s.Certificates.Clone()
	}
	config.ServerName = s.Host
	o = append(o, gomail.WithTLSConfig(config))
	if s.User != "" {
		o = append(o, gomail.WithUsername(s.User), gomail.WithPassword(s.Password), gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	c, err := gomail.NewClient(s.Host, o...)
	if err != nil {
		return nil, fmt.Errorf("set up the connection to the mail server: %w", err)
	}
	return c, nil
}

// Send sends a letter. A *mail.Refused when the server refuses this recipient or letter for good, a
// *mail.Unknown when the connection ended after the letter was sent and before it was acknowledged; any
// other error means that it was not sent, and may be tried again.
func (s *Sender) Send(ctx context.Context, l mail.Letter) error {
	m, err := s.message(l)
	if err != nil {
		return &mail.Refused{Cause: err}
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	err = c.SendWithSMTPClient(conn, m)
	if err == nil || m.IsDelivered() {
		_ = c.CloseWithSMTPClient(conn) // it was taken, whatever becomes of the connection now
		return nil
	}
	err = fate(err, l.To)
	var lost *mail.Unknown
	if errors.As(err, &lost) {
		// No farewell: it would end a letter that broke off in the middle as if it were whole.
		_ = conn.Close()
		return err
	}
	_ = c.CloseWithSMTPClient(conn)
	return err
}

// fate is what an error of the library means for the letter.
func fate(err error, address string) error {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return fmt.Errorf("send: %w", unnamed(err, address))
	}
	err = unnamed(err, address)
	switch e.Reason {
	case gomail.ErrSMTPDataClose, gomail.ErrWriteContent:
		if e.ErrorCode() == 0 {
			return &mail.Unknown{Cause: err}
		}
		fallthrough
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData:
		if e.ErrorCode() >= http.StatusInternalServerError {
			return &mail.Refused{Cause: err}
		}
	}
	return fmt.Errorf("send: %w", err)
}

// message is a letter as it travels.
func (s *Sender) message(l mail.Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	to, err := ascii(l.To)
	if err != nil {
		return nil, err
	}
	if err := m.To(to); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	m.ReplyToMailAddress(s.reply)
	m.Subject(oneLine(l.Subject, 200))
	m.SetDateWithValue(s.Now())
	m.SetMessageIDWithValue(l.ID + "@" + s.host)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	if l.List != nil {
		s.list(m, *l.List)
	}
	body, err := Text(l.Body)
	if err != nil {
		return nil, err
	}
	page, err := HTML(l.Body)
	if err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, body)
	m.AddAlternativeString(gomail.TypeTextHTML, page)
	if p := l.Body.Picture; p != nil {
		if err := m.EmbedReader(pictureID, strings.NewReader(string(p.PNG)), gomail.WithFileContentID("<"+pictureID+">"),
			gomail.WithFileContentType("image/png")); err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
	}
	return m, nil
}

// pictureID is the name under which the HTML refers to the picture that comes with it.
const pictureID = "week.png"

// list says which list a letter belongs to and how one leaves it: RFC 2919, 2369 and 8058.
func (s *Sender) list(m *gomail.Msg, l mail.List) {
	m.SetGenHeader("Precedence", "bulk")
	name := (&stdmail.Address{Name: oneLine(l.Name, 40), Address: "x@x"}).String()
	m.SetGenHeaderPreformatted("List-Id", strings.TrimSuffix(name, "<x@x>")+"<"+l.ID+"."+s.host+">")
	ways := "<" + oneLine(l.Stop, 0) + ">"
	if s.Unsubscribe != "" {
		ways += ", <mailto:" + s.Unsubscribe + "?subject=unsubscribe%20" + oneLine(l.Code, 0) + ">"
	}
	m.SetGenHeaderPreformatted("List-Unsubscribe", ways)
	m.SetGenHeaderPreformatted("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
}

// ascii is an address whose host servers can look up.
func ascii(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", mail.ErrAddress
	}
	host, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return "", fmt.Errorf("host of the recipient: %w", err)
	}
	return address[:at+1] + host, nil
}
