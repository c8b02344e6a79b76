package duck

import (
	bindings "github.com/duckdb/duckdb-go-bindings"

	"meshgate/sqlerr"
)

// Build runs statements in a DuckDB that may read and write files: it makes stores for demonstrations and tests. The statements
// are never a user's. path is the database file, or empty for one in memory that only writes other files.
func Build(path string, statements ...string) error {
	var config bindings.Config
	if bindings.CreateConfig(&config) != bindings.StateSuccess {
		return sqlerr.Newf(sqlerr.InternalError, "DuckDB gives no configuration")
	}
	defer bindings.DestroyConfig(&config)
	if path == "" {
		path = ":memory:"
	}
	var db bindings.Database
	var text string
	if bindings.OpenExt(path, &db, config, &text) != bindings.StateSuccess {
		return sqlerr.Wrap(engineError(text), sqlerr.IOError, "cannot write %s", path)
	}
	defer bindings.Close(&db)
	var conn bindings.Connection
	if bindings.Connect(db, &conn) != bindings.StateSuccess {
		return sqlerr.Newf(sqlerr.SystemError, "DuckDB gives no connection")
	}
	defer bindings.Disconnect(&conn)
	for _, s := range statements {
		var res bindings.Result
		state := bindings.Query(conn, s, &res)
		text := bindings.ResultError(&res)
		bindings.DestroyResult(&res)
		if state != bindings.StateSuccess {
			return sqlerr.Wrap(engineError(text), sqlerr.SystemError, "cannot build %s", path)
		}
	}
	return nil
}
