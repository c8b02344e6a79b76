package audit

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a record. The writer's are shorter by far.
const maxLine = 64 << 20

// segment is a file of the log: the one that grows, or one that is full, named after its first record.
type segment struct {
	path  string
	first uint64 // as its name says; 0 = the one that grows
}

// fullName names a full file: audit.jsonl becomes audit.000000000001.jsonl, so that names sort as records do.
func fullName(path string, first uint64) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s.%012d%s", strings.TrimSuffix(path, ext), first, ext)
}

// fullFiles lists a log's full files in the order of their records.
func fullFiles(path string) ([]segment, error) {
	dir, base := filepath.Split(path)
	ext := filepath.Ext(base)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	var out []segment
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), strings.TrimSuffix(base, ext)+".")
		number, fits := strings.CutSuffix(rest, ext)
		first, err := strconv.ParseUint(number, 10, 64)
		if ok && fits && err == nil && len(number) >= 12 {
			out = append(out, segment{dir + e.Name(), first})
		}
	}
	slices.SortFunc(out, func(a, b segment) int { return cmp.Compare(a.first, b.first) })
	return out, nil
}

// lines reads the lines of a file. The last one, where it has no line feed, is handed out with whole = false.
func lines(r io.Reader, each func(line []byte, whole bool) error) error {
	b := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long := append([]byte(nil), line...)
			for errors.Is(err, bufio.ErrBufferFull) {
				if len(long) > maxLine {
					return errors.New("a line is longer than any record")
				}
				line, err = b.ReadSlice('\n')
				long = append(long, line...)
			}
			line = long
		}
		switch {
		case err == nil:
			err = each(line[:len(line)-1], true)
		case !errors.Is(err, io.EOF):
			return err
		case len(line) == 0:
			return nil
		default:
			return each(line, false)
		}
		if err != nil {
			return err
		}
	}
}

// tail is what a file ends with.
type tail struct {
	first uint64 // number of its first record; 0 = none
	last  link
	size  int64  // up to the end of the last whole line
	torn  []byte // behind it
}

// follow verifies a file's chain and returns its end. seen notes the hash of the record with the number of at.
func follow(path string, at link) (t tail, seen bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return t, false, err
	}
	defer f.Close()
	number := 0
	err = lines(f, func(line []byte, whole bool) error {
		if number++; !whole {
			t.torn = append([]byte(nil), line...)
			return nil
		}
		seq, prev, ok := chained(line)
		if !ok || t.first != 0 && (seq != t.last.seq+1 || prev != t.last.hash) {
			return fmt.Errorf("line %d does not follow the one before: the file was changed", number)
		}
		if t.first == 0 {
			t.first = seq
		}
		t.last = link{seq, hashOf(line)}
		t.size += int64(len(line)) + 1
		if seq == at.seq {
			if t.last.hash != at.hash {
				return fmt.Errorf("record %d is not the one that the head names: the file was changed", seq)
			}
			seen = true
		}
		return nil
	})
	return t, seen, err
}

// open goes on with the files that there are, or begins.
func (l *Log) open() error {
	path := l.options.Path
	full, err := fullFiles(path)
	if err != nil {
		return err
	}
	t, seen, err := follow(path, l.head.at)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	began := t.first != 0
	if !began && len(full) > 0 {
		// A crash came between the renaming of a full file and the first record of the next.
		torn := t.torn
		t, seen, err = follow(full[len(full)-1].path, l.head.at)
		if err != nil {
			return err
		}
		if len(t.torn) > 0 {
			return fmt.Errorf("%s ends in the middle of a record: it was cut", full[len(full)-1].path)
		}
		t.size, t.torn, t.first = 0, torn, 0
	}
	if err := l.matchHead(t.last, seen); err != nil {
		return fmt.Errorf("%w. meshgate audit verify tells what is left; to begin a new log, move this one away with all files of its name", err)
	}
	if l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return err
	}
	if err := l.file.Truncate(t.size); err != nil {
		return err
	}
	l.last, l.size, l.first, l.synced = t.last, t.size, t.first, l.head.at.seq
	if err := syncDir(path); err != nil {
		return err
	}
	return l.greet(t.torn, full)
}

// matchHead refuses a log that ends before its head, or has none.
func (l *Log) matchHead(last link, seen bool) error {
	at := l.head.at
	switch {
	case at.seq > last.seq:
		return fmt.Errorf("it ends with record %d, and its head says %d: records were cut off", last.seq, at.seq)
	case at.seq == 0 && last.seq > 1:
		return fmt.Errorf("it has %d records, and its head is gone", last.seq)
	case at.seq > 0 && !seen:
		return fmt.Errorf("record %d, which its head names, is not where it belongs", at.seq)
	}
	return nil
}

// maxTorn bounds how much of a torn line is kept.
const maxTorn = 16 << 10

// greet writes the first record of a run that found something to say.
func (l *Log) greet(torn []byte, full []segment) error {
	var err error
	switch {
	case len(torn) > 0:
		text := torn[:min(len(torn), maxTorn)]
		for len(text) > 0 && !utf8.Valid(text) {
			text = text[:len(text)-1]
		}
		_, err = l.note("log.recovered", map[string]any{"bytes": len(torn), "hash": hashOf(torn).String(), "text": string(text)})
	case l.last.seq == 0:
		_, err = l.note("log.began", map[string]any{})
	case l.first == 0:
		err = l.continues(full[len(full)-1])
	}
	if err != nil {
		return err
	}
	if err := l.settle(l.file, l.last); err != nil {
		return err
	}
	return l.head.file.Sync() // else a power cut could leave a log without any head
}

// note appends a record of the log's own.
func (l *Log) note(kind string, body map[string]any) (uint64, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	return l.append(kind, text)
}

// full reports whether a record is one too many for the file.
func (l *Log) full(body int) bool {
	return l.options.MaxSize > 0 && l.first != 0 && l.size+int64(body)+256 > l.options.MaxSize
}

// rotate begins the next file. The full one and the head are on the disk before it gets its name, so that the head never speaks of
// a file before the last one.
func (l *Log) rotate() error {
	last, file := l.last, l.file
	err := file.Sync()
	if err == nil {
		err = l.head.write(last)
	}
	if err == nil {
		err = l.head.file.Sync()
	}
	if err != nil {
		l.failed = fmt.Errorf("the audit log failed and takes no records until a restart: %w", err)
		return l.failed
	}
	name := fullName(l.options.Path, l.first)
	if _, err := os.Stat(name); err == nil {
		return fmt.Errorf("%s exists already", name)
	}
	if err := os.Rename(l.options.Path, name); err != nil {
		return err
	}
	next, err := os.OpenFile(l.options.Path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(err, os.Rename(name, l.options.Path))
	}
	was := segment{name, l.first}
	l.file, l.size, l.first = next, 0, 0
	if err := errors.Join(file.Close(), syncDir(name)); err != nil {
		l.failed = err
		return err
	}
	l.last = last
	return l.continues(was)
}

// continues writes the first record of a file that follows another, and drops those that are too many: the records that say so are
// what tells a dropped file from one that somebody took away.
func (l *Log) continues(after segment) error {
	if _, err := l.note("log.continued", map[string]any{"after": filepath.Base(after.path)}); err != nil {
		return err
	}
	if l.options.Keep == 0 {
		return nil
	}
	full, err := fullFiles(l.options.Path)
	if err != nil {
		return err
	}
	for len(full) > l.options.Keep && len(full) > 1 {
		last, err := before(full[1].path)
		if err != nil {
			return fmt.Errorf("%s: %w", full[1].path, err)
		}
		dropped := map[string]any{"file": filepath.Base(full[0].path), "first": full[0].first, "last": last.seq, "hash": last.hash.String()}
		if _, err := l.note("log.dropped", dropped); err != nil {
			return err
		}
		if err := os.Remove(full[0].path); err != nil {
			return err
		}
		full = full[1:]
	}
	return nil
}

// before returns the end of the file before the one at path, as its first record names it.
func before(path string) (link, error) {
	f, err := os.Open(path)
	if err != nil {
		return link{}, err
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadBytes('\n')
	if err != nil {
		return link{}, err
	}
	seq, prev, ok := chained(line[:len(line)-1])
	if !ok {
		return link{}, errors.New("its first line is no record")
	}
	return link{seq - 1, prev}, nil
}
