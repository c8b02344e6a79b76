package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"meshgate/duck"
	"meshgate/gateway"
	"meshgate/internal/teststores"
)

const attackDir = "../../testdata/attacks"

// attackDomains hold the same products with the same rows and rules, each in another kind of store.
var attackDomains = []string{"post", "maria", "duck", "flat"}

// person is a row of people, as SQL literals without quotes; "" is NULL.
type person map[string]string

// peopleColumns are the columns of people in the stores' order, with their types in PostgreSQL and what makes them hidden: "" shows
// as it is, else a mask or an effect.
var peopleColumns = []struct{ name, typ, effect string }{
	{"id", "bigint", ""},
	{"person", "bigint", ""},
	{"mark", "varchar(40)", ""},
	{"country", "varchar(4)", ""},
	{"dept", "varchar(20)", ""},
	{"level", "integer", ""},
	{"big", "bigint", ""},
	{"code", "varchar(40)", ""},
	{"doc", "varchar(80)", ""},
	{"shared", "boolean", ""},
	{"name", "varchar(40)", "partial"},
	{"email", "varchar(60)", "hash"},
	{"phone", "varchar(40)", "null"},
	{"nick", "varchar(40)", "constant"},
	{"credit", "decimal(12,2)", "bucket"},
	{"born", "date", "year"},
	{"note", "varchar(80)", "note"},
	{"salary", "decimal(12,2)", "aggregate"},
	{"social_no", "varchar(40)", "deny"},
}

// variant is one of two states of the same mesh, which differ only in what no user but root may see: rows of hidden countries, the
// denied column, and what the masks leave no trace of.
type variant struct {
	prefix string // of every hidden text
	hidden int    // how many rows of hidden countries there are besides those that look like a shown one
	cents  string // of hidden amounts
	rand   *rand.Rand
}

func variants() []*variant {
	return []*variant{
		{prefix: "XQ7K", hidden: 3, cents: "31", rand: rand.New(rand.NewPCG(1, 1))},
		{prefix: "ZW4J", hidden: 60, cents: "87", rand: rand.New(rand.NewPCG(2, 2))},
	}
}

func (v *variant) secret(kind string) string {
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = byte('a' + v.rand.IntN(26))
	}
	return v.prefix + kind + string(letters)
}

// people are the rows of a variant. Countries that MySQL's collation takes for a shown one are hidden too.
func (v *variant) people() []person {
	countries := strings.Fields("DE DE DE DE DE DE FR FR FR FR US US US US US")
	shown := len(countries)
	countries = append(countries, "GB", "GB", "", "de", "De", "DE ", "dé", "fr", "us")
	for range v.hidden {
		countries = append(countries, "GB")
	}
	rows := make([]person, len(countries))
	for i, country := range countries {
		n := i + 1
		p := person{"id": fmt.Sprint(n), "person": fmt.Sprint(100 + n), "country": country, "shared": fmt.Sprint(i%3 != 0)}
		if i < shown {
			v.show(p, i)
		} else {
			v.hide(p)
		}
		p["social_no"] = v.secret("-ssn")
		p["phone"], p["nick"] = v.secret("-fon"), v.secret("-nik")
		rows[i] = p
	}
	// Two rows of one person, and values that masks have a case of their own for.
	rows[5]["person"], rows[4]["name"], rows[7]["name"], rows[8]["email"], rows[9]["credit"], rows[3]["born"] = "105", "", "é", "", "", ""
	// Hidden rows stand between shown ones, whose order is that of both variants.
	mixed := rows[:shown:shown]
	for _, p := range rows[shown:] {
		mixed = slices.Insert(mixed, v.rand.IntN(len(mixed)+1), p)
	}
	return mixed
}

// show fills a row that somebody may see. Both variants show the same.
func (v *variant) show(p person, i int) {
	p["mark"] = "MARK-" + p["country"] + "-" + p["id"]
	p["dept"], p["level"], p["big"] = []string{"ops", "lab", "law"}[i%3], fmt.Sprint(1+i%4), fmt.Sprint(1000*i)
	p["code"], p["doc"] = fmt.Sprint(10+i), fmt.Sprintf(`{"a": %d}`, i)
	p["name"] = "N" + v.secret("")
	p["email"] = "QMAIL" + p["id"] + "@example.com"
	p["credit"] = fmt.Sprintf("%d.%s", 30000+100*(i%4)+1+v.rand.IntN(99), v.cents)
	p["born"] = fmt.Sprintf("%d-%02d-%02d", 1960+i, 2+v.rand.IntN(11), 2+v.rand.IntN(27))
	p["salary"] = fmt.Sprintf("%d.13", 4700+17*i*i)
	p["note"] = "note of " + p["mark"]
	if p["shared"] == "false" {
		p["note"] = v.secret("-note")
	}
}

// hide fills a row that nobody may see, with values on which a careless expression fails.
func (v *variant) hide(p person) {
	p["mark"] = v.secret("-mark")
	p["dept"], p["level"], p["big"] = v.secret("-dept"), "0", fmt.Sprint(int64(9223372036854775000)+v.rand.Int64N(800))
	p["code"], p["doc"] = v.secret("-code"), "{"+v.secret("-doc")
	p["name"], p["email"] = v.secret("-name"), v.secret("-mail")+"@example.com"
	p["credit"], p["salary"] = fmt.Sprintf("77%d.%s", 1000+v.rand.IntN(9000), v.cents), fmt.Sprintf("99%d.%s", 1000+v.rand.IntN(9000), v.cents)
	p["born"] = fmt.Sprintf("%d-%02d-%02d", 1700+v.rand.IntN(100), 2+v.rand.IntN(11), 2+v.rand.IntN(27))
	p["note"] = v.secret("-note")
}

// attackCountries are the countries whose rows a user sees.
var attackCountries = map[string][]string{"ann": {"DE", "FR"}, "bob": {"US"}, "dee": {"DE"}, "mia": nil, "eve": nil}

// hiddenFrom are texts of which a user may see nothing: whole values, and the beginning that the others share.
func (v *variant) hiddenFrom(user string, rows []person) []string {
	out := []string{v.prefix, "social_no", "vlt_t"}
	if user == "eve" {
		out = append(out, "ppl_t")
	}
	for _, p := range rows {
		seen := slices.Contains(attackCountries[user], p["country"])
		if !seen && strings.HasPrefix(p["mark"], "MARK") {
			out = append(out, p["mark"])
		}
		for _, c := range peopleColumns {
			value := p[c.name]
			switch {
			case len(value) < 4 || c.effect == "" || c.effect == "note" || strings.Contains(value, v.prefix):
			case c.name == "email" && seen && user == "dee":
			default:
				out = append(out, value)
			}
		}
	}
	return out
}

// newAttackWorld serves the mesh of testdata/attacks over a variant's rows.
func newAttackWorld(t testing.TB, rows []person) *world {
	t.Helper()
	w, _ := newEmptyWorld(t)
	w.vars["HTTP_PORT"] = closedPort(t)
	w.copyAttackMesh(t)
	w.fillAttacked(t, rows)
	w.serve(t)
	return w
}

// copyAttackMesh writes the mesh; its one domain is written once for each kind of store.
func (w *world) copyAttackMesh(t testing.TB) {
	t.Helper()
	reference := func(store string) string {
		return "customProperties: [{property: credentialRef, value: " + store + "}]}"
	}
	servers := map[string]string{
		"post":  "{server: main, type: postgres, host: 127.0.0.1, port: " + w.vars["PG_PORT"] + ", database: " + w.vars["PG_DATABASE"] + ", schema: public, " + reference("post-db"),
		"maria": "{server: main, type: mysql, host: 127.0.0.1, port: " + w.vars["MY_PORT"] + ", database: " + w.vars["MY_DATABASE"] + ", " + reference("maria-db"),
		"duck":  "{server: main, type: duckdb, database: data/people.duckdb, " + reference("duck-file"),
		"flat":  "{server: main, type: duckdb, database: data/flat/*.parquet, " + reference("flat-files"),
	}
	root := os.DirFS(attackDir + "/mesh")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if !strings.Contains(path, "/DOMAIN/") {
			return w.writeMeshFile(path, string(text))
		}
		for _, domain := range attackDomains {
			w.vars["DOMAIN"], w.vars["SERVER"] = domain, servers[domain]
			w.vars["INT"], w.vars["BOOL"] = "integer", "boolean"
			if domain == "maria" {
				w.vars["INT"], w.vars["BOOL"] = "int", "tinyint(1)"
			}
			if err := w.writeMeshFile(strings.Replace(path, "DOMAIN", domain, 1), string(text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"log", "data/flat"} {
		if err := os.MkdirAll(filepath.Join(w.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// attackTables are the statements that make the stores' tables.
func attackTables(rows []person) []string {
	var columns, values []string
	for _, c := range peopleColumns {
		columns = append(columns, c.name+" "+c.typ)
	}
	for _, p := range rows {
		var cells []string
		for _, c := range peopleColumns {
			switch {
			case p[c.name] == "" && c.name != "name":
				cells = append(cells, "NULL")
			case c.typ == "boolean":
				cells = append(cells, p[c.name])
			default:
				cells = append(cells, "'"+p[c.name]+"'")
			}
		}
		values = append(values, "("+strings.Join(cells, ", ")+")")
	}
	return []string{
		"CREATE TABLE ppl_t (" + strings.Join(columns, ", ") + ", PRIMARY KEY (id))",
		"INSERT INTO ppl_t VALUES " + strings.Join(values, ", "),
		"CREATE TABLE shf_t (id bigint PRIMARY KEY, person bigint, label varchar(40), hours integer)",
		"INSERT INTO shf_t VALUES (1, 101, 'early', 4), (2, 101, 'late', 5), (3, 102, 'early', 6), (4, 107, 'night', 7), (5, 111, 'late', 8), (6, 999, 'none', NULL), (7, 117, 'night', 1)",
		"CREATE TABLE vlt_t (id bigint PRIMARY KEY, combination varchar(40))",
		"INSERT INTO vlt_t VALUES (1, '" + rows[0]["social_no"] + "')",
	}
}

func (w *world) fillAttacked(t testing.TB, rows []person) {
	t.Helper()
	tables := attackTables(rows)
	for _, q := range append(tables, "ANALYZE") {
		execSQL(t, w.sales, q)
	}
	for _, q := range append(tables, "ANALYZE TABLE ppl_t, shf_t, vlt_t") {
		if _, err := w.shop.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	files := slices.Clone(tables)
	for _, name := range []string{"ppl_t", "shf_t", "vlt_t"} {
		files = append(files, "COPY "+name+" TO '"+filepath.Join(w.dir, "data/flat", name+".parquet")+"' (FORMAT parquet)")
	}
	for path, statements := range map[string][]string{filepath.Join(w.dir, "data/people.duckdb"): tables, "": files} {
		if err := duck.Build(path, statements...); err != nil {
			t.Fatal(gateway.Problem(err))
		}
	}
}

// attackOracle holds what nothing hides, in plain PostgreSQL.
func attackOracle(t testing.TB, rows []person) (conn *pgx.Conn, dsn string) {
	t.Helper()
	conn, name := teststores.NewPostgres(t)
	for _, q := range attackTables(rows) {
		execSQL(t, conn, q)
	}
	return conn, teststores.PostgresDSN(t, name)
}
