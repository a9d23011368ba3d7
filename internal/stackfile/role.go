package stackfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Role is what a group gives; the tags are those of awsmfa init --json.
type Role struct {
	// Name is the role's in the configuration.
	Name string `json:"name"`
	// Group is the group's name, and Members the users in it today.
	Group   string   `json:"group"`
	Members []string `json:"members"`
	// Policies are the managed policies as the configuration names them.
	Policies []string `json:"policies"`
	// Notes are what a person should know: they stand in the file as comments.
	Notes []Note `json:"-"`

	// documents are those of the customer managed policies.
	documents []policy.NamedDocument
}

// Note is something that a person should know about a role.
type Note struct {
	Text string
	// Warning says that there is something to do or to lose.
	Warning bool
}

func (r *Role) warnf(format string, args ...any) {
	r.Notes = append(r.Notes, Note{Text: fmt.Sprintf(format, args...), Warning: true})
}

func roleOf(source Source, group Group) (Role, error) {
	role := Role{Name: group.Role, Group: group.Name, Members: []string{}}
	for _, member := range group.Members {
		role.Members = append(role.Members, member.Name)
	}
	prefix := stack.DefaultNamePrefix(source.Stack)
	if err := policy.CheckRoleName(prefix + role.Name); err != nil {
		return Role{}, fmt.Errorf("the role in IAM: %w: give the role another name with --role, "+
			"or the stack with --stack", err)
	}
	judge := judge{account: source.Account, role: prefix + role.Name, groupPolicies: ownNames(source)}
	for _, one := range group.Policies {
		role.add(judge, one)
	}
	role.noteInline(group)
	if len(role.Policies) == 0 {
		return Role{}, errors.Join(errors.New("no managed policy that a role can have: "+
			"attach managed policies to the group, or write the stack file by hand (docs/configuration.md)"), role.reasons())
	}
	role.noteMembers(group)
	role.noteQuotas(group, prefix)
	return role, nil
}

// ownNames are the names of the policies that the stack makes for its groups.
func ownNames(source Source) []string {
	names := make([]string, 0, len(source.Groups))
	for _, group := range source.Groups {
		names = append(names, stack.DefaultNamePrefix(source.Stack)+group.Name)
	}
	return names
}

func (r *Role) reasons() error {
	faults := make([]error, 0, len(r.Notes))
	for _, note := range r.Notes {
		faults = append(faults, errors.New(note.Text))
	}
	return errors.Join(faults...)
}

// add gives the role a policy of the group, or says why not.
func (r *Role) add(judge judge, one deployed.ManagedPolicy) {
	name, err := configuredName(judge.account.Partition, one.ARN)
	switch {
	case one.Fault != nil:
		r.leaveOut(one.ARN, fmt.Sprintf("is not understood (%v)", one.Fault))
	case one.Document != nil && isGroupPolicy(*one.Document):
		r.Notes = append(r.Notes, Note{Text: one.ARN + " is left out: it is the policy of this project for " +
			"the group, which lets its members assume roles. It is not for a role."})
	case err != nil:
		r.leaveOut(one.ARN, fmt.Sprintf("cannot be configured (%v)", err))
	case judge.isNameOfOwn(one.ARN):
		r.leaveOut(one.ARN, "has the name that the stack gives to a policy of its own: "+
			"choose another name for the stack, or the policy")
	case len(r.Policies) == policy.MaxAttachedPolicies:
		r.leaveOut(one.ARN, fmt.Sprintf("is one more than the %d that a role can have: join some in one policy",
			policy.MaxAttachedPolicies))
	case one.Document == nil:
		r.Policies = append(r.Policies, name)
	default:
		document := policy.NamedDocument{Name: one.ARN, Document: *one.Document}
		if reason := judge.refusal(r.documents, document); reason != "" {
			r.leaveOut(one.ARN, reason)
			return
		}
		r.Policies = append(r.Policies, name)
		r.documents = append(r.documents, document)
	}
}

func (r *Role) leaveOut(arn, reason string) {
	r.warnf("%s is left out: it %s. The role lacks what it allows, and is free of what it denies.", arn, reason)
}

func (r *Role) noteInline(group Group) {
	if len(group.InlinePolicies) == 0 {
		return
	}
	r.warnf("The group's inline policies are left out: %s. The role lacks what they allow, and is free of what "+
		"they deny. Turn them into managed policies, and add those here.", strings.Join(group.InlinePolicies, ", "))
}

func (r *Role) noteMembers(group Group) {
	if len(group.Members) == 0 {
		r.warnf("The group is empty: pulumi up refuses a role that nobody may use. Add users to the group first.")
	}
	var policies, boundaries []string
	for _, member := range group.Members {
		own := group.Own[member.Name]
		if own.Attached+own.Inline > 0 {
			policies = append(policies, fmt.Sprintf("%s (%d attached, %d inline)", member.Name, own.Attached, own.Inline))
		}
		if own.Boundary != "" {
			boundaries = append(boundaries, fmt.Sprintf("%s (%s)", member.Name, own.Boundary))
		}
	}
	if len(policies) > 0 {
		r.warnf("Users with policies of their own, which the role does not have: %s.", strings.Join(policies, ", "))
	}
	if len(boundaries) > 0 {
		r.warnf("Users with a permissions boundary, which does not bind the role: %s. "+
			"Set permissionsBoundary of the role, if it should.", strings.Join(boundaries, ", "))
	}
	if group.OwnUnread != nil {
		r.warnf("Whether members have policies or a permissions boundary of their own is not known: %v.", group.OwnUnread)
	}
}

// noteQuotas looks at those quotas that depend on what the account has.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (r *Role) noteQuotas(group Group, prefix string) {
	deployed := slices.ContainsFunc(group.Policies, func(p deployed.ManagedPolicy) bool {
		arn, err := policy.ParseIAMARN(p.ARN)
		return err == nil && strings.EqualFold(arn.Name, prefix+group.Name)
	})
	if len(group.Policies) >= policy.MaxAttachedPolicies && !deployed {
		r.warnf("The group has %d managed policies, as many as IAM allows: pulumi up cannot attach the one that "+
			"demands MFA before one of them is detached.", len(group.Policies))
	}
	arns := make([]string, 0, len(group.Members))
	for _, member := range group.Members {
		arns = append(arns, member.ARN)
	}
	trust, err := policy.TrustPolicy(arns)
	if err == nil {
		err = policy.TrustPolicyQuota().Check(trust)
	}
	if err != nil && !errors.Is(err, policy.ErrNobodyTrusted) {
		r.warnf("pulumi up will refuse the trust policy of %d users (%v). Have AWS raise the quota and set "+
			"aws-cli-mfa:trustPolicyQuota, or divide the users among several groups.", len(arns), err)
	}
}

// configuredName is how the configuration names a managed policy: one of AWS's
// own as briefly as [policy.ManagedPolicyARN] understands, any other by ARN.
func configuredName(partition, arn string) (string, error) {
	parsed, err := policy.ParseIAMARN(arn)
	if err != nil {
		return "", err
	}
	for _, name := range []string{parsed.Name, strings.TrimPrefix(parsed.Path, "/") + parsed.Name} {
		if full, err := policy.ManagedPolicyARN(partition, name); err == nil && full == arn {
			return name, nil
		}
	}
	return policy.ManagedPolicyARN(partition, arn)
}
