package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/proof"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

var update = flag.Bool("update", false, "write the golden files")

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// results are the verdicts of a proof, by guarantee.
func results(t *testing.T, stdout string) map[policy.Guarantee]policy.Verdict {
	t.Helper()
	var p proof.Proof
	require.NoError(t, json.Unmarshal([]byte(stdout), &p), stdout)
	found := map[policy.Guarantee]policy.Verdict{}
	for _, g := range p.Guarantees {
		found[g.Guarantee] = g.Verdict
	}
	require.Len(t, found, len(policy.Guarantees()))
	return found
}

func TestVerifyStackHolds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dev", "prod"} {
		stdout, stderr := machine{}.succeeds(t, "verify", "--project", "../..", "--stack", name)
		for line := range strings.SplitSeq(stdout, "\n") {
			require.LessOrEqual(t, len(line), output.Width)
		}
		flowing := strings.Join(strings.Fields(stdout), " ")
		for _, g := range policy.Guarantees() {
			want := string(g) + " proved [\\d,]+ " + regexp.QuoteMeta(g.Promise())
			if g == policy.G7 {
				want = "G7 not judged 0 .* \\(enrolment is self-service\\)"
			}
			require.Regexp(t, want, flowing)
		}
		require.Contains(t, stderr, "Stack "+name+" as it would be deployed. AWS was not asked")
		require.Contains(t, stderr, "stand-ins")
		require.Regexp(t, `(?m)^[\d,]+ classes of requests decided in [\d.]+m?s$`, stderr)
	}
}

// Of the files, those in leaky differ from a sound one in one place.
func TestVerifyDecidesFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/proof/*/*.json")
	require.NoError(t, err)
	require.Len(t, files, 26)
	for _, file := range files {
		kind, about := "--group", policy.G1
		if strings.HasSuffix(file, ".trust.json") {
			kind, about = "--trust", policy.G5
		}
		code, stdout, stderr := execute(t, "verify", "--json", kind, file)
		if strings.Contains(file, "sound") {
			require.Equal(t, program.OK, code, "%s: %s", file, stderr)
			continue
		}
		require.Equal(t, program.Failure, code, file)
		for guarantee, verdict := range results(t, stdout) {
			require.Equal(t, guarantee == about, verdict == policy.Broken, "%s: %s", file, guarantee)
		}
	}
	_, stdout, _ := execute(t, "verify", "--group", "testdata/proof/leaky/condition-office-ip.group.json")
	require.Contains(t, strings.Join(strings.Fields(stdout), " "), "with credential long-term-key and aws:SourceIp=203.0.113.0 and AdministratorAccess attached")
	_, stdout, _ = execute(t, "verify", "--trust", "testdata/proof/sound/office-address.trust.json")
	require.Contains(t, stdout, "on condition of such as aws:SourceIp=203.0.113.0")
}

func TestVerifyStackWithAdminEnrolment(t *testing.T) {
	t.Parallel()
	const roles = "  aws-cli-mfa:roles: {power-user: {policies: [PowerUserAccess], groups: [developers]}}\n"
	project := projectWith(t, map[string]string{
		"admin": roles + "  aws-cli-mfa:enrolment: admin\n", "china": roles + "  aws-cli-mfa:enforce: false\n",
		"typo": roles + "  aws-cli-mfa:enrolement: admin\n",
		"risk": roles + "  aws-cli-mfa:exemptActionsAtMyRisk: [s3:GetObject]\n",
		"none": roles + "  aws-cli-mfa:exemptActionsAtMyRisk: [s3:ListBuckets, nonsense:DoesNotExist]\n",
	})

	stdout, _ := machine{}.succeeds(t, "verify", "--project", project, "--stack", "admin", "--json")
	found := results(t, stdout)
	require.Equal(t, policy.NotJudged, found[policy.G2])
	require.Equal(t, policy.Proved, found[policy.G7])

	stdout, _ = machine{}.succeeds(t, "verify", "--project", project, "--stack", "china")
	require.Contains(t, stdout, "the deny is not in force yet")

	stdout, _ = machine{}.succeeds(t, "verify", "--project", project, "--stack", "risk", "--json")
	require.Contains(t, stdout, "exempt at the stack's own risk, and whatever that leads to: s3:GetObject")

	stderr := machine{}.refuses(t, "verify", "--project", project, "--stack", "typo")
	require.Contains(t, stderr, "did you mean enrolment?")
	stderr = machine{}.refuses(t, "verify", "--project", project, "--stack", "none")
	require.Contains(t, stderr, "no action s3:ListBuckets on 2026-09-26; did you mean s3:ListAllMyBuckets?")
	require.Contains(t, stderr, "no action nonsense:DoesNotExist")

	_, stderr = machine{}.fails(t, "verify", "--project", project, "--stack", "missing")
	require.Contains(t, stderr, "there is no stack file")
}

// A stack that Pulumi deploys without the deny is not proved to have it, however
// its configuration says so.
func TestVerifyStackProvesWhatPulumiDeploys(t *testing.T) {
	t.Parallel()
	const roles = "config:\n  aws-cli-mfa:roles: {power-user: {policies: [PowerUserAccess], groups: [developers]}}\n"
	const own = "name: aws-cli-mfa\nruntime: go\n"
	for name, test := range map[string]struct{ project, settings string }{
		"with its namespace":       {own, roles + "  aws-cli-mfa:enforce: false\n"},
		"without its namespace":    {own, roles + "  enforce: false\n"},
		"a default in Pulumi.yaml": {own + "config:\n  aws-cli-mfa:enforce: {type: boolean, default: false}\n", roles},
		"a value in Pulumi.yaml":   {own + "config:\n  enforce: false\n", roles},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, test.project, dir, "Pulumi.yaml")
			write(t, test.settings, dir, "Pulumi.qa.yaml")
			stdout, _ := machine{}.succeeds(t, "verify", "--project", dir, "--stack", "acme/aws-cli-mfa/qa")
			require.Contains(t, stdout, "the deny is not in force yet")
			stdout, _ = machine{}.succeeds(t, "explain", "s3:GetObject", "--attached", "AdministratorAccess", "--project", dir, "--stack", "qa")
			require.Contains(t, stdout, "allowed")
		})
	}
	stdout, _ := machine{}.succeeds(t, "verify", "--project", "../..", "--stack", "acme/aws-cli-mfa/dev")
	require.NotContains(t, stdout, "not in force")
}

// Policies that teams have today, and what is wrong with each.
func TestVerifyFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args string
		// broken, notTried and stderr are what must be reported.
		broken, notTried []policy.Guarantee
		text, stderr     string
	}{
		{
			name: "what this project deploys", args: "--trust good-trust.json --group good-group.json",
			notTried: []policy.Guarantee{policy.G7}, stderr: "Account 111122223333 of partition aws.",
		},
		{
			name: "with other rights beside it", args: "--trust good-trust.json --group good-group.json --group read-s3-group.json",
			notTried: []policy.Guarantee{policy.G7},
			stderr: "Meant to be trusted: arn:aws:iam::111122223333:user/alice and arn:aws:iam::111122223333:user/team/bob.\n" +
				"Meant for the group: arn:aws:iam::111122223333:role/cli-dev-power-user.",
		},
		{
			name: "AWS's first re:Post answer, Bool in the deny", args: "--group repost-group.json",
			broken:   []policy.Guarantee{policy.G1, policy.G2, policy.G3, policy.G6},
			notTried: []policy.Guarantee{policy.G5, policy.G7},
			text:     "with credential long-term-key and AdministratorAccess attached: allowed by statement 1 of AdministratorAccess",
		},
		{
			name: "ForAnyValue in the deny, which IfExists does not help", args: "--group foranyvalue-group.json",
			broken:   []policy.Guarantee{policy.G1, policy.G2},
			notTried: []policy.Guarantee{policy.G5, policy.G7},
			text:     "with credential long-term-key and AdministratorAccess attached: allowed by statement 1 of AdministratorAccess",
		},
		{
			name: "ForAllValues in the deny, which an absent key satisfies", args: "--group forallvalues-group.json",
			notTried: []policy.Guarantee{policy.G5, policy.G7},
		},
		{
			name: "no deny at all", args: "--group read-s3-group.json",
			broken:   []policy.Guarantee{policy.G1, policy.G2, policy.G3},
			notTried: []policy.Guarantee{policy.G5, policy.G7},
			text:     "is allowed to arn:aws:iam::111122223333:user/example-user with credential long-term-key",
			stderr:   "Meant for the group: no role",
		},
		{
			name: "BoolIfExists in the trust", args: "--trust boolifexists-trust.json",
			broken:   []policy.Guarantee{policy.G5},
			notTried: []policy.Guarantee{policy.G1, policy.G2, policy.G6, policy.G7},
			text:     "is allowed to arn:aws:iam::111122223333:user/alice with credential long-term-key",
		},
		{
			name: "the account root, without MFA", args: "--trust root-trust.json",
			broken:   []policy.Guarantee{policy.G4, policy.G5},
			notTried: []policy.Guarantee{policy.G1, policy.G2, policy.G3, policy.G6, policy.G7},
			text:     "is allowed to arn:aws:iam::444455556666:user/somebody-else with credential long-term-key",
			stderr:   "Meant to be trusted: nobody",
		},
		{
			name: "the account root, with MFA", args: "--trust root-with-mfa-trust.json",
			broken:   []policy.Guarantee{policy.G4},
			notTried: []policy.Guarantee{policy.G1, policy.G2, policy.G3, policy.G6, policy.G7},
			stderr:   "Account 444455556666 of partition aws.",
		},
		{
			name: "anybody", args: "--trust anybody-trust.json",
			broken:   []policy.Guarantee{policy.G4, policy.G5},
			notTried: []policy.Guarantee{policy.G1, policy.G2, policy.G3, policy.G6, policy.G7},
			text:     "is allowed to arn:aws:iam::999999999999:user/somebody-else with credential long-term-key",
		},
		{
			name: "self-service where admin is meant", args: "--group good-group.json --enrolment admin",
			broken:   []policy.Guarantee{policy.G7},
			notTried: []policy.Guarantee{policy.G2, policy.G5},
		},
		{
			name: "the deny is not meant yet", args: "--group read-s3-group.json --no-enforce --mfa-device-name any",
			broken:   []policy.Guarantee{policy.G2, policy.G3},
			notTried: []policy.Guarantee{policy.G1, policy.G5, policy.G7},
		},
		{
			name: "what a stack's configuration means", args: "--group good-group.json --stack prod --project ../..",
			broken:   []policy.Guarantee{policy.G2}, // the stack exempts iam:ChangePassword
			notTried: []policy.Guarantee{policy.G5, policy.G7},
			text:     "iam:ChangePassword on",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"verify", "--json"}
			for word := range strings.FieldsSeq(test.args) {
				if strings.HasSuffix(word, ".json") {
					word = filepath.Join("testdata", word)
				}
				args = append(args, word)
			}
			code, stdout, stderr := execute(t, args...)
			var broken, notTried []policy.Guarantee
			found := results(t, stdout)
			for _, g := range policy.Guarantees() {
				switch found[g] {
				case policy.Broken:
					broken = append(broken, g)
				case policy.NotJudged:
					notTried = append(notTried, g)
				case policy.Proved, policy.Undecided:
				}
			}
			require.ElementsMatch(t, test.broken, broken)
			require.ElementsMatch(t, test.notTried, notTried)
			if len(test.broken) > 0 {
				require.Equal(t, program.Failure, code)
				require.Regexp(t, `awsmfa: (G\d|,| and )+ do(es)? not hold\n$`, strings.ReplaceAll(stderr, ", ", ","))
			} else {
				require.Equal(t, program.OK, code, stderr)
			}
			require.Contains(t, stdout, test.text)
			require.Contains(t, stderr, test.stderr)
		})
	}
}

// The first counterexamples are what a person sees.
func TestVerifyNamesTheLongTermKey(t *testing.T) {
	t.Parallel()
	stdout, stderr := machine{}.fails(t, "verify", "--group", "testdata/repost-group.json")
	require.Contains(t, stdout, "G1 is broken, for example:\n  - ")
	require.Contains(t, stdout, "long-term-key")
	require.Contains(t, stdout, "(no trust policy was given)")
	require.Contains(t, stderr, "awsmfa: G1, G2, G3 and G6 do not hold")

	_, stdout, _ = execute(t, "verify", "--trust", "testdata/boolifexists-trust.json")
	require.Contains(t, stdout, "(no group policy was given)")
}

func TestVerifyRefusesFilesThatAreNoPolicies(t *testing.T) {
	t.Parallel()
	bad := write(t, `{"Statement":{"Effect":"deny"}}`, t.TempDir(), "bad.json")
	for _, args := range [][]string{
		{"--trust", bad},
		{"--group", bad},
		{"--group", filepath.Join(t.TempDir(), "none.json")},
		{"--outputs", bad},
		{"--outputs", filepath.Join(t.TempDir(), "none.json")},
	} {
		stderr := machine{}.refuses(t, append([]string{"verify"}, args...)...)
		require.True(t, strings.HasPrefix(stderr, "awsmfa: "), stderr)
	}
	// What IAM would refuse is G8's.
	stdout, _ := machine{}.fails(t, "verify", "--json", "--group", "testdata/good-trust.json")
	require.Equal(t, policy.Broken, results(t, stdout)[policy.G8])
}

// aProof has one guarantee of each kind.
func aProof() proof.Proof {
	return proof.Of(proof.Subject{
		Source: "Policy files.", Notes: []string{"Account 111122223333 of partition aws."}, Missing: "no trust policy was given",
		Deployment: policy.Deployment{Account: policy.Account{Partition: "aws", ID: "111122223333"}},
	}, policy.Report{Results: []policy.Result{
		{Guarantee: policy.G1, Verdict: policy.Broken, Classes: 12345, Broken: 1234, Violations: []policy.Violation{
			{
				Guarantee: policy.G1, Caller: "arn:aws:iam::111122223333:user/alice", Credential: policy.LongTermKey,
				Attached: "AdministratorAccess", Action: "s3:GetObject", Resource: "*",
				Decision: policy.Decision{
					Allowed: true, Outcome: policy.Allowed, Side: policy.SideIdentity, Policy: "AdministratorAccess", Index: 0,
				},
			},
		}},
		{Guarantee: policy.G3, Verdict: policy.Undecided, Classes: 9, Why: []string{
			"the policy variable ${aws:PrincipalTag/team} may be anything",
		}},
		{Guarantee: policy.G4, Verdict: policy.Proved, Classes: 40, Conditions: []string{"aws:SourceIp=203.0.113.0"}},
		{Guarantee: policy.G5, Verdict: policy.NotJudged},
		{Guarantee: policy.G7, Verdict: policy.NotJudged, Note: "enrolment is self-service"},
		{Guarantee: policy.G8, Verdict: policy.Broken, Classes: 3, Broken: 1, Violations: []policy.Violation{
			{Guarantee: policy.G8, Fault: "a|b.json: malformed <policy> document"},
		}},
	}})
}

func TestProofGolden(t *testing.T) {
	t.Parallel()
	for name, print := range map[string]func(*bytes.Buffer) error{
		"proof.txt":  func(out *bytes.Buffer) error { return aProof().Table(out, false) },
		"proof.json": func(out *bytes.Buffer) error { return output.JSON(out, aProof()) },
		"proof.md":   func(out *bytes.Buffer) error { return aProof().Markdown(out) },
	} {
		var out bytes.Buffer
		require.NoError(t, print(&out))
		requireGolden(t, name, out.String())
	}
	require.EqualError(t, aProof().Err(), "G1 and G8 do not hold\nundecided, and so not proved: G3")
	require.NoError(t, proof.Proof{}.Err())
}

func TestProofInColour(t *testing.T) {
	t.Parallel()
	var plain, color bytes.Buffer
	require.NoError(t, aProof().Table(&plain, false))
	require.NoError(t, aProof().Table(&color, true))
	require.Contains(t, color.String(), "\x1b[32mproved    \x1b[0m")
	require.Equal(t, plain.String(), regexp.MustCompile(`\x1b\[[\d;]*m`).ReplaceAllString(color.String(), ""))
}

func TestVerifyPrintsOneFormat(t *testing.T) {
	t.Parallel()
	_, stdout, _ := execute(t, "verify", "--project", "../..", "--markdown")
	require.True(t, strings.HasPrefix(stdout, "| | verdict | classes | promise |\n"), stdout)
	require.NotContains(t, stdout, "\x1b")
}

// deployDev is an account with the stack dev in it, deployed by hand, and the
// machine of those who use it. It gives the stack outputs.
func deployDev(t *testing.T) (machine, *account.Account, []byte) {
	t.Helper()
	config, err := project.ReadStack(environment.Environment{}, "../..", "dev")
	require.NoError(t, err)
	resolved, err := stack.ResolveOffline(config.Config, config.Region, map[string][]string{"developers": {"alice", "bob"}})
	require.NoError(t, err)
	d := resolved.Deployment
	a := account.New(d.Account.ID, d.Account.Partition)
	for _, user := range []string{"alice", "bob", "admin"} {
		_, err := a.CreateUser(account.CreateUserInput{UserName: user})
		require.NoError(t, err)
	}
	require.NoError(t, a.AttachUserPolicy("admin", "arn:aws:iam::aws:policy/AdministratorAccess"))
	_, err = a.CreateGroup("developers", "")
	require.NoError(t, err)
	require.NoError(t, a.AddUserToGroup("developers", "alice"))
	require.NoError(t, a.AddUserToGroup("developers", "bob"))
	_, err = a.CreateRole(account.CreateRoleInput{
		RoleName: d.Roles[0].Name, AssumeRolePolicyDocument: d.Roles[0].Trust.String(),
	})
	require.NoError(t, err)
	require.NoError(t, a.AttachRolePolicy(d.Roles[0].Name, d.Roles[0].PolicyARNs[0]))
	mfa, err := a.CreatePolicy(account.CreatePolicyInput{
		PolicyName: "cli-dev-developers", PolicyDocument: d.Groups[0].Policies[0].Document.String(),
	})
	require.NoError(t, err)
	require.NoError(t, a.AttachGroupPolicy("developers", mfa.ARN))
	m := serve(t, a)
	outputs, err := json.Marshal(stack.Outputs{
		RoleARNs:       map[string]string{"power-user": d.Roles[0].ARN},
		MFAPolicyARNs:  map[string]string{"developers": mfa.ARN},
		Grants:         map[string][]string{"developers": {d.Roles[0].ARN}},
		RolePolicyARNs: map[string][]string{"power-user": d.Roles[0].PolicyARNs},
		Settings:       &stack.Settings{Enforce: true, Enrolment: policy.SelfService, MFADeviceName: policy.UsernameDevice},
		ClientConfig: stack.ClientConfig{
			Version: stack.ClientConfigVersion, Project: "aws-cli-mfa", Stack: "dev", Partition: "aws", AccountID: d.Account.ID, Region: "eu-west-1",
			Profiles: []stack.Profile{{
				Name: "dev-power-user", RoleARN: d.Roles[0].ARN, DurationSeconds: 3600, TrustedUsers: []string{"alice", "bob"},
			}},
		},
	})
	require.NoError(t, err)
	return m, a, outputs
}

// serve is a machine with profiles alice and admin (the default) of the users' keys.
func serve(t *testing.T, a *account.Account) machine {
	t.Helper()
	var file strings.Builder
	for profile, user := range map[string]string{"default": "admin", "alice": "alice"} {
		key, err := a.CreateAccessKey(user)
		require.NoError(t, err)
		file.WriteString("[" + profile + "]\naws_access_key_id = " + key.AccessKeyID +
			"\naws_secret_access_key = " + key.SecretAccessKey + "\n")
	}
	path := write(t, file.String(), t.TempDir(), "credentials")
	return machine{
		"HOME": t.TempDir(), "AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "config"), "AWS_SHARED_CREDENTIALS_FILE": path,
		"AWS_ENDPOINT_URL": accounttest.Serve(t, a),
	}
}

func TestVerifyOutputs(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	path := write(t, string(outputs), t.TempDir(), "outputs.json")
	for _, args := range [][]string{{"--outputs", path}, {"--outputs", path, "--stack", "dev", "--project", "../.."}} {
		stdout, stderr := m.succeeds(t, append([]string{"verify", "--json"}, args...)...)
		require.Equal(t, policy.Proved, results(t, stdout)[policy.G1])
		require.Contains(t, stderr, "The deployed stack in account 111122223333, read back from IAM.")
	}

	code, _, stderr := m.converse(t, bytes.NewReader(outputs), "verify", "--outputs", "-")
	require.Equal(t, program.OK, code, stderr)

	// What was deployed is self-service.
	stdout, _ := m.fails(t, "verify", "--json", "--outputs", path, "--enrolment", "admin")
	require.Equal(t, policy.Broken, results(t, stdout)[policy.G7])

	// Nor is it without the deny, as outputs may say that it is meant.
	off := strings.Replace(string(outputs), `"enforce":true`, `"enforce":false`, 1)
	stdout, _ = m.succeeds(t, "verify", "--outputs", write(t, off, t.TempDir(), "off.json"))
	require.Contains(t, stdout, "the deny is not in force yet")
	stdout, _ = m.succeeds(t, "verify", "--outputs", write(t, off, t.TempDir(), "off.json"), "--enrolment", "self-service")
	require.NotContains(t, stdout, "the deny is not in force yet", "flags win over outputs")

	const arn = "arn:aws:iam::111122223333:policy/cli-dev-developers"
	version, versionErr := a.GetPolicyVersion(arn, "v1")
	require.NoError(t, versionErr)
	tampered := strings.ReplaceAll(version.Document, "BoolIfExists", "Bool")
	require.NotEqual(t, version.Document, tampered)
	_, versionErr = a.CreatePolicyVersion(arn, tampered, true)
	require.NoError(t, versionErr)
	stdout, stderr = m.fails(t, "verify", "--json", "--outputs", path)
	require.Equal(t, policy.Broken, results(t, stdout)[policy.G1])
	require.Contains(t, stderr, "awsmfa: G1")
}

func TestVerifyOutputsOfAnotherAccount(t *testing.T) {
	t.Parallel()
	m, _, outputs := deployDev(t)
	other := strings.ReplaceAll(string(outputs), "111122223333", "444455556666")
	path := write(t, other, t.TempDir(), "outputs.json")
	stderr := m.refuses(t, "verify", "--outputs", path)
	require.Contains(t, stderr, "wrong account")
}

// What docs/verify.md shows is what the program prints, and what it lists is
// all there is.
func TestDocumentedProof(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../docs/verify.md")
	require.NoError(t, err)
	text := string(file)

	shown := regexp.MustCompile("(?s)```\n(\\$ awsmfa .*?)```").FindAllStringSubmatch(text, -1)
	require.Len(t, shown, 3)
	squeeze := func(line string) string {
		return regexp.MustCompile(`\s+[\d,]*\s*`).ReplaceAllString(line, " ")
	}
	for _, block := range shown {
		lines := strings.Split(block[1], "\n")
		args := strings.Fields(lines[0])[2:]
		if args[0] == "diff" {
			const dir = "testdata/diff/"
			_, stdout, _ := execute(t, "diff", dir+args[1], dir+args[2])
			require.Equal(t, strings.Join(lines[1:], "\n"), strings.ReplaceAll(stdout, dir, ""))
			continue
		}
		_, stdout, _ := execute(t, append(args, "--project", "../..")...)
		for _, line := range lines[1:] {
			if line != "…" {
				require.Contains(t, squeeze(stdout), squeeze(line))
			}
		}
	}

	for _, credential := range policy.Credentials() {
		require.Contains(t, text, "`"+string(credential)+"`")
	}
	help := func(command string) string {
		_, stdout, _ := execute(t, command, "--help")
		return stdout
	}
	known := help("verify") + help("explain") + help("diff")
	for _, flag := range regexp.MustCompile("`(--[a-z-]+)").FindAllStringSubmatch(text, -1) {
		require.Contains(t, known, flag[1]+" ")
	}
}

// The permissions that docs/verify.md lists are those that the code asks for.
func TestDocumentedPermissions(t *testing.T) {
	t.Parallel()
	documented, err := os.ReadFile("../../docs/verify.md")
	require.NoError(t, err)
	permission := regexp.MustCompile(`iam:(?:Get|List)\w+`)
	var used []string
	for _, name := range []string{"api.go", "stack.go"} {
		source, err := os.ReadFile(filepath.Join("../../internal/deployed", name))
		require.NoError(t, err)
		used = append(used, permission.FindAllString(string(source), -1)...)
	}
	unique := func(list []string) []string {
		slices.Sort(list)
		return slices.Compact(list)
	}
	// Those of users are read by explain --profile only.
	used = slices.DeleteFunc(unique(used), func(name string) bool {
		return strings.Contains(name, "User") && name != "iam:GetUser"
	})
	require.Equal(t, used, unique(permission.FindAllString(string(documented), -1)))
}
