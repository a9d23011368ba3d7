package stack

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// RolePlace is where a role is planned for.
type RolePlace struct {
	// Partition is that of the managed policies; empty means that of the
	// trusted users.
	Partition string
	// TrustPolicyQuota is that of [Access].
	TrustPolicyQuota int
	// FurtherPolicies are the keys of managed policies that are attached besides,
	// and whose ARNs nobody knows before they are made.
	FurtherPolicies []string
	// NobodyYet says that the role may trust nobody: its groups have no members.
	NobodyYet bool
}

// Plan is what the role comes to. Its ARN is empty: that depends on the account.
// It returns every fault at once, joined, wrapping errors of this package and of
// [policy].
func (r Role) Plan(place RolePlace) (policy.Role, error) {
	planned := policy.Role{
		Name: r.Name, Path: cmp.Or(r.Path, "/"), Description: r.Description, TrustedUserARNs: r.TrustedUserARNs,
		MaxSessionDuration: cmp.Or(r.MaxSessionDuration, policy.MinSessionDuration), NotJudged: place.FurtherPolicies,
	}
	partition := r.partition(place)
	var trustErr, policiesErr, boundaryErr error
	planned.Trust, trustErr = r.trustPolicy(partition, place)
	planned.PolicyARNs, policiesErr = r.policyARNs(partition, len(place.FurtherPolicies))
	if r.PermissionsBoundary != "" {
		planned.PermissionsBoundary, boundaryErr = policy.ManagedPolicyARN(partition, r.PermissionsBoundary)
	}
	return planned, errors.Join(
		policy.CheckRoleName(planned.Name),
		policy.CheckPath(planned.Path),
		policy.CheckSessionDuration(planned.MaxSessionDuration),
		policy.CheckRoleDescription(r.Description),
		trustErr, policiesErr, boundaryErr,
	)
}

func (r Role) trustPolicy(partition string, place RolePlace) (policy.Document, error) {
	if place.NobodyYet && len(r.TrustedUserARNs) == 0 {
		return policy.TrustNobody(), nil
	}
	trust, err := policy.TrustPolicy(r.TrustedUserARNs)
	if err := errors.Join(err, r.checkPartition(partition)); err != nil {
		return policy.Document{}, err
	}
	limit := policy.TrustPolicyQuota()
	limit.Limit = cmp.Or(place.TrustPolicyQuota, limit.Limit)
	if err := limit.Check(trust); err != nil {
		return policy.Document{}, fmt.Errorf("trust policy of %d users: %w", len(r.TrustedUserARNs), err)
	}
	return trust, nil
}

func (r Role) policyARNs(partition string, further int) ([]string, error) {
	faults := []error{CheckPolicyCount(len(r.ManagedPolicies) + further)}
	var arns []string
	seen := map[string]bool{}
	for _, given := range r.ManagedPolicies {
		arn, err := policy.ManagedPolicyARN(partition, given)
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

// CheckPolicyCount holds that something is attached, and no more than IAM takes.
func CheckPolicyCount(n int) error {
	switch {
	case n == 0:
		return ErrNoPolicies
	case n > policy.MaxAttachedPolicies:
		return fmt.Errorf("%w: %d", ErrTooManyPolicies, n)
	}
	return nil
}

// checkPartition refuses trusted users of another partition than the role's:
// no principal can act across partitions.
func (r Role) checkPartition(partition string) error {
	var faults []error
	for _, text := range r.TrustedUserARNs {
		if arn, err := policy.ParseIAMARN(text); err == nil && arn.Partition != partition {
			faults = append(faults, fmt.Errorf("%w: %s is not of partition %s", policy.ErrARN, text, partition))
		}
	}
	return errors.Join(faults...)
}

func (r Role) partition(place RolePlace) string {
	for _, text := range r.TrustedUserARNs {
		if arn, err := policy.ParseIAMARN(text); err == nil {
			return cmp.Or(place.Partition, arn.Partition)
		}
	}
	return cmp.Or(place.Partition, "aws")
}
