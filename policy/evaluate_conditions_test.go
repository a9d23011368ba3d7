package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// verdict is what a condition makes of a request: the statement applies, does
// not, or cannot be judged, which allows nothing and denies.
type verdict string

const (
	match    verdict = "match"
	noMatch  verdict = "no match"
	unjudged verdict = "unjudged"
)

type conditionCase struct {
	condition, context string
	want               verdict
}

func verdictOf(allow, deny bool) verdict {
	switch {
	case allow && deny:
		return match
	case deny:
		return unjudged
	case allow:
		return "allows what it does not deny"
	}
	return noMatch
}

func conditionCases(list ...conditionCase) []ruleCase {
	var cases []ruleCase
	for _, c := range list {
		cases = append(cases, ruleCase{c.condition + " on " + c.context, func(t *testing.T) {
			t.Helper()
			allow, deny := applies(t, version2012, `"Action":"*","Resource":"*","Condition":{`+c.condition+`}`,
				policy.Request{Action: "s3:GetObject", Resource: "*", Context: contextOf(c.context)})
			require.Equal(t, c.want, verdictOf(allow, deny))
		}})
	}
	return cases
}

const operatorsPage = "reference_policies_elements_condition_operators"

func conditionGroups() []ruleGroup {
	return []ruleGroup{
		{operatorsPage, "String operators", conditionCases(
			conditionCase{`"StringEquals":{"a:b":"x"}`, "a:b=x", match},
			conditionCase{`"StringEquals":{"a:b":"x"}`, "a:b=X", noMatch},
			conditionCase{`"StringEquals":{"a:b":"x"}`, "a:b=xx", noMatch},
			conditionCase{`"StringEquals":{"a:b":"x*"}`, "a:b=xx", noMatch},
			conditionCase{`"StringEquals":{"a:b":"x*"}`, "a:b=x*", match},
			conditionCase{`"StringEquals":{"a:b":""}`, "a:b=", match},
			conditionCase{`"StringEquals":{"a:b":"x"}`, "", noMatch},
			conditionCase{`"StringEquals":{"a:b":12}`, "a:b=12", match},
			conditionCase{`"StringNotEquals":{"a:b":"x"}`, "a:b=x", noMatch},
			conditionCase{`"StringNotEquals":{"a:b":"x"}`, "a:b=y", match},
			conditionCase{`"StringNotEquals":{"a:b":"x"}`, "", match},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"Xy"}`, "a:b=xY", match},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"É"}`, "a:b=é", match},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"x*"}`, "a:b=XY", noMatch},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":""}`, "a:b=", match},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"x"}`, "", noMatch},
			conditionCase{`"StringNotEqualsIgnoreCase":{"a:b":"Xy"}`, "a:b=xY", noMatch},
			conditionCase{`"StringNotEqualsIgnoreCase":{"a:b":"Xy"}`, "a:b=z", match},
			conditionCase{`"StringNotEqualsIgnoreCase":{"a:b":"Xy"}`, "", match},
			conditionCase{`"StringLike":{"a:b":"x*"}`, "a:b=xyz", match},
			conditionCase{`"StringLike":{"a:b":"x*"}`, "a:b=x", match},
			conditionCase{`"StringLike":{"a:b":"x*"}`, "a:b=Xyz", noMatch},
			conditionCase{`"StringLike":{"a:b":"x?z"}`, "a:b=xyz", match},
			conditionCase{`"StringLike":{"a:b":"x?z"}`, "a:b=xz", noMatch},
			conditionCase{`"StringLike":{"a:b":"*"}`, "a:b=", match},
			conditionCase{`"StringLike":{"a:b":"*:*"}`, "a:b=x:y:z", match},
			conditionCase{`"StringLike":{"a:b":"x"}`, "", noMatch},
			conditionCase{`"StringNotLike":{"a:b":"x*"}`, "a:b=xyz", noMatch},
			conditionCase{`"StringNotLike":{"a:b":"x*"}`, "a:b=yz", match},
			conditionCase{`"StringNotLike":{"a:b":"x*"}`, "", match},
		)},
		{operatorsPage, "Numeric operators", conditionCases(
			conditionCase{`"NumericEquals":{"a:b":"10"}`, "a:b=10", match},
			conditionCase{`"NumericEquals":{"a:b":"10"}`, "a:b=010.00", match},
			conditionCase{`"NumericEquals":{"a:b":10}`, "a:b=+10", match},
			conditionCase{`"NumericEquals":{"a:b":"0"}`, "a:b=-0.0", match},
			conditionCase{`"NumericEquals":{"a:b":"9007199254740993"}`, "a:b=9007199254740992", noMatch},
			conditionCase{`"NumericEquals":{"a:b":"10"}`, "", noMatch},
			conditionCase{`"NumericEquals":{"a:b":"10"}`, "a:b=ten", unjudged},
			conditionCase{`"NumericNotEquals":{"a:b":"10"}`, "a:b=10.0", noMatch},
			conditionCase{`"NumericNotEquals":{"a:b":"10"}`, "a:b=11", match},
			conditionCase{`"NumericNotEquals":{"a:b":"10"}`, "", match},
			conditionCase{`"NumericNotEquals":{"a:b":"10"}`, "a:b=1e1", unjudged},
			conditionCase{`"NumericLessThan":{"a:b":"10"}`, "a:b=9.99", match},
			conditionCase{`"NumericLessThan":{"a:b":"10"}`, "a:b=10", noMatch},
			conditionCase{`"NumericLessThan":{"a:b":"10"}`, "a:b=9", match},
			conditionCase{`"NumericLessThan":{"a:b":"-9"}`, "a:b=-10", match},
			conditionCase{`"NumericLessThan":{"a:b":"-9"}`, "a:b=9", noMatch},
			conditionCase{`"NumericLessThan":{"a:b":"1"}`, "a:b=-2", match},
			conditionCase{`"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}`, "", noMatch},
			conditionCase{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, "s3:max-keys=10", match},
			conditionCase{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, "s3:max-keys=9", match},
			conditionCase{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, "s3:max-keys=10.1", noMatch},
			conditionCase{`"NumericGreaterThan":{"a:b":"10"}`, "a:b=10", noMatch},
			conditionCase{`"NumericGreaterThan":{"a:b":"10"}`, "a:b=10.01", match},
			conditionCase{`"NumericGreaterThan":{"a:b":"0.10"}`, "a:b=0.2", match},
			conditionCase{`"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}`, "", match},
			conditionCase{`"NumericGreaterThanEquals":{"a:b":"10"}`, "a:b=10", match},
			conditionCase{`"NumericGreaterThanEquals":{"a:b":"10"}`, "a:b=9", noMatch},
		)},
		{operatorsPage, "Date operators", conditionCases(
			conditionCase{`"DateEquals":{"aws:CurrentTime":"2020-01-01T00:00:01Z"}`, "aws:CurrentTime=2020-01-01T00:00:01Z", match},
			conditionCase{`"DateEquals":{"aws:CurrentTime":"2020-01-01T00:00:01Z"}`, "aws:CurrentTime=2020-01-01T01:00:01+01:00", match},
			conditionCase{`"DateEquals":{"aws:EpochTime":"2020-01-01T00:00:00Z"}`, "aws:EpochTime=1577836800", match},
			conditionCase{`"DateEquals":{"aws:CurrentTime":"1577836800"}`, "aws:CurrentTime=2020-01-01", match},
			conditionCase{`"DateEquals":{"aws:CurrentTime":"2020"}`, "aws:CurrentTime=2020-01-01T00:00Z", match},
			conditionCase{`"DateEquals":{"aws:CurrentTime":"2020-02"}`, "aws:CurrentTime=2020-02-01T00:00:00.000Z", match},
			conditionCase{`"DateEquals":{"aws:CurrentTime":"2020-01-01"}`, "", noMatch},
			conditionCase{`"DateNotEquals":{"aws:CurrentTime":"2020-01-01"}`, "aws:CurrentTime=2020-01-02", match},
			conditionCase{`"DateNotEquals":{"aws:CurrentTime":"2020-01-01"}`, "aws:CurrentTime=2020-01-01", noMatch},
			conditionCase{`"DateNotEquals":{"aws:CurrentTime":"2020-01-01"}`, "", match},
			conditionCase{`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=2019-12-31T23:59:59Z", match},
			conditionCase{`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=2020-01-01T00:00:00Z", noMatch},
			conditionCase{`"DateLessThanEquals":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=2020-01-01T00:00:00Z", match},
			conditionCase{`"DateLessThanEquals":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=2020-01-01T00:00:00.1Z", noMatch},
			conditionCase{`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, "aws:TokenIssueTime=2020-01-01T00:00:02Z", match},
			conditionCase{`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, "aws:TokenIssueTime=2020-01-01T00:00:01Z", noMatch},
			conditionCase{`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, "", noMatch},
			conditionCase{`"DateGreaterThanEquals":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, "aws:TokenIssueTime=2020-01-01T00:00:01Z", match},
			conditionCase{`"DateGreaterThanEquals":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, "aws:TokenIssueTime=2019", noMatch},
			conditionCase{`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=yesterday", unjudged},
			conditionCase{`"DateNotEquals":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, "aws:CurrentTime=2020-01-01T00:00:00", unjudged},
			conditionCase{`"DateLessThan":{"aws:EpochTime":"2020"}`, "aws:EpochTime=99999999999999999999", unjudged},
		)},
		{operatorsPage, "Bool", conditionCases(
			conditionCase{`"Bool":{"aws:SecureTransport":"false"}`, "aws:SecureTransport=false", match},
			conditionCase{`"Bool":{"aws:SecureTransport":"false"}`, "aws:SecureTransport=true", noMatch},
			conditionCase{`"Bool":{"aws:SecureTransport":false}`, "aws:SecureTransport=false", match},
			conditionCase{`"Bool":{"aws:SecureTransport":"True"}`, "aws:SecureTransport=TRUE", match},
			conditionCase{`"Bool":{"aws:SecureTransport":"false"}`, "", noMatch},
			conditionCase{`"Bool":{"aws:SecureTransport":"false"}`, "aws:SecureTransport=0", unjudged},
			conditionCase{`"Bool":{"aws:SecureTransport":["true","false"]}`, "aws:SecureTransport=false", match},
			conditionCase{`"Bool":{"a:b":"${a:c}"}`, "a:b=true; a:c=true", match},
			conditionCase{`"Bool":{"a:b":"${a:c}"}`, "a:b=true; a:c=false", noMatch},
			conditionCase{`"Bool":{"a:b":"${a:c}"}`, "a:b=true; a:c=x", unjudged},
			conditionCase{`"Bool":{"a:b":"${a:c}"}`, "a:b=true", noMatch},
		)},
		{operatorsPage, "BinaryEquals", conditionCases(
			conditionCase{`"BinaryEquals":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, "key=BinaryValueInBase64", match},
			conditionCase{`"BinaryEquals":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, "key=binaryvalueinbase64", noMatch},
			conditionCase{`"BinaryEquals":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, "key=QmluYXJ5VmFsdWVJbkJhc2U2NA==", noMatch},
			conditionCase{`"BinaryEquals":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, "", noMatch},
			conditionCase{`"BinaryEqualsIfExists":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, "", match},
		)},
		{operatorsPage, "IP address operators", conditionCases(
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.0", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.255", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.114.0", noMatch},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.5"}`, "aws:SourceIp=203.0.113.5", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.5"}`, "aws:SourceIp=203.0.113.6", noMatch},
			conditionCase{`"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, "aws:SourceIp=198.51.100.1", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, "aws:SourceIp=2001:db8::1", noMatch},
			conditionCase{`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}`, "aws:SourceIp=2001:db8:1234:5678::9", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}`, "aws:SourceIp=2001:db8:1234:5679::9", noMatch},
			conditionCase{`"IpAddress":{"aws:SourceIp":"2001:db8::1"}`, "aws:SourceIp=2001:DB8:0:0::1", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=::ffff:203.0.113.7", match},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "", noMatch},
			conditionCase{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=vpce-1", unjudged},
			conditionCase{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.1", noMatch},
			conditionCase{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=198.51.100.1", match},
			conditionCase{`"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]}`, "aws:SourceIp=203.0.113.1", noMatch},
			conditionCase{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "", match},
			conditionCase{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=fe80::1%eth0", unjudged},
		)},
		{operatorsPage, "ARN operators", conditionCases(
			conditionCase{`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:topic"}`, "aws:SourceArn=arn:aws:sns:us-east-1:123456789012:topic", match},
			conditionCase{`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:123456789012:topic"}`, "aws:SourceArn=arn:aws:sns:us-east-1:123456789012:topic", match},
			conditionCase{`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:topic"}`, "aws:SourceArn=arn:aws:sns:us-east-1:123456789012:Topic", noMatch},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:someservice:*:111122223333:finance/*"}`, "a:b=arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", noMatch},
			conditionCase{`"StringLike":{"a:b":"arn:aws:someservice:*:111122223333:finance/*"}`, "a:b=arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", match},
			conditionCase{`"ArnLike":{"a:b":"arn:*:iam::*:role/aws-controltower-*"}`, "a:b=arn:aws:iam::1:role/aws-controltower-x", match},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::1:role/?"}`, "a:b=arn:aws:iam::1:role/x", match},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:logs:*:*:*"}`, "a:b=arn:aws:logs:eu-west-1:1:log-group:x:y", match},
			conditionCase{`"ArnLike":{"a:b":"*"}`, "a:b=arn:aws:iam::1:role/x", match},
			conditionCase{`"ArnLike":{"a:b":"*"}`, "a:b=x", unjudged},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::1:role/${aws:username}"}`, "a:b=arn:aws:iam::1:role/bob; aws:username=bob", match},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::${aws:PrincipalAccount}:role/x"}`, "a:b=arn:aws:iam::1:role/x; aws:PrincipalAccount=1", match},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::1:role/${aws:username}"}`, "a:b=arn:aws:iam::1:role/bob", noMatch},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::1:role/*"}`, "", noMatch},
			conditionCase{`"ArnLike":{"a:b":"arn:aws:iam::1:role/*"}`, "a:b=urn:aws:iam::1:role/x", unjudged},
			conditionCase{`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:user/user-name"}`, "aws:PrincipalArn=arn:aws:iam::444455556666:user/user-name", noMatch},
			conditionCase{`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:user/user-name"}`, "aws:PrincipalArn=arn:aws:iam::444455556666:user/other", match},
			conditionCase{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}`, "aws:PrincipalArn=arn:aws:iam::1:user/x", noMatch},
			conditionCase{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}`, "aws:PrincipalArn=arn:aws:iam::1:role/x", match},
			conditionCase{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}`, "", match},
			conditionCase{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}`, "aws:PrincipalArn=user/x", unjudged},
		)},
		{operatorsPage, "Null", conditionCases(
			conditionCase{`"Null":{"aws:TokenIssueTime":"true"}`, "", match},
			conditionCase{`"Null":{"aws:TokenIssueTime":"true"}`, "aws:TokenIssueTime=2020-01-01", noMatch},
			conditionCase{`"Null":{"aws:TokenIssueTime":"false"}`, "", noMatch},
			conditionCase{`"Null":{"aws:TokenIssueTime":false}`, "aws:TokenIssueTime=2020-01-01", match},
			conditionCase{`"Null":{"aws:TagKeys":"true"}`, "aws:TagKeys", match},
			conditionCase{`"Null":{"aws:TagKeys":"false"}`, "aws:TagKeys=a|b", match},
			conditionCase{`"Null":{"aws:TagKeys":["true","false"]}`, "aws:TagKeys=a", match},
		)},
		{operatorsPage, "IfExists", conditionCases(
			conditionCase{`"StringEqualsIfExists":{"a:b":"x"}`, "", match},
			conditionCase{`"StringEqualsIfExists":{"a:b":"x"}`, "a:b=x", match},
			conditionCase{`"StringEqualsIfExists":{"a:b":"x"}`, "a:b=y", noMatch},
			conditionCase{`"StringEqualsIfExists":{"a:b":"x"}`, "a:b", unjudged},
			conditionCase{`"StringNotEqualsIfExists":{"a:b":"x"}`, "", match},
			conditionCase{`"StringNotEqualsIfExists":{"a:b":"x"}`, "a:b=x", noMatch},
			conditionCase{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}`, "ec2:InstanceType=t2.micro", match},
			conditionCase{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}`, "ec2:InstanceType=m5.large", noMatch},
			conditionCase{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}`, "", match},
			conditionCase{`"ArnLikeIfExists":{"a:b":"arn:aws:iam::1:role/x"}`, "", match},
			conditionCase{`"DateLessThanIfExists":{"a:b":"2020"}`, "", match},
			conditionCase{`"IpAddressIfExists":{"a:b":"192.0.2.1"}`, "", match},
		)},
		{operatorsPage, "names of keys are compared without regard to case", conditionCases(
			conditionCase{`"StringEquals":{"AWS:UserName":"bob"}`, "aws:username=bob", match},
			conditionCase{`"StringEquals":{"aws:principaltag/Team":"x"}`, "aws:PrincipalTag/team=x", match},
			conditionCase{`"StringEquals":{"a:b":"${AWS:UserName}"}`, "a:b=bob; aws:username=bob", match},
		)},
		{"reference_policies_variables", "in condition values", conditionCases(
			conditionCase{`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}`, "s3:prefix=home/bob/x; aws:username=bob", match},
			conditionCase{`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}`, "s3:prefix=home/eve/x; aws:username=bob", noMatch},
			conditionCase{`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}`, "s3:prefix=home/", match},
			conditionCase{`"StringLike":{"s3:prefix":"home/${aws:username}/*"}`, "s3:prefix=home/bob/x; aws:username=*", noMatch},
			conditionCase{`"StringEquals":{"a:b":"${*}${?}${$}"}`, "a:b=*?$", match},
			conditionCase{`"StringEquals":{"a:b":"${a:c, 'x'}"}`, "a:b=x", match},
			conditionCase{`"StringEquals":{"a:b":"${a:c, 'x'}"}`, "a:b=x; a:c=y", noMatch},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"X-${a:c}"}`, "a:b=x-Y; a:c=y", match},
			conditionCase{`"StringEqualsIgnoreCase":{"a:b":"${a:c}"}`, "a:b=Y", noMatch},
			conditionCase{`"StringEquals":{"a:b":"${a:c}"}`, "a:b=x", noMatch},
			conditionCase{`"StringEquals":{"a:b":["${a:c}","x"]}`, "a:b=x", match},
		)},
		{"reference_policies_variables", "a variable without a value, under a negated operator", conditionCases(
			conditionCase{`"StringNotEquals":{"a:b":"${a:c}"}`, "a:b=x", match},
			conditionCase{`"StringNotEquals":{"a:b":"${a:c}"}`, "a:b=", match},
			conditionCase{`"StringNotEquals":{"a:b":"${a:c}"}`, "a:b=x; a:c=x", noMatch},
			conditionCase{`"StringNotEquals":{"a:b":"${a:c}"}`, "a:b=x; a:c=x|y", match},
			conditionCase{`"StringNotEquals":{"a:b":"${a:c, 'x'}"}`, "a:b=x", noMatch},
			conditionCase{`"StringNotEquals":{"a:b":["${a:c}","x"]}`, "a:b=x", noMatch},
			conditionCase{`"StringNotEquals":{"a:b":["x","${a:c}"]}`, "a:b=y", match},
			conditionCase{`"StringNotEqualsIfExists":{"a:b":"${a:c}"}`, "a:b=x", match},
			conditionCase{`"StringNotEqualsIgnoreCase":{"a:b":"${a:c}"}`, "a:b=x", match},
			conditionCase{`"StringNotLike":{"a:b":"*${a:c}"}`, "a:b=x", match},
			conditionCase{`"ArnNotEquals":{"a:b":"arn:aws:iam::1:user/${a:c}"}`, "a:b=arn:aws:iam::1:user/x", match},
			conditionCase{`"ArnNotLike":{"a:b":"arn:aws:iam::1:user/${a:c}*"}`, "a:b=arn:aws:iam::1:user/x", match},
			conditionCase{`"ForAllValues:StringNotEquals":{"a:b":"${a:c}"}`, "a:b=x|y", match},
			conditionCase{`"ForAnyValue:StringNotEquals":{"a:b":["${a:c}","x"]}`, "a:b=x|y", match},
			conditionCase{`"ForAnyValue:StringNotEquals":{"a:b":["${a:c}","x"]}`, "a:b=x", noMatch},
		)},
		{
			"reference_policies_condition-logic-multiple-context-keys-or-values", "AND of operators and keys, OR of values, NOR if negated",
			conditionCases(
				conditionCase{`"StringEquals":{"a:b":["x","y"]}`, "a:b=y", match},
				conditionCase{`"StringEquals":{"a:b":["x","y"]}`, "a:b=z", noMatch},
				conditionCase{`"StringEquals":{"a:b":"x","a:c":"y"}`, "a:b=x; a:c=y", match},
				conditionCase{`"StringEquals":{"a:b":"x","a:c":"y"}`, "a:b=x; a:c=z", noMatch},
				conditionCase{`"StringEquals":{"a:b":"x","a:c":"y"}`, "a:c=y", noMatch},
				conditionCase{`"StringEquals":{"a:b":"x"},"Bool":{"a:c":"true"}`, "a:b=x; a:c=true", match},
				conditionCase{`"StringEquals":{"a:b":"x"},"Bool":{"a:c":"true"}`, "a:b=x; a:c=false", noMatch},
				conditionCase{`"StringNotEquals":{"a:b":["x","y"]}`, "a:b=y", noMatch},
				conditionCase{`"StringNotEquals":{"a:b":["x","y"]}`, "a:b=z", match},
				conditionCase{`"StringNotEquals":{"a:b":"x","a:c":"y"}`, "a:b=x; a:c=z", noMatch},
				conditionCase{`"StringEquals":{"a:b":"x"},"NumericEquals":{"a:c":"1"}`, "a:b=y; a:c=one", noMatch},
				conditionCase{`"StringEquals":{"a:b":"x"},"NumericEquals":{"a:c":"1"}`, "a:b=x; a:c=one", unjudged},
				conditionCase{`"Bool":{}`, "", match},
			),
		},
	}
}

func setOperatorGroups() []ruleGroup {
	const page = "reference_policies_condition-single-vs-multi-valued-context-keys"
	return []ruleGroup{
		{page, "ForAllValues", conditionCases(
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a|b", match},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a", match},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a|c", noMatch},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "", match},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys", match},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=", match},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a|", noMatch},
			conditionCase{`"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "", match},
			conditionCase{`"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "aws:TagKeys=b", noMatch},
			conditionCase{`"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "aws:TagKeys=key1:legal", noMatch},
			conditionCase{`"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "aws:TagKeys=key1:hr|key1:personnel", noMatch},
			conditionCase{`"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "aws:TagKeys=key2:audit", match},
			conditionCase{`"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "aws:TagKeys=key2:audit|key1:hr", noMatch},
			conditionCase{`"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "", match},
			conditionCase{`"ForAllValues:NumericLessThan":{"a:b":"5"}`, "a:b=1|x", unjudged},
			conditionCase{`"ForAllValues:NumericLessThan":{"a:b":"5"}`, "a:b=x|9", noMatch},
			conditionCase{`"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}`, "", noMatch},
		)},
		{page, "ForAnyValue", conditionCases(
			conditionCase{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=c|b", match},
			conditionCase{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=c|d", noMatch},
			conditionCase{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, "", noMatch},
			conditionCase{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys", noMatch},
			conditionCase{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a",""]}`, "aws:TagKeys=", noMatch},
			conditionCase{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a|c", match},
			conditionCase{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, "aws:TagKeys=a|b", noMatch},
			conditionCase{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, "", noMatch},
			conditionCase{`"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}`, "aws:PrincipalOrgPaths=o-1/r-1/ou-1/", match},
			conditionCase{`"ForAnyValue:NumericLessThan":{"a:b":"5"}`, "a:b=x|1", match},
			conditionCase{`"ForAnyValue:NumericLessThan":{"a:b":"5"}`, "a:b=x|9", unjudged},
		)},
		{"https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w", "IfExists does not help ForAnyValue", conditionCases(
			conditionCase{`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "", noMatch},
			conditionCase{`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "aws:TagKeys", noMatch},
			conditionCase{`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "aws:TagKeys=b", noMatch},
			conditionCase{`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "aws:TagKeys=b|a", match},
			conditionCase{`"ForAnyValue:StringNotEqualsIfExists":{"aws:TagKeys":"a"}`, "", noMatch},
			conditionCase{`"ForAnyValue:BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "", noMatch},
			conditionCase{`"ForAnyValue:BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=false", match},
			conditionCase{`"ForAnyValue:BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=true", noMatch},
			conditionCase{`"ForAllValues:BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "", match},
		)},
		{page, "multivalued keys need a set operator, plain operators on nothing", conditionCases(
			conditionCase{`"StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=a|b", unjudged},
			conditionCase{`"StringNotEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=b|c", unjudged},
			conditionCase{`"StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys", noMatch},
			conditionCase{`"StringNotEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys", match},
			conditionCase{`"StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=a", match},
		)},
		{"reference_policies_condition-keys", "Bool, BoolIfExists and Null on aws:MultiFactorAuthPresent", conditionCases(
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "", noMatch},
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=false", noMatch},
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=true", match},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, "", match},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=false", noMatch},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=true", match},
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, "", noMatch},
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=false", match},
			conditionCase{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=true", noMatch},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "", match},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=false", match},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=true", noMatch},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"false"}`, "", noMatch},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=false", match},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"false"}`, "aws:MultiFactorAuthPresent=true", match},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"true"}`, "", match},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=false", noMatch},
			conditionCase{`"Null":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=true", noMatch},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}`, "aws:MultiFactorAuthPresent=false; aws:ViaAWSService=true", noMatch},
			conditionCase{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}`, "aws:ViaAWSService=false", match},
		)},
	}
}
