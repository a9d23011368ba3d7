// Package proof is the verdict on documents, and what a change of them adds and takes
// away, for people and scripts.
package proof

import (
	"errors"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Proof is a [policy.Report] as it is printed; the tags are those of --json.
type Proof struct {
	// Source says where the documents come from.
	Source     string      `json:"source"`
	Account    string      `json:"accountId"`
	Holds      bool        `json:"holds"`
	Classes    int         `json:"classes"`
	Notes      []string    `json:"notes"`
	Guarantees []Guarantee `json:"guarantees"`
}

// Guarantee is what is decided about one guarantee.
type Guarantee struct {
	Guarantee policy.Guarantee `json:"guarantee"`
	Verdict   policy.Verdict   `json:"verdict"`
	Promise   string           `json:"promise"`
	// Classes is the number of requests that were evaluated, one of each class.
	Classes int `json:"classes"`
	// Broken is the number of classes that break it.
	Broken int `json:"broken"`
	// Why says why it is undecided, Conditions on what a verdict depends.
	Why             []string         `json:"why,omitempty"`
	Conditions      []string         `json:"conditions,omitempty"`
	Note            string           `json:"note,omitempty"`
	Counterexamples []Counterexample `json:"counterexamples"`
}

// Counterexample is a [policy.Violation]; one of G8 has a Text alone.
type Counterexample struct {
	Caller     string            `json:"caller,omitempty"`
	Credential policy.Credential `json:"credential,omitempty"`
	Attached   string            `json:"attached,omitempty"`
	Action     string            `json:"action,omitempty"`
	Resource   string            `json:"resource,omitempty"`
	Keys       []string          `json:"keys,omitempty"`
	Decision   string            `json:"decision,omitempty"`
	// Text is all of it in one sentence.
	Text string `json:"text"`
}

// Subject is what to verify, and what a person should know about it.
type Subject struct {
	// Source says in a few words where the documents come from.
	Source     string
	Deployment policy.Deployment
	// Beside are further stacks of the account.
	Beside []policy.Deployment
	Notes  []string
	// Missing says why guarantees are not judged, if documents are missing.
	Missing string
}

// Verify decides what is promised of the subject.
func (s Subject) Verify(limits Limits) Proof {
	stacks := append([]policy.Deployment{s.Deployment}, s.Beside...)
	for i := range stacks {
		stacks[i].SCPs, stacks[i].MemberBoundary = limits.SCPs, limits.Boundary
	}
	s.Notes = append(slices.Clip(s.Notes), limits.Note)
	return Of(s, policy.Verify(stacks...))
}

// Of is the proof of a subject.
func Of(subject Subject, report policy.Report) Proof {
	p := Proof{
		Source: subject.Source, Account: subject.Deployment.Account.ID,
		Holds: report.Holds(), Classes: report.Classes(), Notes: append([]string{}, subject.Notes...),
	}
	for _, result := range report.Results {
		g := Guarantee{
			Guarantee: result.Guarantee, Verdict: result.Verdict, Promise: result.Guarantee.Promise(),
			Classes: result.Classes, Broken: result.Broken, Why: result.Why, Conditions: result.Conditions,
			Note: result.Note, Counterexamples: []Counterexample{},
		}
		if g.Verdict == policy.NotJudged && g.Note == "" {
			g.Note = subject.Missing
		}
		for _, violation := range result.Violations {
			g.Counterexamples = append(g.Counterexamples, counterexampleOf(violation))
		}
		p.Guarantees = append(p.Guarantees, g)
	}
	return p
}

func counterexampleOf(v policy.Violation) Counterexample {
	c := Counterexample{
		Caller: v.Caller, Credential: v.Credential, Attached: v.Attached,
		Action: v.Action, Resource: v.Resource, Keys: v.Keys, Text: v.String(),
	}
	if v.Fault == "" {
		c.Decision = v.Decision.Outcome.String()
	}
	return c
}

// Err says which guarantees are not proved.
func (p Proof) Err() error {
	var faults []error
	if broken := p.with(policy.Broken); len(broken) > 1 {
		faults = append(faults, errors.New(output.Joined(broken, "and")+" do not hold"))
	} else if len(broken) == 1 {
		faults = append(faults, errors.New(broken[0]+" does not hold"))
	}
	if undecided := p.with(policy.Undecided); len(undecided) > 0 {
		faults = append(faults, errors.New("undecided, and so not proved: "+output.Joined(undecided, "and")))
	}
	return errors.Join(faults...)
}

func (p Proof) with(verdict policy.Verdict) []string {
	var list []string
	for _, g := range p.Guarantees {
		if g.Verdict == verdict {
			list = append(list, string(g.Guarantee))
		}
	}
	return list
}
