package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// routes are the pages for those who look after the program. Platforms add theirs.
func (p *program) routes() {
	p.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	p.mux.HandleFunc("GET /readyz", p.serveReady)
	p.mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second}))
}

// serveReady answers 200 when an event that comes in now can be taken, else 503 with what is missing.
func (p *program) serveReady(w http.ResponseWriter, r *http.Request) {
	state := map[string]string{"database": "ok", "platforms": "ok"}
	code := http.StatusOK
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := p.db.Ping(ctx); err != nil {
		state["database"], code = "does not answer", http.StatusServiceUnavailable
		p.log.Warn("the database does not answer", "error", err)
	}
	select {
	case <-p.ready:
	default:
		state["platforms"], code = "starting", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(state)
}
