package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// grammarCase is a document and its one fault, if it has one.
type grammarCase struct {
	fault      string
	statements []policy.Statement
}

type change = func(*policy.Statement)

// changed are statements that are good but for the changes, one for each.
func changed(good policy.Statement, changes ...change) []policy.Statement {
	var list []policy.Statement
	for _, apply := range changes {
		s := good
		apply(&s)
		list = append(list, s)
	}
	return list
}

func unchanged(*policy.Statement) {}

func sid(text string) change { return func(s *policy.Statement) { s.Sid = text } }

func TestCheckIdentity(t *testing.T) {
	t.Parallel()
	good := policy.Statement{Effect: policy.Allow, Action: policy.Values{"s3:*"}, Resource: policy.Values{"*"}}
	resources := func(resource, notResource policy.Values) change {
		return func(s *policy.Statement) { s.Resource, s.NotResource = resource, notResource }
	}
	everybody := &policy.Principal{All: true}
	requireGrammar(t, policy.Document.CheckIdentity, good, []grammarCase{
		{"", changed(good, resources(nil, policy.Values{"*"}))},
		{"statement 1: malformed policy document: Has prohibited field Principal", changed(good, func(s *policy.Statement) { s.Principal = everybody })},
		{"Has prohibited field NotPrincipal", changed(good, func(s *policy.Statement) { s.NotPrincipal = everybody })},
		{"statement 2: malformed policy document: Policy statement must contain resources", changed(good, unchanged, resources(nil, nil))},
		{"Policy statement must contain resources", changed(good, resources(policy.Values{}, nil))},
		{"Policy statement must contain resources", changed(good, resources(nil, policy.Values{}))},
		{"cannot have both Resource and NotResource", changed(good, resources(policy.Values{"*"}, policy.Values{"*"}))},
	})
}

func TestCheckTrust(t *testing.T) {
	t.Parallel()
	alice := &policy.Principal{AWS: policy.Values{"arn:aws:iam::123456789012:user/alice"}}
	good := policy.Statement{Effect: policy.Allow, Action: policy.Values{"sts:AssumeRole"}, Principal: alice}
	principals := func(principal, notPrincipal *policy.Principal) change {
		return func(s *policy.Statement) { s.Principal, s.NotPrincipal = principal, notPrincipal }
	}
	requireGrammar(t, policy.Document.CheckTrust, good, []grammarCase{
		{"", changed(good, principals(&policy.Principal{All: true}, nil))},
		{"", changed(good, principals(&policy.Principal{Service: policy.Values{"x"}}, nil))},
		{"", changed(good, principals(&policy.Principal{Federated: policy.Values{"x"}}, nil))},
		{"", changed(good, principals(&policy.Principal{CanonicalUser: policy.Values{"x"}}, nil))},
		{"", changed(good, principals(nil, alice))},
		{"statement 1: malformed policy document: Has prohibited field Resource", changed(good, func(s *policy.Statement) { s.Resource = policy.Values{"*"} })},
		{"Has prohibited field Resource", changed(good, func(s *policy.Statement) { s.Resource = policy.Values{} })},
		{"Has prohibited field NotResource", changed(good, func(s *policy.Statement) { s.NotResource = policy.Values{"*"} })},
		{"statement 2: malformed policy document: Missing required field Principal", changed(good, unchanged, principals(nil, nil))},
		{"Missing required field Principal", changed(good, principals(&policy.Principal{AWS: policy.Values{}}, nil))},
		{"cannot have both Principal and NotPrincipal", changed(good, principals(alice, alice))},
	})
}

// requireGrammar also holds the rules for every kind of policy.
func requireGrammar(t *testing.T, check func(policy.Document) error, good policy.Statement, cases []grammarCase) {
	t.Helper()
	actions := func(action, notAction policy.Values) change {
		return func(s *policy.Statement) { s.Action, s.NotAction = action, notAction }
	}
	effect := func(effect policy.Effect) change { return func(s *policy.Statement) { s.Effect = effect } }
	cases = append(cases, []grammarCase{
		{"", changed(good, unchanged, unchanged)},
		{"", changed(good, sid("azAZ09"), sid("azAZ0"), sid("AZAZ09"))},
		{"", changed(good, actions(nil, good.Action))},
		{"", changed(good, effect(policy.Deny))},
		{"the document has no statements", nil},
		{"statement 3: malformed policy document: Statement IDs (SID) in a single policy must be unique: A is used twice", changed(good, sid("A"), sid("B"), sid("A"))},
		{"Statement IDs (SID) must be alphanumeric: My Sid", changed(good, sid("My Sid"))},
		{"must be alphanumeric", changed(good, sid("my-sid"))},
		{"must be alphanumeric", changed(good, sid("my_sid"))},
		{"must be alphanumeric", changed(good, sid("Zürich"))},
		{`Effect ""`, changed(good, effect(""))},
		{"either Action or NotAction", changed(good, actions(nil, nil))},
		{"Policy statement must contain actions", changed(good, actions(policy.Values{}, nil))},
		{"Policy statement must contain actions", changed(good, actions(nil, policy.Values{}))},
		{"either Action or NotAction", changed(good, actions(good.Action, good.Action))},
	}...)
	for _, c := range cases {
		err := check(policy.Document{Version: policy.Version20121017, Statements: c.statements})
		if c.fault == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, policy.ErrSyntax)
		require.ErrorContains(t, err, c.fault)
		require.NotContains(t, err.Error(), "\n", "one fault")
	}
	err := check(policy.Document{Statements: changed(good, func(s *policy.Statement) { s.Sid, s.Effect = "A", "allow" }, sid("A"),
		func(s *policy.Statement) { s.Sid, s.Action = "!", nil })})
	require.Len(t, strings.Split(err.Error(), "\n"), 4, "every fault at once: %s", err)
}
