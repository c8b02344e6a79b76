package postgres

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// dialer opens sessions of one server.
type dialer struct {
	server *connectors.Server
	base   *pgconn.Config
}

const (
	dialLimit    = 5 * time.Second  // for the network alone
	connectLimit = 15 * time.Second // with TLS and the login
	readBuffer   = 64 << 10
)

func newDialer(server *connectors.Server) (*dialer, error) {
	base, err := baseConfig(server)
	if err != nil {
		return nil, sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s cannot be reached with its settings", server.Store)
	}
	return &dialer{server: server, base: base}, nil
}

// sessionSettings pin what results depend on, at the start of a session, where they outrank what the account or the database has
// set. Results are binary mostly; casts to text and values without a binary reader of ours follow these.
var sessionSettings = map[string]string{
	"client_encoding": "UTF8", "search_path": "pg_catalog", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
	"extra_float_digits": "3", "bytea_output": "hex", "default_transaction_read_only": "on", "application_name": "mesh",
	"idle_in_transaction_session_timeout": "0", "array_nulls": "on", "transform_null_equals": "off", "xmloption": "content",
	"default_transaction_isolation": "repeatable read", "statement_timeout": "0",
}

// baseConfig is how to connect, but for the password. Nothing comes from the gateway's environment: PGHOST and its like are the
// gateway's user's, not the mesh's.
func baseConfig(server *connectors.Server) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig("host=localhost port=5432 user=none password=none dbname=none sslmode=disable")
	if err != nil {
		return nil, err
	}
	if server.Port < 1 || server.Port > 65535 {
		return nil, errors.New("the port is out of range")
	}
	config.Host, config.Port, config.Database, config.User = server.Host, uint16(server.Port), server.Database, server.User
	config.RuntimeParams = map[string]string{}
	for name, value := range sessionSettings {
		config.RuntimeParams[name] = value
	}
	if server.StatementTimeout > 0 {
		config.RuntimeParams["statement_timeout"] = strconv.FormatInt(max(server.StatementTimeout.Milliseconds(), 1), 10)
	}
	config.KerberosSrvName, config.KerberosSpn, config.RequireAuth = "", "", ""
	config.SSLNegotiation, config.ChannelBinding, config.ValidateConnect = "postgres", "prefer", nil
	config.MinProtocolVersion, config.MaxProtocolVersion = "3.0", "3.0"
	config.ConnectTimeout = dialLimit
	dialer := &net.Dialer{Timeout: dialLimit}
	config.DialFunc = dialer.DialContext
	config.BuildFrontend = newFrontend
	config.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler { return &canceler{pg: pg} }
	config.Fallbacks = nil
	if config.TLSConfig, err = server.TLSConfig(); err != nil {
		return nil, err
	}
	if config.TLSConfig != nil && (server.TLS == connectors.TLSPrefer || server.TLS == "") {
		config.Fallbacks = []*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port}}
	}
	return config, nil
}

// dial opens a session.
func (d *dialer) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	config := d.base.Copy()
	config.Password = ""
	if d.server.Password != nil {
		var err error
		if config.Password, err = d.server.Password(); err != nil {
			return nil, err
		}
	}
	pg, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &conn{pg: pg}
	if err := c.suitable(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
