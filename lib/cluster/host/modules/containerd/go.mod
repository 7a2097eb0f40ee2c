module landfall.invalid/containerd

go 1.25.0

require (
	github.com/containerd/containerd/v2 v2.1.5
	github.com/opencontainers/runc v1.2.8
)
