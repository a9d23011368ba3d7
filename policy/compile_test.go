package policy_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	eachLine(t, "not-compiled.txt", func(t *testing.T, says, elements string) {
		t.Helper()
		document, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Deny",` + elements + `}}`)
		require.NoError(t, err)
		c, err := policy.Compile(document)
		require.ErrorIs(t, err, policy.ErrSyntax)
		require.ErrorContains(t, err, "statement 1: ")
		require.ErrorContains(t, err, says)
		require.Nil(t, c)
	})
}

func TestCompileRefusesWhatParseDoes(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]policy.Statement{
		"no effect":          {Action: policy.Values{"*"}},
		"no action":          {Effect: policy.Deny},
		"both principals":    {Effect: policy.Deny, Action: policy.Values{"*"}, Principal: &policy.Principal{All: true}, NotPrincipal: &policy.Principal{All: true}},
		"both resource kind": {Effect: policy.Deny, Action: policy.Values{"*"}, Resource: policy.Values{"*"}, NotResource: policy.Values{"*"}},
	} {
		_, err := policy.Compile(policy.Document{Statements: []policy.Statement{s}})
		require.ErrorIs(t, err, policy.ErrSyntax, name)
	}
	_, err := policy.Compile(policy.Document{})
	require.ErrorIs(t, err, policy.ErrSyntax)
}

func TestCompileReportsEveryStatement(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse(`{"Statement":[{"Effect":"Deny","Action":"x","Resource":"y"},
		{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"y"}]}`)
	require.NoError(t, err)
	_, err = policy.Compile(document)
	require.ErrorContains(t, err, `statement 1: malformed policy document: action "x"`)
	require.ErrorContains(t, err, `resource "y"`)
	require.NotContains(t, err.Error(), "statement 2")
	require.ErrorContains(t, err, "statement 3: ")
}

// Every document of the corpus compiles, but for those with an empty list or a
// number written with an exponent, which IAM does not document.
func TestCompileCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "[vg][ao]*", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files), 50)
	for _, file := range files {
		document, err := policy.Parse(read(t, file))
		require.NoError(t, err, file)
		_, err = policy.Compile(document)
		if strings.Contains(file, "identity-empty-") || strings.Contains(file, "json-numbers") {
			require.ErrorIs(t, err, policy.ErrSyntax, file)
			continue
		}
		require.NoError(t, err, file)
	}
}

// A compiled document shares nothing with the document it came from.
func TestCompileDoesNotChangeTheDocument(t *testing.T) {
	t.Parallel()
	actions := append(make(policy.Values, 0, 4), "s3:GetObject")
	document := policy.Document{Statements: []policy.Statement{
		{Effect: policy.Allow, Action: actions, Resource: policy.Values{"*"}},
	}}
	c, err := policy.Compile(document)
	require.NoError(t, err)
	actions[0] = "s3:PutObject"
	require.True(t, decide(c, policy.Request{Caller: bob(), Action: "s3:GetObject", Resource: "*"}).Allowed)
}

func TestContext(t *testing.T) {
	t.Parallel()
	c := policy.NewContext(map[string][]string{"aws:X": {"1"}, "AWS:x": {"0"}, "a:empty": nil})
	values, ok := c.Lookup("Aws:x")
	require.True(t, ok)
	require.Equal(t, []string{"0", "1"}, values)
	values, ok = c.Lookup("a:empty")
	require.True(t, ok)
	require.Empty(t, values)

	changed := c.With("AWS:X", "2").Without("A:Empty")
	values, _ = changed.Lookup("aws:x")
	require.Equal(t, []string{"2"}, values)
	_, ok = changed.Lookup("a:empty")
	require.False(t, ok)
	values, _ = c.Lookup("aws:x")
	require.Equal(t, []string{"0", "1"}, values, "the first context does not change")

	each := c.WithEach(map[string]string{"AWS:X": "3", "b:c": "4"})
	require.Equal(t, c.With("aws:x", "3").With("b:c", "4"), each)
	values, _ = c.Lookup("aws:x")
	require.Equal(t, []string{"0", "1"}, values, "nor now")

	_, ok = policy.Context{}.Without("a:b").Lookup("a:b")
	require.False(t, ok)
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func TestCallerContext(t *testing.T) {
	t.Parallel()
	withoutID := devRole()
	withoutID.UniqueID = ""
	for name, test := range map[string]struct {
		caller policy.Caller
		want   string
	}{
		"user":                    {bob(), "aws:PrincipalType=User; aws:username=bob; aws:userid=AIDABOB0000000000000; aws:PrincipalArn=" + bobARN + "; aws:PrincipalAccount=" + account},
		"role session":            {devRole(), "aws:PrincipalType=AssumedRole; aws:userid=AROADEV0000000000000:bob; aws:PrincipalArn=" + devARN + "; aws:PrincipalAccount=" + account},
		"role session without id": {withoutID, "aws:PrincipalType=AssumedRole; aws:PrincipalArn=" + devARN + "; aws:PrincipalAccount=" + account},
		"federated user":          {federatedBob(), "aws:PrincipalType=FederatedUser; aws:userid=123456789012:bob; aws:PrincipalArn=arn:aws:sts::123456789012:federated-user/bob; aws:PrincipalAccount=" + account},
		"root":                    {rootUser(account), "aws:PrincipalType=Account; aws:userid=123456789012; aws:PrincipalArn=arn:aws:iam::123456789012:root; aws:PrincipalAccount=" + account},
		"anonymous":               {policy.Caller{}, "aws:PrincipalType=Anonymous"},
		"service":                 {ec2Service(), ""},
		"saml provider":           {samlProvider(), "aws:PrincipalAccount=" + account},
	} {
		want := contextOf(test.want)
		if test.want == "" {
			want = policy.NewContext(nil)
		}
		require.Equal(t, want, test.caller.Context(), name)
	}
}

func TestNilPolicyHasNoStatements(t *testing.T) {
	t.Parallel()
	r := policy.Request{Caller: bob(), Action: "s3:GetObject", Resource: "*"}
	require.Equal(t, "allowed: identity-based policy All", asText(policy.Evaluate(r, policy.Policies{
		Identity: []policy.Attached{{}, attached(t, "identity", allowAll)[0]},
	})))
	require.Equal(t, noBoundary, asText(policy.Evaluate(r, policy.Policies{
		Identity: attached(t, "identity", allowAll), Boundary: &policy.Attached{},
	})))
}

// The decision names the policy, the statement and its place.
func TestDecisionNamesTheStatement(t *testing.T) {
	t.Parallel()
	r := policy.Request{Caller: bob(), Action: "s3:GetObject", Resource: "*"}
	d := policy.Evaluate(r, policy.Policies{Identity: []policy.Attached{
		{Name: "first", Policy: compiled(t, allowNothing)},
		{Name: "second", Policy: compiled(t, allowNothing+","+allowAll)},
	}})
	require.Equal(t, policy.Decision{
		Allowed: true, Outcome: policy.Allowed, Side: policy.SideIdentity, Policy: "second", Sid: "All", Index: 1,
	}, d)
	require.Equal(t, policy.Decision{Side: policy.SideIdentity, Index: -1}, policy.Evaluate(r, policy.Policies{}))
}
