// Package policy decides what a principal may see of a product: each column's fate and the row filters. It knows products and
// principals; it never sees the SQL text of users, a store or a row.
package policy

import (
	"time"

	"meshgate/catalog"
)

// Principal is who asks, and why. It does not change while a decision about it is made.
type Principal struct {
	User    string
	Groups  []string
	Roles   []string
	Attrs   map[string]Attr
	Purpose string // the stated purpose; empty = none
	Client  Client
}

// Client is the program that a principal asks through. App is what the program says of itself and proves nothing.
type Client struct {
	IP  string
	App string
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
	MaskNulls bool   // constant and hash: NULL is replaced too; else NULL stays NULL
	Position  catalog.Position
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
	Effect   string // as policy files write it: grant, deny, mask, row_filter, aggregate_only
	Tier     Tier
	Domain   string // of a domain rule
	Owner    string
	Reason   string
	Contact  string
	Position catalog.Position
}

// SmallGroups tells what becomes of groups with too few entities. The zero value is the stricter one.
type SmallGroups int

// What becomes of small groups, strictest first.
const (
	Suppress SmallGroups = iota
	Remainder
)

// String returns the treatment as policy files write it.
func (g SmallGroups) String() string { return [...]string{"suppress", "remainder"}[g] }

// Budget bounds how many queries a principal may ask of a product's protected columns within a time.
type Budget struct {
	Queries int
	Per     time.Duration
}

// AggregateRule is how a column may be used that shows only in aggregates (governance.md §2.5).
type AggregateRule struct {
	MinEntities       int      // different values of the product's entity key that every group needs
	Functions         []string // sorted; of count, sum and avg
	DirectColumnsOnly bool     // an aggregate's argument is the column itself, no expression over it
	SmallGroups       SmallGroups
	MaxShare          float64  // the largest part of a sum that one entity may make up; 0 = no limit
	Budgets           []Budget // every one of them holds
}

// Exemption is an access grant that lifts rules for a principal and a time.
type Exemption struct {
	ID         string
	Rules      []*Rule // that it lifts
	Ticket     string
	ApprovedBy string
	NotBefore  time.Time
	Expires    time.Time
	Position   catalog.Position
}

// ColumnDecision is one column's fate.
type ColumnDecision struct {
	Action    Action
	Mask      Mask          // when Masked
	Aggregate AggregateRule // when AggregateOnly
	Beneath   *Mask         // when AggregateOnly: the mask that the aggregated values carry; nil = none
	Rules     []*Rule       // the rules that decided, in the order of their ids
	Exempt    []*Exemption  // the access grants without which the column would show less
}

// RowFilter restricts the rows that a principal sees to those for which Expr is true.
type RowFilter struct {
	Rule     *Rule
	Expr     string           // over the product's logical columns, with :principal.user and :principal.attrs.name
	Position catalog.Position // of the expression
}

// Decision is what a principal may see of one product. It is shared between callers, and nobody changes it.
type Decision struct {
	Product *catalog.Product
	Granted bool             // without a grant nothing of the product may be seen
	Grants  []*Rule          // the rules that granted it; none when the product's classification is open to all
	Denied  []*Rule          // the rules that deny the whole product
	Columns []ColumnDecision // one for each of the product's columns
	Filters []RowFilter      // all must hold
	Exempt  []*Exemption     // the access grants that lifted a rule
	Since   time.Time        // the decision holds from here, zero = since ever,
	Until   time.Time        // and before this instant; zero = for as long as the catalog's epoch does
}

// HoldsAt reports whether a decision still is what Decide would return at an instant. A clock that jumps back ends it as well.
func (d *Decision) HoldsAt(now time.Time) bool {
	return !now.Before(d.Since) && (d.Until.IsZero() || now.Before(d.Until))
}
