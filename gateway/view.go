package gateway

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/pgcat"
	"meshgate/planner"
	"meshgate/policy"
)

// keptViews bounds how many principals' views of the catalogs an epoch holds.
const keptViews = 200

// views holds the system catalogs as principals see them in one epoch.
type views struct {
	mu   sync.Mutex
	made map[string]*syscat.View
}

// view returns the catalogs as a principal sees them.
func (g *Gateway) view(e *epoch, who *policy.Principal) (*syscat.View, error) {
	now := g.now()
	key := strings.Join([]string{who.User, who.Purpose, who.Client.IP, who.Client.App}, "\x00")
	e.views.mu.Lock()
	defer e.views.mu.Unlock()
	if v := e.views.made[key]; v != nil && v.HoldsAt(now) {
		return v, nil
	}
	v := syscat.NewView(e.catalog, e.oids, who, func(p *catalog.Product) *policy.Decision { return e.policy.Decide(who, now, p) })
	if len(e.views.made) >= keptViews || e.views.made == nil {
		e.views.made = map[string]*syscat.View{}
	}
	e.views.made[key] = v
	return v, nil
}

// nameOf writes values of reg* types.
func (s *Session) nameOf(regType pgcat.OID, value uint32) (string, bool) {
	t := pgcat.TypeByOID(regType)
	if t == nil || !strings.HasPrefix(t.Name, "reg") {
		return "", false
	}
	e := s.gateway.epoch.Load()
	who, err := s.principal(e)
	if err != nil {
		return "", false
	}
	v, err := s.gateway.view(e, who)
	if err != nil {
		return "", false
	}
	return v.RegName(t.Name, value, s.settings.searchPath(s.client.User)), true
}

// storeRows lists the stores of what a principal sees.
func (g *Gateway) storeRows(v *syscat.View) []syscat.Store {
	var out []syscat.Store
	seen := v.Stores()
	kinds := g.Config().Stores
	for _, h := range g.Health() {
		if seen[h.Name] {
			out = append(out, syscat.Store{Name: h.Name, Kind: kinds[h.Name].Kind.Value, Healthy: h.Healthy, Checked: h.Checked, Problem: h.Problem})
		}
	}
	return out
}

// planInput is what plans of a principal depend on.
func (g *Gateway) planInput(e *epoch, who *policy.Principal, now time.Time) *planner.Input {
	return &planner.Input{
		Statistics: func(p *catalog.Product) *connectors.Relation { return g.statistics.of(p, now) },
		Owner:      e.ownerOf, Principal: who, Now: now, Catalog: e.catalog, Policy: e.policy, System: syscat.Relation, Dialects: e.dialects, Engine: duck.Dialect(), Version15: true,
	}
}

// checkExpressions binds the row filters and SQL masks of all rules, so that none is found to be wrong by the first query.
func checkExpressions(files *meshfile.Mesh, snap *catalog.Snapshot, set *policy.Set) meshfile.Faults {
	who := &policy.Principal{Attrs: map[string]policy.Attr{}}
	for i := range files.Users {
		maps.Copy(who.Attrs, principalOf(&files.Users[i], "").Attrs)
	}
	in := &planner.Input{Principal: who, Catalog: snap, Policy: set, Engine: duck.Dialect(), Version15: true, Format: newSettings().format}
	var faults meshfile.Faults
	said := map[meshfile.Position]bool{}
	for _, x := range set.Expressions() {
		if err := planner.CheckPolicy(in, x.Product, x.Text); err != nil && !said[x.Position] {
			said[x.Position] = true
			faults.Add(x.Position, "the expression does not fit product %s: %s", x.Product.Name, messageOf(err))
		}
	}
	return faults
}

// sortedNames are the keys of a map in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
