package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/explain"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	deniedWithoutMFA = "denied by DenyWithoutMFA of cli-dev-developers: no MFA in this session; use --profile dev-power-user"
	ownUser          = "arn:aws:iam::111122223333:user/alice"
)

func TestExplainStack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want string }{
		{"s3:ListAllMyBuckets", deniedWithoutMFA},
		{"s3:ListAllMyBuckets --attached AdministratorAccess", deniedWithoutMFA},
		{"s3:ListAllMyBuckets --as session-token", deniedWithoutMFA},
		{"s3:ListAllMyBuckets --as console", deniedWithoutMFA},
		{"s3:ListAllMyBuckets --as console-mfa --attached PowerUserAccess", "allowed by statement 1 of PowerUserAccess"},
		{"s3:ListAllMyBuckets --as via-aws-service --attached PowerUserAccess", "allowed by statement 1 of PowerUserAccess"},
		{
			"s3:ListAllMyBuckets --as session-token-mfa",
			"denied: no statement of the identity-based policy allows s3:ListAllMyBuckets on *; " +
				"use --profile dev-power-user, if its role allows it",
		},
		{"s3:ListAllMyBuckets --as role-session", "allowed by statement 1 of PowerUserAccess"},
		{
			"iam:CreateUser --as role-session",
			"denied: no statement of the identity-based policy allows iam:CreateUser on *; attach a policy that allows it",
		},
		{"account:GetGovCloudAccountInformation --as role-session", "allowed by statement 2 of PowerUserAccess"},
		{
			"account:GetContactInformation --as role-session --attached AdministratorAccess",
			"denied: no statement of the identity-based policy allows account:GetContactInformation on *; " +
				"attach a policy that allows it",
		},
		{"iam:GetUser --as role-session --stack prod --user olivia", "allowed by statement 1 of IAMReadOnlyAccess"},
		{
			"s3:GetObject --as role-session --stack prod --user ada --group auditors",
			"undecided: what is not known may allow it: policy SecurityAudit of role cli-prod-auditor; " +
				"policy ViewOnlyAccess of role cli-prod-auditor",
		},
		{"sts:AssumeRole", "denied by DenyWithoutMFA of cli-dev-developers: no MFA in this call; use --profile dev-power-user"},
		{"sts:assumerole --as assume-role-code", "allowed by TrustWithMFA of the trust policy of cli-dev-power-user"},
		{"sts:AssumeRole --as assume-role-code --user alice", "allowed by TrustWithMFA of the trust policy of cli-dev-power-user"},
		{
			"sts:AssumeRole arn:aws:iam::111122223333:role/cli-prod-operator --as assume-role-code --stack prod --user mallory --group operators",
			"denied: the role's trust policy does not allow arn:aws:iam::111122223333:user/mallory; " +
				"add the user to the role in the stack's configuration, or to its groups, and deploy",
		},
		{
			"sts:AssumeRole arn:aws:iam::444455556666:role/x --as assume-role-code",
			"undecided: what is not known may allow it: the trust policy of arn:aws:iam::444455556666:role/x",
		},
		{
			"sts:AssumeRole arn:aws:iam::444455556666:role/x", "denied by DenyWithoutMFA of cli-dev-developers: no MFA in this call; " +
				"use a profile with MFA",
		},
		{"iam:EnableMFADevice " + ownUser + " --user alice", "allowed by ManageOwnEnrolment of cli-dev-developers"},
		{
			"iam:EnableMFADevice " + ownUser + " --user bob --attached AdministratorAccess",
			"denied by DenyOthersWithoutMFA of cli-dev-developers: no MFA in this session; " +
				"sign in with MFA: in the console, or with aws sts get-session-token and a code",
		},
		{
			"iam:EnableMFADevice " + ownUser + " --user alice --as session-token",
			"denied: IAM refuses sessions of GetSessionToken that carry no MFA, whatever policies say",
		},
		{
			"iam:DeactivateMFADevice " + ownUser + " --user alice",
			"denied by DenyWithoutMFA of cli-dev-developers: no MFA in this session; " +
				"sign in with MFA: in the console, or with aws sts get-session-token and a code",
		},
		{"sts:GetCallerIdentity", "allowed: it needs no permission, and no policy can deny it"},
		{"sts:GetSessionToken", "allowed: it needs no permission"},
		{"sts:GetSessionToken --as role-session", "denied: it is for long-term access keys only"},
		{
			"s3:GetObject arn:aws:s3:::b/k --stack prod --user olivia",
			"denied by DenyWithoutMFA of cli-prod-operators: no MFA in this session; use --profile prod-operator or prod-read-only",
		},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := execute(t, append([]string{"explain", "--project", "../.."}, strings.Fields(test.args)...)...)
			require.Equal(t, test.want+"\n", stdout)
			require.Equal(t, strings.HasPrefix(test.want, "allowed"), code == program.OK)
			require.Contains(t, stderr, "as it would be deployed; AWS was not asked")
			require.NotContains(t, stderr, "awsmfa: ", "a denial is no failure of this program")
		})
	}
}

func TestExplainNotes(t *testing.T) {
	t.Parallel()
	_, _, stderr := execute(t, "explain", "s3:GetObject", "--project", "../..", "--user", "alice")
	require.Contains(t, stderr, "s3:GetObject on *, asked by arn:aws:iam::111122223333:user/alice with credential long-term-key\n")
	require.Contains(t, stderr, "alice is taken as a member of developers, for which no users are configured.\n")
	require.NotContains(t, stderr, "AWS had no action")
	_, _, stderr = execute(t, "explain", "s3:ListBuckets", "--project", "../..")
	require.Contains(t, stderr, "AWS had no action s3:ListBuckets on 2026-09-26; did you mean s3:ListAllMyBuckets?\n")

	stderr = machine{}.refuses(t, "explain", "s3:GetObject", "--project", "../..", "--group", "nobodies")
	require.Contains(t, stderr, `awsmfa: stack dev has no group "nobodies": it has developers`)
}

func TestExplainJSON(t *testing.T) {
	t.Parallel()
	stdout, _ := machine{}.fails(t, "explain", "s3:GetObject", "--project", "../..", "--user", "alice", "--json")
	requireGolden(t, "explanation.json", stdout)
	var e explain.Explanation
	require.NoError(t, json.Unmarshal([]byte(stdout), &e))
	require.Equal(t, deniedWithoutMFA, e.Text)
}

func TestExplainProfile(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	stdout, stderr := m.succeeds(t, "explain", "--profile", "default", "s3:GetObject")
	require.Equal(t, "allowed by statement 1 of AdministratorAccess\n", stdout)
	require.Contains(t, stderr, "asked by arn:aws:iam::111122223333:user/admin with credential long-term-key")

	const roleARN = "arn:aws:iam::111122223333:role/cli-dev-power-user"
	stdout, _ = m.fails(t, "explain", "--profile", "default", "sts:AssumeRole", roleARN, "--as", "assume-role-code")
	require.Contains(t, stdout, "denied: the role's trust policy does not allow arn:aws:iam::111122223333:user/admin")

	stderr = m.refuses(t, "explain", "--profile", "default", "sts:AssumeRole", "arn:aws:iam::111122223333:role/none")
	require.Contains(t, stderr, "awsmfa: reading role none (iam:GetRole): the account has no such thing")

	stderr = m.refuses(t, "explain", "--profile", "no-such-profile", "s3:GetObject")
	require.Contains(t, stderr, "awsmfa: there is no profile no-such-profile in your AWS configuration: ")

	require.NoError(t, a.AddUserToGroup("developers", "admin"))
	stdout, _ = m.fails(t, "explain", "--profile", "default", "s3:GetObject")
	require.Contains(t, stdout, "denied by arn:aws:iam::111122223333:policy/cli-dev-developers: no MFA in this session")
}

// Whoever is denied everything is told so, and the way out, although they may not
// read their policies either.
func TestExplainToWhoeverIsDenied(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	explained := func(action string) string {
		stdout, _ := m.fails(t, "explain", action, "--profile", "alice")
		return stdout
	}
	const denied = "denied by arn:aws:iam::111122223333:policy/cli-dev-developers: no MFA in this session, which may not even " +
		"read its policies; "
	require.Equal(t, denied+"run awsmfa enrol for an MFA device, then awsmfa onboard for profiles that use it\n",
		explained("s3:ListAllMyBuckets"))
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.Equal(t, denied+"run awsmfa onboard, which writes profiles with MFA\n", explained("s3:ListAllMyBuckets"))
	m.succeeds(t, "onboard", "--source-profile", "alice", "--outputs", write(t, string(outputs), t.TempDir(), "outputs.json"))
	require.Equal(t, denied+"use --profile dev-power-user\n", explained("s3:ListAllMyBuckets"))
	require.Contains(t, explained("iam:ListMFADevices"), "undecided: ", "which enrolling takes")
}

// What would help is decided for all values of the condition keys.
func TestExplainNamesTheKeysThatHelp(t *testing.T) {
	t.Parallel()
	const office = `"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}`
	for document, want := range map[string]string{
		`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", ` + office + `}}`: "denied: a policy asks for more than the request has; " +
			"it is allowed with such as aws:SourceIp=203.0.113.0\n",
		`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", ` + office + `, "Bool": {"aws:MultiFactorAuthPresent": "true"}}}`: "denied: no MFA in this session; " +
			"use a profile with MFA; it is allowed with such as aws:SourceIp=203.0.113.0 besides\n",
	} {
		a := account.New("111122223333", "aws")
		for _, user := range []string{"admin", "alice"} {
			_, err := a.CreateUser(account.CreateUserInput{UserName: user})
			require.NoError(t, err)
		}
		const read = `{"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}`
		require.NoError(t, a.PutInlinePolicy(account.Identity{Kind: "user", Name: "alice"}, "own",
			`{"Version": "2012-10-17", "Statement": [`+read+`, `+document+`]}`))
		code, stdout, stderr := serve(t, a).execute(t, "explain", "--profile", "alice", "s3:GetObject")
		require.Equal(t, program.Failure, code, stderr)
		require.Equal(t, want, stdout)
	}
}

func TestCredentialsAreCompleted(t *testing.T) {
	t.Parallel()
	stdout, _ := machine{}.succeeds(t, "__complete", "explain", "s3:GetObject", "--as", "")
	for _, credential := range policy.Credentials() {
		require.Contains(t, stdout, string(credential)+"\n")
	}
}

func TestExplainNeedsTheAccount(t *testing.T) {
	t.Parallel()
	a := account.New("111122223333", "aws")
	for _, user := range []string{"admin", "alice"} {
		_, err := a.CreateUser(account.CreateUserInput{UserName: user})
		require.NoError(t, err)
	}
	m := serve(t, a)
	m["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
	m["AWS_MAX_ATTEMPTS"] = "1"
	stderr := m.refuses(t, "explain", "s3:GetObject", "--profile", "alice")
	require.Contains(t, stderr, "sts:GetCallerIdentity")
}

// Who was denied has no project, as a rule.
func TestExplainWithoutAProject(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{"AWS_PROFILE=dev": "dev", "AWS_PROFILE=": "default"} {
		cmd := machine{}.program(t, "explain", "s3:ListAllMyBuckets")
		cmd.Dir, cmd.Env = t.TempDir(), append(cmd.Env, variable)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "; to explain what your own credentials may do: --profile "+want+"\n")
	}
}
