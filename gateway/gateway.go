// Package gateway joins the layers: it loads a mesh, holds the stores' connectors and the engine, and answers the protocol's
// sessions. It knows no particular store and no message of the protocol.
package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"meshgate/audit"
	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/engine"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// StoreKind is a kind of store: what the catalog has to know of it, and how its connector is made.
type StoreKind struct {
	catalog.Kind
	// Open makes a connector without touching the store.
	Open func(StoreConfig) (connectors.Connector, error)
}

// StoreConfig is what a connector is made from. What Password returns is the secret itself, which nobody logs or keeps.
type StoreConfig struct {
	Name     string
	Dir      string // the mesh folder, which relative paths start from
	Store    meshfile.Store
	Password func() (string, error) // nil = none; read anew for each connection
	Memory   int64                  // what an embedded store may take
	Threads  int
	// StatementTimeout is the mesh's, for stores that keep a limit of their own.
	StatementTimeout time.Duration
}

// Options make a gateway.
type Options struct {
	Dir   string
	Kinds []StoreKind
	Log   *slog.Logger
	Now   func() time.Time // the clock; nil = the machine's
}

// Gateway serves one mesh. It is safe for concurrent use.
type Gateway struct {
	options Options
	log     *slog.Logger
	now     func() time.Time
	started time.Time

	epoch  atomic.Pointer[epoch]
	db     *duck.DB
	engine *engine.Engine
	stores map[string]*store
	// dialects are the stores' by their names.
	dialects map[string]*connectors.Dialect
	spill    string // the folder for what does not fit into memory; empty = the machine's
	queries  *queries
	// statistics are what the stores say of their relations.
	statistics *statistics
	metrics    *metrics
	audit      *audit.Log

	running chan struct{} // a slot for each query that may run
	waiting atomic.Int64

	mu       sync.Mutex
	sessions map[uint32]*Session
	watch    context.CancelFunc
	watching sync.WaitGroup
}

// epoch is everything that was read from the mesh folder at one time. A query sees one epoch from start to end.
type epoch struct {
	files   *meshfile.Mesh
	catalog *catalog.Snapshot
	policy  *policy.Set
	oids    *syscat.OIDs
	views   views
	users   map[string]*meshfile.User
}

// store is a connector with its health.
type store struct {
	name      string
	connector connectors.Connector
	mu        sync.Mutex
	healthy   bool
	checked   time.Time
	problem   string
}

// Load reads a mesh folder and checks everything that can be known without a store. The faults are all there are.
func Load(dir string, kinds []StoreKind) (*meshfile.Mesh, *catalog.Snapshot, *policy.Set, meshfile.Faults) {
	files, faults := meshfile.Read(dir)
	if files == nil {
		return nil, nil, nil, faults
	}
	e, more := check(files, kinds)
	faults = append(faults, more...)
	faults.Sort()
	return files, e.catalog, e.policy, faults
}

func check(files *meshfile.Mesh, kinds []StoreKind) (*epoch, meshfile.Faults) {
	list := make([]catalog.Kind, len(kinds))
	for i, k := range kinds {
		list[i] = k.Kind
	}
	snap, faults := catalog.New(files, list)
	set, more := policy.New(files, snap)
	faults = append(faults, more...)
	if len(faults) == 0 && !files.Incomplete {
		faults = append(faults, checkExpressions(files, snap, set)...)
	}
	e := &epoch{files: files, catalog: snap, policy: set, oids: syscat.NewOIDs(snap), users: map[string]*meshfile.User{}}
	for i := range files.Users {
		e.users[files.Users[i].Name.Value] = &files.Users[i]
	}
	return e, faults
}

// Open loads a mesh and makes everything ready to serve it. A store that does not answer is no error: its products are
// unavailable until it does.
func Open(ctx context.Context, o Options) (*Gateway, error) {
	files, _, _, faults := Load(o.Dir, o.Kinds)
	if len(faults) > 0 {
		return nil, faults
	}
	e, _ := check(files, o.Kinds)
	g := &Gateway{options: o, log: o.Log, now: o.Now, sessions: map[uint32]*Session{}, stores: map[string]*store{}, queries: newQueries(), statistics: newStatistics()}
	if g.now == nil {
		g.now = time.Now
	}
	g.started = g.now()
	g.metrics = newMetrics(g)
	g.epoch.Store(e)
	g.running = make(chan struct{}, files.Config.Limits.Running)
	if err := g.openSecrets(e); err != nil {
		return nil, err
	}
	if err := g.openAudit(files); err != nil {
		return nil, err
	}
	if err := g.openEngine(files); err != nil {
		g.Close()
		return nil, err
	}
	if err := g.openStores(files); err != nil {
		g.Close()
		return nil, err
	}
	g.watchStores(ctx)
	return g, nil
}

// openSecrets makes sure at start that the keys of masks can be read: a query that needs one must not be the first to find out.
func (g *Gateway) openSecrets(e *epoch) error {
	for name := range e.files.Taxonomy.Keys {
		if _, err := g.secret(e, name); err != nil {
			return err
		}
	}
	return nil
}

// secret returns the key of a hash mask.
func (g *Gateway) secret(e *epoch, name string) ([]byte, error) {
	ref, ok := e.policy.Key(name)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InternalError, "there is no key %s", name)
	}
	text, err := ref.Resolve(g.options.Dir)
	if err != nil {
		return nil, sqlerr.Wrap(err, sqlerr.SystemError, "key %s cannot be read", name)
	}
	return []byte(text), nil
}

func (g *Gateway) openEngine(files *meshfile.Mesh) error {
	c := files.Config.Engine
	var err error
	if g.spill, err = spillDir(g.options.Dir, c.Spill.Dir); err != nil {
		return err
	}
	g.db, err = duck.Open(duck.Options{Memory: int64(c.Memory), Threads: c.Threads, SpillDir: g.spill, SpillMax: int64(c.Spill.Max)})
	return err
}

func (g *Gateway) openStores(files *meshfile.Mesh) error {
	all := map[string]connectors.Connector{}
	for name, s := range files.Config.Stores {
		i := slices.IndexFunc(g.options.Kinds, func(k StoreKind) bool { return k.Name == storeKind(s.Kind.Value) })
		if i < 0 {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "store %s: there is no kind %s", name, s.Kind.Value)
		}
		c := StoreConfig{
			Name: name, Dir: g.options.Dir, Store: s, Memory: int64(files.Config.Engine.Memory), Threads: files.Config.Engine.Threads,
			StatementTimeout: time.Duration(files.Config.Limits.StatementTimeout),
		}
		if !s.Password.IsZero() {
			c.Password = func() (string, error) { return s.Password.Resolve(g.options.Dir) }
		}
		conn, err := g.options.Kinds[i].Open(c)
		if err != nil {
			return err
		}
		g.stores[name] = &store{name: name, connector: conn}
		all[name] = conn
	}
	g.dialects = dialectsOf(g.stores)
	g.engine = engine.New(g.db, all, memory.DefaultAllocator)
	return nil
}

func storeKind(kind string) string {
	if kind == "mariadb" {
		return "mysql"
	}
	return kind
}

// Close ends the watching, closes the stores and the engine. All sessions have ended.
func (g *Gateway) Close() {
	if g.watch != nil {
		g.watch()
		g.watching.Wait()
	}
	g.closeStores()
	if g.db != nil {
		g.db.Close()
	}
	g.closeAudit()
}

func (g *Gateway) closeStores() {
	for _, name := range sortedNames(g.stores) {
		if err := g.stores[name].connector.Close(); err != nil && g.log != nil {
			g.log.Warn("store did not close in order", "store", name, "cause", err.Error())
		}
	}
}

// Config returns the mesh's settings.
func (g *Gateway) Config() *meshfile.Config { return &g.epoch.Load().files.Config }

// Catalog returns the current epoch's products.
func (g *Gateway) Catalog() *catalog.Snapshot { return g.epoch.Load().catalog }

const (
	healthInterval = 15 * time.Second
	healthTimeout  = 5 * time.Second
)

// watchStores asks every store in turn whether it answers, at once and then regularly.
func (g *Gateway) watchStores(ctx context.Context) {
	ctx, g.watch = context.WithCancel(context.WithoutCancel(ctx))
	g.watching.Go(func() { g.collectStatistics(ctx) })
	for _, s := range g.stores {
		g.watching.Go(func() {
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
	for _, name := range sortedNames(g.stores) {
		s := g.stores[name]
		s.mu.Lock()
		out = append(out, StoreHealth{Name: name, Healthy: s.healthy, Checked: s.checked, Problem: s.problem})
		s.mu.Unlock()
	}
	return out
}

// newID makes an identifier of a query or a session.
func newID() string {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("gateway: the machine gives no random numbers: " + err.Error())
	}
	return hex.EncodeToString(b[:])
}
