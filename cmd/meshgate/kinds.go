package main

import (
	"os"
	"path/filepath"

	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/connectors/mysql"
	"meshgate/connectors/postgres"
	"meshgate/gateway"
)

// kinds are the kinds of stores that this program reads.
func kinds() []gateway.StoreKind {
	return []gateway.StoreKind{
		{Kind: duckdb.Kind, Open: openDuckDB},
		{Kind: postgres.Kind, Open: openServer(postgres.Open)},
		{Kind: mysql.Kind, Open: openServer(mysql.Open)},
	}
}

func openDuckDB(c gateway.StoreConfig) (connectors.Connector, error) {
	path := c.Store.Path.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	return duckdb.Open(duckdb.Config{Store: c.Name, Path: path, Memory: c.Memory, Threads: c.Threads}), nil
}

// openServer adapts a connector to servers.
func openServer(open func(connectors.Server) (connectors.Connector, error)) func(gateway.StoreConfig) (connectors.Connector, error) {
	return func(c gateway.StoreConfig) (connectors.Connector, error) {
		s := connectors.Server{
			Store: c.Name, Host: c.Store.Host.Value, Port: c.Store.Port, Database: c.Store.Database.Value, User: c.Store.User.Value,
			Password: c.Password, TLS: connectors.TLSMode(c.Store.TLS.Value), Connections: c.Store.Connections,
			StatementTimeout: c.StatementTimeout, NullZeroDates: c.Store.ZeroDates.Value == "null", EndUser: c.Store.EndUser.Value,
		}
		if c.Store.CA.Path != "" {
			var err error
			if s.CA, err = os.ReadFile(c.Store.CA.In(c.Dir)); err != nil {
				return nil, err
			}
		}
		return open(s)
	}
}
