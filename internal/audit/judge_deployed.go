package audit

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const isNotDenied = "Group %s is not denied without MFA: the stack's policy %s "

// deny is about a group whose members are not denied without MFA as they are meant
// to be.
func (j *judge) deny(group Group, facts groupFacts, attached bool) {
	if facts.PoliciesUnread || facts.OwnUnread || !attached && !j.isDeployed(group, facts) {
		return
	}
	enforced, denies, fault := true, facts.denies(), ""
	if j.subject.Enforce != nil {
		enforced = *j.subject.Enforce
	} else if attached {
		enforced = denies // nobody knows whether it should
	}
	switch {
	case facts.OwnFault != nil:
		fault = facts.OwnFault.Error()
	case !attached:
		j.detached(group, facts, enforced)
	case !enforced:
	case !denies:
		j.find(Finding{Kind: KindDenyMissing, Group: group.Name, Remedy: runPulumiUp + "."},
			isNotDenied+"denies nothing, or not yet.", group.Name, group.Policy)
	default:
		fault = j.faultOf(facts)
	}
	if fault != "" {
		j.find(Finding{Kind: KindDenyChanged, Group: group.Name, Remedy: runPulumiUp + ", which restores it."},
			"The stack's policy %s of group %s is not what a deploy left there: %s.", group.Policy, group.Name, fault)
	}
}

func (j *judge) detached(group Group, facts groupFacts, enforced bool) {
	finding := Finding{Kind: KindDenyMissing, Group: group.Name, Remedy: runPulumiUp + "."}
	switch {
	case !enforced:
		finding.Kind = KindPolicyDetached
		j.find(finding, "The stack's policy %s is not attached to group %s: its members may not enrol on their own.",
			group.Policy, group.Name)
	case facts.Own == nil:
		j.find(finding, isNotDenied+"no longer exists.", group.Name, group.Policy)
	default:
		j.find(finding, isNotDenied+"is not attached to it.", group.Name, group.Policy)
	}
}

func (j *judge) isAttached(group Group, facts groupFacts) bool {
	return group.Policy != "" && slices.Contains(facts.Policies, group.policyARN(j.facts.Account))
}

// isDeployed reports whether the stack has a policy for a group, and was deployed: by its outputs, or
// by what a deploy leaves behind. Else the group is new to the configuration.
func (j *judge) isDeployed(group Group, facts groupFacts) bool {
	return group.Policy != "" && (facts.Own != nil || facts.OwnFault != nil ||
		slices.ContainsFunc(j.subject.Roles, func(role Role) bool {
			if !slices.Contains(role.Groups, group.Name) {
				return false
			}
			return role.Deployed != nil || slices.ContainsFunc(j.facts.Users, func(user userFacts) bool {
				return slices.Equal(user.Groups, []string{group.Name}) && j.factsOf(role).trusts(user)
			})
		}))
}

// faultOf is how a group's policy breaks what it is for, or empty: without MFA it
// lets members do more than enrol, or it denies them with MFA, too.
func (j *judge) faultOf(group groupFacts) string {
	own := policy.Group{
		Name: group.Name, Policies: []policy.NamedDocument{{Name: "the stack's policy", Document: *group.Own}},
	}
	for _, user := range j.facts.Users {
		if slices.Contains(user.Groups, group.Name) {
			own.MemberARNs = append(own.MemberARNs, user.ARN)
		}
	}
	deployment := policy.Deployment{
		Account: j.facts.Account, Enrolment: j.subject.Enrolment, DeviceName: cmp.Or(j.subject.DeviceName, policy.AnyDevice),
		ExemptActions: j.subject.ExemptActions, SelfServiceAccessKeys: j.subject.SelfServiceAccessKeys, Stored: true,
	}
	for _, role := range j.subject.Roles {
		facts := j.factsOf(role)
		trusted := slices.DeleteFunc(slices.Clone(own.MemberARNs), func(arn string) bool {
			return !slices.Contains(facts.Users, arn)
		})
		if trust, err := policy.TrustPolicy(trusted); err == nil && slices.Contains(role.Groups, group.Name) {
			own.RoleARNs = append(own.RoleARNs, facts.ARN)
			deployment.Roles = append(deployment.Roles, policy.Role{
				Name: role.Name, ARN: facts.ARN, Trust: trust, TrustedUserARNs: trusted,
			})
		}
	}
	deployment.Groups = []policy.Group{own}
	report := policy.Verify(deployment)
	if j.subject.Settled {
		return faultIn(report, "", policy.G1, policy.G2, policy.G3, policy.G6, policy.G7)
	}
	// Who enrols how may be newer in the configuration than what is deployed.
	return cmp.Or(faultIn(report, "", policy.G1, policy.G6), faultIn(report, assumeRole, policy.G3))
}

// faultIn is the first reason for which one of the guarantees is not proved, of an
// action or of any.
func faultIn(report policy.Report, action string, guarantees ...policy.Guarantee) string {
	for _, result := range report.Results {
		if !slices.Contains(guarantees, result.Guarantee) {
			continue
		}
		for _, violation := range result.Violations {
			if action == "" || violation.Action == action {
				return violation.String()
			}
		}
		if result.Verdict == policy.Undecided {
			return "undecided: " + strings.Join(result.Why, "; ")
		}
	}
	return ""
}

// withoutMFA is about a role that somebody may assume without MFA.
func (j *judge) withoutMFA(facts roleFacts) {
	fault := faultIn(policy.Verify(policy.Deployment{
		Account: j.facts.Account, Stored: true,
		Roles: []policy.Role{{Name: facts.Name, ARN: facts.ARN, Trust: facts.Trust, TrustedUserARNs: facts.Users}},
	}), "", policy.G5)
	if fault != "" {
		j.find(Finding{Kind: KindTrustWithoutMFA, Role: facts.Name, Remedy: runPulumiUp + ", which restores it."},
			"The trust policy of role %s is not what a deploy left there: %s.", facts.Name, fault)
	} else if !facts.isTrustedAsDeployed() {
		j.find(Finding{Kind: KindTrustChanged, Role: facts.Name, Remedy: runPulumiUp + ", which restores it."},
			"The trust policy of role %s is not what a deploy left there: it demands MFA, but says something else besides.",
			facts.Name)
	}
}

// isTrustedAsDeployed reports whether the trust policy is one that a deploy writes,
// whomever it names.
func (f roleFacts) isTrustedAsDeployed() bool {
	if len(f.Trust.Statements) != 1 {
		return len(f.Trust.Statements) == 0 // it was not read
	}
	found, own := f.Trust.Statements[0], policy.TrustNobody().Statements[0]
	if found.Effect == policy.Allow {
		ofMembers, _ := policy.TrustPolicy([]string{"arn:aws:iam::111122223333:user/anybody"})
		own = ofMembers.Statements[0]
		found.Principal = own.Principal
	}
	found.Sid = own.Sid
	return reflect.DeepEqual(found, own)
}

// rolePolicies are about managed policies that a role lacks, or has besides its own.
func (j *judge) rolePolicies(role Role, facts roleFacts) {
	if role.Policies == nil || facts.PoliciesUnread {
		return
	}
	var meant []string
	for _, name := range role.Policies {
		arn, err := policy.ManagedPolicyARN(j.facts.Account.Partition, name)
		if err != nil {
			continue // pulumi up refuses it
		}
		meant = append(meant, arn)
		if !slices.Contains(facts.Policies, arn) {
			j.find(Finding{Kind: KindRolePolicyDetached, Role: role.Name, Remedy: runPulumiUp + "."},
				"Role %s lacks policy %s: it was detached, or is not deployed yet.", role.Name, arn)
		}
	}
	for _, arn := range missingFrom(meant, facts.Policies) {
		j.find(Finding{
			Kind: KindRolePolicyAdded, Role: role.Name,
			Remedy: fmt.Sprintf("Detach it: aws iam detach-role-policy --role-name %s --policy-arn %s. Or add it to the role's "+
				"policies, and run pulumi up.", role.Name, arn),
		}, "Role %s has policy %s, which the stack does not give it.", role.Name, arn)
	}
}
