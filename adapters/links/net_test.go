package links

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

var loopback = netip.MustParsePrefix("127.0.0.1/32")

// serve starts a web server on 127.0.0.1 and returns its port.
func serve(t *testing.T, handler http.HandlerFunc) uint16 {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return portIn(t, server.URL)
}

func portIn(t *testing.T, url string) uint16 {
	t.Helper()
	n, err := strconv.ParseUint(url[strings.LastIndexByte(url, ':')+1:], 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

func portString(port uint16) string { return strconv.Itoa(int(port)) }

// names is a small name server. A name's answers are given in turn, the last one for ever; what is
// not listed does not exist.
type names struct {
	mu      sync.Mutex
	answers map[string][]string // "a.test": addresses, several for one answer separated by spaces
	asked   map[string]int      // questions for IPv4 by name
}

// resolverFor starts a name server with these answers and returns a resolver that asks it.
func resolverFor(t *testing.T, answers map[string][]string) (*net.Resolver, *names) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{answers: answers, asked: map[string]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply, ok := n.answer(buffer[:size]); ok {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}, n
}

func (n *names) answer(question []byte) ([]byte, bool) {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil, false
	}
	q := m.Questions[0]
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: m.Questions}
	for _, address := range n.next(q) {
		a := netip.MustParseAddr(address)
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
		switch {
		case q.Type == dnsmessage.TypeA && a.Is4():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case q.Type == dnsmessage.TypeAAAA && a.Is6():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	if _, known := n.answers[nameOf(q)]; !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	packed, err := reply.Pack()
	return packed, err == nil
}

func nameOf(q dnsmessage.Question) string {
	return strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
}

// next is what the name has now. The turn changes with the question for IPv4: both are asked each
// time, and tests of turns use IPv4 only.
func (n *names) next(q dnsmessage.Question) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := nameOf(q)
	turns := n.answers[name]
	if len(turns) == 0 {
		return nil
	}
	turn := min(n.asked[name], len(turns)-1)
	if q.Type == dnsmessage.TypeA {
		n.asked[name]++
	}
	return strings.Fields(turns[turn])
}

func (n *names) times(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

// startAt makes connections to start.test (and no others) go to the server at this port of 127.0.0.1,
// as if it were a public host: what happens after its answer is subject to f's own rules.
func startAt(f *Fetcher, port uint16) *Fetcher {
	dial := f.transport.DialContext
	f.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "start.test:") {
			return new(net.Dialer).DialContext(ctx, "tcp4", "127.0.0.1:"+portString(port))
		}
		return dial(ctx, network, address)
	}
	return f
}
