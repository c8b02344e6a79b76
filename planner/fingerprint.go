package planner

import (
	"fmt"
	"strconv"
	"strings"

	"meshgate/catalog"
	"meshgate/pgvalue"
)

// fingerprint writes an expression so that equal texts mean equal expressions (PostgreSQL's equal()). Two subqueries are equal
// only where they are the same one.
func fingerprint(e expr) string {
	var b strings.Builder
	writePrint(&b, e)
	return b.String()
}

func writePrint(b *strings.Builder, e expr) {
	switch e := e.(type) {
	case *colRef:
		b.WriteString("c" + strconv.Itoa(int(e.id)))
		return
	case *constant:
		b.WriteString("k" + typePrint(e.t) + ":" + valuePrint(e))
		return
	case *param:
		b.WriteString("$" + strconv.Itoa(e.index))
		return
	case *sessionValue:
		b.WriteString("v" + e.name + typePrint(e.t))
		return
	case *groupingCall:
		b.WriteString("grouping")
		for _, a := range e.args {
			b.WriteByte(' ')
			writePrint(b, a)
		}
		for _, k := range e.keys {
			b.WriteString(" #" + strconv.Itoa(k))
		}
		return
	case *subquery:
		fmt.Fprintf(b, "q%p", e.query)
	}
	b.WriteString("(" + headPrint(e))
	for _, c := range e.children() {
		b.WriteByte(' ')
		writePrint(b, c)
	}
	b.WriteByte(')')
}

func typePrint(t catalog.Type) string {
	return strconv.FormatUint(uint64(t.OID), 10) + "." + strconv.Itoa(int(t.Mod))
}

func valuePrint(k *constant) string {
	switch v := k.value.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	default:
		return string(pgvalue.DefaultFormat().AppendText(nil, k.t.OID, v))
	}
}

// headPrint names an expression's kind with everything of it that is not a child.
func headPrint(e expr) string {
	switch e := e.(type) {
	case *call:
		return "f" + strconv.FormatUint(uint64(e.proc.OID), 10) + strconv.FormatBool(e.variadic)
	case *cast:
		return "as" + typePrint(e.to) + strconv.Itoa(int(e.method)) + strconv.FormatBool(e.explicit)
	case *boolExpr:
		return [...]string{"and", "or", "not"}[e.op]
	case *nullTest:
		return "null" + strconv.FormatBool(e.not)
	case *boolTest:
		return "is" + strconv.Itoa(int(e.is)) + strconv.FormatBool(e.not)
	case *distinctTest:
		return "distinct" + strconv.FormatBool(e.not)
	case *caseExpr:
		return "case" + typePrint(e.t)
	case *coalesce:
		return "coalesce" + typePrint(e.t)
	case *minMax:
		return "minmax" + strconv.FormatBool(e.least) + typePrint(e.t)
	case *nullIf:
		return "nullif"
	case *inList:
		return "in" + strconv.FormatUint(uint64(e.op.OID), 10) + strconv.FormatBool(e.all)
	case *arrayTest:
		return "any" + strconv.FormatUint(uint64(e.op.OID), 10) + strconv.FormatBool(e.all)
	case *arrayExpr:
		return "array" + typePrint(e.t)
	case *rowExpr:
		return "row" + strings.Join(e.names, ",") + strconv.FormatBool(e.present != nil)
	case *fieldOf:
		return "field" + strconv.Itoa(e.index)
	case *subscript:
		return "sub" + strconv.FormatBool(e.slice) + strconv.FormatBool(e.lower != nil) + strconv.FormatBool(e.upper != nil)
	case *subquery:
		return "query" + strconv.Itoa(int(e.kind))
	case *aggCall:
		return "agg" + strconv.FormatUint(uint64(e.proc.OID), 10) + fmt.Sprint(e.direct, e.star, e.distinct, len(e.args), keyPrint(e.order), e.filter != nil)
	case *windowCall:
		w := e.window
		return "win" + strconv.FormatUint(uint64(e.proc.OID), 10) + fmt.Sprint(e.agg, e.star, len(e.args), len(w.partition), keyPrint(w.order),
			w.frame.mode, w.frame.start, w.frame.end, w.frame.exclude, e.filter != nil, w.frame.startOffset != nil, w.frame.endOffset != nil)
	case *maskHash:
		return "hash" + strconv.Quote(e.key)
	case *keyFilter:
		return "keys" + strconv.Itoa(e.id)
	case *setCall:
		return "set" + strconv.FormatUint(uint64(e.proc.OID), 10) + "." + strconv.Itoa(e.field)
	}
	panic(fmt.Sprintf("planner: no fingerprint for %T", e))
}

func keyPrint(keys []sortKey) string {
	s := ""
	for _, k := range keys {
		s += fmt.Sprint(k.desc, k.nullsFirst, ";")
	}
	return s
}
