package proof

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// AddStack adds what deploying the plan changes of what is deployed: for each
// group its policies, for each role its own and its trust policy. Policies of a
// group that are not the stack's stay, and inline policies of a role.
//
// document gives that of any managed policy; AWS's own are read through it.
func (d *Difference) AddStack(
	found policy.Deployment, outputs stack.Outputs, plan policy.Deployment, limits Limits, document documentReader,
) error {
	d.Account = found.Account.ID
	d.Notes = append(d.Notes, limits.Note)
	defer func() { *d = d.withLists() }()
	groups := byName(found.Groups, plan.Groups, func(g policy.Group) string { return g.Name })
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		before, after := groups[name].before, groups[name].after
		own := path.Base(outputs.MFAPolicyARNs[name])
		others := slices.DeleteFunc(slices.Clone(before.Policies), func(n policy.NamedDocument) bool { return n.Name == own })
		err := d.addChange("group "+name, policy.Change{
			Account: found.Account, Holder: policy.HeldByUsers, SCPs: limits.SCPs,
			UserARNs: append(slices.Clone(before.MemberARNs), after.MemberARNs...),
			Before:   before.Policies, After: append(others, after.Policies...),
		})
		if err != nil {
			return err
		}
	}
	roles := byName(found.Roles, plan.Roles, func(r policy.Role) string { return r.ARN })
	for _, arn := range slices.Sorted(maps.Keys(roles)) {
		if err := d.addRole(found.Account, arn, roles[arn], limits, document); err != nil {
			return err
		}
	}
	return nil
}

type documentReader func(arn string) (policy.Document, error)

// addChange skips what does not change.
func (d *Difference) addChange(of string, change policy.Change) error {
	if slices.Equal(texts(change.Before, change.BoundaryBefore), texts(change.After, change.BoundaryAfter)) {
		return nil
	}
	return d.Add(of, change)
}

func texts(documents []policy.NamedDocument, boundary *policy.NamedDocument) []string {
	var list []string
	for _, named := range documents {
		list = append(list, named.Document.String())
	}
	slices.Sort(list)
	if boundary != nil {
		list = append(list, "within", boundary.Document.String())
	}
	return list
}

func (d *Difference) addRole(
	account policy.Account, arn string, role pair[policy.Role], limits Limits, document documentReader,
) error {
	of := "role " + path.Base(arn)
	trust := policy.Change{Account: account, Holder: policy.TrustOfRole, RoleARN: arn, SCPs: limits.SCPs}
	own := policy.Change{Account: account, Holder: policy.HeldByRole, RoleARN: arn, SCPs: limits.SCPs}
	var unknown [2][]string
	own.Before, own.BoundaryBefore, unknown[0] = policiesOf(role.before, document)
	own.After, own.BoundaryAfter, unknown[1] = policiesOf(role.after, document)
	if role.before.ARN != "" {
		trust.Before = []policy.NamedDocument{{Name: "the trust policy as it is", Document: role.before.Trust}}
	}
	if role.after.ARN != "" {
		trust.After = []policy.NamedDocument{{Name: "the trust policy as it would be", Document: role.after.Trust}}
		for _, named := range role.before.Policies {
			if strings.HasPrefix(named.Name, "inline policy ") {
				own.After = append(own.After, named)
			}
		}
	}
	for i, list := range unknown {
		for _, name := range list {
			if !slices.Contains(unknown[1-i], name) {
				d.undecided(of, "what "+name+" says is not known")
			}
		}
	}
	if err := d.addChange("trust of "+of, trust); err != nil {
		return err
	}
	return d.addChange(of, own)
}

// policiesOf are the policies of a role and its boundary, and what is not known.
func policiesOf(role policy.Role, document documentReader) (
	known []policy.NamedDocument, boundary *policy.NamedDocument, unknown []string,
) {
	known, boundary, unknown = slices.Clone(role.Policies), role.Boundary, slices.Clone(role.NotJudged)
	for _, arn := range role.PolicyARNs {
		if !policy.IsAWSManaged(arn) {
			continue // it is among the others
		}
		if read, err := document(arn); err == nil {
			known = append(known, policy.NamedDocument{Name: path.Base(arn), Document: read})
		} else {
			unknown = append(unknown, arn)
		}
	}
	if arn := role.PermissionsBoundary; arn != "" && boundary == nil {
		if read, err := document(arn); err == nil {
			boundary = &policy.NamedDocument{Name: path.Base(arn), Document: read}
		} else {
			unknown = append(unknown, "permissions boundary "+arn)
		}
	}
	return known, boundary, unknown
}

// pair is one thing before and after; the zero value is none.
type pair[T any] struct{ before, after T }

func byName[T any](before, after []T, name func(T) string) map[string]pair[T] {
	found := map[string]pair[T]{}
	for _, one := range before {
		found[name(one)] = pair[T]{before: one}
	}
	for _, one := range after {
		both := found[name(one)]
		both.after = one
		found[name(one)] = both
	}
	return found
}
