package conformance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/catalog"
	"meshgate/pgarrow"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// loadOracle makes a table in PostgreSQL and copies rows into it.
func (s *suite) loadOracle(name string, columns []catalog.Column, rows [][]pgvalue.Value) error {
	defs := make([]string, len(columns))
	for i, c := range columns {
		defs[i] = c.Name + " " + castName(c.Type)
	}
	if _, err := s.oracle.Exec(context.Background(), "CREATE TABLE "+name+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return err
	}
	var b strings.Builder
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			if v == nil {
				b.WriteString(`\N`)
				continue
			}
			b.WriteString(copyText(string(fallbackFormat.AppendText(nil, columns[i].Type.OID, v))))
		}
		b.WriteByte('\n')
	}
	_, err := s.oracle.PgConn().CopyFrom(context.Background(), strings.NewReader(b.String()), "COPY "+name+" FROM STDIN")
	return err
}

var copyEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func copyText(s string) string { return copyEscapes.Replace(s) }

// ask evaluates an expression on every row of a table in PostgreSQL. An error is of the expression, not of a row.
func (s *suite) ask(expr string, tab *table) (map[int]outcome, catalog.Type, error) {
	ctx := context.Background()
	described, err := s.oracle.PgConn().Prepare(ctx, "", "SELECT "+expr+" FROM "+tab.oracle, nil)
	if err != nil {
		return nil, catalog.Type{}, err
	}
	result := catalog.Type{OID: described.Fields[0].DataTypeOID, Mod: described.Fields[0].TypeModifier}
	if pgarrow.IsOIDAlias(result.OID) {
		expr = "(" + expr + ")::oid" // names of objects are the gateway's own
	}
	sql := "SELECT id, " + expr + " FROM " + tab.oracle
	out, err := s.outcomes(ctx, sql)
	if err == nil {
		return out, result, nil
	}
	out = map[int]outcome{}
	for id := range tab.rows {
		one, err := s.outcomes(ctx, sql+" WHERE id = "+strconv.Itoa(id))
		if err != nil {
			state, isState := stateOf(err)
			if !isState {
				return nil, result, err
			}
			out[id] = outcome{state: state}
			continue
		}
		out[id] = one[id]
	}
	return out, result, nil
}

func stateOf(err error) (sqlerr.Code, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return "", false
	}
	return sqlerr.Code(e.Code), true
}

// outcomes runs a query of a number and a value.
func (s *suite) outcomes(ctx context.Context, sql string) (map[int]outcome, error) {
	res := s.oracle.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, res.Err
	}
	out := map[int]outcome{}
	for _, row := range res.Rows {
		id, err := strconv.Atoi(string(row[0]))
		if err != nil {
			return nil, fmt.Errorf("a row without a number: %w", err)
		}
		out[id] = outcome{text: string(row[1]), null: row[1] == nil}
	}
	return out, nil
}

// ids runs a query of numbers.
func (s *suite) ids(sql string) ([]int, error) {
	res := s.oracle.PgConn().ExecParams(context.Background(), sql, nil, nil, nil, nil).Read()
	var out []int
	for _, row := range res.Rows {
		id, err := strconv.Atoi(string(row[0]))
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, res.Err
}

// isText reports whether a type's values compare by a collation.
func isText(t catalog.Type) bool {
	switch t.OID {
	case pgcat.Text, pgcat.VarChar, pgcat.BPChar, pgcat.Name, pgcat.Char:
		return true
	}
	return false
}
