// Package policy decides what a principal may see of a product: each column's fate and the row filters. It knows products and
// principals; it never sees the SQL text of users, a store or a row.
package policy

import (
	"meshgate/catalog"
)

// Principal is who asks, and why.
type Principal struct {
	User    string
	Groups  []string
	Attrs   map[string]Attr
	Purpose string // the stated purpose; empty = none
}

// Attr is a principal's attribute: one text or a list of texts.
type Attr struct {
	Values []string
	List   bool
}

// Action is a column's fate. The zero value denies.
type Action int

// The actions, strictest first: of two, the lattice keeps the smaller.
const (
	Deny Action = iota
	AggregateOnly
	Masked
	Allow
)

// String returns the action as EXPLAIN prints it.
func (a Action) String() string { return [...]string{"deny", "aggregate_only", "mask", "allow"}[a] }

// MaskFn is a mask's function. The order is that of strictness: of two masks, the smaller is kept.
type MaskFn int

// The mask functions, strictest first.
const (
	MaskNull MaskFn = iota
	MaskConstant
	MaskHash
	MaskBucket
	MaskDateTrunc
	MaskPartial
	MaskSQL
)

// String returns the function as policy files write it.
func (f MaskFn) String() string {
	return [...]string{"null", "constant", "hash", "bucket", "date_trunc", "partial", "sql"}[f]
}

// Mask is a mask with its parameters; which of them count depends on Fn.
type Mask struct {
	Fn        MaskFn
	Value     string // constant: the value's text form
	Key       string // hash: name of the taxonomy's key
	Width     string // bucket: a positive number in text form
	Unit      string // date_trunc: a unit of date_trunc()
	KeepStart int    // partial: characters shown at the start
	KeepEnd   int    // partial: characters shown at the end
	Fill      string // partial: one character that stands for each hidden one
	Expr      string // sql: an expression over the product's columns
}

// Tier tells whose rule it is.
type Tier int

// The tiers.
const (
	TierGlobal Tier = iota
	TierDomain
)

// String returns the tier as policy files write it.
func (t Tier) String() string { return [...]string{"global", "domain"}[t] }

// Rule is what a person may read about a rule that affects them.
type Rule struct {
	ID       string
	Tier     Tier
	Domain   string // of a domain rule
	Owner    string
	Reason   string
	Contact  string
	Position catalog.Position
}

// ColumnDecision is one column's fate.
type ColumnDecision struct {
	Action Action
	Mask   Mask    // when Masked
	Rules  []*Rule // the rules that decided, in the order of their ids
}

// RowFilter restricts the rows that a principal sees to those for which Expr is true.
type RowFilter struct {
	Rule *Rule
	Expr string // over the product's logical columns, with :principal.user and :principal.attrs.name
}

// Decision is what a principal may see of one product.
type Decision struct {
	Product *catalog.Product
	Granted bool             // without a grant nothing of the product may be seen
	Grants  []*Rule          // the rules that granted it
	Denied  []*Rule          // the rules that deny the whole product
	Columns []ColumnDecision // one for each of the product's columns
	Filters []RowFilter      // all must hold
}
