package dendrite

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Register makes an account and returns its full id, "@anna:guildhall.test". The test logs in by
// itself: the token that registration gives belongs to a device without a proper name.
func (s *Server) Register(tb testing.TB, user, password string) string {
	tb.Helper()
	id, err := s.Account(tb.Context(), user, password)
	if err != nil {
		tb.Fatalf("register %s: %v", user, err)
	}
	return id
}

// Account is Register for what is no test. It follows the shared-secret registration that Dendrite took over from Synapse:
// https://element-hq.github.io/synapse/latest/admin_api/register_api.html
func (s *Server) Account(ctx context.Context, user, password string) (string, error) {
	address := s.URL() + "/_synapse/admin/v1/register"
	var nonce struct{ Nonce string }
	if err := get(ctx, address, &nonce); err != nil {
		return "", err
	}
	mac := hmac.New(sha1.New, []byte(secret))
	fmt.Fprintf(mac, "%s\x00%s\x00%s\x00notadmin", nonce.Nonce, user, password)
	body, err := json.Marshal(map[string]any{
		"nonce": nonce.Nonce, "username": user, "password": password, "admin": false,
		"mac": hex.EncodeToString(mac.Sum(nil)),
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	var made struct {
		UserID string `json:"user_id"`
	}
	if err := do(req, &made); err != nil {
		return "", err
	}
	return made.UserID, nil
}

func get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return do(req, into)
}

// do sends req and reads the JSON answer into what into points to, which may be nil.
func do(req *http.Request, into any) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", req.Method, req.URL.Path, resp.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
