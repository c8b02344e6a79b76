// Package sqlerr is the one error type of meshgate: a SQLSTATE and a text for the client, a cause for the log.
//
// It is the redaction boundary: what a client may read is in Error's exported fields, and nothing else of an error ever
// travels. The package knows nothing of queries, stores or protocols.
package sqlerr

import (
	"context"
	"errors"
	"fmt"
)

// Error is a failure as a client sees it (PostgreSQL 15, chapter 55.8 "Error and Notice Message Fields").
//
// Message, Detail and Hint hold no store's text, host, DSN or value of a row. The cause is for the log only.
type Error struct {
	Code     Code
	Severity Severity
	Message  string
	Detail   string
	Hint     string
	Position int // 1-based, in characters of the statement's text; 0 = unknown

	cause  error
	quoted *Error // the same with the values that it is about; see Quoting
}

// Severity is a level of the protocol's S and V fields. The zero value is an ordinary error.
type Severity int

// The severities that meshgate sends.
const (
	SeverityError Severity = iota
	SeverityFatal
	SeverityWarning
	SeverityNotice
)

// String returns the severity as the protocol writes it.
func (s Severity) String() string {
	return [...]string{"ERROR", "FATAL", "WARNING", "NOTICE"}[s]
}

// Newf makes an error from a text that is safe to show to a client.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error from a text that is safe to show to a client; cause goes to the log and nowhere else.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), cause: cause}
}

// Error returns the client's text with its SQLSTATE, never the cause.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Unwrap returns the hidden cause.
func (e *Error) Unwrap() error { return e.cause }

// SQLState returns the five-character code.
func (e *Error) SQLState() string { return string(e.Code) }

// At returns a copy of e that points at a character of the statement, unless e already has a place.
func (e *Error) At(position int) *Error {
	if e.Position != 0 || position <= 0 {
		return e
	}
	c := *e
	c.Position = position
	return &c
}

// WithHint returns a copy of e with a hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithDetail returns a copy of e with a detail.
func (e *Error) WithDetail(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// Quoting returns a copy of e that remembers a text which quotes values. Nobody sees it but through Quoted: e itself stays as safe as it was.
func (e *Error) Quoting(values *Error) *Error {
	c := *e
	c.quoted = values
	return &c
}

// Quoted returns the error with the values that it is about, where it remembers them. It may be called only for a statement that reads
// no store: its values are its own constants and parameters, or of catalogs.
func Quoted(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.quoted == nil {
		return err
	}
	c := *e.quoted
	c.Severity, c.Position, c.cause = e.Severity, e.Position, e.cause
	return &c
}

// Fatal returns a copy of e that ends the connection.
func (e *Error) Fatal() *Error {
	c := *e
	c.Severity = SeverityFatal
	return &c
}

// From turns any error into one that a client may see. An Error in err's chain is returned as it is; the end of a
// context becomes query_canceled; everything else is an internal error whose text stays in the log.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return Wrap(err, QueryCanceled, "canceling statement due to user request")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Wrap(err, QueryCanceled, "canceling statement due to statement timeout")
	}
	return Wrap(err, InternalError, "internal error; the gateway's log has the cause")
}

// Cause returns the innermost hidden reason of err, for the log.
func Cause(err error) string {
	reason := ""
	for e := (*Error)(nil); errors.As(err, &e) && e.cause != nil; err = e.cause {
		reason = e.cause.Error()
	}
	return reason
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
