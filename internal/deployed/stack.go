package deployed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Found is a deployed stack as the account has it.
type Found struct {
	// Deployment has the documents. Its Enrolment, DeviceName and WithoutDeny are
	// those of the outputs' settings, if there are any: no document says what was
	// intended.
	Deployment policy.Deployment
	// Notes are what a person should know about what was and was not read.
	Notes []string
}

// Read reads the documents of a deployed stack: of each role the trust policy
// and its customer managed and inline policies, of each group the members and
// those policies that deny something. Meant to be trusted are the users whom
// the outputs name. The error is about credentials of another account than the
// stack's, wraps [ErrNotFound], is a [*awserror.PermissionError], or what the API said.
func Read(ctx context.Context, api IAM, tokens identity.API, outputs stack.Outputs) (Found, error) {
	client := outputs.ClientConfig
	r := &reader{
		api: api, outputs: outputs, users: map[string]string{}, documents: map[string]policy.Document{},
		found: Found{Deployment: policy.Deployment{
			Account:               policy.Account{Partition: client.Partition, ID: client.AccountID},
			ExemptActions:         outputs.ExemptActions,
			ExemptActionsAtMyRisk: outputs.ExemptActionsAtMyRisk,
			Stored:                true,
		}},
	}
	if settings := outputs.Settings; settings != nil {
		d := &r.found.Deployment
		d.Enrolment, d.DeviceName, d.WithoutDeny = settings.Enrolment, settings.MFADeviceName, !settings.Enforce
		d.SelfServiceAccessKeys = settings.SelfServiceAccessKeys
	}
	if err := r.found.Deployment.Account.Check(); err != nil {
		return Found{}, fmt.Errorf("the stack outputs: clientConfig: %w", err)
	}
	caller, err := identity.WhoAmI(ctx, tokens)
	if err != nil {
		return Found{}, err
	}
	if caller.Account.ID != client.AccountID {
		return Found{}, fmt.Errorf("wrong account: the stack is in account %s, the credentials belong to account %s (%s)",
			client.AccountID, caller.Account.ID, caller.ARN)
	}
	for _, name := range slices.Sorted(maps.Keys(outputs.Grants)) {
		if err := r.group(ctx, name); err != nil {
			return Found{}, err
		}
	}
	for _, profile := range client.Profiles {
		if err := r.role(ctx, profile); err != nil {
			return Found{}, err
		}
	}
	return r.found, nil
}

type reader struct {
	api     IAM
	outputs stack.Outputs
	found   Found
	// users are the ARNs of users by name; empty if the account has no such user.
	users map[string]string
	// documents are those of managed policies by ARN.
	documents map[string]policy.Document
}

func (r *reader) note(format string, args ...any) {
	r.found.Notes = append(r.found.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) group(ctx context.Context, name string) error {
	group := policy.Group{Name: name, RoleARNs: r.outputs.Grants[name]}
	pages := iam.NewGetGroupPaginator(r.api, &iam.GetGroupInput{GroupName: &name})
	members, err := All(ctx, pages, func(page *iam.GetGroupOutput) []types.User { return page.Users })
	if err != nil {
		return failed("iam:GetGroup", "group "+name, err)
	}
	for _, user := range members {
		r.users[aws.ToString(user.UserName)] = aws.ToString(user.Arn)
		group.MemberARNs = append(group.MemberARNs, aws.ToString(user.Arn))
	}
	policies, err := r.policies(ctx, groupOwner(r.api, name))
	if err != nil {
		return err
	}
	own := r.outputs.MFAPolicyARNs[name]
	for _, one := range policies {
		switch {
		case policy.IsAWSManaged(one.arn):
			continue
		case own != "" && one.arn == own:
		case one.Document.Denies():
			r.found.Deployment.GroupsGrantMore = true
		default:
			r.note("%s of group %s denies nothing: it counts as something else that is attached", one.Name, name)
			continue
		}
		group.Policies = append(group.Policies, one.NamedDocument)
	}
	r.found.Deployment.Groups = append(r.found.Deployment.Groups, group)
	return nil
}

func (r *reader) role(ctx context.Context, profile stack.Profile) error {
	arn, err := policy.ParseIAMARN(profile.RoleARN)
	if err != nil {
		return fmt.Errorf("the stack outputs: profile %s: %w", profile.Name, err)
	}
	found, err := r.api.GetRole(ctx, &iam.GetRoleInput{RoleName: &arn.Name})
	if err != nil {
		return failed("iam:GetRole", "role "+arn.Name, err)
	}
	role := policy.Role{Name: arn.Name, ARN: aws.ToString(found.Role.Arn)}
	if role.Trust, err = parse("the trust policy of "+arn.Name, found.Role.AssumeRolePolicyDocument); err != nil {
		return err
	}
	for _, name := range profile.TrustedUsers {
		user, err := r.user(ctx, name)
		if err != nil {
			return err
		}
		if user == "" {
			r.note("user %s, whom role %s is meant to trust, no longer exists", name, arn.Name)
			continue
		}
		role.TrustedUserARNs = append(role.TrustedUserARNs, user)
	}
	policies, err := r.policies(ctx, roleOwner(r.api, arn.Name))
	if err != nil {
		return err
	}
	for _, one := range policies {
		if role.PolicyARNs = append(role.PolicyARNs, one.arn); !policy.IsAWSManaged(one.arn) {
			role.Policies = append(role.Policies, one.NamedDocument)
		}
	}
	if boundary := found.Role.PermissionsBoundary; boundary != nil {
		role.PermissionsBoundary = aws.ToString(boundary.PermissionsBoundaryArn)
		document, err := r.managed(ctx, role.PermissionsBoundary)
		if err != nil {
			return err
		}
		role.Boundary = &policy.NamedDocument{Name: role.PermissionsBoundary, Document: document}
	}
	r.found.Deployment.Roles = append(r.found.Deployment.Roles, role)
	return nil
}

func (r *reader) user(ctx context.Context, name string) (string, error) {
	if arn, ok := r.users[name]; ok {
		return arn, nil
	}
	found, err := r.api.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err != nil {
		err = failed("iam:GetUser", "user "+name, err)
		if !errors.Is(err, ErrNotFound) {
			return "", err
		}
		r.users[name] = ""
		return "", nil
	}
	r.users[name] = aws.ToString(found.User.Arn)
	return r.users[name], nil
}

// readPolicy is a policy, with its ARN if it is a managed one.
type readPolicy struct {
	policy.NamedDocument
	arn string
}

// policies reads the customer managed and the inline policies. AWS's own have no
// document: they are as they are for everybody.
func (r *reader) policies(ctx context.Context, of owner) ([]readPolicy, error) {
	attached, err := of.managed(ctx)
	if err != nil {
		return nil, err
	}
	var found []readPolicy
	for _, one := range attached {
		arn := aws.ToString(one.PolicyArn)
		if policy.IsAWSManaged(arn) {
			found = append(found, readPolicy{arn: arn})
			continue
		}
		document, err := r.managed(ctx, arn)
		if err != nil {
			return nil, err
		}
		found = append(found, readPolicy{policy.NamedDocument{Name: aws.ToString(one.PolicyName), Document: document}, arn})
	}
	inline, err := of.inline(ctx)
	for _, document := range inline {
		found = append(found, readPolicy{NamedDocument: document})
	}
	return found, err
}

// managed reads each managed policy once.
func (r *reader) managed(ctx context.Context, arn string) (policy.Document, error) {
	document, ok := r.documents[arn]
	if ok {
		return document, nil
	}
	document, err := ManagedDocument(ctx, r.api, arn)
	if err == nil {
		r.documents[arn] = document
	}
	return document, err
}

func (o owner) inline(ctx context.Context) ([]policy.NamedDocument, error) {
	names, err := o.inlinePolicies(ctx)
	if err != nil {
		return nil, err
	}
	var found []policy.NamedDocument
	for _, name := range names {
		called := "inline policy " + name + " of " + o.String()
		text, err := o.inlineText(ctx, &name)
		if err != nil {
			return nil, failed(o.permissions.inlineText, called, err)
		}
		document, err := parse(called, text)
		if err != nil {
			return nil, err
		}
		found = append(found, policy.NamedDocument{Name: called, Document: document})
	}
	return found, nil
}
