package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Deployment is all that [Verify] judges: the documents that a stack would
// deploy or that an account has, and who is in which group.
type Deployment struct {
	Account Account
	// Roles are those that people assume with MFA.
	Roles []Role
	// Groups are those whose members must use MFA.
	Groups []Group
	// Enrolment, DeviceName and ExemptActions are what is intended: they are
	// what the documents are held to. The zero values are the strictest.
	Enrolment     Enrolment
	DeviceName    DeviceName
	ExemptActions []string
	// ExemptActionsAtMyRisk are exempt as well: [Verify] judges nothing of what they
	// lead to, and says so.
	ExemptActionsAtMyRisk []string
	// SelfServiceAccessKeys says that members with MFA may replace their own access keys.
	SelfServiceAccessKeys bool
	// WithoutDeny says that the deny is not yet in force by intention.
	WithoutDeny bool
	// TrustPolicyQuota is in characters; zero means IAM's default.
	TrustPolicyQuota int
	// Stored says that IAM holds the documents already: no quota is tried.
	Stored bool
	// GroupsGrantMore says that the groups' policies give their members other
	// rights too, as policies do that this project did not write. What they
	// allow is then judged with what they deny, never on its own.
	GroupsGrantMore bool
	// MemberBoundary is the permissions boundary of the members, if they have one.
	MemberBoundary *NamedDocument
	// SCPs are service control policies that reach the account, one for each level;
	// one that allows nothing stands beside FullAWSAccess.
	SCPs []NamedDocument
}

// exempt are the actions that may be allowed without MFA by intention.
func (d Deployment) exempt() []string { return slices.Concat(d.ExemptActions, d.ExemptActionsAtMyRisk) }

// Role is one role that people assume with MFA: as it is planned, or as an
// account has it.
type Role struct {
	// Key is what a stack's configuration calls the role; empty for one that was
	// read from an account or from files.
	Key string
	// Name is how people know the role: for a planned role its name in IAM.
	Name string
	// Path begins and ends with a slash.
	Path        string
	ARN         string
	Description string
	// Trust is its trust policy.
	Trust Document
	// TrustedUserARNs are the users meant to assume it.
	TrustedUserARNs []string
	// PolicyARNs are the managed policies that are attached.
	PolicyARNs []string
	// Policies are the policies whose documents are known, by name.
	Policies []NamedDocument
	// NotJudged are the names of attached policies whose documents are not known.
	NotJudged []string
	// MaxSessionDuration is in whole seconds.
	MaxSessionDuration time.Duration
	// PermissionsBoundary is the ARN of a managed policy, or empty.
	PermissionsBoundary string
	// Boundary is its document, if that is known.
	Boundary *NamedDocument
}

// Group is one group whose members must use MFA: as it is planned, or as an
// account has it.
type Group struct {
	Name string
	// Policies are the documents attached to the group that concern MFA.
	Policies []NamedDocument
	// RoleARNs are the roles meant for the members.
	RoleARNs []string
	// MemberARNs are the users in the group.
	MemberARNs []string
}

// NamedDocument is a document and the name that a person knows it by.
type NamedDocument struct {
	Name     string
	Document Document
}

// compiledRole and compiledGroup are made ready for [Evaluate].
type compiledRole struct {
	Role
	trust    Attached
	policies []Attached
	boundary *Attached
}

type compiledGroup struct {
	Group
	policies []Attached
	// allows are the policies without their denials: what they grant on their
	// own, as in a roll-out before the deny is in force.
	allows []Attached
}

func (r Role) compile() (compiledRole, error) {
	trust, err := compileNamed(NamedDocument{"the trust policy of " + r.Name, r.Trust})
	policies, policiesErr := compileAll(r.Policies)
	boundary, boundaryErr := compileBoundary(r.Boundary)
	return compiledRole{r, trust, policies, boundary}, errors.Join(err, policiesErr, boundaryErr)
}

func (g Group) compile() (compiledGroup, error) {
	policies, err := compileAll(g.Policies)
	compiled := compiledGroup{Group: g, policies: policies}
	for _, one := range policies {
		allows := slices.DeleteFunc(slices.Clone(one.Policy.statements), func(s statement) bool { return s.deny })
		compiled.allows = append(compiled.allows, Attached{one.Name, &Compiled{allows}})
	}
	return compiled, err
}

func compileAll(documents []NamedDocument) ([]Attached, error) {
	attached := make([]Attached, 0, len(documents))
	var faults []error
	for _, named := range documents {
		one, err := compileNamed(named)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		attached = append(attached, one)
	}
	return attached, errors.Join(faults...)
}

func compileNamed(named NamedDocument) (Attached, error) {
	compiled, err := Compile(named.Document)
	if err != nil {
		return Attached{}, fmt.Errorf("%s: %w", named.Name, err)
	}
	return Attached{Name: named.Name, Policy: compiled}, nil
}

// shape tells groups apart whose policies differ in more than the roles that they
// allow, each its own: those that its RoleARNs say, and exactly those. Nothing else
// in policies of one shape tells roles apart where sts:AssumeRole is concerned, so
// that naming the roles of one group as those of another turns the one into the
// other, and what holds for all users that there may be holds for both. Limits that
// tell roles apart do.
func (g *compiledGroup) shape(toldApart bool) string {
	var text strings.Builder
	own := sorted(g.RoleARNs)
	allowed, renames := len(own) == 0, !toldApart && !slices.ContainsFunc(own, func(text string) bool {
		arn, err := ParseIAMARN(text)
		return err != nil || arn.Kind != "role"
	})
	for i, named := range g.Policies {
		document := named.Document
		document.Statements = slices.Clone(document.Statements)
		for j, s := range document.Statements {
			switch {
			case s.Effect == Allow && slices.Equal(s.Action, Values{assumeRole}) && slices.Equal(sorted(s.Resource), own):
				document.Statements[j].Resource, allowed = nil, true
			case g.policies[i].Policy.statements[j].coversAction(assumeRole):
				renames = renames && slices.Equal(s.Resource, Values{"*"})
			}
		}
		text.WriteString(document.String())
	}
	if !allowed || !renames {
		text.WriteString(strings.Join(own, " "))
	}
	return text.String()
}
