package slack

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// What has come over a connection and was not read yet is noticed; what is read, no more.
func TestUnread(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // nothing to tell by there
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	there, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = there.Close() })
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = here.Close() })
	if unread(here) {
		t.Error("something unread though nothing came")
	}
	if _, err := there.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); !unread(here); {
		if time.Now().After(end) {
			t.Fatal("what came is not noticed")
		}
	}
	if _, err := here.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if unread(here) {
		t.Error("what was read is taken for unread")
	}
}
