package matrix

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// ready makes sure that there is a session: the one that was kept, else a new one. The token is kept
// because transaction ids count per token, and the device because its keys do.
//
// Errors: ErrGone when going on is pointless (a device that was removed, a wrong password).
func (p *Platform) ready(ctx context.Context) error {
	select {
	case p.open <- struct{}{}:
		defer func() { <-p.open }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// A token that was refused may have run out, or another program has renewed it.
	if refused := p.bearer.refused.Swap(false); p.opened && !refused {
		return nil
	}
	if err := p.logIn(ctx); err != nil {
		return err
	}
	if p.cipher == nil && p.o.Keys != "" {
		c, err := openCipher(ctx, p)
		if errors.Is(err, errKeysLost) && p.o.NewDevice && p.o.Password != "" {
			if err := p.renew(ctx); err != nil {
				return err
			}
			c, err = openCipher(ctx, p)
		}
		if err != nil {
			return err
		}
		p.cipher = c
	}
	p.opened = true
	return nil
}

// errKeysLost says that the device's encryption keys are not here, or not on the homeserver.
var errKeysLost = errors.New("the device's encryption keys are lost")

// renew takes a new device in place of one whose keys are lost, and logs the old one out: nobody need
// encrypt for it any more.
func (p *Platform) renew(ctx context.Context) error {
	device, token, err := p.password(ctx, "")
	if err != nil {
		return err
	}
	if err := p.o.Store.KeepSession(ctx, p.me, device, token); err != nil {
		return fmt.Errorf("keep the session: %w", err)
	}
	call, cancel := limited(ctx)
	defer cancel()
	if _, err := p.client.Logout(call); err != nil {
		p.log.Warn("matrix: log the device out whose keys are lost", "device", string(p.client.DeviceID), "error", err)
	}
	p.log.Info("logged in as a new device", "user", p.me, "device", device)
	p.use(device, token)
	return nil
}

// logIn finds the session's token and device.
func (p *Platform) logIn(ctx context.Context) error {
	device, token, found, err := p.o.Store.Session(ctx, p.me)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errStore, err)
	case p.o.AccessToken != "":
		return p.useToken(ctx, device, token)
	case found:
		p.use(device, token)
		return p.checkKept(ctx, device)
	}
	device, token, err = p.password(ctx, "")
	if err != nil {
		return err
	}
	if err := p.o.Store.KeepSession(ctx, p.me, device, token); err != nil {
		return fmt.Errorf("keep the session: %w", err)
	}
	p.use(device, token)
	p.log.Info("logged in", "user", p.me, "device", device)
	return nil
}

func (p *Platform) use(device, token string) {
	p.bearer.token.Store(&token)
	if p.client.DeviceID != id.DeviceID(device) { // it changes before anything else looks at it
		p.client.DeviceID = id.DeviceID(device)
	}
}

// useToken is a session with a token that the operator gave.
func (p *Platform) useToken(ctx context.Context, kept, keptToken string) error {
	p.bearer.token.Store(&p.o.AccessToken)
	who, err := p.whoAmI(ctx)
	if err != nil {
		if code(err) == "M_UNKNOWN_TOKEN" {
			if kept != "" {
				return lostDevice(kept, err)
			}
			return fmt.Errorf("the homeserver does not know the access token: %w", errors.Join(err, chat.ErrGone))
		}
		return fmt.Errorf("ask whose the access token is: %w", err)
	}
	device := string(who.DeviceID)
	if kept != "" && device != kept && !p.o.NewDevice {
		return lostDevice(kept, fmt.Errorf("the access token belongs to device %s", device))
	}
	p.use(device, p.o.AccessToken)
	if kept == device && keptToken == p.o.AccessToken {
		return nil
	}
	return p.o.Store.KeepSession(ctx, p.me, device, p.o.AccessToken)
}

// checkKept looks whether the kept session still stands. A token that ran out is renewed for the same
// device; a device that was removed is not made anew: whoever removed it may have meant it.
func (p *Platform) checkKept(ctx context.Context, device string) error {
	_, err := p.whoAmI(ctx)
	switch {
	case err == nil:
		return nil
	case code(err) != "M_UNKNOWN_TOKEN":
		return fmt.Errorf("ask whether the session stands: %w", err)
	case p.o.Password != "" && p.o.NewDevice && !softLogout(err) && p.cipher == nil:
		device = ""
	case !softLogout(err) || p.o.Password == "":
		return lostDevice(device, err)
	}
	none := ""
	p.bearer.token.Store(&none)
	again, token, err := p.password(ctx, device)
	if err != nil {
		return err
	}
	if err := p.o.Store.KeepSession(ctx, p.me, again, token); err != nil {
		return fmt.Errorf("keep the session: %w", err)
	}
	p.use(again, token)
	return nil
}

// whoAmI also says when the token is somebody else's.
func (p *Platform) whoAmI(ctx context.Context) (*mautrix.RespWhoami, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	who, err := p.client.Whoami(ctx)
	if err == nil && string(who.UserID) != p.me {
		return nil, errors.Join(fmt.Errorf("the access token belongs to %s, not to %s", who.UserID, p.me), chat.ErrGone)
	}
	return who, err
}

// refused is a session whose token is not known any more: looked at anew where the token may be
// renewed, or another program has renewed it.
func (p *Platform) refused(ctx context.Context, err error) error {
	_, token, found, lost := p.o.Store.Session(ctx, p.me)
	if lost != nil {
		return fmt.Errorf("%w: %w", errStore, lost)
	}
	if found && token != p.bearer.now() || softLogout(err) && p.o.Password != "" {
		p.bearer.refused.Store(true)
		return err
	}
	return lostDevice(string(p.client.DeviceID), err)
}

// password logs in as a new device, or as the given one.
func (p *Platform) password(ctx context.Context, device string) (string, string, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	got, err := p.client.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: p.o.Password, DeviceID: id.DeviceID(device), InitialDeviceDisplayName: p.o.DeviceName,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: p.me},
	})
	switch {
	case code(err) == "M_FORBIDDEN" || code(err) == "M_USER_DEACTIVATED":
		return "", "", errors.Join(fmt.Errorf("%w: %w", errPassword, err), chat.ErrGone)
	case err != nil:
		return "", "", fmt.Errorf("log in: %w", err)
	case string(got.UserID) != p.me:
		return "", "", errors.Join(fmt.Errorf("logged in as %s instead of %s", got.UserID, p.me), chat.ErrGone)
	}
	return string(got.DeviceID), got.AccessToken, nil
}
