// Guildhall turns the chat spaces that a network of vocational-education providers already uses into a
// learning network. See the README for what it does and docs/architecture.md for how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// command is a subcommand of the program.
type command struct {
	name  string
	about string
	// run reads its flags from args and does its work until ctx ends.
	run func(ctx context.Context, w world, args []string) error
}

// world is what a command sees of the machine, so that tests can run it whole.
type world struct {
	getenv func(string) string
	out    io.Writer
	err    io.Writer
}

var commands = []command{
	{"demo", "tries Guildhall out in the browser: no token, no server, nothing to set up", demo},
	{"serve", "runs Guildhall on the platforms of its configuration", serve},
	{"migrate", "brings the database to the newest schema", migrate},
	{"move", "copies everything into another database, such as from SQLite to Postgres", move},
	{"doctor", "checks configuration, database and platforms, and says what to do", doctor},
	{"config", "prints a configuration file with every setting explained", example},
	{"slack-manifest", "prints the manifest from which you create your Slack app", slackManifest},
	{"discord-invite", "prints the link that adds Guildhall to a Discord server", discordInvite},
	{"version", "prints the version", version},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, world{os.Getenv, os.Stdout, os.Stderr}, os.Args[1:]))
}

// run does what args say and returns the exit code: 0 when it went well, 1 when it did not, 2 when
// the command line could not be understood.
func run(ctx context.Context, w world, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(w.out)
		return 0
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, w, args[1:])
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		}
		fmt.Fprintln(w.err, "guildhall "+c.name+": "+strings.ReplaceAll(err.Error(), "\n", "\n  "))
		return 1
	}
	fmt.Fprintf(w.err, "guildhall: there is no command %q\n\n", args[0])
	usage(w.err)
	return 2
}

// errUsage says that the command line could not be understood; the reason was told already.
var errUsage = errors.New("usage")

func usage(w io.Writer) {
	fmt.Fprint(w, "Guildhall turns chat spaces into a learning network.\n\nUsage:\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  guildhall %-16s %s\n", c.name, c.about)
	}
	fmt.Fprintln(w, "\nguildhall COMMAND -h shows what a command takes.")
}

// flags makes the flag set of a command.
func flags(w world, name string) *flag.FlagSet {
	f := flag.NewFlagSet("guildhall "+name, flag.ContinueOnError)
	f.SetOutput(w.err)
	return f
}

// parse reads args; what is left over is a mistake.
func parse(w world, f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if f.NArg() > 0 {
		fmt.Fprintf(w.err, "%s takes no %q\n", f.Name(), f.Arg(0))
		return errUsage
	}
	return nil
}
