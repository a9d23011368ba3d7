package tests

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	profile     = "dev-power-user"
	roleName    = "cli-dev-power-user"
	roleARN     = "arn:aws:iam::111122223333:role/" + roleName
	groupPolicy = "arn:aws:iam::111122223333:policy/cli-dev-developers"
	assumedRole = "arn:aws:sts::111122223333:assumed-role/" + roleName + "/"
)

// rehearsal is a deployed stack and its people.
type rehearsal struct {
	*cloud
	// clock is the account's; clients have the machine's.
	clock  *accounttest.Clock
	stack  *deployment
	people map[string]story.Person
	codes  story.Codes
	client stack.ClientConfig
	// awsCLI is nil until it is found: each start of it takes its time.
	awsCLI *story.AWSCLI
}

// TestRehearsal has people use a deployed stack with the real AWS CLI, with the
// AWS SDK for Go and with boto3. One stack goes through the two steps of a
// roll-out and a change of membership.
//
//nolint:paralleltest // The parts are one after the other: they share the stack.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	t.Run("enforce: false", func(t *testing.T) {
		require.NoError(t, r.story(t, false).Tell(t.Context(), t.Output()))
	})
	t.Run("the story fails without the condition of the trust", r.trustTampered)

	r.stack.configure(t, rehearsedStack(true))
	require.Equal(t, map[string]int{"update": 1, "same": 9}, r.stack.up(t))
	t.Run("the story fails without the deny", r.denyTampered)
	t.Run("the story with the AWS SDK", func(t *testing.T) {
		require.NoError(t, r.story(t, true).Tell(t.Context(), t.Output()))
	})
	t.Run("the story with the AWS CLI", func(t *testing.T) {
		told := r.story(t, true)
		told.Client = r.cli(t)
		require.NoError(t, told.Tell(t.Context(), t.Output()))
	})
	t.Run("AWS CLI sessions", r.cliSessions)
	t.Run("AWS CLI device lost, replaced by an administrator", r.cliDeviceLost)
	t.Run("device replaced by its user", r.deviceReplaced)
	t.Run("AWS CLI reads the stack", r.cliReadsIAM)
	t.Run("AWS SDK for Go", r.sdk)
	t.Run("boto3", r.boto3)
	t.Run("a user leaves the group", r.userLeaves)
}

func rehearsedStack(enforce bool) string {
	text := `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 12h}
`
	if !enforce {
		text += "  aws-cli-mfa:enforce: false\n"
	}
	return text
}

// newRehearsal is the first step of a roll-out: people have had PowerUserAccess,
// and still have.
func newRehearsal(t *testing.T) *rehearsal {
	t.Helper()
	r := &rehearsal{clock: &accounttest.Clock{}, people: map[string]story.Person{}}
	r.cloud = newCloud(t, serving{}, account.WithClock(r.clock.Now))
	r.addUser(t, "carol", "/", "developers")
	const before = "arn:aws:iam::aws:policy/PowerUserAccess"
	require.NoError(t, r.account.AttachGroupPolicy("developers", before))
	require.NoError(t, r.account.AttachUserPolicy("mallory", before))
	r.stack = newDeployment(t, r.cloud, rehearsedStack(false))
	r.stack.up(t)

	r.client = r.stack.outputs(t).ClientConfig
	r.codes = story.Codes{Account: r.account}
	homes := story.Homes{Dir: t.TempDir(), Endpoint: r.address, Account: r.account, Client: r.client}
	for _, user := range []string{"alice", "bob", "carol", "mallory", "administrator"} {
		person, err := homes.Settle(user)
		require.NoError(t, err)
		r.people[user] = person
	}
	return r
}

// story is the one of make sandbox, with the AWS SDK.
func (r *rehearsal) story(t *testing.T, enforced bool) *story.Story {
	t.Helper()
	for _, user := range []string{"alice", "mallory"} {
		_, err := r.code(user)() // sees to it that there is one
		require.NoError(t, err)
	}
	outsider := r.people["mallory"]
	return &story.Story{
		Client: story.NewSDK(r.address), Codes: r.codes, Profile: r.client.Profiles[0],
		Insider: r.people["alice"], Outsider: &outsider, Enforced: enforced, RoleListsBuckets: true,
	}
}

// cli is the real AWS CLI.
func (r *rehearsal) cli(t *testing.T) *story.AWSCLI {
	t.Helper()
	if r.awsCLI == nil {
		var err error
		r.awsCLI, err = story.NewAWSCLI(t.Context(), clienttest.Require(t, "aws"), r.address, r.people["alice"])
		require.NoError(t, err)
	}
	return r.awsCLI
}

// code is the next of the user's authenticator. Should all of the moment be
// used, time goes on, for the account alone: clients may be minutes behind.
func (r *rehearsal) code(user string) func() (string, error) {
	return func() (string, error) {
		code, err := r.codes.Next(user)
		if errors.Is(err, story.ErrNoCode) {
			r.clock.Advance(30 * time.Second)
			return r.codes.Next(user)
		}
		return code, err
	}
}

// run runs a command as the person, and wants the texts on the screen. Without
// a code there must be no prompt.
func (r *rehearsal) run(
	t *testing.T, client story.Client, user, command string, code func() (string, error), texts ...string,
) {
	t.Helper()
	result, err := client.Run(t.Context(), r.people[user], story.Command{Args: strings.Fields(command), Code: code})
	require.NoError(t, err)
	prompts := 0
	if code != nil {
		prompts = 1
	}
	require.Equal(t, prompts, result.Prompts, result.Screen)
	refused := slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, "(") })
	require.Equal(t, refused, result.Failed, result.Screen)
	for _, text := range texts {
		require.Contains(t, result.Screen, text)
	}
}

const (
	whoAmI = "sts get-caller-identity --profile " + profile
	list   = "s3 ls --profile " + profile
)

// sceneOf is the only scene that an error reports.
func sceneOf(t *testing.T, err error) string {
	t.Helper()
	failure := &story.SceneError{}
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 1, strings.Count(err.Error(), "scene ("), err.Error())
	return failure.Scene
}

func (r *rehearsal) trustTampered(t *testing.T) {
	role, err := r.account.GetRole(roleName)
	require.NoError(t, err)
	document, err := policy.Parse(role.AssumeRolePolicyDocument)
	require.NoError(t, err)
	for i := range document.Statements {
		document.Statements[i].Condition = nil
	}
	require.NotEqual(t, role.AssumeRolePolicyDocument, document.String())
	require.NoError(t, r.account.UpdateAssumeRolePolicy(roleName, document.String()))
	require.Contains(t, sceneOf(t, r.story(t, false).Tell(t.Context(), io.Discard)), "No code at all")
	require.NoError(t, r.account.UpdateAssumeRolePolicy(roleName, role.AssumeRolePolicyDocument))
}

func (r *rehearsal) denyTampered(t *testing.T) {
	current, err := r.account.GetPolicy(groupPolicy)
	require.NoError(t, err)
	version, err := r.account.GetPolicyVersion(groupPolicy, current.DefaultVersionID)
	require.NoError(t, err)
	document, err := policy.Parse(version.Document)
	require.NoError(t, err)
	document.Statements = slices.DeleteFunc(document.Statements, func(s policy.Statement) bool {
		return s.Sid == policy.SidDenyWithoutMFA
	})
	tampered, err := r.account.CreatePolicyVersion(groupPolicy, document.String(), true)
	require.NoError(t, err)
	require.Contains(t, sceneOf(t, r.story(t, true).Tell(t.Context(), io.Discard)), "access key alone opens nothing")
	require.NoError(t, r.account.SetDefaultPolicyVersion(groupPolicy, current.DefaultVersionID))
	require.NoError(t, r.account.DeletePolicyVersion(groupPolicy, tampered.VersionID))
}

func (r *rehearsal) cliSessions(t *testing.T) {
	cli := r.cli(t)
	before := time.Now()
	r.run(t, cli, "bob", whoAmI, r.code("bob"), assumedRole)
	file, text := cached(t, r.people["bob"])
	expiration := regexp.MustCompile(`"Expiration": "([^"]+)"`).FindStringSubmatch(text)
	require.Len(t, expiration, 2, text)
	until, err := time.Parse(time.RFC3339, expiration[1])
	require.NoError(t, err)
	require.WithinDuration(t, before.Add(12*time.Hour), until, 5*time.Minute)
	r.run(t, cli, "bob", list, nil)

	// The account finds the session to have expired before the client does.
	r.clock.Advance(12 * time.Hour)
	r.run(t, cli, "bob", list, nil, "(ExpiredToken)")
	r.clock.Advance(-12 * time.Hour)

	// The client finds it to have expired, and asks for a code again.
	past := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(text, expiration[1], past)), 0o600))
	r.run(t, cli, "bob", list, r.code("bob"))

	require.NoError(t, cli.Forget(r.people["bob"]))
	hour, long := 3600, 43200
	_, err = r.account.UpdateRole(account.UpdateRoleInput{RoleName: roleName, MaxSessionDuration: &hour})
	require.NoError(t, err)
	r.run(t, cli, "bob", whoAmI, r.code("bob"), "(ValidationError)",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	_, err = r.account.UpdateRole(account.UpdateRoleInput{RoleName: roleName, MaxSessionDuration: &long})
	require.NoError(t, err)
}

// cached is the one set of temporary credentials that the AWS CLI keeps.
func cached(t *testing.T, person story.Person) (file, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(person.Cache(), "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0], read(t, files[0])
}

func (r *rehearsal) cliDeviceLost(t *testing.T) {
	const device = "arn:aws:iam::111122223333:mfa/carol"
	cli, seed := r.cli(t), filepath.Join(t.TempDir(), "seed")
	as := func(user, command string, texts ...string) {
		t.Helper()
		r.run(t, cli, user, command, nil, texts...)
	}
	as("carol", "iam deactivate-mfa-device --user-name carol --serial-number "+device, "(AccessDenied)")
	as("administrator", "iam deactivate-mfa-device --user-name carol --serial-number "+device)
	as("administrator", "iam delete-virtual-mfa-device --serial-number "+device)
	as("carol", "iam create-virtual-mfa-device --virtual-mfa-device-name carol "+
		"--bootstrap-method Base32StringSeed --outfile "+seed, device)
	first, second := consecutive(t, strings.TrimSpace(read(t, seed)), r.clock.Now())
	as("carol", "iam enable-mfa-device --user-name carol --serial-number "+device+
		" --authentication-code1 "+first+" --authentication-code2 "+second)
	r.run(t, cli, "carol", whoAmI, r.code("carol"), assumedRole)
}

func consecutive(t *testing.T, seed string, now time.Time) (first, second string) {
	t.Helper()
	first, err := totp.GenerateCode(seed, now.Add(-30*time.Second))
	require.NoError(t, err)
	second, err = totp.GenerateCode(seed, now)
	require.NoError(t, err)
	return first, second
}

// deviceReplaced has a user with an MFA session take another telephone.
func (r *rehearsal) deviceReplaced(t *testing.T) {
	user, device := "carol", "arn:aws:iam::111122223333:mfa/carol"
	key, err := story.AccessKey(r.account, user)
	require.NoError(t, err)
	options := func(id, secret, token string) aws.Config {
		return aws.Config{
			Region: "eu-west-1", BaseEndpoint: aws.String(r.address),
			Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
		}
	}
	alone := options(key.AccessKeyID, key.SecretAccessKey, "")
	deactivate := &awsiam.DeactivateMFADeviceInput{UserName: &user, SerialNumber: &device}
	_, err = awsiam.NewFromConfig(alone).DeactivateMFADevice(t.Context(), deactivate)
	require.ErrorContains(t, err, "AccessDenied")

	code, err := r.code(user)()
	require.NoError(t, err)
	session, err := sts.NewFromConfig(alone).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
		SerialNumber: &device, TokenCode: &code,
	})
	require.NoError(t, err)
	given := session.Credentials
	client := awsiam.NewFromConfig(options(*given.AccessKeyId, *given.SecretAccessKey, *given.SessionToken))
	_, err = client.DeactivateMFADevice(t.Context(), deactivate)
	require.NoError(t, err)
	_, err = client.DeleteVirtualMFADevice(t.Context(), &awsiam.DeleteVirtualMFADeviceInput{SerialNumber: &device})
	require.NoError(t, err)
	created, err := client.CreateVirtualMFADevice(t.Context(), &awsiam.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: &user,
	})
	require.NoError(t, err)
	first, second := consecutive(t, string(created.VirtualMFADevice.Base32StringSeed), r.clock.Now())
	_, err = client.EnableMFADevice(t.Context(), &awsiam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: &device, AuthenticationCode1: &first, AuthenticationCode2: &second,
	})
	require.NoError(t, err)
	r.run(t, story.NewSDK(r.address), user, whoAmI, r.code(user), assumedRole)
}

// cliReadsIAM has an administrator look at what was deployed.
func (r *rehearsal) cliReadsIAM(t *testing.T) {
	cli := r.cli(t)
	for command, texts := range map[string][]string{
		"iam get-role --role-name " + roleName: {
			`"aws:MultiFactorAuthPresent": "true"`, `"MaxSessionDuration": 43200`,
		},
		"iam list-attached-group-policies --group-name developers":           {groupPolicy},
		"iam get-policy-version --version-id v2 --policy-arn " + groupPolicy: {`"Sid": "DenyWithoutMFA"`},
		"iam list-mfa-devices --user-name bob":                               {`"SerialNumber": "arn:aws:iam::111122223333:mfa/bob"`},
		"iam list-roles":                                                     {roleARN},
	} {
		r.run(t, cli, "administrator", command, nil, texts...)
	}
}

// sdk is the shared configuration of the AWS SDK for Go, which alone says where
// the endpoint is. It asks nobody of its own accord: the program gives a token
// provider.
func (r *rehearsal) sdk(t *testing.T) {
	load := func(user, name string, options ...func(*config.LoadOptions) error) (aws.Config, error) {
		person := r.people[user]
		return config.LoadDefaultConfig(t.Context(), append(options,
			config.WithSharedConfigFiles([]string{person.Config()}),
			config.WithSharedCredentialsFiles([]string{person.Credentials()}),
			config.WithSharedConfigProfile(name))...)
	}
	prompts := 0
	tokens := func(code func() (string, error)) func(*config.LoadOptions) error {
		return config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = func() (string, error) {
				prompts++
				return code()
			}
		})
	}
	list := func(client aws.Config) error {
		_, err := awsiam.NewFromConfig(client).ListRoles(t.Context(), &awsiam.ListRolesInput{})
		return err
	}
	alone, err := load("alice", "default")
	require.NoError(t, err)
	require.ErrorContains(t, list(alone), "explicit deny")
	_, err = load("alice", profile)
	require.ErrorAs(t, err, &config.AssumeRoleTokenProviderNotSetError{})

	role, err := load("alice", profile, tokens(r.code("alice")))
	require.NoError(t, err)
	for range 2 {
		identity, err := sts.NewFromConfig(role).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		require.NoError(t, err)
		require.Contains(t, *identity.Arn, assumedRole)
		require.NoError(t, list(role))
	}
	require.Equal(t, 1, prompts, "one code for the session")
	session, err := role.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	require.WithinDuration(t, r.clock.Now().Add(12*time.Hour), session.Expires, 5*time.Minute)
	r.clock.Advance(12 * time.Hour)
	require.ErrorContains(t, list(role), "ExpiredToken")
	r.clock.Advance(-12 * time.Hour)

	// Credentials that expire within the window are due for renewal.
	due, err := load("alice", profile, tokens(r.code("alice")),
		config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 13 * time.Hour }))
	require.NoError(t, err)
	prompts = 0
	require.NoError(t, list(due))
	require.NoError(t, list(due))
	require.Equal(t, 2, prompts, "a code for each session")

	wrong, err := load("alice", profile, tokens(func() (string, error) { return r.codes.Wrong("alice") }))
	require.NoError(t, err)
	require.ErrorContains(t, list(wrong), "MultiFactorAuthentication failed with invalid MFA one time pass code")
	outsider, err := load("mallory", profile, tokens(r.code("mallory")))
	require.NoError(t, err)
	require.ErrorContains(t, list(outsider), "is not authorized to perform: sts:AssumeRole")
}

func (r *rehearsal) boto3(t *testing.T) {
	python := clienttest.Require(t, "boto3")
	person := r.people["carol"]
	require.NoError(t, os.RemoveAll(person.Cache()))
	program := exec.CommandContext(t.Context(), python, "testdata/rehearsal.py", profile)
	program.Env = story.Environment(os.Environ(), person, r.address)
	answers := []func() (string, error){
		r.code("carol"), func() (string, error) { return r.codes.Wrong("carol") },
	}
	result, err := story.InTerminal(t.Context(), program, func() (string, error) {
		if len(answers) == 0 {
			return "", errors.New("a prompt too many")
		}
		answer := answers[0]
		answers = answers[1:]
		return answer()
	})
	require.NoError(t, err, result.Screen)
	require.False(t, result.Failed, result.Screen)
	require.Equal(t, 2, result.Prompts, result.Screen)
	for _, pattern := range []string{
		`(?m)^key alone: An error occurred \(AccessDenied\) .* explicit deny`,
		`(?m)^role: ` + assumedRole,
		`(?m)^same session: \[\]$`,
		`(?m)^cached: \[\]$`,
		`(?m)^wrong code: An error occurred \(AccessDenied\) .* invalid MFA one time pass code`,
	} {
		require.Regexp(t, pattern, result.Screen)
	}
}

// userLeaves takes a user from the group, which takes the deny from them: until
// the next pulumi up only the trust stands before the role.
func (r *rehearsal) userLeaves(t *testing.T) {
	client, user, group := story.NewSDK(r.address), "bob", "developers"
	_, err := r.iam.RemoveUserFromGroup(t.Context(), &awsiam.RemoveUserFromGroupInput{UserName: &user, GroupName: &group})
	require.NoError(t, err)
	r.run(t, client, user, "sts assume-role --role-arn "+roleARN+" --role-session-name no-mfa", nil, "(AccessDenied)")
	r.run(t, client, user, whoAmI, r.code(user), assumedRole)

	require.Equal(t, map[string]int{"update": 1, "same": 9}, r.stack.up(t))
	r.run(t, r.cli(t), user, whoAmI, r.code(user), "(AccessDenied)", "not authorized to perform: sts:AssumeRole")
}
