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
	a.mu.Lock()
	defer a.mu.Unlock()
	e, err := a.findIdentity(of)
	if err != nil {
		return err
	}
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
}

// GetInlinePolicy is the document of an inline policy, as it was given.
func (a *Account) GetInlinePolicy(of Identity, policyName string) (string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	e, err := a.findInlinePolicy(of, policyName)
	if err != nil {
		return "", err
	}
	return e.InlinePolicies[policyName], nil
}

// ListInlinePolicies is the names of the inline policies, sorted.
func (a *Account) ListInlinePolicies(of Identity) ([]string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	e, err := a.findIdentity(of)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(e.InlinePolicies)), nil
}

// DeleteInlinePolicy deletes an inline policy.
func (a *Account) DeleteInlinePolicy(of Identity, policyName string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, err := a.findInlinePolicy(of, policyName)
	if err != nil {
		return err
	}
	delete(e.InlinePolicies, policyName)
	return nil
}

func (a *Account) findIdentity(of Identity) (*entity, error) {
	switch of.Kind {
	case "user":
		return entityOf(a.findUser(of.Name))
	case "group":
		return entityOf(a.findGroup(of.Name))
	default:
		return entityOf(a.findRole(of.Name))
	}
}

func entityOf[T hasEntity](object T, err error) (*entity, error) {
	if err != nil {
		return nil, err
	}
	return object.base(), nil
}

// findInlinePolicy is the identity that has the policy.
func (a *Account) findInlinePolicy(of Identity, policyName string) (*entity, error) {
	if err := checkText("policyName", policyName, policyNameRule); err != nil {
		return nil, err
	}
	e, err := a.findIdentity(of)
	if err != nil {
		return nil, err
	}
	if _, ok := e.InlinePolicies[policyName]; !ok {
		return nil, noSuchEntity("The %s policy with name %s cannot be found.", of.Kind, policyName)
	}
	return e, nil
}

// mustDeletePolicies is why a user, group or role cannot be deleted yet.
func mustDeletePolicies() *Error {
	return deleteConflict("Cannot delete entity, must delete policies first.")
}
