package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"

	"guildhall/adapters/discord"
	"guildhall/adapters/slack"
	"guildhall/cmd/guildhall/build"
)

// slackManifest prints the manifest of a Slack app, made from the command table.
func slackManifest(_ context.Context, w world, args []string) error {
	f := flags(w, "slack-manifest")
	prefix := f.String("prefix", "", "before each slash command's name: vet- makes /vet-ask")
	address := f.String("http", "", "where Slack reaches Guildhall, for HTTP mode (default: Socket Mode)")
	name := f.String("name", "", "the app's name (default: Guildhall)")
	lang := f.String("language", "en", "of the commands' descriptions: en or it")
	translates := f.Bool("translate", false, "with the shortcut that translates a message, where [translate] is set")
	asYAML := f.Bool("yaml", false, "as YAML instead of JSON")
	if err := parse(w, f, args); err != nil {
		return err
	}
	if err := webAddress(*address); err != nil {
		return fmt.Errorf("-http %w", err)
	}
	var o build.Options
	if *translates {
		o.Translate = &build.Translate{}
	}
	commands, err := build.Commands(*lang, o)
	if err != nil {
		return err
	}
	out, err := slack.Manifest(slack.ManifestOptions{Name: *name, Prefix: *prefix, URL: *address, Lang: *lang, Commands: commands})
	if err != nil {
		return err
	}
	if *asYAML {
		if out, err = toYAML(out); err != nil {
			return err
		}
	}
	fmt.Fprintln(w.out, string(bytes.TrimSpace(out)))
	return nil
}

func toYAML(manifest []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(manifest, &v); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	out, err := yaml.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return out, nil
}

// discordInvite prints the link with which Guildhall is added to a server, and what it asks for.
func discordInvite(_ context.Context, w world, args []string) error {
	f := flags(w, "discord-invite")
	file := f.String("config", "", "configuration file")
	application := f.String("application", "", "the application's id (default: discord.application_id)")
	if err := parse(w, f, args); err != nil {
		return err
	}
	id := *application
	if id == "" {
		c, err := loadConfig(*file, w.getenv)
		if err != nil {
			return err
		}
		id = c.Discord.ApplicationID
	}
	if err := digits(id); err != nil || id == "" {
		return fmt.Errorf("the application's id is missing: set discord.application_id, or give -application with the digits from the developer portal")
	}
	fmt.Fprintln(w.out, discord.InviteURL(id))
	fmt.Fprintln(w.out, "\nIt asks for")
	for _, s := range discord.Scopes() {
		fmt.Fprintf(w.out, "  %-26s to %s\n", s.Name, s.Why)
	}
	for _, p := range discord.Permissions() {
		fmt.Fprintf(w.out, "  %-26s to %s\n", p.Name, p.Why)
	}
	return nil
}
