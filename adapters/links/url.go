package links

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxURL is how many bytes a link may have.
const maxURL = 4096

// Normalize writes rawURL in the one form that the same link always has, so that twins are noticed:
// scheme and host in lower case, the host in its ASCII form, an IP address in its usual notation, no
// default port, no final dot of the host, "/" for an empty path, no dot segments, escapes in capitals
// and only where needed, no fragment, and neither utm_* nor fbclid nor gclid in the query, whose order
// stays. Normalize of the result changes nothing.
//
// Errors: ErrBadURL; ErrForbidden for an address with a user name or password, which must not be kept.
func Normalize(rawURL string) (string, error) {
	u, err := parse(rawURL)
	if err != nil {
		return "", fmt.Errorf("normalize link: %w", err)
	}
	return normal(u), nil
}

// parse reads an http or https address as browsers do, except that it guesses nothing. In the result
// scheme, host and port have their normal form, path and query are as given but for characters that
// may not be sent, and there is no fragment. Errors do not repeat the address.
func parse(rawURL string) (*url.URL, error) {
	rawURL = strings.TrimSpace(rawURL)
	if len(rawURL) > maxURL {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrBadURL, maxURL)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, ErrBadURL
	}
	return settle(u)
}

// resolve is parse for what a redirect from base names.
func resolve(base *url.URL, location string) (*url.URL, error) {
	if len(location) > maxURL {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrBadURL, maxURL)
	}
	u, err := base.Parse(location)
	if err != nil {
		return nil, ErrBadURL
	}
	return settle(u)
}

func settle(u *url.URL) (*url.URL, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: only http and https", ErrBadURL)
	}
	if u.User != nil {
		return nil, fmt.Errorf("%w: it holds a user name", ErrForbidden)
	}
	if u.Opaque != "" || u.Host == "" {
		return nil, fmt.Errorf("%w: no host", ErrBadURL)
	}
	host, err := hostOf(u)
	if err != nil {
		return nil, err
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%w: no such port", ErrBadURL)
		}
		if port := uint16(n); port != defaultPort(u.Scheme) {
			host += ":" + strconv.Itoa(int(port))
		}
	}
	out := &url.URL{Scheme: u.Scheme, Host: host, Path: u.Path}
	out.RawPath = escape(rawPath(u), "/", false)
	out.RawQuery = escape(u.RawQuery, "/?", false)
	return out, nil
}

// rawPath is the path as it was written; u.EscapedPath would lose %2F beside a raw ü.
func rawPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

func defaultPort(scheme string) uint16 {
	if scheme == "https" {
		return 443
	}
	return 80
}

// portOf is the port that a parsed address leads to.
func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	return defaultPort(u.Scheme)
}

// lookup turns names into what is looked up, as https://url.spec.whatwg.org/#idna has it.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
	idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(true))

// hostOf is the host of u in its normal form, an IPv6 address in brackets.
func hostOf(u *url.URL) (string, error) {
	host := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		a, err := netip.ParseAddr(host)
		if err != nil || a.Is4() || a.Zone() != "" {
			return "", fmt.Errorf("%w: no such host", ErrBadURL)
		}
		return "[" + a.String() + "]", nil
	}
	host, err := lookup.ToASCII(strings.TrimSuffix(host, "."))
	host = strings.TrimSuffix(host, ".")
	// Some names that the library should refuse, such as broken UTF-8, fail only when their result is
	// read again.
	again, err2 := lookup.ToASCII(host)
	if err != nil || err2 != nil || again != host || host == "" || strings.HasSuffix(host, ".") || !isName(host) {
		return "", fmt.Errorf("%w: no such host", ErrBadURL)
	}
	if !endsInNumber(host) {
		return host, nil
	}
	a, ok := ipv4(host)
	if !ok {
		return "", fmt.Errorf("%w: no such host", ErrBadURL)
	}
	return a.String(), nil
}

// isName reports whether host has only letters, digits, hyphens, dots, and underscores, which are in
// use though no standard allows them.
func isName(host string) bool {
	for i := range len(host) {
		c := host[i]
		if !isUnreserved(c) || c == '~' || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// endsInNumber reports whether the system's resolver might take host for an IPv4 address in one of
// its old forms: https://url.spec.whatwg.org/#ends-in-a-number-checker
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// ipv4 reads an IPv4 address of one to four numbers, each decimal, octal or hexadecimal, the last of
// which fills the bytes that are left: 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1.
func ipv4(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		n, ok := number(part)
		room := 1 // bytes
		if i == len(parts)-1 {
			room = 5 - len(parts)
		}
		if !ok || n >= 1<<(8*room) {
			return netip.Addr{}, false
		}
		value = value<<(8*room) | n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

func number(s string) (uint64, bool) {
	base := 10
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		if hex == "" {
			return 0, true
		}
		s, base = hex, 16
	} else if len(s) > 1 && s[0] == '0' {
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 33)
	return n, err == nil
}
