// Package endpoint serves an [account.Account] as AWS serves IAM and STS: the
// AWS Query protocol over HTTP, with XML answers and AWS's error codes, so
// that the AWS CLI, the AWS SDKs and the providers built on them can use it.
//
// It listens on loopback addresses only. A request is taken to come from the
// owner of the access key it is signed with; the signature itself is not
// verified, and every caller may do everything (see authenticate.go).
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/Welcome.html
package endpoint
