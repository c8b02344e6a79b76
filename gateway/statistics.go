package gateway

import (
	"context"
	"sync"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
)

const (
	statisticsAge     = 10 * time.Minute
	statisticsTimeout = 10 * time.Second
	statisticsQueue   = 1000
)

// statistics holds what the stores say of their relations: how many rows, how many different values. They are asked for when a plan
// first needs them, in the background, and again when they are old; a plan never waits for them.
type statistics struct {
	mu    sync.Mutex
	known map[relationKey]*relationStatistics
	asks  chan relationKey
}

type relationKey struct{ store, schema, table string }

type relationStatistics struct {
	relation *connectors.Relation // nil = not known yet
	asked    time.Time
}

func newStatistics() *statistics {
	return &statistics{known: map[relationKey]*relationStatistics{}, asks: make(chan relationKey, statisticsQueue)}
}

// of returns what is known of a product's relation, or nil.
func (s *statistics) of(p *catalog.Product, now time.Time) *connectors.Relation {
	if p.Query != "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := relationKey{p.Store, p.Schema, p.Table}
	k := s.known[key]
	if k == nil {
		k = &relationStatistics{}
		s.known[key] = k
	}
	if k.asked.IsZero() || now.Sub(k.asked) > statisticsAge {
		select {
		case s.asks <- key:
			k.asked = now
		default: // the next plan asks again
		}
	}
	return k.relation
}

// forget drops what a store said that is another one now.
func (s *statistics) forget(store string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.known {
		if key.store == store {
			delete(s.known, key)
		}
	}
}

func (s *statistics) set(key relationKey, r *connectors.Relation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.known[key]; k != nil {
		k.relation = r
	}
}

// again lets the next plan ask.
func (s *statistics) again(key relationKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.known[key]; k != nil {
		k.asked = time.Time{}
	}
}

// collectStatistics answers what plans asked for, beginning with all products: the first query of the day is to have a good plan too.
// Each store has a queue of its own, for one that is slow must not keep the others' statistics from coming.
func (g *Gateway) collectStatistics(ctx context.Context) {
	var collecting sync.WaitGroup
	defer collecting.Wait()
	queues := map[string]chan relationKey{}
	pass := func(key relationKey) {
		queue := queues[key.store]
		if queue == nil {
			queue = make(chan relationKey, statisticsQueue)
			queues[key.store] = queue
			collecting.Go(func() { g.collectFrom(ctx, queue) })
		}
		select {
		case queue <- key:
		default:
			g.statistics.again(key)
		}
	}
	for _, p := range g.Catalog().Products() {
		g.statistics.of(p, g.now())
		select {
		case key := <-g.statistics.asks:
			pass(key)
		default:
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case key := <-g.statistics.asks:
			pass(key)
		}
	}
}

func (g *Gateway) collectFrom(ctx context.Context, queue <-chan relationKey) {
	for {
		select {
		case <-ctx.Done():
			return
		case key := <-queue:
			g.collect(ctx, key)
		}
	}
}

// collect asks a store for one relation. What was known stays where the store does not answer; one that is known to be down is not
// asked.
func (g *Gateway) collect(ctx context.Context, key relationKey) {
	e := g.acquire()
	defer g.release(e)
	s, ok := e.stores[key.store]
	if !ok {
		return
	}
	if s.down() {
		g.statistics.again(key)
		return
	}
	asked, cancel := context.WithTimeout(ctx, statisticsTimeout)
	defer cancel()
	if r, err := s.connector.Relation(asked, key.schema, key.table); err == nil {
		g.statistics.set(key, r)
	}
}
