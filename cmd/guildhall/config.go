package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
)

// setting is one value that an operator may set. The example file, the environment and the checks are
// all made from the table of settings.
type setting struct {
	Key     string // as in the file, "section.name"
	Default string
	Secret  bool // may also be read from a file named by the _FILE variable; never shown
	About   string
	check   func(string) error
	into    func(c *config, v string)
}

// config is what the program was told.
type config struct {
	DatabaseURL string
	FilesDir    string
	Listen      string
	PublicURL   string
	LogLevel    slog.Level
	LogFormat   string
}

var settings = []setting{
	{Key: "database.url", Default: "sqlite:guildhall.db", Secret: true,
		About: "Where everything is kept: sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME.",
		check: func(v string) error {
			if !strings.HasPrefix(v, "sqlite:") && !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
				return errors.New(`should begin with "sqlite:" or "postgres://"`)
			}
			return nil
		},
		into: func(c *config, v string) { c.DatabaseURL = v }},
	{Key: "files.dir", Default: "files", About: "The folder that copies of files are kept in.",
		into: func(c *config, v string) { c.FilesDir = v }},
	{Key: "web.listen", Default: "127.0.0.1:8420", About: "The address that the web server listens on.",
		check: func(v string) error {
			_, _, err := net.SplitHostPort(v)
			if err != nil {
				return errors.New("should be HOST:PORT, such as 127.0.0.1:8420")
			}
			return nil
		},
		into: func(c *config, v string) { c.Listen = v }},
	{Key: "web.public_url", About: "The address under which people reach the web server, when they do.",
		check: func(v string) error {
			u, err := url.Parse(v)
			if v != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
				return errors.New("should be a web address such as https://guildhall.example.org")
			}
			return nil
		},
		into: func(c *config, v string) { c.PublicURL = strings.TrimRight(v, "/") }},
	{Key: "log.level", Default: "info", About: "debug, info, warn or error.",
		check: func(v string) error {
			var l slog.Level
			if l.UnmarshalText([]byte(v)) != nil {
				return errors.New("should be debug, info, warn or error")
			}
			return nil
		},
		into: func(c *config, v string) { _ = c.LogLevel.UnmarshalText([]byte(v)) }},
	{Key: "log.format", Default: "text", About: "text or json.",
		check: func(v string) error {
			if v != "text" && v != "json" {
				return errors.New("should be text or json")
			}
			return nil
		},
		into: func(c *config, v string) { c.LogFormat = v }},
}

// variable is the environment variable of a setting.
func (s setting) variable() string {
	return "GUILDHALL_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// loadConfig reads the file, when one is named, and the environment, which wins. It returns all that
// is wrong at once, each with its key; no error holds a value of a secret.
func loadConfig(path string, getenv func(string) string) (config, error) {
	var c config
	var faults []error
	values := map[string]string{}
	if path != "" {
		found, err := readFile(path)
		if err != nil {
			return c, err
		}
		values = found
	}
	known := map[string]bool{}
	for _, s := range settings {
		known[s.Key] = true
		v, err := s.value(values, getenv)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.Key, err))
			continue
		}
		if s.check != nil {
			if err := s.check(v); err != nil {
				faults = append(faults, fmt.Errorf("%s %w", s.Key, err))
				continue
			}
		}
		s.into(&c, v)
	}
	var strange []string
	for key := range values {
		if !known[key] {
			strange = append(strange, key)
		}
	}
	sort.Strings(strange)
	for _, key := range strange {
		faults = append(faults, fmt.Errorf("%s is no setting", key))
	}
	return c, errors.Join(faults...)
}

func (s setting) value(file map[string]string, getenv func(string) string) (string, error) {
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
	if v, ok := file[s.Key]; ok {
		return v, nil
	}
	return s.Default, nil
}

// readFile reads a TOML file into "section.name" and value.
func readFile(path string) (map[string]string, error) {
	var tables map[string]any
	if _, err := toml.DecodeFile(path, &tables); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	out := map[string]string{}
	for name, table := range tables {
		fields, ok := table.(map[string]any)
		if !ok {
			out[name] = fmt.Sprint(table)
			continue
		}
		for field, v := range fields {
			out[name+"."+field] = fmt.Sprint(v)
		}
	}
	return out, nil
}

// exampleConfig is a configuration file with every setting explained and set to its default.
func exampleConfig() string {
	var b strings.Builder
	b.WriteString("# Every setting can also come from the environment, which wins.\n")
	section := ""
	for _, s := range settings {
		table, name, _ := strings.Cut(s.Key, ".")
		if table != section {
			fmt.Fprintf(&b, "\n[%s]\n", table)
			section = table
		}
		fmt.Fprintf(&b, "# %s\n# %s", s.About, s.variable())
		if s.Secret {
			fmt.Fprintf(&b, ", or %s_FILE with the path of a file that holds it", s.variable())
		}
		fmt.Fprintf(&b, "\n%s = %q\n", name, s.Default)
	}
	return b.String()
}
