package gateway

import (
	"context"
	"slices"
)

// listenCommand is LISTEN and UNLISTEN. Nobody sends a notification here; what a session listens to is remembered from the end of the
// transaction on.
type listenCommand struct {
	none
	tag, channel string // channel "" = all
	stop         bool
}

func (c *listenCommand) run(_ context.Context, s *Session, _ *portal) (*outcome, error) {
	s.tx.listens = append(s.tx.listens, c)
	return done(c.tag), nil
}

// listen applies what a transaction that commits listened to.
func (s *Session) listen(commands []*listenCommand) {
	for _, c := range commands {
		switch i := slices.Index(s.listening, c.channel); {
		case c.stop && c.channel == "":
			s.listening = nil
		case c.stop && i >= 0:
			s.listening = slices.Delete(slices.Clone(s.listening), i, i+1)
		case !c.stop && i < 0:
			s.listening = append(slices.Clip(s.listening), c.channel)
		}
	}
}
