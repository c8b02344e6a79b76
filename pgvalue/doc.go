// Package pgvalue is PostgreSQL's values: parsing and printing of each type's text form, exact numeric arithmetic, dates,
// intervals, arrays and JSON as PostgreSQL 15 computes them.
//
// The package knows nothing of SQL, Arrow, the protocol or any store. Every failure is a *sqlerr.Error with the SQLSTATE that
// PostgreSQL raises; texts of values appear in it only where the caller parsed a text that the user wrote.
package pgvalue
