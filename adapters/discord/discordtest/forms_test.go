package discordtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"guildhall/adapters/discord/discordtest"
)

func long(n int) string { return strings.Repeat("ä", n) }

func list(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// rows is a message with one action row that holds what is given.
func rows(components string) string {
	return `{"content":"x","components":[{"type":1,"components":` + components + `}]}`
}

// TestLimitsOfMessages has one case a limit: what just fits, and what is one too much, with the field
// that the error names.
func TestLimitsOfMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	const button = `{"type":2,"style":1,"label":"b","custom_id":"c#"}`
	option := `{"label":"o","value":"v#"}`
	menu := func(options string) string {
		return rows(`[{"type":3,"custom_id":"m","options":` + options + `}]`)
	}
	field := `{"name":"n","value":"v"}`
	embed := func(inner string) string { return `{"embeds":[{` + inner + `}]}` }
	for name, c := range map[string]struct{ fits, over, at, code string }{
		"content":       {`{"content":"` + long(2000) + `"}`, `{"content":"` + long(2001) + `"}`, "content", "BASE_TYPE_MAX_LENGTH"},
		"title":         {embed(`"title":"` + long(256) + `"`), embed(`"title":"` + long(257) + `"`), "embeds.0.title", "BASE_TYPE_MAX_LENGTH"},
		"description":   {embed(`"description":"` + long(4096) + `"`), embed(`"description":"` + long(4097) + `"`), "embeds.0.description", "BASE_TYPE_MAX_LENGTH"},
		"fields":        {embed(`"fields":` + list(25, field)), embed(`"fields":` + list(26, field)), "embeds.0.fields", "BASE_TYPE_MAX_LENGTH"},
		"field value":   {embed(`"fields":[{"name":"n","value":"` + long(1024) + `"}]`), embed(`"fields":[{"name":"n","value":"` + long(1025) + `"}]`), "embeds.0.fields.0.value", "BASE_TYPE_BAD_LENGTH"},
		"field name":    {embed(`"fields":[{"name":"` + long(256) + `","value":"v"}]`), embed(`"fields":[{"name":"` + long(257) + `","value":"v"}]`), "embeds.0.fields.0.name", "BASE_TYPE_BAD_LENGTH"},
		"empty field":   {embed(`"fields":[{"name":"n","value":"v"}]`), embed(`"fields":[{"name":"n","value":""}]`), "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"},
		"embeds":        {`{"embeds":` + list(10, `{"title":"t"}`) + `}`, `{"embeds":` + list(11, `{"title":"t"}`) + `}`, "embeds", "BASE_TYPE_MAX_LENGTH"},
		"embeds' total": {`{"embeds":` + list(6, `{"description":"`+long(1000)+`"}`) + `}`, `{"embeds":` + list(6, `{"description":"`+long(1001)+`"}`) + `}`, "embeds", "MAX_EMBED_SIZE_EXCEEDED"},
		"embed's url":   {embed(`"title":"t","url":"https://example.org"`), embed(`"title":"t","url":"javascript:alert(1)"`), "embeds.0.url", "URL_TYPE_INVALID_URL"},
		"rows":          {`{"content":"x","components":` + list(5, `{"type":1,"components":[`+button+`]}`) + `}`, `{"content":"x","components":` + list(6, `{"type":1,"components":[`+button+`]}`) + `}`, "components", "BASE_TYPE_MAX_LENGTH"},
		"buttons":       {rows(list(5, button)), rows(list(6, button)), "components.0.components", "BASE_TYPE_BAD_LENGTH"},
		"label":         {rows(`[{"type":2,"style":1,"label":"` + long(80) + `","custom_id":"c"}]`), rows(`[{"type":2,"style":1,"label":"` + long(81) + `","custom_id":"c"}]`), "components.0.components.0.label", "BASE_TYPE_MAX_LENGTH"},
		"custom id":     {rows(`[{"type":2,"style":1,"label":"l","custom_id":"` + long(100) + `"}]`), rows(`[{"type":2,"style":1,"label":"l","custom_id":"` + long(101) + `"}]`), "components.0.components.0.custom_id", "BASE_TYPE_BAD_LENGTH"},
		"unique ids":    {rows(list(2, button)), rows(list(2, `{"type":2,"style":1,"label":"b","custom_id":"c"}`)), "components.0.components.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"},
		"options":       {menu(list(25, option)), menu(list(26, option)), "components.0.components.0.options", "BASE_TYPE_BAD_LENGTH"},
		"option values": {menu(list(2, option)), menu(list(2, `{"label":"o","value":"v"}`)), "components.0.components.0.options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"},
		"placeholder":   {rows(`[{"type":5,"custom_id":"m","placeholder":"` + long(150) + `"}]`), rows(`[{"type":5,"custom_id":"m","placeholder":"` + long(151) + `"}]`), "components.0.components.0.placeholder", "BASE_TYPE_MAX_LENGTH"},
		"row's width":   {rows(`[{"type":5,"custom_id":"m"}]`), rows(`[{"type":5,"custom_id":"m"},` + button + `]`), "components.0.components.0", "COMPONENT_LAYOUT_WIDTH_EXCEEDED"},
		"link":          {rows(`[{"type":2,"style":5,"label":"l","url":"https://example.org"}]`), rows(`[{"type":2,"style":5,"label":"l"}]`), "components.0.components.0.url", "BASE_TYPE_REQUIRED"},
		"nonce":         {`{"content":"x","nonce":"` + long(25) + `"}`, `{"content":"x","nonce":"` + long(26) + `"}`, "nonce", "BASE_TYPE_MAX_LENGTH"},
		"mentions":      {`{"content":"x","allowed_mentions":{"parse":["roles"],"users":["1"]}}`, `{"content":"x","allowed_mentions":{"parse":["users"],"users":["1"]}}`, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
		"reply":         {`{"content":"x","message_reference":{"message_id":"1","fail_if_not_exists":false}}`, `{"content":"x","message_reference":{"message_id":"1"}}`, "message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"},
	} {
		t.Run(name, func(t *testing.T) {
			w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", c.fits).wants(t, 200, 0)
			r := w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", c.over).wants(t, 400, 50035)
			if got := errorAt(t, r.Errors, c.at); got != c.code {
				t.Errorf("at %s the error is %q, want %q: %s", c.at, got, c.code, r.body)
			}
		})
	}
	for _, body := range []string{`{}`, `{"content":"  \n"}`, `{"content":null,"embeds":[],"components":[]}`} {
		w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", body).wants(t, 400, 50006)
	}
	w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", `{"content":`).wants(t, 400, 50109)
	w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", `{"content":{}}`).wants(t, 400, 50035)
}

// errorAt is the code of the first fault at a dotted path of a 50035's errors.
func errorAt(t *testing.T, errors json.RawMessage, path string) string {
	t.Helper()
	at := errors
	for _, key := range strings.Split(path, ".") {
		var m map[string]json.RawMessage
		check(t, json.Unmarshal(at, &m))
		if at = m[key]; at == nil {
			return ""
		}
	}
	var leaf struct {
		Errors []struct{ Code string } `json:"_errors"`
	}
	check(t, json.Unmarshal(at, &leaf))
	if len(leaf.Errors) == 0 {
		return ""
	}
	return leaf.Errors[0].Code
}

func TestLimitsOfCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	path := "/applications/" + w.App().ID.String() + "/commands"
	command := func(rest string) string { return `{"name":"a","description":"d"` + rest + `}` }
	option := `{"type":3,"name":"o#","description":"d"}`
	choice := `{"name":"c#","value":"v"}`
	for name, c := range map[string]struct{ fits, over, at, code string }{
		"name":        {`{"name":"` + long(32) + `","description":"d"}`, `{"name":"` + long(33) + `","description":"d"}`, "name", "BASE_TYPE_BAD_LENGTH"},
		"case":        {`{"name":"über-uns_2","description":"d"}`, `{"name":"Über","description":"d"}`, "name", "APPLICATION_COMMAND_INVALID_NAME"},
		"pattern":     {`{"name":"chiedi","description":"d"}`, `{"name":"chi edi","description":"d"}`, "name", "APPLICATION_COMMAND_INVALID_NAME"},
		"description": {`{"name":"a","description":"` + long(100) + `"}`, `{"name":"a","description":"` + long(101) + `"}`, "description", "BASE_TYPE_BAD_LENGTH"},
		"no words":    {`{"name":"a","description":"d"}`, `{"name":"a"}`, "description", "BASE_TYPE_REQUIRED"},
		"menu":        {`{"name":"Show This","type":3}`, `{"name":"Show This","type":3,"description":"d"}`, "description", "APPLICATION_COMMAND_DESCRIPTION_CANNOT_BE_PROVIDED"},
		"options":     {command(`,"options":` + list(25, option)), command(`,"options":` + list(26, option)), "options", "BASE_TYPE_MAX_LENGTH"},
		"choices":     {command(`,"options":[{"type":3,"name":"o","description":"d","choices":` + list(25, choice) + `}]`), command(`,"options":[{"type":3,"name":"o","description":"d","choices":` + list(26, choice) + `}]`), "options.0.choices", "BASE_TYPE_MAX_LENGTH"},
		"order":       {command(`,"options":[{"type":3,"name":"a","description":"d","required":true},{"type":3,"name":"b","description":"d"}]`), command(`,"options":[{"type":3,"name":"a","description":"d"},{"type":3,"name":"b","description":"d","required":true}]`), "options.1", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"},
		"mixed":       {command(`,"options":[{"type":1,"name":"a","description":"d"}]`), command(`,"options":[{"type":1,"name":"a","description":"d"},{"type":3,"name":"b","description":"d"}]`), "options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"},
		"twice":       {command(`,"options":` + list(2, option)), command(`,"options":` + list(2, `{"type":3,"name":"o","description":"d"}`)), "options.1", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"},
		"deep": {command(`,"options":[{"type":2,"name":"g","description":"d","options":[{"type":1,"name":"s","description":"d"}]}]`),
			command(`,"options":[{"type":2,"name":"g","description":"d","options":[{"type":2,"name":"s","description":"d","options":[{"type":1,"name":"x","description":"d"}]}]}]`), "options.0.options.0.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"},
		"locale": {command(`,"name_localizations":{"it":"chiedi"}`), command(`,"name_localizations":{"tlh":"x"}`), "name_localizations.tlh", "LOCALIZATION_UNKNOWN_LOCALE"},
		"size":   {command(`,"options":` + list(20, `{"type":3,"name":"o#","description":"`+long(90)+`"}`)), command(`,"options":` + list(5, `{"type":3,"name":"o#","description":"d","choices":`+list(25, `{"name":"#`+long(80)+`","value":"v"}`)+`}`)), "", "APPLICATION_COMMAND_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := w.rest("POST", path, c.fits); r.status != 200 && r.status != 201 {
				t.Errorf("what fits was refused: %s", r.body)
			}
			r := w.rest("POST", path, c.over).wants(t, 400, 50035)
			at := c.at
			if at == "" {
				if !strings.Contains(string(r.Errors), c.code) {
					t.Errorf("the errors are %s", r.Errors)
				}
				return
			}
			if got := errorAt(t, r.Errors, at); got != c.code {
				t.Errorf("at %s the error is %q, want %q: %s", at, got, c.code, r.body)
			}
		})
	}
}

func TestBulkOverwriteAndDailyCreations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	path := "/applications/" + w.App().ID.String() + "/commands"
	set := func(prefix string, n int) response {
		return w.rest("PUT", path, list(n, `{"name":"`+prefix+`#","description":"d"}`))
	}
	set("a", 101).wants(t, 400, 30032)
	set("a", 100).wants(t, 200, 0)
	ids := map[string]discordtest.Snowflake{}
	for _, c := range w.Commands() {
		ids[c.Name] = c.ID
	}
	set("a", 100).wants(t, 200, 0)
	for _, c := range w.Commands() {
		if ids[c.Name] != c.ID {
			t.Errorf("%s has another id after the same overwrite", c.Name)
		}
	}
	if n := w.Creations(); n != 100 {
		t.Errorf("%d creations count, want 100", n)
	}
	set("b", 100).wants(t, 200, 0)
	set("c", 1).wants(t, 400, 30034)
	w.rest("PUT", path, `[{"name":"x","description":"d"},{"name":"x","description":"d"}]`).wants(t, 400, 50035)
	w.Advance(25 * 60 * 60 * 1e9)
	set("c", 1).wants(t, 200, 0)
	w.rest("PUT", "/applications/1/commands", `[]`).wants(t, 403, 20012)
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{UploadLimit: 1000, NoSchema: true})
	path := "/channels/" + w.room.ID.String() + "/messages"
	send := func(files, size int) response {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		check(t, m.WriteField("payload_json", `{"content":"files","attachments":[{"id":0,"description":"the first"}]}`))
		for i := range files {
			f := must(m.CreateFormFile(fmt.Sprintf("files[%d]", i), fmt.Sprintf("f%d.txt", i)))(t)
			must(f.Write(bytes.Repeat([]byte("x"), size)))(t)
		}
		check(t, m.Close())
		return w.send("POST", path, m.FormDataContentType(), &b, true)
	}
	send(1, 1001).wants(t, 413, 40005)
	send(11, 1).wants(t, 400, 50035)
	send(2, 1000).wants(t, 200, 0)
	m := must(w.ann.SeesText(w.room, "files"))(t)
	if len(m.Files) != 2 || m.Files[0].Description != "the first" || m.Files[1].Name != "f1.txt" || m.Files[1].Size != 1000 {
		t.Errorf("the files are %+v", m.Files)
	}
	// An edit that names an attachment keeps that one alone.
	w.rest("PATCH", path+"/"+m.ID.String(), `{"attachments":[{"id":"`+m.Files[1].ID.String()+`"}]}`).wants(t, 200, 0)
	if m, _ = w.MessageByID(m.ID); len(m.Files) != 1 || m.Files[0].Name != "f1.txt" {
		t.Errorf("after the edit the files are %+v", m.Files)
	}
}
