package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	headSuffix = ".head"
	// slotSize is what one write of the head takes: no more than a sector of a disk, which is written whole or not at all.
	slotSize = 512
)

// head is the file that says where the chain ends: without it, nobody could tell a log from its own beginning. It has two slots that
// are written in turn, so that a write which a crash tore leaves the one before. It is also what the one writer holds its lock on.
type head struct {
	file *os.File
	key  []byte
	mu   sync.Mutex
	at   link
	next int64 // the slot that is written next
}

// slot is a slot's content.
type slot struct {
	Version int    `json:"v"`
	Seq     uint64 `json:"seq"`
	Hash    string `json:"hash"`
	Proof   string `json:"proof"`
}

// errInUse says that another process writes the log.
var errInUse = errors.New("another process writes it")

func openHead(path string, key []byte) (*head, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	h := &head{file: f, key: key}
	if err := lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %s: %w", path, err), f.Close())
	}
	slots, err := readSlots(f)
	if err == nil {
		err = h.choose(slots)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %s: %w", path, err), f.Close())
	}
	return h, nil
}

// readSlots returns what the slots hold; a slot that is empty or torn has no number.
func readSlots(r io.ReaderAt) ([2]slot, error) {
	var slots [2]slot
	raw := make([]byte, 2*slotSize)
	n, err := r.ReadAt(raw, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return slots, err
	}
	raw = raw[:n]
	for i := range slots {
		part := raw[min(len(raw), i*slotSize):min(len(raw), (i+1)*slotSize)]
		var s slot
		if json.Unmarshal(bytes.TrimRight(part, " \n\x00"), &s) == nil && s.Version == version {
			slots[i] = s
		}
	}
	return slots, nil
}

var errForged = errors.New("the head's signature does not fit: it was not written with this key")

// choose takes the later of the slots that prove themselves.
func (h *head) choose(slots [2]slot) error {
	written := false
	for i, s := range slots {
		at, ok := s.verified(h.key)
		written = written || s.Seq > 0
		if ok && at.seq >= h.at.seq {
			h.at, h.next = at, int64(1-i)
		}
	}
	if written && h.at.seq == 0 {
		return errForged
	}
	return nil
}

// verified returns the place that a slot names, if its proof fits.
func (s slot) verified(key []byte) (link, bool) {
	h, ok := parseHash(s.Hash)
	at := link{s.Seq, h}
	return at, ok && s.Seq > 0 && hmac.Equal([]byte(s.Proof), []byte(proof(at, key)))
}

// proof makes a slot's last field: a signature where there is a key, and else a sum that shows torn writes.
func proof(at link, key []byte) string {
	text := fmt.Appendf(nil, "meshgate audit head\n%d\n%s\n", at.seq, at.hash)
	if len(key) == 0 {
		return hashOf(text).String()
	}
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return "hmac-sha256:" + hex.EncodeToString(m.Sum(nil))
}

// write moves the head on. The disk gets it in its own time: a head that lags behind the log is no cut.
func (h *head) write(at link) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at.seq <= h.at.seq {
		return nil
	}
	text, err := json.Marshal(slot{version, at.seq, at.hash.String(), proof(at, h.key)})
	if err != nil {
		return err
	}
	raw := bytes.Repeat([]byte{' '}, slotSize)
	copy(raw, text)
	raw[slotSize-1] = '\n'
	if _, err := h.file.WriteAt(raw, h.next*slotSize); err != nil {
		return err
	}
	h.at, h.next = at, 1-h.next
	return nil
}

func (h *head) close() error { return errors.Join(h.file.Sync(), h.file.Close()) }
