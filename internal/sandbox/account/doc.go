// Package account is the IAM state of one AWS account, in memory: users,
// groups, roles, managed policies, access keys, passwords, MFA devices and the
// sessions that STS has given out, with IAM's own validations, quotas and error
// texts; and it authorises requests by the policies. It speaks no protocol;
// package endpoint serves it.
//
// Every operation is one method, named as in
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html,
// safe for concurrent use, and all or nothing: after an error nothing has
// changed. Errors that AWS would give are [*Error].
package account
