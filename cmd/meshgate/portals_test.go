package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// TestPortals plays the extended protocol to the gateway and to PostgreSQL: portals that are suspended, several at once, errors that
// skip to Sync, statements described before and after their parameters are known.
func TestPortals(t *testing.T) {
	w := newWorld(t)
	parse := func(name, sql string, oids ...uint32) pgproto3.FrontendMessage {
		return &pgproto3.Parse{Name: name, Query: sql, ParameterOIDs: oids}
	}
	bind := func(portal, statement string, values ...string) pgproto3.FrontendMessage {
		b := &pgproto3.Bind{DestinationPortal: portal, PreparedStatement: statement}
		for _, v := range values {
			b.Parameters = append(b.Parameters, []byte(v))
		}
		return b
	}
	execute := func(portal string, rows uint32) pgproto3.FrontendMessage {
		return &pgproto3.Execute{Portal: portal, MaxRows: rows}
	}
	describe := func(kind byte, name string) pgproto3.FrontendMessage {
		return &pgproto3.Describe{ObjectType: kind, Name: name}
	}
	sync, flush := &pgproto3.Sync{}, &pgproto3.Query{String: "SELECT 'between'"}
	const orders = "SELECT id, note FROM sales.orders ORDER BY id"
	for name, messages := range map[string][]pgproto3.FrontendMessage{
		"suspended": {parse("", orders), bind("", ""), execute("", 3), execute("", 3), execute("", 0), execute("", 1), sync},
		"a portal ends with its transaction": {
			parse("s", orders), bind("p", "s"), execute("p", 2), sync, execute("p", 2), sync, flush,
		},
		"a portal in a block": {
			&pgproto3.Query{String: "BEGIN"}, parse("s", orders), bind("p", "s"), execute("p", 2), sync, bind("q", "s"), execute("q", 1), execute("p", 2), sync,
			&pgproto3.Close{ObjectType: 'P', Name: "p"}, execute("p", 1), sync, &pgproto3.Query{String: "ROLLBACK"},
		},
		"an error skips to Sync": {
			parse("", "SELECT nothing"), bind("", ""), execute("", 0), parse("x", "SELECT 1"), sync, bind("", "x"), sync, parse("x", "SELECT 1"), describe('S', "x"), sync,
		},
		"described before parameters": {
			parse("d", "SELECT id + $1, name || $2, $3 FROM sales.customers WHERE id = $1 AND created > $4", 0, 0, 25), describe('S', "d"),
			bind("", "d", "1", "!", "x", "2000-01-01"), describe('P', ""), execute("", 0), sync,
		},
		"a failing row":         {parse("", "SELECT 1 / (id - 12) FROM sales.orders ORDER BY id"), bind("", ""), execute("", 0), sync},
		"a bad parameter":       {parse("b", "SELECT $1::int"), bind("", "b", "x"), execute("", 0), sync, bind("", "b", "7"), execute("", 0), sync},
		"too few parameters":    {parse("f", "SELECT $1::int"), bind("", "f"), execute("", 0), sync},
		"empty":                 {parse("", ""), describe('S', ""), bind("", ""), describe('P', ""), execute("", 0), sync},
		"no rows":               {parse("", "SET application_name = 'x'"), describe('S', ""), bind("", ""), execute("", 0), sync},
		"unknown names":         {bind("", "none"), sync, execute("none", 0), sync, describe('S', "none"), sync, &pgproto3.Close{ObjectType: 'S', Name: "none"}, sync},
		"several statements":    {parse("", "SELECT 1; SELECT 2"), sync},
		"a name that is taken":  {parse("t", "SELECT 1"), parse("t", "SELECT 2"), sync, &pgproto3.Close{ObjectType: 'S', Name: "t"}, parse("t", "SELECT 3"), sync},
		"a pipeline of queries": {parse("", "SELECT 1"), bind("", ""), execute("", 0), parse("", "SELECT 2"), bind("", ""), execute("", 0), sync},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := converse(t, w.dsn("root"), messages), converse(t, w.oracle, messages)
			if got != want {
				t.Errorf("got\n%s\nPostgreSQL:\n%s", got, want)
			}
		})
	}
}

// converse sends messages and writes down the answers; after each Sync and Query it reads up to ReadyForQuery.
func converse(t *testing.T, dsn string, messages []pgproto3.FrontendMessage) string {
	t.Helper()
	c, err := pgconn.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Conn.Close()
	if err := h.Conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range messages {
		h.Frontend.Send(m)
		switch m.(type) {
		case *pgproto3.Sync, *pgproto3.Query:
		default:
			continue
		}
		if err := h.Frontend.Flush(); err != nil {
			t.Fatal(err)
		}
		for {
			answer, err := h.Frontend.Receive()
			if err != nil {
				t.Fatalf("%v after\n%s", err, b.String())
			}
			b.WriteString(written(answer))
			if _, ready := answer.(*pgproto3.ReadyForQuery); ready {
				break
			}
		}
	}
	return b.String()
}

// written is a message without what differs between servers.
func written(m pgproto3.BackendMessage) string {
	switch m := m.(type) {
	case *pgproto3.RowDescription:
		var b strings.Builder
		b.WriteString("RowDescription")
		for _, f := range m.Fields {
			fmt.Fprintf(&b, " %s:%d/%d/%d", f.Name, f.DataTypeOID, f.DataTypeSize, f.TypeModifier)
		}
		return b.String() + "\n"
	case *pgproto3.DataRow:
		return "DataRow " + rowText(m.Values) + "\n"
	case *pgproto3.ErrorResponse:
		return "Error " + m.Code + " " + m.Message + "\n"
	case *pgproto3.ReadyForQuery:
		return fmt.Sprintf("Ready %c\n", m.TxStatus)
	case *pgproto3.ParameterStatus:
		return "ParameterStatus " + m.Name + "\n"
	case *pgproto3.CommandComplete:
		return "Complete " + string(m.CommandTag) + "\n"
	case *pgproto3.ParameterDescription:
		return fmt.Sprintf("Parameters %v\n", m.ParameterOIDs)
	}
	return fmt.Sprintf("%T\n", m)
}
