package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/proof"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func differenceOf(t *testing.T, stdout string) proof.Difference {
	t.Helper()
	var d proof.Difference
	require.NoError(t, json.Unmarshal([]byte(stdout), &d), stdout)
	return d
}

// The MFA condition of a trust policy is dropped, and put back.
func TestDiffOfTrustPolicies(t *testing.T) {
	t.Parallel()
	const trust, edited = "testdata/diff/trust.json", "testdata/diff/edited.json"
	code, stdout, stderr := execute(t, "diff", "--json", trust, edited)
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "awsmfa: the change adds access\n")
	d := differenceOf(t, stdout)
	require.Empty(t, d.Removed)
	require.Len(t, d.Added, 1)
	require.Equal(t, "sts:AssumeRole", d.Added[0].Action)
	require.Equal(t, ownUser, d.Added[0].Caller)
	require.Equal(t, []string{"long-term-key", "session-token", "console", "via-aws-service"}, d.Added[0].Credentials)
	require.Equal(t, []string{ownUser, "arn:aws:iam::111122223333:user/bob"}, d.Added[0].Callers)
	require.Equal(t, "allowed by Trust of "+edited+" (role trust policy)", d.Added[0].After)

	code, stdout, stderr = execute(t, "diff", edited, trust)
	require.Equal(t, program.OK, code, stderr)
	require.True(t, strings.HasPrefix(stdout, "Added: nothing\nTaken away: 1 kind of request\n- sts:AssumeRole on "), stdout)
	require.Contains(t, stderr, "classes of requests decided in")

	_, stdout, _ = execute(t, "diff", "--markdown", trust, edited)
	require.True(t, strings.HasPrefix(stdout, "```diff\nAdded: 1 kind of request\n+ sts:AssumeRole on "), stdout)
	require.True(t, strings.HasSuffix(stdout, "\nTaken away: nothing\n```\n"), stdout)

	code, stdout, _ = execute(t, "diff", trust, trust)
	require.Equal(t, program.OK, code)
	require.Equal(t, "Added: nothing\nTaken away: nothing\n", stdout)

	code, _, _ = execute(t, "diff", "testdata/diff/empty.json", trust)
	require.Equal(t, program.Failure, code, "a new policy")
	code, _, _ = execute(t, "diff", trust, os.DevNull)
	require.Equal(t, program.OK, code, "a policy that is gone")
}

// Each leaky policy adds access to the sound one, and the other way round takes it away.
func TestDiffOfLeakyPolicies(t *testing.T) {
	t.Parallel()
	leaky, err := filepath.Glob("testdata/proof/leaky/*.json")
	require.NoError(t, err)
	require.Len(t, leaky, 21)
	for _, file := range leaky {
		sound := "testdata/proof/sound/dev.group.json"
		if strings.HasSuffix(file, ".trust.json") {
			sound = "testdata/proof/sound/dev.trust.json"
		}
		code, stdout, _ := execute(t, "diff", sound, file)
		require.Equal(t, program.Failure, code, file)
		require.Contains(t, stdout, "long-term-key", file)
		require.Less(t, strings.Count(stdout, "\n"), 60, "few lines")
		for line := range strings.SplitSeq(stdout, "\n") {
			require.True(t, len(line) <= output.Width || strings.Contains(line, "/"), line)
		}
		code, _, stderr := execute(t, "diff", file, sound)
		require.Equal(t, program.OK, code, "%s: %s", file, stderr)
	}
}

// An SCP takes from what a change adds, a key decides, and undecided is not 'nothing'.
func TestDiffWithKeysAndLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, statements string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(`{"Version": "2012-10-17", "Statement": [`+statements+`]}`), 0o600))
		return path
	}
	const get = `{"Sid": "Get", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"`
	old, wide := write("old.json", get+`}`), write("new.json", get+`}, {"Sid": "Put", "Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"}`)
	code, stdout, _ := execute(t, "diff", "--json", "--scp", "testdata/diff/deny-regions-scp.json", old, wide)
	require.Equal(t, program.Failure, code)
	d := differenceOf(t, stdout)
	require.Len(t, d.Added, 1)
	require.Equal(t, []string{"aws:RequestedRegion=eu-"}, d.Added[0].Keys)
	require.Equal(t, "s3:PutObject", d.Added[0].Action)
	require.Contains(t, d.Notes, "With the SCP testdata/diff/deny-regions-scp.json.")

	scp := write("scp.json", `{"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}`)
	code, _, stderr := execute(t, "diff", "--scp", scp, old, wide)
	require.Equal(t, program.OK, code, stderr)

	tagged := write("tagged.json", get+`, "Condition": {"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}}`)
	code, stdout, stderr = execute(t, "diff", old, tagged)
	require.Equal(t, program.Failure, code)
	require.Contains(t, stdout, "Undecided: the policy variable ${aws:principaltag/team} may be anything")
	require.Contains(t, stderr, "awsmfa: undecided, and so not 'nothing added'")
}

func TestDiffMistakes(t *testing.T) {
	t.Parallel()
	requireMistakes(t, "", map[string]string{
		"diff":                             "which policies?",
		"diff a.json":                      "which policies?",
		"diff a.json b.json c.json":        "which policies?",
		"diff a.json b.json --stack dev":   "two files or a stack",
		"diff --stack dev":                 "give both",
		"diff --outputs o.json":            "give both",
		"diff a.json b.json --project x":   "--project goes with --stack",
		"diff a b --json --markdown":       "exclude each other",
		"verify --stack=":                  "--stack is empty",
		"verify --scp=":                    "the name of a file is empty",
		"verify --boundary=":               "the name of a file is empty",
		"verify -s a -s b --outputs o.txt": "one --stack says what other documents mean",
	})
	for args, want := range map[string]string{
		"testdata/good-trust.json testdata/good-group.json":     "testdata/good-trust.json is a trust policy and testdata/good-group.json is not",
		"testdata/diff/empty.json testdata/diff/empty.json":     "there is no policy to compare",
		"testdata/none.json testdata/good-group.json":           "reading a policy",
		"testdata/good-group.json " + bucketPolicy(t):           "it is the policy of a resource",
		"--scp testdata/none testdata/good-group.json " + "x.y": "reading a policy",
	} {
		code, stdout, stderr := execute(t, append([]string{"diff"}, strings.Fields(args)...)...)
		require.Equal(t, program.Failure, code, args)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want)
	}
}

func bucketPolicy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bucket.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}}`), 0o600))
	return path
}

// A stack file against what is deployed: the same, and edited on either side.
func TestDiffOfStack(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	require.NoError(t, a.AttachRolePolicy("cli-dev-power-user", "arn:aws:iam::aws:policy/PowerUserAccess"))
	for of, statement := range map[account.Identity]string{ // which a deploy leaves
		{Kind: "group", Name: "developers"}:        `"Effect": "Deny", "Action": "s3:DeleteBucket"`,
		{Kind: "role", Name: "cli-dev-power-user"}: `"Effect": "Allow", "Action": "iam:GetUser"`,
	} {
		require.NoError(t, a.PutInlinePolicy(of, "own", `{"Version": "2012-10-17", "Statement": {`+statement+`, "Resource": "*"}}`))
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "outputs.json")
	require.NoError(t, os.WriteFile(file, outputs, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: aws-cli-mfa\nruntime: go\n"), 0o600))
	dev, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	stackFile := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), []byte(text), 0o600))
	}
	diff := func() (int, proof.Difference, string) {
		code, stdout, stderr := m.execute(t, "diff", "--stack", "dev", "--project", dir, "--outputs", file, "--json")
		if stdout == "" {
			return code, proof.Difference{}, stderr
		}
		return code, differenceOf(t, stdout), stderr
	}
	stackFile(string(dev))
	code, d, stderr := diff()
	require.Equal(t, program.OK, code, stderr)
	require.Empty(t, append(d.Added, d.Removed...))
	require.Contains(t, stderr, "Stack dev as the account has it before, as its file would deploy it after.")

	stackFile(strings.Replace(string(dev), "PowerUserAccess", "AdministratorAccess", 1))
	code, d, _ = diff()
	require.Equal(t, program.Failure, code)
	require.Equal(t, "role cli-dev-power-user", d.Added[0].Of)
	require.Equal(t, "iam:CreateAccessKey", d.Added[0].Action)
	require.Equal(t, "allowed by statement 1 of AdministratorAccess (identity-based policy)", d.Added[0].After)
	require.Equal(t, []string{"role-session", "role-chaining", "via-aws-service"}, d.Added[0].Credentials)

	stackFile(string(dev) + "  aws-cli-mfa:enforce: false\n")
	code, d, _ = diff()
	require.Equal(t, program.Failure, code)
	require.Equal(t, "group developers", d.Added[0].Of)
	require.Contains(t, d.Added[0].Before, "DenyWithoutMFA of cli-dev-developers")

	// Somebody in the account let mallory in: deploying takes that away.
	stackFile(string(dev))
	_, err = a.CreateUser(account.CreateUserInput{UserName: "mallory"})
	require.NoError(t, err)
	trust, err := policy.TrustPolicy([]string{ownUser, "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/mallory"})
	require.NoError(t, err)
	require.NoError(t, a.UpdateAssumeRolePolicy("cli-dev-power-user", trust.String()))
	code, d, _ = diff()
	require.Equal(t, program.OK, code)
	require.Equal(t, "trust of role cli-dev-power-user", d.Removed[0].Of)
	require.Equal(t, "arn:aws:iam::111122223333:user/mallory", d.Removed[0].Caller)

	// They put a boundary on the role, which locks its session out: deploying takes it off.
	require.NoError(t, a.PutRolePermissionsBoundary("cli-dev-power-user", "arn:aws:iam::111122223333:policy/cli-dev-developers"))
	_, stdout, _ := m.execute(t, "verify", "--json", "--outputs", file)
	require.Equal(t, policy.Broken, results(t, stdout)[policy.G3])
	code, d, _ = diff()
	require.Equal(t, program.Failure, code)
	require.Equal(t, "role cli-dev-power-user", d.Added[0].Of)
	require.Contains(t, d.Added[0].Before, "(permissions boundary)")

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(outputs), `"stack":"dev"`, `"stack":"prod"`, 1)), 0o600))
	code, _, stderr = diff()
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "the outputs are of stack prod, not of dev")
}

// A boundary and an SCP restrict: what they deny is denied, and what they make
// impossible is not proved.
func TestVerifyWithLimits(t *testing.T) {
	t.Parallel()
	const group = "testdata/good-group.json"
	for args, test := range map[string]struct {
		broken []policy.Guarantee
		note   string
	}{
		"": {nil, "No SCP was given: one may deny what is possible here."},
		"--scp testdata/diff/deny-regions-scp.json": {nil, "With the SCP testdata/diff/deny-regions-scp.json."},
		// It denies what AWS services do for people, and what sessions of roles do.
		"--scp testdata/diff/deny-without-mfa-scp.json": {[]policy.Guarantee{policy.G6}, "With the SCP "},
		"--boundary testdata/diff/no-enrolment-boundary.json": {
			[]policy.Guarantee{policy.G2, policy.G3}, "With the members' permissions boundary testdata/diff/no-enrolment-boundary.json. No SCP was given",
		},
	} {
		code, stdout, stderr := execute(t, append([]string{"verify", "--json", "--group", group}, strings.Fields(args)...)...)
		require.Equal(t, len(test.broken) > 0, code == program.Failure, "%s: %s", args, stderr)
		for guarantee, verdict := range results(t, stdout) {
			require.Equal(t, slices.Contains(test.broken, guarantee), verdict == policy.Broken, "%s: %s", args, guarantee)
			require.NotEqual(t, policy.Undecided, verdict, "%s: %s", args, guarantee)
		}
		require.Contains(t, stderr, test.note)
		require.Contains(t, stdout, test.note)
	}
	// What a group's policies leave open, an SCP may close.
	for _, closed := range []bool{false, true} {
		args := []string{"verify", "--json", "--group", "testdata/read-s3-group.json"}
		if closed {
			args = append(args, "--scp", "testdata/diff/deny-without-mfa-scp.json")
		}
		_, stdout, _ := execute(t, args...)
		require.Equal(t, closed, results(t, stdout)[policy.G1] == policy.Proved)
	}
}

// Two stacks on one group: what one exempts the other denies.
func TestVerifySeveralStacks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: aws-cli-mfa\nruntime: go\n"), 0o600))
	for name, more := range map[string]string{
		"dev": "", "qa": "", "exempt": "  aws-cli-mfa:exemptActions: [iam:ChangePassword]\n", "cn": "  aws:region: cn-north-1\n",
	} {
		text := "config:\n  aws-cli-mfa:roles: {r: {policies: [PowerUserAccess], groups: [developers]}}\n" + more
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+name+".yaml"), []byte(text), 0o600))
	}
	verify := func(stacks ...string) (int, string, string) {
		args := []string{"verify", "--json", "--project", dir}
		for _, name := range stacks {
			args = append(args, "--stack", name)
		}
		return execute(t, args...)
	}
	code, _, stderr := verify("exempt")
	require.Equal(t, program.OK, code, stderr)
	code, stdout, stderr := verify("dev", "qa")
	require.Equal(t, program.OK, code, stderr)
	require.Contains(t, stderr, "Stack dev and qa as it would be deployed.")
	require.Equal(t, policy.Proved, results(t, stdout)[policy.G1])

	code, stdout, _ = verify("dev", "exempt")
	require.Equal(t, program.Failure, code)
	require.Equal(t, policy.Broken, results(t, stdout)[policy.G2])
	require.Contains(t, stdout, "iam:ChangePassword on arn:aws:iam::111122223333:user/a-member is denied")
	require.Contains(t, stdout, "of cli-dev-developers")

	code, _, stderr = verify("dev", "cn")
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "they cannot share groups")
}
