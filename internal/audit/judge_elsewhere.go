package audit

import (
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const createDevice = "iam:CreateVirtualMFADevice"

// elsewhere is about a member whom other stacks deny without MFA, too: the strictest
// deny counts.
func (j *judge) elsewhere(user userFacts) {
	if user.Deleted || j.subject.Enforce != nil && !*j.subject.Enforce {
		return
	}
	for _, other := range user.Elsewhere {
		finding := Finding{
			Kind: KindTwoStacks, User: user.Name, Group: other.Group,
			Remedy: "Nothing needs to be done: what either stack denies is denied.",
		}
		const inTwo = "%s is in group %s, which stack %s denies without MFA, too"
		void := j.void(other)
		if len(void) == 0 {
			j.find(finding, inTwo+".", user.Name, other.Group, other.Owner)
			continue
		}
		finding.Kind = KindExemptionVoid
		finding.Remedy = "Leave the same open in stack " + other.Owner + ", or take " + user.Name +
			" out of a group of one of the stacks, and run pulumi up."
		j.find(finding, inTwo+", and so closes to them what this stack leaves open: %s.",
			user.Name, other.Group, other.Owner, strings.Join(void, ", "))
	}
}

// void is what this stack leaves open without MFA and the other one does not, as a
// configuration has it.
func (j *judge) void(other elsewhereFacts) []string {
	if j.subject.Enrolment == policy.AdminEnrolment {
		return nil // nothing is open
	}
	if !other.opens(createDevice) {
		return []string{"enrolment: self-service"} // and whatever else is
	}
	void := slices.DeleteFunc(slices.Clone(j.subject.ExemptActions), other.opens)
	if j.subject.DeviceName == policy.AnyDevice && !other.opensAnyDevice() {
		void = append(void, "mfaDeviceName: any")
	}
	return void
}

// enrolmentClosedBy is a stack that lets the user enrol no device, or empty.
func (j *judge) enrolmentClosedBy(user userFacts) string {
	for _, other := range user.Elsewhere {
		if !other.opens(createDevice) {
			return other.Owner
		}
	}
	return ""
}

// elsewhereFacts are a policy of another stack that denies a user without MFA.
type elsewhereFacts struct {
	// Owner is the stack: project/stack.
	Owner string
	// Group is that which the policy is attached to.
	Group    string
	Document policy.Document
}

// opens reports whether no statement of the kind that a stack has denies the action
// everywhere.
func (e elsewhereFacts) opens(action string) bool {
	same := func(other string) bool { return strings.EqualFold(other, action) }
	return !slices.ContainsFunc(e.Document.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Deny && len(s.NotResource) == 0 && !slices.ContainsFunc(s.NotAction, same)
	})
}

func (e elsewhereFacts) opensAnyDevice() bool {
	anyDevice := func(arn string) bool { return strings.HasSuffix(arn, ":mfa/*") }
	return !slices.ContainsFunc(e.Document.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Deny && len(s.NotResource) > 0 && !slices.ContainsFunc(s.NotResource, anyDevice)
	})
}
