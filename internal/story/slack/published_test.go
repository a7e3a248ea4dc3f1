package slack_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"guildhall/adapters/slack/slacktest"
)

// published is Slack's reference of its methods: in GUILDHALL_PLATFORM_DATA, or in shared/data of a folder above.
// It is nil where there is none.
func (c *town) published() (all map[string]struct {
	Args     map[string]string `json:"args"`
	Required []string          `json:"required"`
}) {
	c.t.Helper()
	roots := []string{os.Getenv("GUILDHALL_PLATFORM_DATA")}
	if wd, err := os.Getwd(); err == nil {
		for d := wd; d != filepath.Dir(d); d = filepath.Dir(d) {
			roots = append(roots, filepath.Join(d, "shared", "data"))
		}
	}
	for _, r := range roots {
		if data, err := os.ReadFile(filepath.Join(r, "slack", "methods.json")); r != "" && err == nil {
			if err := json.Unmarshal(data, &all); err != nil {
				c.t.Fatal(err)
			}
			return all
		}
	}
	c.t.Log("NOT checked against Slack's published methods.json: set GUILDHALL_PLATFORM_DATA to the folder that holds slack/methods.json")
	return nil
}

// calledAsPublished checks that every method that was called is Slack's, with arguments that it has.
func (c *town) calledAsPublished() {
	c.t.Helper()
	all := c.published()
	if all == nil {
		return
	}
	checked := map[string]bool{}
	for _, call := range c.Calls() {
		if slices.Contains([]string{"response_url", "upload", "file"}, call.Method) { // no methods
			continue
		}
		m, ok := all[call.Method]
		if !ok {
			c.t.Errorf("%s is not Slack's", call.Method)
			continue
		}
		checked[call.Method] = true
		c.argsAsPublished(call, m.Args, m.Required)
	}
	if len(checked) < 12 {
		c.t.Errorf("only %d methods were called", len(checked))
	}
}

func (c *town) argsAsPublished(call slacktest.Call, args map[string]string, required []string) {
	c.t.Helper()
	for name := range call.Args {
		if _, ok := args[name]; !ok {
			c.t.Errorf("%s has no argument %q", call.Method, name)
		}
	}
	for _, name := range required {
		if _, ok := call.Args[name]; !ok && name != "token" {
			c.t.Errorf("%s wants an argument %q: %v", call.Method, name, call.Args)
		}
	}
}
