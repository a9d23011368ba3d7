// Package sandbox deploys a stack of this project for real on one machine: the
// real Pulumi engine (package engine) runs stack.Deploy against a local AWS
// (packages account and endpoint) through a provider that talks to nothing else
// (package provider). No AWS account is involved.
package sandbox
