// Package sharing is the toolbox: what members deposit so that others can find and use it.
//
// A resource is described a little at first and more later; each change of its content is a new
// version under the same id. Nothing here knows how people ask for it, or where it is kept.
package sharing

import (
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Letter is the letter of a resource's id.
const Letter = 'R'

// The longest texts, in graphemes, and what else a resource can hold.
const (
	MaxTitle    = 200
	MaxSummary  = 4000
	MaxAudience = 200
	MaxNote     = 1000 // of a version or a use
	MaxReason   = 300
	MaxFiles    = 20
	MaxTopics   = 20
	MaxLevel    = 8 // of the European Qualifications Framework, from 1
)

// State is where a resource stands.
type State string

// The states. A draft is one that a curator has given back; editing it hands it in again.
const (
	Draft      State = "draft"
	Submitted  State = "submitted"
	Published  State = "published"
	Superseded State = "superseded"
	Withdrawn  State = "withdrawn"
)

// Kind is what kind of thing a resource is; empty when nobody said.
type Kind string

// Kinds are the kinds in the order in which they are offered.
var Kinds = []Kind{"document", "presentation", "lesson", "course", "assessment", "template", "video", "tool", "dataset", "case",
	"result", "link"}

// File is a file of a version. Its content is known by its sha256.
type File struct {
	Name string // as it was called, cleaned; never empty
	Type string // the media type
	Size int64  // bytes
	SHA  string // sha256 of the content, 64 small hexadecimal digits; empty while nobody has looked at it
	Kept bool   // the content is kept here; else only its name is, and where it can be fetched
	Ref  string // where its platform has it, for whoever fetches it; opaque, may be empty
}

// Content is what a version is made of.
type Content struct {
	Link  string // an http or https address as it is shown; empty for none
	Plain string // the form that the same link always has
	Files []File
}

// Version is one state of a resource's content.
type Version struct {
	Resource record.ID
	No       int64 // from 1, without gaps
	By       int64
	Note     string
	At       time.Time
	Content
}

// Resource is something in the toolbox, with its newest content.
type Resource struct {
	Community    int64
	ID           record.ID
	State        State
	Hidden       bool   // taken off view by a moderator
	Reason       string // why it was withdrawn or given back
	Depositor    int64
	Creator      int64            // the member who made it, where that is not the depositor; 0 for none
	Said         community.Answer // what the creator said to its being kept; empty without a creator
	Title        string           // empty once it is withdrawn, like all that people wrote
	Summary      string
	Kind         Kind
	Language     string  // BCP 47 base tag; empty when unknown
	Licence      Licence // empty: all rights reserved
	RightsHolder string
	Topics       []string // codes
	Level        int      // EQF, 1 to 8; 0 when not said
	Audience     string
	Source       record.Source
	ReplacedBy   record.ID // what supersedes it

	Version  int64 // the number of the newest
	Uses     int64 // how many members said that they used it
	Created  time.Time
	Issued   time.Time // when it was published; zero before
	Modified time.Time

	Content
}

// Subject is what the resource's card shows.
func (r *Resource) Subject() record.Subject { return record.Subject{ID: r.ID} }

// Public says whether every member may see the resource; one that was withdrawn after it was public
// is seen as its tombstone.
func (r *Resource) Public() bool {
	return !r.Hidden && (r.State == Published || r.State == Superseded || r.State == Withdrawn && !r.Issued.IsZero())
}

// MayRead says whether a member may see the resource: everyone once it is public; before, its
// depositor and curators; a hidden one moderators only.
func (r *Resource) MayRead(by community.Member) bool {
	switch {
	case r.Public():
		return true
	case r.Hidden:
		return by.Role >= community.RoleModerator
	}
	return by.No != 0 && by.No == r.Depositor || by.Role >= community.RoleCurator && r.State == Submitted ||
		by.Role >= community.RoleModerator
}

// MayChange says whether a member may edit the resource, add versions and withdraw it: its depositor
// and moderators.
func (r *Resource) MayChange(by community.Member) bool {
	return by.No != 0 && by.No == r.Depositor || by.Role >= community.RoleModerator
}

// Awaits says whether the creator has been asked and has not answered.
func (r *Resource) Awaits() bool { return r.Said == community.ConsentWaiting }

// Named says whether the creator's name may be shown.
func (r *Resource) Named() bool {
	return r.Creator != 0 && r.Said != community.ConsentUnnamed && r.Said != community.ConsentNo
}

// MayKeep says whether copies of the resource's files may be kept: its licence allows it, and its
// creator has agreed where that is somebody else.
func (r *Resource) MayKeep() bool {
	agreed, _ := r.Said.Allows()
	return r.Licence.AllowsCopies() && (r.Said == "" || agreed)
}

// Contents are the sha256 of the files that are kept, each once.
func (c Content) Contents() []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range c.Files {
		if f.Kept && !seen[f.SHA] {
			seen[f.SHA] = true
			out = append(out, f.SHA)
		}
	}
	return out
}

// Same says whether two contents are the same link and files.
func (c Content) Same(d Content) bool {
	if c.Plain != d.Plain || len(c.Files) != len(d.Files) {
		return false
	}
	for i := range c.Files {
		a, b := c.Files[i], d.Files[i]
		if a.SHA == "" || b.SHA == "" {
			if a.Ref == "" || a.Ref != b.Ref {
				return false
			}
		} else if a.SHA != b.SHA {
			return false
		}
	}
	return true
}

// IsEmpty says whether there is neither a link nor a file.
func (c Content) IsEmpty() bool { return c.Link == "" && len(c.Files) == 0 }

// unkept is c as it is where no copies may be kept.
func (c Content) unkept() Content {
	files := make([]File, len(c.Files))
	for i, f := range c.Files {
		f.Kept = false
		files[i] = f
	}
	c.Files = files
	return c
}
