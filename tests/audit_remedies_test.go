package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// findings are those of an audit, the last of each kind.
type findings map[audit.Kind]audit.Finding

// trouble is something that audit finds, and what a person does who reads of it.
type trouble struct {
	name  string
	kinds []audit.Kind
	// source is what to audit; empty means the stack's outputs.
	source string
	breaks func(t *testing.T, w *workplace)
	// follow does what the remedies say.
	follow func(t *testing.T, w *workplace, found findings)
	// restore puts back what the remedy did not.
	restore func(t *testing.T, w *workplace)
	// stays says that there is nothing to mend.
	stays bool
}

// Whoever does what audit says is not told it again. Every kind of finding that
// there is has its remedy followed, with the real engine and the real commands.
func TestAuditRemediesWork(t *testing.T) {
	t.Parallel()
	w := newAudited(t)
	admin := w.people["administrator"]
	seen := map[audit.Kind]bool{}
	for _, one := range troubles() {
		one.breaks(t, w)
		found := w.audit(t, admin, one.source)
		for _, kind := range one.kinds {
			require.Contains(t, found, kind, one.name)
			seen[kind] = true
		}
		one.follow(t, w, found)
		if one.stays {
			require.Equal(t, found, w.audit(t, admin, one.source), one.name)
		} else {
			after := w.audit(t, admin, one.source)
			for _, kind := range one.kinds {
				require.NotContains(t, after, kind, one.name)
			}
		}
		if one.restore != nil {
			one.restore(t, w)
		}
		require.Empty(t, w.audit(t, admin, ""), "after %s", one.name)
	}
	seen[audit.KindUnread] = w.unreadIsRead(t)
	seen[audit.KindDeletedMeanwhile] = w.deletedMeanwhile(t)
	for _, kind := range audit.Kinds() {
		require.True(t, seen[kind], "no remedy of %s was followed", kind)
	}
}

// newAudited is a stack of which audit finds nothing: alice, bob and olivia have
// devices, alice and the administrator access keys.
func newAudited(t *testing.T) *workplace {
	t.Helper()
	w := &workplace{bin: t.TempDir(), homes: t.TempDir(), rehearsal: &rehearsal{
		clock: &accounttest.Clock{}, people: map[string]story.Person{},
	}}
	w.installAWSMFA(t)
	w.installAWSCLI(t)
	w.cloud = newCloud(t, serving{through: asSecurityKeys}, account.WithClock(w.clock.Now))
	w.addUser(t, "dana", "/", "")
	w.hire(t, "administrator")
	for _, name := range []string{"alice", "bob", "olivia", "dana"} {
		w.equip(t, name)
	}
	w.stack = newDeployment(t, w.cloud, devStack(t))
	w.outputs = filepath.Join(t.TempDir(), "outputs.json")
	w.up(t)
	w.codes = story.Codes{Account: w.account}
	for _, name := range []string{"alice", "bob", "olivia", "dana"} { // a key that was used is not idle
		w.succeeds(t, w.people[name], "aws sts get-caller-identity")
	}
	require.Empty(t, w.audit(t, w.people["administrator"], ""))
	require.Empty(t, w.audit(t, w.people["administrator"], "--project "+filepath.Dir(w.stack.file)))
	return w
}

// asSecurityKeys shows devices named key-… as security keys, which the endpoint
// does not know.
func asSecurityKeys(next http.Handler) http.Handler {
	device := regexp.MustCompile(`arn:aws:iam::\d{12}:mfa/key-([\w-]+)`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		for name := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = answer.Header()[name]
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(device.ReplaceAll(answer.Body.Bytes(), []byte("arn:aws:iam::111122223333:u2f/user/$1/default-ABCDEFGHIJKLMNOP")))
	})
}

// up deploys, and gives everybody the outputs.
func (w *workplace) up(t *testing.T) {
	t.Helper()
	w.stack.up(t)
	require.NoError(t, os.WriteFile(w.outputs, w.stack.outputsText(t), 0o600))
}

// audit is what the program finds, by kind. It exits with 1 if one is a failure.
func (w *workplace) audit(t *testing.T, person story.Person, source string) findings {
	t.Helper()
	if source == "" {
		source = "--outputs " + w.outputs
	}
	program := w.command(t.Context(), person, "awsmfa audit --json --rate 1000 "+strings.ReplaceAll(source, "PROJECT", filepath.Dir(w.stack.file)))
	var talk bytes.Buffer
	program.Stderr = &talk
	text, err := program.Output()
	var report audit.Report
	require.NoError(t, json.Unmarshal(text, &report), talk.String())
	require.Equal(t, report.Failed(), err != nil, "%s%s", text, talk.String())
	found := findings{}
	for _, one := range report.Findings {
		found[one.Kind] = one
	}
	return found
}

// does runs the command that stands in a remedy.
func (w *workplace) does(t *testing.T, person story.Person, f audit.Finding, command string, replies ...reply) {
	t.Helper()
	line := regexp.MustCompile(command).FindString(f.Remedy)
	require.NotEmpty(t, line, f.Remedy)
	screen, failed := inTerminal(t, w.command(t.Context(), person, line), replies...)
	require.False(t, failed, screen)
}

// enrols takes the seed that awsmfa enrol shows into an authenticator app.
func (w *workplace) enrols(t *testing.T, person story.Person, f audit.Finding, command string) {
	t.Helper()
	line := regexp.MustCompile(command).FindString(f.Remedy)
	require.NotEmpty(t, line, f.Remedy)
	app := &authenticator{clock: w.clock}
	screen, failed := inTerminal(t, w.command(t.Context(), person, line+" --secret"), app.replies()...)
	require.False(t, failed, screen)
}

// runsUp does what every one of the findings says.
func runsUp(kinds ...audit.Kind) func(*testing.T, *workplace, findings) {
	return func(t *testing.T, w *workplace, found findings) {
		t.Helper()
		for _, kind := range kinds {
			require.Regexp(t, "^Run pulumi up|run pulumi up", found[kind].Remedy)
		}
		w.up(t)
	}
}

func (w *workplace) lose(t *testing.T, user string, half bool) {
	t.Helper()
	devices, err := w.account.ListMFADevices(user)
	require.NoError(t, err)
	for _, device := range devices {
		require.NoError(t, w.account.DeactivateMFADevice(user, device.SerialNumber))
		if !half {
			require.NoError(t, w.account.DeleteVirtualMFADevice(device.SerialNumber))
		}
	}
}

func (w *workplace) makeAgain(t *testing.T, user, path string) {
	t.Helper()
	w.lose(t, user, false)
	require.NoError(t, w.account.RemoveUserFromGroup("developers", user))
	w.removeKeys(t, user)
	require.NoError(t, w.account.DeleteUser(user))
	w.addUser(t, user, path, "developers")
}

func (w *workplace) removeKeys(t *testing.T, user string) {
	t.Helper()
	keys, err := w.account.ListAccessKeys(user)
	require.NoError(t, err)
	for _, key := range keys {
		require.NoError(t, w.account.DeleteAccessKey(user, key.AccessKeyID))
	}
}

func (w *workplace) attach(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		created, err := w.account.CreatePolicy(account.CreatePolicyInput{
			PolicyName:     fmt.Sprintf("more-%d", i),
			PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`,
		})
		require.NoError(t, err)
		require.NoError(t, w.account.AttachGroupPolicy("developers", created.ARN))
	}
}

// furtherPolicy is the ARN of what attach makes.
func furtherPolicy(i int) string { return fmt.Sprintf("arn:aws:iam::111122223333:policy/more-%d", i) }

// newKey has the user use another access key, of that age, and no other.
func (w *workplace) newKey(t *testing.T, user string, age time.Duration) {
	t.Helper()
	w.removeKeys(t, user)
	w.clock.Advance(-age)
	_, err := w.account.CreateAccessKey(user)
	w.clock.Advance(age)
	require.NoError(t, err)
}

// unreadIsRead audits as somebody who lacks the permissions, and gives them.
func (w *workplace) unreadIsRead(t *testing.T) bool {
	t.Helper()
	w.addUser(t, "nora", "/", "")
	nora := w.hire(t, "nora")
	found := w.audit(t, nora, "")
	require.Contains(t, found[audit.KindUnread].Remedy, "IAMReadOnlyAccess has all that are needed")
	require.NoError(t, w.account.AttachUserPolicy("nora", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
	require.Empty(t, w.audit(t, nora, ""))
	return true
}

// deletedMeanwhile deletes a user while the audit runs.
func (w *workplace) deletedMeanwhile(t *testing.T) bool {
	t.Helper()
	w.addUser(t, "passing", "/", "developers")
	key, err := story.AccessKey(w.account, "administrator")
	require.NoError(t, err)
	config := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(w.address),
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}
	subject, err := audit.SubjectOfOutputs(w.stack.outputs(t), policy.SelfService)
	require.NoError(t, err)
	report, err := audit.Run(t.Context(), audit.Options{
		IAM: awsiam.NewFromConfig(config), STS: sts.NewFromConfig(config), Subject: subject, Now: time.Now,
		Progress: func(int) (step, done func()) {
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "passing"))
			require.NoError(t, w.account.DeleteUser("passing"))
			return func() {}, func() {}
		},
	})
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	require.Equal(t, audit.KindDeletedMeanwhile, report.Findings[0].Kind)
	require.Equal(t, "Nothing needs to be done.", report.Findings[0].Remedy)
	require.Empty(t, w.audit(t, w.people["administrator"], ""))
	return true
}
