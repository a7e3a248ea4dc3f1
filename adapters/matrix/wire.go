package matrix

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the homeserver says, as far as it is looked at. Events are kept raw until each is read by
// itself: one odd event of a hostile client must not spoil the answer that it came in.

// reply is an answer of /sync.
type reply struct {
	NextBatch string `json:"next_batch"`
	Rooms     struct {
		Join   map[string]joinedRoom  `json:"join"`
		Invite map[string]invitedRoom `json:"invite"`
		Leave  map[string]joinedRoom  `json:"leave"`
	} `json:"rooms"`
	AccountData events `json:"account_data"`
	// For the encryption.
	ToDevice    json.RawMessage `json:"to_device"`
	DeviceLists json.RawMessage `json:"device_lists"`
	KeyCount    json.RawMessage `json:"device_one_time_keys_count"`
	Fallback    json.RawMessage `json:"device_unused_fallback_key_types"`
}

type events struct {
	Events []json.RawMessage `json:"events"`
}

type joinedRoom struct {
	State    events `json:"state"`
	Timeline struct {
		events
		Limited   bool   `json:"limited"`
		PrevBatch string `json:"prev_batch"`
	} `json:"timeline"`
}

type invitedRoom struct {
	State events `json:"invite_state"`
}

// entry is one event of a room.
type entry struct {
	ID       string          `json:"event_id"`
	Type     string          `json:"type"`
	Sender   string          `json:"sender"`
	StateKey *string         `json:"state_key"`
	Time     float64         `json:"origin_server_ts"` // milliseconds; some send fractions
	Content  json.RawMessage `json:"content"`
	Redacts  string          `json:"redacts"` // before room version 11
	Unsigned json.RawMessage `json:"unsigned"`

	raw    json.RawMessage // as it came
	hidden bool            // it came encrypted
}

// read reads one event; ok is false when it is none.
func read(raw json.RawMessage) (entry, bool) {
	var e entry
	if json.Unmarshal(raw, &e) != nil || e.Type == "" {
		return entry{}, false
	}
	e.raw = raw
	if len(e.Content) == 0 || bytes.Equal(e.Content, []byte("null")) {
		e.Content = json.RawMessage("{}")
	}
	return e, true
}

func readAll(list []json.RawMessage) []entry {
	out := make([]entry, 0, len(list))
	for _, raw := range list {
		if e, ok := read(raw); ok {
			out = append(out, e)
		}
	}
	return out
}

// into reads the content of e; fields of an odd kind stay empty.
func (e entry) into(v any) { _ = json.Unmarshal(e.Content, v) }

// isState says whether e is the state event kind with an empty key.
func (e entry) isState(kind string) bool {
	return e.Type == kind && e.StateKey != nil && *e.StateKey == ""
}

// content is what a message says.
type content struct {
	Kind     string   `json:"msgtype"`
	Body     string   `json:"body"`
	Format   string   `json:"format,omitempty"`
	HTML     string   `json:"formatted_body,omitempty"`
	FileName string   `json:"filename,omitempty"`
	URL      string   `json:"url,omitempty"`
	File     *locked  `json:"file,omitempty"`
	Info     *about   `json:"info,omitempty"`
	Relates  *relates `json:"m.relates_to,omitempty"`
	New      *content `json:"m.new_content,omitempty"`
	Mentions *mention `json:"m.mentions,omitempty"`

	Key      string  `json:"guildhall.key,omitempty"`
	Offers   []offer `json:"guildhall.offers,omitempty"`
	Threaded bool    `json:"guildhall.threaded,omitempty"`

	// Marks that bridges leave on what they carry over.
	Puppet   json.RawMessage `json:"fi.mau.double_puppet_source,omitempty"`
	External string          `json:"external_url,omitempty"`
}

// UnmarshalJSON reads field by field, so that one of an odd kind does not spoil the others.
func (c *content) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil //nolint:nilerr // no object: it says nothing
	}
	for name, into := range map[string]any{
		"msgtype": &c.Kind, "body": &c.Body, "format": &c.Format, "formatted_body": &c.HTML, "filename": &c.FileName,
		"url": &c.URL, "file": &c.File, "info": &c.Info, "m.relates_to": &c.Relates, "m.new_content": &c.New,
		"m.mentions": &c.Mentions, "guildhall.key": &c.Key, "guildhall.offers": &c.Offers, "guildhall.threaded": &c.Threaded,
		"external_url": &c.External, "fi.mau.double_puppet_source": &c.Puppet,
	} {
		if v, ok := fields[name]; ok {
			_ = json.Unmarshal(v, into)
		}
	}
	// Clients say it so where the homeserver does not tell that it knows threads, as Dendrite does not.
	if c.Relates != nil && c.Relates.Type == "io.element.thread" {
		c.Relates.Type = "m.thread"
	}
	if c.Relates != nil && !c.Relates.sane() {
		c.Relates = nil
	}
	return nil
}

// maxID is how long an id may be, in bytes (https://spec.matrix.org/v1.16/appendices/#opaque-identifiers).
const maxID = 255

// saneID says whether what a client named can be an event's id. It is kept and asked for, so nothing
// else is let in.
func saneID(id string) bool {
	return len(id) > 1 && len(id) <= maxID && id[0] == '$' && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl) && !strings.ContainsAny(id, " /")
}

// sane says whether a relation names what can be.
func (r *relates) sane() bool {
	return (r.Event == "" || saneID(r.Event)) && (r.Answered == nil || saneID(r.Answered.Event)) && len(r.Key) <= maxKey &&
		!strings.ContainsFunc(r.Key, unicode.IsControl)
}

// maxKey is how long a reaction may be, in bytes: flags of regions and families are the longest that
// anybody presses. Others write words, which nothing is bound to.
const maxKey = 64

// locked is an encrypted file (https://spec.matrix.org/v1.16/client-server-api/#extensions-to-mroommessage-msgtypes).
type locked struct {
	URL     string            `json:"url"`
	Key     lockedKey         `json:"key"`
	IV      string            `json:"iv"`
	Hashes  map[string]string `json:"hashes"`
	Version string            `json:"v"`
}

type lockedKey struct {
	Algorithm   string   `json:"alg"`
	Extractable bool     `json:"ext"`
	Key         string   `json:"k"`
	Ops         []string `json:"key_ops"`
	Type        string   `json:"kty"`
}

type about struct {
	Type   string  `json:"mimetype,omitempty"`
	Size   float64 `json:"size,omitempty"`
	Width  float64 `json:"w,omitempty"`
	Height float64 `json:"h,omitempty"`
}

type relates struct {
	Type     string     `json:"rel_type,omitempty"`
	Event    string     `json:"event_id,omitempty"`
	Key      string     `json:"key,omitempty"`
	Falling  bool       `json:"is_falling_back,omitempty"`
	Answered *inReplyTo `json:"m.in_reply_to,omitempty"`
}

type inReplyTo struct {
	Event string `json:"event_id"`
}

type mention struct {
	Users []string `json:"user_ids,omitempty"`
	Room  bool     `json:"room,omitempty"`
}

// thread is the root of the thread that the message stands in.
func (c *content) thread() string {
	if c.Relates != nil && c.Relates.Type == "m.thread" {
		return c.Relates.Event
	}
	return ""
}

// answers is the message that it replies to; not the one that stands there for clients without threads.
func (c *content) answers() string {
	if c.Relates == nil || c.Relates.Answered == nil || c.Relates.Type == "m.thread" && c.Relates.Falling || c.Relates.Type == "m.replace" {
		return ""
	}
	return c.Relates.Answered.Event
}
