//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// olm is the encryption by mautrix' pure-Go implementation, with its keys in a database of their own.
type olm struct {
	p      *Platform
	m      *crypto.OlmMachine
	db     *dbutil.Database
	store  *crypto.SQLCryptoStore
	backup *keep      // nil: there is none
	mu     sync.Mutex // one at a time shares a room's key
	weak   string     // why other clients may not trust the bot's device; empty when they can
}

// openCipher loads the device's keys, publishes them where that was not done, and cross-signs the
// device: without that clients show a warning, and some never share keys with it.
func openCipher(ctx context.Context, p *Platform) (encryption, error) {
	db, err := openKeys(ctx, p.o.Keys)
	if err != nil {
		return nil, err
	}
	o := &olm{p: p, db: db}
	if err := o.load(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return o, nil
}

func (o *olm) load(ctx context.Context) error {
	device := o.p.client.DeviceID
	store := crypto.NewSQLCryptoStore(o.db, dbutil.NoopLogger, o.p.me+"|"+string(device), device, []byte(o.p.o.PickleKey))
	if err := store.DB.Upgrade(ctx); err != nil {
		return fmt.Errorf("upgrade the encryption keys' database: %w", err)
	}
	o.store = store
	quiet := zerolog.Nop()
	o.m = crypto.NewOlmMachine(o.p.client, &quiet, store, rooms{o.p})
	o.m.IgnorePostDecryptionParseErrors = true
	if err := o.m.Load(ctx); err != nil {
		return fmt.Errorf("%w: %w", errPickle, err)
	}
	if err := o.checkDevice(ctx); err != nil {
		return err
	}
	if err := o.crossSign(ctx); err != nil {
		// Messages can be read all the same.
		o.weak = err.Error()
		o.p.log.Warn("matrix: the device is not cross-signed, so other clients may not trust it", "error", err)
	}
	var err error
	if o.backup, err = o.openBackup(ctx); err != nil {
		o.backup = nil
		o.p.log.Warn("matrix: the encryption keys are not backed up on the homeserver", "error", err)
	}
	o.backup.more()
	o.m.GetOwnCrossSigningPublicKeys(ctx) // the machine keeps them without a lock: before anything else reads them
	return nil
}

// checkDevice compares the keys that we have with those that the homeserver has of us.
func (o *olm) checkDevice(ctx context.Context) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	me, device := id.UserID(o.p.me), o.p.client.DeviceID
	got, err := o.p.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{me: {device}}})
	if err != nil {
		return fmt.Errorf("ask for the device's keys: %w", err)
	}
	shared := o.m.GetAccount().Shared
	there, ok := got.DeviceKeys[me][device]
	switch {
	case (!ok || len(there.Keys) == 0) && shared:
		return lostKeys(fmt.Sprintf("the homeserver has lost the encryption keys of device %s: start once with new_device = true to log in as a new one", device))
	case !ok || len(there.Keys) == 0:
		if err := o.m.ShareKeys(ctx, -1); err != nil {
			return fmt.Errorf("publish the device's keys: %w", err)
		}
		return nil
	case !shared || there.Keys.GetEd25519(device) != o.m.OwnIdentity().SigningKey:
		return lostKeys(fmt.Sprintf("the encryption keys of device %s are not those that the homeserver knows: put back the file or schema "+
			"that they were kept in, or start once with new_device = true to log in as a new device", device))
	}
	return nil
}

// lostKeys is an error with which going on is pointless.
func lostKeys(sentence string) error {
	return fmt.Errorf("%s: %w", sentence, errors.Join(errKeysLost, chat.ErrGone))
}

// receive implements encryption.
func (o *olm) receive(ctx context.Context, got *reply, since string) {
	resp := &mautrix.RespSync{}
	_ = json.Unmarshal(got.DeviceLists, &resp.DeviceLists)
	if len(got.KeyCount) == 0 || json.Unmarshal(got.KeyCount, &resp.DeviceOTKCount) != nil {
		resp.DeviceOTKCount.SignedCurve25519 = 1 << 20 // the server did not count: do not make more
	}
	var to events
	_ = json.Unmarshal(got.ToDevice, &to)
	for _, raw := range to.Events {
		var e event.Event
		if json.Unmarshal(raw, &e) == nil {
			resp.ToDevice.Events = append(resp.ToDevice.Events, &e)
		}
	}
	o.m.ProcessSyncResponse(ctx, resp, since)
	if len(to.Events) > 0 {
		o.backup.more()
	}
}

// member implements encryption: the key of a room is made anew when somebody comes or goes.
func (o *olm) member(ctx context.Context, room string, e entry) {
	var evt event.Event
	if json.Unmarshal(e.raw, &evt) != nil {
		return
	}
	evt.RoomID = id.RoomID(room)
	evt.Type.Class = event.StateEventType
	if evt.Content.ParseRaw(evt.Type) != nil {
		return
	}
	o.m.HandleMemberEvent(ctx, &evt)
}

// encrypt implements encryption.
func (o *olm) encrypt(ctx context.Context, room, kind string, content json.RawMessage) (map[string]any, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	what := event.Type{Type: kind, Class: event.MessageEventType}
	sealed, err := o.m.EncryptMegolmEvent(ctx, id.RoomID(room), what, content)
	if crypto.IsShareError(err) || errors.Is(err, crypto.SessionExpired) || errors.Is(err, crypto.SessionNotShared) || errors.Is(err, crypto.NoGroupSession) {
		var users []id.UserID
		o.p.rooms.look(room, func(r *chamber) {
			in, invited := r.people("")
			for _, who := range slices.Concat(in, invited) {
				users = append(users, id.UserID(who))
			}
		})
		if err = o.m.ShareGroupSession(ctx, id.RoomID(room), users); err != nil {
			return nil, fmt.Errorf("share the room's key: %w", err)
		}
		o.backup.more()
		sealed, err = o.m.EncryptMegolmEvent(ctx, id.RoomID(room), what, content)
	}
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(sealed)
	if err != nil {
		return nil, fmt.Errorf("write an encrypted event: %w", err)
	}
	var out map[string]any
	return out, json.Unmarshal(raw, &out)
}

// decrypt implements encryption.
func (o *olm) decrypt(ctx context.Context, room string, e entry) (entry, error) {
	var evt event.Event
	if err := json.Unmarshal(e.raw, &evt); err != nil {
		return entry{}, fmt.Errorf("read an encrypted event: %w", err)
	}
	evt.RoomID = id.RoomID(room)
	evt.Type = event.EventEncrypted
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return entry{}, fmt.Errorf("read an encrypted event: %w", err)
	}
	plain, err := o.m.DecryptMegolmEvent(ctx, &evt)
	if errors.Is(err, crypto.NoSessionFound) {
		return entry{}, errNoKey
	}
	if err != nil {
		return entry{}, err
	}
	out := e
	out.Type, out.StateKey, out.Content, out.hidden = plain.Type.Type, nil, outerRelation(plain.Content.VeryRaw, e.Content), true
	return out, nil
}

// outerRelation is inner with the relation of the encrypted event where it has none: clients may
// leave it outside only.
func outerRelation(inner, outer json.RawMessage) json.RawMessage {
	var in, out map[string]json.RawMessage
	if json.Unmarshal(inner, &in) != nil || json.Unmarshal(outer, &out) != nil || in == nil {
		return inner
	}
	if _, has := in["m.relates_to"]; has || len(out["m.relates_to"]) == 0 {
		return inner
	}
	in["m.relates_to"] = out["m.relates_to"]
	whole, err := json.Marshal(in)
	if err != nil {
		return inner
	}
	return whole
}

// faults implements encryption.
func (o *olm) faults() []string {
	if o.weak == "" {
		return nil
	}
	return []string{"Other Matrix clients may not trust the bot's device, as it is not cross-signed: " + o.weak + "."}
}

func (o *olm) close() error {
	o.m.Destroy()
	return o.db.Close()
}

// rooms tells the encryption what it must know of rooms.
type rooms struct{ p *Platform }

// IsEncrypted implements crypto.StateStore.
func (r rooms) IsEncrypted(ctx context.Context, room id.RoomID) (bool, error) {
	return r.p.encrypted(ctx, string(room))
}

// GetEncryptionEvent implements crypto.StateStore.
func (r rooms) GetEncryptionEvent(ctx context.Context, room id.RoomID) (*event.EncryptionEventContent, error) {
	if _, err := r.p.know(ctx, string(room)); err != nil {
		return nil, err
	}
	var out event.EncryptionEventContent
	r.p.rooms.look(string(room), func(c *chamber) { _ = json.Unmarshal(c.encryption, &out) })
	return &out, nil
}

// FindSharedRooms implements crypto.StateStore.
func (r rooms) FindSharedRooms(_ context.Context, who id.UserID) ([]id.RoomID, error) {
	var out []id.RoomID
	for _, room := range r.p.rooms.ids() {
		r.p.rooms.look(room, func(c *chamber) {
			m := c.members[string(who)].Membership
			if c.encryption != nil && (m == "join" || m == "invite") {
				out = append(out, id.RoomID(room))
			}
		})
	}
	return out, nil
}
