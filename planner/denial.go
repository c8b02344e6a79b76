package planner

import (
	"strings"

	"meshgate/catalog"
	"meshgate/policy"
)

// Denial is the cause of an error about something that the principal may not see.
type Denial struct {
	Product *catalog.Product
	Column  string         // empty = the product as a whole
	Rules   []*policy.Rule // none = nothing granted it
}

// Error names what was denied, for the log.
func (d *Denial) Error() string {
	text := "denied: " + d.Product.Name.String()
	if d.Column != "" {
		text += "." + d.Column
	}
	if len(d.Rules) > 0 {
		text += " by " + strings.Join(ruleIDs(d.Rules), ", ")
	}
	return text
}
