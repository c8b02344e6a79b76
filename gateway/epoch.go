package gateway

import (
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/engine"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/policy"
)

// epoch is everything that was read from the mesh folder at one time, with the stores as they were then. A query sees one epoch from
// start to end. Catalog and policy may be read at any time; who uses the stores holds the epoch, so that they are not closed.
type epoch struct {
	files   *meshfile.Mesh
	catalog *catalog.Snapshot
	policy  *policy.Set
	oids    *syscat.OIDs
	views   views
	users   map[string]*meshfile.User
	loaded  time.Time

	stores   map[string]*store
	dialects map[string]*connectors.Dialect
	engine   *engine.Engine
	holders  int // under the gateway's mutex; the gateway itself is one while the epoch is the present one
}

// acquire returns the present epoch, held.
func (g *Gateway) acquire() *epoch {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.epoch.Load()
	e.holders++
	return e
}

// hold holds an epoch, if it is still the present one.
func (g *Gateway) hold(e *epoch) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.epoch.Load() != e {
		return false
	}
	e.holders++
	return true
}

// also holds an epoch once more that the caller holds already.
func (g *Gateway) also(e *epoch) *epoch {
	g.mu.Lock()
	defer g.mu.Unlock()
	e.holders++
	return e
}

// release lets go of an epoch. With the last one who held it go the stores that no later epoch has.
func (g *Gateway) release(e *epoch) {
	if e == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.holders--; e.holders > 0 {
		return
	}
	for _, name := range sortedNames(e.stores) {
		g.drop(e.stores[name])
	}
}
