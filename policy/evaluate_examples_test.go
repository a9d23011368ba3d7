package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	denyOutsideRegions = allowAll + `,{"Sid":"DenyAllOutsideRequestedRegions","Effect":"Deny",
		"NotAction":["cloudfront:*","iam:*","organizations:*","route53:*","support:*"],"Resource":"*",
		"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}}`
	denyOutsideNetwork = allowAll + `,{"Sid":"DenyIP","Effect":"Deny","Action":"*","Resource":"*","Condition":{
		"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}`
	homeDirectory = `{"Sid":"Buckets","Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::*"},
		{"Sid":"List","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::BUCKET-NAME",
		"Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}},
		{"Sid":"Home","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::BUCKET-NAME/home/${aws:username}","arn:aws:s3:::BUCKET-NAME/home/${aws:username}/*"]}`
	dateRange = `{"Sid":"Dates","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{
		"DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2020-06-30T23:59:59Z"}}}`
	ownAccessKeys = `{"Sid":"Own","Effect":"Allow","Action":["iam:*AccessKey*"],"Resource":["arn:aws:iam::123456789012:user/${aws:username}"]}`
	ownMFAOnly    = allowAll + `,{"Sid":"DenyAllExceptListedIfNoMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice",
		"iam:EnableMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"],
		"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
	firstAnswer = allowAll + `,{"Sid":"BlockMostAccessUnlessSignedInWithMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice"],
		"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`
	onlyOneUser = `{"Sid":"Allow","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"},
		{"Sid":"UsePrincipalArnInsteadOfNotPrincipalWithDeny","Effect":"Deny","Action":"s3:*","Principal":"*",
		"Resource":["arn:aws:s3:::BUCKETNAME/*","arn:aws:s3:::BUCKETNAME"],
		"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:user/user-name"}}}`
	externalID = `{"Sid":"ThirdParty","Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"sts:ExternalId":"12345"}}}`
	attributes = `{"Sid":"Read","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*","Condition":{
		"ForAllValues:StringLike":{"dynamodb:requestedAttributes":["PostDateTime","Message","Tags"]}}},
		{"Sid":"Write","Effect":"Allow","Action":"dynamodb:PutItem","Resource":"*"},
		{"Sid":"NoID","Effect":"Deny","Action":"dynamodb:PutItem","Resource":"*","Condition":{
		"ForAnyValue:StringLike":{"dynamodb:requestedAttributes":["ID","PostDateTime"]}}}`
)

func exampleGroups() []ruleGroup {
	return []ruleGroup{
		{"reference_policies_examples_aws_deny-requested-region", "AWS's example", logicCases(
			logicCase{name: "inside", caller: bob(), action: "ec2:RunInstances", resource: "*", identity: denyOutsideRegions, context: "aws:RequestedRegion=eu-west-1", want: byIdentity},
			logicCase{name: "outside", caller: bob(), action: "ec2:RunInstances", resource: "*", identity: denyOutsideRegions, context: "aws:RequestedRegion=us-east-1", want: "explicit deny: identity-based policy DenyAllOutsideRequestedRegions"},
			logicCase{name: "global service", caller: bob(), action: "iam:GetUser", resource: "*", identity: denyOutsideRegions, context: "aws:RequestedRegion=us-east-1", want: byIdentity},
		)},
		{"reference_policies_examples_aws_deny-ip", "AWS's example", logicCases(
			logicCase{name: "inside", caller: bob(), identity: denyOutsideNetwork, context: "aws:SourceIp=203.0.113.9; aws:ViaAWSService=false", want: byIdentity},
			logicCase{name: "outside", caller: bob(), identity: denyOutsideNetwork, context: "aws:SourceIp=198.51.100.1; aws:ViaAWSService=false", want: "explicit deny: identity-based policy DenyIP"},
			logicCase{name: "outside, through a service", caller: bob(), identity: denyOutsideNetwork, context: "aws:SourceIp=198.51.100.1; aws:ViaAWSService=true", want: byIdentity},
		)},
		{"reference_policies_examples_s3_home-directory-console", "AWS's example", logicCases(
			logicCase{name: "list home", caller: bob(), action: "s3:ListBucket", resource: "arn:aws:s3:::BUCKET-NAME", identity: homeDirectory, context: "aws:username=bob; s3:prefix=home/bob/x", want: "allowed: identity-based policy List"},
			logicCase{name: "list another home", caller: bob(), action: "s3:ListBucket", resource: "arn:aws:s3:::BUCKET-NAME", identity: homeDirectory, context: "aws:username=bob; s3:prefix=home/eve/x", want: noIdentity},
			logicCase{name: "write home", caller: bob(), action: "s3:PutObject", resource: "arn:aws:s3:::BUCKET-NAME/home/bob/a", identity: homeDirectory, context: "aws:username=bob", want: "allowed: identity-based policy Home"},
			logicCase{name: "write another home", caller: bob(), action: "s3:PutObject", resource: "arn:aws:s3:::BUCKET-NAME/home/bobby/a", identity: homeDirectory, context: "aws:username=bob", want: noIdentity},
			logicCase{name: "a role session has no user name", caller: devRole(), action: "s3:PutObject", resource: "arn:aws:s3:::BUCKET-NAME/home/bob/a", identity: homeDirectory, want: noIdentity},
		)},
		{"reference_policies_examples_aws-dates", "AWS's example", logicCases(
			logicCase{name: "within", caller: bob(), identity: dateRange, context: "aws:CurrentTime=2020-05-01T12:00:00Z", want: "allowed: identity-based policy Dates"},
			logicCase{name: "before", caller: bob(), identity: dateRange, context: "aws:CurrentTime=2020-04-01T00:00:00Z", want: noIdentity},
			logicCase{name: "after", caller: bob(), identity: dateRange, context: "aws:CurrentTime=2020-07-01T00:00:00Z", want: noIdentity},
		)},
		{"reference_policies_variables", "AWS's example of own access keys", logicCases(
			logicCase{name: "own", caller: bob(), action: "iam:CreateAccessKey", resource: bobARN, identity: ownAccessKeys, context: "aws:username=bob", want: "allowed: identity-based policy Own"},
			logicCase{name: "another's", caller: bob(), action: "iam:CreateAccessKey", resource: "arn:aws:iam::123456789012:user/eve", identity: ownAccessKeys, context: "aws:username=bob", want: noIdentity},
		)},
		{"reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only", "AWS's example", logicCases(
			logicCase{name: "long-term key", caller: bob(), identity: ownMFAOnly, want: "explicit deny: identity-based policy DenyAllExceptListedIfNoMFA"},
			logicCase{name: "without MFA", caller: bob(), identity: ownMFAOnly, context: "aws:MultiFactorAuthPresent=false", want: "explicit deny: identity-based policy DenyAllExceptListedIfNoMFA"},
			logicCase{name: "with MFA", caller: bob(), identity: ownMFAOnly, context: "aws:MultiFactorAuthPresent=true", want: byIdentity},
			logicCase{name: "listed action without MFA", caller: bob(), action: "iam:EnableMFADevice", resource: bobARN, identity: ownMFAOnly, want: byIdentity},
			logicCase{name: "plain Bool lets the long-term key in", caller: bob(), identity: firstAnswer, want: byIdentity},
			logicCase{name: "plain Bool stops false", caller: bob(), identity: firstAnswer, context: "aws:MultiFactorAuthPresent=false", want: "explicit deny: identity-based policy BlockMostAccessUnlessSignedInWithMFA"},
		)},
		{"reference_policies_elements_principal", "AWS's example of aws:PrincipalArn", logicCases(
			logicCase{name: "the user", caller: bob(), resource: "arn:aws:s3:::BUCKETNAME/k", action: "s3:GetObject", bucket: onlyOneUser, context: "aws:PrincipalArn=arn:aws:iam::444455556666:user/user-name", want: "allowed: resource-based policy Allow"},
			logicCase{name: "another", caller: bob(), resource: "arn:aws:s3:::BUCKETNAME/k", action: "s3:GetObject", bucket: onlyOneUser, context: "aws:PrincipalArn=arn:aws:iam::444455556666:user/other", want: "explicit deny: resource-based policy UsePrincipalArnInsteadOfNotPrincipalWithDeny"},
			logicCase{name: "anonymous", resource: "arn:aws:s3:::BUCKETNAME/k", action: "s3:GetObject", bucket: onlyOneUser, want: "explicit deny: resource-based policy UsePrincipalArnInsteadOfNotPrincipalWithDeny"},
		)},
		{"id_roles_common-scenarios_third-party", "AWS's example of an external ID", logicCases(
			logicCase{name: "right", caller: otherBob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: externalID, context: "sts:ExternalId=12345", want: "allowed: role trust policy ThirdParty"},
			logicCase{name: "wrong", caller: otherBob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: externalID, context: "sts:ExternalId=54321", want: noTrust},
			logicCase{name: "none", caller: otherBob(), action: assumeRole, resource: opsRole, identity: allowAll, trusted: externalID, want: noTrust},
		)},
		{"reference_policies_multi-value-conditions", "AWS's example of DynamoDB attributes", logicCases(
			logicCase{name: "listed attributes", caller: bob(), action: "dynamodb:GetItem", resource: "*", identity: attributes, context: "dynamodb:requestedAttributes=PostDateTime|Message", want: "allowed: identity-based policy Read"},
			logicCase{name: "one more", caller: bob(), action: "dynamodb:GetItem", resource: "*", identity: attributes, context: "dynamodb:requestedAttributes=PostDateTime|UserName", want: noIdentity},
			logicCase{name: "a forbidden one", caller: bob(), action: "dynamodb:PutItem", resource: "*", identity: attributes, context: "dynamodb:requestedAttributes=UserName|Message|PostDateTime", want: "explicit deny: identity-based policy NoID"},
			logicCase{name: "none of the forbidden", caller: bob(), action: "dynamodb:PutItem", resource: "*", identity: attributes, context: "dynamodb:requestedAttributes=UserName", want: "allowed: identity-based policy Write"},
		)},
	}
}

// credentials are the kinds of section 1 of the facts: who calls, and what the
// context says of MFA.
func credential(t *testing.T, kind string) (policy.Caller, policy.Context) {
	t.Helper()
	user := bob().Context().With("aws:ViaAWSService", "false")
	role := devRole().Context().With("aws:ViaAWSService", "false")
	const present, age = policy.KeyMFAPresent, "aws:MultiFactorAuthAge"
	switch kind {
	case "long-term key":
		return bob(), user
	case "session token", "console":
		return bob(), user.With(present, "false")
	case "session token with MFA", "console with MFA":
		return bob(), user.With(present, "true").With(age, "10")
	case "AssumeRole with a code":
		return bob(), user.With(present, "true").With(age, "0")
	case "role session":
		return devRole(), role.With(present, "false")
	case "role session of a session with MFA":
		return devRole(), role.With(present, "true").With(age, "10")
	case "federated user":
		return federatedBob(), federatedBob().Context().With("aws:ViaAWSService", "false")
	case "service on the user's behalf":
		return bob(), bob().Context().With(present, "false").With("aws:ViaAWSService", "true")
	}
	require.Fail(t, "unknown credential", kind)
	return policy.Caller{}, policy.Context{}
}

type projectCase struct {
	credential, action, resource string
	want                         string
}

// projectCases decide with the group's policy and AdministratorAccess on the
// user, the role's trust policy, and AdministratorAccess on the role.
func projectCases(settings policy.GroupPolicy, list ...projectCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.credential + " " + c.action + " " + c.resource, func(t *testing.T) {
			t.Helper()
			caller, ctx := credential(t, c.credential)
			policies := policy.Policies{Identity: attached(t, "AdministratorAccess", allowAll)}
			if caller.Kind != policy.RoleSessionCaller {
				group, err := settings.Document()
				require.NoError(t, err)
				policies.Identity = append([]policy.Attached{compileAttached(t, "group", group)}, policies.Identity...)
				policies.Session = attached(t, "session", allowAll)
			}
			if c.action == assumeRole {
				trust, err := policy.TrustPolicy([]string{bobARN})
				require.NoError(t, err)
				trusted := compileAttached(t, "trust", trust)
				policies.Trust = &trusted
			}
			d := policy.Evaluate(policy.Request{Caller: caller, Action: c.action, Resource: c.resource, Context: ctx}, policies)
			requireConsistent(t, d)
			require.Equal(t, c.want, asText(d))
		}})
	}
	return cases
}

func compileAttached(t require.TestingT, name string, d policy.Document) policy.Attached {
	text := d.String()
	document, err := policy.Parse(text)
	require.NoError(t, err)
	c, err := policy.Compile(document)
	require.NoError(t, err, text)
	return policy.Attached{Name: name, Policy: c}
}

func projectGroups() []ruleGroup {
	const (
		denied    = "explicit deny: identity-based policy DenyWithoutMFA"
		notOwn    = "explicit deny: identity-based policy DenyOthersWithoutMFA"
		trusted   = "allowed: role trust policy TrustWithMFA"
		ownDevice = "arn:aws:iam::123456789012:mfa/bob"
		eve       = "arn:aws:iam::123456789012:user/eve"
		create    = "iam:CreateVirtualMFADevice"
		enable    = "iam:EnableMFADevice"
		manage    = "allowed: identity-based policy ManageOwnEnrolment"
	)
	own := policy.GroupPolicy{Account: policy.Account{Partition: "aws", ID: account}, RoleARNs: []string{devARN}}
	admin := own
	admin.Enrolment = policy.AdminEnrolment
	return []ruleGroup{
		{"reference_policies_condition-keys", "this project's documents, each kind of credential", projectCases(
			own,
			projectCase{"long-term key", "s3:GetObject", bucketARN, denied},
			projectCase{"session token", "s3:GetObject", bucketARN, denied},
			projectCase{"console", "s3:GetObject", bucketARN, denied},
			projectCase{"federated user", "s3:GetObject", bucketARN, denied},
			projectCase{"session token with MFA", "s3:GetObject", bucketARN, byIdentity},
			projectCase{"console with MFA", "s3:GetObject", bucketARN, byIdentity},
			projectCase{"service on the user's behalf", "s3:GetObject", bucketARN, byIdentity},
			projectCase{"role session", "s3:GetObject", bucketARN, byIdentity},
			projectCase{"role session of a session with MFA", "s3:GetObject", bucketARN, byIdentity},
			projectCase{"long-term key", assumeRole, devARN, denied},
			projectCase{"session token", assumeRole, devARN, denied},
			projectCase{"console", assumeRole, devARN, denied},
			projectCase{"AssumeRole with a code", assumeRole, devARN, trusted},
			projectCase{"session token with MFA", assumeRole, devARN, trusted},
			projectCase{"console with MFA", assumeRole, devARN, trusted},
			projectCase{"role session", assumeRole, devARN, noTrust},
			projectCase{"role session of a session with MFA", assumeRole, devARN, noTrust},
			projectCase{"federated user", assumeRole, devARN, denied},
			projectCase{"service on the user's behalf", assumeRole, devARN, noTrust},
			projectCase{"long-term key", create, ownDevice, "allowed: identity-based policy EnrolOwnDevice"},
			projectCase{"long-term key", create, "arn:aws:iam::123456789012:mfa/eve", notOwn},
			projectCase{"long-term key", enable, bobARN, manage},
			projectCase{"long-term key", enable, "arn:aws:iam::123456789012:user/a/b/bob", manage},
			projectCase{"long-term key", enable, eve, notOwn},
			projectCase{"long-term key", enable, "arn:aws:iam::123456789012:user/jimbob", notOwn},
			projectCase{"long-term key", "IAM:ENABLEMFADEVICE", eve, notOwn},
			projectCase{"console", "iam:ListMFADevices", bobARN, manage},
			projectCase{"long-term key", "iam:DeactivateMFADevice", bobARN, denied},
			projectCase{"session token with MFA", "iam:DeactivateMFADevice", bobARN, "allowed: identity-based policy RemoveOwnDevice"},
			projectCase{"session token with MFA", enable, eve, byIdentity},
			projectCase{"long-term key", "sts:GetSessionToken", "*", byIdentity},
			projectCase{"long-term key", "iam:CreateAccessKey", bobARN, denied},
		)},
		{"reference_policies_condition-keys", "this project's documents, administrators enrol", projectCases(
			admin,
			projectCase{"long-term key", create, ownDevice, denied},
			projectCase{"long-term key", enable, bobARN, denied},
			projectCase{"console", "iam:GetUser", bobARN, denied},
			projectCase{"console with MFA", "iam:GetUser", bobARN, byIdentity},
			projectCase{"AssumeRole with a code", assumeRole, devARN, trusted},
		)},
	}
}
