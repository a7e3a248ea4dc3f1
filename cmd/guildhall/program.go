package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"guildhall/adapters/files"
	"guildhall/adapters/lingua"
	"guildhall/adapters/links"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/jobs"
)

// maxCopy is the largest file that is copied into the toolbox, in bytes.
const maxCopy = 25 << 20

// program is a running Guildhall.
type program struct {
	config    config
	log       *slog.Logger
	db        *sqlstore.DB
	files     *files.Store
	platforms []chat.Platform
	guild     *build.Guild
	runner    *jobs.Runner
	clock     *jobs.Clock
	metrics   *metrics
	replica   sqlstore.Replica
	mux       *http.ServeMux
	ready     chan struct{} // closed once the platforms run
}

// open opens the database, brings it to the newest schema, and puts the parts together. platforms is
// called with the open store, which adapters keep their own things in.
func open(ctx context.Context, c config, log *slog.Logger, platforms func(p *program) ([]chat.Platform, error)) (_ *program, err error) {
	p := &program{config: c, log: log, mux: http.NewServeMux(), ready: make(chan struct{}), replica: newReplica(time.Now())}
	if err := makeFolder(c.DatabaseURL); err != nil {
		return nil, err
	}
	if p.db, err = sqlstore.Open(ctx, c.DatabaseURL); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.db.Close())
		}
	}()
	from, to, err := p.db.Migrate(ctx)
	if err != nil {
		return nil, fmt.Errorf("bring the database to the newest schema: %w", err)
	}
	if from != to {
		log.Info("the database has a new schema", "from", from, "to", to)
	}
	if p.files, err = files.Open(c.FilesDir, maxCopy); err != nil {
		return nil, err
	}
	detector, err := lingua.New()
	if err != nil {
		return nil, err
	}
	if p.platforms, err = platforms(p); err != nil {
		return nil, err
	}
	for _, pf := range p.platforms {
		p.replica.Platforms = append(p.replica.Platforms, string(pf.Platform().ID))
	}
	p.metrics = newMetrics(p.db)
	post, err := mailOf(c)
	if err != nil {
		return nil, err
	}
	translates, err := translateOf(c, p.metrics.Translated)
	if err != nil {
		return nil, err
	}
	p.guild, err = build.New(build.Options{DB: p.db, Files: p.files, Links: links.New(links.Options{}), Detector: detector,
		Platforms: p.platforms, Log: log, Observer: p.metrics, Mail: post, Translate: translates})
	if err != nil {
		return nil, err
	}
	if err := p.schedule(); err != nil {
		return nil, err
	}
	p.routes()
	p.serveMail()
	return p, nil
}

// schedule makes what works later and on its own.
func (p *program) schedule() (err error) {
	queue := p.db.Work()
	tasks := jobs.Sweeps(jobs.Kept{Transactions: p.db, Inbox: p.db.Inbox(), Keys: p.db.Desk(), Pendings: p.db.Desk(), Work: queue, Now: time.Now})
	tasks = append(tasks, p.sweepFiles())
	tasks = append(tasks, jobs.Ticks(p.guild.Engine, p.guild.Bots)...)
	p.clock, err = jobs.NewClock(jobs.ClockOptions{Transactions: p.db, Queue: queue, Schedules: p.db.Schedules(), Upkeeps: p.db.Schedules(), Tasks: tasks,
		Communities: p.communities, Paged: p.guild.Engine.Paged, Log: p.log})
	if err != nil {
		return err
	}
	p.runner, err = jobs.New(jobs.Options{Store: queue, Kinds: append(p.guild.Engine.Kinds(), p.clock.Kinds()...), Rate: p.rate,
		Owner: p.replica.Name, Log: p.log, Observer: p.metrics})
	return err
}

func (p *program) communities(ctx context.Context) ([]int64, error) {
	all, err := p.db.Directory().Communities(ctx)
	var out []int64
	for _, c := range all {
		out = append(out, c.ID)
	}
	return out, err
}

// run works until ctx ends, or until the web server or every platform gives up.
func (p *program) run(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// What is under way when a platform stops still gets its work done: the queue ends last.
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var queue, all sync.WaitGroup
	if err := p.says(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	queue.Go(func() { p.beats(working) })
	queue.Go(func() { p.runner.Run(working) })
	queue.Go(func() { p.clock.Run(ctx) })
	server := &http.Server{Handler: p.mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)}
	all.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			cancel(fmt.Errorf("serve: %w", err))
		}
	})
	var left sync.WaitGroup
	for _, pf := range p.platforms {
		left.Go(func() { p.platform(ctx, pf) })
	}
	close(p.ready)
	over := make(chan struct{})
	go func() { left.Wait(); close(over) }()
	select {
	case <-ctx.Done():
	case <-over:
		if ctx.Err() == nil && len(p.platforms) > 0 {
			cancel(errors.New("no platform is left to run on"))
		}
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if err := server.Shutdown(last); err != nil {
		_ = server.Close() // live pages stay connected for ever
	}
	cancel(nil)
	<-over
	stop()
	queue.Wait()
	all.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// platform registers the commands with a platform and runs it until ctx ends or it gives up.
func (p *program) platform(ctx context.Context, pf chat.Platform) {
	id := string(pf.Platform().ID)
	if pub, can := pf.(chat.Publisher); can {
		go p.publish(ctx, id, pub)
	}
	err := pf.Run(ctx, p.guild.Engine)
	if err != nil && ctx.Err() == nil {
		p.log.Error("a platform stopped; the others go on", "platform", id, "error", err)
		return
	}
	p.log.Debug("a platform ended", "platform", id)
}

// publish tells a platform the commands, until it has taken them.
func (p *program) publish(ctx context.Context, id string, pub chat.Publisher) {
	byLang := map[string][]chat.CommandInfo{}
	for _, lang := range p.guild.Engine.Words().Languages() {
		byLang[lang] = p.guild.Engine.Commands(lang)
	}
	for wait := time.Second; ; wait = min(2*wait, 5*time.Minute) {
		err := pub.Publish(ctx, byLang)
		if err == nil || ctx.Err() != nil {
			return
		}
		p.log.Warn("the commands could not be registered yet", "platform", id, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// close lets go of what open opened.
func (p *program) close() error { return p.db.Close() }

// logger is the program's log.
func logger(w world, c config) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w.err, o))
	}
	return slog.New(slog.NewTextHandler(w.err, o))
}
