// Package ext stands in for a package that the published module lacks.
package ext

// HTTP is empty: no extension is configured.
type HTTP struct{}

// Router is empty: no extension is configured.
type Router struct{}
