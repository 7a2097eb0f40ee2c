module landfall.invalid/crds

go 1.25.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/hashicorp/vault-secrets-operator v0.10.0
)
