package slacktest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

type surface int

const (
	onMessage surface = iota
	onModal
	onHome
)

// kit checks Block Kit and gathers the errors in Slack's words, each with a JSON pointer to its place.
// The limits are those of the reference at docs.slack.dev/reference/block-kit.
type kit struct {
	s       *Server
	surface surface
	errs    []string
	chars   int // of all texts together
	inputs  int
}

func asObj(v any) obj {
	o, _ := v.(map[string]any)
	return o
}

func pointer(at string, key any) string { return fmt.Sprint(at, "/", key) }

func (k *kit) bad(at, format string, args ...any) {
	k.errs = append(k.errs, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// blocks checks a list of at most most blocks.
func (k *kit) blocks(list []any, at string, most int) {
	if len(list) > most {
		k.bad(at, "no more than %d items allowed", most)
	}
	ids := map[string]bool{}
	markdown := 0
	for i, v := range list {
		here := pointer(at, i)
		b := asObj(v)
		if b == nil {
			k.bad(here, "must be an object")
			continue
		}
		k.block(b, here)
		if b["type"] == "markdown" {
			text, _ := b["text"].(string)
			markdown += utf8.RuneCountInString(text)
		}
		id, _ := b["block_id"].(string)
		if id != "" && ids[id] {
			k.bad(here+"/block_id", "`block_id` %q already exists", id)
		}
		ids[id] = true
	}
	if markdown > 12000 {
		k.bad(at, "must be less than 12001 characters of markdown")
	}
}

func (k *kit) block(b obj, at string) {
	kind, ok := b["type"].(string)
	if !ok {
		k.bad(at, "missing required field: type")
		return
	}
	k.optional(b, "block_id", at, 1, 255)
	switch kind {
	case "section":
		k.section(b, at)
	case "actions":
		k.props(b, at, "type", "block_id", "elements")
		k.elements(b, at, 25, inActions)
	case "context":
		k.props(b, at, "type", "block_id", "elements")
		k.context(b, at)
	case "divider":
		k.props(b, at, "type", "block_id")
	case "header":
		k.props(b, at, "type", "block_id", "text", "level")
		k.text(b, "text", at, true, 1, 150, "plain_text")
	case "image":
		k.props(b, at, "type", "block_id", "image_url", "slack_file", "alt_text", "title")
		k.image(b, at)
		k.text(b, "title", at, false, 1, 2000, "plain_text")
	case "input":
		k.input(b, at)
	case "markdown":
		k.props(b, at, "type", "block_id", "text")
		k.required(b, "text", at, 1, 12000)
	case "rich_text":
		k.props(b, at, "type", "block_id", "elements")
		k.list(b, "elements", at, 0, 1000)
	case "video":
		k.video(b, at)
	case "file":
		k.bad(at, "unsupported type: file")
	case "table", "data_table", "data_visualization", "context_actions", "task_card", "plan", "alert", "card",
		"carousel", "container", "layout", "call", "auth_provider":
		// Known to Slack, and not looked into here.
	default:
		k.bad(at+"/type", "unsupported type: %s", kind)
	}
}

func (k *kit) section(b obj, at string) {
	k.props(b, at, "type", "block_id", "text", "fields", "accessory", "expand")
	if present(b, "text") == present(b, "fields") && !present(b, "text") {
		k.bad(at, "must define either `text` or `fields`")
	}
	k.text(b, "text", at, false, 1, 3000, "plain_text", "mrkdwn")
	if present(b, "fields") {
		for i, f := range k.list(b, "fields", at, 1, 10) {
			here := pointer(at+"/fields", i)
			k.textObject(asObj(f), here, 1, 2000, "plain_text", "mrkdwn")
		}
	}
	if present(b, "accessory") {
		acc := asObj(b["accessory"])
		if acc["type"] == "image" {
			k.props(acc, at+"/accessory", "type", "image_url", "slack_file", "alt_text")
			k.image(acc, at+"/accessory")
			return
		}
		k.element(acc, at+"/accessory", inSection)
	}
}

func (k *kit) context(b obj, at string) {
	for i, e := range k.list(b, "elements", at, 1, 10) {
		here, o := pointer(at+"/elements", i), asObj(e)
		switch o["type"] {
		case "image":
			k.props(o, here, "type", "image_url", "slack_file", "alt_text")
			k.image(o, here)
		case "plain_text", "mrkdwn":
			k.textObject(o, here, 1, 3000, "plain_text", "mrkdwn")
		default:
			k.bad(here+"/type", "unsupported type: %v", o["type"])
		}
	}
}

func (k *kit) input(b obj, at string) {
	k.inputs++
	k.props(b, at, "type", "block_id", "label", "element", "hint", "optional", "dispatch_action")
	k.text(b, "label", at, true, 1, 2000, "plain_text")
	k.text(b, "hint", at, false, 1, 2000, "plain_text")
	k.boolean(b, "optional", at)
	k.boolean(b, "dispatch_action", at)
	if !present(b, "element") {
		k.bad(at, "missing required field: element")
		return
	}
	k.element(asObj(b["element"]), at+"/element", inInput)
}

func (k *kit) image(b obj, at string) {
	k.required(b, "alt_text", at, 1, 2000)
	if present(b, "image_url") == present(b, "slack_file") {
		k.bad(at, "must define either `image_url` or `slack_file`")
		return
	}
	if present(b, "image_url") {
		k.url(b, "image_url", at)
		return
	}
	f := asObj(b["slack_file"])
	id, _ := f["id"].(string)
	link, _ := f["url"].(string)
	if k.s.files[id] == nil && k.s.fileByURL(link) == nil {
		k.bad(at+"/slack_file", "invalid_slack_file")
	}
}

func (k *kit) video(b obj, at string) {
	k.props(b, at, "type", "block_id", "video_url", "thumbnail_url", "alt_text", "title", "title_url",
		"author_name", "provider_name", "provider_icon_url", "description")
	for _, key := range []string{"video_url", "thumbnail_url"} {
		k.required(b, key, at, 1, 3000)
	}
	k.required(b, "alt_text", at, 1, 2000)
	k.text(b, "title", at, true, 1, 199, "plain_text")
	k.text(b, "description", at, false, 1, 199, "plain_text")
}

// elements checks the interactive elements of a block, whose action ids differ.
func (k *kit) elements(b obj, at string, most int, where place) {
	ids := map[string]bool{}
	for i, e := range k.list(b, "elements", at, 1, most) {
		here, o := pointer(at+"/elements", i), asObj(e)
		k.element(o, here, where)
		id, _ := o["action_id"].(string)
		if id != "" && ids[id] {
			k.bad(here+"/action_id", "`action_id` %q already exists", id)
		}
		ids[id] = true
	}
}

// present says whether a field was sent; null counts as sent nowhere.
func present(b obj, key string) bool { return b[key] != nil }

func (k *kit) props(b obj, at string, allowed ...string) {
	keys := make([]string, 0, len(b))
	for key := range b {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if !slices.Contains(allowed, key) {
			k.bad(at, "invalid additional property: %s", key)
		}
	}
}

func (k *kit) length(v, at string, low, high int) {
	n := utf8.RuneCountInString(v)
	if n < low {
		k.bad(at, "must be more than %d characters", low-1)
	}
	if n > high {
		k.bad(at, "must be less than %d characters", high+1)
	}
}

func (k *kit) required(b obj, key, at string, low, high int) {
	if !present(b, key) {
		k.bad(at, "missing required field: %s", key)
		return
	}
	k.optional(b, key, at, low, high)
}

func (k *kit) optional(b obj, key, at string, low, high int) {
	if !present(b, key) {
		return
	}
	v, ok := b[key].(string)
	if !ok {
		k.bad(pointer(at, key), "must be a string")
		return
	}
	if key == "text" {
		k.chars += utf8.RuneCountInString(v)
	}
	k.length(v, pointer(at, key), low, high)
}

func (k *kit) boolean(b obj, key, at string) {
	if _, ok := b[key].(bool); present(b, key) && !ok {
		k.bad(pointer(at, key), "must be a boolean")
	}
}

func (k *kit) list(b obj, key, at string, low, high int) []any {
	if !present(b, key) {
		k.bad(at, "missing required field: %s", key)
		return nil
	}
	l, ok := b[key].([]any)
	if !ok {
		k.bad(pointer(at, key), "must be an array")
		return nil
	}
	if len(l) > high {
		k.bad(pointer(at, key), "no more than %d items allowed", high)
	}
	if len(l) < low {
		k.bad(pointer(at, key), "no fewer than %d items allowed", low)
	}
	return l
}

func (k *kit) text(b obj, key, at string, must bool, low, high int, kinds ...string) {
	if !present(b, key) {
		if must {
			k.bad(at, "missing required field: %s", key)
		}
		return
	}
	o, ok := b[key].(map[string]any)
	if !ok {
		k.bad(pointer(at, key), "must be an object")
		return
	}
	k.textObject(o, pointer(at, key), low, high, kinds...)
}

// textObject checks a text composition object.
func (k *kit) textObject(o obj, at string, low, high int, kinds ...string) {
	before := len(k.errs)
	kind, _ := o["type"].(string)
	switch {
	case kind == "plain_text" && slices.Contains(kinds, kind):
		k.props(o, at, "type", "text", "emoji")
		k.boolean(o, "emoji", at)
	case kind == "mrkdwn" && slices.Contains(kinds, kind):
		k.props(o, at, "type", "text", "verbatim")
		k.boolean(o, "verbatim", at)
	case kind == "":
		k.bad(at, "missing required field: type")
	default:
		k.bad(at+"/type", "unsupported type: %s, must be one of %s", kind, strings.Join(kinds, ", "))
	}
	k.required(o, "text", at, low, high)
	if len(k.errs) > before {
		k.errs = slices.Insert(k.errs, before, "[ERROR] failed to match all allowed schemas [json-pointer:"+at+"]")
	}
}

// url checks an address: at most 3000 characters, absolute, with a host where its scheme has hosts.
func (k *kit) url(b obj, key, at string) {
	v, ok := b[key].(string)
	here := pointer(at, key)
	if !ok {
		k.bad(here, "must be a string")
		return
	}
	k.length(v, here, 1, 3000)
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" || slices.Contains([]string{"javascript", "data", "vbscript"}, u.Scheme) ||
		(u.Scheme == "http" || u.Scheme == "https") && u.Host == "" || strings.ContainsAny(v, " <>\n") {
		k.bad(here, "invalid_url")
	}
}
