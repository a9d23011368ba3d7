package mfadevice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	timeStep   = 30 * time.Second
	powerUser  = "arn:aws:iam::111122223333:role/power-user"
	mfaPolicy  = "arn:aws:iam::111122223333:policy/mfa"
	aliceMFA   = "arn:aws:iam::111122223333:mfa/alice"
	adminGroup = "arn:aws:iam::aws:policy/AdministratorAccess"
)

func owner() policy.Account { return policy.Account{Partition: "aws", ID: "111122223333"} }

// newClock stands ten seconds after a step begins.
func newClock() *accounttest.Clock {
	return accounttest.Standing(time.Now().Truncate(timeStep).Add(10 * time.Second))
}

// cloud is an account with the deployed group policy: alice and bob (who has a
// path) are members, root is an administrator. Nobody has a device.
type cloud struct {
	account *account.Account
	clock   *accounttest.Clock
	address string
}

func newCloud(t *testing.T, group policy.GroupPolicy, options ...account.Option) cloud {
	t.Helper()
	c := cloud{clock: newClock()}
	c.account = account.New(owner().ID, owner().Partition, append(options, account.WithClock(c.clock.Now))...)
	group.Account, group.RoleARNs = owner(), []string{powerUser}
	document, err := group.Document()
	require.NoError(t, err)
	_, err = c.account.CreatePolicy(account.CreatePolicyInput{PolicyName: "mfa", PolicyDocument: document.String()})
	require.NoError(t, err)
	_, err = c.account.CreateGroup("developers", "")
	require.NoError(t, err)
	require.NoError(t, c.account.AttachGroupPolicy("developers", mfaPolicy))
	for name, path := range map[string]string{"alice": "/", "bob": "/team/", "administrator": "/"} {
		_, err := c.account.CreateUser(account.CreateUserInput{UserName: name, Path: path})
		require.NoError(t, err)
	}
	require.NoError(t, c.account.AddUserToGroup("developers", "alice"))
	require.NoError(t, c.account.AddUserToGroup("developers", "bob"))
	require.NoError(t, c.account.AttachUserPolicy("administrator", adminGroup))
	c.address = accounttest.Serve(t, c.account)
	return c
}

func (c cloud) config(t *testing.T, userName string) aws.Config {
	t.Helper()
	key, err := c.account.CreateAccessKey(userName)
	require.NoError(t, err)
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &c.address,
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}
}

func (c cloud) iam(t *testing.T, userName string) *iam.Client {
	t.Helper()
	return iam.NewFromConfig(c.config(t, userName))
}

// made makes a device and gives its seed.
func (c cloud) made(t *testing.T, name string) string {
	t.Helper()
	device, err := c.account.CreateVirtualMFADevice(name, "", nil)
	require.NoError(t, err)
	return device.Base32StringSeed
}

// enable enables a device of the user.
func (c cloud) enable(t *testing.T, userName, deviceName, seed string) {
	t.Helper()
	require.NoError(t, c.account.EnableMFADevice(account.MFADeviceInput{
		UserName: userName, SerialNumber: owner().VirtualMFADeviceARN(deviceName),
		AuthenticationCode1: code(seed, c.clock.Now().Add(-timeStep)), AuthenticationCode2: code(seed, c.clock.Now()),
	}))
}

func (c cloud) seed(t *testing.T, serialNumber string) string {
	t.Helper()
	return accounttest.Seed(t, c.account, serialNumber)
}

func (c cloud) devices(t *testing.T, userName string) []string {
	t.Helper()
	listed, err := c.account.ListMFADevices(userName)
	require.NoError(t, err)
	var serials []string
	for _, device := range listed {
		serials = append(serials, device.SerialNumber)
	}
	return serials
}

func code(seed string, at time.Time) string {
	text, err := totp.GenerateCode(seed, at)
	if err != nil {
		panic(err)
	}
	return text
}

var errNoMoreAnswers = errors.New("no more answers")

// person answers one question after the other, and remembers what was said.
type person struct {
	answers    []func() string
	asked      []string
	said       strings.Builder
	shown      []mfadevice.NewDevice
	shownAgain []mfadevice.NewDevice
	ready      int
	unready    error
}

func (p *person) ask(ctx context.Context, question string) (string, error) {
	p.asked = append(p.asked, question)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if len(p.answers) == 0 {
		return "", errNoMoreAnswers
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer(), nil
}

// types adds answers that are known beforehand.
func (p *person) types(answers ...string) {
	for _, answer := range answers {
		p.answers = append(p.answers, func() string { return answer })
	}
}

// reads adds the code that the authenticator shows so much ahead of AWS's time.
func (p *person) reads(c cloud, ahead ...time.Duration) {
	for _, ahead := range ahead {
		p.answers = append(p.answers, func() string {
			return code(p.shown[0].Seed.Reveal(), c.clock.Now().Add(ahead))
		})
	}
}

func (p *person) enrolment(api mfadevice.EnrolAPI, c cloud, userName string, own bool) mfadevice.Enrolment {
	return mfadevice.Enrolment{
		API: api, Account: owner(), UserName: userName, Own: own, Now: c.clock.Now,
		Ready:     func() error { p.ready++; return p.unready },
		Show:      func(device mfadevice.NewDevice) { p.shown = append(p.shown, device) },
		ShowAgain: func(device mfadevice.NewDevice) { p.shownAgain = append(p.shownAgain, device) },
		Ask:       p.ask,
		Say:       func(format string, args ...any) { fmt.Fprintf(&p.said, format+"\n", args...) },
	}
}

// tokens is STS for a user.
func (c cloud) tokens(t *testing.T, userName string) *sts.Client {
	t.Helper()
	return sts.NewFromConfig(c.config(t, userName))
}
