package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// dialer opens sessions of one server.
type dialer struct {
	server *connectors.Server
	tls    *tls.Config
}

const (
	dialLimit    = 5 * time.Second  // for the network alone
	connectLimit = 15 * time.Second // with TLS and the login
)

var errPort = errors.New("the port is out of range")

func newDialer(server *connectors.Server) (*dialer, error) {
	config, err := server.TLSConfig()
	if err == nil && (server.Port < 1 || server.Port > 65535) {
		err = errPort
	}
	if err != nil {
		return nil, sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s cannot be reached with its settings", server.Store)
	}
	return &dialer{server: server, tls: config}, nil
}

// settings pin what results depend on, beside the character set. A result may be read slowly: the server waits for its reader.
const settings = `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_UNSIGNED_SUBTRACTION', SESSION time_zone = '+00:00',
SESSION autocommit = 1, SESSION net_write_timeout = 2000000, SESSION wait_timeout = 2000000, SESSION sql_auto_is_null = 0,
SESSION sql_select_limit = 18446744073709551615, SESSION sql_big_selects = 1,
SESSION max_sort_length = 8388608`

// dial opens a session and fixes its settings.
func (d *dialer) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.pin(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (d *dialer) connect(ctx context.Context) (*conn, error) {
	c := &conn{dialer: d}
	config := mysql.NewConfig()
	config.User, config.DBName = d.server.User, d.server.Database
	config.Net, config.Addr = "tcp", net.JoinHostPort(d.server.Host, strconv.Itoa(d.server.Port))
	config.Logger = &mysql.NopLogger{}
	config.CheckConnLiveness = false
	config.TLS = d.tls
	config.AllowFallbackToPlaintext = d.server.TLS == connectors.TLSPrefer || d.server.TLS == ""
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var err error
		c.socket, err = (&net.Dialer{Timeout: dialLimit}).DialContext(ctx, network, addr)
		return c.socket, err
	}
	if d.server.Password != nil {
		var err error
		if config.Passwd, err = d.server.Password(); err != nil {
			return nil, err
		}
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	opened, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.driver = opened.(driverConn)
	return c, nil
}

// pin fixes the session's settings.
func (c *conn) pin(ctx context.Context) error {
	for _, sql := range []string{
		"SET NAMES utf8mb4", settings,
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	} {
		if err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	rows, err := c.ask(ctx, "SELECT CONNECTION_ID(), VERSION()", nil)
	if err != nil {
		return err
	}
	if c.id, err = strconv.ParseUint(rows[0][0], 10, 64); err != nil {
		return err
	}
	c.mariaDB = strings.Contains(rows[0][1], "MariaDB")
	limit := c.dialer.server.StatementTimeout
	if limit <= 0 {
		return nil
	}
	sql := "SET SESSION max_execution_time = " + strconv.FormatInt(max(limit.Milliseconds(), 1), 10)
	if c.mariaDB {
		sql = "SET SESSION max_statement_time = " + strconv.FormatFloat(limit.Seconds(), 'f', 3, 64)
	}
	return c.exec(ctx, sql)
}
