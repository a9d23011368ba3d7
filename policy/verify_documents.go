package policy

import "fmt"

func (v *verifier) checkTrust(role Role) error {
	if err := role.Trust.CheckTrust(); err != nil {
		return fmt.Errorf("the trust policy of %s: %w", role.Name, err)
	}
	if v.deployment.Stored {
		return nil
	}
	quota := TrustPolicyQuota()
	if v.deployment.TrustPolicyQuota != 0 {
		quota.Limit = v.deployment.TrustPolicyQuota
	}
	if err := quota.Check(role.Trust); err != nil {
		return fmt.Errorf("the trust policy of %s: %w", role.Name, err)
	}
	return nil
}

func (v *verifier) checkManaged(named NamedDocument) error {
	if err := named.Document.CheckIdentity(); err != nil {
		return fmt.Errorf("%s: %w", named.Name, err)
	}
	if v.deployment.Stored {
		return nil
	}
	if err := ManagedPolicyQuota().Check(named.Document); err != nil {
		return fmt.Errorf("%s: %w", named.Name, err)
	}
	return nil
}

func (v *verifier) checkAttached(to string, n int) error {
	if n > MaxAttachedPolicies && !v.deployment.Stored {
		return fmt.Errorf("%s: %d managed policies, IAM's quota is %d", to, n, MaxAttachedPolicies)
	}
	return nil
}
