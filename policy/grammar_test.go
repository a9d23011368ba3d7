package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// identity is a statement that an identity policy may have.
func identity(change ...func(*policy.Statement)) policy.Statement {
	s := policy.Statement{Effect: policy.Allow, Action: policy.Values{"s3:*"}, Resource: policy.Values{"*"}}
	for _, f := range change {
		f(&s)
	}
	return s
}

// trusting is a statement that a trust policy may have.
func trusting(change ...func(*policy.Statement)) policy.Statement {
	s := policy.Statement{
		Effect: policy.Allow, Action: policy.Values{"sts:AssumeRole"},
		Principal: &policy.Principal{AWS: policy.Values{"arn:aws:iam::123456789012:user/alice"}},
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func sid(text string) func(*policy.Statement) {
	return func(s *policy.Statement) { s.Sid = text }
}

type grammarTest struct {
	statements []policy.Statement
	// faults are parts of the messages, one for each fault; none means valid.
	faults []string
}

func TestCheckIdentity(t *testing.T) {
	t.Parallel()
	tests := commonGrammar(identity)
	tests["NotResource"] = grammarTest{statements: []policy.Statement{identity(func(s *policy.Statement) {
		s.Resource, s.NotResource = nil, policy.Values{"*"}
	})}}
	tests["principal"] = grammarTest{
		statements: []policy.Statement{identity(func(s *policy.Statement) { s.Principal = &policy.Principal{All: true} })},
		faults:     []string{"statement 1: malformed policy document: Has prohibited field Principal"},
	}
	tests["not principal"] = grammarTest{
		statements: []policy.Statement{identity(func(s *policy.Statement) { s.NotPrincipal = &policy.Principal{All: true} })},
		faults:     []string{"Has prohibited field NotPrincipal"},
	}
	tests["no resource"] = grammarTest{
		statements: []policy.Statement{identity(), identity(func(s *policy.Statement) { s.Resource = nil })},
		faults:     []string{"statement 2: malformed policy document: Policy statement must contain resources"},
	}
	tests["empty resource"] = grammarTest{
		statements: []policy.Statement{identity(func(s *policy.Statement) { s.Resource = policy.Values{} })},
		faults:     []string{"Policy statement must contain resources"},
	}
	tests["empty not resource"] = grammarTest{
		statements: []policy.Statement{identity(func(s *policy.Statement) {
			s.Resource, s.NotResource = nil, policy.Values{}
		})},
		faults: []string{"Policy statement must contain resources"},
	}
	tests["resource and not resource"] = grammarTest{
		statements: []policy.Statement{identity(func(s *policy.Statement) { s.NotResource = policy.Values{"*"} })},
		faults:     []string{"cannot have both Resource and NotResource"},
	}
	runGrammar(t, tests, policy.Document.CheckIdentity)
}

func TestCheckTrust(t *testing.T) {
	t.Parallel()
	tests := commonGrammar(trusting)
	tests["everybody"] = grammarTest{statements: []policy.Statement{trusting(func(s *policy.Statement) {
		s.Principal = &policy.Principal{All: true}
	})}}
	for name, p := range map[string]policy.Principal{
		"service": {Service: policy.Values{"x"}}, "federated": {Federated: policy.Values{"x"}},
		"canonical user": {CanonicalUser: policy.Values{"x"}},
	} {
		tests[name] = grammarTest{statements: []policy.Statement{trusting(func(s *policy.Statement) { s.Principal = &p })}}
	}
	tests["not principal"] = grammarTest{statements: []policy.Statement{trusting(func(s *policy.Statement) {
		s.Effect, s.Principal, s.NotPrincipal = policy.Deny, nil, s.Principal
	})}}
	tests["resource"] = grammarTest{
		statements: []policy.Statement{trusting(func(s *policy.Statement) { s.Resource = policy.Values{"*"} })},
		faults:     []string{"statement 1: malformed policy document: Has prohibited field Resource"},
	}
	tests["empty resource"] = grammarTest{
		statements: []policy.Statement{trusting(func(s *policy.Statement) { s.Resource = policy.Values{} })},
		faults:     []string{"Has prohibited field Resource"},
	}
	tests["not resource"] = grammarTest{
		statements: []policy.Statement{trusting(func(s *policy.Statement) { s.NotResource = policy.Values{"*"} })},
		faults:     []string{"Has prohibited field NotResource"},
	}
	tests["no principal"] = grammarTest{
		statements: []policy.Statement{trusting(), trusting(func(s *policy.Statement) { s.Principal = nil })},
		faults:     []string{"statement 2: malformed policy document: Missing required field Principal"},
	}
	tests["principal that names nobody"] = grammarTest{
		statements: []policy.Statement{trusting(func(s *policy.Statement) {
			s.Principal = &policy.Principal{AWS: policy.Values{}}
		})},
		faults: []string{"Missing required field Principal"},
	}
	tests["principal and not principal"] = grammarTest{
		statements: []policy.Statement{trusting(func(s *policy.Statement) { s.NotPrincipal = s.Principal })},
		faults:     []string{"cannot have both Principal and NotPrincipal"},
	}
	runGrammar(t, tests, policy.Document.CheckTrust)
}

// commonGrammar are the rules for every kind of policy, said with statements
// that are otherwise good.
func commonGrammar(good func(...func(*policy.Statement)) policy.Statement) map[string]grammarTest {
	return map[string]grammarTest{
		"one":    {statements: []policy.Statement{good()}},
		"no Sid": {statements: []policy.Statement{good(), good()}},
		"Sids":   {statements: []policy.Statement{good(sid("azAZ09")), good(sid("azAZ0")), good(sid("AZAZ09"))}},
		"NotAction": {statements: []policy.Statement{good(func(s *policy.Statement) {
			s.Action, s.NotAction = nil, s.Action
		})}},
		"deny":         {statements: []policy.Statement{good(func(s *policy.Statement) { s.Effect = policy.Deny })}},
		"no statement": {faults: []string{"the document has no statements"}},
		"Sid twice": {
			statements: []policy.Statement{good(sid("A")), good(sid("B")), good(sid("A"))},
			faults: []string{
				"statement 3: malformed policy document: Statement IDs (SID) in a single policy must be unique: A is used twice",
			},
		},
		"Sid with space": {
			statements: []policy.Statement{good(sid("My Sid"))},
			faults:     []string{"Statement IDs (SID) must be alphanumeric: My Sid"},
		},
		"Sid with hyphen": {
			statements: []policy.Statement{good(sid("my-sid"))},
			faults:     []string{"must be alphanumeric"},
		},
		"Sid with underscore": {
			statements: []policy.Statement{good(sid("my_sid"))},
			faults:     []string{"must be alphanumeric"},
		},
		"Sid with umlaut": {
			statements: []policy.Statement{good(sid("Zürich"))},
			faults:     []string{"must be alphanumeric"},
		},
		"no effect": {
			statements: []policy.Statement{good(func(s *policy.Statement) { s.Effect = "" })},
			faults:     []string{`Effect ""`},
		},
		"no action": {
			statements: []policy.Statement{good(func(s *policy.Statement) { s.Action = nil })},
			faults:     []string{"either Action or NotAction"},
		},
		"empty action": {
			statements: []policy.Statement{good(func(s *policy.Statement) { s.Action = policy.Values{} })},
			faults:     []string{"Policy statement must contain actions"},
		},
		"empty not action": {
			statements: []policy.Statement{good(func(s *policy.Statement) { s.Action, s.NotAction = nil, policy.Values{} })},
			faults:     []string{"Policy statement must contain actions"},
		},
		"action and not action": {
			statements: []policy.Statement{good(func(s *policy.Statement) { s.NotAction = s.Action })},
			faults:     []string{"either Action or NotAction"},
		},
		"every fault at once": {
			statements: []policy.Statement{
				good(sid("A"), func(s *policy.Statement) { s.Effect = "allow" }),
				good(sid("A")),
				good(sid("!"), func(s *policy.Statement) { s.Action = nil }),
			},
			faults: []string{
				"statement 1", `"allow"`, "statement 2", "must be unique", "statement 3", "NotAction", "alphanumeric: !",
			},
		},
	}
}

func runGrammar(t *testing.T, tests map[string]grammarTest, check func(policy.Document) error) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check(policy.Document{Version: policy.Version20121017, Statements: test.statements})
			if test.faults == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, policy.ErrSyntax)
			for _, fault := range test.faults {
				require.ErrorContains(t, err, fault)
			}
			if len(test.faults) == 1 {
				require.Len(t, strings.Split(err.Error(), "\n"), 1, err)
			}
		})
	}
}
