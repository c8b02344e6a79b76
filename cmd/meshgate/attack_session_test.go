package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// attacker is a session that hears everything that the gateway says, message by message.
type attacker struct {
	dsn  string
	conn net.Conn
	fe   *pgproto3.Frontend
	pid  uint32
}

func openAttacker(t testing.TB, dsn string) *attacker {
	t.Helper()
	a := &attacker{dsn: dsn}
	if err := a.open(""); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *attacker) open(more string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, a.dsn+more)
	if err != nil {
		return err
	}
	h, err := c.Hijack()
	if err != nil {
		return err
	}
	a.conn, a.fe, a.pid = h.Conn, h.Frontend, h.PID
	return nil
}

func (a *attacker) close() {
	a.fe.Send(&pgproto3.Terminate{})
	_ = a.fe.Flush() // the gateway may have ended the session
	_ = a.conn.Close()
}

// heard is what came back: all of it, and the SQLSTATE of the first error.
type heard struct {
	text strings.Builder
	rows []string
	code string
	hint string // of the first error
}

// say sends messages and hears the answers up to the n-th ReadyForQuery.
func (a *attacker) say(n int, messages ...pgproto3.FrontendMessage) *heard {
	h := &heard{}
	for _, m := range messages {
		a.fe.Send(m)
	}
	fail := func(err error) *heard {
		h.code = "connection"
		fmt.Fprintf(&h.text, "connection: %v\n", err)
		a.close()
		if err := a.open(""); err != nil {
			panic(err)
		}
		return h
	}
	if err := a.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return fail(err)
	}
	if err := a.fe.Flush(); err != nil {
		return fail(err)
	}
	for n > 0 {
		m, err := a.fe.Receive()
		if err != nil {
			return fail(err)
		}
		h.hear(m)
		if _, ready := m.(*pgproto3.ReadyForQuery); ready {
			n--
		}
		if _, copies := m.(*pgproto3.CopyInResponse); copies {
			a.fe.Send(&pgproto3.CopyFail{Message: "no"})
			if err := a.fe.Flush(); err != nil {
				return fail(err)
			}
		}
	}
	return h
}

// hear writes down a message with all its fields.
func (h *heard) hear(m pgproto3.BackendMessage) {
	switch m := m.(type) {
	case *pgproto3.RowDescription:
		for _, f := range m.Fields {
			fmt.Fprintf(&h.text, "%s:%d/%d@%d.%d ", f.Name, f.DataTypeOID, f.TypeModifier, f.TableOID, f.TableAttributeNumber)
		}
		h.text.WriteString("\n")
	case *pgproto3.DataRow:
		h.rows = append(h.rows, rowText(m.Values))
		h.text.WriteString(rowText(m.Values) + "\n")
	case *pgproto3.CopyData:
		h.text.Write(m.Data)
	case *pgproto3.ErrorResponse:
		if h.code == "" {
			h.code, h.hint = m.Code, m.Hint
		}
		fmt.Fprintf(&h.text, "%+v\n", *m)
	case *pgproto3.NoticeResponse:
		fmt.Fprintf(&h.text, "%+v\n", *m)
	default:
		fmt.Fprintf(&h.text, "%T %+v\n", m, m)
	}
}

// step is a line of an attack: a Query message, or a word with a backslash and what it is about.
//
//	\run SQL <- a <- b     the extended protocol, with text parameters, described before
//	\binary SQL            the same with binary results
//	\portal N SQL          N rows, then the others
//	\describe SQL          the statement alone
//	\start OPTIONS <- SQL  another session with startup options
//	\call OID              a FunctionCall
//	\data TEXT             CopyData where none is expected
//	\twice SQL             prepared once, described, run twice
func (a *attacker) step(line string) *heard {
	word, rest, _ := strings.Cut(line, " ")
	parts := strings.Split(rest, " <- ")
	parse, sync := &pgproto3.Parse{Query: parts[0]}, &pgproto3.Sync{}
	portal, all := &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}
	bind := &pgproto3.Bind{}
	for _, p := range parts[1:] {
		bind.Parameters = append(bind.Parameters, []byte(p))
	}
	switch word {
	case `\run`:
		return a.say(1, parse, bind, portal, all, sync)
	case `\binary`:
		bind.ResultFormatCodes = []int16{1}
		return a.say(1, parse, bind, portal, all, sync)
	case `\portal`:
		n, sql, _ := strings.Cut(parts[0], " ")
		first, err := strconv.ParseUint(n, 10, 32)
		if err != nil {
			panic(line)
		}
		return a.say(1, &pgproto3.Parse{Query: sql}, bind, portal, &pgproto3.Execute{MaxRows: uint32(first)}, all, sync)
	case `\describe`:
		return a.say(1, parse, &pgproto3.Describe{ObjectType: 'S'}, sync)
	case `\twice`:
		return a.say(1, parse, &pgproto3.Describe{ObjectType: 'S'}, bind, all, bind, all, sync)
	case `\call`:
		n, err := strconv.ParseUint(rest, 10, 32)
		if err != nil {
			panic(line)
		}
		return a.say(1, &pgproto3.FunctionCall{Function: uint32(n), Arguments: [][]byte{[]byte("4711")}})
	case `\data`:
		return a.say(1, &pgproto3.CopyData{Data: []byte(rest)}, &pgproto3.Query{String: "SELECT 1"})
	case `\start`:
		other := &attacker{dsn: a.dsn}
		if err := other.open(" " + parts[0]); err != nil {
			h := &heard{code: "connection"}
			var refused *pgconn.PgError
			if errors.As(err, &refused) {
				h.code = refused.Code
			}
			h.text.WriteString(addresses.ReplaceAllString(err.Error(), ""))
			return h
		}
		defer other.close()
		return other.say(1, &pgproto3.Query{String: strings.Join(parts[1:], " ")})
	}
	return a.say(1, &pgproto3.Query{String: strings.ReplaceAll(line, `\n`, "\n")})
}

var (
	addresses = regexp.MustCompile(`127\.0\.0\.1:\d+|\[::1\]:\d+`)
	// measures are what two runs over the same may differ in.
	measures = regexp.MustCompile(`[0-9.]+(ns|µs|ms|s)\b|(, )?[0-9]+ bytes|"(bytes|milliseconds)": [0-9.]+,?\s*|sha256:[0-9a-f]+|\b[0-9a-f]{16}\b|` +
		`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+(\+00)?`)
)
