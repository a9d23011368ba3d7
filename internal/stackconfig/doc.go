// Package stackconfig reads the configuration of a stack from the files of its
// project, without Pulumi, an account or a network, and reads what Pulumi reads:
// the values that pulumi config shows are those that [Config] has, and what
// pulumi up refuses is refused. What only Pulumi can read, a secret or an ESC
// environment, is named.
//
// The rules are those of the Pulumi CLI 3.259. Comments name the file that has
// them: sdk is github.com/pulumi/pulumi/sdk/v3/go/common, pkg is
// github.com/pulumi/pulumi/pkg/v3.
package stackconfig
