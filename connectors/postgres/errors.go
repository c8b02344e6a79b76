package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"meshgate/sqlerr"
)

// dataErrors are the failures that a statement's data can cause, with texts of our own: the store's would show values.
var dataErrors = map[sqlerr.Code]string{
	sqlerr.FeatureNotSupported:           "the operation does not take these values",
	sqlerr.CardinalityViolation:          "more than one row returned by a subquery used as an expression",
	sqlerr.StringDataRightTruncation:     "value too long for its type",
	sqlerr.NumericValueOutOfRange:        "value out of range",
	sqlerr.NullValueNotAllowed:           "null value not allowed",
	sqlerr.InvalidDatetimeFormat:         "invalid input syntax for a date or a time",
	sqlerr.DatetimeFieldOverflow:         "date or time out of range",
	sqlerr.SubstringError:                "negative substring length not allowed",
	sqlerr.DivisionByZero:                "division by zero",
	sqlerr.InvalidPrecedingOrFollowing:   "invalid preceding or following size in window function",
	sqlerr.InvalidArgumentForNtile:       "argument of ntile must be greater than zero",
	sqlerr.IntervalFieldOverflow:         "interval out of range",
	sqlerr.InvalidArgumentForNthValue:    "argument of nth_value must be greater than zero",
	sqlerr.InvalidArgumentForLogarithm:   "cannot take logarithm of zero or of a negative number",
	sqlerr.InvalidArgumentForPower:       "invalid argument for power function",
	sqlerr.InvalidArgumentForWidthBucket: "invalid argument for width_bucket",
	sqlerr.InvalidRowCountInLimit:        "LIMIT must not be negative",
	sqlerr.InvalidRowCountInOffset:       "OFFSET must not be negative",
	sqlerr.CharacterNotInRepertoire:      "invalid byte sequence for encoding \"UTF8\"",
	sqlerr.InvalidParameterValue:         "invalid parameter value",
	sqlerr.InvalidEscapeSequence:         "LIKE pattern must not end with escape character",
	sqlerr.InvalidTextRepresentation:     "invalid input syntax",
	sqlerr.InvalidJSONText:               "invalid input syntax for type json",
	sqlerr.ArraySubscriptError:           "array subscript out of range",
	sqlerr.ProgramLimitExceeded:          "requested length too large",
}

// failure turns an error of a statement into one that a client may see.
func failure(ctx context.Context, store string, err error) error {
	var own *sqlerr.Error
	if errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return sqlerr.From(context.Cause(ctx))
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the connection to store %s failed", store)
	}
	code := sqlerr.Code(pg.Code)
	if own := dataError(err, pg); own != nil {
		return own
	}
	switch class := pg.Code[:min(2, len(pg.Code))]; {
	case class == "22":
		return sqlerr.Wrap(err, code, "invalid data for an operation at store %s", store)
	case code == sqlerr.QueryCanceled:
		return sqlerr.Wrap(err, code, "store %s canceled the statement", store)
	case class == "08" || strings.HasPrefix(pg.Code, "57P"):
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "the connection to store %s failed", store)
	case class == "53":
		return sqlerr.Wrap(err, code, "store %s is out of resources", store)
	case code == sqlerr.InsufficientPrivilege:
		return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s does not let the gateway's account read this", store)
	case code == sqlerr.UndefinedTable || code == sqlerr.UndefinedColumn || code == sqlerr.InvalidSchemaName:
		return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s does not have the relation as its contract declares it", store)
	}
	return sqlerr.Wrap(err, sqlerr.ForeignDataError, "store %s could not answer", store)
}

// connectFailure turns an error of connecting into one that a client may see.
func connectFailure(store string, err error) error {
	var own *sqlerr.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &own):
		return err
	case errors.Is(err, errEncoding) || errors.Is(err, errVersion):
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s cannot be used: %s", store, err)
	case errors.As(err, &pg) && (pg.Code == string(sqlerr.InvalidPassword) || pg.Code == string(sqlerr.InvalidAuthorization)):
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s refused the gateway's login", store)
	case errors.As(err, &pg) && pg.Code == string(sqlerr.InvalidCatalogName):
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s does not have its database", store)
	case errors.As(err, &pg) && pg.Code == string(sqlerr.TooManyConnections):
		return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s takes no more connections", store)
	}
	return sqlerr.Wrap(err, sqlerr.ConnectionFailure, "store %s is unavailable", store)
}
