package links

import "net/netip"

// reserved4 are the IPv4 addresses that are no one's on the internet, or everyone's: the IANA special
// purpose registry, multicast, and the address under which Azure serves its machines' secrets.
var reserved4 = prefixes(
	"0.0.0.0/8",        // this network
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carrier-grade NAT
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's host
	"169.254.0.0/16",   // link-local, with the metadata services of most clouds
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.31.196.0/24",  // AS112
	"192.52.193.0/24",  // AMT
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"192.175.48.0/24",  // AS112
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
)

// global6 is the only IPv6 space given out for hosts. Outside it lie loopback, unspecified,
// link-local, unique local, multicast, discard, the addresses mapped and translated from IPv4
// (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48) and what is not assigned yet.
var global6 = netip.MustParsePrefix("2000::/3")

// reserved6 is what is special inside global6.
var reserved6 = prefixes(
	"2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4, which holds an IPv4 address
	"2620:4f:8000::/48", // AS112
	"3ffe::/16",         // the former 6bone
	"3fff::/20",         // documentation
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// isPublic reports whether a, which is not an IPv4 address in IPv6 form, belongs to a host on the
// internet.
func isPublic(a netip.Addr) bool {
	reserved := reserved4
	if a.Is6() {
		if a.Zone() != "" || !global6.Contains(a) || isISATAP(a) {
			return false
		}
		reserved = reserved6
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// isISATAP reports whether a ends in an IPv4 address to which a router would unpack it (RFC 5214).
func isISATAP(a netip.Addr) bool {
	b := a.As16()
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
