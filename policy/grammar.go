package policy

import (
	"errors"
	"fmt"
)

// CheckIdentity holds d to the rules for a policy that is attached to a user,
// group or role: no Principal, an action and a resource in every statement,
// unique alphanumeric Sids. It reports every fault; each wraps [ErrSyntax].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (d Document) CheckIdentity() error {
	return d.checkEach(func(s Statement) error {
		switch {
		case s.Principal != nil:
			return syntax("Has prohibited field Principal")
		case s.NotPrincipal != nil:
			return syntax("Has prohibited field NotPrincipal")
		case len(s.Resource) == 0 && len(s.NotResource) == 0:
			return syntax("Policy statement must contain resources")
		}
		return nil
	})
}

// CheckTrust holds d to the rules for a role's trust policy: a Principal and
// no Resource in every statement, unique alphanumeric Sids. It reports every
// fault; each wraps [ErrSyntax].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-custom.html
func (d Document) CheckTrust() error {
	return d.checkEach(func(s Statement) error {
		switch {
		case s.Resource != nil:
			return syntax("Has prohibited field Resource")
		case s.NotResource != nil:
			return syntax("Has prohibited field NotResource")
		case s.Principal.isEmpty() && s.NotPrincipal.isEmpty():
			return syntax("Missing required field Principal")
		}
		return nil
	})
}

func (d Document) checkEach(check func(Statement) error) error {
	var faults []error
	if len(d.Statements) == 0 {
		faults = append(faults, syntax("the document has no statements"))
	}
	seen := map[string]bool{}
	for i, s := range d.Statements {
		for _, err := range []error{s.check(), checkActions(s), check(s), checkSid(s.Sid, seen)} {
			if err != nil {
				faults = append(faults, fmt.Errorf("statement %d: %w", i+1, err))
			}
		}
	}
	return errors.Join(faults...)
}

// checkActions refuses the empty list. No list at all is a fault that
// [Statement.check] reports.
func checkActions(s Statement) error {
	if (s.Action != nil || s.NotAction != nil) && len(s.Action)+len(s.NotAction) == 0 {
		return syntax("Policy statement must contain actions")
	}
	return nil
}

func (p *Principal) isEmpty() bool {
	return p == nil || !p.All && len(p.AWS)+len(p.Service)+len(p.Federated)+len(p.CanonicalUser) == 0
}

func checkSid(sid string, seen map[string]bool) error {
	if sid == "" {
		return nil
	}
	if seen[sid] {
		return syntax("Statement IDs (SID) in a single policy must be unique: %s is used twice", sid)
	}
	seen[sid] = true
	for _, r := range sid {
		if !isAlphanumeric(r) {
			return syntax("Statement IDs (SID) must be alphanumeric: %s", sid)
		}
	}
	return nil
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
