package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guildhall.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheEnvironmentWins(t *testing.T) {
	t.Parallel()
	secret := fileWith(t, "postgres://u:fromfile@db/g\n")
	path := fileWith(t, "[web]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"\n")
	env := map[string]string{"GUILDHALL_WEB_LISTEN": "127.0.0.1:2", "GUILDHALL_DATABASE_URL_FILE": secret}
	c, err := loadConfig(path, func(k string) string { return env[k] })
	if err != nil || c.Listen != "127.0.0.1:2" || c.DatabaseURL != "postgres://u:fromfile@db/g" || c.LogLevel.String() != "DEBUG" || c.FilesDir != "files" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestAllFaultsAreNamedAtOnceWithoutSecrets(t *testing.T) {
	t.Parallel()
	path := fileWith(t, "[database]\nurl = \"mysql://u:hunter2@h\"\n[web]\nlisten = \"nowhere\"\npublic_url = \"ftp://x\"\n[log]\nlevel = \"loud\"\nformat = \"xml\"\ncolour = true\n[wbe]\nx = 1\n")
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
	fromFile, err := loadConfig(fileWith(t, exampleConfig()), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if none, err := loadConfig("", func(string) string { return "" }); err != nil || !reflect.DeepEqual(none, fromFile) {
		t.Errorf("%+v is not %+v: %v", fromFile, none, err)
	}
}

func TestPlatforms(t *testing.T) {
	t.Parallel()
	path := fileWith(t, `
[matrix]
homeserver = "https://m.example.org"
user_id = "@guildhall:example.org"
password = "p"
[[slack]]
bot_token = "xoxb-1"
app_token = "xapp-1"
[[slack]]
bot_token = "xoxb-2"
signing_secret = "s"
command_prefix = "vet-"
[discord]
token = "t"
guild_ids = ["12", "34"]
message_content = true
`)
	env := map[string]string{"GUILDHALL_SLACK_APP_TOKEN": "xapp-9"}
	c, err := loadConfig(path, func(k string) string { return env[k] })
	if err != nil || len(c.Slack) != 2 || c.Slack[0].AppToken != "xapp-9" || c.Slack[1].AppToken != "" || c.Slack[1].Prefix != "vet-" ||
		len(c.Discord.GuildIDs) != 2 || !c.Discord.MessageContent || c.Matrix.Prefix != "!" || c.Matrix.DeviceName != "Guildhall" {
		t.Errorf("%+v %v", c, err)
	}
	env = map[string]string{"GUILDHALL_SLACK_BOT_TOKEN": "xoxb-1", "GUILDHALL_SLACK_APP_TOKEN": "xapp-1"}
	if c, err := loadConfig("", func(k string) string { return env[k] }); err != nil || len(c.Slack) != 1 || c.Slack[0].BotToken != "xoxb-1" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[matrix]\nhomeserver = \"https://m.example.org\"\n":                          "matrix.user_id is missing",
		"[matrix]\nhomeserver = \"https://m.example.org\"\nuser_id = \"@a:b\"\n":      "matrix.password or matrix.access_token is missing",
		"[slack]\nbot_token = \"xoxb-1\"\n":                                           "slack.app_token",
		"[slack]\nbot_token = \"hunter2\"\n":                                          "slack.bot_token should begin with xoxb-",
		"[slack]\nsigning_secret = \"s\"\nclient_id = \"c\"\nclient_secret = \"d\"\n": "web.secret is missing",
		"[discord]\nmessage_content = true\n":                                         "discord.token is missing",
		"[database]\nurl = hunter2\n":                                                 "line 2: this cannot be read as TOML",
		"url = \"x\"\n":                                                               "url is no setting",
	} {
		_, err := loadConfig(fileWith(t, text), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
