// Package stackfile writes the settings file of a stack, Pulumi.<stack>.yaml,
// from what an account has: each group gives a role with the group's managed
// policies, which its members then have with MFA only. It also reads which
// accounts such a file names.
package stackfile
