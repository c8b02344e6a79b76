package gateway

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"meshgate/pgcat"
	"meshgate/pgencoding"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// settings are a session's configuration parameters (PostgreSQL 15, chapter 20). Only what differs from the server's defaults is
// held; a transaction that rolls back, or a savepoint that is rolled back to, restores an earlier copy.
type settings struct {
	values  map[string]string // by lower-case name
	startup map[string]string // what RESET returns to
	local   map[string]string // values to restore when the transaction ends, of SET LOCAL; absent before = "\x00"
	format  *pgvalue.Format
	client  *pgencoding.Encoding // the client's; nil = UTF-8
}

// parameter is a row of pg_settings.
type parameter struct {
	name     string
	boot     string
	context  string
	vartype  string
	unit     string
	enums    []string
	min, max float64
	category string
	short    string
	row      pgcat.Row // of the extracted pg_settings; nil = the gateway's own
}

var parameters = sync.OnceValue(func() map[string]*parameter {
	m := map[string]*parameter{}
	rel := pgcat.Rows("pg_catalog.pg_settings")
	for _, row := range rel.Rows {
		f := func(name string) string {
			v := row[slices.Index(rel.Columns, name)]
			if v == pgcat.Null {
				return ""
			}
			return v
		}
		p := &parameter{name: f("name"), boot: f("setting"), context: f("context"), vartype: f("vartype"), unit: f("unit"), category: f("category"), short: f("short_desc"), row: row}
		if e := f("enumvals"); e != "" {
			p.enums = strings.Split(strings.Trim(e, "{}"), ",")
		}
		p.min, _ = strconv.ParseFloat(f("min_val"), 64)
		p.max, _ = strconv.ParseFloat(f("max_val"), 64)
		m[strings.ToLower(p.name)] = p
	}
	for name, value := range gatewayDefaults {
		if p := m[strings.ToLower(name)]; p != nil {
			p.boot = value
		} else {
			m[strings.ToLower(name)] = &parameter{name: name, boot: value, context: "user", vartype: "string", category: "meshgate"}
		}
	}
	return m
})

// gatewayDefaults are the values in which a gateway differs from a PostgreSQL server just installed, and settings of its own.
var gatewayDefaults = map[string]string{
	"server_version": pgcat.Version + " (meshgate)", "server_version_num": strconv.Itoa(pgcat.VersionNum), "server_encoding": "UTF8", "client_encoding": "UTF8",
	"default_transaction_read_only": "on", "transaction_read_only": "on", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
	"lc_collate": "C", "lc_ctype": "C.UTF-8", "lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C",
	"application_name": "", "search_path": `"$user", public`, "is_superuser": "off", "session_authorization": "", "role": "none",
	"in_hot_standby": "off", "extra_float_digits": "1", "bytea_output": "hex", "max_connections": "500", "statement_timeout": "0",
	"transaction_isolation": "read committed", "transaction_deferrable": "off", "mesh.purpose": "", "mesh.pushdown": "on",
	"log_timezone": "UTC", "default_text_search_config": "pg_catalog.simple", "jit": "off",
}

const absent = "\x00"

func newSettings() *settings {
	s := &settings{values: map[string]string{}, startup: map[string]string{}, local: map[string]string{}}
	s.shape()
	return s
}

// copy is what a transaction or a savepoint keeps to return to.
func (s *settings) copy() *settings {
	return &settings{values: maps.Clone(s.values), startup: s.startup, local: maps.Clone(s.local), format: s.format, client: s.client}
}

// get returns a parameter's value; ok is false for a name that does not exist.
func (s *settings) get(name string) (string, bool) {
	key := strings.ToLower(name)
	if v, ok := s.values[key]; ok {
		return v, true
	}
	p, ok := parameters()[key]
	if !ok {
		return "", false
	}
	return p.boot, true
}

func (s *settings) text(name string) string {
	v, _ := s.get(name)
	return v
}

// meshSettings are the gateway's own parameters, with the values that they may have; none = any.
var meshSettings = map[string][]string{"mesh.purpose": nil, "mesh.pushdown": {"on", "off", "eager"}}

// set changes a parameter after checking it as PostgreSQL does. local holds until the transaction's end.
func (s *settings) set(name, value string, local bool) error {
	key := strings.ToLower(name)
	p, known := parameters()[key]
	if !known && !strings.Contains(key, ".") {
		return sqlerr.Newf(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	if modes, ours := meshSettings[key]; strings.HasPrefix(key, "mesh.") && !ours {
		return sqlerr.Newf(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	} else if len(modes) > 0 && !slices.Contains(modes, value) {
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", key, value).
			WithHint("Available values: %s.", strings.Join(modes, ", "))
	}
	if known {
		if err := p.changeable(); err != nil {
			return err
		}
		var err error
		if value, err = p.check(value, s.text(name)); err != nil {
			return err
		}
	}
	if local {
		if _, saved := s.local[key]; !saved {
			s.local[key] = absent
			if v, ok := s.values[key]; ok {
				s.local[key] = v
			}
		}
	} else {
		delete(s.local, key)
	}
	s.values[key] = value
	s.shape()
	return nil
}

// reset returns a parameter to what it was when the session began.
func (s *settings) reset(name string) error {
	key := strings.ToLower(name)
	p, known := parameters()[key]
	_, custom := s.values[key]
	if !known && !custom && !strings.Contains(key, ".") {
		return sqlerr.Newf(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	if known {
		if err := p.changeable(); err != nil {
			return err
		}
	}
	if v, ok := s.startup[key]; ok {
		s.values[key] = v
	} else {
		delete(s.values, key)
	}
	s.shape()
	return nil
}

// keep are parameters that RESET ALL leaves alone, as PostgreSQL marks them GUC_NO_RESET_ALL.
var keep = map[string]bool{
	"is_superuser": true, "session_authorization": true, "role": true, "transaction_isolation": true, "transaction_read_only": true, "transaction_deferrable": true,
}

func (s *settings) resetAll() {
	for key := range s.values {
		if !keep[key] {
			delete(s.values, key)
			if v, ok := s.startup[key]; ok {
				s.values[key] = v
			}
		}
	}
	s.shape()
}

// endLocal takes back what SET LOCAL did.
func (s *settings) endLocal() {
	for key, v := range s.local {
		if v == absent {
			delete(s.values, key)
		} else {
			s.values[key] = v
		}
	}
	clear(s.local)
	s.shape()
}

// changeable refuses parameters that only a server's configuration sets.
func (p *parameter) changeable() error {
	switch p.context {
	case "internal":
		return sqlerr.Newf(sqlerr.CantChangeRuntimeParam, "parameter %q cannot be changed", p.name)
	case "postmaster":
		return sqlerr.Newf(sqlerr.CantChangeRuntimeParam, "parameter %q cannot be changed without restarting the server", p.name)
	case "sighup":
		return sqlerr.Newf(sqlerr.CantChangeRuntimeParam, "parameter %q cannot be changed now", p.name)
	case "superuser-backend", "backend":
		return sqlerr.Newf(sqlerr.CantChangeRuntimeParam, "parameter %q cannot be set after connection start", p.name)
	}
	return nil
}

// shape derives the format of values from the settings.
func (s *settings) shape() {
	f := &pgvalue.Format{Zone: pgvalue.UTC}
	if z, err := pgvalue.ParseZone(s.text("timezone")); err == nil {
		f.Zone = z
	}
	style, order, _ := strings.Cut(s.text("datestyle"), ", ")
	f.DateStyle = map[string]pgvalue.DateStyle{"SQL": pgvalue.DateSQL, "Postgres": pgvalue.DatePostgres, "German": pgvalue.DateGerman}[style]
	f.DateOrder = map[string]pgvalue.DateOrder{"DMY": pgvalue.OrderDMY, "YMD": pgvalue.OrderYMD}[order]
	f.IntervalStyle = map[string]pgvalue.IntervalStyle{
		"postgres_verbose": pgvalue.IntervalVerbose, "sql_standard": pgvalue.IntervalSQL, "iso_8601": pgvalue.IntervalISO,
	}[s.text("intervalstyle")]
	f.ByteaEscape = s.text("bytea_output") == "escape"
	f.FloatDigits, _ = strconv.Atoi(s.text("extra_float_digits"))
	s.format = f
	s.client, _, _ = pgencoding.Lookup(s.text("client_encoding"))
}

// formatAt is the format with the statement's time, which date literals such as today read.
func (s *settings) formatAt(now time.Time) *pgvalue.Format {
	f := *s.format
	f.Now = pgvalue.Timestamp(now.UnixMicro())
	return &f
}

// searchPath lists the schemas of search_path; "$user" and public name no domain.
func (s *settings) searchPath(user string) []string {
	var out []string
	for _, part := range splitIdentifiers(s.text("search_path")) {
		if part == "$user" {
			part = user
		}
		if part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// splitIdentifiers reads a list of identifiers: quoted ones as they are, others in lower case.
func splitIdentifiers(text string) []string {
	var out []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] == ',' {
			rest = rest[1:]
			continue
		}
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return out
			}
			out, rest = append(out, rest[1:1+end]), rest[2+end:]
			continue
		}
		word, after, _ := strings.Cut(rest, ",")
		out, rest = append(out, strings.ToLower(strings.TrimSpace(word))), after
	}
	return out
}

// duration reads a parameter in milliseconds.
func (s *settings) duration(name string) time.Duration {
	ms, err := strconv.ParseFloat(s.text(name), 64)
	if err != nil {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}
