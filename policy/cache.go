package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
	"sync"
	"time"

	"meshgate/catalog"
)

// maxCached bounds how many decisions are remembered. A decision of a hundred columns takes about 50 kB.
const maxCached = 1024

// cacheKey identifies a decision: everything about the principal that a rule can look at, the purpose included, and the product.
type cacheKey struct {
	who     [sha256.Size]byte
	product *catalog.Product
}

// cache remembers decisions until the instant at which they can change.
type cache struct {
	mu    sync.RWMutex
	known map[cacheKey]*Decision
}

func newCache() *cache { return &cache{known: map[cacheKey]*Decision{}} }

// key writes every part with its length before it, so that no two principals have the same input.
func (c *cache) key(who *Principal, p *catalog.Product) cacheKey {
	h := sha256.New()
	writeTexts(h, who.User, who.Purpose, who.Client.IP, who.Client.App)
	writeTexts(h, who.Groups...)
	writeTexts(h, who.Roles...)
	for _, name := range slices.Sorted(maps.Keys(who.Attrs)) {
		a := who.Attrs[name]
		list := ""
		if a.List {
			list = "list"
		}
		writeTexts(h, name, list)
		writeTexts(h, a.Values...)
	}
	key := cacheKey{product: p}
	h.Sum(key.who[:0])
	return key
}

func writeTexts(h hash.Hash, texts ...string) {
	var size [8]byte
	write := func(n int) {
		binary.BigEndian.PutUint64(size[:], uint64(n))
		h.Write(size[:])
	}
	write(len(texts))
	for _, t := range texts {
		write(len(t))
		h.Write([]byte(t))
	}
}

func (c *cache) get(key cacheKey, now time.Time) *Decision {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if d := c.known[key]; d != nil && d.HoldsAt(now) {
		return d
	}
	return nil
}

// put remembers a decision. When there are too many, all go: decisions are cheap to make again, and there is no order among them
// that somebody could use to keep others' out.
func (c *cache) put(key cacheKey, d *Decision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxCached {
		clear(c.known)
	}
	c.known[key] = d
}
