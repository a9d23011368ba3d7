package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/accesskey"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// rotatingUser is alice, whose group lets her replace her access key, which is in
// ~/.aws/credentials between what others wrote.
type rotatingUser struct {
	credentialsUser
	id string
	// strike says how requests go wrong; nil for all well.
	strike func(action string) *endpoint.Fault
	mu     sync.Mutex
	// changed has a word for each change of the account.
	changed chan struct{}
}

const (
	aroundKey = "# mine\r\n[work]\nregion=eu-west-1\n\n[default]\naws_access_key_id=%s   \n" +
		"  # the secret\naws_secret_access_key : %s\n[other]\nAWS_Secret_Access_Key = %[2]s\nAWS_Access_Key_Id = %[1]s"
	rotatingUserARN = "arn:aws:iam::111122223333:user/alice"
)

func newRotatingUser(t *testing.T, selfService bool) *rotatingUser {
	t.Helper()
	u := &rotatingUser{credentialsUser: newCredentialsUser(t), changed: make(chan struct{}, 100)}
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: "111122223333"}, RoleARNs: []string{credentialsRole},
		SelfServiceAccessKeys: selfService,
	}.Document()
	require.NoError(t, err)
	_, err = u.account.CreatePolicy(account.CreatePolicyInput{PolicyName: "mfa", PolicyDocument: document.String()})
	require.NoError(t, err)
	require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::111122223333:policy/mfa"))
	server, err := endpoint.Start(t.Context(), endpoint.Options{
		Account: u.account,
		OnChange: func() error {
			u.changed <- struct{}{}
			return nil
		},
		Faults: endpoint.Faults{Strike: func(action string) *endpoint.Fault {
			u.mu.Lock()
			defer u.mu.Unlock()
			if u.strike == nil {
				return nil
			}
			return u.strike(action)
		}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	u.address, u.id = server.URL(), u.accessKeyID()
	u.machine["AWS_ENDPOINT_URL"] = server.URL()
	u.configure(t, "[default]\nregion = eu-west-1\n")
	write(t, fmt.Sprintf(aroundKey, u.id, u.secret), u.credentials())
	return u
}

func (u *rotatingUser) credentials() string { return filepath.Join(u.home, ".aws", "credentials") }

// stored is the key in the credentials file, of which all else is as it was.
func (u *rotatingUser) stored(t *testing.T) (id, secret string) {
	t.Helper()
	text := read(t, u.credentials())
	_, after, _ := strings.Cut(text, "aws_access_key_id=")
	id = after[:20]
	_, after, _ = strings.Cut(text, "aws_secret_access_key : ")
	secret, _, _ = strings.Cut(after, "\n")
	require.Equal(t, fmt.Sprintf(aroundKey, id, secret), text)
	return id, secret
}

// works reports whether AWS knows the key in the file as that of alice.
func (u *rotatingUser) works(t *testing.T) bool {
	t.Helper()
	id, secret := u.stored(t)
	found, err := sts.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &u.address,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	return err == nil && *found.Arn == rotatingUserARN
}

func (u *rotatingUser) keys(t *testing.T) (states []string) {
	t.Helper()
	listed, err := u.account.ListAccessKeys("alice")
	require.NoError(t, err)
	for _, key := range listed {
		states = append(states, key.AccessKeyID+" "+key.Status)
	}
	return states
}

// rotate runs the program with the next code.
func (u *rotatingUser) rotate(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	return u.succeedsWith(t, nextCode(t, u.account)+"\n", append([]string{"rotate"}, args...)...)
}

func (u *rotatingUser) refusesToRotate(t *testing.T, args ...string) (stderr string) {
	t.Helper()
	stderr = u.refusesWith(t, nextCode(t, u.account)+"\n", append([]string{"rotate"}, args...)...)
	require.NotContains(t, stderr, u.secret)
	return stderr
}

func TestRotate(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, true)
	require.NoError(t, os.Chmod(u.credentials(), 0o644))
	stdout, stderr := u.rotate(t)
	id, secret := u.stored(t)
	require.NotEqual(t, u.id, id)
	require.Equal(t, id+"\n", stdout)
	require.NotContains(t, stdout+stderr, secret)
	require.Contains(t, stderr, "Replacing access key "+u.id+" of alice in account 111122223333.\n")
	require.Contains(t, stderr, "The new access key "+id+" works, and is in "+u.credentials()+".\n"+
		"The old access key "+u.id+" is deleted.\n")
	require.Equal(t, []string{id + " Active"}, u.keys(t))
	require.True(t, u.works(t))
	info, err := os.Stat(u.credentials())
	require.NoError(t, err)
	require.True(t, runtime.GOOS == "windows" || private.IsClosed(u.credentials(), info), info.Mode()) // as it was there
	u.requireNoNote(t)
}

// What is written the AWS CLI reads, in the profile of the key and in another one.
func TestRotateIsReadByTheAWSCLI(t *testing.T) {
	t.Parallel()
	program := clienttest.Require(t, "aws")
	u := newRotatingUser(t, true)
	u.rotate(t)
	for _, profile := range []string{"default", "other"} {
		cmd := exec.CommandContext(t.Context(), program, "sts", "get-caller-identity", "--query", "Arn", "--output", "text",
			"--profile", profile, "--region", "eu-west-1")
		cmd.Env = u.variables()
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Equal(t, rotatingUserARN+"\n", string(out), profile)
	}
}

func (u *rotatingUser) requireNoNote(t *testing.T) {
	t.Helper()
	notes, err := filepath.Glob(filepath.Join(u.home, ".aws", "awsmfa", "rotation", "*.json"))
	require.NoError(t, err)
	require.Empty(t, notes)
}

// A key may be in the config file, too, and in both.
func TestRotateInEveryFileThatHasTheKey(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, true)
	u.configure(t, "[default]\nregion = eu-west-1\nKEYS\n[profile dev]\nrole_arn = "+credentialsRole+"\nsource_profile = default\n")
	before := read(t, u.config())
	u.rotate(t, "--profile", "other")
	id, secret := u.stored(t)
	require.Equal(t, strings.NewReplacer(u.id, id, u.secret, secret).Replace(before), read(t, u.config()))
	require.NoError(t, os.Remove(u.credentials()))
	u.rotate(t)
	require.NotContains(t, read(t, u.config()), id)
	require.NoFileExists(t, u.credentials())
	require.Len(t, u.keys(t), 1)
}

func TestRotateKeepsTheOldKey(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, true)
	stdout, stderr := u.rotate(t, "--keep", "48h", "--json")
	id, _ := u.stored(t)
	var got accesskey.Rotated
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.WithinDuration(t, time.Now().Add(48*time.Hour), *got.KeptUntil, time.Minute)
	require.Equal(t, accesskey.Rotated{UserName: "alice", AccessKeyID: id, OldAccessKeyID: u.id, KeptUntil: got.KeptUntil}, got)
	require.Contains(t, stderr, "Then delete it: awsmfa rotate --profile default\n")
	require.Equal(t, []string{u.id + " Inactive", id + " Active"}, u.keys(t))
	require.True(t, u.works(t))

	_, stderr = u.rotate(t)
	require.Contains(t, stderr, "The old access key "+u.id+" is inactive, and kept until")
	require.Len(t, u.keys(t), 2)
	_, stderr = u.succeeds(t, "rotate", "--keep", "0s")
	require.Contains(t, stderr, "The old access key "+u.id+" is deleted.\n")
	require.Equal(t, []string{id + " Active"}, u.keys(t), "what is kept is not replaced once more")
	u.requireNoNote(t)
}

func TestRotateNeedsTheStacksConsent(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, false)
	stderr := u.refusesToRotate(t)
	require.Contains(t, stderr, "replacing the access key of alice: these credentials lack the permission iam:ListAccessKeys")
	require.Contains(t, stderr, "Ask your administrator to set selfServiceAccessKeys: true in the configuration of the stack "+
		"(aws-cli-mfa:selfServiceAccessKeys in Pulumi.STACK.yaml)")
	require.Equal(t, []string{u.id + " Active"}, u.keys(t))
	u.stored(t)
}

// The remedy for a second key is what the message says.
func TestRotateLeavesASecondKeyAlone(t *testing.T) {
	t.Parallel()
	unixOnly(t, "it runs the AWS CLI")
	clienttest.Require(t, "aws")
	u := newRotatingUser(t, true)
	second, err := u.account.CreateAccessKey("alice")
	require.NoError(t, err)
	stderr := u.refusesToRotate(t)
	require.Contains(t, stderr, "alice has a second access key, "+second.AccessKeyID+" (active, made on ")
	require.Len(t, u.keys(t), 2)
	require.True(t, u.works(t))
	_, command, found := strings.Cut(stderr, "'awsmfa ")
	require.True(t, found)
	command, _, _ = strings.Cut(strings.ReplaceAll(command, "PROFILE", "default"), "'")
	cmd := u.program(t, strings.Fields(command)...)
	cmd.Stdin = strings.NewReader(nextCode(t, u.account) + "\n")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	u.succeeds(t, "rotate")
	require.Len(t, u.keys(t), 1)
	require.True(t, u.works(t))
}

func TestRotateRefusesKeysThatAreNotInAFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, want string }{
		"role": {
			"[profile p]\nrole_arn = " + credentialsRole + "\nsource_profile = default\n",
			"profile p assumes role " + credentialsRole + " with the key of another profile: awsmfa rotate --profile default\n",
		},
		"process": {
			"[profile p]\ncredential_process = aws-vault export --secret=hidden p\n",
			"profile p has its key from a credential_process, and awsmfa replaces keys in files only: replace it with the " +
				"program that keeps it, as 'aws-vault rotate p' does\n",
		},
		"session": {
			"[profile p]\naws_access_key_id = ASIA\naws_secret_access_key = x\naws_session_token = y\n",
			"profile p has the credentials of a session",
		},
		"none": {"[profile p]\nregion = eu-west-1\n", "profile p has no access key in a file"},
		"login": {
			"[profile p]\nlogin_session = " + rotatingUserARN + "\n", "profile p has no access key in a file",
		},
		"comment": {
			"[profile p]\naws_access_key_id = AKIA #old\naws_secret_access_key = x\n",
			"access key AKIA of profile p is not found in ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newRotatingUser(t, true)
			u.configure(t, test.config)
			stderr := u.refuses(t, "rotate", "--profile", "p")
			require.Contains(t, stderr, test.want)
			require.NotContains(t, stderr, "hidden")
			require.NotContains(t, stderr, "code")
		})
	}
	u := newRotatingUser(t, true)
	u.machine["AWS_ACCESS_KEY_ID"], u.machine["AWS_SECRET_ACCESS_KEY"] = u.id, u.secret
	require.Contains(t, u.refuses(t, "rotate"), "the access key is in the environment (AWS_ACCESS_KEY_ID)")
	u.rotate(t, "--profile", "default")
}

func TestRotateMistakesExitWith2(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"rotate", "--keep", "-1h"}, {"rotate", "--profile", ""}, {"rotate", "--serial-number", "x/y"}, {"rotate", "alice"},
	} {
		code, _, _ := execute(t, args...)
		require.Equal(t, 2, code, args)
	}
}

// A key that is never known, or cannot be stored, is deleted, and all is as it was.
func TestRotateGivesUpWithTheOldKey(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, true)
	require.NoError(t, os.Chmod(u.credentials(), 0o400))
	stderr := u.refusesToRotate(t)
	require.Contains(t, stderr, "nothing has changed, and the new access key is deleted again: ")
	require.Contains(t, stderr, u.credentials()+" is read-only")
	require.Equal(t, []string{u.id + " Active"}, u.keys(t))
	u.requireNoNote(t)

	pauses := u.rotateUnknown(t, 100)
	require.Equal(t, time.Minute, pauses)
	require.Equal(t, []string{u.id + " Active"}, u.keys(t))
	require.True(t, u.works(t))
	u.requireNoNote(t)
}

// IAM takes a while until a new key is known everywhere.
func TestRotateWaitsForTheNewKey(t *testing.T) {
	t.Parallel()
	u := newRotatingUser(t, true)
	pauses := u.rotateUnknown(t, 3)
	require.Equal(t, 10*time.Second, pauses)
	id, _ := u.stored(t)
	require.Equal(t, []string{id + " Active"}, u.keys(t))
	require.NotEqual(t, u.id, id)
}

// rotateUnknown rotates while AWS does not know a new key for so many times that it is
// tried, and gives how long it waited.
func (u *rotatingUser) rotateUnknown(t *testing.T, times int) (pauses time.Duration) {
	t.Helper()
	made := false
	u.mu.Lock()
	u.strike = func(action string) *endpoint.Fault {
		made = made || action == "CreateAccessKey"
		if !made || action != "GetCallerIdentity" || times == 0 {
			return nil
		}
		times--
		return &endpoint.Fault{Error: account.NewError("InvalidClientTokenId", http.StatusForbidden, "unknown")}
	}
	u.mu.Unlock()
	flags := rotateFlags{sessionFlags: sessionFlags{session: true, duration: policy.DefaultSessionTokenDuration}}
	clock := timing{now: time.Now, pause: func(_ context.Context, d time.Duration) error {
		pauses += d
		return nil
	}}
	var out, stderr bytes.Buffer
	err := runRotate(t.Context(), flags, nil, u.environment(strings.NewReader(nextCode(t, u.account)+"\n"), &out, &stderr), clock)
	require.Equal(t, times > 0, err != nil, "%v: %s", err, stderr.String())
	u.mu.Lock()
	defer u.mu.Unlock()
	u.strike = nil
	return pauses
}

// TestRotateKilledAtEachStep kills awsmfa rotate before and after every request that
// it makes: whatever it writes, it writes between two requests. The file has a key that
// works every time, and the next run ends with one key.
func TestRotateKilledAtEachStep(t *testing.T) {
	t.Parallel()
	killed, steps := 0, map[string]bool{}
	for n := 1; ; n++ {
		for _, afterwards := range []bool{false, true} {
			u := newRotatingUser(t, true)
			action := u.rotateKilled(t, n, afterwards)
			if action == "" {
				require.Equal(t, 2*len(steps), killed)
				t.Logf("killed %d times, before and after each of %d requests: a key works every time", killed, len(steps))
				require.GreaterOrEqual(t, killed, 16)
				return
			}
			killed++
			steps[fmt.Sprint(n, action)] = true
			where := fmt.Sprintf("killed at request %d, %s, after it was served: %t", n, action, afterwards)
			require.True(t, u.works(t), where)
			_, stderr := u.rotate(t)
			require.True(t, u.works(t), where)
			id, _ := u.stored(t)
			require.NotEqual(t, u.id, id, where)
			require.Equal(t, []string{id + " Active"}, u.keys(t), "%s: %s", where, stderr)
			u.requireNoNote(t)
		}
	}
}

// rotateKilled runs awsmfa rotate, kills it at its n-th request, and gives the action;
// none if it ended before.
func (u *rotatingUser) rotateKilled(t *testing.T, n int, afterwards bool) (killedAt string) {
	t.Helper()
	cmd := u.program(t, "rotate")
	cmd.Stdin = strings.NewReader(nextCode(t, u.account) + "\n")
	requests := 0
	u.mu.Lock()
	u.strike = func(action string) *endpoint.Fault {
		if requests++; requests != n {
			return nil
		}
		killedAt = action
		for len(u.changed) > 0 {
			<-u.changed // what was before
		}
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
		return &endpoint.Fault{AfterEffect: afterwards}
	}
	require.NoError(t, cmd.Start())
	u.mu.Unlock()
	err := cmd.Wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.strike = nil
	if afterwards && slices.Contains([]string{"GetSessionToken", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"}, killedAt) {
		<-u.changed // it is served although nobody waits for it
	}
	if killedAt == "" {
		require.NoError(t, err)
	} else {
		_, exited := errors.AsType[*exec.ExitError](err)
		require.True(t, exited || err != nil)
	}
	return killedAt
}
