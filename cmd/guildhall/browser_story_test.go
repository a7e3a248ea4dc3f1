package main

import (
	"path/filepath"
	"testing"
)

// The story that Guildhall exists for, told in a browser: a network is set up, a question is asked and
// answered, and what comes of it is kept.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	s := curtain(t)
	s.setUp()
	s.join()
	s.introduce()
	s.ask()
	s.solve()
	s.deposit()
	s.collaborate()
	s.promote()
	s.review()
	s.adopt()
}

func (s *stage) setUp() {
	m := s.mary
	m.goes("lobby")
	m.types("main", "/setup start")
	m.fills("Name", "VET Net")
	m.submits("Set up")
	m.sees("main", "This will make VET Net here", "#vet-communication")
	m.presses("main", "This will make VET Net here", "Do it")
	m.sees("main", "VET Net is ready.")
	m.goes("vet-communication")
	m.sees("main", "I'm Guildhall.")
}

// join: Bogdan's space joins with Mary's code, and she lets it in.
func (s *stage) join() {
	m, b := s.mary, s.bogdan
	m.types("main", "/setup invite")
	m.sees("main", "setup join ")
	code := m.reads(message("main", "setup join ") + `.innerText.match(/setup join ([A-Z0-9-]+)/)[1]`)
	b.goes("lobby")
	b.types("main", "/setup join "+code)
	b.sees("main", "VET Net")
	m.goes("My page")
	m.sees("main", "ZDZ Poznań", "wants to join")
	m.presses("main", "wants to join", "Accept")
	b.goes("vet-communication")
	b.sees("main", "I'm Guildhall.")
	m.goes("vet-communication")
}

// ask: Anna asks in her own language; what she was told is hers alone.
func (s *stage) ask() {
	a := s.anna
	a.goes("vet-communication")
	a.types("main", `/ask "Come valutare a distanza gli apprendisti saldatori?"`)
	a.sees("main", "H1", "è aperta", "Lo vedi solo tu")
	a.sees("main", "H1 · Come valutare a distanza gli apprendisti saldatori?", "Asked by @Anna Bianchi")
	s.mary.sees("main", "H1 · Come valutare")
	s.bogdan.sees("main", "H1 · Come valutare")
}

// solve: Bogdan answers in the thread of his own space, with a picture, and mends a word. Anna reads it
// in hers, and says that it helped.
func (s *stage) solve() {
	b, a := s.bogdan, s.anna
	b.thread("H1 · Come valutare")
	b.attaches("thread", s.png)
	b.types("thread", "Używamy portfolio wideo z wspólną rubriką.")
	b.sees("thread", "Używamy portfolio", "Bogdan Nowak")
	b.until("see the picture", `document.querySelector("#thread .picture img")?.naturalWidth === 320`)
	a.thread("H1 · ")
	a.sees("thread", "Bogdan Nowak", "z wspólną rubriką.")
	b.acts("thread", "Używamy portfolio", "Edit")
	b.until("write anew", `document.querySelector(".edit textarea")?.value.endsWith("rubriką.")`)
	b.until("have mended it", `(el => (el.value = el.value.replace("rubriką", "rubryką"), el.form.requestSubmit(), true))(document.querySelector(".edit textarea"))`)
	b.sees("thread", "z wspólną rubryką.", "edited")
	a.sees("thread", "Bogdan Nowak", "z wspólną rubryką.")
	b.types("thread", "Nie, to nie to.")
	a.sees("thread", "Nie, to nie to.")
	b.acts("thread", "Nie, to nie to.", "Delete")
	b.click("yes", `document.querySelector("#ask[open] button.danger")`)
	a.misses("thread", "Nie, to nie to.")

	a.reacts("thread", "z wspólną rubryką.", "✅")
	a.sees("main", "H1 · solved")
	b.sees("main", "H1 · solved")
	b.goes("My page")
	b.sees("main", "your answer solved H1")
	b.presses("main", "your answer solved H1", "Yes")
	b.sees("main", "Thank you")
}

// introduce: each says where they work, and Mary confirms the organisations, but one.
func (s *stage) introduce() {
	a, b, m := s.anna, s.bogdan, s.mary
	a.goes("vet-communication")
	a.types("main", `/profile organisation:"CFP Bologna" country:Italia`)
	a.sees("main", "CFP Bologna")
	b.types("main", `/profile organisation:"ZDZ Poznań" country:Poland review:yes`)
	b.sees("main", "Saved.", "ZDZ Poznań")
	m.types("main", `/profile organisation:"Cork ETB" country:Ireland`)
	m.sees("main", "Saved.", "Cork ETB")
	m.goes("My page")
	m.sees("main", "works for CFP Bologna")
	m.presses("main", "works for CFP Bologna", "Confirm")
	m.sees("main", "CFP Bologna is confirmed")
	m.types("main", `mod org confirm "Cork ETB"`)
	m.sees("main", "Cork ETB is confirmed")
	m.goes("vet-communication")
}

// deposit: Bogdan writes a message with a PDF and puts it into the toolbox from the message's menu; Anna
// finds it from the other space, looks at it and gets the file.
func (s *stage) deposit() {
	b, a := s.bogdan, s.anna
	b.goes("vet-sharing")
	b.attaches("main", s.pdf)
	b.types("main", "Nasza rubryka")
	b.sees("main", "Nasza rubryka", filepath.Base(s.pdf))
	b.acts("main", "Nasza rubryka", "Share something")
	b.fills("Title", "Rubryka oceny spawania")
	b.fills("May others use it?", "yes, with my name (CC BY 4.0)")
	b.submits("Into the toolbox")
	b.sees("main", "R1 · Rubryka oceny spawania is in the toolbox.")
	b.sees("main", "R1 · Rubryka oceny spawania", "by Bogdan Nowak, ZDZ Poznań")

	a.goes("vet-sharing")
	a.types("main", "/find rubryka spawania")
	a.sees("main", "R1", "Rubryka oceny spawania", "Lo vedi solo tu")
	a.presses("main", "Rubryka oceny spawania", "Mostra R1")
	a.until("get the file", fileOn(filepath.Base(s.pdf)))
}

// fileOn asks for a file that is on the page, and is true once it came as a PDF.
func fileOn(name string) string {
	return `(() => {
		const link = [...document.querySelectorAll("#main a.file")].find(a => a.download === ` + js(name) + `);
		if (link && !window.fetched) window.fetched = fetch(link.href).then(r => r.text()).then(t => { window.came = t; });
		return window.came?.startsWith("%PDF-1.7");
	})()`
}

// collaborate: Anna opens a collaboration, Bogdan joins from his space, and she closes it with what came
// of it.
func (s *stage) collaborate() {
	a, b := s.anna, s.bogdan
	a.goes("vet-collaboration")
	a.types("main", `/collab open theme:"A shared rubric" goal:"One rubric for five schools" until:"6 weeks"`)
	a.sees("main", "C1", "A shared rubric", "1 member")
	b.goes("vet-collaboration")
	b.sees("main", "C1", "A shared rubric")
	b.presses("main", "One rubric for five schools", "Join")
	b.sees("main", "Welcome to C1")
	a.sees("main", "C1", "2 members", "2 countries")
	a.goes("c1-shared-rubric")
	a.types("main", "Ciao a tutti!")
	b.goes("c1-shared-rubric")
	b.sees("main", "C1", "A shared rubric")
	a.types("main", `/collab close C1 "Five schools use one rubric." resources:R1`)
	a.goes("vet-collaboration")
	a.sees("main", "C1", "closed", "Five schools use one rubric.")
}

// promote: Mary makes a best practice of the thread; Bogdan may be quoted.
func (s *stage) promote() {
	m, b := s.mary, s.bogdan
	m.goes("vet-communication")
	m.acts("main", "H1 · solved", "Promote to best practice")
	m.fills("Title", "Remote assessment with video portfolios")
	m.ticks("Messages to quote", "Używamy portfolio")
	m.submits("Promote to best practice")
	m.sees("main", "P1 · Remote assessment with video portfolios is a candidate", "asking 1 person")
	b.goes("My page")
	b.sees("main", "Mary Walsh would like to quote you", "P1")
	b.presses("main", "would like to quote you", "Yes")
	m.types("main", `/practice edit P1 context:"Two schools, two countries." problem:"Distance." approach:"Video and a shared rubric." results:"14 of 16 passed."`)
	m.sees("main", "P1 · Remote assessment with video portfolios is saved.")
	m.types("main", "/show P1")
	m.sees("main", "P1 · Remote assessment", "Używamy portfolio wideo z wspólną rubryką.")
}

// review: somebody of another organisation looks at it (not Bogdan, who is quoted), and Mary accepts it.
func (s *stage) review() {
	m, a, b := s.mary, s.anna, s.bogdan
	m.types("main", "/practice submit P1")
	m.sees("main", "P1", "is in review")
	b.types("main", `practice review P1 accept "Clear, and easy to try."`)
	b.sees("main", "P1 quotes you, so somebody else reviews it.")
	a.goes("vet-cooperation")
	a.types("main", "/practice reviewer")
	a.sees("main", "Grazie!", "Lo vedi solo tu")
	a.goes("La mia pagina")
	a.sees("main", "P1", "aspetta uno sguardo da fuori")
	a.presses("main", "aspetta uno sguardo da fuori", "Esaminala")
	a.fills("Il tuo parere", "Accettarla")
	a.fills("In una frase", "Chiara e facile da provare.")
	a.submits("Esaminala")
	a.sees("main", "Il tuo sguardo su P1 è registrato.")
	a.goes("vet-communication")
	a.thread("H1 · solved")
	m.goes("My page")
	m.sees("main", "The review of P1", "is complete")
	m.presses("main", "The review of P1", "Accept")
	a.sees("thread", "From this thread grew P1 · Remote assessment with video portfolios, now an accepted best practice.")
}

// adopt: Bogdan's organisation takes it up, and its evidence grows.
func (s *stage) adopt() {
	b, m := s.bogdan, s.mary
	m.types("main", `mod org confirm "ZDZ Poznań"`)
	m.sees("main", "ZDZ Poznań is confirmed")
	b.goes("vet-cooperation")
	b.types("main", `/practice adopt P1 result:"14 of 16 apprentices passed"`)
	b.sees("main", "ZDZ Poznań and P1")
	m.types("main", "show P1")
	m.sees("main", "P1 · Remote assessment with video portfolios", "accepted · demonstrated", "ZDZ Poznań")
}
