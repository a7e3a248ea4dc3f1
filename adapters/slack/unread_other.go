//go:build !unix

package slack

import "net"

// unread cannot tell here.
func unread(net.Conn) bool { return false }
