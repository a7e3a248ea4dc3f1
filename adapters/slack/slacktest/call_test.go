package slacktest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"guildhall/adapters/slack/slacktest"
)

// call posts JSON arguments to a method without a library between, with the bot token.
func call(t testing.TB, s *slacktest.Server, method string, args map[string]any, out any) *http.Response {
	t.Helper()
	body, err := json.Marshal(args)
	ok(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, bytes.NewReader(body))
	ok(t, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	resp, err := http.DefaultClient.Do(req)
	ok(t, err)
	defer resp.Body.Close()
	ok(t, json.NewDecoder(resp.Body).Decode(out))
	return resp
}
