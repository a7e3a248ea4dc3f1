package search

import "time"

// Doc is a record as search knows it.
type Doc struct {
	Section  string // a community.Section
	Letter   string // of the record's id
	Number   int64
	Kind     string // within the section, such as "document"
	Title    string
	Body     string // whatever else can be found, in any order
	Language string // BCP 47 base tag; empty when unknown
	Topics   []string
	State    string
	At       time.Time // of the last change that readers care about
	Uses     int       // how often it was used, adopted or joined
}
