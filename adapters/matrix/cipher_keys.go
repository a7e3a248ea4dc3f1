//go:build goolm

package matrix

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/crypto"
	_ "modernc.org/sqlite" // the driver for SQLite, without cgo
)

// openKeys opens the database of the encryption keys: a file of its own, or a schema of its own.
func openKeys(ctx context.Context, address string) (*dbutil.Database, error) {
	var raw *sql.DB
	var dialect string
	var err error
	switch path, lite := strings.CutPrefix(address, "sqlite:"); {
	case lite:
		dialect = "sqlite3"
		raw, err = openKeyFile(path)
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		dialect = "pgx"
		raw, err = openKeySchema(ctx, address)
	default:
		err = errors.New(`the address should begin with "sqlite:" or "postgres://"`)
	}
	if err != nil {
		return nil, fmt.Errorf("open the encryption keys: %w", err)
	}
	db, err := dbutil.NewWithDB(raw, dialect)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the encryption keys: %w", err), raw.Close())
	}
	if _, err := raw.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS guildhall_recovery (account TEXT PRIMARY KEY, sealed TEXT NOT NULL)`); err != nil {
		return nil, errors.Join(fmt.Errorf("open the encryption keys: %w", err), raw.Close())
	}
	return db, nil
}

// MakeKeys makes an empty database for encryption keys, which are then moved into it.
func MakeKeys(ctx context.Context, address string) error {
	db, err := openKeys(ctx, address)
	if err != nil {
		return err
	}
	err = crypto.NewSQLCryptoStore(db, dbutil.NoopLogger, "", "", nil).DB.Upgrade(ctx)
	return errors.Join(err, db.Close())
}

func openKeyFile(path string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
}

func openKeySchema(ctx context.Context, address string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address cannot be read") // the cause may hold the password
	}
	config.RuntimeParams["search_path"] = KeysSchema
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(4)
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+KeysSchema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// crossSign makes the bot's cross-signing keys, once, and signs the device with them. They lie in the
// account's secret storage, which opens with the recovery key that is kept here, sealed with the pickle
// key, and with words made of the pickle key alone: so they outlive the loss of what is kept here.
func (o *olm) crossSign(ctx context.Context) error {
	has, verified, err := o.m.GetOwnVerificationStatus(ctx)
	if err != nil {
		return fmt.Errorf("look at the cross-signing keys: %w", err)
	}
	if verified {
		return nil
	}
	kept, err := o.recovery(ctx)
	if err != nil {
		return err
	}
	if has && kept != "" && kept != begun {
		if err := o.m.VerifyWithRecoveryKey(ctx, kept); err != nil {
			return fmt.Errorf("cross-sign with the kept recovery key: %w", err)
		}
		return nil
	}
	if has && kept == "" {
		recovered, err := o.recover(ctx)
		switch {
		case recovered:
			return nil
		case !o.p.o.NewDevice:
			return fmt.Errorf("the account has cross-signing keys that [matrix] pickle_key does not open: give the pickle key that they were made with, or start once with new_device = true to make new ones (%w)", err)
		}
	}
	return o.makeSigning(ctx)
}

// recover cross-signs with the account's secret storage, as far as the pickle key opens it.
func (o *olm) recover(ctx context.Context) (bool, error) {
	name, data, err := o.m.SSSS.GetDefaultKeyData(ctx)
	if err != nil {
		return false, fmt.Errorf("look at the secret storage: %w", err)
	}
	key, err := data.VerifyPassphrase(name, o.passphrase())
	if err != nil {
		return false, fmt.Errorf("open the secret storage: %w", err)
	}
	if err := o.m.VerifyWithRecoveryKey(ctx, key.RecoveryKey()); err != nil {
		return false, fmt.Errorf("cross-sign with the secret storage: %w", err)
	}
	return true, o.keepRecovery(ctx, key.RecoveryKey())
}

// passphrase opens the account's secret storage.
func (o *olm) passphrase() string {
	sum := sha256.Sum256([]byte("guildhall secret storage " + o.p.o.PickleKey))
	return hex.EncodeToString(sum[:])
}

// makeSigning makes new cross-signing keys.
func (o *olm) makeSigning(ctx context.Context) error {
	if o.p.o.Password == "" {
		return errors.New("give [matrix] password once so that it can be")
	}
	// begun says that what the homeserver may have of a first try is ours, and can be replaced.
	if err := o.keepRecovery(ctx, begun); err != nil {
		return err
	}
	key, _, err := o.m.GenerateAndUploadCrossSigningKeysWithPassword(ctx, o.p.o.Password, o.passphrase())
	if err != nil {
		return fmt.Errorf("make cross-signing keys: %w", err)
	}
	if err := o.keepRecovery(ctx, key); err != nil {
		return err
	}
	if err := o.m.SignOwnDevice(ctx, o.m.OwnIdentity()); err != nil {
		return fmt.Errorf("sign the device: %w", err)
	}
	if err := o.m.SignOwnMasterKey(ctx); err != nil {
		return fmt.Errorf("sign the master key: %w", err)
	}
	return nil
}

const begun = "begun"

func (o *olm) sealer() (cipher.AEAD, error) {
	sum := sha256.Sum256([]byte("guildhall recovery " + o.p.o.PickleKey))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, fmt.Errorf("seal the recovery key: %w", err)
	}
	return cipher.NewGCM(block)
}

func (o *olm) recovery(ctx context.Context) (string, error) {
	var sealed string
	err := o.db.RawDB.QueryRowContext(ctx, `SELECT sealed FROM guildhall_recovery WHERE account = $1`, o.p.me).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) || sealed == begun {
		return sealed, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the recovery key: %w", err)
	}
	gcm, err := o.sealer()
	if err != nil {
		return "", err
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < gcm.NonceSize() {
		return "", errors.New("the recovery key cannot be read")
	}
	key, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], nil)
	if err != nil {
		return "", errors.New("the recovery key cannot be read: is the pickle key the one it was kept with?")
	}
	return string(key), nil
}

func (o *olm) keepRecovery(ctx context.Context, key string) error {
	sealed := key
	if key != begun {
		gcm, err := o.sealer()
		if err != nil {
			return err
		}
		nonce := make([]byte, gcm.NonceSize())
		if _, err := rand.Read(nonce); err != nil {
			return fmt.Errorf("seal the recovery key: %w", err)
		}
		sealed = base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(key), nil))
	}
	_, err := o.db.RawDB.ExecContext(ctx, `INSERT INTO guildhall_recovery (account, sealed) VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed`, o.p.me, sealed)
	if err != nil {
		return fmt.Errorf("keep the recovery key: %w", err)
	}
	return nil
}
