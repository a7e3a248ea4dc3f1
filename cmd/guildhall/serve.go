package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// serve runs Guildhall on the platforms of its configuration.
func serve(ctx context.Context, w world, args []string) error {
	f := flags(w, "serve")
	file := f.String("config", "", "configuration file; every setting can come from the environment instead")
	if err := parse(w, f, args); err != nil {
		return err
	}
	c, err := loadConfig(*file, w.getenv)
	if err != nil {
		return err
	}
	log := logger(w, c)
	p, err := open(ctx, c, log, func(p *program) ([]chat.Platform, error) {
		list, err := platformsOf(c, p.db, p.replica.Name, log)
		if err == nil && len(list) == 0 {
			err = errors.New("no platform is configured: \"guildhall config\" prints a configuration file, \"guildhall demo\" needs none")
		}
		return list, err
	})
	if err != nil {
		return err
	}
	p.serveSlack()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("web.listen: %w", err), p.close())
	}
	log.Info("guildhall runs", "version", built(), "web", l.Addr().String(), "platforms", len(p.platforms))
	return errors.Join(p.run(ctx, l), p.close())
}

// demo runs Guildhall with the web chat in a folder of its own.
func demo(ctx context.Context, w world, args []string) error {
	f := flags(w, "demo")
	empty := f.Bool("empty", false, "begin with nothing: set the community up yourself")
	dir := f.String("dir", "", "the folder where the demo keeps everything, to go on with it later (default: a new one, removed at the end)")
	listen := f.String("listen", "127.0.0.1:8420", "the address of the chat; only this machine can reach it")
	if err := parse(w, f, args); err != nil {
		return err
	}
	folder := *dir
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("", "guildhall-demo-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(folder) }()
	}
	l, err := webchat.Listen(ctx, *listen)
	if err != nil {
		return err
	}
	return demoOn(ctx, w, l, folder, *empty)
}

// demoOn runs the demo in a folder, on a listener that it closes.
func demoOn(ctx context.Context, w world, l net.Listener, folder string, empty bool) error {
	return demoWith(ctx, w, l, folder, "sqlite:"+filepath.Join(folder, "guildhall.db"), empty)
}

func demoWith(ctx context.Context, w world, l net.Listener, folder, database string, empty bool) (err error) {
	debug.SetGCPercent(30) // a demo has a machine's time, and should take little of its memory
	c, err := loadConfig("", func(string) string { return "" })
	if err != nil {
		return errors.Join(err, l.Close())
	}
	c.LogLevel = slog.LevelWarn
	if err := c.LogLevel.UnmarshalText([]byte(w.getenv("GUILDHALL_LOG_LEVEL"))); err != nil {
		c.LogLevel = slog.LevelWarn
	}
	c.DatabaseURL, c.FilesDir = database, filepath.Join(folder, "files")
	log := logger(w, c)
	url := "http://" + l.Addr().String() + "/"
	web, err := webchat.New(webchat.Options{Dir: filepath.Join(folder, "chat"), URL: url, Log: log})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, web.Close()) }()
	p, err := open(ctx, c, log, func(*program) ([]chat.Platform, error) { return []chat.Platform{web}, nil })
	if err != nil {
		return errors.Join(err, l.Close())
	}
	p.mux.Handle("/", web.Handler())
	go func() {
		<-p.ready
		if !empty {
			if err := p.seed(ctx, url); err != nil && ctx.Err() == nil {
				log.Error("the demo's story could not be told to its end", "error", err)
			}
		}
		debug.FreeOSMemory() // what it took to start, and to tell the story
		fmt.Fprintf(w.out, "Guildhall runs in your browser: %s\nEverything is kept in %s. Ctrl+C ends it.\n", url, folder)
	}()
	return errors.Join(p.run(ctx, l), p.close())
}
