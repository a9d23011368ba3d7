// Package story shows what a deployed stack is for, to its end: people of the
// sandbox's AWS use the AWS CLI with their access keys and their MFA devices,
// and what they may and may not do comes out as it should.
//
// Nothing in it is staged: each scene is a command as a person would type it,
// run by the real AWS CLI in a terminal, or by the AWS SDK where there is no
// CLI, against the sandbox's endpoint.
package story
