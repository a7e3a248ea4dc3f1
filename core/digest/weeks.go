package digest

import "time"

// Weeks is how many weeks the picture of a week shows.
const Weeks = 12

// Rise is how much came into being in each section in each of some weeks.
type Rise struct {
	First     time.Time     // when the first week began; each is 7 days
	Sections  [4][Weeks]int // of communication, sharing, collaboration and cooperation
	Countries []string      // of those who took part, by code
}

// Sum is how much there is of a section.
func (r Rise) Sum(section int) (n int) {
	for _, x := range r.Sections[section] {
		n += x
	}
	return n
}

// Picture is the picture of a week, kept as a file.
type Picture struct {
	SHA256 string
	Size   int64
	Alt    string // its figures in words
}
