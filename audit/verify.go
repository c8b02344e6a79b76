package audit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// VerifyOptions say how much Verify asks for.
type VerifyOptions struct {
	// Key checks the head's signature; none = a signature is believed.
	Key []byte
	// Partial lets a beginning or an end be missing that other files would have: of files that were taken elsewhere.
	Partial bool
}

// Report is what Verify found.
type Report struct {
	Files    []string // in the order of their records
	First    uint64
	Last     uint64
	Hash     string    // of the last record
	Problems []Problem // none = the chain is whole
	Notes    []string  // what a reader should know of a log that is in order
}

// Problem is a place where the chain is broken.
type Problem struct {
	File string
	Line int // 0 = the file as a whole
	Text string
}

// String returns file:line: text.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Verify reads files of one log as one chain, in the order of their records. A file that has a head brings the full files of its log
// with it. An error means that something cannot be read; what does not fit is in the report.
func Verify(paths []string, o VerifyOptions) (*Report, error) {
	const (
		most  = 10
		pause = 10 * time.Millisecond
	)
	for try := 1; ; try++ {
		r, again, err := verifyOnce(paths, o)
		if !again || try == most {
			return r, err
		}
		<-time.After(pause)
	}
}

// verifyOnce also reports that the log's writer may have been in the way: the last file ended in the middle of a line, or a file was
// dropped before it was read.
func verifyOnce(paths []string, o VerifyOptions) (r *Report, again bool, err error) {
	v := &verification{options: o, report: &Report{}}
	defer v.close()
	if err := v.collect(paths); err != nil {
		return nil, v.gone, err
	}
	for _, s := range v.segments {
		v.report.Files = append(v.report.Files, s.path)
		if err := v.file(s); err != nil {
			return nil, false, err
		}
	}
	if !v.begun {
		v.problem(v.segments[0].path, 0, "there is no record in it")
	}
	v.checkStart()
	v.checkEnd()
	v.report.Last, v.report.Hash = v.last.seq, v.last.hash.String()
	return v.report, v.torn, nil
}

type verification struct {
	options  VerifyOptions
	report   *Report
	segments []opened
	gone     bool // a file that was found could not be opened any more
	head     link // the place that the head names; zero = none
	headFile string

	begun   bool
	before  link // what the first record follows
	last    link
	dropped []link // ends of files that the log itself has dropped
	atHead  bool   // the record that the head names was seen
	torn    bool   // a file ended in the middle of a line
}

func (v *verification) problem(file string, line int, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{file, line, fmt.Sprintf(format, args...)})
}

// opened is a file of the log.
type opened struct {
	path  string
	file  *os.File
	size  int64  // when it was opened: a writer may be faster than whoever reads after it
	first uint64 // the number of its first record
}

func (v *verification) close() {
	for _, s := range v.segments {
		_ = s.file.Close() // it was only read
	}
}

// collect finds the files. The log may be in use: the head is read first of all, then the file that grows is opened, and then those
// that are full. One that becomes full in between is there under both names and counts once.
func (v *verification) collect(paths []string) error {
	for _, path := range paths {
		headed, err := v.readHead(path)
		if err != nil {
			return err
		}
		if err := v.open(path); err != nil {
			return err
		}
		if !headed {
			continue
		}
		full, err := fullFiles(path)
		if err != nil {
			return err
		}
		for _, s := range full {
			if err := v.open(s.path); err != nil {
				v.gone = errors.Is(err, os.ErrNotExist)
				return err
			}
		}
	}
	slices.SortStableFunc(v.segments, func(a, b opened) int { return cmp.Compare(a.first, b.first) })
	return nil
}

// open opens a file, once.
func (v *verification) open(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	for _, s := range v.segments {
		if other, err := s.file.Stat(); err == nil && os.SameFile(info, other) {
			return f.Close()
		}
	}
	o := opened{path: path, file: f, size: info.Size(), first: ^uint64(0)} // without a record it comes last
	v.segments = append(v.segments, o)
	done := errors.New("read")
	err = lines(o.content(), func(line []byte, _ bool) error {
		if seq, _, ok := chained(line); ok {
			v.segments[len(v.segments)-1].first = seq
		}
		return done
	})
	if err != nil && !errors.Is(err, done) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (o opened) content() io.Reader { return io.NewSectionReader(o.file, 0, o.size) }

// readHead reads the head beside a file, if there is one.
func (v *verification) readHead(path string) (bool, error) {
	name := path + headSuffix
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	slots, err := readSlots(f)
	if err != nil {
		return false, err
	}
	v.headFile = name
	for _, s := range slots {
		at, ok := v.proven(s)
		if ok && at.seq > v.head.seq {
			v.head = at
		}
	}
	switch {
	case v.head.seq == 0 && slots[0].Seq+slots[1].Seq > 0:
		v.problem(name, 0, "%s", errForged)
	case v.head.seq == 0:
		v.problem(name, 0, "it names no record")
	case len(v.options.Key) == 0 && isSigned(slots):
		v.report.Notes = append(v.report.Notes, "the head is signed, and no key was given to check the signature with")
	}
	return true, nil
}

// proven is verified that believes a signature where there is no key to check it with.
func (v *verification) proven(s slot) (link, bool) {
	if len(v.options.Key) == 0 && isSigned([2]slot{s}) {
		h, ok := parseHash(s.Hash)
		return link{s.Seq, h}, ok && s.Seq > 0
	}
	return s.verified(v.options.Key)
}

func isSigned(slots [2]slot) bool {
	return slices.ContainsFunc(slots[:], func(s slot) bool { return len(s.Proof) > 5 && s.Proof[:5] == "hmac-" })
}

// file verifies the records of one file. After a break it goes on from what it finds, so that every break is told once.
func (v *verification) file(s opened) error {
	path := s.path
	number := 0
	err := lines(s.content(), func(line []byte, whole bool) error {
		number++
		if !whole {
			v.torn = true
			v.problem(path, number, "the last line is incomplete: the process died while it wrote, or somebody cut the file")
			return nil
		}
		v.record(path, number, line)
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (v *verification) record(path string, number int, line []byte) {
	seq, prev, ok := chained(line)
	if !ok || !json.Valid(line) {
		v.problem(path, number, "this is no record")
		v.last = link{v.last.seq + 1, hashOf(line)}
		return
	}
	switch {
	case !v.begun:
		v.begun, v.before, v.report.First = true, link{seq - 1, prev}, seq
	case seq > v.last.seq+1:
		v.problem(path, number, "%s missing before record %d", numbers(v.last.seq+1, seq-1), seq)
	case seq <= v.last.seq:
		v.problem(path, number, "record %d comes after record %d: the order was changed, or a record is there twice", seq, v.last.seq)
	case prev != v.last.hash:
		v.problem(path, number, "record %d does not follow the record %d that is there: one of the two was changed", seq, v.last.seq)
	}
	v.last = link{seq, hashOf(line)}
	if seq == v.head.seq {
		v.atHead = true
		if v.last.hash != v.head.hash {
			v.problem(path, number, "record %d is not the one that the head %s names: it was changed", seq, v.headFile)
		}
	}
	v.noteDrop(line)
}

func (v *verification) noteDrop(line []byte) {
	var r struct {
		Type string `json:"type"`
		Last uint64 `json:"last"`
		Hash string `json:"hash"`
		File string `json:"file"`
	}
	if json.Unmarshal(line, &r) != nil {
		return
	}
	switch r.Type {
	case "log.dropped":
		if h, ok := parseHash(r.Hash); ok {
			v.dropped = append(v.dropped, link{r.Last, h})
		}
	case "log.recovered":
		v.report.Notes = append(v.report.Notes, fmt.Sprintf("record %d: a crash left an incomplete line, which was taken away", v.last.seq))
	}
}

// checkStart wants the first record, or the log's own word that what came before it was dropped.
func (v *verification) checkStart() {
	if !v.begun || v.before == (link{}) {
		return
	}
	if slices.Contains(v.dropped, v.before) {
		v.report.Notes = append(v.report.Notes, fmt.Sprintf("%s dropped by the log itself, which keeps a number of files", numbers(1, v.before.seq)))
		return
	}
	text := numbers(1, v.before.seq) + " not in these files"
	if v.before.seq == 0 {
		text = "the first record follows something that is not there"
	}
	if v.options.Partial && v.before.seq > 0 {
		v.report.Notes = append(v.report.Notes, text)
		return
	}
	v.problem(v.segments[0].path, 1, "%s", text)
}

// checkEnd holds the end against the head.
func (v *verification) checkEnd() {
	file := v.segments[len(v.segments)-1].path
	switch {
	case v.headFile == "" && v.options.Partial:
		v.report.Notes = append(v.report.Notes, "there is no head, so records may be missing at the end")
	case v.headFile == "":
		v.problem(file, 0, "there is no head beside it (%s), so nobody can tell whether records are missing at the end", headSuffix)
	case v.head.seq > v.last.seq:
		v.problem(file, 0, "%s cut off: the head %s names record %d", numbers(v.last.seq+1, v.head.seq), v.headFile, v.head.seq)
	case v.head.seq > 0 && !v.atHead && len(v.report.Problems) == 0:
		v.problem(file, 0, "record %d, which the head %s names, is not there", v.head.seq, v.headFile)
	}
}

func numbers(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("record %d is", first)
	}
	return fmt.Sprintf("records %d to %d are", first, last)
}
