package mysql

import (
	"context"
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"

	"meshgate/sqlerr"
)

// Numbers of errors (MySQL 8.0 Error Reference; MariaDB's are the same but for errStatementTime).
const (
	errNoSuchThread     = 1094
	errSubqueryRows     = 1242
	errIllegalCollation = 1267
	errInterrupted      = 1317
	errOutOfRange       = 1690
	errStatementTime    = 1969
	errExecutionTime    = 3024
)

// failure turns an error of a statement into one that a client may see.
func failure(ctx context.Context, store string, err error) error {
	var own *sqlerr.Error
	if errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return sqlerr.From(context.Cause(ctx))
	}
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the connection to store %s failed", store)
	}
	switch e.Number {
	case errOutOfRange:
		return sqlerr.Wrap(err, sqlerr.NumericValueOutOfRange, "%s out of range", tooLarge(e.Message))
	case errSubqueryRows:
		return sqlerr.Wrap(err, sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
	case errInterrupted, errStatementTime, errExecutionTime:
		return sqlerr.Wrap(err, sqlerr.QueryCanceled, "store %s canceled the statement", store)
	case 1044, 1142, 1143, 1227, 1370:
		return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s does not let the gateway's account read this", store)
	case 1046, 1049, 1054, 1146:
		return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s does not have the relation as its contract declares it", store)
	case 1021, 1037, 1038, 1041, 1114, 1135, 1203, 1226:
		return sqlerr.Wrap(err, sqlerr.InsufficientResources, "store %s is out of resources", store)
	case 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1184, 1927:
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the connection to store %s failed", store)
	}
	return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s could not answer", store)
}

// tooLarge names the type of an integer that is too large for it. Sums that hold integers to their type (see rangeChecks) end the
// expression that the message shows; any other is a bigint's.
func tooLarge(message string) string {
	switch {
	case !strings.HasPrefix(message, "BIGINT value is out of range in '"):
		return "value"
	case strings.HasSuffix(message, " 9223372036854743040'"):
		return "smallint"
	case strings.HasSuffix(message, " 9223372034707292160'"):
		return "integer"
	}
	return "bigint"
}

// connectFailure turns an error of connecting into one that a client may see.
func connectFailure(store string, err error) error {
	var own *sqlerr.Error
	if errors.As(err, &own) {
		return err
	}
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		switch e.Number {
		case 1045, 1130, 1698, 4151:
			return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s refused the gateway's login", store)
		case 1044, 1049:
			return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s does not have its database", store)
		case 1040, 1203, 1226:
			return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s takes no more connections", store)
		}
	}
	return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s is unavailable", store)
}
