//go:build goolm

package matrix

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// keep is the backup of rooms' keys on the homeserver, which cannot read them: they are encrypted with
// a key that lies in the account's secret storage
// (https://spec.matrix.org/v1.16/client-server-api/#server-side-key-backups).
type keep struct {
	o       *olm
	key     *backup.MegolmBackupKey
	version id.KeyBackupVersion
	soon    chan struct{} // holds one token while a backup is on its way
}

// How long keys are gathered before they are backed up, and how many go at once.
const (
	backupTime  = time.Second
	backupBatch = 100
	backupTries = 10
)

// openBackup finds the account's backup or begins one. What is in it is taken over by a device that has
// no keys yet. There is none (nil) as long as there is no secret storage.
func (o *olm) openBackup(ctx context.Context) (*keep, error) {
	storage, err := o.storage(ctx)
	if storage == nil || err != nil {
		return nil, err
	}
	k := &keep{o: o, soon: make(chan struct{}, 1)}
	raw, err := o.m.SSSS.GetDecryptedAccountData(ctx, event.AccountDataMegolmBackupKey, storage)
	switch {
	case code(err) == "M_NOT_FOUND":
		if k.key, err = backup.NewMegolmBackupKey(); err == nil {
			err = o.m.SSSS.SetEncryptedAccountData(ctx, event.AccountDataMegolmBackupKey, k.key.Bytes(), storage)
		}
	case err == nil:
		k.key, err = backup.MegolmBackupKeyFromBytes(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("the key of the backup: %w", err)
	}
	got, err := o.m.GetAndVerifyLatestKeyBackupVersion(ctx, k.key)
	switch {
	case code(err) == "M_NOT_FOUND":
		return k, k.begin(ctx)
	case err != nil:
		return nil, fmt.Errorf("look at the backup: %w", err)
	}
	k.version = got.Version
	var n int
	if err := o.db.RawDB.QueryRowContext(ctx, `SELECT count(*) FROM crypto_megolm_inbound_session WHERE account_id = $1`, o.store.AccountID).Scan(&n); err != nil {
		return nil, fmt.Errorf("count the keys: %w", err)
	}
	if n == 0 {
		if err := o.m.GetAndStoreKeyBackup(ctx, k.version, k.key); err != nil {
			return nil, fmt.Errorf("read the backup: %w", err)
		}
	}
	return k, nil
}

// storage opens the account's secret storage with the recovery key; nil where there is none of ours.
func (o *olm) storage(ctx context.Context) (*ssss.Key, error) {
	kept, err := o.recovery(ctx)
	if err != nil || kept == "" || kept == begun {
		return nil, err
	}
	name, data, err := o.m.SSSS.GetDefaultKeyData(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the secret storage: %w", err)
	}
	key, err := data.VerifyRecoveryKey(name, kept)
	if err != nil {
		return nil, fmt.Errorf("open the secret storage: %w", err)
	}
	return key, nil
}

// begin makes an empty backup.
func (k *keep) begin(ctx context.Context) error {
	auth := backup.MegolmAuthData{PublicKey: id.Ed25519(base64.RawStdEncoding.EncodeToString(k.key.PublicKey().Bytes())), Signatures: signatures.Signatures{}}
	made, err := k.o.p.client.CreateKeyBackupVersion(ctx, &mautrix.ReqRoomKeysVersionCreate[backup.MegolmAuthData]{
		Algorithm: id.KeyBackupAlgorithmMegolmBackupV1, AuthData: auth})
	if err != nil {
		return fmt.Errorf("begin a backup: %w", err)
	}
	k.version = made.Version
	return nil
}

// more backs up what is new, a moment later and beside everything else. What is not backed up now is
// the next time.
func (k *keep) more() {
	if k == nil {
		return
	}
	select {
	case k.soon <- struct{}{}:
	default:
		return
	}
	k.o.p.alive.later(backupTime, func(ctx context.Context) {
		<-k.soon
		for failed := 0; ctx.Err() == nil; {
			n, err := k.put(ctx)
			if err == nil && n < backupBatch {
				return
			}
			if err == nil {
				continue
			}
			if failed++; failed == backupTries {
				k.o.p.log.Warn("matrix: back up keys", "error", err)
				return
			}
			pause(ctx, err, failed)
		}
	})
}

// put backs up a batch of keys, and says how many those were.
func (k *keep) put(ctx context.Context) (int, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	rows := k.o.store.GetGroupSessionsWithoutKeyBackupVersion(ctx, k.version)
	var batch []*crypto.InboundGroupSession
	err := rows.Iter(func(s *crypto.InboundGroupSession) (bool, error) {
		batch = append(batch, s)
		return len(batch) < backupBatch, nil
	})
	if err != nil {
		return 0, fmt.Errorf("read keys: %w", err)
	}
	if len(batch) == 0 {
		return 0, nil
	}
	req := &mautrix.ReqKeyBackup{Rooms: map[id.RoomID]mautrix.ReqRoomKeyBackup{}}
	for _, s := range batch {
		data, err := k.sealed(s)
		if err != nil {
			return 0, err
		}
		if req.Rooms[s.RoomID].Sessions == nil {
			req.Rooms[s.RoomID] = mautrix.ReqRoomKeyBackup{Sessions: map[id.SessionID]mautrix.ReqKeyBackupData{}}
		}
		req.Rooms[s.RoomID].Sessions[s.ID()] = data
	}
	if _, err := k.o.p.client.PutKeysInBackup(ctx, k.version, req); err != nil {
		return 0, fmt.Errorf("send keys: %w", err)
	}
	for _, s := range batch { // only this field: the rest of the row may have gone on meanwhile
		_, err := k.o.db.RawDB.ExecContext(ctx, `UPDATE crypto_megolm_inbound_session SET key_backup_version = $1 WHERE session_id = $2 AND account_id = $3`,
			k.version, s.ID(), k.o.store.AccountID)
		if err != nil {
			return 0, fmt.Errorf("note what is backed up: %w", err)
		}
	}
	return len(batch), nil
}

// sealed is a key as it stands in the backup.
func (k *keep) sealed(s *crypto.InboundGroupSession) (mautrix.ReqKeyBackupData, error) {
	first := s.Internal.FirstKnownIndex()
	exported, err := s.Internal.Export(first)
	if err != nil {
		return mautrix.ReqKeyBackupData{}, fmt.Errorf("export a key: %w", err)
	}
	chain := s.ForwardingChains
	if chain == nil {
		chain = []string{}
	}
	locked, err := backup.EncryptSessionData(k.key, backup.MegolmSessionData{Algorithm: id.AlgorithmMegolmV1, ForwardingKeyChain: chain,
		SenderClaimedKeys: backup.SenderClaimedKeys{Ed25519: s.SigningKey}, SenderKey: s.SenderKey, SessionKey: string(exported)})
	if err != nil {
		return mautrix.ReqKeyBackupData{}, fmt.Errorf("seal a key: %w", err)
	}
	raw, err := json.Marshal(locked)
	return mautrix.ReqKeyBackupData{FirstMessageIndex: int(first), ForwardedCount: len(chain), SessionData: raw}, errors.Join(err)
}
