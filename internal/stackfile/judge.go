package stackfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// judge tells which policies a deployment would refuse on a role.
type judge struct {
	account policy.Account
	// role is the role's name in IAM.
	role string
	// groupPolicies are the names of the policies that the stack makes.
	groupPolicies []string
}

// refusal says why a deployment would refuse the policy on a role that has
// those others, or nothing.
func (j judge) refusal(others []policy.NamedDocument, candidate policy.NamedDocument) string {
	if found := j.violation(candidate); found != nil {
		if found.Fault != "" {
			return fmt.Sprintf("would be refused (%s)", found.Fault)
		}
		return fmt.Sprintf("demands MFA, which the session of a role never carries: %s on %s, say, would be denied. "+
			"If it says anything else, put that into a policy without a condition on MFA", found.Action, found.Resource)
	}
	if found := j.violation(append(slices.Clip(others), candidate)...); found != nil {
		return "cannot be on a role together with those above: " + found.String()
	}
	return ""
}

// violation is the first there is when the guarantees are decided for the role
// with those policies and nothing else. A user stands for those whom it trusts.
func (j judge) violation(policies ...policy.NamedDocument) *policy.Violation {
	user := j.account.UserARN("/", "a-member")
	trust, err := policy.TrustPolicy([]string{user})
	if err != nil {
		return &policy.Violation{Fault: err.Error()}
	}
	report := policy.Verify(policy.Deployment{
		Account: j.account,
		Roles: []policy.Role{{
			Name: j.role, ARN: j.account.RoleARN("/", j.role), Trust: trust, TrustedUserARNs: []string{user},
			Policies: policies,
		}},
	})
	for _, result := range report.Results {
		if result.Verdict == policy.Undecided {
			return &policy.Violation{Fault: "undecided: " + strings.Join(result.Why, "; ")}
		}
	}
	if violations := report.Violations(); len(violations) > 0 {
		return &violations[0]
	}
	return nil
}

// isNameOfOwn tells a policy that the stack itself would make.
func (j judge) isNameOfOwn(arn string) bool {
	return slices.ContainsFunc(j.groupPolicies, func(name string) bool {
		return strings.EqualFold(arn, j.account.PolicyARN("/", name))
	})
}

// isGroupPolicy tells the policy that this project attaches to a group, by what
// it says: its name is chosen by a stack's configuration.
func isGroupPolicy(document policy.Document) bool {
	var sids []string
	for _, s := range document.Statements {
		sids = append(sids, s.Sid)
		assumes := s.Effect == policy.Allow && slices.Equal(s.Action, policy.Values{"sts:AssumeRole"})
		if s.Sid == policy.SidAssumeRoles && !assumes {
			return false
		}
	}
	known := []string{
		policy.SidAssumeRoles, policy.SidEnrolOwnDevice, policy.SidManageOwnEnrolment, policy.SidRemoveOwnDevice,
		policy.SidReplaceOwnAccessKeys, policy.SidExemptOwnUser, policy.SidExemptAccount,
		policy.SidDenyWithoutMFA, policy.SidDenyOthersWithoutMFA,
	}
	foreign := slices.ContainsFunc(sids, func(sid string) bool { return !slices.Contains(known, sid) })
	return !foreign && slices.Contains(sids, policy.SidAssumeRoles) &&
		(slices.Contains(sids, policy.SidEnrolOwnDevice) || slices.Contains(sids, policy.SidDenyWithoutMFA))
}

// enforced reports whether the group has the policy of this project with the deny
// without MFA.
func enforced(group Group) bool {
	return slices.ContainsFunc(group.Policies, func(one deployed.ManagedPolicy) bool {
		return one.Document != nil && isGroupPolicy(*one.Document) &&
			slices.ContainsFunc(one.Document.Statements, func(s policy.Statement) bool { return s.Effect == policy.Deny })
	})
}
