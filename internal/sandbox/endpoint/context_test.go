package endpoint_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// TestMFAKeys finds what the MFA keys of the request context are for each kind
// of credential, by policies that allow one call each: of users, in the identity
// policy of everybody; of role sessions, in the role's.
func TestMFAKeys(t *testing.T) {
	t.Parallel()
	const (
		absent  = "absent"
		isFalse = "false"
		isTrue  = "true"
	)
	p := startPeople(t, time.Now())
	allow := func(action, operator, key, value string) string {
		return `{"Effect":"Allow","Action":"` + action + `","Resource":"*","Condition":{"` + operator + `":{"` + key +
			`":"` + value + `"}}}`
	}
	document := `{"Version":"2012-10-17","Statement":[` +
		allow("ec2:DescribeVpcs", "Null", "aws:MultiFactorAuthPresent", "true") + "," +
		allow("ec2:DescribeSubnets", "Bool", "aws:MultiFactorAuthPresent", "false") + "," +
		allow("ec2:DescribeVolumes", "Bool", "aws:MultiFactorAuthPresent", "true") + "," +
		allow("ec2:DescribeImages", "NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "600") +
		`,{"Effect":"Allow","Action":["sts:*"],"Resource":"*"}]}`
	created, err := p.account.CreatePolicy(account.CreatePolicyInput{PolicyName: "keys", PolicyDocument: document})
	require.NoError(t, err)
	require.NoError(t, p.account.AttachUserPolicy("mallory", created.ARN))
	require.NoError(t, p.account.DetachRolePolicy("power-user", "arn:aws:iam::aws:policy/PowerUserAccess"))
	require.NoError(t, p.account.AttachRolePolicy("power-user", created.ARN))
	_, err = p.account.CreateRole(account.CreateRoleInput{
		RoleName: "chained", AssumeRolePolicyDocument: trustDocument("arn:aws:iam::" + accountID + ":root"),
	})
	require.NoError(t, err)
	require.NoError(t, p.account.UpdateAssumeRolePolicy("power-user", trustDocument(userARN("mallory"))))

	direct, err := p.assume(t, p.mallory, "mallory") // row 6
	require.NoError(t, err)
	_, err = p.assume(t, p.mallory, "") // row 7
	requireAWSError(t, err, 403, "AccessDenied", "sts:AssumeRole")
	withMFA := p.sessionToken(t, p.mallory, "mallory")
	sticky, err := p.assume(t, withMFA, "") // row 8
	require.NoError(t, err)
	chain := func(c aws.Credentials) (aws.Credentials, error) {
		out, err := p.stsAs(c).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + accountID + ":role/chained"), RoleSessionName: aws.String("chain"),
		})
		if err != nil {
			return aws.Credentials{}, err
		}
		return temporary(out.Credentials), nil
	}
	_, err = chain(direct) // row 11
	requireAWSError(t, err, 403, "AccessDenied", "sts:AssumeRole")
	_, err = chain(sticky) // row 12
	require.NoError(t, err)
	federated, err := p.stsAs(p.mallory).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String("guest"),
	})
	require.NoError(t, err)
	_, err = p.stsAs(p.mallory).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String("guest"), Policy: aws.String(document),
	})
	requireAWSError(t, err, 501, "NotImplemented", "no policies of their own")
	withoutMFA := p.sessionToken(t, p.mallory, "")

	p.clock.Advance(20 * time.Minute)
	for name, test := range map[string]struct {
		credentials aws.Credentials
		present     string
		aged        bool
	}{
		"1 long-term key":                   {p.mallory, absent, false},
		"2 GetSessionToken without MFA":     {withoutMFA, isFalse, false},
		"3 GetSessionToken with MFA":        {withMFA, isTrue, true},
		"9 role session":                    {direct, isFalse, false},
		"10 role session of a session with": {sticky, isTrue, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			allowed := func(action string) bool {
				_, caller, err := p.account.Credentials(test.credentials.AccessKeyID, test.credentials.SessionToken)
				require.NoError(t, err)
				decision, _ := p.account.Authorize(caller, account.Request{Action: "ec2:" + action, Resource: "*"})
				return decision.Allowed
			}
			require.Equal(t, test.present == absent, allowed("DescribeVpcs"))
			require.Equal(t, test.present == isFalse, allowed("DescribeSubnets"))
			require.Equal(t, test.present == isTrue, allowed("DescribeVolumes"))
			require.Equal(t, test.aged, allowed("DescribeImages"))
		})
	}
	for name, c := range map[string]aws.Credentials{ // row 2a, and the same for 13
		"GetSessionToken without MFA": withoutMFA, "federated user": temporary(federated.Credentials),
	} {
		_, err := p.iamAs(c).ListUsers(t.Context(), &iam.ListUsersInput{})
		requireAWSError(t, err, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
		identity, err := p.stsAs(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		require.NoError(t, err, name)
		require.Equal(t, accountID, *identity.Account)
	}
}
