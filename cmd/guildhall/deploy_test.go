package main

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestTheComposeFileSetsWhatThereIs: three programs, on Postgres, with settings that there are.
func TestTheComposeFileSetsWhatThereIs(t *testing.T) {
	t.Parallel()
	var file struct {
		Services map[string]struct {
			Deploy      struct{ Replicas int }
			Environment map[string]string
			Secrets     []string
		}
		Secrets map[string]any
	}
	if err := yaml.Unmarshal([]byte(readDoc(t, "deploy/compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	g := file.Services["guildhall"]
	if g.Deploy.Replicas != 3 || len(file.Services) != 3 || len(g.Environment) == 0 {
		t.Errorf("%+v", file)
	}
	for name := range g.Environment {
		known := slices.ContainsFunc(settings, func(s setting) bool {
			return s.variable() == strings.TrimSuffix(name, "_FILE") && (s.Secret || !strings.HasSuffix(name, "_FILE"))
		})
		if !known {
			t.Errorf("%s is no setting", name)
		}
	}
	for name, s := range file.Services {
		for _, secret := range s.Secrets {
			if file.Secrets[secret] == nil {
				t.Errorf("%s wants the secret %s, which there is not", name, secret)
			}
		}
	}
}
