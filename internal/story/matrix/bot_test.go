package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"guildhall/adapters/files"
	"guildhall/adapters/matrix"
	"guildhall/adapters/matrix/matrixtest"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/jobs"
)

// beBot makes the test's own binary run as the bot, in a process that can be killed: its value is the
// folder where everything is kept.
const beBot = "GUILDHALL_TEST_MATRIX_BOT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(beBot); dir != "" {
		if err := serve(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve is the bot: one program with everything that Guildhall has, on Matrix.
func serve(ctx context.Context, dir string) error {
	db, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(dir, "guildhall.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, _, err := db.Migrate(ctx); err != nil {
		return err
	}
	kept, err := files.Open(filepath.Join(dir, "files"), 25<<20)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p, err := matrix.New(matrix.Options{Homeserver: os.Getenv("HOMESERVER"), UserID: os.Getenv("BOT"), Password: matrixtest.Password,
		Keys: "sqlite:" + filepath.Join(dir, "keys.db"), PickleKey: "pickle", Store: db.Matrix(), Log: log,
		Known: func(ctx context.Context, who chat.AccountID) (bool, error) {
			in, err := db.Directory().Memberships(ctx, "matrix", who)
			return len(in) > 0, err
		}})
	if err != nil {
		return err
	}
	g, err := build.New(build.Options{DB: db, Files: kept, Platforms: []chat.Platform{p}, Log: log, Pace: 1000})
	if err != nil {
		return err
	}
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: g.Engine.Kinds(), Rate: g.Engine.Rate, Log: log})
	if err != nil {
		return err
	}
	go runner.Run(ctx)
	return p.Run(ctx, g.Engine)
}

// bot is the bot's process.
type bot struct {
	t   testing.TB
	dir string
	env []string
	mu  sync.Mutex
	cmd *exec.Cmd
}

func startBot(t testing.TB, homeserver, user string) *bot {
	t.Helper()
	b := &bot{t: t, dir: t.TempDir(), env: []string{"HOMESERVER=" + homeserver, "BOT=" + user}}
	b.start()
	t.Cleanup(func() {
		b.kill()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(b.dir, "log"))
			lines := strings.Split(string(log), "\n")
			t.Logf("the bot's log:\n%s", strings.Join(lines[max(0, len(lines)-30):], "\n"))
		}
	})
	return b
}

func (b *bot) start() {
	b.t.Helper()
	self, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := os.OpenFile(filepath.Join(b.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), b.env...), beBot+"="+b.dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.cmd = cmd
	b.mu.Unlock()
}

// kill ends the bot as a power cut would.
func (b *bot) kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Kill()
	var exit *exec.ExitError
	if err := b.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		b.t.Error(err)
	}
	b.cmd = nil
}

// restart kills the bot and starts it again.
func (b *bot) restart() {
	b.kill()
	b.start()
}
