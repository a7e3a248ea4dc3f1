// Package community holds who belongs together: communities, the spaces and rooms they live in,
// members with their accounts, organisations, topics, roles and consent.
package community

import (
	"sync"
	"time"
)

// ID numbers a community; 0 means none.
type ID = int64

// Section is one of the four sections, or the announcement room's place.
type Section string

// The sections, in the order in which they are shown, and the place for announcements.
const (
	Communication Section = "communication"
	Sharing       Section = "sharing"
	Collaboration Section = "collaboration"
	Cooperation   Section = "cooperation"
	News          Section = "news"
)

// Sections are the four sections in order; News is not one of them.
var Sections = []Section{Communication, Sharing, Collaboration, Cooperation}

// Role is what a member may do; each role may do what the ones before it may.
type Role int

// The roles. Anyone is for commands that need no community.
const (
	Anyone Role = iota
	RoleMember
	RoleCurator
	RoleModerator
	RoleAdmin
)

// String is the role's code, as typed in commands and kept in the store.
func (r Role) String() string {
	return [...]string{"anyone", "member", "curator", "moderator", "admin"}[r]
}

// ParseRole reads a role's code; ok is false for anything else, and for "anyone".
func ParseRole(s string) (r Role, ok bool) {
	for r := RoleMember; r <= RoleAdmin; r++ {
		if r.String() == s {
			return r, true
		}
	}
	return Anyone, false
}

// Policy says what happens to a deposit.
type Policy string

// The deposit policies: published at once; published at once for curators and for those with a
// published resource, else looked at first; always looked at first.
const (
	PolicyOpen     Policy = "open"
	PolicyTrusted  Policy = "trusted"
	PolicyReviewed Policy = "reviewed"
)

// Community is one learning network.
type Community struct {
	ID       ID
	Name     string
	Language string // BCP 47 base tag, such as "en"
	Zone     string // IANA, such as "Europe/Dublin"
	Policy   Policy
	Created  time.Time
}

// Location is the community's time zone; UTC when the zone is unknown.
func (c Community) Location() *time.Location { return Location(c.Zone) }

// zones are the zones that were loaded: each lies in a file.
var zones sync.Map

// Location loads an IANA zone, UTC when it is empty or unknown.
func Location(zone string) *time.Location {
	if zone == "" {
		return time.UTC
	}
	if l, ok := zones.Load(zone); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	zones.Store(zone, l) // only what exists: people name what they like
	return l
}

// Noise is how much a space wants to see in its section rooms.
type Noise string

// What requests and calls a space shows: all, those in its topics, none but the digest.
const (
	NoiseAll    Noise = "all"
	NoiseTopics Noise = "topics"
	NoiseDigest Noise = "digest"
)

// Space is one chat space of a community: a Slack workspace, a Discord server, a Matrix Space.
type Space struct {
	Community ID
	Platform  string // the adapter's name
	ID        string // opaque, the adapter's
	Name      string
	Noise     Noise
	Topics    []string  // for NoiseTopics
	Later     []Section // whose rooms are made once they are needed
	Left      bool      // it has left the community; its rows stay for the trail
	Joined    time.Time
}

// Room is a room that Guildhall knows in a space.
type Room struct {
	Community ID
	Platform  string
	Space     string
	ID        string
	Name      string
	Sections  []Section // what it is used for; empty for a collaboration's room
	Record    string    // the collaboration that it was opened for, such as "C7"
	Opened    bool      // Guildhall opened it (only such rooms are ever archived)
	Archived  bool
	Language  string // empty: the community's
	Encrypted bool
	Agreed    bool // a moderator agreed that what is given here is kept outside the encryption
	PostOnly  bool // people cannot write here
	// Translated are the languages into which every message here is translated; none: they are not.
	Translated []string
}

// Is says whether the room serves section s.
func (r Room) Is(s Section) bool {
	for _, x := range r.Sections {
		if x == s {
			return true
		}
	}
	return false
}

// Quote is a member's standing answer to being quoted.
type Quote string

// The standing answers.
const (
	QuoteAsk    Quote = "ask"
	QuoteAlways Quote = "always"
	QuoteNever  Quote = "never"
)

// Member is a person in one community.
type Member struct {
	Community    ID
	No           int64 // per community, from 1; 0 means nobody
	Name         string
	Language     string // BCP 47 base tag; empty when not said
	Country      string // ISO 3166-1 alpha-2; empty when not said
	Organisation Organisation
	Topics       []string // codes
	Role         Role
	Zone         string // IANA; empty: the community's
	Quote        Quote
	Helper       bool // may be asked for help
	WeeklyCap    int  // how many requests a week at most, as a helper
	Reviewer     bool // may be asked to review practices
	Stopped      bool // never written to first, counted nowhere
	Erased       bool // pseudonymised
	Joined       time.Time
}

// Organisation is where a member works. The zero value means none was said; it never counts as
// another organisation.
type Organisation struct {
	No        int64
	Name      string
	Country   string // ISO 3166-1 alpha-2
	Kind      string // provider, company, network, authority, other
	Site      string // web address
	Confirmed bool   // a moderator has confirmed it; until then it counts nowhere
}

// Account is a member's identity on one platform.
type Account struct {
	Platform string
	ID       string // opaque, the adapter's
	Space    string // where it was seen last
	Name     string
	Seen     time.Time
	MayWrite bool   // this person said that they may be written to directly
	Refused  bool   // a direct message was refused; not tried again
	Direct   string // the room of direct messages with this account, once known
}

// Topic is a subject that records and members are described by.
type Topic struct {
	Code   string            // such as "didactics"
	Labels map[string]string // language to label
	Hidden bool              // merged or removed: known, no longer offered
	Into   string            // the code that it was merged into
}

// Label is the topic's name in lang, else in English, else its code.
func (t Topic) Label(lang string) string {
	for _, l := range []string{lang, "en"} {
		if s := t.Labels[l]; s != "" {
			return s
		}
	}
	return t.Code
}

// Seed are the strategic topics that every community has from the start.
var Seed = []Topic{
	{Code: "labour-market", Labels: map[string]string{"en": "Labour-market-driven provision", "it": "Offerta orientata al mercato del lavoro"}},
	{Code: "didactics", Labels: map[string]string{"en": "Innovative didactics and technologies", "it": "Didattica e tecnologie innovative"}},
	{Code: "competences", Labels: map[string]string{"en": "Competences of trainers and VET professionals", "it": "Competenze di formatori e professionisti"}},
	{Code: "funding", Labels: map[string]string{"en": "European funding expertise", "it": "Competenze sui fondi europei"}},
}
