// Package structure holds the project to its own rules, by tests alone: which package may import which, how long files and functions
// are, what is documented, and that what the documents name exists. It knows nothing of what the code does.
package structure
