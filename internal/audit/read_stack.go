package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func (r *reader) group(ctx context.Context, group Group) error {
	facts := groupFacts{Name: group.Name}
	err := cmp.Or(r.readMembers(ctx, &facts), r.readPolicies(ctx, &facts), r.readOwnPolicy(ctx, group, &facts))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found.Groups = append(r.found.Groups, facts)
	return nil
}

// readOwnPolicy reads the stack's own policy for the group, if it is known which.
func (r *reader) readOwnPolicy(ctx context.Context, group Group, facts *groupFacts) error {
	if group.Policy == "" {
		return nil
	}
	document, err := deployed.ManagedDocument(ctx, r.api, group.policyARN(r.found.Account))
	denied, isDenied := errors.AsType[*awserror.PermissionError](err)
	switch {
	case err == nil:
		facts.Own = &document
	case errors.Is(err, deployed.ErrNotFound):
	case errors.Is(err, policy.ErrSyntax):
		facts.OwnFault = err
	case isDenied:
		facts.OwnUnread = true
		return r.orUnread(denied.Permission, "the stack's policy of a group", group.Name, err)
	default:
		return err
	}
	return nil
}

// namesTaken finds the names of policies to be made that others have under another
// path: IAM takes a name once, without regard to case, and GetPolicy asks by path.
func (r *reader) namesTaken(ctx context.Context, subject Subject) error {
	missing := map[string]*groupFacts{}
	for i := range r.found.Groups {
		facts := &r.found.Groups[i]
		at := slices.IndexFunc(subject.Groups, func(g Group) bool { return g.Name == facts.Name })
		if own := subject.Groups[at]; own.Policy != "" && facts.Own == nil && facts.OwnFault == nil && !facts.OwnUnread {
			missing[strings.ToLower(own.policyName())] = facts
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := deployed.All(ctx, iam.NewListPoliciesPaginator(r.api, &iam.ListPoliciesInput{
		Scope: types.PolicyScopeTypeLocal, MaxItems: aws.Int32(mostItems),
	}), func(page *iam.ListPoliciesOutput) []types.Policy { return page.Policies })
	if err != nil {
		return r.orUnread("iam:ListPolicies", "whether the names of the stack's policies are taken", "all", err)
	}
	for _, one := range found {
		if facts := missing[strings.ToLower(aws.ToString(one.PolicyName))]; facts != nil {
			facts.OwnTaken = aws.ToString(one.Arn)
		}
	}
	return nil
}

func (r *reader) readMembers(ctx context.Context, group *groupFacts) error {
	users, err := r.usersIn(ctx, group.Name)
	switch {
	case awserror.IsNotFound(err):
		return fmt.Errorf("group %s: the account has no such group: correct the name, or create the group first: %w",
			group.Name, err)
	case err != nil:
		group.MembersUnread = true
		return r.orUnread("iam:GetGroup", "who is in a group", group.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, user := range users {
		name := aws.ToString(user.UserName)
		if r.members[name] == nil {
			r.members[name] = &userFacts{Name: name, ARN: aws.ToString(user.Arn)}
		}
		r.members[name].Groups = append(r.members[name].Groups, group.Name)
	}
	return nil
}

// usersIn are the members of a group.
func (r *reader) usersIn(ctx context.Context, group string) ([]types.User, error) {
	pages := iam.NewGetGroupPaginator(r.api, &iam.GetGroupInput{GroupName: &group, MaxItems: aws.Int32(mostItems)})
	return deployed.All(ctx, pages, func(page *iam.GetGroupOutput) []types.User { return page.Users })
}

func (r *reader) readPolicies(ctx context.Context, group *groupFacts) error {
	attached, err := deployed.AttachedToGroup(ctx, r.api, group.Name)
	if err != nil {
		group.PoliciesUnread = true
		return r.orUnread("iam:ListAttachedGroupPolicies", "the policies of a group", group.Name, err)
	}
	group.Policies = deployed.PolicyARNs(attached)
	return nil
}

// halfMade reads which virtual devices nobody has enabled. An administrator who
// may not list them learns about it as of any other permission.
func (r *reader) halfMade(ctx context.Context) error {
	devices, err := deployed.All(ctx, iam.NewListVirtualMFADevicesPaginator(r.api, &iam.ListVirtualMFADevicesInput{
		AssignmentStatus: types.AssignmentStatusTypeUnassigned, MaxItems: aws.Int32(mostItems),
	}), func(page *iam.ListVirtualMFADevicesOutput) []types.VirtualMFADevice { return page.VirtualMFADevices })
	if err != nil {
		return r.orUnread("iam:ListVirtualMFADevices", "devices that were created and never enabled", "all", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, device := range devices {
		r.found.HalfMade = append(r.found.HalfMade, aws.ToString(device.SerialNumber))
	}
	return nil
}

func (r *reader) role(ctx context.Context, name string) error {
	facts := roleFacts{Name: name}
	out, err := r.api.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case awserror.IsNotFound(err):
	case err != nil:
		facts.Unread = true
		if err := r.orUnread("iam:GetRole", "whom a role trusts", name, err); err != nil {
			return err
		}
	default:
		if facts, err = factsOfRole(out.Role); err != nil {
			return err
		}
		if err := r.readRolePolicies(ctx, &facts); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found.Roles = append(r.found.Roles, facts)
	return nil
}

func (r *reader) readRolePolicies(ctx context.Context, role *roleFacts) error {
	attached, err := deployed.AttachedToRole(ctx, r.api, role.Name)
	if err != nil {
		role.PoliciesUnread = true
		return r.orUnread("iam:ListAttachedRolePolicies", "the policies of a role", role.Name, err)
	}
	role.Policies = deployed.PolicyARNs(attached)
	return nil
}

// userIDPattern is the unique id of a user, which a trust policy shows in place
// of the ARN of one who was deleted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var userIDPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^AIDA[A-Z0-9]+$`) })

const assumeRole = "sts:AssumeRole"

// factsOfRole sorts the principals that the statements of the trust policy allow.
func factsOfRole(role *types.Role) (roleFacts, error) {
	facts := roleFacts{Name: aws.ToString(role.RoleName), ARN: aws.ToString(role.Arn)}
	own, err := policy.ParseIAMARN(facts.ARN)
	if err != nil {
		return facts, err
	}
	facts.Trust, err = policy.Parse(aws.ToString(role.AssumeRolePolicyDocument))
	if err != nil {
		return facts, fmt.Errorf("the trust policy of %s: %w", facts.Name, err)
	}
	for _, statement := range facts.Trust.Statements {
		if statement.Effect != policy.Allow {
			continue
		}
		if statement.NotPrincipal != nil {
			facts.Others = append(facts.Others, "all but some (NotPrincipal)")
		}
		facts.add(statement.Principal, own.Account)
	}
	return facts, facts.keepWhoMay(own.Account)
}

// keepWhoMay keeps of the users those who may assume the role with MFA: another
// statement may deny what one allows.
func (f *roleFacts) keepWhoMay(account string) error {
	compiled, err := policy.Compile(f.Trust)
	if err != nil {
		return fmt.Errorf("the trust policy of %s: %w", f.Name, err)
	}
	trust := policy.Policies{Trust: &policy.Attached{Name: f.Name, Policy: compiled}}
	f.Users = slices.DeleteFunc(f.Users, func(arn string) bool {
		caller := policy.Caller{Kind: policy.UserCaller, ARN: arn, Account: account}
		return !policy.Evaluate(policy.Request{
			Caller: caller, Action: assumeRole, Resource: f.ARN, Context: policy.AssumeRoleCode.Context(caller),
		}, trust).Allowed
	})
	return nil
}

func (f *roleFacts) add(principal *policy.Principal, account string) {
	if principal == nil {
		return
	}
	if principal.All {
		f.Others = append(f.Others, "*")
	}
	for _, one := range principal.AWS {
		arn, err := policy.ParseIAMARN(one)
		switch {
		case userIDPattern().MatchString(one):
			f.Gone = append(f.Gone, one)
		case err == nil && arn.Kind == "user" && arn.Account == account:
			f.Users = append(f.Users, one)
		default:
			f.Others = append(f.Others, one)
		}
	}
	f.Others = slices.Concat(f.Others, principal.Service, principal.Federated, principal.CanonicalUser)
}
