package gateway

import (
	"strconv"
	"strings"

	"meshgate/gateway/syscat"
)

// restore returns to an earlier copy, which is used up.
func (s *settings) restore(before *settings) {
	s.values, s.local = before.values, before.local
	s.shape()
}

// resetValue is what RESET returns a parameter to.
func (s *settings) resetValue(name string) string {
	key := strings.ToLower(name)
	if v, ok := s.startup[key]; ok {
		return v
	}
	if p := parameters()[key]; p != nil {
		return p.boot
	}
	return ""
}

// isolation is the transaction's isolation level.
func (s *settings) isolation() string {
	if v, ok := s.values["transaction_isolation"]; ok {
		return v
	}
	return s.text("default_transaction_isolation")
}

// shown returns a parameter as SHOW prints it; ok is false for a name that does not exist.
func (s *settings) shown(name string) (string, bool) {
	v, ok := s.get(name)
	if !ok {
		return "", false
	}
	if strings.EqualFold(name, "transaction_isolation") {
		v = s.isolation()
	}
	if p := parameters()[strings.ToLower(name)]; p != nil {
		v = p.show(v)
	}
	return v, true
}

// all lists the parameters as pg_settings has them.
func (s *settings) all() []syscat.Setting {
	var out []syscat.Setting
	for _, key := range sortedNames(parameters()) {
		p := parameters()[key]
		set, _ := s.get(key)
		if key == "transaction_isolation" {
			set = s.isolation()
		}
		out = append(out, syscat.Setting{Name: p.name, Row: p.row, Set: set, Reset: s.resetValue(key), Boot: p.boot})
	}
	for _, key := range sortedNames(s.values) {
		if parameters()[key] == nil {
			out = append(out, syscat.Setting{Name: key, Set: s.values[key], Reset: s.resetValue(key)})
		}
	}
	return out
}

type unit struct {
	name string
	size int64
}

var (
	shownTimes = []unit{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}}
	shownSizes = []unit{{"TB", 1 << 30}, {"GB", 1 << 20}, {"MB", 1 << 10}, {"kB", 1}}
	sizeUnits  = map[string]int64{"kB": 1, "8kB": 8, "MB": 1 << 10, "B": 0}
)

// show writes a number with the largest unit that it is a multiple of, as SHOW does (guc.c, convert_int_from_base_unit).
func (p *parameter) show(value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 || p.unit == "" {
		return value
	}
	list, factor := shownSizes, sizeUnits[p.unit]
	if f, ok := timeUnits[p.unit]; ok {
		list, factor = shownTimes, int64(f)
	}
	if factor == 0 {
		return value
	}
	for _, u := range list {
		if n*factor%u.size == 0 {
			return strconv.FormatInt(n*factor/u.size, 10) + u.name
		}
	}
	return value
}
