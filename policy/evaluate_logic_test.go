package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// logicCase is a whole decision. Each policy is given as its statements.
type logicCase struct {
	name     string
	caller   policy.Caller
	action   string
	resource string
	context  string
	// owner is the account of the resource; if empty Evaluate finds it.
	owner                                        string
	identity, boundary, session, bucket, trusted string
	want                                         string
}

func logicCases(list ...logicCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.name, func(t *testing.T) {
			t.Helper()
			r := policy.Request{
				Caller: c.caller, Action: c.action, Resource: c.resource, Context: contextOf(c.context),
			}
			if r.Action == "" {
				r.Action, r.Resource = "s3:GetObject", bucketARN
			}
			d := policy.Evaluate(r, policy.Policies{
				Identity: attached(t, "identity", c.identity), Boundary: oneAttached(t, "boundary", c.boundary),
				Session: attached(t, "session", c.session), Resource: oneAttached(t, "bucket", c.bucket),
				Trust: oneAttached(t, "trust", c.trusted), ResourceAccount: c.owner,
			})
			requireConsistent(t, d)
			require.Equal(t, c.want, asText(d))
		}})
	}
	return cases
}

const (
	denyAll     = `{"Sid":"Deny","Effect":"Deny","Action":"*","Resource":"*"}`
	bucketDeny  = `{"Sid":"Deny","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`
	forBob      = `{"Sid":"Bob","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"*","Resource":"*"}`
	forDev      = `{"Sid":"Dev","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/dev"},"Action":"*","Resource":"*"}`
	forSession  = `{"Sid":"Session","Effect":"Allow","Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/dev/bob"},"Action":"*","Resource":"*"}`
	forFedBob   = `{"Sid":"Federated","Effect":"Allow","Principal":{"AWS":"arn:aws:sts::123456789012:federated-user/bob"},"Action":"*","Resource":"*"}`
	forAccount  = `{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}`
	forAll      = `{"Sid":"Everybody","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	trustBob    = `{"Sid":"Bob","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"sts:AssumeRole"}`
	trustRole   = `{"Sid":"Dev","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/dev"},"Action":"sts:AssumeRole"}`
	trustRoot   = `{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`
	trustAll    = `{"Sid":"Everybody","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`
	trustEC2    = `{"Sid":"EC2","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`
	trustSAML   = `{"Sid":"SAML","Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/okta"},"Action":"sts:AssumeRoleWithSAML"}`
	trustOther  = `{"Sid":"Other","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:user/bob"},"Action":"sts:AssumeRole"}`
	trustDeny   = `{"Sid":"Deny","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`
	noIdentity  = "implicit deny: identity-based policy"
	noTrust     = "implicit deny: role trust policy"
	noBoundary  = "implicit deny: permissions boundary"
	noSession   = "implicit deny: session policy"
	noResource  = "implicit deny: resource-based policy"
	byIdentity  = "allowed: identity-based policy All"
	assumeRole  = "sts:AssumeRole"
	opsRole     = "arn:aws:iam::123456789012:role/ops"
	denyLogging = `{"Sid":"AllowS3ListRead","Effect":"Allow","Action":["s3:GetBucketLocation","s3:GetAccountPublicAccessBlock",` +
		`"s3:ListAccessPoints","s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::*"},` +
		`{"Sid":"AllowS3Self","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::carlossalazar/*","arn:aws:s3:::carlossalazar"]},` +
		`{"Sid":"DenyS3Logs","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*log*"}`
)

func logicGroups() []ruleGroup {
	const page = "reference_policies_evaluation-logic_policy-eval-denyallow"
	return []ruleGroup{
		{page, "denied by default", logicCases(
			logicCase{name: "user without policies", caller: bob(), want: noIdentity},
			logicCase{name: "role session without policies", caller: devRole(), want: noIdentity},
			logicCase{name: "anonymous", want: noResource},
			logicCase{name: "service", caller: ec2Service(), want: noResource},
			logicCase{name: "another action is allowed", caller: bob(), identity: allowNothing, want: noIdentity},
			logicCase{name: "the root user is not", caller: rootUser(account), want: "allowed: no policy"},
			logicCase{name: "a boundary alone allows nothing", caller: bob(), boundary: allowAll, want: noIdentity},
			logicCase{name: "a session policy alone allows nothing", caller: devRole(), session: allowAll, want: noIdentity},
		)},
		{page, "an explicit deny in any policy overrides allows", logicCases(
			logicCase{name: "identity", caller: bob(), identity: allowAll + "," + denyAll, want: "explicit deny: identity-based policy Deny"},
			logicCase{name: "identity, deny first", caller: bob(), identity: denyAll + "," + allowAll, want: "explicit deny: identity-based policy Deny"},
			logicCase{name: "boundary", caller: bob(), identity: allowAll, boundary: allowAll + "," + denyAll, want: "explicit deny: permissions boundary Deny"},
			logicCase{name: "session", caller: devRole(), identity: allowAll, session: allowAll + "," + denyAll, want: "explicit deny: session policy Deny"},
			logicCase{name: "resource", caller: bob(), identity: allowAll, bucket: forBob + "," + bucketDeny, want: "explicit deny: resource-based policy Deny"},
			logicCase{name: "identity over a resource policy", caller: bob(), identity: denyAll, bucket: forBob, want: "explicit deny: identity-based policy Deny"},
			logicCase{name: "boundary over a resource policy", caller: bob(), boundary: denyAll, bucket: forBob, want: "explicit deny: permissions boundary Deny"},
			logicCase{name: "session over a resource policy", caller: devRole(), session: denyAll, bucket: forSession, want: "explicit deny: session policy Deny"},
			logicCase{name: "resource over the root user", caller: rootUser(account), bucket: bucketDeny, want: "explicit deny: resource-based policy Deny"},
			logicCase{name: "trust", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: trustBob + "," + trustDeny, want: "explicit deny: role trust policy Deny"},
			logicCase{name: "identity over trust", caller: bob(), action: assumeRole, resource: opsRole, identity: denyAll, trusted: trustBob, want: "explicit deny: identity-based policy Deny"},
		)},
		{page, "in one account either side allows", logicCases(
			logicCase{name: "identity only", caller: bob(), identity: allowAll, want: byIdentity},
			logicCase{name: "identity, and a resource policy about others", caller: bob(), identity: allowAll, bucket: forDev, want: byIdentity},
			logicCase{name: "resource only", caller: bob(), bucket: forBob, want: "allowed: resource-based policy Bob"},
			logicCase{name: "both", caller: bob(), identity: allowAll, bucket: forBob, want: "allowed: resource-based policy Bob"},
			logicCase{name: "the account is named, identity allows", caller: bob(), identity: allowAll, bucket: forAccount, want: byIdentity},
			logicCase{name: "the account is named, identity does not", caller: bob(), bucket: forAccount, want: noIdentity},
			logicCase{name: "everybody is named", caller: bob(), bucket: forAll, want: "allowed: resource-based policy Everybody"},
			logicCase{name: "everybody is named, for nobody", bucket: forAll, want: "allowed: resource-based policy Everybody"},
			logicCase{name: "everybody is named, for a service", caller: ec2Service(), bucket: forAll, want: "allowed: resource-based policy Everybody"},
			logicCase{name: "an allow that names the caller better wins", caller: bob(), bucket: forAccount + "," + forBob, want: "allowed: resource-based policy Bob"},
		)},
		{page, "implicit denies and resource-based policies: IAM user", logicCases(
			logicCase{name: "not limited by the boundary", caller: bob(), boundary: allowNothing, bucket: forBob, want: "allowed: resource-based policy Bob"},
			logicCase{name: "not limited by identity policies", caller: bob(), identity: allowNothing, bucket: forBob, want: "allowed: resource-based policy Bob"},
			logicCase{name: "the account is named: limited by the boundary", caller: bob(), identity: allowAll, boundary: allowNothing, bucket: forAccount, want: noBoundary},
			logicCase{name: "everybody is named: not limited", caller: bob(), boundary: allowNothing, bucket: forAll, want: "allowed: resource-based policy Everybody"},
		)},
		{page, "implicit denies and resource-based policies: IAM role", logicCases(
			logicCase{name: "limited by the boundary", caller: devRole(), identity: allowAll, boundary: allowNothing, bucket: forDev, want: noBoundary},
			logicCase{name: "limited by the session policy", caller: devRole(), identity: allowAll, session: allowNothing, bucket: forDev, want: noSession},
			logicCase{name: "not limited by identity policies", caller: devRole(), identity: allowNothing, bucket: forDev, want: "allowed: resource-based policy Dev"},
			logicCase{name: "the account is named after the role", caller: devRole(), bucket: forDev + "," + forAccount, want: "allowed: resource-based policy Dev"},
			logicCase{name: "within both limits", caller: devRole(), boundary: allowAll, session: allowAll, bucket: forDev, want: "allowed: resource-based policy Dev"},
		)},
		{page, "implicit denies and resource-based policies: role session", logicCases(
			logicCase{name: "not limited by the boundary", caller: devRole(), boundary: allowNothing, bucket: forSession, want: "allowed: resource-based policy Session"},
			logicCase{name: "not limited by the session policy", caller: devRole(), session: allowNothing, bucket: forSession, want: "allowed: resource-based policy Session"},
			logicCase{name: "not limited by identity policies", caller: devRole(), bucket: forSession, want: "allowed: resource-based policy Session"},
			logicCase{name: "role and session named: the session decides", caller: devRole(), session: allowNothing, bucket: forDev + "," + forSession, want: "allowed: resource-based policy Session"},
		)},
		{page, "implicit denies and resource-based policies: federated user", logicCases(
			logicCase{name: "the session is named: not limited", caller: federatedBob(), boundary: allowNothing, bucket: forFedBob, want: "allowed: resource-based policy Federated"},
			logicCase{name: "the user is named: limited by the session policy", caller: federatedBob(), session: allowNothing, bucket: forBob, want: noSession},
			logicCase{name: "the user is named: limited by the boundary", caller: federatedBob(), boundary: allowNothing, session: allowAll, bucket: forBob, want: noBoundary},
			logicCase{name: "the user is named, within the limits", caller: federatedBob(), session: allowAll, bucket: forBob, want: "allowed: resource-based policy Bob"},
		)},
		{page, "boundaries and session policies intersect", logicCases(
			logicCase{name: "boundary allows", caller: bob(), identity: allowAll, boundary: allowAll, want: byIdentity},
			logicCase{name: "boundary does not", caller: bob(), identity: allowAll, boundary: allowNothing, want: noBoundary},
			logicCase{name: "session policy allows", caller: devRole(), identity: allowAll, session: allowAll, want: byIdentity},
			logicCase{name: "session policy does not", caller: devRole(), identity: allowAll, session: allowNothing, want: noSession},
			logicCase{name: "role session without session policy", caller: devRole(), identity: allowAll, want: byIdentity},
			logicCase{name: "federated user without session policy", caller: federatedBob(), identity: allowAll, want: noSession},
			logicCase{name: "federated user with session policy", caller: federatedBob(), identity: allowAll, session: allowAll, want: byIdentity},
			logicCase{name: "all three allow", caller: devRole(), identity: allowAll, boundary: allowAll, session: allowAll, want: byIdentity},
			logicCase{name: "the boundary is named before the session", caller: devRole(), identity: allowAll, boundary: allowNothing, session: allowNothing, want: noBoundary},
		)},
		{"reference_policies_evaluation-logic-cross-account", "both accounts must allow", logicCases(
			logicCase{name: "identity only", caller: otherBob(), owner: account, identity: allowAll, want: noResource},
			logicCase{name: "resource only", caller: otherBob(), owner: account, bucket: forAll, want: noIdentity},
			logicCase{name: "both", caller: otherBob(), owner: account, identity: allowAll, bucket: forAll, want: "allowed: resource-based policy Everybody"},
			logicCase{name: "the account and identity", caller: bob(), owner: otherAccount, identity: allowAll, bucket: forAccount, want: "allowed: resource-based policy Account"},
			logicCase{name: "the user's ARN does not suffice", caller: bob(), owner: otherAccount, bucket: forBob, want: noIdentity},
			logicCase{name: "the session's ARN does not suffice", caller: devRole(), owner: otherAccount, bucket: forSession, want: noIdentity},
			logicCase{name: "limited by the boundary", caller: bob(), owner: otherAccount, identity: allowAll, boundary: allowNothing, bucket: forBob, want: noBoundary},
			logicCase{name: "limited by the session policy", caller: devRole(), owner: otherAccount, identity: allowAll, session: allowNothing, bucket: forSession, want: noSession},
			logicCase{name: "root of another account", caller: rootUser(otherAccount), owner: account, want: noResource},
			logicCase{name: "root of another account, named", caller: rootUser(account), owner: otherAccount, bucket: forAccount, want: "allowed: resource-based policy Account"},
			logicCase{name: "the owner is in the resource's ARN", caller: otherBob(), action: "iam:GetUser", resource: bobARN, identity: allowAll, want: noResource},
			logicCase{name: "the caller's own, by its ARN", caller: bob(), action: "iam:GetUser", resource: bobARN, identity: allowAll, want: byIdentity},
			logicCase{name: "a policy of AWS is the caller's", caller: bob(), action: "iam:GetPolicy", resource: "arn:aws:iam::aws:policy/X", identity: allowAll, want: byIdentity},
			logicCase{name: "a caller without account is of none", caller: policy.Caller{Kind: policy.UserCaller, ARN: bobARN}, bucket: forBob, want: noIdentity},
		)},
		{"id_roles_terms-and-concepts", "a role's trust policy is always required", logicCases(
			logicCase{name: "no trust policy", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, want: noTrust},
			logicCase{name: "no trust policy, in capitals", caller: bob(), action: "STS:ASSUMEROLE", resource: opsRole, identity: allowAll, want: noTrust},
			logicCase{name: "no trust policy, web identity", caller: bob(), action: "sts:AssumeRoleWithWebIdentity", resource: opsRole, identity: allowAll, want: noTrust},
			logicCase{name: "a resource policy is not one", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, bucket: forBob, want: noTrust},
			logicCase{name: "trust of others", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: trustRole, want: noTrust},
			logicCase{name: "the user is trusted, without identity policy", caller: bob(), action: assumeRole, resource: opsRole, trusted: trustBob, want: "allowed: role trust policy Bob"},
			logicCase{name: "the user is trusted, beyond the boundary", caller: bob(), action: assumeRole, resource: opsRole, boundary: allowNothing, trusted: trustBob, want: "allowed: role trust policy Bob"},
			logicCase{name: "the account is trusted, identity allows", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: trustRoot, want: "allowed: role trust policy Account"},
			logicCase{name: "the account is trusted, identity does not", caller: bob(), action: assumeRole, resource: opsRole, trusted: trustRoot, want: noIdentity},
			logicCase{name: "the account is trusted, the boundary does not", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, boundary: allowNothing, trusted: trustRoot, want: noBoundary},
			logicCase{name: "everybody is trusted, same account", caller: bob(), action: assumeRole, resource: opsRole, trusted: trustAll, want: "allowed: role trust policy Everybody"},
			logicCase{name: "everybody is trusted, other account", caller: otherBob(), action: assumeRole, resource: opsRole, trusted: trustAll, want: noIdentity},
			logicCase{name: "role chaining", caller: devRole(), action: assumeRole, resource: opsRole, trusted: trustRole, want: "allowed: role trust policy Dev"},
			logicCase{name: "role chaining within a session policy", caller: devRole(), action: assumeRole, resource: opsRole, session: allowNothing, trusted: trustRole, want: noSession},
			logicCase{name: "other account, both sides", caller: otherBob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: trustOther, want: "allowed: role trust policy Other"},
			logicCase{name: "other account, trust only", caller: otherBob(), action: assumeRole, resource: opsRole, trusted: trustOther, want: noIdentity},
			logicCase{name: "other account, identity only", caller: otherBob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: trustBob, want: noTrust},
			logicCase{name: "roles may not be assumed by root accounts", caller: rootUser(account), action: assumeRole, resource: opsRole, trusted: trustRoot, want: noTrust},
			logicCase{name: "a service", caller: ec2Service(), action: assumeRole, resource: opsRole, trusted: trustEC2, want: "allowed: role trust policy EC2"},
			logicCase{name: "another service", caller: ec2Service(), action: assumeRole, resource: opsRole, trusted: trustBob, want: noTrust},
			logicCase{name: "a SAML provider", caller: samlProvider(), action: "sts:AssumeRoleWithSAML", resource: opsRole, trusted: trustSAML, want: "allowed: role trust policy SAML"},
			logicCase{name: "a SAML provider, another action", caller: samlProvider(), action: assumeRole, resource: opsRole, trusted: trustSAML, want: noTrust},
			logicCase{name: "sts:TagSession on a role", caller: bob(), action: "sts:TagSession", resource: opsRole, identity: allowAll, trusted: trustBob, want: noTrust},
			logicCase{name: "sts:AssumeRoot needs no role", caller: bob(), action: "sts:AssumeRoot", resource: "*", identity: allowAll, want: byIdentity},
			logicCase{name: "MFA, present", caller: bob(), action: assumeRole, resource: opsRole, context: "aws:MultiFactorAuthPresent=true", trusted: withMFA(trustBob), want: "allowed: role trust policy Bob"},
			logicCase{name: "MFA, absent", caller: bob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: withMFA(trustBob), want: noTrust},
		)},
		{"reference_policies_elements_principal", "a policy in the wrong place allows nothing, and denies", logicCases(
			logicCase{name: "a resource policy on an identity", caller: bob(), identity: forBob, want: noIdentity},
			logicCase{name: "an identity policy on a resource", caller: bob(), bucket: allowAll, want: noIdentity},
			logicCase{name: "an identity policy as trust", caller: bob(), action: assumeRole, resource: opsRole, trusted: allowAll, want: noTrust},
			logicCase{name: "a resource policy as boundary", caller: bob(), identity: allowAll, boundary: forBob, want: noBoundary},
			logicCase{name: "a deny for another on an identity", caller: bob(), identity: allowAll + `,{"Sid":"Deny","Effect":"Deny","Principal":{"Service":"ec2.amazonaws.com"},"Action":"*","Resource":"*"}`, want: "explicit deny: identity-based policy Deny"},
			logicCase{name: "an identity's deny on a resource", caller: bob(), identity: allowAll, bucket: denyAll, want: "explicit deny: resource-based policy Deny"},
		)},
		{"reference_policies_evaluation-logic_policy-eval-basics", "the example of Carlos", logicCases(
			logicCase{name: "his logs", caller: carlos(), action: "s3:PutObject", resource: "arn:aws:s3:::carlossalazar-logs/a", identity: denyLogging, bucket: carlosBucket, want: "explicit deny: identity-based policy DenyS3Logs"},
			logicCase{name: "his bucket", caller: carlos(), action: "s3:PutObject", resource: "arn:aws:s3:::carlossalazar/a", identity: denyLogging, bucket: carlosBucket, want: "allowed: resource-based policy Carlos"},
			logicCase{name: "his bucket, without its policy", caller: carlos(), action: "s3:PutObject", resource: "arn:aws:s3:::carlossalazar/a", identity: denyLogging, want: "allowed: identity-based policy AllowS3Self"},
			logicCase{name: "his bucket, for bob", caller: bob(), action: "s3:PutObject", resource: "arn:aws:s3:::carlossalazar/a", bucket: carlosBucket, want: noIdentity},
			logicCase{name: "the list", caller: carlos(), action: "s3:ListAllMyBuckets", resource: "arn:aws:s3:::x", identity: denyLogging, want: "allowed: identity-based policy AllowS3ListRead"},
			logicCase{name: "another bucket", caller: carlos(), action: "s3:PutObject", resource: "arn:aws:s3:::other/a", identity: denyLogging, want: noIdentity},
		)},
	}
}

func withMFA(statement string) string {
	return statement[:len(statement)-1] + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
}

func carlos() policy.Caller {
	return policy.Caller{Kind: policy.UserCaller, ARN: "arn:aws:iam::123456789012:user/carlossalazar", Account: account}
}

const carlosBucket = `{"Sid":"Carlos","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/carlossalazar"},` +
	`"Action":"s3:*","Resource":["arn:aws:s3:::carlossalazar/*","arn:aws:s3:::carlossalazar"]}`
