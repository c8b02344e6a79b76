package pgvalue

import (
	"cmp"
	"strings"

	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// pathMoment is a date or a time among the items of a path: a Date, TimeOfDay, TimeTZ or Timestamp. An instant keeps the zone that
// its text had.
type pathMoment struct {
	oid    pgcat.OID
	value  Value
	offset int32
}

func (m *pathMoment) typeName() string { return pgcat.FormatType(m.oid, -1) }

// append appends a moment as a JSON string.
func (m *pathMoment) append(dst []byte) []byte {
	switch v := m.value.(type) {
	case Date:
		return AppendJSONDate(dst, v)
	case TimeTZ:
		dst = isoFormat.AppendText(append(dst, '"'), pgcat.Time, v.Time)
		return append(appendXSDOffset(dst, v.Offset), '"')
	case Timestamp:
		if m.oid == pgcat.TimestampTZ {
			return AppendJSONTimestampTZ(dst, v, FixedZone(m.offset))
		}
		return AppendJSONTimestamp(dst, v)
	default:
		return append(isoFormat.AppendText(append(dst, '"'), m.oid, v), '"')
	}
}

func appendXSDOffset(dst []byte, offset int32) []byte {
	dst = appendOffset(dst, offset)
	if offset%3600 == 0 {
		dst = append(dst, ":00"...)
	}
	return dst
}

// parseStandardTemplate reads a template of the SQL standard, in which only some separators may stand.
func parseStandardTemplate(text string) *DateTemplate {
	return (&DateTemplate{std: true}).parseNodes(text)
}

// standardSeparator takes a separator; any other character makes the template useless.
func (t *DateTemplate) standardSeparator(text string) string {
	n := templateNode{kind: nodeSeparator, text: text[:1]}
	switch {
	case text[0] == ' ':
		n.kind = nodeSpace
	case !strings.Contains("-./,':;", text[:1]) && t.err == nil:
		t.err = sqlerr.Newf(sqlerr.InvalidDatetimeFormat, "invalid datetime format separator: %q", text[:1])
	}
	t.nodes = append(t.nodes, n)
	return text[1:]
}

// holds reports which of a date, a time and a zone a template has.
func (t *DateTemplate) holds() (date, clock, zone bool) {
	for _, n := range t.nodes {
		if n.kind != nodeField {
			continue
		}
		switch id := n.key.id; {
		case id == "FX":
		case id == "TZ" || id == "OF" || id == "TZH" || id == "TZM":
			zone = true
		case strings.HasPrefix(id, "HH"), strings.HasPrefix(id, "FF"), strings.HasPrefix(id, "SS"), id == "MI", id == "MS", id == "US",
			id == "AM", id == "PM", id == "A.M.", id == "P.M.":
			clock = true
		default:
			date = true
		}
	}
	return date, clock, zone
}

// moment reads a text as what the template holds (parse_datetime).
func (t *DateTemplate) moment(text string) (*pathMoment, error) {
	read, err := t.parse(text)
	if err != nil {
		return nil, err
	}
	date, clock, zone := t.holds()
	switch {
	case zone && !clock && date:
		return nil, badTemplateInput("datetime format is zoned but not timed")
	case !date && !clock:
		return nil, badTemplateInput("datetime format is not dated and not timed")
	case zone && read.offset == nil:
		return nil, badTemplateInput("missing time zone in input string")
	}
	time := Clock{Hour: read.hour, Minute: read.minute, Second: read.second, Micro: read.micro}.Time()
	precision := int32(-1)
	if read.precision != 0 {
		precision = int32(read.precision)
	}
	if !date {
		time = TimeOfDay(RoundTime(int64(time), precision))
		if zone {
			return &pathMoment{pgcat.TimeTZ, TimeTZ{Time: time, Offset: *read.offset}, 0}, nil
		}
		return &pathMoment{pgcat.Time, time, 0}, nil
	}
	day, err := read.date()
	if err != nil || !clock {
		return &pathMoment{pgcat.Date, day, 0}, err
	}
	at, err := day.At(time)
	if err != nil {
		return nil, err
	}
	if !zone {
		return &pathMoment{pgcat.Timestamp, at.Round(precision), 0}, nil
	}
	at, err = FixedZone(*read.offset).Instant(at)
	return &pathMoment{pgcat.TimestampTZ, at.Round(precision), *read.offset}, err
}

// isoTemplates are the forms that .datetime() tries.
var isoTemplates = func() []*DateTemplate {
	var out []*DateTemplate
	add := func(text string) { out = append(out, parseStandardTemplate(text)) }
	const clock = "HH24:MI:SS"
	zoned := func(prefix string) {
		for _, form := range []string{".USTZH:TZM", ".USTZH", "TZH:TZM", "TZH"} {
			add(prefix + clock + form)
		}
	}
	plain := func(prefix string) {
		add(prefix + clock + ".US")
		add(prefix + clock)
	}
	add("yyyy-mm-dd")
	zoned("")
	plain("")
	zoned("yyyy-mm-dd ")
	zoned(`yyyy-mm-dd"T"`)
	plain("yyyy-mm-dd ")
	plain(`yyyy-mm-dd"T"`)
	return out
}()

// moment is .datetime(); hard says that the error is none of the path's that may be suppressed.
func (p *pathItem) moment(text string) (m *pathMoment, hard bool, err error) {
	if p.template != nil {
		if p.template.err != nil {
			return nil, true, p.template.err
		}
		m, err = p.template.moment(text)
		return m, false, err
	}
	for _, t := range isoTemplates {
		if m, err := t.moment(text); err == nil {
			return m, false, nil
		}
	}
	return nil, false, sqlerr.Newf(sqlerr.InvalidArgumentForJSONDatetime, "datetime format is not recognized: \"%s\"", clip(text)).
		WithHint("Use a datetime template argument to specify the input data format.")
}

// compareMoments compares two moments; comparable is false where they cannot be. Without a zone, nothing that depends on one is
// converted.
func (x *pathRun) compareMoments(a, b *pathMoment) (result int, comparable bool, err error) {
	isTime := func(m *pathMoment) bool { return m.oid == pgcat.Time || m.oid == pgcat.TimeTZ }
	if isTime(a) != isTime(b) {
		return 0, false, nil
	}
	if a.oid != b.oid && (a.oid == pgcat.TimeTZ || b.oid == pgcat.TimeTZ || a.oid == pgcat.TimestampTZ || b.oid == pgcat.TimestampTZ) && x.zone == nil {
		from, to := a, b
		if a.oid == pgcat.TimeTZ || a.oid == pgcat.TimestampTZ {
			from, to = b, a
		}
		return 0, false, sqlerr.Newf(sqlerr.FeatureNotSupported, "cannot convert value from %s to %s without time zone usage",
			pgcat.TypeByOID(from.oid).Name, pgcat.TypeByOID(to.oid).Name).WithHint("Use *_tz() function for time zone support.")
	}
	if isTime(a) {
		if a.oid == pgcat.Time && b.oid == pgcat.Time {
			return cmp.Compare(a.value.(TimeOfDay), b.value.(TimeOfDay)), true, nil
		}
		return cmp.Compare(x.timeKey(a), x.timeKey(b)), true, nil
	}
	if a.oid == pgcat.Date && b.oid == pgcat.Date {
		return cmp.Compare(a.value.(Date), b.value.(Date)), true, nil
	}
	zoned := a.oid == pgcat.TimestampTZ || b.oid == pgcat.TimestampTZ
	return cmp.Compare(x.instantKey(a, zoned), x.instantKey(b, zoned)), true, nil
}

// timeKey orders times with a zone: by the instant, then western zones last. A time without one has the session's of now.
func (x *pathRun) timeKey(m *pathMoment) int64 {
	t, ok := m.value.(TimeTZ)
	if !ok {
		off, _ := x.zone.Zone.Offset(x.zone.Now)
		t = TimeTZ{Time: m.value.(TimeOfDay), Offset: off}
	}
	return (int64(t.Time)-int64(t.Offset)*MicrosPerSecond)<<18 + int64(-t.Offset) + 1<<17
}

// instantKey orders dates and timestamps; a date later than all timestamps comes after them.
func (x *pathRun) instantKey(m *pathMoment, zoned bool) Timestamp {
	at, ok := m.value.(Timestamp)
	if day, isDate := m.value.(Date); !ok && isDate {
		var err error
		if at, err = day.At(0); err != nil {
			return TimestampInfinity - 1
		}
	}
	if zoned && m.oid != pgcat.TimestampTZ {
		if instant, err := x.zone.Zone.Instant(at); err == nil {
			return instant
		}
	}
	return at
}
