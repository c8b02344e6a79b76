package gateway

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"meshgate/connectors"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
)

var _ syscat.Session = (*run)(nil)

// run is what a running statement knows of its session: the state when the statement started, for the engine asks from goroutines
// of its own, and a portal may go on while the session does other things.
type run struct {
	session   *Session
	epoch     *epoch
	who       *policy.Principal
	view      *syscat.View
	started   time.Time // of the transaction
	statement time.Time
	text      string
	prepared  []syscat.Prepared
	cursors   []syscat.Cursor
	listening []string
	place     *place

	mu       sync.Mutex
	settings *settings
	changes  []change // of set_config, for the session when the statement has ended
}

type change struct {
	name, value string
	local       bool
}

func (s *Session) newRun(e *epoch, who *policy.Principal) (*run, error) {
	v, err := s.gateway.view(e, who)
	if err != nil {
		return nil, err
	}
	a := s.activityNow()
	r := &run{
		session: s, epoch: e, who: who, view: v, started: s.tx.started, statement: a.Query, text: a.Text, settings: s.settings.copy(),
		listening: s.listening,
	}
	for _, p := range s.statements {
		if p.name != "" {
			r.prepared = append(r.prepared, syscat.Prepared{Name: p.name, Text: p.text, Created: p.created, Params: p.declared, FromSQL: p.fromSQL})
		}
	}
	for _, p := range s.portals {
		if p.visible && p.stmt != nil {
			r.cursors = append(r.cursors, syscat.Cursor{Name: p.name, Text: p.stmt.Text, Hold: p.hold, Binary: p.binary, Scroll: p.scroll, Created: p.created})
		}
	}
	return r, nil
}

// settle applies what set_config changed. It runs in the session's goroutine, when the statement has ended.
func (r *run) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.changes {
		if err := r.session.settings.set(c.name, c.value, c.local); err != nil {
			r.session.gateway.log.Warn("a setting could not be kept", "session", r.session.id, "setting", c.name)
		}
	}
	r.changes = nil
}

// Scan reads a relation of the system catalogs.
func (r *run) Scan(ctx context.Context, rel *planner.SystemRelation, ordinals []int, columns []connectors.Column, equal map[int]pgvalue.Value) (array.RecordReader, error) {
	return r.view.Scan(ctx, r, rel, ordinals, connectors.Schema(columns), equal)
}

// call answers a function of the system catalogs.
func (r *run) call(ctx context.Context, name string, args []*string) ([]*string, error) {
	out, err := r.view.Call(ctx, r, name, args)
	if err != nil {
		r.session.mu.Lock()
		defer r.session.mu.Unlock()
		r.session.callFailed = sqlerr.From(err)
	}
	return out, err
}

// User is who asks.
func (r *run) User() string { return r.session.client.User }

// PID is the session's number.
func (r *run) PID() uint32 { return r.session.client.PID }

// Started is when the gateway began to serve.
func (r *run) Started() time.Time { return r.session.gateway.started }

// NextTransaction is the number of the next transaction that asks for one.
func (r *run) NextTransaction() int64 {
	return r.session.gateway.transactions.Load() + firstTransaction
}

// firstTransaction is above the numbers that PostgreSQL keeps for itself and for initdb.
const firstTransaction = 1000

// transactionNumber numbers the transaction when it is first asked for. Nothing is written under it: clients compare it with ages.
func (s *Session) transactionNumber(name string) pgvalue.Value {
	if s.tx.number == 0 && strings.HasSuffix(name, "_if_assigned") {
		return nil
	}
	if s.tx.number == 0 {
		s.tx.number = s.gateway.transactions.Add(1) + firstTransaction - 1
	}
	if strings.HasPrefix(name, "pg_") {
		return strconv.FormatInt(s.tx.number, 10) // xid8 travels as text
	}
	return s.tx.number
}

// Path lists the schemas of search_path.
func (r *run) Path() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings.searchPath(r.User())
}

// Setting returns a parameter as SHOW prints it.
func (r *run) Setting(name string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings.shown(name)
}

// SetConfig is set_config(): the statement sees the new value at once, the session when the statement has ended.
func (r *run) SetConfig(name, value string, local bool) (string, error) {
	if err := r.session.gateway.mayChange(r.User(), name, value); err != nil {
		return "", r.session.refuseSetting(name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settings.set(name, value, local); err != nil {
		return "", err
	}
	r.changes = append(r.changes, change{name, value, local})
	v, _ := r.settings.shown(name)
	return v, nil
}

// Settings are all parameters.
func (r *run) Settings() []syscat.Setting {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings.all()
}

// Prepared are the session's prepared statements.
func (r *run) Prepared() []syscat.Prepared { return r.prepared }

// Cursors are the session's open portals with a name.
func (r *run) Cursors() []syscat.Cursor { return r.cursors }

// Activities are the sessions of the same user: what others do is theirs.
func (r *run) Activities() []syscat.Activity { return r.session.gateway.activities(r.viewer()) }

// Queries are those that the principal may know of.
func (r *run) Queries() []syscat.Query {
	return r.session.gateway.queries.of(r.viewer(), r.session.gateway.now())
}

func (r *run) viewer() *viewer {
	return &viewer{who: r.who, catalog: r.epoch.catalog, guild: meshfile.Values(r.epoch.files.Config.Guild.Groups)}
}

// Stores are the mesh's stores with their health.
func (r *run) Stores() []syscat.Store { return r.session.gateway.storeRows(r.view) }

// Mesh is the state of the files that the statement is planned on.
func (r *run) Mesh() syscat.Mesh {
	m := syscat.Mesh{Epoch: r.epoch.catalog.Epoch(), Loaded: r.epoch.loaded}
	if s := r.session.gateway.Stale(); s != nil {
		m.Problem = fmt.Sprintf("newer files have %d faults and are not taken; meshgate check names them", len(s.Faults))
	}
	return m
}

// value answers now(), current_user and the like (PostgreSQL 15, section 9.26).
func (r *run) value(name string) (pgvalue.Value, error) {
	s := r.session
	now := pgvalue.Timestamp(r.started.UnixMicro())
	switch name {
	case "now":
		return now, nil
	case "statement_timestamp":
		return pgvalue.Timestamp(r.statement.UnixMicro()), nil
	case "current_date", "localtimestamp", "localtime", "current_time":
		return localTime(name, now, r.settings.format.Zone)
	case "current_database":
		return r.epoch.catalog.Mesh(), nil
	case "current_schema":
		for _, schema := range r.Path() {
			if r.view.HasSchema(schema) {
				return schema, nil
			}
		}
		return nil, nil
	case "current_user", "session_user":
		return s.client.User, nil
	case "pg_backend_pid":
		return int64(s.client.PID), nil
	case "version":
		return "PostgreSQL " + pgcat.Version + " (meshgate " + Version() + "), a federated gateway", nil
	case "pg_is_in_recovery":
		return false, nil
	case "pg_postmaster_start_time", "pg_conf_load_time":
		return pgvalue.Timestamp(s.gateway.started.UnixMicro()), nil
	case "inet_client_addr":
		if host, _ := s.peer(); host != "" {
			return host, nil
		}
		return nil, nil
	case "inet_client_port":
		if _, port := s.peer(); port != 0 {
			return int64(port), nil
		}
		return nil, nil
	case "current_query":
		return r.text, nil
	case "pg_my_temp_schema":
		return int64(0), nil
	case "inet_server_addr", "inet_server_port":
		return nil, nil
	case "txid_current", "pg_current_xact_id", "txid_current_if_assigned", "pg_current_xact_id_if_assigned":
		return s.transactionNumber(name), nil
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is not supported", name)
}

func localTime(name string, now pgvalue.Timestamp, zone *pgvalue.Zone) (pgvalue.Value, error) {
	local, err := zone.Local(now)
	if err != nil {
		return nil, err
	}
	date, clock := local.Split()
	switch name {
	case "current_date":
		return date, nil
	case "localtimestamp":
		return local, nil
	case "localtime":
		return clock, nil
	}
	offset, _ := zone.Offset(now)
	return pgvalue.TimeTZ{Time: clock, Offset: -offset}, nil
}

// peer is the client's address; a local socket has none.
func (s *Session) peer() (host string, port int) {
	if s.client.Addr == nil || s.client.Addr.Network() != "tcp" {
		return "", 0
	}
	addr := s.client.Addr.String()
	host = hostOf(addr)
	port, err := strconv.Atoi(addr[min(len(addr), portAt(addr)):])
	if err != nil {
		return host, 0
	}
	return host, port
}
