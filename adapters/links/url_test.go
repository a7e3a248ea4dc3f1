package links

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{"https://example.org/rubric.pdf", "https://example.org/rubric.pdf"},
		{"  HTTPS://Example.ORG  ", "https://example.org/"},
		{"http://example.org:80/a", "http://example.org/a"},
		{"https://example.org:443", "https://example.org/"},
		{"https://example.org:80/", "https://example.org:80/"},
		{"https://example.org:/", "https://example.org/"},
		{"https://example.org:08443/", "https://example.org:8443/"},
		{"https://example.org./a", "https://example.org/a"},
		{"https://example.org/a/", "https://example.org/a/"},
		{"https://example.org?x=1", "https://example.org/?x=1"},
		{"https://example.org/a#part", "https://example.org/a"},
		{"https://example.org/a?#part", "https://example.org/a"},
		{"https://example.org/a?", "https://example.org/a"},
		// hosts
		{"https://Bücher.example/", "https://xn--bcher-kva.example/"},
		{"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
		{"https://straße.example/", "https://xn--strae-oqa.example/"},
		{"https://ПРИМЕР.example/", "https://xn--e1afmkfd.example/"},
		{"https://my_host.example/", "https://my_host.example/"},
		{"https://example。org/", "https://example.org/"},
		{"http://0x5db8d822/", "http://93.184.216.34/"},
		{"http://127.1/", "http://127.0.0.1/"},
		{"http://[2606:2800:0220:1:0:0:0:1]:80/", "http://[2606:2800:220:1::1]/"},
		{"http://[::FFFF:1.2.3.4]/", "http://[::ffff:1.2.3.4]/"},
		// paths
		{"https://example.org/a/./b/../c", "https://example.org/a/c"},
		{"https://example.org/a/..", "https://example.org/"},
		{"https://example.org/../../a", "https://example.org/a"},
		{"https://example.org/a/%2e%2E/b", "https://example.org/b"},
		{"https://example.org//a//b", "https://example.org//a//b"},
		{"https://example.org/%7euser/%c3%bc", "https://example.org/~user/%C3%BC"},
		{"https://example.org/ü b", "https://example.org/%C3%BC%20b"},
		{"https://example.org/ü%2Fb", "https://example.org/%C3%BC%2Fb"},
		{"https://example.org/a%2fb", "https://example.org/a%2Fb"},
		{"https://example.org/Wiki/C_(x)", "https://example.org/Wiki/C_(x)"},
		{`https://example.org/"<>{}`, "https://example.org/%22%3C%3E%7B%7D"},
		// queries
		{"https://example.org/?b=2&a=1", "https://example.org/?b=2&a=1"},
		{"https://example.org/?utm_source=x&id=7&UTM_Medium=y", "https://example.org/?id=7"},
		{"https://example.org/?utm_source=x", "https://example.org/"},
		{"https://example.org/?fbclid=x&gclid=y&a=%20b+c", "https://example.org/?a=%20b+c"},
		{"https://example.org/?u%74m_x=1&a", "https://example.org/?a"},
		{"https://example.org/?utmost=1&gclida=2", "https://example.org/?utmost=1&gclida=2"},
		{"https://example.org/?q=ü \"", "https://example.org/?q=%C3%BC%20%22"},
		{"https://example.org/?q=100%&r=%zz", "https://example.org/?q=100%25&r=%25zz"},
		{"https://example.org/?to=https://x.org/?y", "https://example.org/?to=https://x.org/?y"},
		{"https://example.org/?a[]=1&b;c", "https://example.org/?a[]=1&b;c"},
	} {
		got, err := Normalize(c.given)
		if err != nil || got != c.want {
			t.Errorf("Normalize(%q) = %q, %v; want %q", c.given, got, err, c.want)
		}
		if again, err := Normalize(got); again != got {
			t.Errorf("Normalize(%q) = %q, %v: not settled", got, again, err)
		}
	}
	for given, want := range map[string]error{
		"": ErrBadURL, "example.org": ErrBadURL, "mailto:a@example.org": ErrBadURL, "https://": ErrBadURL,
		"https://u:p@example.org/": ErrForbidden, "https://exa\nmple.org/": ErrBadURL, "https://[::1": ErrBadURL,
		"https://example.org/%zz": ErrBadURL, "https://xn--a/": ErrBadURL, "http://0\x88/": ErrBadURL, "http://999999999999/": ErrBadURL,
	} {
		if got, err := Normalize(given); !errors.Is(err, want) {
			t.Errorf("Normalize(%q) = %q, %v; want %v", given, got, err, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{
		"https://Example.org:443/a/../%7e?utm_a=1&b=%zz#x", "http://0x7f.1/", "http://[::ffff:1.2.3.4]:080/ü%2F",
		"http://①②⑦.⓪.⓪.①/", "https://xn--bcher-kva.example。/", "http://a@b/", "http://1.2.3.08/", "http://a.0x/?%", "http://0\x88",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got, err := Normalize(given)
		if err != nil {
			if got != "" || !errors.Is(err, ErrBadURL) && !errors.Is(err, ErrForbidden) {
				t.Errorf("Normalize(%q) = %q, %v", given, got, err)
			}
			return
		}
		again, err := Normalize(got)
		if again != got && len(got) <= maxURL {
			t.Errorf("not settled: %q, then %q, then %q, %v", given, got, again, err)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("Normalize(%q) = %q: %v", given, got, err)
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Host == "" ||
			u.Host != strings.ToLower(u.Host) || !strings.HasPrefix(u.EscapedPath(), "/") {
			t.Errorf("Normalize(%q) = %q: %+v", given, got, u)
		}
		for i := range len(got) {
			if got[i] <= ' ' || got[i] > '~' {
				t.Fatalf("Normalize(%q) = %q holds %#x", given, got, got[i])
			}
		}
		// What a system's resolver could read as a number must have become a plain address.
		if _, err := netip.ParseAddr(u.Hostname()); err != nil && endsInNumber(u.Hostname()) {
			t.Errorf("Normalize(%q) = %q: a host in disguise", given, got)
		}
	})
}
