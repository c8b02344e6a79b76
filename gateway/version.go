package gateway

// version is this software's own.
const version = "0.1.0"

// Version returns the version of meshgate.
func Version() string { return version }
