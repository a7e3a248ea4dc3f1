package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"guildhall/core/chat"
)

// heldFile is what a FileRef's id says: where the file is, and the message to ask for a fresh link
// once that has expired.
type heldFile struct {
	URL     string `json:"u"`
	Channel id     `json:"c,omitempty"`
	Message id     `json:"m,omitempty"`
	File    id     `json:"f,omitempty"`
}

func (p *Platform) fileRefs(c, m id, list []attachment) []chat.FileRef {
	var out []chat.FileRef
	for _, a := range list {
		if a.URL == "" {
			continue
		}
		b, err := json.Marshal(heldFile{URL: a.URL, Channel: c, Message: m, File: a.ID})
		if err != nil {
			continue // strings alone: it cannot be
		}
		out = append(out, chat.FileRef{ID: string(b), Name: a.called(), Type: a.Type, Size: a.Size})
	}
	return out
}

// fromCDN says whether an address is one that Discord keeps files at.
func (p *Platform) fromCDN(u *url.URL) bool {
	host := u.Hostname()
	if u.User != nil || !p.cdn[host] {
		return false
	}
	if host == "cdn.discordapp.com" || host == "media.discordapp.net" {
		return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
	}
	return u.Scheme == "https" || u.Scheme == "http"
}

// Download implements chat.Downloader. Links of Discord's CDN are signed and expire: an expired one is
// renewed once.
func (p *Platform) Download(ctx context.Context, f chat.FileRef) (io.ReadCloser, error) {
	var h heldFile
	if err := json.Unmarshal([]byte(f.ID), &h); err != nil {
		return nil, fmt.Errorf("a file of Discord has no address: %w", chat.ErrGone)
	}
	body, err := p.fetch(ctx, h.URL)
	if !errors.Is(err, errExpired) {
		return body, err
	}
	fresh, rerr := p.renew(ctx, h)
	if rerr != nil {
		return nil, fmt.Errorf("renew a file's link: %w", rerr)
	}
	if body, err = p.fetch(ctx, fresh); errors.Is(err, errExpired) {
		return nil, fmt.Errorf("the file is no more: %w", chat.ErrGone)
	}
	return body, err
}

var errExpired = errors.New("the link has expired")

func (p *Platform) fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil || !p.fromCDN(u) {
		return nil, fmt.Errorf("a file's address is not on Discord's own hosts: %w", chat.ErrRefused)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch a file: %w", err)
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := p.files.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch a file: %w", err)
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		return resp.Body, nil
	case resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		err = errExpired
	default:
		err = fmt.Errorf("fetch a file: the CDN said %d", resp.StatusCode)
	}
	_ = resp.Body.Close()
	return nil, err
}

// renew asks for a fresh link: from the message that the file hangs on, else from the old link.
func (p *Platform) renew(ctx context.Context, h heldFile) (string, error) {
	if h.Channel != "" && h.Message != "" {
		m, err := p.askMessage(ctx, h.Channel, h.Message)
		if err == nil {
			for _, a := range m.Attachments {
				if a.ID == h.File {
					return a.URL, nil
				}
			}
		} else if !errors.Is(err, chat.ErrGone) {
			return "", err
		}
		if err == nil && len(m.Attachments) > 0 || errors.Is(err, chat.ErrGone) {
			return "", fmt.Errorf("the file is no more: %w", chat.ErrGone)
		}
	}
	var said struct {
		Links []struct {
			Original  string `json:"original"`
			Refreshed string `json:"refreshed"`
		} `json:"refreshed_urls"`
	}
	err := p.rest.do(ctx, ask{method: "POST", path: "/attachments/refresh-urls", body: map[string]any{"attachment_urls": []string{h.URL}}, again: true}, &said)
	if err != nil {
		return "", err
	}
	if len(said.Links) == 0 || said.Links[0].Refreshed == "" {
		return "", fmt.Errorf("the file is no more: %w", chat.ErrGone)
	}
	return said.Links[0].Refreshed, nil
}

func (p *Platform) askMessage(ctx context.Context, c, m id) (out message, err error) {
	if !isID(string(c)) || !isID(string(m)) {
		return out, fmt.Errorf("no such message: %w", chat.ErrGone)
	}
	err = p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c), "messages", string(m)), route: "/channels/*/messages/*",
		major: string(c), again: true}, &out)
	return out, err
}
