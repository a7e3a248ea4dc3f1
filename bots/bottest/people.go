package bottest

import (
	"context"
	"errors"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
)

// Person is one of those who act in a transcript.
type Person struct {
	Account chat.AccountID
	Name    string
	Home    chat.SpaceID
	Locale  string
	Org     string
	Country string
	Role    community.Role
}

// cast are the people of every transcript, in the order in which they become members.
func cast() []*Person {
	return []*Person{
		{"ann", "Ann", "hall", "en", "CFP Bologna", "IT", community.RoleMember},
		{"bea", "Bea", "annex", "en", "ZDZ Poznań", "PL", community.RoleMember},
		{"mia", "Mia", "hall", "en", "Cork ETB", "IE", community.RoleAdmin},
		{"dan", "Dan", "hall", "en", "Berufskolleg Essen", "DE", community.RoleMember},
		{"eve", "Eve", "annex", "en", "IES Sevilla", "ES", community.RoleMember},
	}
}

// sections are the rooms of each space, one per section.
var sections = []community.Section{community.Communication, community.Sharing, community.Collaboration, community.Cooperation, community.News}

// found makes the community "VET Net" with its two spaces, their rooms, and the cast with their organisations.
func (s *Stage) found(ctx context.Context) error {
	d := s.DB.Directory()
	com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: s.speak, Zone: "Europe/Dublin", Policy: community.PolicyOpen}, s.Now)
	if err != nil {
		return err
	}
	for _, space := range []chat.SpaceID{"hall", "annex"} {
		if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: service, ID: string(space), Name: strings.ToUpper(string(space[:1])) + string(space[1:]),
			Noise: community.NoiseAll, Joined: s.Now}); err != nil {
			return err
		}
		for _, section := range sections {
			err := d.AddRoom(ctx, community.Room{Community: com.ID, Platform: service, Space: string(space), ID: string(space) + "#" + string(section),
				Name: string(section), Sections: []community.Section{section}})
			if err != nil {
				return err
			}
		}
	}
	for _, p := range s.people {
		m, _, err := d.Enter(ctx, com.ID, service, p.Home, chat.Author{Account: p.Account, Name: p.Name, Locale: p.Locale}, s.Now)
		if err != nil {
			return err
		}
		if err := errors.Join(s.belong(ctx, com.ID, m.No, p), d.SetRole(ctx, com.ID, m.No, p.Role)); err != nil {
			return err
		}
	}
	return nil
}

// belong puts a member into their organisation, which a moderator has confirmed.
func (s *Stage) belong(ctx context.Context, of, no int64, p *Person) error {
	d := s.DB.Directory()
	org, err := d.AddOrganisation(ctx, of, community.Organisation{Name: p.Org, Country: p.Country, Kind: "provider", Confirmed: true})
	if err != nil {
		return err
	}
	m, err := d.Member(ctx, of, no)
	if err != nil {
		return err
	}
	m.Organisation, m.Country = org, p.Country
	return d.SetMember(ctx, m)
}
