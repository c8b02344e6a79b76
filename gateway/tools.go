package gateway

import (
	"context"
	"errors"
	"strings"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/meshfile"
	"meshgate/planner"
	"meshgate/sqlerr"
)

// Problem is an error as the person who runs the gateway may read it: with its hidden cause, which may hold a store's own text.
func Problem(err error) string {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.Message
	if e.Detail != "" {
		text += "\nDETAIL: " + e.Detail
	}
	if e.Hint != "" {
		text += "\nHINT: " + e.Hint
	}
	if c := sqlerr.Cause(err); c != "" {
		text += " (" + c + ")"
	}
	return text + " [" + string(e.Code) + "]"
}

// offline loads a mesh with its connectors, which touch no store before they are asked.
func offline(o Options) (*Gateway, *epoch, error) {
	files, _, _, faults := Load(o.Dir, o.Kinds)
	if len(faults) > 0 {
		return nil, nil, faults
	}
	e, _ := check(files, o.Kinds)
	g := newGateway(o)
	g.epoch.Store(e)
	if err := g.openStores(e, nil); err != nil {
		g.closing.Wait()
		return nil, nil, err
	}
	return g, e, nil
}

// closeOffline closes what offline opened.
func (g *Gateway) closeOffline() {
	g.release(g.epoch.Load())
	g.closing.Wait()
}

// Explain plans a query as a user would get it, without asking any store.
func Explain(o Options, user, purpose, sql string) ([]string, error) {
	g, e, err := offline(o)
	if err != nil {
		return nil, err
	}
	defer g.closeOffline()
	u, ok := e.users[user]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidAuthorization, "user %q does not exist", user)
	}
	if err := checkPurpose(u, purpose); err != nil {
		return nil, err
	}
	statements, err := planner.Parse(sql)
	if err != nil {
		return nil, err
	}
	if len(statements) != 1 || !statements[0].IsQuery() {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "expected one query")
	}
	in := g.planInput(e, principalOf(u, purpose), g.now())
	in.Format = newSettings().formatAt(g.now())
	plan, err := planner.Make(in, statements[0])
	if err != nil {
		return nil, err
	}
	return plan.Explain().Lines(), nil
}

// CheckLive compares the contracts with the stores' tables: whether they exist, and whether each column is there with a type that
// is the contract's. It returns all differences.
func CheckLive(ctx context.Context, o Options) (meshfile.Faults, error) {
	g, e, err := offline(o)
	if err != nil {
		return nil, err
	}
	defer g.closeOffline()
	var faults meshfile.Faults
	down := map[string]bool{}
	for _, p := range e.catalog.Products() {
		if p.Query == "" && !down[p.Store] {
			faults = append(faults, checkProduct(ctx, e, p, down)...)
		}
	}
	faults.Sort()
	return faults, nil
}

func checkProduct(ctx context.Context, e *epoch, p *catalog.Product, down map[string]bool) meshfile.Faults {
	var faults meshfile.Faults
	r, err := e.stores[p.Store].connector.Relation(ctx, p.Schema, p.Table)
	switch {
	case sqlerr.Is(err, sqlerr.UndefinedTable):
		faults.Add(p.Position, "store %s has no table %s", p.Store, tableName(p))
		return faults
	case err != nil:
		down[p.Store] = true
		faults.Add(p.Position, "store %s cannot be asked: %s", p.Store, Problem(err))
		return faults
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		if problem := columnProblem(c, r); problem != "" {
			faults.Add(c.Position, "column %q: %s", c.Name, problem)
		}
	}
	return faults
}

func tableName(p *catalog.Product) string {
	if p.Schema == "" {
		return p.Table
	}
	return p.Schema + "." + p.Table
}

// columnProblem says how a column of a contract differs from the store's; empty = not.
func columnProblem(c *catalog.Column, r *connectors.Relation) string {
	for i := range r.Columns {
		s := &r.Columns[i]
		if s.Name != c.Physical {
			continue
		}
		switch {
		case !s.Known:
			return "the store's type " + s.Native + " cannot be carried"
		case s.Type.OID != c.Type.OID:
			return "the contract says " + c.Type.String() + ", the store has " + s.Native + ", which is " + s.Type.String()
		case c.Type.Mod >= 0 && s.Type.Mod != c.Type.Mod:
			return "the contract says " + c.Type.String() + ", the store has " + s.Type.String()
		case c.NotNull && !s.NotNull && c.PrimaryKey == 0:
			return ""
		}
		return ""
	}
	var names []string
	for i := range r.Columns {
		names = append(names, r.Columns[i].Name)
	}
	return "the store's table has no column " + c.Physical + "; it has " + strings.Join(names, ", ") + meshfile.DidYouMean(c.Physical, names)
}
