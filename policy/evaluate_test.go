package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ruleGroup are the cases of one rule of the IAM User Guide. The page is the
// last part of https://docs.aws.amazon.com/IAM/latest/UserGuide/PAGE.html, or an
// address elsewhere.
type ruleGroup struct {
	page, rule string
	cases      []ruleCase
}

type ruleCase struct {
	name  string
	check func(t *testing.T)
}

// ruleGroups are all tables of evaluator cases.
func ruleGroups(t *testing.T) []ruleGroup {
	t.Helper()
	return slices.Concat(tableGroups(t), decisionGroups(t), projectGroups(t))
}

func TestEvaluateFollowsTheUserGuide(t *testing.T) {
	t.Parallel()
	for _, group := range ruleGroups(t) {
		t.Run(group.page+": "+group.rule, func(t *testing.T) {
			t.Parallel()
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.check(t)
				})
			}
		})
	}
}

func TestEvaluateHasEnoughCases(t *testing.T) {
	t.Parallel()
	total, seen := 0, map[string]bool{}
	for _, group := range ruleGroups(t) {
		require.NotEmpty(t, group.cases, group.rule)
		for _, c := range group.cases {
			name := group.page + group.rule + c.name
			require.False(t, seen[name], "twice: %s", name)
			seen[name] = true
		}
		total += len(group.cases)
	}
	require.GreaterOrEqual(t, total, 600)
	t.Logf("%d cases in %d groups", total, len(ruleGroups(t)))
}

const (
	account      = "123456789012"
	otherAccount = "999999999999"
	bobARN       = "arn:aws:iam::123456789012:user/bob"
	devARN       = "arn:aws:iam::123456789012:role/dev"
	devSession   = "arn:aws:sts::123456789012:assumed-role/dev/bob"
	bucketARN    = "arn:aws:s3:::bucket/key"
)

func bob() policy.Caller {
	return policy.Caller{Kind: policy.UserCaller, ARN: bobARN, Account: account, UniqueID: "AIDABOB0000000000000"}
}

func otherBob() policy.Caller {
	return policy.Caller{
		Kind: policy.UserCaller, ARN: "arn:aws:iam::999999999999:user/bob", Account: otherAccount,
	}
}

func devRole() policy.Caller {
	return policy.Caller{
		Kind: policy.RoleSessionCaller, ARN: devSession, Account: account, IssuerARN: devARN,
		UniqueID: "AROADEV0000000000000",
	}
}

func federatedBob() policy.Caller {
	return policy.Caller{
		Kind: policy.FederatedUserCaller, ARN: "arn:aws:sts::123456789012:federated-user/bob", Account: account,
		IssuerARN: bobARN,
	}
}

func rootUser(id string) policy.Caller {
	return policy.Caller{Kind: policy.RootCaller, ARN: "arn:aws:iam::" + id + ":root", Account: id}
}

func ec2Service() policy.Caller {
	return policy.Caller{Kind: policy.ServiceCaller, ARN: "ec2.amazonaws.com"}
}

func samlProvider() policy.Caller {
	return policy.Caller{
		Kind: policy.IdentityProviderCaller, ARN: "arn:aws:iam::123456789012:saml-provider/okta", Account: account,
	}
}

// callers are one of each kind, by the names the tables give them.
func callers() map[string]policy.Caller {
	return map[string]policy.Caller{
		"user": bob(), "user elsewhere": otherBob(), "role session": devRole(), "federated user": federatedBob(),
		"root": rootUser(account), "root elsewhere": rootUser(otherAccount), "service": ec2Service(),
		"saml provider": samlProvider(), "anonymous": {}, "user of no account": {Kind: policy.UserCaller, ARN: bobARN},
		"carlos": {Kind: policy.UserCaller, ARN: "arn:aws:iam::123456789012:user/carlossalazar", Account: account},
	}
}

// compiled compiles the statements of a document of version 2012-10-17.
func compiled(t require.TestingT, statements string) *policy.Compiled {
	return compiledVersion(t, `"Version":"2012-10-17",`, statements)
}

func compiledVersion(t require.TestingT, version, statements string) *policy.Compiled {
	text := "{" + version + `"Statement":[` + statements + "]}"
	document, err := policy.Parse(text)
	require.NoError(t, err, text)
	c, err := policy.Compile(document)
	require.NoError(t, err, text)
	return c
}

// attached are the policies of one side; each text is the statements of one.
func attached(t require.TestingT, side string, texts ...string) []policy.Attached {
	var list []policy.Attached
	for _, text := range texts {
		if text != "" {
			list = append(list, policy.Attached{Name: side, Policy: compiled(t, text)})
		}
	}
	return list
}

func oneAttached(t require.TestingT, side, text string) *policy.Attached {
	if text == "" {
		return nil
	}
	return &attached(t, side, text)[0]
}

// contextOf reads "key=value|value; key=; key": a key alone is the empty set.
func contextOf(text string) policy.Context {
	var c policy.Context
	for item := range strings.SplitSeq(text, "; ") {
		key, value, hasValue := strings.Cut(item, "=")
		switch {
		case hasValue:
			c = c.With(key, strings.Split(value, "|")...)
		case key != "":
			c = c.With(key)
		}
	}
	return c
}

// asText is the decision as the tables write it.
func asText(d policy.Decision) string {
	switch {
	case d.Outcome == policy.ImplicitDeny:
		return "implicit deny: " + d.Side.String()
	case d.Index < 0:
		return d.Outcome.String() + ": " + d.Side.String()
	}
	return fmt.Sprintf("%s: %s %s", d.Outcome, d.Side, d.Sid)
}

// requireConsistent holds what is true of every decision.
func requireConsistent(t require.TestingT, d policy.Decision) {
	require.Equal(t, d.Outcome == policy.Allowed, d.Allowed)
	require.Equal(t, d.Outcome == policy.ImplicitDeny || d.Side == policy.SideNone, d.Index < 0)
}

// decide evaluates one identity-based policy for a user.
func decide(c *policy.Compiled, r policy.Request) policy.Decision {
	return policy.Evaluate(r, policy.Policies{
		Identity: []policy.Attached{{Name: "identity", Policy: c}}, ResourceAccount: r.Caller.Account,
	})
}

// applies reports whether the statement made of these elements applies to the
// request, as an Allow and as a Deny.
func applies(t *testing.T, version, elements string, r policy.Request) (allow, deny bool) {
	t.Helper()
	if r.Caller.Kind == policy.AnonymousCaller {
		r.Caller = bob()
	}
	c := compiledVersion(t, version, `{"Effect":"Allow",`+elements+`}`)
	allowed := decide(c, r)
	requireConsistent(t, allowed)
	c = compiledVersion(t, version, `{"Effect":"Deny",`+elements+`}`)
	denied := decide(c, r)
	requireConsistent(t, denied)
	return allowed.Allowed, denied.Outcome == policy.ExplicitDeny
}
