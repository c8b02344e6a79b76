package gateway

import (
	"context"
	"maps"
	"slices"
	"strings"

	"meshgate/meshfile"
	"meshgate/policy"
	"meshgate/sqlerr"
	"meshgate/wire"
)

var _ wire.Backend = (*Gateway)(nil)

// Start makes the session of an authenticated client.
func (g *Gateway) Start(ctx context.Context, c *wire.Client) (wire.Session, error) {
	e := g.epoch.Load()
	u, ok := e.users[c.User]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidAuthorization, "role %q does not exist", c.User).Fatal()
	}
	s, err := g.newSession(c, e, u)
	if err != nil {
		g.Refused(wire.Refusal{User: c.User, Addr: c.Addr, Err: err})
		return nil, err
	}
	if err := g.record("session.started", false, &auditLogin{auditSession: s.audited(), Database: c.Database}); err != nil {
		return nil, sqlerr.From(err).Fatal()
	}
	g.mu.Lock()
	g.sessions[c.PID] = s
	g.mu.Unlock()
	return s, nil
}

// newSession makes the session of a known user with what its client asked for.
func (g *Gateway) newSession(c *wire.Client, e *epoch, u *meshfile.User) (*Session, error) {
	mesh := e.catalog.Mesh()
	if c.Database != mesh {
		return nil, sqlerr.Newf(sqlerr.InvalidCatalogName, "database %q does not exist", c.Database).
			WithHint("The mesh is the database: %s.", mesh).Fatal()
	}
	s := &Session{
		gateway: g, client: c, id: newID(), settings: newSettings(), statements: map[string]*prepared{}, portals: map[string]*portal{},
		started: g.now(), closed: make(chan struct{}),
	}
	s.settings.values["session_authorization"] = c.User
	s.settings.startup["session_authorization"] = c.User
	s.settings.startup["application_name"] = ""
	if err := s.startupParameters(c.Params, u); err != nil {
		return nil, sqlerr.From(err).Fatal()
	}
	return s, nil
}

// startupParameters applies what the client asked for when it connected. Parameters that PostgreSQL has and a gateway does not
// know are accepted: drivers send what they please.
func (s *Session) startupParameters(params map[string]string, u *meshfile.User) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value := params[name]
		switch strings.ToLower(name) {
		case "user", "database", "replication", "options":
			continue
		case "mesh.purpose":
			if err := checkPurpose(u, value); err != nil {
				return err
			}
		}
		err := s.settings.set(name, value, false)
		if e := sqlerr.From(err); err != nil && (e.Code == sqlerr.UndefinedObject || e.Code == sqlerr.CantChangeRuntimeParam) {
			continue
		}
		if err != nil {
			return err
		}
		key := strings.ToLower(name)
		s.settings.startup[key] = s.settings.values[key]
	}
	s.settings.shape()
	return nil
}

// checkPurpose refuses a purpose that the user does not have.
func checkPurpose(u *meshfile.User, purpose string) error {
	if purpose == "" {
		return nil
	}
	for _, p := range u.Purposes {
		if p.Value == purpose {
			return nil
		}
	}
	err := sqlerr.Newf(sqlerr.InsufficientPrivilege, "purpose %q is none of yours", purpose)
	if len(u.Purposes) == 0 {
		return err.WithHint("You have no purposes.")
	}
	return err.WithHint("Your purposes: %s.", strings.Join(meshfile.Values(u.Purposes), ", "))
}

// principal is who asks, as of an epoch, with the purpose that the session states.
func (s *Session) principal(e *epoch) (*policy.Principal, error) {
	u, ok := e.users[s.client.User]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidAuthorization, "user %q is no longer known", s.client.User)
	}
	purpose := s.settings.text("mesh.purpose")
	if err := checkPurpose(u, purpose); err != nil {
		return nil, err
	}
	p := principalOf(u, purpose)
	if t := s.client.Token; t != nil {
		p.Groups = slices.Concat(p.Groups, slices.DeleteFunc(slices.Clone(t.Groups), func(g string) bool { return slices.Contains(p.Groups, g) }))
	}
	p.Client = policy.Client{App: s.settings.text("application_name")}
	if s.client.Addr != nil {
		p.Client.IP = hostOf(s.client.Addr.String())
	}
	return p, nil
}

// principalOf makes a principal of a user.
func principalOf(u *meshfile.User, purpose string) *policy.Principal {
	return &policy.Principal{User: u.Name.Value, Groups: meshfile.Values(u.Groups), Roles: meshfile.Values(u.Roles), Purpose: purpose, Attrs: attrsOf(u.Attrs)}
}

func hostOf(addr string) string {
	return strings.Trim(strings.TrimSuffix(addr[:portAt(addr)], ":"), "[]")
}

// portAt is where the port of host:port begins, or the end.
func portAt(addr string) int {
	if i := strings.LastIndexByte(addr, ':'); i >= 0 {
		return i + 1
	}
	return len(addr)
}

// messageOf is what a client may read of an error.
func messageOf(err error) string { return sqlerr.From(err).Message }
