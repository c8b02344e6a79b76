// Package audit keeps a log that shows when somebody changed it: JSON lines, each of which holds the hash of the line before, and
// beside them a head that says where the chain ends. It knows files and records; what a record is about is its caller's to say.
//
// A change, a gap, another order and a cut are found, by anybody, without a key. Whoever can write both the log and its head can make
// a new chain: against that the head is signed with a key that they do not have, or its hash is kept elsewhere.
package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say where a log is and how it is kept.
type Options struct {
	Path string
	// MaxSize is how large a file may grow before the next one begins; 0 = any size.
	MaxSize int64
	// Keep is how many full files stay; 0 = all.
	Keep int
	// Key signs the head; none = the head holds a plain hash.
	Key []byte
	// Lazy leaves it to the second's tick to bring records to the disk: Sync returns at once.
	Lazy bool
	Now  func() time.Time // nil = the machine's clock
}

// syncEvery is how long a record that nobody waits for may take to reach the disk.
const syncEvery = time.Second

// Log is an open log. There is one writer at a time, over all processes. It is safe for concurrent use.
type Log struct {
	options Options
	head    *head

	mu     sync.Mutex // what is written
	file   *os.File   // nil after Close
	size   int64
	first  uint64 // the number of the file's first record; 0 = it has none
	last   link
	torn   bool  // a failed write left something behind last that could not be taken away
	failed error // why nothing can be written any more

	syncing sync.Mutex // one at a time; those who wait find their record on the disk already
	synced  uint64
	stop    chan struct{}
	ticking sync.WaitGroup
}

// Open opens a log, or begins one where there is none. It verifies the file that it goes on with, and refuses one that was changed
// or cut. A last line that a crash left incomplete is taken away, and a record of its own says so.
func Open(o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	// A folder on the way may be a link that is pointed elsewhere later; the log stays where it is.
	dir, err := filepath.EvalSymlinks(filepath.Dir(o.Path))
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("audit log %s: %w", o.Path, err)
	}
	o.Path = filepath.Join(dir, filepath.Base(o.Path))
	h, err := openHead(o.Path+headSuffix, o.Key)
	if err != nil {
		return nil, err
	}
	l := &Log{options: o, head: h, stop: make(chan struct{})}
	if err := l.open(); err != nil {
		if l.file != nil {
			err = errors.Join(err, l.file.Close())
		}
		return nil, errors.Join(fmt.Errorf("audit log %s: %w", o.Path, err), h.close())
	}
	l.ticking.Go(l.tick)
	return l, nil
}

// Append writes a record: kind says what happened, body, which becomes a JSON object, the rest. When it returns without an error the
// record is in the file, and Sync brings it to the disk. After an error there is nothing of the record in the log.
func (l *Log) Append(kind string, body any) (uint64, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return 0, err
	}
	if l.full(len(text)) {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	return l.append(kind, text)
}

func (l *Log) append(kind string, body []byte) (uint64, error) {
	line := compose(l.last, l.options.Now(), kind, body)
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		l.torn = true
		return 0, errors.Join(err, l.mend())
	}
	l.size += int64(len(line)) + 1
	l.last = link{seq: l.last.seq + 1, hash: hashOf(line)}
	if l.first == 0 {
		l.first = l.last.seq
	}
	return l.last.seq, nil
}

// mend takes away what a failed write left.
func (l *Log) mend() error {
	if !l.torn {
		return nil
	}
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	l.torn = false
	return nil
}

// errChanged says that a file is not as this log left it.
var errChanged = errors.New("somebody else changed the file since the last record")

// writable makes sure that the file is still the one that the log has written.
func (l *Log) writable() error {
	if l.failed != nil {
		return l.failed
	}
	if l.file == nil {
		return os.ErrClosed
	}
	if err := l.mend(); err != nil {
		return err
	}
	open, err := l.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(l.options.Path)
	if err != nil {
		return err
	}
	if !os.SameFile(open, named) || open.Size() != l.size {
		return errChanged
	}
	return nil
}

// Sync returns when a record is on the disk and the head speaks of it. One call serves all that wait.
func (l *Log) Sync(seq uint64) error {
	if l.options.Lazy {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.failed
	}
	return l.sync(seq)
}

func (l *Log) sync(seq uint64) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	for l.synced < seq {
		l.mu.Lock()
		file, last, failed := l.file, l.last, l.failed
		l.mu.Unlock()
		if failed != nil {
			return failed
		}
		if file == nil {
			return os.ErrClosed
		}
		// A file that was full in the meantime is on the disk already, and closed: the next one is to be synced.
		if err := l.settle(file, last); err != nil && !errors.Is(err, os.ErrClosed) {
			return err
		}
	}
	return nil
}

// settle brings a file's records to the disk, and then the head to the last one: a head that runs ahead would look like a cut. Where
// the disk fails, nobody knows what of the file is there, so nothing is written after it. The caller holds syncing.
func (l *Log) settle(file *os.File, last link) error {
	err := file.Sync()
	if err == nil {
		err = l.head.write(last)
	}
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	if err != nil {
		l.mu.Lock()
		l.failed = fmt.Errorf("the audit log failed and takes no records until a restart: %w", err)
		err = l.failed
		l.mu.Unlock()
		return err
	}
	l.synced = last.seq
	return nil
}

// tick brings records to the disk that nobody waits for.
func (l *Log) tick() {
	t := time.NewTicker(syncEvery)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
			l.mu.Lock()
			seq := l.last.seq
			l.mu.Unlock()
			_ = l.sync(seq) // the next record reports it
		}
	}
}

// End tells the last record's number and hash.
func (l *Log) End() (seq uint64, hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last.seq, l.last.hash.String()
}

// Close brings everything to the disk and lets go of the log.
func (l *Log) Close() error {
	close(l.stop)
	l.ticking.Wait()
	l.mu.Lock()
	seq := l.last.seq
	l.mu.Unlock()
	err := l.sync(seq)
	l.mu.Lock()
	defer l.mu.Unlock()
	err = errors.Join(err, l.file.Close(), l.head.close())
	l.file = nil
	return err
}

// syncDir makes a new or renamed file's name last.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
