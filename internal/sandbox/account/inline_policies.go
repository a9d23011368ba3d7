package account

import (
	"maps"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Identity is a user, group or role, which may have inline policies.
type Identity struct {
	// Kind is user, group or role.
	Kind, Name string
}

// inlineSize is how large the inline policies of an identity may be together,
// whitespace not counted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
func inlineSize(kind string) int {
	return map[string]int{"user": 2048, "group": 5120, "role": 10240}[kind]
}

// PutInlinePolicy adds an inline policy, or replaces the one of that name.
func (a *Account) PutInlinePolicy(of Identity, policyName, document string) error {
	if err := checkText("policyName", policyName, policyNameRule); err != nil {
		return err
	}
	return changing(a, a.identities(of.Kind), of.Name, func(e *entity) error {
		if err := checkIdentityDocument(document); err != nil {
			return err
		}
		policies := maps.Clone(e.InlinePolicies)
		if policies == nil {
			policies = map[string]string{}
		}
		policies[policyName] = document
		size := 0
		for _, text := range policies {
			size += policy.Size(text)
		}
		if limit := inlineSize(of.Kind); size > limit {
			return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", limit, of.Kind, of.Name)
		}
		e.InlinePolicies = policies
		return nil
	})
}

// GetInlinePolicy is the document of an inline policy, as it was given.
func (a *Account) GetInlinePolicy(of Identity, policyName string) (string, error) {
	return reading(a, a.havingInlinePolicy(of.Kind, policyName), of.Name, func(e *entity) string {
		return e.InlinePolicies[policyName]
	})
}

// ListInlinePolicies is the names of the inline policies, sorted.
func (a *Account) ListInlinePolicies(of Identity) ([]string, error) {
	return reading(a, a.identities(of.Kind), of.Name, func(e *entity) []string {
		return slices.Sorted(maps.Keys(e.InlinePolicies))
	})
}

// DeleteInlinePolicy deletes an inline policy.
func (a *Account) DeleteInlinePolicy(of Identity, policyName string) error {
	return changing(a, a.havingInlinePolicy(of.Kind, policyName), of.Name, func(e *entity) error {
		delete(e.InlinePolicies, policyName)
		return nil
	})
}

// identities finds those of a kind by name.
func (a *Account) identities(kind string) func(name string) (*entity, error) {
	return func(name string) (*entity, error) {
		switch kind {
		case "user":
			return entityOf(a.findUser(name))
		case "group":
			return entityOf(a.findGroup(name))
		default:
			return entityOf(a.findRole(name))
		}
	}
}

func entityOf[T hasEntity](object T, err error) (*entity, error) {
	if err != nil {
		return nil, err
	}
	return object.base(), nil
}

// havingInlinePolicy finds the identity of a kind by name, which must have the
// policy.
func (a *Account) havingInlinePolicy(kind, policyName string) func(name string) (*entity, error) {
	return func(name string) (*entity, error) {
		if err := checkText("policyName", policyName, policyNameRule); err != nil {
			return nil, err
		}
		e, err := a.identities(kind)(name)
		if err != nil {
			return nil, err
		}
		if _, ok := e.InlinePolicies[policyName]; !ok {
			return nil, noSuchEntity("The %s policy with name %s cannot be found.", kind, policyName)
		}
		return e, nil
	}
}
