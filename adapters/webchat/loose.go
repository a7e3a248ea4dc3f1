package webchat

// A content may be removed once no message holds it. Between the moment a file is kept and the moment
// the message that holds it is, nothing in the world speaks for it: so while any file is being taken
// in, removals wait.

// begin says that a file is about to be taken in; end, that what holds it is kept, or never will be.
func (p *Platform) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taking++
}

func (p *Platform) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taking--
	p.removeLoose()
}

// removeLoose removes the contents that lost a holder and have none any more. p.mu must be held.
func (p *Platform) removeLoose() {
	if p.taking > 0 {
		return
	}
	for _, content := range p.loose {
		if p.holds(content) {
			continue
		}
		if err := p.opts.Files.Remove(content); err != nil {
			p.opts.Log.Warn("a file that nobody holds could not be removed", "error", err)
		}
	}
	p.loose = nil
}

// holds says whether anything people can see, or may still send, has the content.
func (p *Platform) holds(content string) bool {
	for _, m := range p.homes {
		if has(contents(nil, &m), content) {
			return true
		}
	}
	return p.world.holds(content)
}
