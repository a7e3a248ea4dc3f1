package discordtest_test

import (
	"fmt"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// A person presses a button, and sees what the app makes of it.
func Example() {
	srv := discordtest.Must(discordtest.New(discordtest.Options{}))
	defer srv.Close()
	guild := srv.AddGuild("VET Net")
	help := guild.AddChannel("help")
	ann := srv.AddPerson("ann", discordtest.Locale("it"))
	guild.Join(ann)

	// The app: an unmodified discordgo.
	app := discordtest.Must(discordgo.New("Bot " + srv.Token()))
	app.Client, app.Dialer = srv.Client(), srv.Dialer()
	app.AddHandler(func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		s.InteractionRespond(i.Interaction, text("You pressed "+i.MessageComponentData().CustomID, discordgo.MessageFlagsEphemeral)) //nolint:errcheck // Ann would not see it
	})
	if err := app.Open(); err != nil {
		panic(err)
	}
	defer quit(app)
	discordtest.Must(app.ChannelMessageSendComplex(help.ID.String(), &discordgo.MessageSend{Content: "H7 is open.", Components: card()}))

	card := discordtest.Must(ann.SeesText(help, "H7"))
	pressed := discordtest.Must(ann.Press(card, "Join"))
	reply := discordtest.Must(pressed.Reply())
	fmt.Println(reply.Text(), "(only Ann:", reply.Ephemeral(), ")")
	fmt.Println("rules broken:", len(srv.Faults()))
	// Output:
	// You pressed join (only Ann: true )
	// rules broken: 0
}
