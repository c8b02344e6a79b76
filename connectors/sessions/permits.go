package sessions

import (
	"container/list"
	"context"
	"sync"
)

// permits counts the connections that may be open. Who waits is served in the order of asking, so that one who wants several is
// not passed over for ever.
type permits struct {
	mu      sync.Mutex
	free    int
	waiting list.List // of *claim
}

type claim struct {
	n       int
	granted chan struct{}
}

func newPermits(n int) *permits { return &permits{free: n} }

// acquire takes n permits, all at once, or returns the cause of ctx's end.
func (p *permits) acquire(ctx context.Context, n int) error {
	p.mu.Lock()
	if p.free >= n && p.waiting.Len() == 0 {
		p.free -= n
		p.mu.Unlock()
		return nil
	}
	c := &claim{n: n, granted: make(chan struct{})}
	at := p.waiting.PushBack(c)
	p.mu.Unlock()
	select {
	case <-c.granted:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-c.granted: // both came at once
		return nil
	default:
	}
	p.waiting.Remove(at)
	p.grant()
	return context.Cause(ctx)
}

func (p *permits) release(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free += n
	p.grant()
}

// grant serves those who wait first, as long as what is free suffices.
func (p *permits) grant() {
	for at := p.waiting.Front(); at != nil; at = p.waiting.Front() {
		c := at.Value.(*claim)
		if p.free < c.n {
			return
		}
		p.free -= c.n
		p.waiting.Remove(at)
		close(c.granted)
	}
}
