package tpc

import (
	"fmt"
	"slices"
	"strings"
)

// Files are the files of the mesh folder, by name. Ports, databases and the only user's verifier are left as ${PG_PORT}, ${PG_DATABASE},
// ${MY_PORT}, ${MY_DATABASE} and ${VERIFIER}.
func (m Mesh) Files() map[string]string {
	files := map[string]string{
		"mesh.yaml": m.config(),
		"users.yaml": `users:
  - {name: ann, password: "${VERIFIER}", groups: [analysts]}
`,
		"governance/taxonomy.yaml": `apiVersion: meshgate/v1
kind: Taxonomy
classifications: [public, internal]
openBelow: public
unclassified: internal
`,
		"governance/base.policy.yaml": `apiVersion: meshgate/v1
kind: PolicySet
metadata: {name: base, tier: global, owner: bench@example.com}
rules:
  - {id: ANALYSTS, match: {domains: [` + m.SearchPath() + `]}, effect: grant, to: {groups: [analysts]}}
`,
	}
	for i := range m {
		d := &m[i]
		files["domains/"+d.Name+"/domain.yaml"] = "owner: " + d.Name + "@example.com\n"
		files["domains/"+d.Name+"/"+d.Name+".odcs.yaml"] = d.contract()
	}
	return files
}

func (m Mesh) config() string {
	var b strings.Builder
	b.WriteString(`mesh: acme
auth: {methods: [scram-sha-256]}
engine: {memory: 3GiB, threads: 2, spill: {dir: spill, max: 20GiB}}
limits: {statementTimeout: 10m, idleInTransaction: 1m}
stores:
`)
	for i := range m {
		d := &m[i]
		fmt.Fprintf(&b, "  %s-store: ", d.Name)
		switch d.Kind {
		case Postgres:
			b.WriteString("{kind: postgres, host: 127.0.0.1, port: ${PG_PORT}, database: ${PG_DATABASE}, user: postgres, tls: disable, connections: 32}\n")
		case MySQL:
			b.WriteString("{kind: mysql, host: 127.0.0.1, port: ${MY_PORT}, database: ${MY_DATABASE}, user: root, tls: disable, connections: 32}\n")
		case Parquet:
			fmt.Fprintf(&b, "{kind: duckdb, path: %s/*.parquet}\n", d.Folder())
		}
	}
	return b.String()
}

// Folder is where the domain's Parquet files lie, in the mesh folder.
func (d *Domain) Folder() string { return "data/" + d.Name }

func (d *Domain) contract() string {
	servers := map[Kind]string{
		Postgres: "type: postgres, host: 127.0.0.1, port: ${PG_PORT}, database: ${PG_DATABASE}, schema: public",
		MySQL:    "type: mysql, host: 127.0.0.1, port: ${MY_PORT}, database: ${MY_DATABASE}",
		Parquet:  "type: local, path: " + d.Folder() + "/*.parquet, format: parquet",
	}
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: v3.1.0
kind: DataContract
id: %s
version: 1.0.0
status: active
domain: %s
servers: [{server: main, %s, customProperties: [{property: credentialRef, value: %s-store}]}]
schema:
`, d.Name, d.Name, servers[d.Kind], d.Name)
	for i := range d.Tables {
		t := &d.Tables[i]
		fmt.Fprintf(&b, "  - name: %s\n    properties:\n", t.Name)
		for _, c := range t.Columns {
			physical, _ := columnType(d.Kind, c.Type)
			fmt.Fprintf(&b, "      - {name: %s, physicalType: %q", c.Name, physical)
			if !c.Nullable {
				b.WriteString(", required: true")
			}
			if place := slices.Index(t.Key, c.Name); place >= 0 {
				fmt.Fprintf(&b, ", primaryKey: true, primaryKeyPosition: %d", place+1)
			}
			b.WriteString("}\n")
		}
	}
	return b.String()
}
