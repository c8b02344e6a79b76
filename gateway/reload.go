package gateway

import (
	"slices"
	"strings"
	"time"

	"meshgate/meshfile"
)

// Stale says that the files of the mesh folder could not be taken, so that an older epoch is served.
type Stale struct {
	Since  time.Time // when it was first found
	Faults meshfile.Faults
	digest string
	beside bool // what is wrong lies beside the files, so the same files may be right later
}

// Stale returns what is wrong with the files, nil where what is served is what they say.
func (g *Gateway) Stale() *Stale { return g.stale.Load() }

// Reload reads the mesh folder and makes an epoch of it, on which every statement from then on is planned; those that run end on
// theirs. Files with a fault change nothing: the epoch that is there stays, and the faults are returned and told.
func (g *Gateway) Reload() error {
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	before := g.epoch.Load()
	files, faults := meshfile.Read(g.options.Dir)
	if len(faults) == 0 && files.Digest == before.files.Digest {
		g.recovered()
		return nil
	}
	if old := g.stale.Load(); old != nil && old.digest == files.Digest && !old.beside {
		return old.Faults
	}
	restart := keepUntilRestart(&files.Config, &before.files.Config)
	e, more := check(files, g.options.Kinds)
	faults = append(faults, more...)
	if len(faults) > 0 {
		return g.refuseFiles(&Stale{Faults: faults, digest: files.Digest})
	}
	e.loaded = g.now()
	if err := g.openSecrets(e); err != nil {
		return g.refuseFiles(&Stale{Faults: meshfile.Faults{meshfile.FaultAt(files.Taxonomy.At, "%s", Problem(err))}, digest: files.Digest, beside: true})
	}
	if err := g.openStores(e, before); err != nil {
		return g.refuseFiles(&Stale{Faults: meshfile.Faults{meshfile.FaultAt(files.Config.At, "%s", Problem(err))}, digest: files.Digest, beside: true})
	}
	if err := g.record("mesh.reloaded", true, &auditMesh{Mesh: e.catalog.Mesh(), Epoch: e.catalog.Epoch(), Before: before.catalog.Epoch()}); err != nil {
		g.release(e)
		return err
	}
	g.replace(e, before)
	if len(restart) > 0 {
		g.log.Warn("keys of mesh.yaml changed that take effect at the next start", "keys", strings.Join(restart, ", "))
	}
	return nil
}

// replace makes an epoch the present one.
func (g *Gateway) replace(e, before *epoch) {
	g.watchStores(e, before)
	for name, s := range before.stores {
		if e.stores[name] != s {
			g.statistics.forget(name)
		}
	}
	g.mu.Lock()
	g.epoch.Store(e)
	g.mu.Unlock()
	g.release(before)
	g.stale.Store(nil)
	g.log.Info("mesh is reloaded", "epoch", e.catalog.Epoch(), "products", len(e.catalog.Products()), "rules", len(e.policy.Rules()))
}

// refuseFiles keeps the epoch that is there and says why.
func (g *Gateway) refuseFiles(now *Stale) error {
	now.Since = g.now()
	now.Faults.Sort()
	if old := g.stale.Load(); old != nil {
		now.Since = old.Since
	}
	g.stale.Store(now)
	for _, f := range now.Faults {
		g.log.Error("the mesh's files have a fault, so the last good ones are served", "fault", f.Error())
	}
	_ = g.record("mesh.refused", false, &auditMesh{Mesh: g.Catalog().Mesh(), Epoch: g.Catalog().Epoch(), Faults: len(now.Faults)})
	return now.Faults
}

// recovered notes that the files are again those that are served.
func (g *Gateway) recovered() {
	if g.stale.Swap(nil) != nil {
		g.log.Info("the mesh's files are again those that are served", "epoch", g.Catalog().Epoch())
	}
}

// keepUntilRestart puts the settings that cannot change while the gateway serves back to what they are, and names those that the
// file has changed.
func keepUntilRestart(now, before *meshfile.Config) []string {
	var changed []string
	keepSetting(&changed, "mesh", &now.Mesh, before.Mesh)
	keepSetting(&changed, "listen", &now.Listen, before.Listen)
	keepSetting(&changed, "http", &now.HTTP, before.HTTP)
	keepSetting(&changed, "tls", &now.TLS, before.TLS)
	keepSetting(&changed, "auth", &now.Auth, before.Auth)
	keepSetting(&changed, "engine", &now.Engine, before.Engine)
	keepSetting(&changed, "limits.connections", &now.Limits.Connections, before.Limits.Connections)
	keepSetting(&changed, "limits.running", &now.Limits.Running, before.Limits.Running)
	keepSetting(&changed, "audit", &now.Audit, before.Audit)
	slices.Sort(changed)
	return changed
}

func keepSetting[T any](changed *[]string, name string, now *T, before T) {
	if !meshfile.Same(*now, before) {
		*changed = append(*changed, name)
		*now = before
	}
}
