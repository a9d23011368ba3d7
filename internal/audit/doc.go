// Package audit says of the people in IAM groups who could work when the groups
// are denied without MFA, and who could not; and in what the account differs from
// what a stack means. It only reads.
//
// [Run] reads facts from the account and makes a [Report] of them. What may not
// be read is in the report too, and the report then says
// that it failed: nobody is fine whom nobody looked at.
//
// Each member costs ListMFADevices, ListAccessKeys and one GetAccessKeyLastUsed
// for each active key. IAM's credential report would be one call, but it is up
// to four hours old and does not tell a security key from a device with codes.
// Each group of the account costs ListAttachedGroupPolicies, and each customer
// managed policy that one has GetPolicy, to find what other stacks deny.
package audit
