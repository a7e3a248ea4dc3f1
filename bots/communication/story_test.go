package communication_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/search"
)

func TestAskAndAnswer(t *testing.T) {
	t.Parallel()
	s := story(t, "ask-and-answer")
	s.tell("A question is asked in one space and answered in another; edits and deletions are followed.")
	s.types("ann", `ask "How do you assess welders remotely?" topic:didactics language:English`)
	m := s.says("bea", "H1", "We use video portfolios\nwith a shared rubrik.")
	s.edits("bea", m, "We use video portfolios\nwith a shared rubric.")
	s.says("dan", "H1", "So do we, here is ours.", "rubric.pdf")
	s.says("ann", "H1", "Thank you both!")
	s.reacts("ann", "✅", "shared rubric")
	s.tell("The text is kept with the request only once its author has agreed.")
	s.types("dan", "show H1")
	s.presses("bea", "Yes")
	s.types("dan", "show H1")
	s.tell("What is deleted where it was written is gone everywhere.")
	s.deletes("bea", m)
	s.types("dan", "show H1")
}

func TestAlike(t *testing.T) {
	t.Parallel()
	s := story(t, "alike")
	s.tell("What looks alike is shown first; it may be enough.")
	s.alike = []search.Hit{{Doc: search.Doc{Letter: "R", Number: 12, Title: "Video portfolios in welding", Language: "it", State: "published"}},
		{Doc: search.Doc{Letter: "H", Number: 3, Title: "Assessing practical work online", Language: "en", State: "solved"}}}
	s.types("ann", `ask How do you assess welders remotely?`)
	s.presses("ann", "That helps, thanks")
	s.tell("Or not. An impatient finger asks once.")
	s.types("ann", `ask How do you assess welders remotely?`)
	s.presses("ann", "Ask anyway")
	s.presses("ann", "Ask anyway")
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	s := story(t, "mistakes")
	s.types("ann", "ask")
	s.fills("ann", chat.Given{"question": "How do I begin?"})
	s.types("ann", "ask "+strings.Repeat("long ", 401))
	s.types("ann", `ask "How?" welding`)
	s.types("ann", `ask "How?" to:nobody`)
	s.types("ann", `ask "@everyone <!channel> **bold** [x](https://evil.example) @bea"`)
	s.types("bea", "solved H1")
	s.types("bea", "solved H99")
	s.types("bea", "solved")
	s.types("bea", "solved R1")
	s.types("ann", "solved H1 Bea")
	s.types("ann", "solved")
	s.types("bea", "experts")
	s.fills("bea", chat.Given{"topic": "didactics"})
	s.types("bea", "experts welding")
	s.types("bea", "requests everything")
	s.types("bea", "show H99")
	s.types("bea", "edit H1 question:mine")
	s.types("bea", "withdraw H1")
	s.types("bea", "hide H1")
	s.types("bea", "request answer H1 x")
}

func TestSolving(t *testing.T) {
	t.Parallel()
	s := story(t, "solving")
	s.types("ann", "ask Who has a rubric for welders?")
	s.says("bea", "H1", "We have one.")
	s.says("dan", "H1", "We have, too.")
	s.tell("Somebody else's ✅ is only a ✅; so is one on anything but an answer.")
	s.reacts("dan", "✅", "We have one")
	s.reacts("ann", "✅", "Who has a rubric")
	s.says("ann", "", "lunch?")
	s.reacts("ann", "✅", "lunch")
	s.tell("In its thread the request is known; where several answered, one is asked which it was.")
	s.says("ann", "H1", "/solved")
	s.presses("ann", "None of these")
	s.types("ann", "solved H1")
	s.tell("The credit can be given later, and to another.")
	s.types("mia", "solved H1 Dan")
	s.presses("dan", "No")
	s.acts("ann", "solved", "We have one")
	s.acts("ann", "solved", "lunch")
	s.acts("ann", "solved", "Who has a rubric")
	s.tell("After the second accepted answer, once, its author is asked.")
	s.types("ann", "ask And one for cooks?")
	s.says("bea", "H2", "Cooks as well.")
	s.reacts("mia", "✅", "Cooks as well")
	s.types("ann", "ask And one for bakers?")
	s.says("bea", "H3", "Bakers as well.")
	s.reacts("ann", "✅", "Bakers as well")
	s.presses("bea", "Yes, ask me")
	s.types("ann", "ask And one for smiths?")
}

func TestUnnamed(t *testing.T) {
	t.Parallel()
	s := story(t, "unnamed")
	s.tell("Without a name it stands nowhere, and answers still arrive.")
	s.types("ann", `ask "How do I tell my director?" to:"without my name"`)
	s.says("bea", "H1", "Plainly.")
	s.presses("ann", "Add something")
	s.fills("ann", chat.Given{"answer": "He does not like plain words."})
	s.says("ann", "H1", "I should not have written this here.")
	s.types("dan", "requests")
	s.types("dan", "requests mine")
	s.types("dan", "show H1")
	s.types("ann", "requests mine")
	s.types("ann", "show H1")
	s.reacts("ann", "✅", "Plainly")
	s.types("dan", "show H1")
	s.types("mia", "withdraw H1 too personal")
}

func TestOneHelper(t *testing.T) {
	t.Parallel()
	s := story(t, "one-helper")
	s.tell("One helper, privately: no card, and nobody else can read it.")
	s.offers("bea", "didactics")
	s.offers("dan", "")
	s.types("ann", `ask "How do I fail a student?" topic:didactics to:"one helper, privately"`)
	s.types("dan", "show H1")
	s.types("mia", "requests")
	s.presses("bea", "Show the question")
	s.presses("bea", "Answer")
	s.fills("bea", chat.Given{"answer": "With respect, and early."})
	s.presses("ann", "Reply")
	s.fills("ann", chat.Given{"answer": "How early?"})
	s.types("bea", "show H1")
	s.types("ann", "show H1")
	s.presses("ann", "This solved it")
	s.types("bea", "show H1")
	s.tell("Nobody is free: the asker may ask everyone.")
	s.types("ann", `ask "And how do I pass one?" topic:funding to:helper`)
	s.presses("dan", "Not now")
	s.later(48 * time.Hour)
	s.presses("ann", "Ask everyone")
}

func TestHelpers(t *testing.T) {
	t.Parallel()
	s := story(t, "helpers")
	s.tell("Helpers are asked one by one; the asker never learns who declined.")
	s.offers("bea", "didactics")
	s.offers("dan", "didactics")
	s.offers("eve", "didactics")
	s.types("ann", `ask "How do you assess welders?" topic:didactics`)
	s.presses("bea", "Not now")
	s.presses("bea", "Not now")
	s.presses("dan", "Stop asking me")
	s.later(24 * time.Hour)
	s.later(24 * time.Hour)
	s.types("mia", "experts didactics")
	s.presses("eve", "Show the question")
	s.presses("eve", "Answer")
	s.fills("eve", chat.Given{"answer": "By video."})
	s.presses("bea", "Show the question")
	s.presses("dan", "Ask me again")
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	s := story(t, "following")
	s.types("ann", "ask Who has a rubric?")
	s.presses("dan", "Follow")
	s.presses("dan", "Follow")
	s.presses("ann", "Follow")
	s.presses("mia", "Follow")
	s.presses("mia", "Stop following")
	s.presses("bea", "I can help")
	s.fills("bea", chat.Given{"answer": "  "})
	s.fills("bea", chat.Given{"answer": "We do."})
	s.says("eve", "H1", "So do we.")
	s.reacts("ann", "✅", "We do")
}

func TestLists(t *testing.T) {
	t.Parallel()
	s := story(t, "lists")
	s.types("dan", "requests")
	s.types("dan", "requests mine")
	s.types("dan", "requests solved didactics")
	for _, q := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"} {
		s.types("ann", `ask "Question `+q+`?" topic:funding language:it urgency:today`)
	}
	s.says("bea", "H2", "Answer.")
	s.shown = nil
	s.types("dan", "requests")
	s.presses("dan", "Next")
	s.presses("dan", "Previous")
	s.types("dan", "requests answered")
	s.types("dan", "requests open topic:funding page:99")
	s.types("dan", "requests open didactics")
	s.offers("bea", "funding")
	s.offers("eve", "funding")
	s.types("dan", "experts funding")
	s.types("dan", "experts funding language:Polish")
	s.presses("dan", "I can help with this")
}

func TestWithdrawing(t *testing.T) {
	t.Parallel()
	s := story(t, "withdrawing")
	s.offers("eve", "")
	s.types("ann", "ask "+strings.Repeat("What should one do about long questions? ", 5))
	s.says("bea", "H1", "Shorten them.")
	s.says("dan", "H1", "Split them.")
	s.types("ann", `edit H1 "What should one do about long questions?" language:en`)
	s.types("ann", `withdraw H1 "found it"`)
	s.types("ann", "withdraw H1")
	s.types("dan", "show H1")
	s.says("dan", "H1", "Too late?")
	s.presses("eve", "Show the question")
	s.tell("Who deletes the message with the question withdraws it.")
	m := s.says("ann", "", "/ask Typed in a hurry?")
	s.says("bea", "H2", "Yes?")
	s.deletes("ann", m)
	s.tell("A moderator takes a request off view.")
	s.types("ann", "ask Something rude?")
	s.says("bea", "H3", "Rude as well.")
	s.types("mia", "hide H3")
	s.types("mia", "hide H3")
	s.types("dan", "show H3")
	s.types("mia", "show H3")
	s.says("dan", "H3", "Unheard.")
}

func TestSleeping(t *testing.T) {
	t.Parallel()
	s := story(t, "sleeping")
	s.types("ann", "ask Is anybody there?")
	s.later((communication.SleepDays + 1) * 24 * time.Hour)
	s.upkeep()
	s.upkeep()
	s.says("bea", "H1", "Now I am.")
}

func TestWithoutForms(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	s.bare = true
	played(t, s, "without-forms")
	s.tell("Where a service has neither forms nor private answers, one is asked in a thread.")
	m := s.says("ann", "", "/ask")
	s.replies("ann", m, "Who has a rubric for welders?")
	s.presses("bea", "I can help")
	s.says("bea", "H1", "We have one.")
	s.reacts("ann", "✅", "We have one.")
	s.tell("What must not be seen is said directly.")
	s.says("ann", "", `/ask "How do I tell my director?" to:unnamed`)
	s.says("ann", "", "/requests mine")
}

func TestInItalian(t *testing.T) {
	t.Parallel()
	s := newStage(t, "it")
	s.lang = "it"
	played(t, s, "in-italian")
	s.offers("bea", "didactics")
	s.alike = []search.Hit{{Doc: search.Doc{Letter: "H", Number: 3, Title: "Valutare il lavoro pratico a distanza", Language: "it", State: "solved"}}}
	s.types("ann", `ask "Come valutare a distanza gli apprendisti saldatori?" topic:didactics urgency:"questa settimana"`)
	s.presses("ann", "Chiedi comunque")
	s.presses("bea", "Mostra la domanda")
	s.says("bea", "H1", "Con un portfolio video.", "rubrica.pdf", "esempio.pdf")
	s.types("dan", "requests")
	s.types("dan", "experts didactics")
	s.reacts("ann", "✅", "portfolio")
	s.presses("bea", "Sì")
	s.types("dan", "show H1")
	s.alike = nil
	s.types("dan", `ask "Una cosa mia" to:"a una sola persona, in privato"`)
	s.types("dan", `ask "Un'altra" to:"senza il mio nome"`)
	s.types("dan", "solved H1")
}
