package endpoint_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// timeStep is how long a code is shown.
const timeStep = 30 * time.Second

// people is an account as the project deploys it: alice is in the group and
// trusted by the role, mallory is in neither. Both have an MFA device.
type people struct {
	sandbox
	alice, mallory aws.Credentials
}

const (
	powerUserARN = "arn:aws:iam::" + accountID + ":role/power-user"
	aliceDevice  = "arn:aws:iam::" + accountID + ":mfa/alice"
)

func startPeople(t *testing.T, now time.Time, options ...func(*endpoint.Options)) people {
	t.Helper()
	s := startAt(t, now, options...)
	p := people{sandbox: s, alice: s.newUser(t, "alice"), mallory: s.newUser(t, "mallory")}
	owner := policy.Account{Partition: "aws", ID: accountID}
	trust, err := policy.TrustPolicy([]string{userARN("alice")})
	require.NoError(t, err)
	_, err = s.account.CreateRole(account.CreateRoleInput{
		RoleName: "power-user", AssumeRolePolicyDocument: trust.String(), MaxSessionDuration: 43200,
	})
	require.NoError(t, err)
	require.NoError(t, s.account.AttachRolePolicy("power-user", "arn:aws:iam::aws:policy/PowerUserAccess"))
	group, err := policy.GroupPolicy{Account: owner, RoleARNs: []string{powerUserARN}}.Document()
	require.NoError(t, err)
	_, err = s.account.CreatePolicy(account.CreatePolicyInput{PolicyName: "mfa", PolicyDocument: group.String()})
	require.NoError(t, err)
	_, err = s.account.CreateGroup("developers", "")
	require.NoError(t, err)
	require.NoError(t, s.account.AttachGroupPolicy("developers", "arn:aws:iam::"+accountID+":policy/mfa"))
	require.NoError(t, s.account.AddUserToGroup("developers", "alice"))
	return p
}

// newUser is a user with an access key and an MFA device of the same name.
func (s sandbox) newUser(t *testing.T, name string) aws.Credentials {
	t.Helper()
	_, err := s.account.CreateUser(account.CreateUserInput{UserName: name})
	require.NoError(t, err)
	key, err := s.account.CreateAccessKey(name)
	require.NoError(t, err)
	device, err := s.account.CreateVirtualMFADevice(name, "", nil)
	require.NoError(t, err)
	require.NoError(t, s.account.EnableMFADevice(account.MFADeviceInput{
		UserName: name, SerialNumber: device.SerialNumber,
		AuthenticationCode1: code(t, device.Base32StringSeed, s.clock.Now().Add(-timeStep)),
		AuthenticationCode2: code(t, device.Base32StringSeed, s.clock.Now()),
	}))
	return keys(key)
}

func code(t *testing.T, seed string, at time.Time) string {
	t.Helper()
	text, err := totp.GenerateCode(seed, at)
	require.NoError(t, err)
	return text
}

// code is what the user's authenticator shows, a code that was not yet used.
func (s sandbox) code(t *testing.T, userName string) *string {
	t.Helper()
	s.clock.Advance(timeStep)
	text, err := s.account.TOTPCode("arn:aws:iam::"+accountID+":mfa/"+userName, s.clock.Now())
	require.NoError(t, err)
	return &text
}

func temporary(c *ststypes.Credentials) aws.Credentials {
	return aws.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
	}
}

// assume assumes the role with the device of that name, if one is given.
func (s sandbox) assume(t *testing.T, c aws.Credentials, device string) (aws.Credentials, error) {
	t.Helper()
	in := &sts.AssumeRoleInput{RoleArn: aws.String(powerUserARN), RoleSessionName: aws.String("session")}
	if device != "" {
		in.SerialNumber = aws.String("arn:aws:iam::" + accountID + ":mfa/" + device)
		in.TokenCode = s.code(t, device)
	}
	out, err := s.stsAs(c).AssumeRole(t.Context(), in)
	if err != nil {
		return aws.Credentials{}, err
	}
	return temporary(out.Credentials), nil
}

func (s sandbox) sessionToken(t *testing.T, c aws.Credentials, device string) aws.Credentials {
	t.Helper()
	in := &sts.GetSessionTokenInput{}
	if device != "" {
		in.SerialNumber = aws.String("arn:aws:iam::" + accountID + ":mfa/" + device)
		in.TokenCode = s.code(t, device)
	}
	out, err := s.stsAs(c).GetSessionToken(t.Context(), in)
	require.NoError(t, err)
	return temporary(out.Credentials)
}

func TestEnrolment(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	_, err := p.account.CreateUser(account.CreateUserInput{UserName: "carol"})
	require.NoError(t, err)
	require.NoError(t, p.account.AddUserToGroup("developers", "carol"))
	key, err := p.account.CreateAccessKey("carol")
	require.NoError(t, err)
	carol, ctx := p.iamAs(keys(key)), t.Context()

	created, err := carol.CreateVirtualMFADevice(ctx,
		&iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("carol")})
	require.NoError(t, err)
	seed := string(created.VirtualMFADevice.Base32StringSeed)
	require.Regexp(t, `^[A-Z2-7]{64}$`, seed)
	require.Equal(t, "\x89PNG", string(created.VirtualMFADevice.QRCodePNG[:4]))
	_, err = base64.StdEncoding.DecodeString(string(created.VirtualMFADevice.QRCodePNG))
	require.Error(t, err, "the SDK has decoded it")

	serial := created.VirtualMFADevice.SerialNumber
	enable := func(code1, code2 string) error {
		_, err := carol.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: aws.String("carol"), SerialNumber: serial,
			AuthenticationCode1: aws.String(code1), AuthenticationCode2: aws.String(code2),
		})
		return err
	}
	now := p.clock.Now()
	first, second := code(t, seed, now.Add(-timeStep)), code(t, seed, now)
	requireAWSError(t, enable(second, first), 403, "InvalidAuthenticationCode",
		"Authentication code for device is not valid.")
	require.NoError(t, enable(first, second))
	requireAWSError(t, enable(first, second), 403, "AccessDenied", "To complete this action, please ensure "+
		"that you are authenticated with an MFA device that is enabled for this user.")

	listed, err := carol.ListMFADevices(ctx, &iam.ListMFADevicesInput{})
	require.NoError(t, err)
	require.Len(t, listed.MFADevices, 1)
	require.Equal(t, "carol", *listed.MFADevices[0].UserName)
	_, err = carol.ListGroups(ctx, &iam.ListGroupsInput{})
	requireAWSError(t, err, 403, "AccessDenied", "with an explicit deny in an identity-based policy")

	withMFA := p.iamAs(p.sessionToken(t, keys(key), "carol"))
	_, err = withMFA.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	requireAWSError(t, err, 409, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
	_, err = withMFA.DeactivateMFADevice(ctx,
		&iam.DeactivateMFADeviceInput{UserName: aws.String("carol"), SerialNumber: serial})
	require.NoError(t, err)
	_, err = withMFA.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	require.NoError(t, err)
}
