// Package iam holds the Pulumi components that put MFA before the AWS CLI:
// [MFARole] (a role that listed users may assume with MFA), [MFAPolicy] (the
// managed policy of a group: assume the roles, enrol a device, nothing else
// without MFA), [GroupAccess] (its attachment to an existing group) and
// [CLIAccess] (all of them for one stack, in an order that locks nobody out).
//
// What shapes a document or the graph is a plain Go value: documents are then
// plain text, complete at preview, and no decision hides in an ApplyT. Every
// constructor checks its arguments before it registers anything. Attachments
// are the non-exclusive kind: nothing that others attached to a group is ever
// detached. A role that is deleted takes with it what was attached to it.
//
// Deploy with pulumi up --refresh, or with refresh: always under options in the
// project's Pulumi.yaml (optup.Refresh() in the Automation API). After a failed
// update the AWS provider leaves the planned values in the state, and an up that
// does not read the account first succeeds without writing them: the deny would
// be reported as deployed and not be in force.
//
// The aws provider replaces all it has when its region changes, which fails:
// IAM has no regions, and the names are taken. A program whose region may change
// gives the components a provider of their own (pulumi.Providers), registered
// with the region of today and pulumi.IgnoreChanges([]string{"region"}). What is
// deployed is taken over as it is.
package iam

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Type tokens of the components. They are part of every URN: a change to one
// makes Pulumi replace what is deployed.
const (
	MFARoleType     = "aws-cli-mfa:iam:MFARole"
	MFAPolicyType   = "aws-cli-mfa:iam:MFAPolicy"
	GroupAccessType = "aws-cli-mfa:iam:GroupAccess"
	CLIAccessType   = "aws-cli-mfa:iam:CLIAccess"
)

// createBeforeDelete keeps the old object until its replacement stands. The
// aws provider deletes first when a replacement keeps the name, which would
// take the role from people who are already denied without it. Created first,
// such a replacement fails with EntityAlreadyExists and changes nothing; give
// it another name.
//
// https://www.pulumi.com/docs/iac/concepts/options/deletebeforereplace/
func createBeforeDelete() pulumi.ResourceOption { return pulumi.DeleteBeforeReplace(false) }

// importing takes over the object of that ID, which Pulumi does unless its state has
// it; empty is none.
func importing(id string) pulumi.ResourceOption { return pulumi.Import(pulumi.ID(id)) }
