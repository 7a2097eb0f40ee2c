//go:build tools

// Package tools pins what the host cluster is built from.
package tools

import (
	_ "github.com/minio/minio"
	_ "github.com/minio/mc"
)
