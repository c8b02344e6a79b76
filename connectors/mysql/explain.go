package mysql

import (
	"encoding/json"
	"errors"
	"strings"
)

// planNode is an object of EXPLAIN FORMAT=JSON in the order of its text: older MariaDB writes the tables of a join as
// several members of one name.
type planNode []planMember

type planMember struct {
	name  string
	value any // planNode, []any, string, json.Number, bool or nil
}

func (n planNode) get(name string) any {
	for _, m := range n {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// number returns a member's number, which MySQL may write as a text; negative = there is none.
func (n planNode) number(name string) float64 {
	switch v := n.get(name).(type) {
	case json.Number:
		return figure(string(v))
	case string:
		return figure(v)
	}
	return -1
}

// plannedRows is how many rows a plan expects, written in the form of MariaDB, of MySQL, or in the second form that MySQL has since 8.3;
// negative = it does not say. Neither shows how many groups are expected: a view with groups is as large as what it groups.
func plannedRows(text string) float64 {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := planValue(d, 0)
	plan, ok := v.(planNode)
	if err != nil || !ok {
		return -1
	}
	if block, ok := plan.get("query_block").(planNode); ok {
		return blockRows(block)
	}
	if inner, ok := plan.get("query_plan").(planNode); ok {
		plan = inner
	}
	return plan.number("estimated_rows")
}

const deepestPlan = 1000

var errDeepPlan = errors.New("the plan nests too deep")

// planValue reads a value.
func planValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > deepestPlan {
		return nil, errDeepPlan
	}
	switch t {
	case json.Delim('{'):
		node := planNode{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := planValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			node = append(node, planMember{name.(string), v})
		}
		_, err = d.Token()
		return node, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := planValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// blockRows is how many rows a query block expects.
func blockRows(block planNode) float64 {
	p := planRows{rows: 1}
	p.members(block)
	if !p.known {
		return -1
	}
	return p.rows
}

// planRows multiplies the rows of a join's tables.
type planRows struct {
	rows  float64
	known bool
}

// members adds what an object holds. What is not named here is no part of the join: subqueries, conditions, costs.
func (p *planRows) members(n planNode) {
	for _, m := range n {
		switch m.name {
		case "table":
			p.table(m.value)
		case "message":
			p.message(m.value)
		case "union_result", "recursive_union":
			p.union(m.value)
		case "nested_loop", "block-nl-join", "range-checked-for-each-record", "full-scan-on-null_key", "read_sorted_file", "filesort", "temporary_table",
			"duplicates_removal", "window_functions_computation", "ordering_operation", "grouping_operation", "windowing", "buffer_result", "query_block":
			p.inside(m.value)
		}
	}
}

func (p *planRows) inside(v any) {
	switch v := v.(type) {
	case planNode:
		p.members(v)
	case []any:
		for _, item := range v {
			p.inside(item)
		}
	}
}

func (p *planRows) multiply(n float64) { p.rows, p.known = p.rows*n, true }

func (p *planRows) table(v any) {
	n, ok := v.(planNode)
	if !ok {
		return
	}
	// MySQL says how many rows there are with the tables before.
	if joined := n.number("rows_produced_per_join"); joined >= 0 {
		p.rows, p.known = joined, true
		return
	}
	rows := n.number("rows")
	if rows < 0 {
		rows = n.number("rows_examined_per_scan")
	}
	if rows < 0 {
		p.message(n.get("message"))
		return
	}
	if part := n.number("filtered"); part >= 0 {
		rows *= part / 100
	}
	if n.get("first_match") != nil || n.get("not_exists") != nil { // a row of the tables before comes once at most
		rows = min(1, rows)
	}
	p.multiply(rows)
}

// message reads why there is no plan: the same texts in both servers.
func (p *planRows) message(v any) {
	switch text, _ := v.(string); {
	case text == "No tables used", strings.HasPrefix(text, "Select tables optimized away"):
		p.multiply(1)
	case strings.HasPrefix(text, "Impossible "), strings.HasPrefix(strings.ToLower(text), "no matching "), text == "Zero limit":
		p.multiply(0)
	}
}

// union adds the rows of what is united.
func (p *planRows) union(v any) {
	n, _ := v.(planNode)
	parts, _ := n.get("query_specifications").([]any)
	total := 0.0
	for _, part := range parts {
		n, _ := part.(planNode)
		block, _ := n.get("query_block").(planNode)
		rows := blockRows(block)
		if rows < 0 {
			return
		}
		total += rows
	}
	if len(parts) > 0 {
		p.multiply(total)
	}
}
