// Package wire speaks PostgreSQL's frontend/backend protocol, version 3 (PostgreSQL 15, chapter 55): startup, authentication,
// the simple and the extended query cycles, results as text and binary, COPY out, cancellation. What a statement means, which
// settings a session has and when a transaction fails is its Backend's work.
package wire

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"meshgate/pgarrow"
	"meshgate/pgencoding"
	"meshgate/pgvalue"
)

// Backend is what the server serves. Its methods are called from many connections at once.
type Backend interface {
	// Credential says how a user proves who they are. For an unknown user it returns false, and the server plays out the
	// same exchange as for a known one before it refuses: the one for tokens if the Credential says so, else SCRAM.
	Credential(ctx context.Context, user string) (Credential, bool)
	// Start makes the session of an authenticated client. A *sqlerr.Error ends the connection with its SQLSTATE.
	Start(ctx context.Context, c *Client) (Session, error)
}

// Credential is what a user may authenticate with.
type Credential struct {
	SCRAM   string // a verifier, SCRAM-SHA-256$iterations:salt$stored:server; empty = no password
	Subject string // the subject of a client certificate ("CN=bi-service"); empty = no certificate
	Token   bool   // a token in place of a password
	Trust   bool   // no proof asked; only for listeners on loopback
}

// Token is what a verified token says.
type Token struct {
	Groups  []string // that its bearer is in, beside those that the Backend knows
	Expires time.Time
}

// Client describes an authenticated connection.
type Client struct {
	User     string
	Database string // the user's name where the client gave none
	// Params are the startup parameters other than user and database, with those of "options" (-c name=value) merged in. The
	// names are in lower case, as names of settings are compared; a parameter of its own wins over one in "options".
	Params map[string]string
	Addr   net.Addr
	TLS    *tls.ConnectionState // nil without TLS
	Method string               // how the user authenticated: scram-sha-256, scram-sha-256-plus, cert, oidc, trust
	Token  *Token               // of Method oidc
	PID    uint32               // as in BackendKeyData; what pg_backend_pid() returns
}

// Session is one client's session. One goroutine calls it; only Close may come from elsewhere, after all calls have returned.
//
// Every method that can fail returns an error that sqlerr.From can turn into what the client sees. After an error the server
// sends ErrorResponse; in the extended protocol it then skips to Sync. An error of SeverityFatal ends the connection.
//
// ctx is one message's. It ends when the client asks to cancel, vanishes, or the server stops; context.Cause(ctx) is then a
// *sqlerr.Error to return. It also ends when the method has returned: what a portal keeps running between two Execute messages
// needs a context of its own, which each call ties to its ctx (context.AfterFunc).
type Session interface {
	// Startup returns the settings that the client is told about, in order, with their present values. The server asks before
	// each ReadyForQuery: before the first one it reports all of them, later those that have changed. So a change that was taken
	// back by then (SET LOCAL, ROLLBACK) is not reported, as in PostgreSQL.
	Startup() []Parameter
	// ClientEncoding is the encoding that the client reads and writes now; nil = UTF-8. Texts that the session gets and gives are in
	// UTF-8, but for those in binary values.
	ClientEncoding() *pgencoding.Encoding
	// Status is the transaction status of ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed one.
	Status() byte
	// IdleTimeout says how long the client may stay silent now, and the error that then ends the connection; 0 = forever.
	IdleTimeout() (time.Duration, error)

	// Query runs the statements of a simple Query message; each writes its messages, complete with CommandComplete.
	Query(ctx context.Context, sql string, w *Writer) error

	Parse(ctx context.Context, name, sql string, paramOIDs []uint32) error
	// Bind makes a portal. Formats are as in the Bind message: none = all text, one = for all, else one each.
	Bind(ctx context.Context, b *Bind) error
	// DescribeStatement returns the parameters' types and the result's columns; nil columns = no rows are returned.
	DescribeStatement(ctx context.Context, name string) (params []uint32, columns []Column, err error)
	// DescribePortal returns the result's columns with the formats that Bind asked for; nil columns = no rows.
	DescribePortal(ctx context.Context, name string) (columns []Column, formats []int16, err error)
	// Execute runs a portal, or goes on with it, and writes at most maxRows rows (0 = all), then CommandComplete,
	// EmptyQueryResponse or PortalSuspended.
	Execute(ctx context.Context, portal string, maxRows int, w *Writer) error
	CloseStatement(ctx context.Context, name string) error
	ClosePortal(ctx context.Context, name string) error
	// Sync ends an implicit transaction. failed says that an error was sent since the last Sync: a transaction that is still
	// in order has failed then, because errors of the server's own (a malformed message) reach the session only here. For the
	// same reason the server calls Sync, with failed, where it refuses a Query message.
	Sync(ctx context.Context, failed bool) error
	// Close ends everything that the session holds. It returns when nothing of it runs any more.
	Close()
}

// Parameter is a setting as ParameterStatus reports it.
type Parameter struct{ Name, Value string }

// Bind is the content of a Bind message. The slices are valid during the call only.
type Bind struct {
	Portal, Statement string
	ParamFormats      []int16
	Params            [][]byte // nil = NULL
	ResultFormats     []int16
}

// Column is a result column as RowDescription sends it.
type Column struct {
	Name     string
	TableOID uint32 // 0 unless it is a plain column of a relation in the catalog
	Attr     int16
	Type     uint32
	TypeLen  int16
	TypeMod  int32
}

// Result says how the rows that follow are encoded.
type Result struct {
	Columns []Column
	Formats []int16 // as in Bind: none, one, or one each
	Format  *pgvalue.Format
	Names   pgarrow.NameOf // texts of reg* values; may be nil
}
