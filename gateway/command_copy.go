package gateway

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/pgencoding"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// copyOut is COPY … TO STDOUT (PostgreSQL 15, COPY).
type copyOut struct {
	query     *queryCommand
	format    copyFormat
	rows      rows
	delimiter byte
	null      string
	header    bool
	quote     byte
	escape    byte
	force     map[string]bool // columns that are always quoted
	forceAll  bool
	encoding  string // of text and csv; empty = the client's
}

type copyFormat int

const (
	copyText copyFormat = iota
	copyCSV
	copyBinary
)

func (s *Session) copyCommand(st *planner.Statement, n *pg_query.CopyStmt) (command, error) {
	if n.IsFrom {
		return nil, errReadOnly("COPY FROM")
	}
	if n.Filename != "" || n.IsProgram {
		return nil, sqlerr.Newf(sqlerr.InsufficientPrivilege, "must be superuser or have privileges of the pg_write_server_files role to COPY to a file").
			WithHint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
	}
	c := &copyOut{quote: '"'}
	if err := c.options(st, n.Options); err != nil {
		return nil, err
	}
	query := n.Query
	if query == nil {
		query = copySelect(n)
	}
	if query.GetSelectStmt() == nil {
		return nil, refusal(query)
	}
	q, err := s.query(st.WithNode(query), nil, true)
	if err != nil {
		return nil, err
	}
	c.query = q
	for name := range c.force {
		if !hasColumn(q.columns, name) {
			return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "column %q does not exist", name)
		}
	}
	return c, nil
}

func hasColumn(columns []wire.Column, name string) bool {
	for _, c := range columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

// copySelect makes the query of COPY table (columns).
func copySelect(n *pg_query.CopyStmt) *pg_query.Node {
	sel := &pg_query.SelectStmt{
		FromClause: []*pg_query.Node{{Node: &pg_query.Node_RangeVar{RangeVar: n.Relation}}}, LimitOption: pg_query.LimitOption_LIMIT_OPTION_DEFAULT,
		Op: pg_query.SetOperation_SETOP_NONE,
	}
	target := func(field *pg_query.Node) {
		ref := &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: []*pg_query.Node{field}, Location: -1}}}
		sel.TargetList = append(sel.TargetList, &pg_query.Node{Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{Val: ref, Location: -1}}})
	}
	for _, a := range n.Attlist {
		target(a)
	}
	if len(n.Attlist) == 0 {
		target(&pg_query.Node{Node: &pg_query.Node_AStar{AStar: &pg_query.A_Star{}}})
	}
	return &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: sel}}
}

func (c *copyOut) options(st *planner.Statement, list []*pg_query.Node) error {
	given := map[string]*pg_query.DefElem{}
	for _, o := range list {
		e := o.GetDefElem()
		if given[e.Defname] != nil {
			return sqlerr.Newf(sqlerr.SyntaxError, "conflicting or redundant options").At(placeOf(st, e))
		}
		given[e.Defname] = e
	}
	if e := given["format"]; e != nil {
		switch f := defText(e); f {
		case "text":
		case "csv":
			c.format = copyCSV
		case "binary":
			c.format = copyBinary
		default:
			return sqlerr.Newf(sqlerr.InvalidParameterValue, "COPY format %q not recognized", f)
		}
	}
	c.delimiter, c.null = '\t', `\N`
	if c.format == copyCSV {
		c.delimiter, c.null = ',', ""
	}
	for name, e := range given {
		if name == "format" {
			continue
		}
		if c.format == copyBinary && (name == "delimiter" || name == "null") {
			return sqlerr.Newf(sqlerr.SyntaxError, "cannot specify %s in BINARY mode", strings.ToUpper(name))
		}
		if err := c.option(name, e); err != nil {
			if sqlerr.Is(err, sqlerr.SyntaxError) && name != "header" || name == "encoding" {
				return sqlerr.From(err).At(placeOf(st, e))
			}
			return err
		}
	}
	if given["escape"] == nil {
		c.escape = c.quote
	}
	return c.consistent()
}

// placeOf is where an option stands in the statement's text.
func placeOf(st *planner.Statement, e *pg_query.DefElem) int {
	return utf8.RuneCountInString(st.Source()[:max(0, min(int(e.Location), len(st.Source())))]) + 1
}

func (c *copyOut) option(name string, e *pg_query.DefElem) error {
	one := func() (byte, error) {
		v := defText(e)
		if len(v) != 1 {
			return 0, sqlerr.Newf(sqlerr.FeatureNotSupported, "COPY %s must be a single one-byte character", name)
		}
		return v[0], nil
	}
	csvOnly := func() error {
		if c.format != copyCSV {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "COPY %s available only in CSV mode", strings.ReplaceAll(name, "_", " "))
		}
		return nil
	}
	var err error
	switch name {
	case "delimiter":
		if c.delimiter, err = one(); err == nil && (c.delimiter == '\n' || c.delimiter == '\r') {
			err = sqlerr.Newf(sqlerr.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
		}
	case "null":
		if c.null = defText(e); strings.ContainsAny(c.null, "\r\n") {
			return sqlerr.Newf(sqlerr.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
		}
	case "header":
		switch v := strings.ToLower(defText(e)); v {
		case "true", "on", "1":
			c.header = true
		case "false", "off", "0":
		case "match":
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO")
		default:
			return sqlerr.Newf(sqlerr.SyntaxError, "header requires a Boolean value or \"match\"")
		}
	case "quote":
		if err = csvOnly(); err == nil {
			c.quote, err = one()
		}
	case "escape":
		if err = csvOnly(); err == nil {
			c.escape, err = one()
		}
	case "force_quote":
		if err = csvOnly(); err == nil {
			c.forceQuote(e)
		}
	case "encoding":
		var canonical string
		if canonical, err = clientEncoding(defText(e)); sqlerr.Is(err, sqlerr.InvalidParameterValue) {
			err = sqlerr.Newf(sqlerr.InvalidParameterValue, "argument to option \"encoding\" must be a valid encoding name")
		}
		c.encoding = canonical
	case "freeze":
	case "force_not_null", "force_null":
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "COPY %s only available using COPY FROM", strings.ReplaceAll(name, "_", " "))
	default:
		return sqlerr.Newf(sqlerr.SyntaxError, "option %q not recognized", name)
	}
	return err
}

func (c *copyOut) forceQuote(e *pg_query.DefElem) {
	if e.Arg.GetAStar() != nil {
		c.forceAll = true
		return
	}
	c.force = map[string]bool{}
	for _, n := range e.Arg.GetList().GetItems() {
		c.force[n.GetString_().GetSval()] = true
	}
}

// consistent refuses delimiters that could not be told from data.
func (c *copyOut) consistent() error {
	switch {
	case c.format == copyText && strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, c.delimiter) >= 0:
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "COPY delimiter cannot be %q", string(c.delimiter))
	case c.format == copyBinary && c.header:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot specify HEADER in BINARY mode")
	case c.format != copyBinary && strings.IndexByte(c.null, c.delimiter) >= 0:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "COPY delimiter must not appear in the NULL specification")
	case c.format == copyCSV && c.delimiter == c.quote:
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "COPY delimiter and quote must be different")
	case c.format == copyCSV && strings.IndexByte(c.null, c.quote) >= 0:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "CSV quote character must not appear in the NULL specification")
	}
	return nil
}

func (c *copyOut) describe(*Session) ([]uint32, []wire.Column) { return nil, nil }

func (c *copyOut) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	out, err := c.query.run(ctx, s, p)
	if err != nil {
		return nil, err
	}
	running := *c
	running.rows = out.rows
	return &outcome{copy: &running, notices: out.notices, rows: out.rows}, nil
}

// send writes the rows in the format that was asked for.
func (c *copyOut) send(p *portal, w *wire.Writer) error {
	s := p.session
	code := int16(0)
	if c.format == copyBinary {
		code = 1
	}
	formats := make([]int16, len(c.query.columns))
	for i := range formats {
		formats[i] = code
	}
	if err := w.CopyOut(code, formats); err != nil {
		return err
	}
	line := &copyWriter{copyOut: c, client: s.ClientEncoding()}
	if c.encoding != "" && c.format != copyBinary {
		line.client, _, _ = pgencoding.Lookup(c.encoding)
	}
	if line.client != nil && c.format != copyBinary {
		null, err := line.client.Append(nil, []byte(c.null))
		if err != nil {
			return err
		}
		c.null = string(null)
	}
	if err := line.open(w); err != nil {
		return err
	}
	total := 0
	for {
		batch, from, to, err := c.rows.next(0)
		if err != nil {
			return err
		}
		if batch == nil {
			break
		}
		if line.columns == nil {
			if err := line.encoders(s, batch); err != nil {
				return err
			}
		}
		for i, e := range line.columns {
			e.Reset(batch.Column(i))
		}
		for row := from; row < to; row++ {
			text, err := line.row(row)
			if err != nil {
				return err
			}
			if err := w.CopyData(text); err != nil {
				return err
			}
		}
		total += to - from
	}
	if err := line.close(w); err != nil {
		return err
	}
	return w.Complete("COPY " + strconv.Itoa(total))
}
