package endpoint_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// cli runs the real AWS CLI with credentials and gives what it prints.
func (s sandbox) cli(t *testing.T, c aws.Credentials, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), clienttest.Require(t, "aws"), arguments...)
	home := t.TempDir()
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PYENV_ROOT=" + os.Getenv("PYENV_ROOT"),
		"AWS_CONFIG_FILE=" + home + "/config",
		"AWS_ENDPOINT_URL=" + s.server.URL(), "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_DEFAULT_OUTPUT=json", "AWS_MAX_ATTEMPTS=1",
	}
	if c.SessionToken != "" {
		command.Env = append(command.Env, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	out, err := command.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestAWSCLI has the real AWS CLI get and list what is there, in pages.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	s := startAt(t, time.Now())
	populate(t, s.account)
	run := func(arguments ...string) string {
		t.Helper()
		out, err := s.cli(t, keys(s.admin), arguments...)
		require.NoError(t, err, out)
		return out
	}
	require.Contains(t, run("iam", "get-role", "--role-name", "power-user"),
		`"AWS": "`+userARN("team/alice")+`"`)
	run("iam", "put-group-policy", "--group-name", "developers", "--policy-name", "own",
		"--policy-document", identityDocument)
	require.JSONEq(t, identityDocument, run("iam", "get-group-policy", "--group-name", "developers",
		"--policy-name", "own", "--query", "PolicyDocument"))
	require.JSONEq(t, `["admin", "alice"]`,
		run("iam", "list-users", "--page-size", "1", "--query", "Users[].UserName"))
}

// TestAWSCLIElsewhere has it call services that the sandbox does not have: as
// alice with her key alone, and as the role.
func TestAWSCLIElsewhere(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now().Add(-timeStep))
	role, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		credentials aws.Credentials
		command     string
		fails       string
		prints      string
	}{
		"s3 denied": {
			credentials: p.alice, command: "s3 ls",
			fails: "(AccessDenied) when calling the ListBuckets operation: User: " + userARN("alice") +
				" is not authorized to perform: s3:ListAllMyBuckets with an explicit deny in an identity-based policy",
		},
		"s3":        {credentials: role, command: "s3 ls"},
		"s3 bucket": {credentials: role, command: "s3 ls s3://b", fails: notEmulated("ListObjectsV2", "s3")},
		"ec2":       {credentials: role, command: "ec2 describe-instances", fails: notEmulated("DescribeInstances", "ec2")},
		"dynamodb":  {credentials: role, command: "dynamodb list-tables", fails: notEmulated("ListTables", "dynamodb")},
		"lambda":    {credentials: role, command: "lambda list-functions", fails: notEmulated("ListFunctions", "lambda")},
		"sts": {
			credentials: role, command: "sts get-caller-identity --query Arn",
			prints: `"arn:aws:sts::` + accountID + `:assumed-role/power-user/session"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := p.cli(t, test.credentials, strings.Fields(test.command)...)
			if test.fails != "" {
				require.Error(t, err, out)
				require.Contains(t, out, test.fails)
				return
			}
			require.NoError(t, err, out)
			if test.prints != "" {
				require.JSONEq(t, test.prints, out)
			}
		})
	}
}

func notEmulated(operation, service string) string {
	return "(NotImplemented) when calling the " + operation + " operation: The sandbox has IAM, STS and the list of S3's " +
		"buckets, and does not emulate this request to " + service + ": nothing was decided."
}
