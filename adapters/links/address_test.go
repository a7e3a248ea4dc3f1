package links

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for want, list := range map[bool]string{
		true: `1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
			169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255
			198.20.0.0 223.255.255.255 2606:2800:220:1:248:1893:25c8:1946 2001:200::1 2a00:1450::1 2003::1`,
		false: `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
			168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
			192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255
			198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
			:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1
			fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1 5f00::1
			2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1
			2620:4f:8000::1 3ffe::1 3fff::1 2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:10.0.0.1`,
	} {
		for _, s := range strings.Fields(list) {
			if got := isPublic(netip.MustParseAddr(s)); got != want {
				t.Errorf("isPublic(%s) = %v", s, got)
			}
		}
	}
	if isPublic(netip.Addr{}) {
		t.Error("no address counts as public")
	}
}

// Every way to write 127.0.0.1 is refused, by a server that would have answered.
func TestLoopbackInDisguise(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	port := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	resolver, _ := resolverFor(t, map[string][]string{
		"loop.test": {"127.0.0.1"}, "six.test": {"::1"}, "mapped.test": {"::ffff:127.0.0.1"},
		"both.test": {"10.1.2.3 127.0.0.1 ::1 fe80::1"}, "xn--bcher-kva.test": {"127.0.0.1"},
	})
	f := New(Options{Ports: []uint16{port}, Resolver: resolver})
	for _, host := range []string{
		"127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0X7F.0.0.1", "0177.0.0.1",
		"017700000001", "0x7f.0x0.0x0.0x1", "127.0x1", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "0", "0.0.0.0",
		"[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
		"[2002:7f00:1::]", "[2001:0:7f00:1::]", "localhost", "LOCALHOST", "localhost.",
		"loop.test", "LOOP.test.", "six.test", "mapped.test", "both.test", "bücher.test",
	} {
		if _, err := f.Fetch(t.Context(), "http://"+host+":"+portString(port)+"/"); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v, want ErrForbidden", host, err)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}

	// The same addresses work for an operator who allows them, so it was the rule that stopped them.
	f = New(Options{Ports: []uint16{port}, Resolver: resolver, Allow: []netip.Prefix{loopback}})
	for _, host := range []string{"127.0.0.1", "2130706433", "0x7f.1", "loop.test", "both.test", "bücher.test"} {
		if _, err := f.Fetch(t.Context(), "http://"+host+":"+portString(port)+"/"); err != nil {
			t.Errorf("%s, allowed: %v", host, err)
		}
	}
	if n := hits.Load(); n != 6 {
		t.Errorf("the server was asked %d times, want 6", n)
	}
}

func TestPrivateAndOddAddresses(t *testing.T) {
	t.Parallel()
	f := New(Options{})
	for link, want := range map[string]error{
		"http://169.254.169.254/latest/meta-data/":        ErrForbidden,
		"http://[fd00:ec2::254]/latest/meta-data/":        ErrForbidden,
		"http://168.63.129.16/metadata":                   ErrForbidden,
		"http://10.0.0.1/":                                ErrForbidden,
		"http://100.64.1.1/":                              ErrForbidden,
		"http://[::ffff:8.8.8.8]/":                        ErrForbidden,
		"http://example.org:22/":                          ErrForbidden,
		"https://example.org:8443/":                       ErrForbidden,
		"http://user:secret@example.org/":                 ErrForbidden,
		"http://user@example.org/":                        ErrForbidden,
		"http://example.org@127.0.0.1/":                   ErrForbidden,
		"http://[fe80::1%25eth0]/":                        ErrBadURL,
		"http://256.256.256.256/":                         ErrBadURL,
		"http://1.2.3.4.5/":                               ErrBadURL,
		"http://0x100000000/":                             ErrBadURL,
		"http://example.org\\@127.0.0.1/":                 ErrBadURL,
		"http://127.0.0.1\t/":                             ErrBadURL,
		"http://exa mple.org/":                            ErrBadURL,
		"http://%31%32%37.0.0.1/":                         ErrBadURL,
		"http://example.org:0/":                           ErrBadURL,
		"http://example.org:99999/":                       ErrBadURL,
		"http:///etc/passwd":                              ErrBadURL,
		"http:example.org":                                ErrBadURL,
		"file:///etc/passwd":                              ErrBadURL,
		"gopher://example.org:70/_GET":                    ErrBadURL,
		"ftp://example.org/":                              ErrBadURL,
		"javascript:alert(1)":                             ErrBadURL,
		"data:text/html,<title>x</title>":                 ErrBadURL,
		"//example.org/":                                  ErrBadURL,
		"example.org":                                     ErrBadURL,
		"":                                                ErrBadURL,
		"http://":                                         ErrBadURL,
		"http://.":                                        ErrBadURL,
		"http://a..b/":                                    ErrBadURL,
		"http://a<b>/":                                    ErrBadURL,
		"http://" + strings.Repeat("a", 64) + ".org/":     ErrBadURL,
		"http://example.org/" + strings.Repeat("a", 5000): ErrBadURL,
	} {
		page, err := f.Fetch(t.Context(), link)
		if !errors.Is(err, want) || page != (Page{}) {
			t.Errorf("%.60q: %+v, %v; want %v", link, page, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", link, err)
		}
	}
}

// A name that is public when it is first looked up and private the next time gains nothing: what was
// looked up is what is connected to, once for each connection.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.URL.Path == "/again" {
			http.Redirect(w, r, "/", http.StatusFound) // to the same name, which has moved meanwhile
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Public</title>"))
	})
	// 127.0.0.1 plays the public address, the rest of 127.0.0.0/8 stays private.
	resolver, asked := resolverFor(t, map[string][]string{
		"rebind.test":  {"127.0.0.1", "127.0.0.2"},
		"moves.test":   {"127.0.0.1", "169.254.169.254"},
		"private.test": {"127.0.0.2", "127.0.0.1"},
	})
	f := New(Options{Allow: []netip.Prefix{loopback}, Ports: []uint16{port}, Resolver: resolver})
	at := func(host, path string) string { return "http://" + host + ":" + portString(port) + path }

	if page, err := f.Fetch(t.Context(), at("rebind.test", "/")); err != nil || page.Title != "Public" {
		t.Errorf("first: %+v, %v", page, err)
	}
	if n := asked.times("rebind.test"); n != 1 {
		t.Errorf("the name was looked up %d times for one connection: the check may have seen another address", n)
	}
	if _, err := f.Fetch(t.Context(), at("rebind.test", "/")); !errors.Is(err, ErrForbidden) {
		t.Errorf("after the change: %v, want ErrForbidden", err)
	}
	if _, err := f.Fetch(t.Context(), at("moves.test", "/again")); !errors.Is(err, ErrForbidden) {
		t.Errorf("redirect to the name that changed: %v, want ErrForbidden", err)
	}
	if _, err := f.Fetch(t.Context(), at("private.test", "/")); !errors.Is(err, ErrForbidden) {
		t.Errorf("private first: %v, want ErrForbidden", err)
	}
	if n := hits.Load(); n != 2 {
		t.Errorf("the server was asked %d times, want 2", n)
	}
}

func TestRedirectsAreChecked(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	trap := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	})
	resolver, _ := resolverFor(t, map[string][]string{"loop.test": {"127.0.0.1"}})
	f := startAt(New(Options{Ports: []uint16{trap}, Resolver: resolver}), port)
	trapped := portString(trap)
	for to, want := range map[string]error{
		"http://127.0.0.1:" + trapped + "/":        ErrForbidden,
		"http://loop.test:" + trapped + "/":        ErrForbidden,
		"//localhost:" + trapped + "/":             ErrForbidden,
		"http://2130706433:" + trapped + "/":       ErrForbidden,
		"http://[::ffff:127.0.0.1]:" + trapped:     ErrForbidden,
		"https://127.0.0.1:" + trapped + "/":       ErrForbidden,
		"http://169.254.169.254/latest/meta-data/": ErrForbidden,
		"http://[::1]/":                            ErrForbidden,
		"http://192.168.1.1/":                      ErrForbidden,
		"http://start.test:6379/":                  ErrForbidden,
		"http://user:secret@start.test/":           ErrForbidden,
		"file:///etc/passwd":                       ErrBadURL,
		"gopher://127.0.0.1:6379/_INFO":            ErrBadURL,
		"ftp://start.test/":                        ErrBadURL,
		"javascript:alert(1)":                      ErrBadURL,
		"http://%zz/":                              ErrBadURL,
		"http://256.1.1.1/":                        ErrBadURL,
		"/" + strings.Repeat("long", 2000):         ErrBadURL,
	} {
		_, err := f.Fetch(t.Context(), "http://start.test/?to="+escape(to, "/", false)) // unescaped by Query
		if !errors.Is(err, want) {
			t.Errorf("redirect to %.60s: %v, want %v", to, err, want)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the trap was asked %d times", n)
	}
}
