package sessions

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// permits counts the connections that may be open. Who waits is served in the order of asking, so that one who wants several is
// not passed over for ever. What is free may be borrowed, until somebody would have to wait for it.
type permits struct {
	mu       sync.Mutex
	free     int
	waiting  list.List // of *claim
	aside    list.List // of *claim, for those who borrow: served when nobody waits
	borrowed map[*claim]struct{}
}

type claim struct {
	n       int
	granted chan struct{}
	giveUp  context.CancelCauseFunc // of who borrows
}

// errWanted ends the context of who borrowed a permit that somebody waits for.
var errWanted = errors.New("the connection is wanted")

func newPermits(n int) *permits { return &permits{free: n, borrowed: map[*claim]struct{}{}} }

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
	for b := range p.borrowed {
		b.giveUp(errWanted)
	}
	p.mu.Unlock()
	return p.wait(ctx, c, &p.waiting, at)
}

// wait waits until a claim is granted, or takes it back and returns the cause of ctx's end.
func (p *permits) wait(ctx context.Context, c *claim, queue *list.List, at *list.Element) error {
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
	queue.Remove(at)
	p.grant()
	return context.Cause(ctx)
}

// borrow takes a permit that nobody waits for. The context that it returns ends with errWanted as soon as somebody does; giveBack
// is called in any case.
func (p *permits) borrow(ctx context.Context) (lent context.Context, giveBack func(), err error) {
	lent, giveUp := context.WithCancelCause(ctx)
	c := &claim{n: 1, granted: make(chan struct{}), giveUp: giveUp}
	p.mu.Lock()
	at := p.aside.PushBack(c)
	p.grant()
	p.mu.Unlock()
	if err := p.wait(ctx, c, &p.aside, at); err != nil {
		giveUp(nil)
		return nil, nil, err
	}
	return lent, func() {
		giveUp(nil)
		p.mu.Lock()
		delete(p.borrowed, c)
		p.mu.Unlock()
		p.release(1)
	}, nil
}

func (p *permits) release(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free += n
	p.grant()
}

// grant serves those who wait first, as long as what is free suffices, and then those who borrow.
func (p *permits) grant() {
	for at := p.waiting.Front(); at != nil; at = p.waiting.Front() {
		if !p.give(&p.waiting, at) {
			return
		}
	}
	for at := p.aside.Front(); at != nil; at = p.aside.Front() {
		c := at.Value.(*claim)
		if !p.give(&p.aside, at) {
			return
		}
		p.borrowed[c] = struct{}{}
	}
}

// give grants a claim where what is free suffices.
func (p *permits) give(queue *list.List, at *list.Element) bool {
	c := at.Value.(*claim)
	if p.free < c.n {
		return false
	}
	p.free -= c.n
	queue.Remove(at)
	close(c.granted)
	return true
}
