package webchat

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"time"

	"guildhall/core/chat"
)

// ID is what the platform is called in addresses.
const ID chat.PlatformID = "webchat"

// Options are what a web chat is made of. Dir alone is enough.
type Options struct {
	// Dir is the folder where the chat keeps what is its own: the journal and the files that were sent.
	// It is made when it is missing, and one process has it at a time. Store and Files, where they
	// are given, take its place.
	Dir   string
	Store Store // what was said; see OpenJournal and Memory
	Files Files // what was sent along; see OpenFolder

	Spaces   []Space   // none, with no personas: those of Demo
	Personas []Persona // the first is who a visitor is at first

	// URL is where people open the chat, such as "http://localhost:8080/chat/". Without it there are
	// no permalinks.
	URL string
	// MaxUpload is the largest file that people can send, in bytes; 0: 100 MB.
	MaxUpload int64
	Log       *slog.Logger     // nil: nothing is logged
	Now       func() time.Time // nil: time.Now
}

// Space is a workspace, with rooms of its own.
type Space struct {
	ID   chat.SpaceID
	Name string
	Lang string // BCP 47
}

// Persona is somebody a visitor can be.
type Persona struct {
	Account  chat.AccountID // also what others type after "@"; small letters, digits and dashes
	Name     string
	About    string         // one short line, such as "Trainer, Bologna"
	Locale   string         // BCP 47
	Zone     string         // IANA
	Spaces   []chat.SpaceID // where they are; the first is their home
	Admin    []chat.SpaceID // where they may set up Guildhall and remove what others wrote
	NoDirect bool           // they take no direct messages
}

// The demo's spaces and people, as it knows them.
const (
	DemoNet    chat.SpaceID   = "net"
	DemoPoznan chat.SpaceID   = "poznan"
	DemoAnna   chat.AccountID = "anna"
	DemoBogdan chat.AccountID = "bogdan"
	DemoMary   chat.AccountID = "mary"
)

// Demo is a network of two spaces with two members in different countries and a moderator, who looks
// after both spaces. Bogdan may set up Guildhall in his own.
func Demo() ([]Space, []Persona) {
	return []Space{
			{ID: DemoNet, Name: "VET Net Ireland & Italy", Lang: "en"},
			{ID: DemoPoznan, Name: "ZDZ Poznań", Lang: "en"},
		}, []Persona{
			{Account: DemoAnna, Name: "Anna Bianchi", About: "Trainer, Bologna", Locale: "it-IT", Zone: "Europe/Rome",
				Spaces: []chat.SpaceID{DemoNet}},
			{Account: DemoBogdan, Name: "Bogdan Nowak", About: "In-company mentor, Poznań", Locale: "pl-PL", Zone: "Europe/Warsaw",
				Spaces: []chat.SpaceID{DemoPoznan}, Admin: []chat.SpaceID{DemoPoznan}},
			{Account: DemoMary, Name: "Mary Walsh", About: "Moderator, Cork", Locale: "en-IE", Zone: "Europe/Dublin",
				Spaces: []chat.SpaceID{DemoNet, DemoPoznan}, Admin: []chat.SpaceID{DemoNet, DemoPoznan}},
		}
}

// us is the account that our own messages are from.
const us chat.AccountID = "guildhall"

// name of ourselves, as people see it.
const ourName = "Guildhall"

// accountForm is what an account may look like: it is typed after "@" and stands in addresses.
var accountForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// check names all that is wrong with o at once.
func (o Options) check() error {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if o.Dir == "" && (o.Store == nil || o.Files == nil) {
		fault("a folder, or a store and a place for files, is needed")
	}
	if len(o.Spaces) == 0 || len(o.Personas) == 0 {
		fault("at least one space and one persona are needed")
	}
	if u, err := url.Parse(o.URL); err != nil || o.URL != "" && u.Host == "" {
		fault("the address %q is not one that a browser can open", o.URL)
	}
	spaces := map[chat.SpaceID]bool{}
	for _, s := range o.Spaces {
		if s.ID == "" || spaces[s.ID] {
			fault("the space %q is without id, or there twice", s.ID)
		}
		spaces[s.ID] = true
	}
	seen := map[chat.AccountID]bool{us: true}
	for _, p := range o.Personas {
		if !accountForm.MatchString(string(p.Account)) || seen[p.Account] {
			fault("the account %q is taken, or not made of small letters, digits and dashes", p.Account)
		}
		seen[p.Account] = true
		if len(p.Spaces) == 0 {
			fault("%s is in no space", p.Account)
		}
		for _, s := range append(append([]chat.SpaceID{}, p.Spaces...), p.Admin...) {
			if !spaces[s] {
				fault("%s is in the space %q, which does not exist", p.Account, s)
			}
		}
	}
	return errors.Join(faults...)
}

// in says whether p is in space; admin, whether p looks after it.
func (p *Persona) in(space chat.SpaceID) bool    { return has(p.Spaces, space) }
func (p *Persona) admin(space chat.SpaceID) bool { return has(p.Admin, space) }

func (p *Persona) author() chat.Author {
	return chat.Author{Account: p.Account, Name: p.Name, Locale: p.Locale, Zone: p.Zone}
}

// location is the persona's time zone; UTC when it is unknown.
func (p *Persona) location() *time.Location {
	if p.Zone != "" {
		if l, err := time.LoadLocation(p.Zone); err == nil {
			return l
		}
	}
	return time.UTC
}

func has[T comparable](list []T, want T) bool {
	for _, x := range list {
		if x == want {
			return true
		}
	}
	return false
}

// open opens what o does not bring along in o.Dir, and returns what closes it again.
func (o *Options) open() (func() error, error) {
	closing := func() error { return nil }
	if o.Files == nil {
		f, err := OpenFolder(filepath.Join(o.Dir, "files"))
		if err != nil {
			return nil, err
		}
		o.Files = f
	}
	if o.Store == nil {
		j, err := OpenJournal(o.Dir)
		if err != nil {
			return nil, err
		}
		o.Store, closing = j, j.Close
	}
	return closing, nil
}
