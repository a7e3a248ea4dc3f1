package webchattest_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// parrot is an engine that says what it hears.
type parrot struct{}

func (parrot) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	if ev.Kind != chat.Invoked {
		return chat.Answer{}, nil
	}
	return chat.Answer{Message: &chat.Message{Lang: "en", Body: []text.Rich{text.Plain(ev.From.Name + " typed " + ev.Text)}}}, nil
}

func (parrot) Complete(context.Context, chat.Event, string, string, string) ([]chat.Option, error) {
	return nil, nil
}
func (parrot) Commands(string) []chat.CommandInfo                     { return nil }
func (parrot) Home(context.Context, chat.Event) (chat.Message, error) { return chat.Message{}, nil }

// Anna writes something that Mary reads, and types a command whose answer is for her alone.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dir, err := os.MkdirTemp("", "webchat")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	web, err := webchat.New(webchat.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = web.Close() }()
	go func() { _ = web.Run(ctx, parrot{}) }()
	server := httptest.NewServer(web.Handler())
	defer server.Close()

	client := webchattest.New(server.URL)
	defer client.Close()
	anna, mary := client.As(webchat.DemoAnna), client.As(webchat.DemoMary)
	lobby, err := anna.Room(ctx, webchat.DemoNet, "lobby")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := anna.Say(ctx, lobby, "", "Buongiorno!"); err != nil {
		log.Fatal(err)
	}
	came, err := anna.Say(ctx, lobby, "", "/ask Come valutare i saldatori?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(came.Answer.Text)
	seen, err := mary.Wait(ctx, lobby, func(m webchattest.Message) bool { return strings.Contains(m.Text, "giorno") })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Mary reads:", seen.Text)
	all, err := mary.Messages(ctx, lobby)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Mary sees", len(all), "message")
	// Output:
	// Anna Bianchi typed ask Come valutare i saldatori?
	// Mary reads: Buongiorno!
	// Mary sees 1 message
}
