package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// variable is the environment variable of a setting.
func (s setting) variable() string {
	return "GUILDHALL_" + strings.ToUpper(s.Section+"_"+s.Name)
}

// key is the setting as it is named in messages.
func (s setting) key() string { return s.Section + "." + s.Name }

// loadConfig reads the file, when one is named, and the environment, which wins. It returns all that
// is wrong at once, each with its key; no error holds a value of a secret.
func loadConfig(path string, getenv func(string) string) (config, error) {
	var c config
	file := map[string][]map[string]string{}
	var faults []error
	if path != "" {
		var err error
		if file, faults, err = readFile(path); err != nil {
			return c, err
		}
	}
	for _, section := range sections {
		own := slices.DeleteFunc(slices.Clone(settings), func(s setting) bool { return s.Section != section.Name })
		tables := file[section.Name]
		if len(tables) > 1 && !section.Repeated {
			faults = append(faults, fmt.Errorf("[%s] stands %d times", section.Name, len(tables)))
		}
		if len(tables) == 0 && (!section.Repeated || anySet(own, getenv)) {
			tables = []map[string]string{{}}
		}
		for i, table := range tables {
			if section.Name == "slack" {
				c.Slack = append(c.Slack, slackConfig{})
			}
			env := getenv
			if i > 0 {
				env = func(string) string { return "" } // the environment is about the first
			}
			faults = append(faults, c.take(own, table, env)...)
		}
	}
	if len(faults) == 0 {
		faults = c.faults()
	}
	return c, errors.Join(faults...)
}

func anySet(own []setting, getenv func(string) string) bool {
	return slices.ContainsFunc(own, func(s setting) bool {
		return getenv(s.variable()) != "" || s.Secret && getenv(s.variable()+"_FILE") != ""
	})
}

// take fills c from one table of the file and the environment.
func (c *config) take(own []setting, table map[string]string, getenv func(string) string) (faults []error) {
	for _, s := range own {
		v, err := s.value(table, getenv)
		if err == nil && s.check != nil {
			if err := s.check(v); err != nil {
				faults = append(faults, fmt.Errorf("%s %w", s.key(), err))
				continue
			}
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.key(), err))
			continue
		}
		s.into(c, v)
	}
	return faults
}

func (s setting) value(table map[string]string, getenv func(string) string) (string, error) {
	if v := getenv(s.variable()); v != "" {
		return v, nil
	}
	if s.Secret {
		if path := getenv(s.variable() + "_FILE"); path != "" {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("the file that %s_FILE names cannot be read: %w", s.variable(), err)
			}
			return strings.TrimSpace(string(b)), nil
		}
	}
	if v, ok := table[s.Name]; ok {
		return v, nil
	}
	return s.Default, nil
}

// readFile reads a TOML file into its sections, each as often as it stands there, and names what is
// no setting.
func readFile(path string) (map[string][]map[string]string, []error, error) {
	var top map[string]any
	if _, err := toml.DecodeFile(path, &top); err != nil {
		var wrong toml.ParseError
		if errors.As(err, &wrong) {
			// Its own text shows the line, which may hold a secret.
			return nil, nil, fmt.Errorf("%s, line %d: this cannot be read as TOML", path, wrong.Position.Line)
		}
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	out := map[string][]map[string]string{}
	var strange []string
	for name, v := range top {
		var tables []map[string]any
		switch v := v.(type) {
		case map[string]any:
			tables = []map[string]any{v}
		case []map[string]any:
			tables = v
		}
		if tables == nil || !slices.ContainsFunc(settings, func(s setting) bool { return s.Section == name }) {
			if len(tables) == 0 {
				strange = append(strange, name)
			}
		}
		for _, table := range tables {
			values := map[string]string{}
			for field, v := range table {
				if !slices.ContainsFunc(settings, func(s setting) bool { return s.Section == name && s.Name == field }) {
					strange = append(strange, name+"."+field)
					continue
				}
				values[field] = written(v)
			}
			out[name] = append(out[name], values)
		}
	}
	slices.Sort(strange)
	var faults []error
	for _, key := range slices.Compact(strange) {
		faults = append(faults, fmt.Errorf("%s is no setting", key))
	}
	return out, faults, nil
}

// written is a TOML value as it stands in the environment: lists with commas.
func written(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = fmt.Sprint(x)
	}
	return strings.Join(parts, ",")
}

// exampleConfig is a configuration file with every setting explained and set to its default; what is
// optional stands there as a comment.
func exampleConfig() string {
	var b strings.Builder
	b.WriteString("# Every setting can also come from the environment, which wins.\n")
	for _, section := range sections {
		b.WriteString("\n")
		if section.About != "" {
			fmt.Fprintf(&b, "# %s\n", section.About)
		}
		head, mark := "["+section.Name+"]", ""
		if section.Repeated {
			head = "[" + head + "]"
		}
		if section.Optional {
			mark = "# "
		}
		fmt.Fprintf(&b, "%s%s\n", mark, head)
		for _, s := range settings {
			if s.Section != section.Name {
				continue
			}
			fmt.Fprintf(&b, "# %s\n# %s", s.About, s.variable())
			if s.Secret {
				fmt.Fprintf(&b, ", or %s_FILE with the path of a file that holds it", s.variable())
			}
			fmt.Fprintf(&b, "\n%s%s = %q\n", mark, s.Name, s.Default)
		}
	}
	return b.String()
}
