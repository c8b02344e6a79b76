package gateway

import (
	"context"
	"slices"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/connectors"
	"meshgate/engine"
	"meshgate/planner"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// transaction is the state between BEGIN and COMMIT, or that of the statements up to a Sync or of one Query message.
type transaction struct {
	block      bool // BEGIN was sent
	several    bool // an implicit block: the Query message holds more statements
	failed     bool
	queried    bool // a query has run: the isolation level is fixed
	started    time.Time
	number     int64     // 0 = nobody asked
	before     *settings // what a rollback returns to
	savepoints []savepoint
	listens    []*listenCommand
	// snapshots is the one view of the stores that all queries of the transaction read, from REPEATABLE READ on.
	snapshots *engine.Snapshots
	epoch     *epoch // that snapshots are of, held
}

type savepoint struct {
	name     string
	before   *settings
	declared int // portals made later end with a rollback to here
	locks    int // advisory locks taken later are given back
	listens  int
}

// Status is the transaction status of ReadyForQuery.
func (s *Session) Status() byte {
	switch {
	case s.tx == nil || !s.tx.block:
		return 'I'
	case s.tx.failed:
		return 'E'
	}
	return 'T'
}

func errAborted() error {
	return sqlerr.Newf(sqlerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

// transactionSettings hold for one transaction and begin with their defaults.
var transactionSettings = []string{"transaction_isolation", "transaction_deferrable"}

// enter starts a transaction where there is none, and refuses every statement in a failed one but those that end it.
func (s *Session) enter(st *planner.Statement) error {
	if err := s.expired(); err != nil {
		return err
	}
	if s.tx == nil {
		s.tx = &transaction{started: s.gateway.now(), before: s.settings.copy()}
		for _, name := range transactionSettings { // a default that changes later is for the next transaction
			s.settings.values[name] = s.settings.text("default_" + name)
		}
	}
	if !s.tx.failed {
		return nil
	}
	if st != nil {
		switch st.Node().GetTransactionStmt().GetKind() {
		case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT, pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK,
			pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO, pg_query.TransactionStmtKind_TRANS_STMT_PREPARE:
			return nil
		}
	}
	return errAborted()
}

// fail ends the work of a transaction after an error: a block stays open as failed, everything else is rolled back.
func (s *Session) fail() {
	if s.tx == nil {
		return
	}
	if !s.tx.block {
		s.endTransaction(false)
		return
	}
	if s.tx.failed {
		return
	}
	s.tx.failed = true
	// Portals from before the last savepoint go on after a rollback to it. The others keep their names until then.
	since, before, locks := 0, s.tx.before, 0
	if n := len(s.tx.savepoints); n > 0 {
		last := s.tx.savepoints[n-1]
		since, before, locks = last.declared, last.before, last.locks
	}
	s.settings.restore(before.copy()) // the client is told with the error, not with the end of the transaction
	for _, p := range s.portals {
		if !p.held && p.number > since {
			p.breaks()
			p.end()
		}
	}
	s.gateway.advisory.rollback(s, locks)
}

// endImplicit commits what was not begun by BEGIN.
func (s *Session) endImplicit(ctx context.Context) error {
	if s.tx == nil || s.tx.block {
		return nil
	}
	return s.commit(ctx)
}

// commit keeps cursors WITH HOLD and ends the transaction.
func (s *Session) commit(ctx context.Context) error {
	for _, p := range s.portals {
		if p.hold && !p.held {
			if err := p.materialise(ctx); err != nil {
				s.endTransaction(false)
				return err
			}
		}
	}
	s.endTransaction(true)
	return nil
}

func (s *Session) endTransaction(committed bool) {
	s.dropPortals(func(p *portal) bool { return !p.held })
	tx := s.tx
	s.tx = nil
	s.gateway.advisory.rollback(s, 0)
	if tx == nil {
		return
	}
	if tx.snapshots != nil {
		if err := tx.snapshots.Close(); err != nil {
			s.gateway.log.Warn("a transaction at a store did not end in order", "session", s.id, "cause", cause(err))
		}
		s.gateway.release(tx.epoch)
	}
	if committed {
		s.listen(tx.listens)
		s.settings.endLocal()
	} else {
		s.settings.restore(tx.before)
	}
	for _, name := range transactionSettings {
		delete(s.settings.values, name)
	}
}

// transactionCommand is BEGIN, COMMIT, ROLLBACK and what concerns savepoints.
type transactionCommand struct {
	none
	n *pg_query.TransactionStmt
}

func (c *transactionCommand) run(ctx context.Context, s *Session, p *portal) (*outcome, error) {
	switch c.n.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN, pg_query.TransactionStmtKind_TRANS_STMT_START:
		return s.begin(c.n, p)
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT, pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		return s.end(ctx, c.n, p)
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		if err := s.needExplicitBlock("SAVEPOINT"); err != nil {
			return nil, err
		}
		s.tx.savepoints = append(s.tx.savepoints, savepoint{
			name: c.n.SavepointName, before: s.settings.copy(), declared: s.declared, locks: s.gateway.advisory.count(s), listens: len(s.tx.listens),
		})
		return done("SAVEPOINT"), nil
	case pg_query.TransactionStmtKind_TRANS_STMT_RELEASE:
		i, err := s.savepoint("RELEASE SAVEPOINT", c.n.SavepointName)
		if err != nil {
			return nil, err
		}
		s.tx.savepoints = s.tx.savepoints[:i]
		return done("RELEASE"), nil
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		i, err := s.savepoint("ROLLBACK TO SAVEPOINT", c.n.SavepointName)
		if err != nil {
			return nil, err
		}
		s.rollbackTo(i)
		return done("ROLLBACK"), nil
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "prepared transactions are not supported").
		WithHint("The gateway reads only; there is nothing that a second phase could commit.")
}

func (s *Session) begin(n *pg_query.TransactionStmt, p *portal) (*outcome, error) {
	tag := "BEGIN"
	if n.Kind == pg_query.TransactionStmtKind_TRANS_STMT_START {
		tag = "START TRANSACTION"
	}
	out := done(tag)
	if s.tx.block {
		out.notice(sqlerr.ActiveSQLTransaction, sqlerr.SeverityWarning, "there is already a transaction in progress")
		return out, nil
	}
	s.tx.block = true
	return out, s.transactionModes(n.Options)
}

// end is COMMIT or ROLLBACK. A failed transaction cannot commit: it is rolled back, and the tag says so.
func (s *Session) end(ctx context.Context, n *pg_query.TransactionStmt, p *portal) (*outcome, error) {
	tag := "COMMIT"
	if n.Kind == pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK || s.tx.failed {
		tag = "ROLLBACK"
	}
	out := done(tag)
	block := s.tx.block
	if !block {
		out.notice(sqlerr.NoActiveSQLTransaction, sqlerr.SeverityWarning, "there is no transaction in progress")
	}
	if n.Chain && !block {
		return nil, sqlerr.Newf(sqlerr.NoActiveSQLTransaction, "%s AND CHAIN can only be used in transaction blocks", tag)
	}
	isolation := s.settings.isolation()
	if s.tx.failed {
		isolation = s.settings.text("default_transaction_isolation") // the failure took it back already, as in PostgreSQL 15
	}
	p.leave() // the portal of this statement outlives the transaction that it ends
	if tag == "COMMIT" {
		if err := s.commit(ctx); err != nil {
			return nil, err
		}
	} else {
		s.endTransaction(false)
	}
	if err := s.enter(nil); err != nil {
		return nil, err
	}
	if n.Chain {
		s.tx.block = true
		s.settings.values["transaction_isolation"] = isolation
	}
	return out, nil
}

// needBlock refuses commands that make no sense outside of a transaction block.
func (s *Session) needBlock(command string) error {
	if s.tx.block || s.tx.several {
		return nil
	}
	return sqlerr.Newf(sqlerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", command)
}

// needExplicitBlock also refuses them in the implicit block of several statements.
func (s *Session) needExplicitBlock(command string) error {
	if s.tx.block {
		return nil
	}
	return sqlerr.Newf(sqlerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", command)
}

func (s *Session) savepoint(command, name string) (int, error) {
	if err := s.needExplicitBlock(command); err != nil {
		return 0, err
	}
	for i, sp := range slices.Backward(s.tx.savepoints) {
		if sp.name == name {
			return i, nil
		}
	}
	return 0, sqlerr.Newf(sqlerr.InvalidSavepointSpecification, "savepoint %q does not exist", name)
}

func (s *Session) rollbackTo(i int) {
	sp := s.tx.savepoints[i]
	s.tx.savepoints = s.tx.savepoints[:i+1]
	s.tx.failed = false
	s.settings.restore(sp.before.copy())
	s.dropPortals(func(p *portal) bool { return p.number > sp.declared && !p.held && !p.running })
	s.gateway.advisory.rollback(s, sp.locks)
	s.tx.listens = s.tx.listens[:sp.listens]
}

// transactionModes applies the modes of BEGIN and SET TRANSACTION. READ WRITE is accepted, since clients send it without meaning
// to write, and changes nothing.
func (s *Session) transactionModes(options []*pg_query.Node) error {
	for _, o := range options {
		e := o.GetDefElem()
		switch e.Defname {
		case "transaction_isolation":
			if s.tx.queried {
				return sqlerr.Newf(sqlerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
			}
			if err := s.settings.set(e.Defname, defText(e), false); err != nil {
				return err
			}
		case "transaction_deferrable":
			if err := s.settings.set(e.Defname, defText(e), false); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshotsFor returns the view that the transaction's queries share, or nil where each query has one of its own. The caller holds
// the query's epoch.
func (s *Session) snapshotsFor(queryID string, c *queryCommand) (*engine.Snapshots, error) {
	s.tx.queried = true
	if c.quiet || !s.tx.block && !s.tx.several {
		return nil, nil
	}
	switch s.settings.isolation() {
	case "repeatable read", "serializable":
	default:
		return nil, nil
	}
	if s.tx.snapshots == nil {
		s.tx.epoch = s.gateway.also(c.epoch)
		s.tx.snapshots = c.epoch.engine.NewSnapshots(connectors.Tag{QueryID: queryID, User: s.client.User})
	}
	for _, r := range c.plan.Remotes {
		if r.System == nil && c.epoch.stores[r.Store] != s.tx.epoch.stores[r.Store] {
			return nil, sqlerr.Newf(sqlerr.ObjectNotInPrerequisiteState, "store %s was changed since the transaction began", r.Store).
				WithHint("Begin a new transaction.")
		}
	}
	return s.tx.snapshots, nil
}

// none is what commands have in common that take no parameters and return no rows.
type none struct{}

func (none) describe(*Session) ([]uint32, []wire.Column) { return nil, nil }
