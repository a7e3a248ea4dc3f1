package matrix

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// KeysSchema is the schema on Postgres that the encryption keys have for themselves.
const KeysSchema = "guildhall_matrix"

// Options are what a Platform is made of.
type Options struct {
	ID          chat.PlatformID // empty: "matrix"
	Homeserver  string          // the base of the client API, such as https://matrix.example.org
	UserID      string          // @guildhall:example.org
	Password    string          // or
	AccessToken string
	DeviceName  string // empty: "Guildhall"
	NewDevice   bool   // log in as a new device when the homeserver does not know the kept one any more
	PickleKey   string // encrypts the keys at rest
	Prefix      string // before a command; empty: "!"
	// Replica is the program's name, for those who ask who leads.
	Replica string
	// Keys is where the encryption keys are kept: "sqlite:PATH" or a Postgres address, in a file or
	// schema of their own. Empty: no encryption.
	Keys string
	Lang string // of the few sentences that this package says by itself; empty: English

	Store Store
	// Known says whether an account belongs to a member. Nil: everyone counts as a stranger.
	Known func(ctx context.Context, who chat.AccountID) (bool, error)

	Log  *slog.Logger
	Now  func() time.Time
	HTTP *http.Client // nil: one of its own
}

// Platform is Matrix as the engine sees it. Its methods may be called at the same time.
type Platform struct {
	o      Options
	id     chat.PlatformID
	me     string // the bot's user id
	server string // the bot's server name
	log    *slog.Logger
	now    func() time.Time
	holder string // this process, for the lease

	client *mautrix.Client
	bearer *bearer
	open   chan struct{} // holds one token: who has it may open the session
	opened bool
	cipher encryption

	rooms  *cache
	seen   *memory
	people *profiles
	alive  *alive
	placer *placer
	gates  gates

	mu      sync.Mutex
	epoch   int64
	leading bool
	unread  map[string]bool // what waits for its key, as room/event
	listed  bool            // unread is what the store has, too
}

var (
	_ chat.Platform   = (*Platform)(nil)
	_ chat.Editor     = (*Platform)(nil)
	_ chat.Director   = (*Platform)(nil)
	_ chat.Roomer     = (*Platform)(nil)
	_ chat.Adopter    = (*Platform)(nil)
	_ chat.Reader     = (*Platform)(nil)
	_ chat.Downloader = (*Platform)(nil)
	_ chat.Warden     = (*Platform)(nil)
	_ chat.Linker     = (*Platform)(nil)
	_ chat.Checker    = (*Platform)(nil)
	_ chat.Inviter    = (*Platform)(nil)
)

// userID is "@localpart:server" as https://spec.matrix.org/v1.16/appendices/#user-identifiers has it.
var userID = regexp.MustCompile(`^@[^:\s]*:[^\s/]+$`)

// New makes a platform. It asks nothing of the homeserver yet; its errors are about the options.
func New(o Options) (*Platform, error) {
	base, err := url.Parse(o.Homeserver)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("the homeserver should be an address such as https://matrix.example.org")
	case !userID.MatchString(o.UserID):
		return nil, errors.New("the user id should be like @guildhall:example.org")
	case o.Password == "" && o.AccessToken == "":
		return nil, errors.New("a password or an access token is needed")
	case o.Store == nil:
		return nil, errors.New("a store is needed")
	case o.Keys != "" && o.PickleKey == "":
		return nil, errors.New("a pickle key is needed to keep the encryption keys")
	}
	defaults(&o)
	p := &Platform{o: o, id: o.ID, me: o.UserID, log: o.Log, now: o.Now, holder: o.Replica + "/" + newHolder(), open: make(chan struct{}, 1),
		rooms: newCache(o.UserID), seen: newMemory(), gates: newGates(), unread: map[string]bool{}}
	_, p.server, _ = strings.Cut(o.UserID, ":")
	p.client, err = mautrix.NewClient(strings.TrimRight(o.Homeserver, "/"), id.UserID(o.UserID), "")
	if err != nil {
		return nil, fmt.Errorf("homeserver address: %w", err)
	}
	p.bearer, p.client.Client = newBearer(o.HTTP, base)
	p.client.Log = zerolog.Nop()
	p.client.DefaultHTTPRetries = 0
	p.client.IgnoreRateLimit = true // the queue obeys it, not a sleeping call
	p.client.UserAgent = "Guildhall"
	p.client.StateStore = nil
	p.people = newProfiles(p)
	p.alive, p.placer = newAlive(p), newPlacer(p)
	return p, nil
}

func defaults(o *Options) {
	if o.ID == "" {
		o.ID = "matrix"
	}
	if o.DeviceName == "" {
		o.DeviceName = "Guildhall"
	}
	if o.Prefix == "" {
		o.Prefix = "!"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		o.HTTP = &http.Client{Transport: t} // each call brings its own deadline
	}
}

// limits: an event may have 65,536 bytes (https://spec.matrix.org/v1.16/client-server-api/#size-limits)
// and holds a text twice, as it is and as HTML, encrypted a third larger. Buttons are reactions.
var limits = chat.Limits{
	Message: 6000, Title: 200, Text: 3000, FieldName: 80, FieldValue: 1000, Fields: 25, Rows: 25,
	Buttons: 10, Label: 80, Options: 20, FileBytes: 50 << 20,
}

// Platform implements chat.Platform.
func (p *Platform) Platform() chat.Info {
	return chat.Info{ID: p.id, Name: "Matrix", Prefix: p.o.Prefix, Limits: limits}
}

// Close closes the store of encryption keys. The platform must not be used any more.
func (p *Platform) Close() error {
	p.alive.close()
	if p.cipher == nil {
		return nil
	}
	return p.cipher.close()
}
