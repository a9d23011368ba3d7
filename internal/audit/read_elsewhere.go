package audit

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// othersPolicy is a policy of another stack that denies, and the groups that have it.
type othersPolicy struct {
	owner    string
	document policy.Document
	groups   []string
}

// elsewhere finds the members whom another stack denies, too. It begins with the
// account's groups: asking for those of each user would be more calls.
func (r *reader) elsewhere(ctx context.Context, subject Subject) error {
	if !slices.ContainsFunc(subject.Groups, func(g Group) bool { return g.Policy != "" }) {
		return nil // no stack is known that another one could be other than
	}
	groups, err := r.attachedToGroups(ctx)
	if err != nil {
		return err
	}
	for _, own := range subject.Groups {
		delete(groups, own.policyARN(r.found.Account))
	}
	var denying []othersPolicy
	calls, all := errgroup.WithContext(ctx)
	calls.SetLimit(parallel)
	for arn, names := range groups {
		calls.Go(func() error {
			found, err := r.othersPolicy(all, arn)
			if err != nil || found.owner == "" {
				return err
			}
			found.groups = names
			r.mu.Lock()
			defer r.mu.Unlock()
			denying = append(denying, found)
			return nil
		})
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	for _, one := range denying {
		if err := r.reached(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// attachedToGroups are the groups of the account that have each customer managed
// policy, by its ARN.
func (r *reader) attachedToGroups(ctx context.Context) (map[string][]string, error) {
	pages := iam.NewListGroupsPaginator(r.api, &iam.ListGroupsInput{MaxItems: aws.Int32(mostItems)})
	found, err := deployed.All(ctx, pages,
		func(page *iam.ListGroupsOutput) []types.Group { return page.Groups })
	if err != nil {
		if err := r.orUnread("iam:ListGroups", "which other groups a stack denies", "all", err); err != nil {
			return nil, err
		}
	}
	known := slices.Clone(r.found.Groups)
	facts := make([]groupFacts, len(found))
	calls, all := errgroup.WithContext(ctx)
	calls.SetLimit(parallel)
	for i, group := range found {
		facts[i].Name = aws.ToString(group.GroupName)
		if !slices.ContainsFunc(known, func(k groupFacts) bool { return k.Name == facts[i].Name }) {
			calls.Go(func() error { return r.readPolicies(all, &facts[i]) })
		}
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, group := range slices.Concat(known, facts) {
		for _, arn := range group.Policies {
			if !policy.IsAWSManaged(arn) {
				groups[arn] = append(groups[arn], group.Name)
			}
		}
	}
	return groups, nil
}

// othersPolicy reads a policy. The owner is empty if it is no stack's, or denies
// nothing.
func (r *reader) othersPolicy(ctx context.Context, arn string) (othersPolicy, error) {
	out, err := r.api.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	switch {
	case awserror.IsNotFound(err):
		return othersPolicy{}, nil
	case err != nil:
		return othersPolicy{}, r.orUnread("iam:GetPolicy", "whose a policy of a group is", arn, err)
	}
	i := slices.IndexFunc(out.Policy.Tags, func(tag types.Tag) bool { return aws.ToString(tag.Key) == stack.OwnerTag })
	if i < 0 {
		return othersPolicy{}, nil
	}
	document, err := deployed.ManagedDocument(ctx, r.api, arn)
	denied, isDenied := errors.AsType[*awserror.PermissionError](err)
	switch {
	case isDenied:
		return othersPolicy{}, r.orUnread(denied.Permission, "what another stack denies", arn, err)
	case errors.Is(err, deployed.ErrNotFound), err == nil && !document.Denies():
		return othersPolicy{}, nil
	}
	return othersPolicy{owner: aws.ToString(out.Policy.Tags[i].Value), document: document}, err
}

// reached notes the members whom a policy of another stack denies.
func (r *reader) reached(ctx context.Context, by othersPolicy) error {
	for _, group := range by.groups {
		names, err := r.namesIn(ctx, group)
		if err != nil {
			return err
		}
		for _, name := range names {
			if user := r.members[name]; user != nil {
				user.Elsewhere = append(user.Elsewhere, elsewhereFacts{Owner: by.owner, Group: group, Document: by.document})
			}
		}
	}
	return nil
}

// namesIn are the members of a group: of one that the audit is about as they were
// read.
func (r *reader) namesIn(ctx context.Context, group string) ([]string, error) {
	var names []string
	if slices.ContainsFunc(r.found.Groups, func(g groupFacts) bool { return g.Name == group }) {
		for name, user := range r.members {
			if slices.Contains(user.Groups, group) {
				names = append(names, name)
			}
		}
		return names, nil
	}
	users, err := r.usersIn(ctx, group)
	switch {
	case awserror.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, r.orUnread("iam:GetGroup", "who is in a group", group, err)
	}
	for _, user := range users {
		names = append(names, aws.ToString(user.UserName))
	}
	return names, nil
}
