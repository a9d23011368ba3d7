package iam

import (
	"maps"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Deployment is what [NewCLIAccess] would deploy, for [policy.Verify]. members
// are the ARNs of the users in each group, and known the documents of managed
// policies by ARN: what is not known is not judged. The error is that of
// [CLIAccessArgs.Documents].
func (a *CLIAccessArgs) Deployment(
	members map[string][]string, known map[string]policy.Document,
) (policy.Deployment, error) {
	documents, err := a.Documents()
	if err != nil {
		return policy.Deployment{}, err
	}
	deployment := policy.Deployment{
		Account:          a.Account,
		Enrolment:        a.Enrolment,
		DeviceName:       a.DeviceName,
		ExemptActions:    a.ExemptActions,
		WithoutDeny:      a.WithoutDeny,
		TrustPolicyQuota: a.TrustPolicyQuota,
	}
	for _, role := range slices.Sorted(maps.Keys(a.Roles)) {
		args := a.roleArgs(role)
		plan, err := args.plan()
		if err != nil {
			return policy.Deployment{}, err
		}
		deployment.Roles = append(deployment.Roles, policy.DeployedRole{
			Name:            args.Name,
			ARN:             a.Account.RoleARN(plan.path, args.Name),
			Trust:           documents.Trust[role],
			TrustedUserARNs: args.TrustedUserARNs,
			Policies:        knownDocuments(plan.policies, known),
		})
	}
	for group, roles := range a.groups() {
		args := a.policyArgs(group, roles)
		deployment.Groups = append(deployment.Groups, policy.DeployedGroup{
			Name:       group,
			Policies:   []policy.NamedDocument{{Name: args.Name, Document: documents.Group[group]}},
			RoleARNs:   args.GroupPolicy.RoleARNs,
			MemberARNs: members[group],
		})
	}
	return deployment, nil
}

func knownDocuments(arns []string, known map[string]policy.Document) []policy.NamedDocument {
	var documents []policy.NamedDocument
	for _, arn := range arns {
		if document, ok := known[arn]; ok {
			documents = append(documents, policy.NamedDocument{Name: arn, Document: document})
		}
	}
	return documents
}
