package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

type actionCase struct {
	elements, action string
	want             bool
}

func actionCases(list ...actionCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.elements + " " + c.action, func(t *testing.T) {
			t.Helper()
			allow, deny := applies(t, version2012, c.elements+`,"Resource":"*"`,
				policy.Request{Action: c.action, Resource: "*"})
			require.Equal(t, c.want, allow)
			require.Equal(t, c.want, deny)
		}})
	}
	return cases
}

const (
	version2012 = `"Version":"2012-10-17",`
	version2008 = `"Version":"2008-10-17",`
)

type resourceCase struct {
	elements, resource, context string
	allow, deny                 bool
}

func resourceCases(version string, list ...resourceCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.elements + " " + c.resource + " " + c.context, func(t *testing.T) {
			t.Helper()
			allow, deny := applies(t, version, `"Action":"*",`+c.elements, policy.Request{
				Action: "s3:GetObject", Resource: c.resource, Context: contextOf(c.context),
			})
			require.Equal(t, c.allow, allow, "Allow")
			require.Equal(t, c.deny, deny, "Deny")
		}})
	}
	return cases
}

func elementGroups() []ruleGroup {
	return []ruleGroup{
		{"reference_policies_elements_action", "wildcards, without regard to case", actionCases(
			actionCase{`"Action":"*"`, "iam:CreateUser", true},
			actionCase{`"Action":"*:*"`, "iam:CreateUser", true},
			actionCase{`"Action":"iam:CreateUser"`, "iam:CreateUser", true},
			actionCase{`"Action":"iam:CreateUser"`, "IAM:createuser", true},
			actionCase{`"Action":"IAM:CREATEUSER"`, "iam:CreateUser", true},
			actionCase{`"Action":"iam:CreateUser"`, "iam:CreateUsers", false},
			actionCase{`"Action":"iam:CreateUsers"`, "iam:CreateUser", false},
			actionCase{`"Action":"iam:*"`, "iam:CreateUser", true},
			actionCase{`"Action":"iam:*"`, "iamx:CreateUser", false},
			actionCase{`"Action":"iam:*AccessKey*"`, "iam:CreateAccessKey", true},
			actionCase{`"Action":"iam:*AccessKey*"`, "iam:ListAccessKeys", true},
			actionCase{`"Action":"iam:*AccessKey*"`, "iam:GetAccessKeyLastUsed", true},
			actionCase{`"Action":"iam:*AccessKey*"`, "iam:ListUsers", false},
			actionCase{`"Action":"iam:*Key"`, "iam:KeyKey", true},
			actionCase{`"Action":"iam:*Report"`, "iam:GetOrganizationsAccessReport", true},
			actionCase{`"Action":"s3:Get?bject"`, "s3:GetObject", true},
			actionCase{`"Action":"s3:Get?bject"`, "s3:GetOobject", false},
			actionCase{`"Action":"s3:GetObject?"`, "s3:GetObject", false},
			actionCase{`"Action":["sqs:SendMessage","sqs:ReceiveMessage"]`, "sqs:ReceiveMessage", true},
			actionCase{`"Action":["sqs:SendMessage","sqs:ReceiveMessage"]`, "sqs:DeleteMessage", false},
			actionCase{`"Action":"iam:a*b*c"`, "iam:aXbYbZc", true},
			actionCase{`"Action":"iam:a*b*c"`, "iam:aXcYb", false},
		)},
		{"reference_policies_elements_notaction", "everything but", actionCases(
			actionCase{`"NotAction":"iam:*"`, "s3:GetObject", true},
			actionCase{`"NotAction":"iam:*"`, "iam:GetUser", false},
			actionCase{`"NotAction":"iam:*"`, "IAM:getuser", false},
			actionCase{`"NotAction":["s3:DeleteBucket","s3:Put*"]`, "s3:PutObject", false},
			actionCase{`"NotAction":["s3:DeleteBucket","s3:Put*"]`, "s3:GetObject", true},
			actionCase{`"NotAction":"*"`, "s3:GetObject", false},
		)},
		{"reference_policies_elements_resource", "ARN wildcards by segment", resourceCases(
			version2012,
			resourceCase{`"Resource":"*"`, "*", "", true, true},
			resourceCase{`"Resource":"*"`, "arn:aws:s3:::b", "", true, true},
			resourceCase{`"Resource":"*"`, "", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b"`, "*", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b"`, "arn:aws:s3:::b", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b"`, "arn:aws:s3:::B", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b"`, "arn:aws:s3:::bb", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/*"`, "arn:aws:s3:::b/1/test/object.jpg", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/*"`, "arn:aws:s3:::b", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/*/test/*"`, "arn:aws:s3:::b/1/2/test/3/o.jpg", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/*/test/*"`, "arn:aws:s3:::b//test/o.jpg", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/*/test/*"`, "arn:aws:s3:::b/1/test/", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/*/test/*"`, "arn:aws:s3:::b/1-test/o.jpg", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/*/test/*"`, "arn:aws:s3:::b/test/o.jpg", "", false, false},
			resourceCase{`"Resource":"arn:aws:iam::*:user/bob"`, bobARN, "", true, true},
			resourceCase{`"Resource":"arn:aws:iam::*:user/bob"`, "arn:aws:iam::1:user/eve", "", false, false},
			resourceCase{`"Resource":"arn:aws:iam::?:user/bob"`, bobARN, "", false, false},
			resourceCase{`"Resource":"arn:aws:iam::????????????:user/bob"`, bobARN, "", true, true},
			resourceCase{`"Resource":"arn:aws:iam::123456789012:user/*"`, "arn:aws:iam::123456789012:role/a", "", false, false},
			resourceCase{`"Resource":"arn:aws:logs:*:*:*"`, "arn:aws:logs:eu-west-1:1:log-group:a:b", "", true, true},
			resourceCase{`"Resource":"arn:aws:logs:*:1:log-group:a*c"`, "arn:aws:logs:eu-west-1:1:log-group:a:b:c", "", true, true},
			resourceCase{`"Resource":"arn:aws:logs:*:1:log-group?a"`, "arn:aws:logs:eu-west-1:1:log-group:a", "", true, true},
			resourceCase{`"Resource":"arn:*:iam::123456789012:user/bob"`, bobARN, "", true, true},
			resourceCase{`"Resource":"arn:aws:ec2:us-*-1:1:x"`, "arn:aws:ec2:us-east-1:1:x", "", true, true},
			resourceCase{`"Resource":"arn:aws:ec2:us-*-1:1:x"`, "arn:aws:ec2:us-a:b-1:1:x", "", false, false},
			resourceCase{`"Resource":"arn:aws:ec2:us?1:1:x"`, "arn:aws:ec2:us:1:1:x", "", false, false},
			resourceCase{`"Resource":"arn:aws:ec2:us-*:1:x"`, "arn:aws:ec2:us-a:b:1:x", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:*"`, "arn:aws:s3:::b/k", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:*"`, "arn:aws:s3x:::b/k", "", false, false},
			resourceCase{`"Resource":["arn:aws:s3:::a","arn:aws:s3:::b"]`, "arn:aws:s3:::b", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/?"`, "arn:aws:s3:::b/é", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/??"`, "arn:aws:s3:::b/é", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/*??"`, "arn:aws:s3:::b/€", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::*a*b"`, "arn:aws:s3:::xaxbxaxb", "", true, true},
			resourceCase{`"Resource":"arn:aws:ec2:a*b*:*c:x"`, "arn:aws:ec2:a1b2:3:c:x", "", true, true},
		)},
		{"reference_policies_elements_notresource", "everything but", resourceCases(
			version2012,
			resourceCase{`"NotResource":"arn:aws:s3:::b"`, "arn:aws:s3:::b", "", false, false},
			resourceCase{`"NotResource":"arn:aws:s3:::b"`, "arn:aws:s3:::c", "", true, true},
			resourceCase{`"NotResource":"arn:aws:s3:::b"`, "*", "", true, true},
			resourceCase{`"NotResource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`, "arn:aws:s3:::b/k", "", false, false},
			resourceCase{`"NotResource":"*"`, "arn:aws:s3:::b", "", false, false},
		)},
	}
}

func variableGroups() []ruleGroup {
	const own = `"Resource":"arn:aws:iam::123456789012:user/${aws:username}"`
	const notOwn = `"NotResource":"arn:aws:iam::123456789012:user/${aws:username}"`
	return []ruleGroup{
		{"reference_policies_variables", "in Resource", resourceCases(
			version2012,
			resourceCase{own, bobARN, "aws:username=bob", true, true},
			resourceCase{own, bobARN, "AWS:UserName=bob", true, true},
			resourceCase{own, bobARN, "aws:username=eve", false, false},
			resourceCase{own, bobARN, "aws:username=Bob", false, false},
			resourceCase{`"Resource":"arn:aws:iam::1:user/*/${aws:username}"`, "arn:aws:iam::1:user/a/b/bob", "aws:username=bob", true, true},
			resourceCase{`"Resource":"arn:aws:iam::1:user/*/${aws:username}"`, "arn:aws:iam::1:user/a/jimbob", "aws:username=bob", false, false},
			resourceCase{`"Resource":"arn:aws:sqs:us-east-2:*:${aws:username}-queue"`, "arn:aws:sqs:us-east-2:1:bob-queue", "aws:username=bob", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::bucket/${aws:PrincipalTag/department}"`, "arn:aws:s3:::bucket/hr", "aws:PrincipalTag/Department=hr", true, true},
		)},
		{"reference_policies_variables", "a value is literal, its wildcards too", resourceCases(
			version2012,
			resourceCase{own, bobARN, "aws:username=*", false, false},
			resourceCase{own, bobARN, "aws:username=b?b", false, false},
			resourceCase{own, "arn:aws:iam::123456789012:user/*", "aws:username=*", true, true},
			resourceCase{own, "arn:aws:iam::123456789012:user/${aws:userid}", "aws:username=${aws:userid}; aws:userid=x", true, true},
		)},
		{"reference_policies_variables", "a variable without a value does not match", resourceCases(
			version2012,
			resourceCase{own, bobARN, "", false, false},
			resourceCase{own, "arn:aws:iam::123456789012:user/", "", false, false},
			resourceCase{own, "arn:aws:iam::123456789012:user/${aws:username}", "", false, false},
			resourceCase{own, bobARN, "aws:username", false, false},
			resourceCase{notOwn, bobARN, "aws:username=bob", false, false},
			resourceCase{notOwn, bobARN, "aws:username=eve", true, true},
			resourceCase{notOwn, bobARN, "", true, true},
			resourceCase{notOwn, bobARN, "aws:username=bob|eve", true, true},
			resourceCase{`"NotResource":["arn:aws:s3:::${aws:username}","arn:aws:s3:::b"]`, "arn:aws:s3:::b", "", false, false},
			resourceCase{`"NotResource":["arn:aws:s3:::${aws:username}","arn:aws:s3:::b"]`, "arn:aws:s3:::c", "", true, true},
			resourceCase{`"NotResource":"arn:aws:s3:::${aws:username, 'b'}"`, "arn:aws:s3:::b", "", false, false},
		)},
		{
			"reference_policies_condition-single-vs-multi-valued-context-keys", "multivalued keys are no variables",
			resourceCases(
				version2012,
				resourceCase{own, bobARN, "aws:username=bob|eve", false, false},
				resourceCase{`"Resource":"arn:aws:s3:::b/${aws:TagKeys, 'x'}"`, "arn:aws:s3:::b/x", "aws:TagKeys=x|y", false, false},
			),
		},
		{"reference_policies_variables", "special characters", resourceCases(
			version2012,
			resourceCase{`"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/*", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/x", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/${?}"`, "arn:aws:s3:::b/?", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${?}"`, "arn:aws:s3:::b/x", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/${$}{aws:username}"`, "arn:aws:s3:::b/${aws:username}", "aws:username=bob", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${*}*"`, "arn:aws:s3:::b/*abc", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/$x"`, "arn:aws:s3:::b/$x", "", true, true},
		)},
		{"reference_policies_variables", "default values", resourceCases(
			version2012,
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, 'anonymous'}"`, "arn:aws:s3:::b/anonymous", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, 'anonymous'}"`, "arn:aws:s3:::b/anonymous", "aws:userid=x", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, 'anonymous'}"`, "arn:aws:s3:::b/x", "aws:userid=x", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, 'anonymous'}"`, "arn:aws:s3:::b/anonymous", "aws:userid", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, '*'}"`, "arn:aws:s3:::b/x", "", false, false},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid,'a}b'}"`, "arn:aws:s3:::b/a}b", "", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${aws:userid, ''}"`, "arn:aws:s3:::b/", "", true, true},
		)},
		{"reference_policies_elements_version", "no variables in 2008-10-17", resourceCases(
			version2008,
			resourceCase{own, bobARN, "aws:username=bob", false, false},
			resourceCase{own, "arn:aws:iam::123456789012:user/${aws:username}", "aws:username=bob", true, true},
			resourceCase{`"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/${x}", "", true, true},
			resourceCase{`"Resource":"*","Condition":{"StringEquals":{"a:b":"${aws:username}"}}`, "*", "a:b=bob; aws:username=bob", false, false},
			resourceCase{`"Resource":"*","Condition":{"StringEquals":{"a:b":"${aws:username}"}}`, "*", "a:b=${aws:username}", true, true},
		)},
		{"reference_policies_elements_version", "no Version is 2008-10-17", resourceCases(
			"",
			resourceCase{own, bobARN, "aws:username=bob", false, false},
			resourceCase{own, "arn:aws:iam::123456789012:user/${aws:username}", "aws:username=bob", true, true},
		)},
	}
}
