package iam

import (
	"errors"
	"fmt"
	"strings"
	"time"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Errors about the arguments of a component, to be told apart with errors.Is.
var (
	// ErrNoRoles says that there would be nothing to assume.
	ErrNoRoles = errors.New("no roles")
	// ErrNoPolicies says that a role would be able to do nothing.
	ErrNoPolicies = errors.New("no managed policies")
	// ErrNoGroups says that no group's members would use a role.
	ErrNoGroups = errors.New("no groups whose members use the role")
	// ErrTooManyPolicies says that IAM's quota of 10 attached managed
	// policies would be exceeded.
	ErrTooManyPolicies = fmt.Errorf("more than %d managed policies", policy.MaxAttachedPolicies)
	// ErrDuplicate says that something is named twice.
	ErrDuplicate = errors.New("named twice")
)

// MFARoleArgs describes a role that people assume with MFA.
type MFARoleArgs struct {
	// Name is the role's name in IAM, required. It goes into people's
	// configuration files, so it is never generated.
	Name string
	// Path is the role's IAM path; empty means "/". It cannot change while
	// the name stays.
	Path string
	// Description is free text; see [policy.CheckRoleDescription].
	Description string
	// Partition is that of the managed policies; empty means that of the
	// trusted users.
	Partition string
	// TrustedUserARNs are the IAM users that may assume the role, at least
	// one, each of whom must exist. Users of another account need, besides
	// this trust, a policy of their own account that allows sts:AssumeRole.
	TrustedUserARNs []string
	// ManagedPolicies are attached to the role: 1 to 10 names of AWS managed
	// policies (PowerUserAccess) or ARNs of any managed policies. A policy
	// that denies without MFA must not be among them: a role session carries
	// no MFA.
	ManagedPolicies []string
	// MaxSessionDuration is from 1 to 12 hours; zero means 1 hour.
	MaxSessionDuration time.Duration
	// PermissionsBoundary is the name of an AWS managed policy or the ARN of
	// any managed policy; empty means none.
	PermissionsBoundary string
	// Tags of the role, at most 50.
	Tags map[string]string
	// TrustPolicyQuota is the account's quota for a trust policy in
	// characters; zero means IAM's default of 2,048.
	TrustPolicyQuota int
}

// MFARole is one IAM role whose trust policy names users and demands MFA, with
// its managed policies attached.
type MFARole struct {
	pulumi.ResourceState

	// ARN of the role.
	ARN pulumi.StringOutput `pulumi:"roleArn"`
	// Name of the role in IAM.
	Name pulumi.StringOutput `pulumi:"roleName"`

	// resources are the concrete resources; see Resources.
	resources []pulumi.Resource
}

// Resources are the role and its attachments, to be given to
// [pulumi.DependsOn] by what needs a role that works. Depending on the
// component itself is a race in the Pulumi Go SDK.
func (r *MFARole) Resources() []pulumi.Resource { return r.resources }

// NewMFARole registers the role. It returns every fault of the arguments at
// once, before anything is registered, wrapping the errors of this package and
// of [policy].
func NewMFARole(ctx *pulumi.Context, name string, args *MFARoleArgs, opts ...pulumi.ResourceOption) (*MFARole, error) {
	if args == nil {
		args = &MFARoleArgs{}
	}
	plan, err := args.plan()
	if err != nil {
		return nil, fmt.Errorf("role %s: %w", name, err)
	}
	component := &MFARole{}
	if err := ctx.RegisterComponentResource(MFARoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering role %s: %w", name, err)
	}
	if err := component.register(ctx, name, args, plan); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"roleArn":  component.ARN,
		"roleName": component.Name,
	})
}

func (r *MFARole) register(ctx *pulumi.Context, name string, args *MFARoleArgs, plan rolePlan) error {
	role, err := awsiam.NewRole(ctx, name, &awsiam.RoleArgs{
		Name:                pulumi.String(args.Name),
		Path:                pulumi.String(plan.path),
		Description:         optionalString(args.Description),
		AssumeRolePolicy:    pulumi.String(plan.trust.String()),
		MaxSessionDuration:  pulumi.Int(int(plan.duration.Seconds())),
		PermissionsBoundary: optionalString(plan.boundary),
		Tags:                tags(args.Tags),
	}, pulumi.Parent(r), createBeforeDelete())
	if err != nil {
		return fmt.Errorf("registering the IAM role of %s: %w", name, err)
	}
	r.ARN, r.Name = role.Arn, role.Name
	r.resources = []pulumi.Resource{role}
	for _, arn := range plan.policies {
		// The name says all that identifies an attachment, so that it is never
		// replaced: the aws provider would detach the old one first, and a
		// renamed role would be without its policies while it is the only way in.
		attachment, err := awsiam.NewRolePolicyAttachment(ctx, name+"/"+args.Name+"/"+attachmentKey(arn),
			&awsiam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: pulumi.String(arn)}, pulumi.Parent(r))
		if err != nil {
			return fmt.Errorf("attaching %s to %s: %w", arn, name, err)
		}
		r.resources = append(r.resources, attachment)
	}
	return nil
}

// rolePlan is what the arguments come to, in plain values.
type rolePlan struct {
	trust    policy.Document
	path     string
	duration time.Duration
	boundary string
	policies []string
}

func (a *MFARoleArgs) plan() (rolePlan, error) {
	plan := rolePlan{path: a.Path, duration: a.MaxSessionDuration}
	if plan.path == "" {
		plan.path = "/"
	}
	if plan.duration == 0 {
		plan.duration = policy.MinSessionDuration
	}
	trust, trustErr := a.TrustPolicy()
	plan.trust = trust
	policies, policiesErr := a.policyARNs()
	plan.policies = policies
	boundary, boundaryErr := a.boundaryARN()
	plan.boundary = boundary
	return plan, errors.Join(
		policy.CheckRoleName(a.Name),
		policy.CheckPath(plan.path),
		policy.CheckSessionDuration(plan.duration),
		policy.CheckRoleDescription(a.Description),
		trustErr, policiesErr, boundaryErr,
	)
}

// TrustPolicy is the role's trust policy. Its errors wrap those of
// [policy.TrustPolicy], or are a [*policy.SizeError].
func (a *MFARoleArgs) TrustPolicy() (policy.Document, error) {
	trust, err := policy.TrustPolicy(a.TrustedUserARNs)
	if err := errors.Join(err, a.checkPartition()); err != nil {
		return policy.Document{}, err
	}
	quota := policy.TrustPolicyQuota()
	if a.TrustPolicyQuota != 0 {
		quota.Limit = a.TrustPolicyQuota
	}
	if err := quota.Check(trust); err != nil {
		return policy.Document{}, fmt.Errorf("trust policy of %d users: %w", len(a.TrustedUserARNs), err)
	}
	return trust, nil
}

func (a *MFARoleArgs) policyARNs() ([]string, error) {
	var faults []error
	switch n := len(a.ManagedPolicies); {
	case n == 0:
		faults = append(faults, ErrNoPolicies)
	case n > policy.MaxAttachedPolicies:
		faults = append(faults, fmt.Errorf("%w: %d", ErrTooManyPolicies, n))
	}
	var arns []string
	seen := map[string]bool{}
	for _, given := range a.ManagedPolicies {
		arn, err := policy.ManagedPolicyARN(a.partition(), given)
		switch {
		case err != nil:
			faults = append(faults, err)
		case seen[arn]:
			faults = append(faults, fmt.Errorf("managed policy %s: %w", given, ErrDuplicate))
		default:
			arns = append(arns, arn)
		}
		seen[arn] = true
	}
	return arns, errors.Join(faults...)
}

func (a *MFARoleArgs) boundaryARN() (string, error) {
	if a.PermissionsBoundary == "" {
		return "", nil
	}
	return policy.ManagedPolicyARN(a.partition(), a.PermissionsBoundary)
}

// checkPartition refuses trusted users of another partition than the role's:
// no principal can act across partitions.
func (a *MFARoleArgs) checkPartition() error {
	var faults []error
	for _, text := range a.TrustedUserARNs {
		if arn, err := policy.ParseIAMARN(text); err == nil && arn.Partition != a.partition() {
			faults = append(faults, fmt.Errorf("%w: %s is not of partition %s", policy.ErrARN, text, a.partition()))
		}
	}
	return errors.Join(faults...)
}

func (a *MFARoleArgs) partition() string {
	if a.Partition != "" {
		return a.Partition
	}
	for _, text := range a.TrustedUserARNs {
		if arn, err := policy.ParseIAMARN(text); err == nil {
			return arn.Partition
		}
	}
	return "aws"
}

// attachmentKey tells a role's policies apart in logical names by what they
// are, never by their position in a list.
func attachmentKey(policyARN string) string {
	arn, err := policy.ParseIAMARN(policyARN)
	if err != nil {
		return policyARN
	}
	key := strings.TrimPrefix(arn.Path, "/") + arn.Name
	if arn.Account != "aws" {
		key = arn.Account + "/" + key
	}
	return key
}

func optionalString(s string) pulumi.StringPtrInput {
	if s == "" {
		return nil
	}
	return pulumi.String(s)
}

func tags(plain map[string]string) pulumi.StringMapInput {
	if len(plain) == 0 {
		return nil
	}
	return pulumi.ToStringMap(plain)
}
