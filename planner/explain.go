package planner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/policy"
)

// Explanation is what EXPLAIN tells of a plan: what each store is asked, what stays in the gateway and why, and the decisions.
// It never holds the text of a row filter, nor a value of one.
type Explanation struct {
	Stores     []StoreExplanation    `json:"stores,omitempty"`
	Gateway    *GatewayExplanation   `json:"gateway,omitempty"`
	Governance []ProductExplanation  `json:"governance"`
	Analyze    *ExecutionExplanation `json:"analyze,omitempty"`
}

// StoreExplanation is the query of one store, or a scan of the gateway's own catalog.
type StoreExplanation struct {
	Name       string                `json:"name"`            // of the input in the gateway's SQL
	Store      string                `json:"store,omitempty"` // empty for the gateway's own catalog
	Relation   string                `json:"relation,omitempty"`
	SQL        string                `json:"sql,omitempty"`
	Parameters []string              `json:"parameters,omitempty"`
	Part       string                `json:"partOf,omitempty"` // the derived product whose query it is a part of
	Finish     string                `json:"finish,omitempty"` // the SQL of row filters and masks that the store cannot compute
	Waits      []KeysExplanation     `json:"waits,omitempty"`  // dynamic filters
	Analyze    *ExecutionExplanation `json:"analyze,omitempty"`
}

// KeysExplanation is a dynamic filter: the keys of one store's answer narrow what another store is asked for.
type KeysExplanation struct {
	Keys    string `json:"keys"`
	Outcome string `json:"outcome,omitempty"` // of a run: a list of so many keys, a range, or nothing
}

// GatewayExplanation is the residual.
type GatewayExplanation struct {
	SQL        string   `json:"sql"`
	Parameters []string `json:"parameters,omitempty"`
	Stays      []string `json:"stays,omitempty"` // why
}

// ProductExplanation is the decision about one product.
type ProductExplanation struct {
	Product    string              `json:"product"`
	Granted    bool                `json:"granted"`
	Grants     []string            `json:"grants,omitempty"`
	RowFilters []string            `json:"rowFilters,omitempty"` // ids of rules
	Columns    []ColumnExplanation `json:"columns,omitempty"`    // those that do not show as they are
	Exempt     []string            `json:"accessGrants,omitempty"`
}

// ColumnExplanation is a column's fate.
type ColumnExplanation struct {
	Column  string   `json:"column"`
	Action  string   `json:"action"`
	Rules   []string `json:"rules,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Contact string   `json:"contact,omitempty"`
}

// ExecutionExplanation is what EXPLAIN ANALYZE measured.
type ExecutionExplanation struct {
	Rows         int64   `json:"rows"`
	Bytes        int64   `json:"bytes,omitempty"`
	Milliseconds float64 `json:"milliseconds"`
	Without      float64 `json:"withoutKeys,omitempty"` // about how many rows there would be without dynamic filters; 0 = not known
}

// Explain describes the plan.
func (p *Plan) Explain() *Explanation {
	x := &Explanation{}
	for _, r := range p.Remotes {
		s := StoreExplanation{Name: r.Name, Store: r.Store, SQL: r.ShownSQL, Parameters: shownArgs(r.ShownArgs)}
		if r.System != nil {
			s.Relation = r.System.Schema + "." + r.System.Name
		}
		if r.Govern != nil {
			s.Finish = r.Govern.ShownSQL
		}
		if r.Inside != nil {
			s.SQL, s.Parameters, s.Part = "", nil, r.Inside.Name.String()
			s.Finish = ""
			x.Stores = append(x.Stores, s)
			continue
		}
		for _, n := range r.Narrow {
			s.Waits = append(s.Waits, KeysExplanation{Keys: n.Shown})
		}
		x.Stores = append(x.Stores, s)
	}
	if !p.Direct {
		x.Gateway = &GatewayExplanation{SQL: p.Residual.ShownSQL, Parameters: shownArgs(p.Residual.ShownArgs), Stays: p.Stays}
	}
	for _, d := range p.Decisions {
		x.Governance = append(x.Governance, explainDecision(d))
	}
	return x
}

func shownArgs(args []Arg) []string {
	var out []string
	for i, a := range args {
		text := ""
		switch a.Kind {
		case ArgConst:
			text = "NULL"
			if a.Value != nil {
				text = string(pgvalue.AppendQuoteLiteral(nil, string(pgvalue.DefaultFormat().AppendText(nil, a.Type.OID, a.Value))))
			}
		case ArgParam:
			text = fmt.Sprintf("parameter $%d", a.Index+1)
		case ArgSession:
			text = a.Name
		case ArgHandle:
			text = "the session's settings"
		case ArgSecret:
			text = "key " + a.Name
		}
		if a.Kind == ArgHandle {
			out = append(out, fmt.Sprintf("$%d = %s", i+1, text))
			continue
		}
		out = append(out, fmt.Sprintf("$%d = %s (%s)", i+1, text, pgcat.FormatType(a.Type.OID, -1)))
	}
	return out
}

func explainDecision(d *policy.Decision) ProductExplanation {
	x := ProductExplanation{Product: d.Product.Name.String(), Granted: d.Granted, Grants: ruleIDs(d.Grants)}
	for _, f := range d.Filters {
		x.RowFilters = append(x.RowFilters, f.Rule.ID)
	}
	for _, e := range d.Exempt {
		x.Exempt = append(x.Exempt, e.ID)
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		if c.Action == policy.Allow {
			continue
		}
		e := ColumnExplanation{Column: d.Product.Columns[i].Name, Action: c.Action.String(), Rules: ruleIDs(c.Rules)}
		if c.Action == policy.Masked {
			e.Action += " " + c.Mask.Fn.String()
		}
		if len(c.Rules) > 0 {
			e.Reason, e.Contact = c.Rules[0].Reason, c.Rules[0].Contact
		}
		x.Columns = append(x.Columns, e)
	}
	return x
}

func ruleIDs(rules []*policy.Rule) []string {
	var out []string
	for _, r := range rules {
		out = append(out, r.ID)
	}
	return out
}

// Lines writes the explanation as text.
func (x *Explanation) Lines() []string {
	w := &explainWriter{}
	for _, s := range x.Stores {
		title := "Store " + s.Store
		if s.Relation != "" {
			title = "Catalog " + s.Relation
		}
		w.line(0, "%s as %s%s", title, s.Name, s.Analyze.suffix())
		if s.Part != "" {
			w.line(1, "Part of %s", s.Part)
		}
		if s.SQL != "" {
			w.line(1, "SQL: %s", s.SQL)
		}
		w.list(1, s.Parameters)
		for _, k := range s.Waits {
			if k.Outcome == "" {
				w.line(1, "Waits for the %s", k.Keys)
			} else {
				w.line(1, "Narrowed by the %s: %s", k.Keys, k.Outcome)
			}
		}
		if s.Finish != "" {
			w.line(1, "Row filters and masks finished by the gateway: %s", s.Finish)
		}
	}
	if g := x.Gateway; g != nil {
		w.line(0, "Gateway")
		w.line(1, "SQL: %s", g.SQL)
		w.list(1, g.Parameters)
		for _, s := range g.Stays {
			w.line(1, "Stays here: %s", s)
		}
	} else if len(x.Stores) > 0 {
		w.line(0, "Gateway: passes the rows on")
	}
	w.governance(x.Governance)
	if x.Analyze != nil {
		w.line(0, "Result%s", x.Analyze.suffix())
	}
	return w.lines
}

// GovernanceLines writes the decisions alone.
func (x *Explanation) GovernanceLines() []string {
	w := &explainWriter{}
	w.governance(x.Governance)
	if len(w.lines) == 0 {
		w.line(0, "Governance: no product is read")
	}
	return w.lines
}

func (e *ExecutionExplanation) suffix() string {
	if e == nil {
		return ""
	}
	text := fmt.Sprintf(": %d rows", e.Rows)
	if e.Without > 0 {
		text += fmt.Sprintf(" of about %.0f", e.Without)
	}
	if e.Bytes > 0 {
		text += fmt.Sprintf(", %d bytes", e.Bytes)
	}
	return text + fmt.Sprintf(", %s", time.Duration(e.Milliseconds*float64(time.Millisecond)).Round(10*time.Microsecond))
}

type explainWriter struct{ lines []string }

func (w *explainWriter) line(indent int, format string, args ...any) {
	w.lines = append(w.lines, strings.Repeat("  ", indent)+fmt.Sprintf(format, args...))
}

func (w *explainWriter) list(indent int, items []string) {
	for _, s := range items {
		w.line(indent, "%s", s)
	}
}

func (w *explainWriter) governance(products []ProductExplanation) {
	for _, p := range products {
		w.line(0, "Governance of %s: granted by %s", p.Product, nameList(p.Grants, "its classification"))
		for _, f := range p.RowFilters {
			w.line(1, "row filter %s", f)
		}
		for _, c := range p.Columns {
			text := c.Column + ": " + c.Action
			if len(c.Rules) > 0 {
				text += " by " + strings.Join(c.Rules, ", ")
			}
			if c.Reason != "" {
				text += " (" + c.Reason + ")"
			}
			if c.Contact != "" {
				text += "; ask " + c.Contact
			}
			w.line(1, "%s", text)
		}
		for _, e := range p.Exempt {
			w.line(1, "access grant %s applies", e)
		}
	}
}

func nameList(ids []string, otherwise string) string {
	if len(ids) == 0 {
		return otherwise
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}
