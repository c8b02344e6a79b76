package main

import (
	"path/filepath"

	"meshgate/connectors"
	"meshgate/connectors/duckdb"
	"meshgate/gateway"
)

// kinds are the kinds of stores that this program reads.
func kinds() []gateway.StoreKind {
	return []gateway.StoreKind{
		{Kind: duckdb.Kind, Open: openDuckDB},
	}
}

func openDuckDB(c gateway.StoreConfig) (connectors.Connector, error) {
	path := c.Store.Path.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	return duckdb.Open(duckdb.Config{Store: c.Name, Path: path, Memory: c.Memory, Threads: c.Threads}), nil
}
