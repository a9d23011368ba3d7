// Package policy is the IAM policy language in pure Go: typed documents that
// read and write the JSON that IAM stores, the two documents this project
// deploys (the trust policy that demands MFA, and the group's policy that
// denies everything without it), and the sizes IAM holds them to.
//
// It imports the standard library only and does no I/O: the same inputs give
// the same bytes, so a preview shows the text that IAM will hold.
//
// The grammar is that of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package policy
