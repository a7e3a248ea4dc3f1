package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Check tries the server as if to send, and returns one sentence for what is wrong; none when all is
// well. Nothing is sent.
func (s *Sender) Check(ctx context.Context) []string {
	c, err := s.client()
	if err != nil {
		return []string{oneLine(err.Error(), 300)}
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return []string{s.advice(err)}
	}
	defer func() { _ = c.CloseWithSMTPClient(conn) }()
	if err := conn.Mail("<" + s.from.Address + ">"); err != nil {
		return []string{fmt.Sprintf("%s does not take mail from %s (%s); is mail.from an address of that account?", s.Host, s.from.Address, s.answer(err))}
	}
	if err := conn.Reset(); err != nil {
		return []string{fmt.Sprintf("%s ended the connection (%s); try again in a minute", s.Host, s.answer(err))}
	}
	return nil
}

// advice says in one sentence why there is no connection, and what to do.
func (s *Sender) advice(err error) string {
	at := fmt.Sprintf("%s:%d", s.Host, s.Port)
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var refused *net.OpError
	var said *textproto.Error
	why := err.Error()
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no host %q; is mail.host right?", s.Host)
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return fmt.Sprintf("the certificate of %s is not to be trusted (%s); is mail.host the name in it?", at, oneLine(why, 200))
	case strings.Contains(why, "does not support STARTTLS"):
		return at + " offers no STARTTLS; set mail.tls to tls with that port (often 465), or to none if the server is on this machine"
	case strings.Contains(why, "first record does not look like a TLS handshake"):
		return at + ` does not begin with TLS; set mail.tls to starttls`
	case strings.Contains(why, "SMTP AUTH failed"):
		return fmt.Sprintf("%s does not take the password (%s); are mail.user and mail.password right?", at, s.answer(err))
	case strings.Contains(why, "AUTH"), errors.Is(err, gomail.ErrPlainAuthNotSupported), errors.Is(err, gomail.ErrLoginAuthNotSupported):
		return at + " offers no way to log in that keeps the password safe; leave mail.user empty, or encrypt with mail.tls"
	case errors.As(err, &said):
		return fmt.Sprintf("%s answered %q; ask who runs it", at, s.answer(err))
	case errors.As(err, &refused) && refused.Op == "dial":
		return fmt.Sprintf("%s could not be reached (%s); are mail.host and mail.port right, and may this machine go there?", at, oneLine(refused.Err.Error(), 100))
	}
	return fmt.Sprintf("%s ended the connection (%s); do mail.port and mail.tls fit together?", at, oneLine(why, 200))
}

// answer is what a server said, without what is nobody's business.
func (s *Sender) answer(err error) string {
	var said *textproto.Error
	if errors.As(err, &said) {
		return oneLine(said.Error(), 200)
	}
	return oneLine(err.Error(), 200)
}

// unnamed is an error without the reader's address: moderators and logs see it.
func unnamed(err error, address string) error {
	if address == "" {
		return err
	}
	words := regexp.MustCompile(`(?i)`+regexp.QuoteMeta(address)).ReplaceAllString(err.Error(), "the reader")
	return errors.New(oneLine(words, 300))
}
