package proof

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// OfFiles is the difference of two policy files.
func OfFiles(before, after string, limits Limits) (Difference, error) {
	change, err := readChange(before, after)
	if err != nil {
		return Difference{}, err
	}
	change.SCPs = limits.SCPs
	d := Difference{
		Before: before, After: after, Account: change.Account.ID,
		Notes: []string{
			fmt.Sprintf("Account %s of partition %s.", change.Account.ID, change.Account.Partition), limits.Note,
		},
	}
	err = d.Add("", change)
	return d.withLists(), err
}

// readChange reads two policy files as one change: both identity-based policies,
// or both trust policies, by what is in them. An empty file is no policy.
func readChange(before, after string) (policy.Change, error) {
	change := policy.Change{}
	holders := map[policy.Holder]string{}
	for _, side := range []struct {
		path string
		list *[]policy.NamedDocument
	}{{before, &change.Before}, {after, &change.After}} {
		if text, err := os.ReadFile(side.path); err == nil && strings.TrimSpace(string(text)) == "" {
			continue
		}
		document, err := readPolicyFile(side.path)
		if err != nil {
			return change, err
		}
		holder, err := holderOf(document)
		if err != nil {
			return change, fmt.Errorf("%s: %w", side.path, err)
		}
		change.Holder, holders[holder] = holder, side.path
		*side.list = []policy.NamedDocument{{Name: side.path, Document: document}}
	}
	switch len(holders) {
	case 0:
		return change, fmt.Errorf("%s and %s are empty: there is no policy to compare", before, after)
	case 2:
		return change, fmt.Errorf("%s is a trust policy and %s is not: compare two of one type",
			holders[policy.TrustOfRole], holders[policy.HeldByAnybody])
	}
	change.Account = accountIn(nil, append(slices.Clone(change.Before), change.After...))
	change.RoleARN = change.Account.RoleARN("/", "the-role")
	return change, nil
}

// holderOf tells a trust policy, which names principals, from one of an identity.
func holderOf(document policy.Document) (policy.Holder, error) {
	named, about := false, false
	for _, s := range document.Statements {
		named = named || s.Principal != nil || s.NotPrincipal != nil
		about = about || s.Resource != nil || s.NotResource != nil
	}
	switch {
	case named && about:
		return 0, fmt.Errorf("it has both principals and resources, so it is the policy of a resource: " +
			"only identity-based policies and trust policies of roles can be compared")
	case named:
		return policy.TrustOfRole, nil
	}
	return policy.HeldByAnybody, nil
}
