// Package account is the IAM state of one AWS account, in memory: users,
// groups, roles, managed policies, access keys, MFA devices and the
// sessions that STS has given out, with IAM's own validations, quotas and error
// texts; and it authorises requests by the policies. It speaks no protocol;
// package endpoint serves it.
//
// Every operation is one method, named as in AWS's API reference, which says
// what it does and which errors it gives, safe for concurrent use, and all or
// nothing: after an error nothing has changed. Errors that AWS would give are
// [*Error]. Times are in UTC, to the second. Types and fields are those of
// the API as well, and their XML tags are its names where Go's differ.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
package account
