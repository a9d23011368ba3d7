package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Guarantee is one promise of this project about what is deployed.
type Guarantee string

// The guarantees that documents can be held to. (G9, that no step of a deploy
// locks anybody out, is about an order and not about documents.)
const (
	G1 Guarantee = "G1"
	G2 Guarantee = "G2"
	G3 Guarantee = "G3"
	G4 Guarantee = "G4"
	G5 Guarantee = "G5"
	G6 Guarantee = "G6"
	G7 Guarantee = "G7"
	G8 Guarantee = "G8"
)

// Guarantees are all of them, in order.
func Guarantees() []Guarantee { return []Guarantee{G1, G2, G3, G4, G5, G6, G7, G8} }

// Promise is the guarantee in words.
func (g Guarantee) Promise() string {
	return cmp.Or(map[Guarantee]string{
		G1: "Without MFA a member of the group can do nothing but enrol, whatever else is attached to them",
		G2: "Enrolment reaches only the caller's own user and the device named after them, and gives nothing else",
		G3: "With MFA a trusted user can assume the role, and the role's session can use its policies",
		G4: "Nobody else can assume the role, MFA or not",
		G5: "Nobody assumes the role without MFA",
		G6: "Calls that AWS services make for a user with MFA are not denied",
		G7: "With enrolment admin everything is denied without MFA",
		G8: "Every document is valid and inside AWS's quotas",
	}[g], string(g))
}

// Violation is a counterexample: a request that is decided as the guarantee
// says it must not be, or, for G8, a document that IAM would refuse.
type Violation struct {
	Guarantee Guarantee
	// Caller is the ARN of who asks, or says what they are.
	Caller     string
	Credential Credential
	// Attached is what else is attached to the caller: nothing, or
	// AdministratorAccess.
	Attached string
	Action   string
	Resource string
	// Keys are the condition keys that matter and may be chosen, each as
	// key=value.
	Keys     []string
	Decision Decision
	// Fault is what is wrong with a document; the other fields are then empty.
	Fault string
}

// String is the counterexample in one sentence.
func (v Violation) String() string {
	if v.Fault != "" {
		return v.Fault
	}
	verdict := "is denied"
	if v.Decision.Allowed {
		verdict = "is allowed"
	}
	keys := ""
	if len(v.Keys) > 0 {
		keys = " and " + strings.Join(v.Keys, " and ")
	}
	return fmt.Sprintf("%s on %s %s to %s with credential %s%s and %s attached: %s",
		v.Action, v.Resource, verdict, v.Caller, v.Credential, keys, v.Attached, v.Decision.Reason())
}

// Statement names the deciding statement, by its Sid or else its number; empty where
// there is none.
func (d Decision) Statement() string {
	if d.Sid == "" && d.Index >= 0 {
		return fmt.Sprintf("statement %d", d.Index+1)
	}
	return d.Sid
}

// Reason says which statement decided, or that none allowed.
func (d Decision) Reason() string {
	switch {
	case d.Index < 0 && d.Allowed:
		return "the account root needs no allow"
	case d.Index < 0:
		return fmt.Sprintf("no statement of the %s allows it", d.Side)
	}
	verb := "allowed"
	if d.Outcome == ExplicitDeny {
		verb = "denied"
	}
	return fmt.Sprintf("%s by %s of %s (%s)", verb, d.Statement(), d.Policy, d.Side)
}

// Verdict is what is decided about a guarantee.
type Verdict string

// The verdicts. Undecided is not proved.
const (
	// Proved says that no request of any class breaks the guarantee.
	Proved Verdict = "proved"
	// Broken says that some request does: [Evaluate] confirms it.
	Broken Verdict = "broken"
	// Undecided says that nothing was found, but not all could be looked at.
	Undecided Verdict = "undecided"
	// NotJudged says that there is nothing to judge.
	NotJudged Verdict = "not judged"
)

// Result is what is decided about one guarantee.
type Result struct {
	Guarantee Guarantee
	Verdict   Verdict
	// Classes is the number of requests evaluated, one for each class of
	// requests that no policy tells apart; for G8 of documents and quotas.
	Classes int
	// Broken is how many of them break the guarantee.
	Broken int
	// Violations are the first of those.
	Violations []Violation
	// Why says why something is undecided, each reason once.
	Why []string
	// Conditions say on what circumstances it depends that something is
	// possible, as the guarantee says it must be.
	Conditions []string
	// Note says why a guarantee was not judged, or what it was not judged of.
	Note string
}

// Holds reports whether the guarantee is proved, or not judged.
func (r Result) Holds() bool { return r.Verdict == Proved || r.Verdict == NotJudged }

// Report is the outcome of [Verify], one result for each guarantee, in order.
type Report struct {
	Results []Result
	// NotJudged are policies attached to roles whose documents are not known:
	// nothing is said of what they allow or deny.
	NotJudged []string
}

// Holds reports whether every guarantee that is judged is proved.
func (r Report) Holds() bool {
	return !slices.ContainsFunc(r.Results, func(result Result) bool { return !result.Holds() })
}

// Classes is the number of requests and documents evaluated for all guarantees.
func (r Report) Classes() int {
	classes := 0
	for _, result := range r.Results {
		classes += result.Classes
	}
	return classes
}

// Violations are the first counterexamples of every guarantee.
func (r Report) Violations() []Violation {
	var all []Violation
	for _, result := range r.Results {
		all = append(all, result.Violations...)
	}
	return all
}

// ViolationError says that documents break guarantees, or may.
type ViolationError struct{ Report Report }

// Error lists the first counterexample of each broken guarantee, and why others
// are undecided.
func (e *ViolationError) Error() string {
	var out strings.Builder
	out.WriteString("the documents break what this project guarantees:")
	if len(e.Report.Violations()) == 0 {
		out.Reset()
		out.WriteString("it is undecided whether the documents keep what this project guarantees:")
	}
	for _, result := range e.Report.Results {
		switch result.Verdict {
		case Broken:
			fmt.Fprintf(&out, "\n  - %s (%s): %s", result.Guarantee, result.Guarantee.Promise(), result.Violations[0])
		case Undecided:
			fmt.Fprintf(&out, "\n  - %s (%s): undecided: %s",
				result.Guarantee, result.Guarantee.Promise(), strings.Join(result.Why, "; "))
		case Proved, NotJudged:
		}
	}
	return out.String()
}

// Err is a [*ViolationError] unless the report holds.
func (r Report) Err() error {
	if r.Holds() {
		return nil
	}
	return &ViolationError{Report: r}
}
