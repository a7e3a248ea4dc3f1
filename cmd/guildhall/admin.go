package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// migrate brings the database to the newest schema.
func migrate(ctx context.Context, w world, args []string) error {
	f := flags(w, "migrate")
	file := f.String("config", "", "configuration file")
	if err := parse(w, f, args); err != nil {
		return err
	}
	c, err := loadConfig(*file, w.getenv)
	if err != nil {
		return err
	}
	db, err := sqlstore.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	from, to, err := db.Migrate(ctx)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if from == to {
		fmt.Fprintf(w.out, "The database has the newest schema, %d.\n", to)
		return nil
	}
	fmt.Fprintf(w.out, "The database went from schema %d to %d.\n", from, to)
	return nil
}

// version prints what was built.
func version(_ context.Context, w world, args []string) error {
	if err := parse(w, flags(w, "version"), args); err != nil {
		return err
	}
	fmt.Fprintln(w.out, "guildhall "+built()+" "+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
	return nil
}

// built is the version that the build wrote down: a released one, else the commit.
func built() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if commit == "" {
		return "devel"
	}
	return commit + dirty
}

// example prints a configuration file.
func example(_ context.Context, w world, args []string) error {
	if err := parse(w, flags(w, "config"), args); err != nil {
		return err
	}
	fmt.Fprint(w.out, exampleConfig())
	return nil
}

// doctor checks everything that can be checked from here, and says of each fault what to do.
func doctor(ctx context.Context, w world, args []string) error {
	f := flags(w, "doctor")
	file := f.String("config", "", "configuration file")
	if err := parse(w, f, args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ill := examine(ctx, w, *file)
	if ill == 0 {
		fmt.Fprintln(w.out, "All is well.")
		return nil
	}
	return fmt.Errorf("%d to mend", ill)
}

// report writes a line for a check; it returns 1 when something is wrong.
func report(to io.Writer, what string, faults ...string) int {
	if len(faults) == 0 {
		fmt.Fprintf(to, "ok    %s\n", what)
		return 0
	}
	for _, fault := range faults {
		fmt.Fprintf(to, "mend  %s: %s\n", what, fault)
	}
	return len(faults)
}

func examine(ctx context.Context, w world, file string) (ill int) {
	c, err := loadConfig(file, w.getenv)
	if err != nil {
		return report(w.out, "configuration", strings.Split(err.Error(), "\n")...)
	}
	report(w.out, "configuration")
	db, err := sqlstore.Open(ctx, c.DatabaseURL)
	if err != nil {
		ill += report(w.out, "database", err.Error()+". Is database.url right, and does the database run?")
	} else {
		ill += examineStore(ctx, w, db)
		defer func() { _ = db.Close() }()
	}
	ill += report(w.out, "files", writable(c.FilesDir)...)
	if err != nil {
		return ill
	}
	platforms, err := platformsOf(c, db, "", logger(w, c))
	if err != nil {
		return ill + report(w.out, "platforms", strings.Split(err.Error(), "\n")...)
	}
	if len(platforms) == 0 {
		ill += report(w.out, "platforms", "none is configured, so nobody can reach Guildhall; \"guildhall config\" shows the settings")
	}
	for _, pf := range platforms {
		var faults []string
		if ch, can := pf.(chat.Checker); can {
			faults = ch.Check(ctx)
		}
		ill += report(w.out, string(pf.Platform().ID), faults...)
	}
	if c.Mail.Host != "" {
		ill += report(w.out, "mail", examineMail(ctx, c)...)
	}
	if c.Translate.Kind != "" {
		pairs, faults := examineTranslate(ctx, c)
		ill += report(w.out, "translation", faults...)
		if pairs != "" {
			fmt.Fprintln(w.out, "      "+pairs)
		}
	}
	return ill
}

func examineStore(ctx context.Context, w world, db *sqlstore.DB) int {
	if err := db.Ping(ctx); err != nil {
		return report(w.out, "database", err.Error()+". Is database.url right, and does the database run?")
	}
	switch pending, err := db.Pending(ctx); {
	case err != nil:
		return report(w.out, "database", err.Error())
	case pending < 0:
		return report(w.out, "database", "it was used by a newer version of Guildhall; run that one")
	case pending > 0:
		return report(w.out, "database", "its schema is not the newest; \"guildhall migrate\" brings it up to date")
	}
	n := report(w.out, "database")
	counts, err := db.Work().Counts(ctx)
	if err != nil {
		return n + report(w.out, "work", err.Error())
	}
	var faults []string
	for _, k := range counts {
		if k.Dead > 0 {
			faults = append(faults, fmt.Sprintf("%d of %s were given up; \"mod queue\" in the chat shows why and tries them again", k.Dead, k.Kind))
		}
		if k.Lag > 5*time.Minute {
			faults = append(faults, fmt.Sprintf("%s has waited for %s; does \"guildhall serve\" run?", k.Kind, k.Lag.Round(time.Second)))
		}
	}
	n += report(w.out, "work", faults...)
	for _, line := range waiting(counts) {
		fmt.Fprintln(w.out, "      "+line)
	}
	return n + examineOwners(ctx, w.out, db, time.Now())
}

// writable says why files cannot be kept in a folder.
func writable(dir string) []string {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return []string{fmt.Sprintf("%v. Set files.dir to a folder that Guildhall may write to", err)}
	}
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return []string{fmt.Sprintf("%v. Set files.dir to a folder that Guildhall may write to", err)}
	}
	_ = f.Close()
	if err := os.Remove(filepath.Clean(f.Name())); err != nil {
		return []string{err.Error()}
	}
	return nil
}
