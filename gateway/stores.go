package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/connectors"
	"meshgate/engine"
	"meshgate/meshfile"
	"meshgate/sqlerr"
)

// store is a connector with its health. Epochs that say the same of a store share it.
type store struct {
	name      string
	config    StoreConfig
	connector connectors.Connector
	epochs    int // that have it; under the gateway's mutex
	unwatch   context.CancelFunc
	watching  sync.WaitGroup

	mu      sync.Mutex
	healthy bool
	checked time.Time
	problem string
}

// openStores makes an epoch's stores: those that the epoch before has with the same settings are taken over.
func (g *Gateway) openStores(e, before *epoch) error {
	e.stores = map[string]*store{}
	all := map[string]connectors.Connector{}
	for _, name := range sortedNames(e.files.Config.Stores) {
		s, err := g.openStore(g.storeConfig(e, name), before)
		if err != nil {
			g.release(e)
			e.stores = nil
			return err
		}
		e.stores[name], all[name] = s, s.connector
		g.mu.Lock()
		s.epochs++
		g.mu.Unlock()
	}
	e.dialects = make(map[string]*connectors.Dialect, len(e.stores))
	for name, s := range e.stores {
		e.dialects[name] = s.connector.Dialect()
	}
	e.engine = engine.New(g.db, all, memory.DefaultAllocator)
	e.holders = 1
	return nil
}

func (g *Gateway) storeConfig(e *epoch, name string) StoreConfig {
	c := &e.files.Config
	s := c.Stores[name]
	config := StoreConfig{
		Name: name, Dir: g.options.Dir, Store: s, Memory: int64(c.Engine.Memory), Threads: c.Engine.Threads,
		StatementTimeout: time.Duration(c.Limits.StatementTimeout),
	}
	e.limit(&config)
	if !s.Password.IsZero() {
		config.Password = func() (string, error) { return s.Password.Resolve(g.options.Dir) }
	}
	return config
}

// limit tightens what queries may take of a store by the limits of the domains whose products lie in it.
func (e *epoch) limit(c *StoreConfig) {
	domains := map[string]bool{}
	for _, p := range e.catalog.Products() {
		if p.Query == "" && p.Store == c.Name {
			domains[p.Name.Domain] = true
		}
	}
	for _, d := range e.files.Domains {
		if !domains[d.Key] {
			continue
		}
		if most := d.Limits.Connections; most > 0 {
			c.Store.Connections = min(most, (&connectors.Server{Connections: c.Store.Connections}).Limit())
		}
		if longest := time.Duration(d.Limits.StatementTimeout); longest > 0 && (c.StatementTimeout == 0 || longest < c.StatementTimeout) {
			c.StatementTimeout = longest
		}
	}
}

func (g *Gateway) openStore(c StoreConfig, before *epoch) (*store, error) {
	if before != nil {
		if s := before.stores[c.Name]; s != nil && s.config.same(&c) {
			return s, nil
		}
	}
	i := slices.IndexFunc(g.options.Kinds, func(k StoreKind) bool { return k.Name == storeKind(c.Store.Kind.Value) })
	if i < 0 {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "store %s: there is no kind %s", c.Name, c.Store.Kind.Value)
	}
	conn, err := g.options.Kinds[i].Open(c)
	if err != nil {
		return nil, err
	}
	return &store{name: c.Name, config: c, connector: conn}, nil
}

// same reports whether two settings make the same connector. Secrets are read anew for each connection, so that theirs do not count.
func (c *StoreConfig) same(o *StoreConfig) bool {
	return meshfile.Same(c.Store, o.Store) && c.Memory == o.Memory && c.Threads == o.Threads && c.StatementTimeout == o.StatementTimeout
}

func storeKind(kind string) string {
	if kind == "mariadb" {
		return "mysql"
	}
	return kind
}

// drop takes a store from an epoch. The last epoch closes it, beside everything else: a connector waits for what it still runs. The
// caller holds the gateway's mutex.
func (g *Gateway) drop(s *store) {
	if s.epochs--; s.epochs > 0 {
		return
	}
	g.closing.Go(func() {
		if s.unwatch != nil {
			s.unwatch()
			s.watching.Wait()
		}
		if err := s.connector.Close(); err != nil && g.log != nil {
			g.log.Warn("store did not close in order", "store", s.name, "cause", err.Error())
		}
	})
}

const (
	healthInterval = 15 * time.Second
	healthTimeout  = 5 * time.Second
)

// watchStores asks every store of an epoch that the one before does not have in turn whether it answers, at once and then regularly.
func (g *Gateway) watchStores(e, before *epoch) {
	for name, s := range e.stores {
		if before != nil && before.stores[name] == s {
			continue
		}
		var ctx context.Context
		ctx, s.unwatch = context.WithCancel(g.ctx)
		s.watching.Go(func() {
			tick := time.NewTicker(healthInterval)
			defer tick.Stop()
			for {
				g.checkStore(ctx, s)
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		})
	}
}

// down reports whether the store did not answer when it was asked last.
func (s *store) down() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.checked.IsZero() && !s.healthy
}

func (g *Gateway) checkStore(ctx context.Context, s *store) {
	pinged, cancel := context.WithTimeout(ctx, healthTimeout)
	err := s.connector.Ping(pinged)
	cancel()
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.checked.IsZero() || s.healthy != (err == nil)
	s.healthy, s.checked, s.problem = err == nil, g.now(), ""
	if err != nil {
		s.problem = sqlerr.From(err).Message
	}
	if !changed {
		return
	}
	if err != nil {
		g.log.Warn("store is unavailable", "store", s.name, "cause", cause(err))
	} else {
		g.log.Info("store is available", "store", s.name)
	}
}

// cause is the hidden reason of an error, or its text where there is none.
func cause(err error) string {
	if c := sqlerr.Cause(err); c != "" {
		return c
	}
	return err.Error()
}

// StoreHealth is what is known of a store.
type StoreHealth struct {
	Name    string
	Healthy bool
	Checked time.Time // zero = not yet
	Problem string    // safe to show
}

// Health returns what is known of the stores, in the order of their names.
func (g *Gateway) Health() []StoreHealth {
	var out []StoreHealth
	stores := g.epoch.Load().stores
	for _, name := range sortedNames(stores) {
		s := stores[name]
		s.mu.Lock()
		out = append(out, StoreHealth{Name: name, Healthy: s.healthy, Checked: s.checked, Problem: s.problem})
		s.mu.Unlock()
	}
	return out
}
