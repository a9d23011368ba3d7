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
	found policy.Deployment, outputs stack.Outputs, plan policy.Deployment, limits Limits,
	document func(arn string) (policy.Document, error),
) error {
	d.Account, d.Notes = found.Account.ID, append(d.Notes, limits.Note)
	before, after := heldIn(found, document), heldIn(plan, document)
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		of, was, is := all[key].of, before[key], after[key]
		change := all[key].Change
		change.Account, change.SCPs = found.Account, limits.SCPs
		change.UserARNs = slices.Concat(was.UserARNs, is.UserARNs)
		change.Before, change.BoundaryBefore = was.Before, was.BoundaryBefore
		change.After, change.BoundaryAfter = slices.Clip(is.Before), is.BoundaryBefore
		own, isGroup := path.Base(outputs.MFAPolicyARNs[strings.TrimPrefix(of, "group ")]), was.Holder == policy.HeldByUsers
		for _, named := range was.Before {
			isInline := is.Holder == policy.HeldByRole && strings.HasPrefix(named.Name, "inline policy ")
			if isInline || isGroup && named.Name != own {
				change.After = append(change.After, named)
			}
		}
		for _, name := range slices.Concat(was.unknown, is.unknown) {
			if !slices.Contains(was.unknown, name) || !slices.Contains(is.unknown, name) {
				d.undecided(of, "what "+name+" says is not known")
			}
		}
		if slices.Equal(texts(change.Before, change.BoundaryBefore), texts(change.After, change.BoundaryAfter)) {
			continue
		}
		if err := d.Add(of, change); err != nil {
			return err
		}
	}
	*d = d.withLists()
	return nil
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

// held is what is attached to a group or a role, or the trust policy of one: the side
// before of a change. unknown are policies that could not be read.
type held struct {
	policy.Change

	of      string
	unknown []string
}

// heldIn is all of a deployment, by what and whose it is.
func heldIn(d policy.Deployment, document func(arn string) (policy.Document, error)) map[string]held {
	all := map[string]held{}
	for _, g := range d.Groups {
		change := policy.Change{Holder: policy.HeldByUsers, UserARNs: g.MemberARNs, Before: g.Policies}
		all["group "+g.Name] = held{change, "group " + g.Name, nil}
	}
	for _, r := range d.Roles {
		of := "role " + path.Base(r.ARN)
		trust := []policy.NamedDocument{{Name: "the trust policy", Document: r.Trust}}
		all["trust of role "+r.ARN] = held{
			policy.Change{Holder: policy.TrustOfRole, RoleARN: r.ARN, Before: trust}, "trust of " + of, nil,
		}
		role := held{policy.Change{Holder: policy.HeldByRole, RoleARN: r.ARN, BoundaryBefore: r.Boundary}, of, r.NotJudged}
		role.Before = slices.Clone(r.Policies)
		for _, arn := range r.PolicyARNs { // those of customers are among the others
			if policy.IsAWSManaged(arn) {
				role.Before = append(role.Before, role.read(arn, "", document)...)
			}
		}
		if arn := r.PermissionsBoundary; arn != "" && r.Boundary == nil {
			for _, boundary := range role.read(arn, "permissions boundary ", document) {
				role.BoundaryBefore = &boundary
			}
		}
		all["role "+r.ARN] = role
	}
	return all
}

// read is that managed policy, or notes that nobody knows it.
func (h *held) read(arn, what string, document func(arn string) (policy.Document, error)) []policy.NamedDocument {
	read, err := document(arn)
	if err != nil {
		h.unknown = append(slices.Clip(h.unknown), what+arn)
		return nil
	}
	return []policy.NamedDocument{{Name: path.Base(arn), Document: read}}
}
