package planner

import (
	"math"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// Frame options as the grammar encodes them (nodes/parsenodes.h, FRAMEOPTION_*).
const (
	frameNonDefault            = 0x00001
	frameOptRows               = 0x00004
	frameOptGroups             = 0x00008
	frameOptStartUnboundedPrec = 0x00020
	frameOptStartCurrentRow    = 0x00200
	frameOptEndCurrentRow      = 0x00400
	frameOptStartOffsetPrec    = 0x00800
	frameOptEndOffsetPrec      = 0x01000
	frameOptStartOffsetFollow  = 0x02000
	frameOptEndOffsetFollow    = 0x04000
	frameOptExcludeCurrentRow  = 0x08000
	frameOptExcludeGroup       = 0x10000
	frameOptExcludeTies        = 0x20000
	frameOptEndUnboundedPrec   = 0x00040
)

// checkWindowNames refuses a WINDOW clause that defines a name twice.
func checkWindowNames(b *binder, list []*pg_query.Node) error {
	seen := map[string]bool{}
	for _, n := range list {
		w := n.GetWindowDef()
		if seen[w.Name] {
			return sqlerr.Newf(sqlerr.WindowingError, "window %q is already defined", w.Name).At(b.at(w.Location))
		}
		seen[w.Name] = true
	}
	return nil
}

func namedWindow(list []*pg_query.Node, name string) *pg_query.WindowDef {
	for _, n := range list {
		if w := n.GetWindowDef(); w.Name == name {
			return w
		}
	}
	return nil
}

// overClause binds OVER name, OVER (…) and OVER (name …).
func (b *binder) overClause(s *scope, w *pg_query.WindowDef, named []*pg_query.Node) (windowDef, error) {
	if w.Name != "" {
		base := namedWindow(named, w.Name)
		if base == nil {
			return windowDef{}, sqlerr.Newf(sqlerr.UndefinedObject, "window %q does not exist", w.Name).At(b.at(w.Location))
		}
		return b.overClause(s, &pg_query.WindowDef{
			Refname: base.Refname, PartitionClause: base.PartitionClause, OrderClause: base.OrderClause, FrameOptions: base.FrameOptions,
			StartOffset: base.StartOffset, EndOffset: base.EndOffset, Location: base.Location,
		}, named)
	}
	partition, order := w.PartitionClause, w.OrderClause
	if w.Refname != "" {
		base := namedWindow(named, w.Refname)
		switch {
		case base == nil:
			return windowDef{}, sqlerr.Newf(sqlerr.UndefinedObject, "window %q does not exist", w.Refname).At(b.at(w.Location))
		case len(partition) > 0:
			return windowDef{}, sqlerr.Newf(sqlerr.WindowingError, "cannot override PARTITION BY clause of window %q", w.Refname).At(b.at(w.Location))
		case len(order) > 0 && len(base.OrderClause) > 0:
			return windowDef{}, sqlerr.Newf(sqlerr.WindowingError, "cannot override ORDER BY clause of window %q", w.Refname).At(b.at(w.Location))
		case base.FrameOptions&frameNonDefault != 0:
			return windowDef{}, sqlerr.Newf(sqlerr.WindowingError, "cannot copy window %q because it has a frame clause", w.Refname).
				WithHint("Omit the parentheses in this OVER clause.").At(b.at(w.Location))
		}
		if partition = base.PartitionClause; len(order) == 0 {
			order = base.OrderClause
		}
	}
	var def windowDef
	for _, n := range partition {
		e, err := b.expression(s, n, inWindow)
		if err != nil {
			return def, err
		}
		if e, err = b.resolveUnknown(e); err != nil {
			return def, err
		}
		def.partition = append(def.partition, e)
	}
	for _, n := range order {
		e, err := b.expression(s, n.GetSortBy().Node, inWindow)
		if err != nil {
			return def, err
		}
		if e, err = b.resolveUnknown(e); err != nil {
			return def, err
		}
		key, err := b.sortKey(e, n.GetSortBy())
		if err != nil {
			return def, err
		}
		def.order = append(def.order, key)
	}
	return def, b.frameClause(s, w, &def)
}

func (b *binder) frameClause(s *scope, w *pg_query.WindowDef, def *windowDef) error {
	o := w.FrameOptions
	def.frame = defaultFrame
	if o&frameNonDefault == 0 {
		return nil
	}
	f := &def.frame
	switch {
	case o&frameOptRows != 0:
		f.mode = frameRows
	case o&frameOptGroups != 0:
		f.mode = frameGroups
	}
	f.start = bound3(o, frameOptStartUnboundedPrec, frameOptStartOffsetPrec, frameOptStartCurrentRow, frameOptStartOffsetFollow)
	f.end = bound3(o, frameOptEndUnboundedPrec, frameOptEndOffsetPrec, frameOptEndCurrentRow, frameOptEndOffsetFollow)
	switch {
	case o&frameOptExcludeCurrentRow != 0:
		f.exclude = excludeCurrentRow
	case o&frameOptExcludeGroup != 0:
		f.exclude = excludeGroup
	case o&frameOptExcludeTies != 0:
		f.exclude = excludeTies
	}
	offsets := w.StartOffset != nil || w.EndOffset != nil
	if f.mode == frameRange && offsets && len(def.order) != 1 {
		return sqlerr.Newf(sqlerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(b.at(w.Location))
	}
	if f.mode == frameGroups && len(def.order) == 0 {
		return sqlerr.Newf(sqlerr.WindowingError, "GROUPS mode requires an ORDER BY clause").At(b.at(w.Location))
	}
	var err error
	if f.startOffset, err = b.frameOffset(s, w.StartOffset, def); err != nil {
		return err
	}
	if f.endOffset, err = b.frameOffset(s, w.EndOffset, def); err != nil {
		return err
	}
	for side, e := range map[string]expr{"starting": f.startOffset, "ending": f.endOffset} {
		if k, ok := e.(*constant); ok {
			if err := checkOffset(k, side, f.mode); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOffset refuses a distance that is negative or none.
func checkOffset(k *constant, side string, mode frameMode) error {
	negative := false
	switch v := k.value.(type) {
	case nil:
		return sqlerr.Newf(sqlerr.NullValueNotAllowed, "frame %s offset must not be null", side)
	case int64:
		negative = v < 0
	case float64:
		negative = v < 0 || math.IsNaN(v)
	case pgvalue.Numeric:
		negative = v.IsNaN() || v.Sign() < 0
	case pgvalue.Interval:
		negative = v.Cmp(pgvalue.Interval{}) < 0
	}
	switch {
	case negative && mode == frameRange:
		return sqlerr.Newf(sqlerr.InvalidPrecedingOrFollowing, "invalid preceding or following size in window function")
	case negative:
		return sqlerr.Newf(sqlerr.InvalidPrecedingOrFollowing, "frame %s offset must not be negative", side)
	}
	return nil
}

func bound3(o int32, unboundedPrec, offsetPrec, current, offsetFollow int32) boundKind {
	switch {
	case o&unboundedPrec != 0:
		return unboundedPreceding
	case o&offsetPrec != 0:
		return offsetPreceding
	case o&current != 0:
		return currentRow
	case o&offsetFollow != 0:
		return offsetFollowing
	}
	return unboundedFollowing
}

// mostFrameRows is more than a partition can have. The engine adds an offset to a row's number, which must not overflow.
const mostFrameRows = 1 << 53

// frameOffset binds n PRECEDING: a count of rows or groups, or for RANGE a distance of the ordering column's type.
func (b *binder) frameOffset(s *scope, n *pg_query.Node, def *windowDef) (expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := b.expression(s, n, inWindow)
	if err != nil {
		return nil, err
	}
	pos := b.nodeAt(n)
	mode := [...]string{frameRows: "ROWS", frameRange: "RANGE", frameGroups: "GROUPS"}[def.frame.mode]
	if def.frame.mode != frameRange {
		e, err := b.coerceType(e, pgcat.Int8, byAssignment, pos)
		if k, ok := e.(*constant); ok && err == nil {
			if n, ok := k.value.(int64); ok && n > mostFrameRows {
				e = &constant{value: int64(mostFrameRows), t: k.t, pos: k.pos}
			}
		}
		if err == nil {
			err = b.withoutColumns(e, s.level, mode)
		}
		return e, err
	}
	key := def.order[0].e.typ().OID
	column := catalog.TypeOf(key)
	if key == pgcat.VarChar {
		column = textType // what sorts it is text's operator
	}
	to := key
	switch key {
	case pgcat.Date, pgcat.Timestamp, pgcat.TimestampTZ, pgcat.Time, pgcat.TimeTZ, pgcat.Interval:
		to = pgcat.Interval
	case pgcat.Int2, pgcat.Int4, pgcat.Int8, pgcat.Numeric, pgcat.Float4, pgcat.Float8:
		if key == pgcat.Float4 {
			to = pgcat.Float8
		}
	default:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", column).At(pos)
	}
	if !canCoerce(e.typ().OID, to, implicitly) {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			column, catalog.TypeOf(e.typ().OID)).WithHint("Cast the offset value to an appropriate type.").At(pos)
	}
	if e, err = b.coerceType(e, to, implicitly, pos); err != nil {
		return nil, err
	}
	return e, b.withoutColumns(e, s.level, mode)
}

// windows adds the window functions of the SELECT list below it.
func (sb *selectBuilder) windows() error {
	w := &window{}
	byPrint := map[string]*colRef{}
	replace := func(e expr) expr {
		c, ok := e.(*windowCall)
		if !ok {
			return e
		}
		print := fingerprint(c)
		if out, ok := byPrint[print]; ok {
			return out
		}
		out := sb.b.newColumn(c.proc.Name, c.t, sb.s.level)
		w.calls = append(w.calls, projectItem{out: out, e: c})
		byPrint[print] = out.ref()
		return out.ref()
	}
	for i := range sb.targets {
		sb.targets[i].e = mapExprOuter(sb.targets[i].e, replace)
	}
	for i, at := range sb.sortAt {
		sb.keys[i].e = sb.targets[at].e
	}
	for _, c := range w.calls {
		if len(innermostSets(c.e)) > 0 { // one that is not grouped by
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "a set-returning function in a window's definition is not supported")
		}
	}
	if len(w.calls) > 0 {
		w.input = sb.input
		sb.input = w
	}
	return nil
}
