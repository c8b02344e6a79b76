package engine

import (
	"context"
	"errors"
	"sync"

	"meshgate/connectors"
	"meshgate/sqlerr"
)

// Snapshots holds one view of each store that was asked since it was made: all queries that share it see the same state of a
// store, as far as the store can give it. It is safe for concurrent use.
type Snapshots struct {
	engine *Engine
	tag    connectors.Tag
	mu     sync.Mutex
	open   map[string]connectors.Snapshot
}

// NewSnapshots makes an empty set. tag names who asks to the stores.
func (e *Engine) NewSnapshots(tag connectors.Tag) *Snapshots {
	return &Snapshots{engine: e, tag: tag, open: map[string]connectors.Snapshot{}}
}

// of returns the view of a store, which is opened by the first who asks; readers is how many answers of it the query reads at once.
func (s *Snapshots) of(ctx context.Context, store string, readers int) (connectors.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.open[store]; ok {
		return v, nil
	}
	c, ok := s.engine.stores[store]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.ConnectionFailure, "store %s is not available", store)
	}
	tag := s.tag
	tag.Readers = readers
	v, err := c.Begin(ctx, tag)
	if err != nil {
		return nil, err
	}
	s.open[store] = v
	return v, nil
}

// Close ends all views. The results that read them have been released.
func (s *Snapshots) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all error
	for _, v := range s.open {
		all = errors.Join(all, v.Close())
	}
	clear(s.open)
	return all
}
