// Package deployed reads back from an AWS account, through the IAM API, the
// documents that decide who may do what: those of a deployed stack, for
// [policy.Verify], and those of the caller, for an explanation of a denial.
package deployed
