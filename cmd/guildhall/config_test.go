package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guildhall.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheEnvironmentWins(t *testing.T) {
	t.Parallel()
	secret := written(t, "postgres://u:fromfile@db/g\n")
	path := written(t, "[web]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"\n")
	env := map[string]string{"GUILDHALL_WEB_LISTEN": "127.0.0.1:2", "GUILDHALL_DATABASE_URL_FILE": secret}
	c, err := loadConfig(path, func(k string) string { return env[k] })
	if err != nil || c.Listen != "127.0.0.1:2" || c.DatabaseURL != "postgres://u:fromfile@db/g" || c.LogLevel.String() != "DEBUG" || c.FilesDir != "files" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestAllFaultsAreNamedAtOnceWithoutSecrets(t *testing.T) {
	t.Parallel()
	path := written(t, "[database]\nurl = \"mysql://u:hunter2@h\"\n[web]\nlisten = \"nowhere\"\npublic_url = \"ftp://x\"\n[log]\nlevel = \"loud\"\nformat = \"xml\"\ncolour = true\n[wbe]\nx = 1\n")
	_, err := loadConfig(path, func(string) string { return "" })
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"database.url should", "web.listen should", "web.public_url should", "log.level should", "log.format should", "log.colour is no setting", "wbe.x is no setting"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret is in: %v", err)
	}
}

func TestTheExampleIsTheDefaults(t *testing.T) {
	t.Parallel()
	fromFile, err := loadConfig(written(t, exampleConfig()), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if none, err := loadConfig("", func(string) string { return "" }); err != nil || none != fromFile {
		t.Errorf("%+v is not %+v: %v", fromFile, none, err)
	}
}
