module landfall.invalid/storage

go 1.25.0

require github.com/rancher/local-path-provisioner v0.0.30
