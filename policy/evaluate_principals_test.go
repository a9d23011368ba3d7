package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// How an Allow names a caller, told from what limits it in the caller's own
// account.
const (
	unnamed   = "unnamed"
	byAccount = "by account"
	byIssuer  = "by issuer"
	directly  = "directly"
)

type principalCase struct {
	element, caller string
	allow           string
	deny            bool
}

const (
	allowAll     = `{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}`
	allowNothing = `{"Sid":"Nothing","Effect":"Allow","Action":"none:None","Resource":"*"}`
)

func principalCases(list ...principalCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.element + " for " + c.caller, func(t *testing.T) {
			t.Helper()
			caller, ok := callers()[c.caller]
			require.True(t, ok)
			require.Equal(t, c.allow, howNamed(t, c.element, caller))

			d := policy.Evaluate(request(caller, "s3:GetObject", bucketARN), policy.Policies{
				Identity: attached(t, "identity", allowAll), ResourceAccount: caller.Account,
				Resource: oneAttached(t, "bucket", `{"Effect":"Deny",`+c.element+`,"Action":"*","Resource":"*"}`),
			})
			require.Equal(t, c.deny, d.Outcome == policy.ExplicitDeny)
		}})
	}
	return cases
}

func request(caller policy.Caller, action, resource string) policy.Request {
	return policy.Request{Caller: caller, Action: action, Resource: resource, Context: caller.Context()}
}

func howNamed(t *testing.T, element string, caller policy.Caller) string {
	t.Helper()
	r := request(caller, "s3:GetObject", bucketARN)
	bucket := oneAttached(t, "bucket", `{"Effect":"Allow",`+element+`,"Action":"*","Resource":"*"}`)
	boundary := oneAttached(t, "boundary", allowNothing)
	own := policy.Policies{Resource: bucket, Boundary: boundary, ResourceAccount: caller.Account}
	if caller.Kind == policy.RootCaller {
		// The root user is allowed everything in its own account.
		own.ResourceAccount = "111111111111"
	}
	if policy.Evaluate(r, own).Allowed {
		return directly
	}
	own.Boundary, own.Session = nil, attached(t, "session", allowAll)
	if policy.Evaluate(r, own).Allowed {
		return byIssuer
	}
	own.Identity, own.ResourceAccount = attached(t, "identity", allowAll), "111111111111"
	if policy.Evaluate(r, own).Allowed {
		return byAccount
	}
	return unnamed
}

func principalGroups() []ruleGroup {
	const page = "reference_policies_elements_principal"
	return []ruleGroup{
		{page, "account principals delegate", principalCases(
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`, "user", byAccount, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "user", byAccount, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "role session", byAccount, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "federated user", byAccount, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "root", directly, true},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`, "root", directly, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "user elsewhere", unnamed, false},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "root elsewhere", unnamed, false},
			principalCase{`"Principal":{"AWS":["123456789012","999999999999"]}`, "user elsewhere", byAccount, true},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "anonymous", unnamed, false},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "service", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws-cn:iam::123456789012:root"}`, "user", unnamed, false},
		)},
		{page, "IAM users", principalCases(
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "user", directly, true},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/Bob"}`, "user", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/team/bob"}`, "user", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "user elsewhere", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "root", unnamed, false},
			principalCase{`"Principal":{"AWS":"AIDABOB0000000000000"}`, "user", directly, true},
			principalCase{`"Principal":{"AWS":"AIDAEVE0000000000000"}`, "user", unnamed, false},
			principalCase{`"Principal":{"AWS":["arn:aws:iam::123456789012:user/eve","arn:aws:iam::123456789012:user/bob"]}`, "user", directly, true},
		)},
		{page, "IAM roles and role sessions", principalCases(
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:role/dev"}`, "role session", byIssuer, true},
			principalCase{`"Principal":{"AWS":"AROADEV0000000000000"}`, "role session", byIssuer, true},
			principalCase{`"Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/dev/bob"}`, "role session", directly, true},
			principalCase{`"Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/dev/eve"}`, "role session", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:role/ops"}`, "role session", unnamed, false},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "role session", unnamed, false},
			principalCase{`"Principal":{"AWS":["arn:aws:iam::123456789012:root","arn:aws:iam::123456789012:role/dev"]}`, "role session", byIssuer, true},
		)},
		{page, "federated user sessions", principalCases(
			principalCase{`"Principal":{"AWS":"arn:aws:sts::123456789012:federated-user/bob"}`, "federated user", directly, true},
			principalCase{`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "federated user", byIssuer, true},
			principalCase{`"Principal":{"AWS":"arn:aws:sts::123456789012:federated-user/eve"}`, "federated user", unnamed, false},
		)},
		{page, "services and identity providers", principalCases(
			principalCase{`"Principal":{"Service":"ec2.amazonaws.com"}`, "service", directly, true},
			principalCase{`"Principal":{"Service":["ecs.amazonaws.com","ec2.amazonaws.com"]}`, "service", directly, true},
			principalCase{`"Principal":{"Service":"ecs.amazonaws.com"}`, "service", unnamed, false},
			principalCase{`"Principal":{"Service":"ec2.amazonaws.com"}`, "user", unnamed, false},
			principalCase{`"Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/okta"}`, "saml provider", directly, true},
			principalCase{`"Principal":{"Federated":"accounts.google.com"}`, "saml provider", unnamed, false},
			principalCase{`"Principal":{"AWS":"123456789012"}`, "saml provider", unnamed, false},
		)},
		{page, "all principals", principalCases(
			principalCase{`"Principal":"*"`, "user", directly, true},
			principalCase{`"Principal":{"AWS":"*"}`, "user", directly, true},
			principalCase{`"Principal":"*"`, "role session", directly, true},
			principalCase{`"Principal":"*"`, "user elsewhere", directly, true},
			principalCase{`"Principal":"*"`, "root elsewhere", directly, true},
			principalCase{`"Principal":"*"`, "anonymous", directly, true},
			principalCase{`"Principal":{"AWS":"*"}`, "anonymous", directly, true},
			principalCase{`"Principal":"*"`, "service", directly, true},
			principalCase{`"Principal":{"AWS":["123456789012","*"]}`, "anonymous", directly, true},
		)},
		{page, "canonical users cannot be told", principalCases(
			principalCase{`"Principal":{"CanonicalUser":"79a59df900b949e5"}`, "user", unnamed, true},
			principalCase{`"Principal":{"CanonicalUser":"79a59df900b949e5","AWS":"*"}`, "user", directly, true},
			principalCase{`"NotPrincipal":{"CanonicalUser":"79a59df900b949e5"}`, "user", unnamed, true},
		)},
		{"reference_policies_elements_notprincipal", "everybody but", principalCases(
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob","arn:aws:iam::123456789012:root"]}`, "user", unnamed, false},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob","arn:aws:iam::123456789012:root"]}`, "user elsewhere", directly, true},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob","arn:aws:iam::123456789012:root"]}`, "anonymous", directly, true},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob","arn:aws:iam::123456789012:root"]}`, "root", unnamed, false},
			principalCase{`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/eve"}`, "user", directly, true},
			principalCase{`"NotPrincipal":{"Service":"ec2.amazonaws.com"}`, "service", unnamed, false},
			principalCase{`"NotPrincipal":{"Service":"ec2.amazonaws.com"}`, "user", directly, true},
			principalCase{`"NotPrincipal":"*"`, "user", unnamed, false},
		)},
		{"reference_policies_elements_notprincipal", "a deny must except the account and the role too", principalCases(
			principalCase{`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "user", unnamed, true},
			principalCase{`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"}`, "user", unnamed, true},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:sts::123456789012:assumed-role/dev/bob","arn:aws:iam::123456789012:role/dev","arn:aws:iam::123456789012:root"]}`, "role session", unnamed, false},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:role/dev","arn:aws:iam::123456789012:root"]}`, "role session", unnamed, true},
			principalCase{`"NotPrincipal":{"AWS":["arn:aws:sts::123456789012:assumed-role/dev/bob","arn:aws:iam::123456789012:root"]}`, "role session", unnamed, true},
		)},
	}
}
