package syscat

import (
	"cmp"
	"slices"
	"strconv"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/planner"
)

// ofSession makes the rows of system relations that change while a session goes on.
var ofSession = map[string]func(*View, Session, *planner.SystemRelation) *dataset{
	"pg_catalog.pg_settings":            settings,
	"pg_catalog.pg_stat_activity":       activities,
	"pg_catalog.pg_stat_ssl":            connections,
	"pg_catalog.pg_prepared_statements": preparedStatements,
	"pg_catalog.pg_cursors":             cursors,
	"pg_catalog.pg_locks":               locks,
	"mesh.stores":                       meshStores,
	"mesh.queries":                      meshQueries,
	"mesh.policies":                     meshPolicies,
}

func settings(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	list := s.Settings()
	source := pgcat.Rows("pg_catalog.pg_settings").Columns
	columns := map[string]func(*Setting) pgvalue.Value{}
	for i, name := range source {
		t := rel.Columns[slices.IndexFunc(rel.Columns, func(c planner.SystemColumn) bool { return c.Name == name })].Type
		columns[name] = func(s *Setting) pgvalue.Value {
			if s.Row == nil || s.Row[i] == pgcat.Null {
				return customSetting[name]
			}
			v, err := pgvalue.Parse(t.OID, t.Mod, s.Row[i], pgvalue.DefaultFormat())
			if err != nil {
				return nil
			}
			return v
		}
	}
	columns["name"] = func(s *Setting) pgvalue.Value { return s.Name }
	columns["setting"] = func(s *Setting) pgvalue.Value { return s.Set }
	columns["reset_val"] = func(s *Setting) pgvalue.Value { return s.Reset }
	columns["boot_val"] = func(s *Setting) pgvalue.Value { return s.Boot }
	columns["source"] = func(s *Setting) pgvalue.Value {
		if s.Set == s.Boot {
			return "default"
		}
		return "session"
	}
	return tableOf(rel, list, columns)
}

// customSetting describes parameters that PostgreSQL does not have.
var customSetting = map[string]pgvalue.Value{
	"category": "Customized Options", "context": "user", "vartype": "string", "source": "default", "pending_restart": false, "short_desc": "",
}

func activities(v *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Activities(), map[string]func(*Activity) pgvalue.Value{
		"datid": func(*Activity) pgvalue.Value { return int64(DatabaseOID) }, "datname": func(*Activity) pgvalue.Value { return v.mesh },
		"pid": func(a *Activity) pgvalue.Value { return int64(a.PID) }, "usesysid": func(a *Activity) pgvalue.Value { return int64(roleOID(a.User)) },
		"usename": func(a *Activity) pgvalue.Value { return a.User }, "application_name": func(a *Activity) pgvalue.Value { return a.App },
		"client_addr": func(a *Activity) pgvalue.Value {
			if a.ClientHost == "" {
				return nil
			}
			return a.ClientHost
		},
		"client_port": func(a *Activity) pgvalue.Value {
			if a.ClientPort == 0 {
				return nil
			}
			return int64(a.ClientPort)
		},
		"backend_start": func(a *Activity) pgvalue.Value { return instant(a.Started) },
		"xact_start":    func(a *Activity) pgvalue.Value { return instant(a.Transaction) },
		"query_start":   func(a *Activity) pgvalue.Value { return instant(a.Query) },
		"state_change":  func(a *Activity) pgvalue.Value { return instant(a.Changed) },
		"state":         func(a *Activity) pgvalue.Value { return a.State }, "query": func(a *Activity) pgvalue.Value { return a.Text },
		"wait_event_type": func(a *Activity) pgvalue.Value {
			switch {
			case a.Locking:
				return "Lock"
			case a.State == "active":
				return nil
			}
			return "Client"
		},
		"wait_event": func(a *Activity) pgvalue.Value {
			switch {
			case a.Locking:
				return "advisory"
			case a.State == "active":
				return nil
			}
			return "ClientRead"
		},
		"backend_type": func(*Activity) pgvalue.Value { return "client backend" },
	})
}

func connections(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Activities(), map[string]func(*Activity) pgvalue.Value{
		"pid": func(a *Activity) pgvalue.Value { return int64(a.PID) }, "ssl": func(a *Activity) pgvalue.Value { return a.TLS },
	})
}

func preparedStatements(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Prepared(), map[string]func(*Prepared) pgvalue.Value{
		"name": func(p *Prepared) pgvalue.Value { return p.Name }, "statement": func(p *Prepared) pgvalue.Value { return p.Text },
		"prepare_time": func(p *Prepared) pgvalue.Value { return instant(p.Created) },
		"parameter_types": func(p *Prepared) pgvalue.Value {
			return oidListOf(pgcat.RegType, p.Params)
		},
		"from_sql": func(p *Prepared) pgvalue.Value { return p.FromSQL }, "generic_plans": func(*Prepared) pgvalue.Value { return int64(0) },
		"custom_plans": func(*Prepared) pgvalue.Value { return int64(0) },
	})
}

func oidListOf(elem pgcat.OID, list []uint32) pgvalue.Value {
	values := make([]pgvalue.Value, len(list))
	for i, n := range list {
		values[i] = int64(n)
	}
	return pgvalue.NewArray(elem, values)
}

func cursors(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Cursors(), map[string]func(*Cursor) pgvalue.Value{
		"name": func(c *Cursor) pgvalue.Value { return c.Name }, "statement": func(c *Cursor) pgvalue.Value { return c.Text },
		"is_holdable": func(c *Cursor) pgvalue.Value { return c.Hold }, "is_binary": func(c *Cursor) pgvalue.Value { return c.Binary },
		"is_scrollable": func(c *Cursor) pgvalue.Value { return c.Scroll }, "creation_time": func(c *Cursor) pgvalue.Value { return instant(c.Created) },
	})
}

func locks(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Locks(), map[string]func(*Lock) pgvalue.Value{
		"locktype": func(*Lock) pgvalue.Value { return "advisory" }, "database": func(*Lock) pgvalue.Value { return int64(DatabaseOID) },
		"classid": func(l *Lock) pgvalue.Value { return int64(l.Key.Class) }, "objid": func(l *Lock) pgvalue.Value { return int64(l.Key.Object) },
		"objsubid": func(l *Lock) pgvalue.Value { return int64(l.Key.Sub) }, "pid": func(l *Lock) pgvalue.Value { return int64(l.PID) },
		"virtualtransaction": func(l *Lock) pgvalue.Value { return strconv.FormatUint(uint64(l.PID), 10) + "/0" },
		"mode":               func(l *Lock) pgvalue.Value { return l.Mode }, "granted": func(l *Lock) pgvalue.Value { return l.Granted },
		"fastpath": func(*Lock) pgvalue.Value { return false }, "waitstart": func(l *Lock) pgvalue.Value { return instant(l.Since) },
	})
}

func meshStores(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	return tableOf(rel, s.Stores(), map[string]func(*Store) pgvalue.Value{
		"store": func(s *Store) pgvalue.Value { return s.Name }, "kind": func(s *Store) pgvalue.Value { return s.Kind },
		"healthy": func(s *Store) pgvalue.Value {
			if s.Checked.IsZero() {
				return nil
			}
			return s.Healthy
		},
		"checked": func(s *Store) pgvalue.Value { return instant(s.Checked) },
		"problem": func(s *Store) pgvalue.Value {
			if s.Problem == "" {
				return nil
			}
			return s.Problem
		},
	})
}

func meshQueries(_ *View, s Session, rel *planner.SystemRelation) *dataset {
	list := s.Queries()
	slices.SortFunc(list, func(a, b Query) int { return cmp.Compare(b.Started.UnixNano(), a.Started.UnixNano()) })
	return tableOf(rel, list, map[string]func(*Query) pgvalue.Value{
		"query": func(q *Query) pgvalue.Value { return q.ID }, "session": func(q *Query) pgvalue.Value { return int64(q.PID) },
		"user": func(q *Query) pgvalue.Value { return q.User }, "purpose": func(q *Query) pgvalue.Value { return orNull(q.Purpose) },
		"state": func(q *Query) pgvalue.Value { return q.State }, "started": func(q *Query) pgvalue.Value { return instant(q.Started) },
		"elapsed": func(q *Query) pgvalue.Value { return pgvalue.Interval{Micros: q.Elapsed.Microseconds()} },
		"rows":    func(q *Query) pgvalue.Value { return q.Rows }, "products": func(q *Query) pgvalue.Value { return texts(q.Products) },
		"sqlstate": func(q *Query) pgvalue.Value { return orNull(q.SQLState) }, "statement": func(q *Query) pgvalue.Value { return orNull(q.Text) },
	})
}

func orNull(s string) pgvalue.Value {
	if s == "" {
		return nil
	}
	return s
}

func texts(list []string) pgvalue.Value {
	values := make([]pgvalue.Value, len(list))
	for i, s := range list {
		values[i] = s
	}
	return pgvalue.NewArray(pgcat.Text, values)
}
