package policy

import "slices"

// compileSCPs compiles service control policies. One that allows nothing counts
// as AWS attaches it, beside FullAWSAccess.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func compileSCPs(documents []NamedDocument) ([]Attached, error) {
	var completed []NamedDocument
	for _, named := range documents {
		statements := named.Document.Statements
		if !slices.ContainsFunc(statements, func(s Statement) bool { return s.Effect == Allow }) {
			all := Statement{Sid: "FullAWSAccess", Effect: Allow, Action: Values{"*"}, Resource: Values{"*"}}
			named.Document.Statements = append(slices.Clip(statements), all)
		}
		completed = append(completed, named)
	}
	return compileAll(completed)
}

func compileBoundary(named *NamedDocument) (*Attached, error) {
	if named == nil {
		return nil, nil //nolint:nilnil // there need not be a boundary
	}
	attached, err := compileNamed(*named)
	return &attached, err
}

// limited adds what limits everybody of the account: its service control policies.
func (p *prover) limited(who subject, policies Policies) Policies {
	if who.caller.Account == p.deployment.Account.ID && who.caller.hasIdentity() {
		policies.Organization = p.scps
	}
	return policies
}

// tellRolesApart tells limits that do not speak alike of assuming all roles.
func tellRolesApart(limits []Attached) bool {
	for one := range statementsOf(limits) {
		if one.coversAction(assumeRole) && !one.isOfAnyResource() {
			return true
		}
	}
	return false
}

func listOf(one *Attached) []Attached {
	if one == nil {
		return nil
	}
	return []Attached{*one}
}

// together is one policy with the statements of all.
func together(policies ...Attached) Attached {
	all := &Compiled{}
	for _, attached := range policies {
		all.statements = append(all.statements, attached.Policy.statements...)
	}
	return Attached{Policy: all}
}
