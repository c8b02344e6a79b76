// Package gateway joins the layers: it loads a mesh, holds the stores' connectors and the engine, and answers the protocol's
// sessions. It knows no particular store and no message of the protocol.
package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"meshgate/audit"
	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/duck"
	"meshgate/gateway/syscat"
	"meshgate/meshfile"
	"meshgate/policy"
	"meshgate/sqlerr"
	"meshgate/tokens"
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

	epoch   atomic.Pointer[epoch] // the present one
	db      *duck.DB
	spill   string // the folder for what does not fit into memory; empty = the machine's
	queries *queries
	// statistics are what the stores say of their relations.
	statistics *statistics
	metrics    *metrics
	audit      *audit.Log
	tokens     *tokens.Verifier // nil = no tokens are believed
	mockSecret []byte
	auditFails atomic.Bool // it did not take the last record
	budgets    *budgets
	advisory   advisoryLocks
	signals    Signals // nil = nobody's

	running chan struct{} // a slot for each query that may run
	waiting atomic.Int64
	// transactions counts those that asked for a number.
	transactions atomic.Int64

	mu       sync.Mutex // sessions, and who holds epochs and stores
	sessions map[uint32]*Session

	ctx      context.Context // of everything that goes on beside the sessions
	end      context.CancelFunc
	watching sync.WaitGroup
	closing  sync.WaitGroup // of stores that nobody needs any more

	reloading sync.Mutex
	stale     atomic.Pointer[Stale]
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
	e := &epoch{files: files, catalog: snap, oids: syscat.NewOIDs(snap), users: map[string]*meshfile.User{}}
	for i := range files.Users {
		e.users[files.Users[i].Name.Value] = &files.Users[i]
	}
	complete := len(faults) == 0 && !files.Incomplete
	if complete {
		faults = e.derive()
	}
	set, more := policy.New(files, snap)
	e.policy = set
	faults = append(faults, more...)
	if complete && len(faults) == 0 {
		faults = append(checkExpressions(files, snap, set), e.checkOwners()...)
	}
	return e, faults
}

// Open loads a mesh and makes everything ready to serve it. A store that does not answer is no error: its products are
// unavailable until it does.
func Open(ctx context.Context, o Options) (*Gateway, error) {
	g := newGateway(o)
	seen := g.stamp()
	files, _, _, faults := Load(o.Dir, o.Kinds)
	if len(faults) > 0 {
		return nil, faults
	}
	e, _ := check(files, o.Kinds)
	g.ctx, g.end = context.WithCancel(context.WithoutCancel(ctx))
	g.started = g.now()
	g.metrics = newMetrics(g)
	e.loaded = g.started
	g.epoch.Store(e)
	g.running = make(chan struct{}, files.Config.Limits.Running)
	for _, step := range []func() error{
		func() error { return g.openTokens(files) }, func() error { return g.openSecrets(e) }, func() error { return g.openAudit(files) },
		func() error { return g.openBudgets(files.Config.Audit.Path) }, func() error { return g.openEngine(files) },
		func() error { return g.openStores(e, nil) },
	} {
		if err := step(); err != nil {
			g.Close()
			return nil, err
		}
	}
	g.watchStores(e, nil)
	g.watching.Go(func() { g.collectStatistics(g.ctx) })
	g.watching.Go(func() { g.watchFiles(g.ctx, seen) })
	return g, nil
}

func newGateway(o Options) *Gateway {
	g := &Gateway{options: o, log: o.Log, now: o.Now, sessions: map[uint32]*Session{}, queries: newQueries(), statistics: newStatistics()}
	if g.now == nil {
		g.now = time.Now
	}
	return g
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

// Close ends what goes on beside the sessions, which have all ended, and closes the stores, the engine and the audit log.
func (g *Gateway) Close() {
	g.end()
	g.watching.Wait()
	g.reloading.Lock() // one that a signal began
	defer g.reloading.Unlock()
	g.release(g.epoch.Load())
	g.closing.Wait()
	if g.db != nil {
		g.db.Close()
	}
	g.closeAudit()
	if err := g.budgets.close(); err != nil {
		g.log.Error("the file of budgets did not close in order", "cause", err.Error())
	}
}

// Config returns the mesh's settings.
func (g *Gateway) Config() *meshfile.Config { return &g.epoch.Load().files.Config }

// Catalog returns the current epoch's products.
func (g *Gateway) Catalog() *catalog.Snapshot { return g.epoch.Load().catalog }

// newID makes an identifier of a query or a session.
func newID() string {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("gateway: the machine gives no random numbers: " + err.Error())
	}
	return hex.EncodeToString(b[:])
}
