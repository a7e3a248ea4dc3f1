package webchat

import (
	"context"
	"html/template"
	"net/http"
	"time"

	"guildhall/core/chat"
)

// homeTime is how long a person waits for their own page.
const homeTime = 3 * time.Second

// loadHome asks the engine for the persona's own page. When it does not answer, the last one stays.
func (p *Platform) loadHome(ctx context.Context, who *Persona) {
	p.mu.RLock()
	run, at := p.run, p.direct(who.Account).address()
	p.mu.RUnlock()
	if run == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, homeTime)
	defer cancel()
	m, err := run.handler.Home(ctx, chat.Event{Where: at, Direct: true, From: who.author(), At: p.opts.Now()})
	if err == nil {
		err = p.Refresh(ctx, at.Space, who.Account, m)
	}
	if err != nil {
		p.opts.Log.Warn("somebody's own page could not be made", "account", string(who.Account), "error", err)
	}
}

// homeHTML is the persona's own page as it was last; empty when there is none yet.
func (p *Platform) homeHTML(who *Persona) (template.HTML, error) {
	m, ok := p.homes[who.Account]
	if !ok {
		return "", nil
	}
	look, page := p.look(who), template.HTML(`<div class="own">`)
	for _, part := range append([]chat.Message{m}, m.Parts...) {
		html, err := render(part, look)
		if err != nil {
			return "", err
		}
		page += html
	}
	return page + "</div>", nil
}

// serveHome serves the persona's own page anew, after something on it may have changed.
func (p *Platform) serveHome(w http.ResponseWriter, r *http.Request) {
	who := p.visitor(r)
	p.loadHome(r.Context(), who)
	p.mu.RLock()
	html, err := p.homeHTML(who)
	p.mu.RUnlock()
	if err != nil {
		p.fail(w, who, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]template.HTML{"html": html})
}
