package planner

import (
	"fmt"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// ArgKind says where a bound parameter's value comes from.
type ArgKind int

// The kinds of parameters.
const (
	ArgConst   ArgKind = iota // a literal of the statement or of a policy
	ArgParam                  // a parameter of the client
	ArgSession                // a value of the session, by name: now, current_user…
	ArgHandle                 // the handle of the session's settings, for the engine
	ArgSecret                 // a key, by name
)

// Arg is a bound parameter of a query that leaves the planner.
type Arg struct {
	Kind  ArgKind
	Type  catalog.Type // Type.Mod decides numeric's carrier
	Value any          // of ArgConst: a pgvalue.Value
	Index int          // of ArgParam, from 0
	Name  string       // of ArgSession and ArgSecret
}

// unsayable is the reason why a dialect cannot say an operation.
type unsayable struct{ what string }

// Error names the operation.
func (u *unsayable) Error() string { return u.what }

func cannot(format string, args ...any) error { return &unsayable{fmt.Sprintf(format, args...)} }

// refuse turns a reason into the client's refusal.
func (u *unsayable) refuse() error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is not supported", u.what)
}

// renderer writes one statement in a dialect. Everything that a dialect can do is decided by trying to write it: what cannot be
// written cannot be pushed.
type renderer struct {
	d       *connectors.Dialect
	store   string           // whose statement it is; empty = the engine's
	env     map[colID]column // the text of each column that is in scope
	ctes    map[int]cteText
	args    []Arg
	seen    map[string]int // argument by content
	last    int            // number of the last alias
	lastKey colID          // of columns that the renderer makes: they count down from -1

	shapes []rowShape // of composite values

	keys []*keyText // dynamic filters that were written

	intervals  []intervalUse
	inInterval bool

	failed error // why the text cannot be sent, found where no error can be returned

	// comparing holds the constants that stand in comparisons: a connector knows what becomes of those that its store does not hold.
	comparing map[*constant]bool

	plain    bool // one relation only: columns need no table name
	superset bool // a Superset operation may be written, at the top of a conjunct
	inexact  bool // … and was
}

// column is how a column is written in the scope at hand.
type column struct {
	sql     string
	decimal decimal
	factors []column // of a product that decimal has no room for, where they can still be named
}

// as is the same value under another text.
func (c column) as(sql string) column { return column{sql: sql, decimal: c.decimal} }

type cteText struct {
	name string
	cols []column // sql holds the bare names
}

func newRenderer(d *connectors.Dialect) *renderer {
	return &renderer{d: d, env: map[colID]column{}, ctes: map[int]cteText{}, seen: map[string]int{}}
}

func (r *renderer) alias() string {
	r.last++
	return "t" + strconv.Itoa(r.last)
}

// colName is the name that a computed column gets.
func (r *renderer) colName(id colID) string {
	if id < 0 {
		return r.d.Quote("g" + strconv.Itoa(int(-id)))
	}
	return r.d.Quote("c" + strconv.Itoa(int(id)))
}

// placeholder marks stand in the text until it is complete: some dialects number their parameters by their place in it.
const mark = "\x00"

func (r *renderer) arg(a Arg) string {
	key := fmt.Sprintf("%d|%v|%d|%s|", a.Kind, a.Type, a.Index, a.Name)
	if a.Kind == ArgConst {
		key += valuePrint(&constant{value: a.Value, t: a.Type})
	}
	n, ok := r.seen[key]
	if !ok {
		n = len(r.args)
		r.args = append(r.args, a)
		r.seen[key] = n
	}
	return mark + strconv.Itoa(n) + mark
}

// Marks around the text of a row filter, which nobody is shown.
const (
	filterBegins = "\x02"
	filterEnds   = "\x03"
)

func filterText(sql string) string { return filterBegins + sql + filterEnds }

// Marks around the reference to a table that tells where a store's files are: first what EXPLAIN shows, then what is sent.
const (
	placeBegins = "\x04"
	placeSent   = "\x05"
	placeEnds   = "\x06"
)

func placeText(shown, sent string) string { return placeBegins + shown + placeSent + sent + placeEnds }

// places decides for one of the two forms of all such references.
func places(sql string, show bool) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(sql, placeBegins)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := placeEnd(rest)
		shown, sent, _ := strings.Cut(rest[:end], placeSent)
		if show {
			b.WriteString(shown)
		} else {
			b.WriteString(places(sent, false))
		}
		sql = rest[end+len(placeEnds):]
	}
}

// placeEnd is where the reference ends whose beginning was read. What is sent may hold others.
func placeEnd(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i : i+1] {
		case placeBegins:
			depth++
		case placeEnds:
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	panic("planner: a reference to a table has no end")
}

// shown is the statement as EXPLAIN shows it, without the texts of row filters and the values in them, and without paths of files.
func (r *renderer) shown(sql string) (string, []Arg) {
	sql = places(sql, true)
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(sql, filterBegins)
		b.WriteString(before)
		if !found {
			return r.finish(b.String())
		}
		b.WriteString("<row filter>")
		_, sql, _ = strings.Cut(rest, filterEnds)
	}
}

// finish numbers the parameters in the order in which the text names them. A dialect whose placeholders carry numbers gets one
// for each value, others one for each use.
func (r *renderer) finish(sql string) (string, []Arg) {
	sql = places(strings.NewReplacer(filterBegins, "", filterEnds, "").Replace(sql), false)
	var b strings.Builder
	var out []Arg
	number := map[int]int{}
	numbered := r.d.Placeholder(1, textType) != r.d.Placeholder(2, textType)
	for {
		before, rest, found := strings.Cut(sql, mark)
		b.WriteString(before)
		if !found {
			return b.String(), out
		}
		id, after, _ := strings.Cut(rest, mark)
		n, _ := strconv.Atoi(id)
		place, ok := number[n]
		if !ok || !numbered {
			out = append(out, r.args[n])
			place = len(out)
			number[n] = place
		}
		b.WriteString(r.d.Placeholder(place, r.args[n].Type))
		sql = after
	}
}

// op looks an operation up and reports it when the dialect does not have it.
func (r *renderer) op(key string) (connectors.Lowering, error) {
	l, ok := r.d.Ops[key]
	switch {
	case !ok || l.Fidelity == connectors.Never:
		return l, cannot("%s", key)
	case l.Fidelity == connectors.Superset && !r.superset:
		return l, cannot("%s", key)
	case l.Fidelity == connectors.Superset:
		r.inexact = true
	}
	return l, nil
}

func (r *renderer) need(f connectors.Feature) error {
	if !r.d.Has(f) {
		return cannot("%s", f)
	}
	return nil
}

// typeName writes a type in operation keys: pg_type's name, arrays as "int4[]".
func opType(oid pgcat.OID) string {
	if elem := elementType(oid); elem != 0 && oid != pgcat.Int2Vector && oid != pgcat.OIDVector {
		return opType(elem) + "[]"
	}
	if t := pgcat.TypeByOID(oid); t != nil {
		return t.Name
	}
	return "?"
}

func opTypes(args []expr) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = opType(a.typ().OID)
	}
	return strings.Join(names, ", ")
}

// operatorKey is the key of an operator on two types.
func operatorKey(name string, left, right pgcat.OID) string {
	return opType(left) + " " + name + " " + opType(right)
}

// callKey is the key of a call.
func callKey(c *call) string {
	if c.op == "" {
		return c.proc.Name + "(" + opTypes(c.args) + ")"
	}
	if len(c.args) == 1 {
		return c.op + " " + opType(c.args[0].typ().OID)
	}
	return operatorKey(c.op, c.args[0].typ().OID, c.args[1].typ().OID)
}

// longestText bounds what is written for a store: entries may write an operand several times, and operands may be nested.
const longestText = 1 << 20

// fill writes an operation with its operands.
func (r *renderer) fill(l connectors.Lowering, t catalog.Type, operands ...string) (string, error) {
	var failed error
	text := connectors.Fill(l.SQL, operands, func(name string) string {
		switch name {
		case "session":
			return r.arg(Arg{Kind: ArgHandle})
		case "mod":
			return strconv.Itoa(int(t.Mod))
		case "type":
			s, ok := r.d.TypeName(t)
			if !ok {
				failed = cannot("type %s", t)
			}
			return s
		}
		panic("planner: a lowering of " + r.d.Name + " asks for " + name)
	})
	if r.store != "" && len(text) > longestText {
		failed = cannot("so long an expression")
	}
	return text, failed
}
