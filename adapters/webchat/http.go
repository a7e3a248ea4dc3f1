package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Listen opens a port for the web chat. It fails for an address that others than this machine reach:
// the chat has no passwords.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen for the web chat: %w", err)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen for the web chat on %q: only localhost, 127.0.0.1 and [::1] are allowed, as whoever reaches it may be anyone in it", host)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the web chat: %w", err)
	}
	return l, nil
}

// policy lets a page load nothing but what is served here, and run no script that stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler. It answers only this machine, only under the names of loopback
// or of Options.URL (a page elsewhere could else point its own name at us), and changes nothing for
// pages of other origins.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if !p.allowed(r) {
		http.Error(w, "The web chat only answers this machine, as localhost.", http.StatusForbidden)
		return
	}
	// By Sec-Fetch-Site and Origin; programs, which send neither, are not what this is about.
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(w, "The web chat takes nothing from other sites' pages.", http.StatusForbidden)
		return
	}
	p.mux.ServeHTTP(w, r)
}

func (p *Platform) allowed(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	u, err := url.Parse("//" + r.Host)
	if err != nil {
		return false
	}
	name := strings.ToLower(u.Hostname())
	if own, err := url.Parse(p.opts.URL); err == nil && own.Host != "" && name == strings.ToLower(own.Hostname()) {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

func (p *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.servePage)
	mux.HandleFunc("GET /assets/{name}", serveAsset)
	mux.HandleFunc("GET /files/{content}/{name}", p.serveFile)
	mux.HandleFunc("GET /live", p.serveLive)
	mux.HandleFunc("GET /see", p.serveSee)
	mux.HandleFunc("GET /home", p.serveHome)
	mux.HandleFunc("GET /form", p.serveForm)
	mux.HandleFunc("GET /complete", p.serveComplete)
	mux.HandleFunc("GET /offer", p.serveOffer)
	mux.HandleFunc("POST /upload", p.serveUpload)
	mux.Handle("POST /say", action(p, p.doSay))
	mux.Handle("POST /press", action(p, p.doPress))
	mux.Handle("POST /act", action(p, p.doAct))
	mux.Handle("POST /submit", action(p, p.doSubmit))
	mux.Handle("POST /close", action(p, p.doClose))
	mux.Handle("POST /react", action(p, p.doReact))
	mux.Handle("POST /edit", action(p, p.doEdit))
	mux.Handle("POST /delete", action(p, p.doDelete))
	mux.Handle("POST /room", action(p, p.doRoom))
	return mux
}

// maxBody is the longest body of an action, in bytes. It has room for any text that is short enough,
// and for one too long, so that the person can be told.
const maxBody = 4 << 20

// problem is why an action was not done, in words for the person.
type problem struct {
	status int
	key    string // of the sentence, behind "webchat.problem."
	args   text.Args
}

func (e *problem) Error() string { return "refused: " + e.key }

func refuse(status int, key string, args text.Args) error { return &problem{status, key, args} }

// action serves one thing that a person does: a JSON body in, a result out.
func action[T any](p *Platform, do func(context.Context, *Persona, T) (result, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := p.personas[chat.AccountID(r.URL.Query().Get("as"))]
		if who == nil {
			p.fail(w, &p.opts.Personas[0], refuse(http.StatusNotFound, "persona", nil))
			return
		}
		var in T
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				err = refuse(http.StatusRequestEntityTooLarge, "long", text.Args{"max": maxText})
			} else {
				err = refuse(http.StatusBadRequest, "body", nil)
			}
			p.fail(w, who, err)
			return
		}
		out, err := do(r.Context(), who, in)
		if err != nil {
			p.fail(w, who, err)
			return
		}
		p.fill(&out, who)
		writeJSON(w, http.StatusOK, out)
	})
}

// fail tells the person why nothing was done.
func (p *Platform) fail(w http.ResponseWriter, who *Persona, err error) {
	var no *problem
	if !errors.As(err, &no) {
		p.opts.Log.Error("an action in the web chat failed", "account", string(who.Account), "error", err)
		no = &problem{http.StatusServiceUnavailable, "failed", nil}
	}
	writeJSON(w, no.status, result{Error: p.say(who, "problem."+no.key, no.args)})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// An error here means that the browser has gone.
	_ = json.NewEncoder(w).Encode(v)
}
