// Package provider is the Pulumi resource provider "aws" that the sandbox attaches to the real Pulumi engine
// (PULUMI_DEBUG_PROVIDERS=aws:PORT). It has the IAM resource types and functions that this program uses, with the
// tokens, property names and behaviour of pulumi-aws v6, and talks to one endpoint, which it is given, by the AWS
// SDK for Go v2. A real deploy uses the real pulumi-aws plugin and nothing of this package.
//
// The protocol is https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto. It is implemented on the
// Pulumi SDK alone: pulumi-go-provider would do it in fewer lines, but it depends on pulumi/pkg/v3, which is the whole
// engine with its cloud backends, and this module would carry that for a test double.
//
// What the real provider does was read from hashicorp/terraform-provider-aws (internal/service/iam), from
// pulumi/pulumi-aws (provider/resources.go) and from pulumi/pulumi-terraform-bridge (pkg/tfbridge). Left out, and
// refused rather than ignored: automatic names and name prefixes, forceDetachPolicies, and the deprecated, exclusive
// role arguments managedPolicyArns and inlinePolicies. Left out, and ignored: every provider setting but region and
// defaultTags. Many of them would lead to another account or endpoint (profile, accessKey, assumeRole, endpoints, …),
// and a sandbox must not be able to reach a real account.
package provider
