package deployed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Identity is who calls and the policies that decide what they may do, as far
// as they may be read.
type Identity struct {
	Caller   policy.Caller
	Policies []policy.NamedDocument
	// Boundary is the permissions boundary, if there is one.
	Boundary *policy.NamedDocument
	// Unread are the policies that could not be read, and why.
	Unread []string
	// DeniedBy is the policy that explicitly denied reading them, if one did: its ARN,
	// or words.
	DeniedBy string
}

// explicitDeny is how AWS ends the message of a denial; not everywhere does it name
// the policy.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
const explicitDeny = `with an explicit deny in an identity-based policy(?:: (arn:[\w+=,.@:/-]+))?`

// ReadCaller reads the policies of the caller: of a user those of the user and
// of their groups, of a role session those of the role; attached, inline, and
// the permissions boundary. What may not be read is left out and named in
// Unread. The error is about a caller that is neither an IAM user nor a session
// of a role, or is what the API said.
func ReadCaller(ctx context.Context, api IAM, tokens identity.API) (Identity, error) {
	caller, err := identity.WhoAmI(ctx, tokens)
	if err != nil {
		return Identity{}, err
	}
	r := &callerReader{api: api, found: Identity{Caller: policy.Caller{
		ARN: caller.ARN, Account: caller.Account.ID, UniqueID: caller.UniqueID,
	}}}
	switch {
	case caller.UserName != "":
		r.found.Caller.Kind = policy.UserCaller
		err = r.user(ctx, caller.UserName)
	case caller.RoleName != "":
		r.found.Caller.Kind = policy.RoleSessionCaller
		// Without its path, in case the role cannot be read.
		r.found.Caller.IssuerARN = caller.Account.RoleARN("/", caller.RoleName)
		r.found.Caller.UniqueID, _, _ = strings.Cut(caller.UniqueID, ":")
		err = r.role(ctx, caller.RoleName)
	default:
		return Identity{}, fmt.Errorf("only users and role sessions can be explained: %s", caller.ARN)
	}
	return r.found, err
}

// ReadTrust reads the trust policy of a role. The error is as that of [Read].
func ReadTrust(ctx context.Context, api IAM, roleName string) (policy.NamedDocument, error) {
	found, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: &roleName})
	if err != nil {
		return policy.NamedDocument{}, failed("iam:GetRole", "role "+roleName, err)
	}
	name := "the trust policy of " + roleName
	document, err := parse(name, found.Role.AssumeRolePolicyDocument)
	return policy.NamedDocument{Name: name, Document: document}, err
}

type callerReader struct {
	api   IAM
	found Identity
}

// unless gives nil for an error that says what could not be read, and keeps it.
func (r *callerReader) unless(err error) error {
	if denied, ok := errors.AsType[*awserror.PermissionError](err); ok {
		r.found.Unread = append(r.found.Unread, fmt.Sprintf("%s (%s was denied)", denied.Object, denied.Permission))
		if by := regexp.MustCompile(explicitDeny).FindStringSubmatch(awserror.Message(err)); by != nil {
			r.found.DeniedBy = cmp.Or(by[1], r.found.DeniedBy, "an identity-based policy")
		}
		return nil
	}
	return err
}

func (r *callerReader) user(ctx context.Context, name string) error {
	found, err := r.api.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err != nil {
		err = r.unless(failed("iam:GetUser", "the permissions boundary of user "+name, err))
	} else {
		err = r.boundary(ctx, found.User.PermissionsBoundary)
	}
	if err != nil {
		return err
	}
	if err := r.policies(ctx, userOwner(r.api, name)); err != nil {
		return err
	}
	pages := iam.NewListGroupsForUserPaginator(r.api, &iam.ListGroupsForUserInput{UserName: &name})
	groups, err := All(ctx, pages, func(page *iam.ListGroupsForUserOutput) []types.Group { return page.Groups })
	if err != nil {
		return r.unless(failed("iam:ListGroupsForUser", "the groups of user "+name, err))
	}
	for _, group := range groups {
		if err := r.policies(ctx, groupOwner(r.api, aws.ToString(group.GroupName))); err != nil {
			return err
		}
	}
	return nil
}

func (r *callerReader) role(ctx context.Context, name string) error {
	found, err := r.api.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		err = r.unless(failed("iam:GetRole", "the permissions boundary of role "+name, err))
	} else {
		r.found.Caller.IssuerARN = aws.ToString(found.Role.Arn)
		err = r.boundary(ctx, found.Role.PermissionsBoundary)
	}
	if err != nil {
		return err
	}
	return r.policies(ctx, roleOwner(r.api, name))
}

func (r *callerReader) boundary(ctx context.Context, boundary *types.AttachedPermissionsBoundary) error {
	if boundary == nil {
		return nil
	}
	arn := aws.ToString(boundary.PermissionsBoundaryArn)
	document, err := ManagedDocument(ctx, r.api, arn)
	if err != nil {
		return r.unless(err)
	}
	r.found.Boundary = &policy.NamedDocument{Name: arn, Document: document}
	return nil
}

func (r *callerReader) policies(ctx context.Context, of owner) error {
	attached, err := of.managed(ctx)
	if err := r.unless(err); err != nil {
		return err
	}
	for _, one := range attached {
		document, err := ManagedDocument(ctx, r.api, aws.ToString(one.PolicyArn))
		if err == nil {
			r.found.Policies = append(r.found.Policies,
				policy.NamedDocument{Name: aws.ToString(one.PolicyName), Document: document})
		} else if err := r.unless(err); err != nil {
			return err
		}
	}
	inline, err := of.inline(ctx)
	r.found.Policies = append(r.found.Policies, inline...)
	return r.unless(err)
}
