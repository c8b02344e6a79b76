package syscat

import (
	"hash/fnv"
	"strconv"

	"meshgate/catalog"
	"meshgate/pgcat"
)

// firstOID is where PostgreSQL begins to number objects of users (FirstNormalObjectId).
const firstOID = 16384

// OIDs numbers the objects of a mesh. A number is a hash of the object's name, so that it does not change with what else there
// is; of two names with one hash, the later one in the order of names gets another.
type OIDs struct {
	products map[catalog.Name]productOIDs
	schemas  map[string]pgcat.OID
	taken    map[pgcat.OID]bool
}

type productOIDs struct{ rel, row, array pgcat.OID }

// NewOIDs numbers all products of a snapshot.
func NewOIDs(snap *catalog.Snapshot) *OIDs {
	o := &OIDs{products: map[catalog.Name]productOIDs{}, schemas: map[string]pgcat.OID{}, taken: map[pgcat.OID]bool{}}
	for _, d := range snap.Domains() {
		o.schemas[d.Name] = o.number("schema " + d.Name)
	}
	o.schemas[meshSchema] = o.number("schema " + meshSchema)
	for _, p := range snap.Products() {
		o.products[p.Name] = o.relation(p.Name.String())
	}
	for _, r := range meshRelations() {
		o.products[catalog.Name{Domain: r.Schema, Product: r.Name}] = productOIDs{
			rel: r.OID, row: o.number("type " + r.Schema + "." + r.Name), array: o.number("array " + r.Schema + "." + r.Name),
		}
	}
	return o
}

func (o *OIDs) relation(name string) productOIDs {
	return productOIDs{rel: o.number("relation " + name), row: o.number("type " + name), array: o.number("array " + name)}
}

// Relation returns a product's OID in pg_class.
func (o *OIDs) Relation(n catalog.Name) pgcat.OID { return o.products[n].rel }

// RowType returns the OID in pg_type of a product's rows.
func (o *OIDs) RowType(n catalog.Name) pgcat.OID { return o.products[n].row }

// Schema returns a domain's OID in pg_namespace.
func (o *OIDs) Schema(name string) pgcat.OID { return o.schemas[name] }

func (o *OIDs) number(name string) pgcat.OID {
	oid := hashOID(name)
	for i := 1; o.taken[oid]; i++ {
		oid = hashOID(name + "#" + strconv.Itoa(i))
	}
	o.taken[oid] = true
	return oid
}

// hashOID maps a name to a number that fits a signed int4: some clients hold OIDs in one.
func hashOID(name string) pgcat.OID {
	h := fnv.New64a()
	h.Write([]byte(name))
	return firstOID + pgcat.OID(h.Sum64()%(1<<31-firstOID))
}

// roleOID numbers a role: the extracted ones keep their numbers.
func roleOID(name string) pgcat.OID {
	if name == systemOwner {
		return 10
	}
	for oid, n := range predefinedRoles {
		if n == name {
			return oid
		}
	}
	return hashOID("role " + name)
}

// predefinedRoles are PostgreSQL 15's (section 22.5), which its own catalog rows refer to.
var predefinedRoles = map[pgcat.OID]string{
	3373: "pg_monitor", 3374: "pg_read_all_settings", 3375: "pg_read_all_stats", 3377: "pg_stat_scan_tables", 4200: "pg_signal_backend",
	4544: "pg_checkpoint", 4569: "pg_read_server_files", 4570: "pg_write_server_files", 4571: "pg_execute_server_program",
	6171: "pg_database_owner", 6181: "pg_read_all_data", 6182: "pg_write_all_data",
}
