package dendrite

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// secret is what registration by shared secret is signed with; the server is on loopback, for the
// time of a test.
const secret = "guildhall-test"

// configuration is Dendrite's, see dendrite-sample.yaml in its source. Paths are relative to the
// server's folder. A message queue left on the disk made it crash at the next start.
const configuration = `version: 2
global:
  server_name: ` + Name + `
  private_key: matrix_key.pem
  disable_federation: true
  trusted_third_party_id_servers: []
  jetstream:
    in_memory: true
    storage_path: ./
  cache:
    max_size_estimated: 64mb
client_api:
  registration_disabled: true
  registration_shared_secret: ` + secret + `
  guests_disabled: true
  rate_limiting:
    enabled: false
federation_api:
  database: {connection_string: "file:federationapi.db"}
  key_perspectives: []
key_server:
  database: {connection_string: "file:keyserver.db"}
media_api:
  database: {connection_string: "file:mediaapi.db"}
  base_path: ./media
mscs:
  database: {connection_string: "file:mscs.db"}
relay_api:
  database: {connection_string: "file:relayapi.db"}
room_server:
  database: {connection_string: "file:roomserver.db"}
sync_api:
  database: {connection_string: "file:syncapi.db"}
user_api:
  account_database: {connection_string: "file:userapi.db"}
  bcrypt_cost: 4
logging:
  - type: std
    level: warn
`

// configure writes the settings and a new signing key into dir.
func configure(dir string) error {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return fmt.Errorf("make Dendrite's key: %w", err)
	}
	var key bytes.Buffer
	block := &pem.Block{Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": "ed25519:test"}, Bytes: seed}
	if err := pem.Encode(&key, block); err != nil {
		return fmt.Errorf("make Dendrite's key: %w", err)
	}
	for name, content := range map[string][]byte{"matrix_key.pem": key.Bytes(), "dendrite.yaml": []byte(configuration)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("configure Dendrite: %w", err)
		}
	}
	return nil
}
