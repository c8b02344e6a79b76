package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// version is the form of records.
const version = 1

// hash is the SHA-256 of a line, without its line feed.
type hash [sha256.Size]byte

const hashPrefix = "sha256:"

// String writes a hash as records do.
func (h hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

func hashOf(line []byte) hash { return sha256.Sum256(line) }

func parseHash(text string) (hash, bool) {
	var h hash
	if len(text) != len(hashPrefix)+2*len(h) || text[:len(hashPrefix)] != hashPrefix {
		return h, false
	}
	n, err := hex.Decode(h[:], []byte(text[len(hashPrefix):]))
	return h, err == nil && n == len(h)
}

// link is a place in the chain: a record's number and the hash of its line. The zero link is before the first record.
type link struct {
	seq  uint64
	hash hash
}

// compose writes the record that follows a link. The fields of the chain come first and in one order, so that they can be read
// without understanding the rest.
func compose(after link, now time.Time, kind string, body []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(body) + 256)
	b.WriteString(`{"v":` + strconv.Itoa(version) + `,"seq":` + strconv.FormatUint(after.seq+1, 10) + `,"prev":"` + after.hash.String() + `","ts":"`)
	b.WriteString(now.UTC().Format("2006-01-02T15:04:05.000000Z") + `","type":`)
	name, _ := json.Marshal(kind)
	b.Write(name)
	if len(body) > 2 { // more than {}
		b.WriteByte(',')
		b.Write(body[1:])
	} else {
		b.WriteByte('}')
	}
	return b.Bytes()
}

var (
	seqField  = []byte(`{"v":` + strconv.Itoa(version) + `,"seq":`)
	prevField = []byte(`,"prev":"`)
)

// chained reads the fields of the chain: the record's number, and the hash that it names as the one before.
func chained(line []byte) (seq uint64, prev hash, ok bool) {
	rest, ok := bytes.CutPrefix(line, seqField)
	if !ok {
		return 0, prev, false
	}
	number, rest, ok := bytes.Cut(rest, prevField)
	if !ok {
		return 0, prev, false
	}
	seq, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || seq == 0 || len(rest) < len(hashPrefix)+2*len(prev)+1 || rest[len(rest)-1] != '}' {
		return 0, prev, false
	}
	end := len(hashPrefix) + 2*len(prev)
	prev, ok = parseHash(string(rest[:end]))
	return seq, prev, ok && rest[end] == '"'
}
