package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// attack is one call with credentials that its sender should not have, and the code
// of the error that it has to get.
type attack struct {
	Keys               aws.Credentials
	Service, Operation string
	Parameters         map[string]any
	Code               string `json:"-"`
}

const stackOfAttacks = `
config:
  aws:region: eu-west-1
  aws-cli-mfa:selfServiceAccessKeys: true
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers]}
    read-only: {policies: [ReadOnlyAccess], groups: [operators]}
`

// target is an account with the stack, and what thieves have of it.
type target struct {
	*cloud
	clock *accounttest.Clock
	codes story.Codes
	stack *deployment
	boto3 boto3
	c     *tally
}

// attacks has boto3 try what thieves would. Alice is enrolled, bob is not.
func attacks(t *testing.T, _ bool, c *tally) {
	t.Helper()
	clock := &accounttest.Clock{}
	a := &target{cloud: newCloud(t, serving{}, account.WithClock(clock.Now)), clock: clock, c: c}
	a.boto3, a.codes = startBoto3(t, a.address), story.Codes{Account: a.account}
	a.addUser(t, "lena", "/", "developers")
	a.stack = newDeployment(t, a.cloud, stackOfAttacks)
	a.stack.up(t)
	for _, user := range []string{"alice", "lena", "mallory", "olivia"} {
		_, err := story.MFADevice(a.account, user)
		require.NoError(t, err)
	}
	a.bareKeys(t)
	a.sessions(t)
	a.lookAlikes(t)
	a.leaver(t)
	a.stack.configure(t, stackOfAttacks+"  aws-cli-mfa:enrolment: admin\n")
	a.stack.up(t)
	bob := a.key(t, "bob")
	a.denied(t,
		attack{bob, "iam", "create_virtual_mfa_device", p("VirtualMFADeviceName", "bob"), "AccessDenied"},
		attack{bob, "iam", "list_mfa_devices", p(), "AccessDenied"},
		attack{bob, "sts", "get_session_token", p(), "AccessDenied"})
}

// p are parameters: names and values in turn.
func p(pairs ...any) map[string]any {
	parameters := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		parameters[pairs[i].(string)] = pairs[i+1] //nolint:forcetypeassert // as written below
	}
	return parameters
}

func (a *target) role(name string) string {
	return "arn:aws:iam::" + accountID + ":role/cli-dev-" + name
}

func (a *target) device(user string) string { return "arn:aws:iam::" + accountID + ":mfa/" + user }

func (a *target) key(t *testing.T, user string) aws.Credentials {
	t.Helper()
	key, err := story.AccessKey(a.account, user)
	require.NoError(t, err)
	return aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
}

// code is a fresh one.
func (a *target) code(t *testing.T, user string) string {
	t.Helper()
	code, err := a.codes.Next(user)
	require.NoError(t, err)
	return code
}

// assume is the call with a code of that user's device.
func (a *target) assume(keys aws.Credentials, role, device, code, want string) attack {
	return attack{keys, "sts", "assume_role", p("RoleArn", a.role(role), "RoleSessionName", "thief",
		"SerialNumber", a.device(device), "TokenCode", code), want}
}

// boto3 makes calls, one after the other.
type boto3 struct {
	in      io.Writer
	answers *bufio.Scanner
}

func startBoto3(t *testing.T, address string) boto3 {
	t.Helper()
	python := exec.CommandContext(context.WithoutCancel(t.Context()), clienttest.Require(t, "boto3"), "testdata/attacks.py", address)
	in, err := python.StdinPipe()
	require.NoError(t, err)
	out, err := python.StdoutPipe()
	require.NoError(t, err)
	python.Stderr = t.Output()
	require.NoError(t, python.Start())
	t.Cleanup(func() { require.NoError(t, errors.Join(in.Close(), python.Wait())) })
	return boto3{in, bufio.NewScanner(out)}
}

// denied has all of them tried, and counts those that come through as doors.
func (a *target) denied(t *testing.T, attacks ...attack) {
	t.Helper()
	for _, one := range attacks {
		require.NoError(t, json.NewEncoder(a.boto3.in).Encode(one))
		require.True(t, a.boto3.answers.Scan(), "%s %v", one.Operation, one.Parameters)
		got := a.boto3.answers.Text()
		if got == "ok" {
			a.c.open++
		}
		require.Equal(t, one.Code, got, "%s %v", one.Operation, one.Parameters)
	}
	a.c.add(len(attacks), 0)
}

// bareKeys are the stolen keys of alice, who is enrolled, and of bob, who is not.
func (a *target) bareKeys(t *testing.T) {
	t.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	groupPolicy := "arn:aws:iam::" + accountID + ":policy/cli-dev-developers"
	wrong, err := a.codes.Wrong("alice")
	require.NoError(t, err)
	for user, keys := range map[string]aws.Credentials{"alice": a.key(t, "alice"), "bob": a.key(t, "bob")} {
		iam := func(operation string, pairs ...any) attack {
			return attack{keys, "iam", operation, p(pairs...), "AccessDenied"}
		}
		a.denied(t,
			attack{keys, "s3", "list_buckets", p(), "AccessDenied"},
			iam("list_users"), iam("list_groups_for_user", "UserName", user), iam("create_access_key", "UserName", user),
			iam("create_access_key", "UserName", "olivia"), iam("update_access_key", "AccessKeyId", keys.AccessKeyID, "Status", "Inactive"),
			iam("delete_access_key", "AccessKeyId", keys.AccessKeyID), iam("get_user", "UserName", "olivia"),
			iam("deactivate_mfa_device", "UserName", "alice", "SerialNumber", a.device("alice")),
			iam("delete_virtual_mfa_device", "SerialNumber", a.device("alice")),
			iam("create_virtual_mfa_device", "VirtualMFADeviceName", "another"), iam("list_virtual_mfa_devices"),
			iam("create_virtual_mfa_device", "VirtualMFADeviceName", "second", "Path", "/"+user+"/"), iam("list_access_keys"),
			iam("enable_mfa_device", "UserName", "mallory", "SerialNumber", a.device("alice"),
				"AuthenticationCode1", "000000", "AuthenticationCode2", "000001"),
			iam("detach_group_policy", "GroupName", "developers", "PolicyArn", groupPolicy),
			iam("remove_user_from_group", "GroupName", "developers", "UserName", user),
			iam("add_user_to_group", "GroupName", "operators", "UserName", user),
			iam("create_policy_version", "PolicyArn", groupPolicy, "PolicyDocument", policy, "SetAsDefault", true),
			iam("delete_policy", "PolicyArn", groupPolicy), iam("create_user", "UserName", "ghost"),
			iam("put_user_policy", "UserName", user, "PolicyName", "x", "PolicyDocument", policy),
			iam("put_group_policy", "GroupName", "developers", "PolicyName", "x", "PolicyDocument", policy),
			iam("attach_user_policy", "UserName", user, "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
			iam("update_assume_role_policy", "RoleName", "cli-dev-power-user", "PolicyDocument", policy),
			iam("attach_role_policy", "RoleName", "cli-dev-power-user", "PolicyArn", groupPolicy),
			iam("delete_role", "RoleName", "cli-dev-power-user"),
			attack{keys, "sts", "get_federation_token", p("Name", "guest"), "AccessDenied"},
			attack{keys, "sts", "assume_role", p("RoleArn", a.role("power-user"), "RoleSessionName", "thief"), "AccessDenied"},
			attack{keys, "sts", "assume_role", p("RoleArn", a.role("read-only"), "RoleSessionName", "thief"), "AccessDenied"},
			a.assume(keys, "power-user", "alice", wrong, "AccessDenied"),
			a.assume(keys, "power-user", "mallory", a.code(t, "mallory"), "AccessDenied"),
		)
		_, caller, err := a.account.Credentials(keys.AccessKeyID, "")
		require.NoError(t, err)
		session, err := a.account.GetSessionToken(caller, account.MFA{}, 0, nil)
		require.NoError(t, err, "which has no MFA")
		keys = aws.Credentials{
			AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey, SessionToken: session.SessionToken,
		}
		a.denied(t, attack{keys, "iam", "list_users", p(), "InvalidClientTokenId"},
			attack{keys, "s3", "list_buckets", p(), "AccessDenied"},
			attack{keys, "sts", "assume_role", p("RoleArn", a.role("power-user"), "RoleSessionName", "thief"), "AccessDenied"})
	}
}

// sessions are stolen sessions of the role, and codes that were seen.
func (a *target) sessions(t *testing.T) {
	t.Helper()
	keys, code := a.key(t, "alice"), a.code(t, "alice")
	_, caller, err := a.account.Credentials(keys.AccessKeyID, "")
	require.NoError(t, err)
	assumed, err := a.account.AssumeRole(caller, account.AssumeRoleInput{
		RoleARN: a.role("power-user"), RoleSessionName: "alice", MFA: account.MFA{SerialNumber: a.device("alice"), TokenCode: code},
	})
	require.NoError(t, err)
	session := aws.Credentials{
		AccessKeyID: assumed.Credentials.AccessKeyID, SecretAccessKey: assumed.Credentials.SecretAccessKey,
		SessionToken: assumed.Credentials.SessionToken,
	}
	half := session
	half.SessionToken = ""
	a.denied(t,
		a.assume(keys, "power-user", "alice", code, "AccessDenied"),
		attack{keys, "sts", "get_session_token", p("SerialNumber", a.device("alice"), "TokenCode", code), "AccessDenied"},
		attack{session, "iam", "create_access_key", p("UserName", "alice"), "AccessDenied"},
		attack{session, "iam", "list_users", p(), "AccessDenied"},
		attack{session, "iam", "update_assume_role_policy", p("RoleName", "cli-dev-power-user", "PolicyDocument", "{}"), "AccessDenied"},
		attack{session, "sts", "get_session_token", p(), "AccessDenied"},
		attack{session, "sts", "get_federation_token", p("Name", "guest"), "AccessDenied"},
		attack{session, "sts", "assume_role", p("RoleArn", a.role("power-user"), "RoleSessionName", "on"), "AccessDenied"},
		attack{session, "sts", "assume_role", p("RoleArn", a.role("read-only"), "RoleSessionName", "on"), "AccessDenied"},
		a.assume(session, "power-user", "alice", a.code(t, "alice"), "AccessDenied"),
		attack{half, "s3", "list_buckets", p(), "InvalidAccessKeyId"},
		attack{half, "sts", "get_caller_identity", p(), "InvalidClientTokenId"},
	)
}

// lookAlikes have a device and a right code, and are somebody else.
func (a *target) lookAlikes(t *testing.T) {
	t.Helper()
	a.addUser(t, "alice2", "/", "developers")
	require.NoError(t, a.account.RemoveUserFromGroup("developers", "bob"))
	bob := a.key(t, "bob")
	require.NoError(t, a.account.DeleteAccessKey("bob", bob.AccessKeyID))
	require.NoError(t, a.account.DeleteUser("bob"))
	a.addUser(t, "bob", "/team/", "developers")
	for _, user := range []string{"alice2", "bob", "mallory", "olivia"} {
		_, err := story.MFADevice(a.account, user)
		require.NoError(t, err)
		a.denied(t, a.assume(a.key(t, user), "power-user", user, a.code(t, user), "AccessDenied"))
	}
}

// leaver is lena, after the next pulumi up: until then she stays trusted, which the
// documentation says.
func (a *target) leaver(t *testing.T) {
	t.Helper()
	require.NoError(t, a.account.RemoveUserFromGroup("developers", "lena"))
	require.NoError(t, a.account.RemoveUserFromGroup("developers", "alice2"))
	a.stack.up(t)
	a.clock.Advance(time.Minute)
	a.denied(t, a.assume(a.key(t, "lena"), "power-user", "lena", a.code(t, "lena"), "AccessDenied"))
}
