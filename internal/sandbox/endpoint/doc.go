// Package endpoint serves an [account.Account] as AWS serves IAM and STS: the
// AWS Query protocol over HTTP, with XML answers and AWS's error codes, so
// that the AWS CLI, the AWS SDKs and the providers built on them can use it.
//
// It listens on 127.0.0.1 only. Every request must be
// signed with the credentials of a user or of a session, and is authorised by
// the account's policies. Of other services it has the list of S3's buckets, which
// is empty, and refuses everything else as not implemented.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/Welcome.html
package endpoint
