// Package stack is the Pulumi program: it reads a stack's configuration,
// reports everything wrong with it at once, looks the users and groups up in
// the account, and registers the components of package iam. [Outputs] is the
// contract that onboarding reads.
package stack
