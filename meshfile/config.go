package meshfile

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// Config is mesh.yaml: what the platform decides. Keys that the file leaves out have their defaults here.
type Config struct {
	At     Position
	Mesh   Text             `key:"mesh,required"`
	Listen Address          `key:"listen"`
	HTTP   Address          `key:"http"`
	TLS    *TLS             `key:"tls"`
	Auth   Auth             `key:"auth"`
	Engine Engine           `key:"engine"`
	Limits Limits           `key:"limits"`
	Audit  Audit            `key:"audit"`
	Guild  Guild            `key:"guild"`
	Stores map[string]Store `key:"stores"`
}

// TLS is the server's side of TLS. Without it the gateway speaks plain text only.
type TLS struct {
	At       Position
	Cert     FileRef   `key:"cert,required"`
	Key      SecretRef `key:"key,required"`
	ClientCA FileRef   `key:"clientCA"`
	Required bool      `key:"required"`
}

// Auth is how clients prove who they are.
type Auth struct {
	At      Position
	Methods []Text `key:"methods,nonempty,oneof=scram-sha-256|cert|oidc|trust"`
	OIDC    *OIDC  `key:"oidc"`
}

// OIDC says which tokens users may log in with in place of a password.
type OIDC struct {
	At          Position
	Issuer      Text    `key:"issuer,required"`
	Audience    []Text  `key:"audience,required,nonempty"`
	Keys        Text    `key:"jwks"` // a URL, or file: with a path; empty = by the issuer's discovery document
	CA          FileRef `key:"ca"`   // who vouches for the issuer's certificate; empty = whom the machine trusts
	UserClaim   Text    `key:"userClaim"`
	GroupsClaim Text    `key:"groupsClaim"`
	Algorithms  []Text  `key:"algorithms,nonempty,oneof=RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA"`
}

// Engine bounds what the embedded engine takes of the machine. Threads 0 means one for each core.
type Engine struct {
	At      Position
	Memory  Size  `key:"memory"`
	Threads int   `key:"threads,min=0,max=1024"`
	Spill   Spill `key:"spill"`
}

// Spill is where the engine puts what does not fit into memory.
type Spill struct {
	At  Position
	Dir string `key:"dir"`
	Max Size   `key:"max"`
}

// Limits bound what clients may take. ResultRows 0 and durations of 0 mean no limit.
type Limits struct {
	At                Position
	Connections       int      `key:"connections,min=1,max=1000000"`
	Running           int      `key:"running,min=1,max=1000000"`
	Queue             int      `key:"queue,min=0,max=1000000"`
	StatementTimeout  Duration `key:"statementTimeout"`
	IdleInTransaction Duration `key:"idleInTransaction"`
	ResultRows        int      `key:"resultRows,min=0"`
}

// Audit is where the audit log goes and how it is kept. MaxSize 0 means one file, Keep 0 that all files stay.
type Audit struct {
	At      Position
	Path    string    `key:"path"`
	MaxSize Size      `key:"maxSize"`
	Keep    int       `key:"keep,min=0,max=1000000"`
	Sync    Text      `key:"sync,oneof=query|second"` // when a record is on the disk: before the query runs, or within a second
	Key     SecretRef `key:"key"`                     // signs the log's head
}

// Guild is who governs the federation as a whole: those of any of these groups.
type Guild struct {
	At     Position
	Groups []Text `key:"groups,required,nonempty"`
}

// Store is a database or a set of files that products live in.
type Store struct {
	Key         string // its name in mesh.yaml
	At          Position
	Kind        Text      `key:"kind,required,oneof=postgres|mysql|mariadb|duckdb"`
	Host        Text      `key:"host"`
	Port        int       `key:"port,min=1,max=65535"`
	Database    Text      `key:"database"`
	User        Text      `key:"user"`
	Password    SecretRef `key:"password"`
	TLS         Text      `key:"tls,oneof=disable|prefer|require|verify-full"`
	CA          FileRef   `key:"ca"`
	Connections int       `key:"connections,min=1,max=10000"`
	ZeroDates   Text      `key:"zeroDates,nullword,oneof=error|null"`
	EndUser     Text      `key:"endUser"` // a setting of PostgreSQL that is given the name of whoever asks
	Path        Text      `key:"path"`
}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$`)

// defaultConfig holds the defaults that design.md §4 writes down. HTTP is off unless it is asked for.
func defaultConfig() Config {
	return Config{
		Listen: Address{Value: "127.0.0.1:7432"},
		Auth:   Auth{Methods: []Text{{Value: "scram-sha-256"}, {Value: "cert"}}},
		Engine: Engine{Memory: 2 << 30, Spill: Spill{Dir: "spill", Max: 20 << 30}},
		Limits: Limits{
			Connections: 500, Running: 32, Queue: 200,
			StatementTimeout: Duration(5 * time.Minute), IdleInTransaction: Duration(time.Minute),
		},
		Audit: Audit{Path: "audit.jsonl", MaxSize: 64 << 20, Sync: Text{Value: "query"}},
	}
}

// Address is host:port to listen on; empty means not to listen.
type Address struct {
	Value string
	At    Position
}

func (a *Address) decodeNode(d *decoder, n *yaml.Node, name string) {
	a.At, a.Value = d.at(n), ""
	if n.Kind == yaml.ScalarNode && (scalarTag(n) == "!!null" || n.Value == "") {
		return
	}
	host, port, err := net.SplitHostPort(n.Value)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if n.Kind != yaml.ScalarNode || err != nil || portErr != nil || strconv.FormatUint(number, 10) != port || !isHost(host) {
		d.wrong(n, name, "host:port")
		return
	}
	a.Value = n.Value
}

// IsLoopback reports whether only programs of this machine can reach the address.
func (a Address) IsLoopback() bool {
	host, _, err := net.SplitHostPort(a.Value)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

var (
	meshName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	storeName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$`)
)

func isHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || hostName.MatchString(host)
}

func (v *Config) check(c *checks) {
	if !meshName.MatchString(v.Mesh.Value) {
		c.fault(v.Mesh.At, "mesh: expected a name of a-z, 0-9, _ and - that begins with a letter, at most 63 long, got %q", v.Mesh.Value)
	}
	if v.Listen.Value == "" {
		c.fault(v.Listen.At, "listen: expected host:port, got nothing")
	}
	for _, m := range v.Auth.Methods {
		if m.Value == "trust" && v.Listen.Value != "" && !v.Listen.IsLoopback() {
			c.fault(m.At, "auth: trust lets everybody in as anybody; expected it only where listen is a loopback address, not %s",
				v.Listen.Value)
		}
	}
	v.checkOIDC(c)
	for name, store := range v.Stores {
		if !storeName.MatchString(name) {
			c.fault(store.At, "stores: expected a name of a-z, 0-9, _ and - that begins with a letter, at most 63 long, got %q", name)
		}
	}
}

// checkOIDC holds the method against its settings: one without the other would be a login that nobody expects.
func (v *Config) checkOIDC(c *checks) {
	listed := slices.IndexFunc(v.Auth.Methods, func(m Text) bool { return m.Value == "oidc" })
	switch {
	case listed >= 0 && v.Auth.OIDC == nil:
		c.fault(v.Auth.Methods[listed].At, "auth: oidc needs the key oidc with an issuer and an audience")
	case listed < 0 && v.Auth.OIDC != nil:
		c.fault(v.Auth.OIDC.At, "oidc: expected oidc among the methods")
	case listed >= 0 && v.TLS == nil:
		c.fault(v.Auth.OIDC.At, "oidc: expected the key tls, since tokens are not sent in the clear")
	}
}

func (o *OIDC) check(c *checks) {
	if !isSecureURL(o.Issuer.Value) {
		c.fault(o.Issuer.At, "issuer: expected a URL with https, got %q", o.Issuer.Value)
	}
	if path, ok := strings.CutPrefix(o.Keys.Value, "file:"); o.Keys.Value != "" && !isSecureURL(o.Keys.Value) && !(ok && isPath(path)) {
		c.fault(o.Keys.At, "jwks: expected a URL with https, or file: with a path, got %q", o.Keys.Value)
	}
	setDefault(&o.UserClaim.Value, "sub")
	if len(o.Algorithms) == 0 {
		o.Algorithms = []Text{{Value: "RS256"}}
	}
}

func isSecureURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.Fragment == ""
}

func (t *TLS) check(c *checks) {
	if t.Key.Scheme != "file" {
		c.fault(t.Key.At, "key: expected file: with a path, since keys are read from files")
	}
}

func (e *Engine) check(c *checks) {
	if e.Memory < 16<<20 {
		c.fault(e.At, "memory: expected at least 16MiB")
	}
	if e.Spill.Dir == "" {
		c.fault(e.Spill.At, "dir: expected a folder")
	}
}

func (a *Audit) check(c *checks) {
	if a.Path == "" {
		c.fault(a.At, "path: expected a file")
	}
	if a.MaxSize != 0 && a.MaxSize < 64<<10 {
		c.fault(a.At, "maxSize: expected at least 64KiB, or 0B for one file of any size")
	}
	if a.MaxSize == 0 && a.Keep > 0 {
		c.fault(a.At, "keep: expected it only with a maxSize, since one file that grows is never full")
	}
}

func (s *Store) check(c *checks) {
	if s.Kind.Value == "duckdb" {
		s.checkFile(c)
		return
	}
	if !slices.Contains([]string{"postgres", "mysql", "mariadb"}, s.Kind.Value) {
		return
	}
	defer s.complete()
	if s.Path.Value != "" {
		c.fault(s.Path.At, "path: expected it only with kind: duckdb; a %s store has host, port and database", s.Kind.Value)
	}
	for _, need := range []struct {
		key   string
		value Text
	}{{"host", s.Host}, {"database", s.Database}, {"user", s.User}} {
		if need.value.Value == "" {
			c.fault(s.placeOf(need.value), "%s: key %q is missing, expected a text", s.Kind.Value, need.key)
		}
	}
	if s.Host.Value != "" && !isHost(s.Host.Value) && !strings.HasPrefix(s.Host.Value, "/") {
		c.fault(s.Host.At, "host: expected a host's name, an IP address or the path of a socket, got %q", s.Host.Value)
	}
	if s.ZeroDates.Value != "" && s.Kind.Value == "postgres" {
		c.fault(s.ZeroDates.At, "zeroDates: expected it only with kind: mysql")
	}
	switch setting := s.EndUser; {
	case setting.Value == "":
	case s.Kind.Value != "postgres":
		c.fault(setting.At, "endUser: expected it only with kind: postgres")
	case !settingName.MatchString(setting.Value):
		c.fault(setting.At, "endUser: expected the name of a setting of two parts, such as app.user, got %q", setting.Value)
	}
	if s.CA.Path != "" && !slices.Contains([]string{"require", "verify-full"}, s.TLS.Value) {
		c.fault(s.CA.At, "ca: expected it only with tls: require or tls: verify-full")
	}
}

// checkFile refuses what a store without a server cannot have.
func (s *Store) checkFile(c *checks) {
	if s.Path.Value == "" {
		c.fault(s.placeOf(s.Path), "duckdb: key \"path\" is missing, expected a DuckDB file or a pattern of Parquet files")
	}
	for _, extra := range []struct {
		key   string
		given bool
		at    Position
	}{
		{"host", s.Host.Value != "", s.Host.At},
		{"port", s.Port != 0, s.At},
		{"database", s.Database.Value != "", s.Database.At},
		{"user", s.User.Value != "", s.User.At},
		{"password", !s.Password.IsZero(), s.Password.At},
		{"tls", s.TLS.Value != "", s.TLS.At},
		{"ca", s.CA.Path != "", s.CA.At},
		{"connections", s.Connections != 0, s.At},
		{"zeroDates", s.ZeroDates.Value != "", s.ZeroDates.At},
		{"endUser", s.EndUser.Value != "", s.EndUser.At},
	} {
		if extra.given {
			c.fault(extra.at, "%s: not expected for kind: duckdb, which has only a path", extra.key)
		}
	}
}

func (s *Store) placeOf(t Text) Position {
	if t.At.Line > 0 {
		return t.At
	}
	return s.At
}

// complete fills in the defaults that depend on the kind.
func (s *Store) complete() {
	switch s.Kind.Value {
	case "mariadb":
		s.Kind.Value = "mysql"
		fallthrough
	case "mysql":
		setDefault(&s.Port, 3306)
		setDefault(&s.ZeroDates.Value, "error")
	case "postgres":
		setDefault(&s.Port, 5432)
	}
	setDefault(&s.Connections, 8)
	setDefault(&s.TLS.Value, "prefer")
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
