package links

import (
	"net/url"
	"strings"
)

// normal is the form that Normalize returns, of an address that parse has read.
func normal(u *url.URL) string {
	out := u.Scheme + "://" + u.Host + withoutDots(escape(u.EscapedPath(), "/", true))
	if query := withoutTracking(escape(u.RawQuery, "/?", true)); query != "" {
		out += "?" + query
	}
	return out
}

// withoutDots removes "." and ".." from an escaped path (RFC 3986, 5.2.4). The result begins with "/".
func withoutDots(path string) string {
	var kept []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == len(segments)-1 {
				kept = append(kept, "") // "/a/.." is the folder "/", with its slash
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// withoutTracking drops what only tells where a reader came from.
func withoutTracking(query string) string {
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err == nil {
			key = strings.ToLower(key)
			if strings.HasPrefix(key, "utm_") || key == "fbclid" || key == "gclid" {
				continue
			}
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}

// escape makes a path or query fit to be sent: every byte that is neither an unreserved character, a
// sub-delimiter, one of ":@[]" nor in also becomes an escape, and so does a "%" that begins none.
// With settle, escapes get the one form that they always have: plain where they need not be, in
// capitals elsewhere.
func escape(s, also string, settle bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			decoded := byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			switch {
			case !settle:
				b.WriteString(s[i : i+3])
			case isUnreserved(decoded):
				b.WriteByte(decoded)
			default:
				b.WriteString(strings.ToUpper(s[i : i+3]))
			}
			i += 2
			continue
		}
		if isUnreserved(c) || strings.IndexByte("!$&'()*+,;=:@[]", c) >= 0 || strings.IndexByte(also, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

// isUnreserved reports whether c never needs an escape (RFC 3986, 2.3).
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// unhex is the value of a hexadecimal digit, -1 of anything else.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
