package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// The stack files of the repository keep every guarantee, tried with thousands
// of requests.
func TestProofOfTheStackFiles(t *testing.T) {
	t.Parallel()
	for name, region := range map[string]string{"dev": "eu-west-1", "prod": "us-gov-west-1"} {
		config, err := project.ReadStack(environment.Environment{}, "..", name)
		require.NoError(t, err)
		resolved, err := stack.ResolveOffline(config.Config, region, nil)
		require.NoError(t, err)
		report := policy.Verify(resolved.Deployment)
		require.NoError(t, report.Err(), name)
		require.GreaterOrEqual(t, report.Tried(), 5000, name)
		requireTried(t, report)
		t.Logf("%s: %d requests and documents tried", name, report.Tried())
	}
}

// requireTried holds that every guarantee was tried, but for those.
func requireTried(t *testing.T, report policy.Report, but ...policy.Guarantee) {
	t.Helper()
	require.Len(t, report.Results, len(policy.Guarantees()))
	for i, result := range report.Results {
		require.Equal(t, policy.Guarantees()[i], result.Guarantee)
		if slices.Contains(but, result.Guarantee) {
			require.Zero(t, result.Tried, result.Guarantee)
			require.NotEmpty(t, result.Note, result.Guarantee)
			continue
		}
		require.Positive(t, result.Tried, result.Guarantee)
	}
}

// Whatever is configured, wherever and for users under whatever path.
func TestProofOfEveryConfiguration(t *testing.T) {
	t.Parallel()
	for _, settings := range everySetting() {
		t.Run(settings.name, func(t *testing.T) {
			t.Parallel()
			report := policy.Verify(deploymentOf(t, settings))
			require.NoError(t, report.Err())
			var but []policy.Guarantee
			switch {
			case settings.policy.WithoutDeny:
				but = append(but, policy.G1)
			case settings.policy.Enrolment == policy.AdminEnrolment:
				but = append(but, policy.G2)
			}
			requireTried(t, report, but...)
		})
	}
}

type proofSettings struct {
	name   string
	policy policy.GroupPolicy
	// paths are those of the users.
	paths []string
}

func everySetting() []proofSettings {
	var all []proofSettings
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		for _, paths := range [][]string{{"/"}, {"/team/"}, {"/", "/team/a/"}, nil} {
			for _, enforce := range []bool{true, false} {
				for i, g := range everyPolicy() {
					g.Account, g.WithoutDeny = policy.Account{Partition: partition, ID: accountID}, !enforce
					all = append(all, proofSettings{
						fmt.Sprintf("%s, paths %v, enforce %t, policy %d", partition, paths, enforce, i), g, paths,
					})
				}
			}
		}
	}
	return all
}

func everyPolicy() []policy.GroupPolicy {
	all := []policy.GroupPolicy{{Enrolment: policy.AdminEnrolment}, {
		Enrolment: policy.AdminEnrolment, DeviceName: policy.AnyDevice,
	}}
	for _, device := range []policy.DeviceName{policy.UsernameDevice, policy.AnyDevice} {
		for _, exempt := range [][]string{
			nil,
			{"iam:ChangePassword"},
			{"iam:GetAccountPasswordPolicy"},
			{"codecommit:GitPull"},
			{"iam:ChangePassword", "iam:ListAccessKeys", "iam:GetAccountPasswordPolicy", "codecommit:GitPull", "s3:GetObject"},
		} {
			all = append(all, policy.GroupPolicy{Enrolment: policy.SelfService, DeviceName: device, ExemptActions: exempt})
		}
	}
	return all
}

// deploymentOf is one role and one group with a user under each path, and a
// group without members if there are none.
func deploymentOf(t *testing.T, settings proofSettings) policy.Deployment {
	t.Helper()
	g := settings.policy
	var members []string
	for i, path := range settings.paths {
		members = append(members, g.Account.UserARN(path, fmt.Sprintf("User.%d", i)))
	}
	trusted := members
	if len(trusted) == 0 {
		trusted = []string{g.Account.UserARN("/", "trusted-by-name")}
	}
	role := g.Account.RoleARN("/", "cli-dev-power-user")
	trust, err := policy.TrustPolicy(trusted)
	require.NoError(t, err)
	g.RoleARNs = []string{role}
	document, err := g.Document()
	require.NoError(t, err)
	return policy.Deployment{
		Account: g.Account, Enrolment: g.Enrolment, DeviceName: g.DeviceName, ExemptActions: g.ExemptActions,
		WithoutDeny: g.WithoutDeny,
		Roles:       []policy.Role{{Name: "power-user", ARN: role, Trust: trust, TrustedUserARNs: trusted}},
		Groups: []policy.Group{{
			Name: "developers", RoleARNs: []string{role}, MemberARNs: members,
			Policies: []policy.NamedDocument{{Name: "cli-dev-developers", Document: document}},
		}},
	}
}

// known is a policy that people deploy and that does not do what they think;
// testdata/known_bad.yaml says what its fields are.
type known struct {
	Trust, Group, Cut, Paste string
	OnRole                   string `yaml:"onRole"`
	Want                     map[policy.Guarantee]string
}

func TestProofFindsWellKnownMistakes(t *testing.T) {
	t.Parallel()
	bad := map[string]known{}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/known_bad.yaml")), &bad))
	require.Len(t, bad, 12)
	for name, bad := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploymentOf(t, proofSettings{
				policy: policy.GroupPolicy{Account: proofAccount()}, paths: []string{"/"},
			})
			rename(&d)
			require.NoError(t, policy.Verify(d).Err())
			parse := func(text string) policy.Document {
				parsed, err := policy.Parse(text)
				require.NoError(t, err)
				return parsed
			}
			if bad.Trust != "" {
				d.Roles[0].Trust = parse(bad.Trust)
			}
			if bad.Group != "" {
				d.Groups[0].Policies[0].Document = parse(bad.Group)
			}
			if bad.Cut != "" {
				text := d.Groups[0].Policies[0].Document.String()
				require.Contains(t, text, bad.Cut)
				d.Groups[0].Policies[0].Document = parse(strings.ReplaceAll(text, bad.Cut, bad.Paste))
			}
			if bad.OnRole != "" {
				d.Roles[0].Policies = []policy.NamedDocument{{Name: "on-role", Document: parse(bad.OnRole)}}
			}
			report := policy.Verify(d)
			require.Error(t, report.Err())
			for guarantee, says := range bad.Want {
				requireViolation(t, report, guarantee, says)
			}
		})
	}
}

// rename has alice be the user of a deployment of one.
func rename(d *policy.Deployment) {
	alice := d.Account.UserARN("/", "alice")
	trust := d.Roles[0].Trust
	trust.Statements[0].Principal.AWS = policy.Values{alice}
	d.Roles[0].TrustedUserARNs, d.Groups[0].MemberARNs = []string{alice}, []string{alice}
}

func requireViolation(t *testing.T, report policy.Report, guarantee policy.Guarantee, says string) {
	t.Helper()
	var texts []string
	for _, violation := range report.Violations() {
		if violation.Guarantee == guarantee {
			texts = append(texts, violation.String())
		}
	}
	require.True(t, slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, says) }),
		"no violation of %s says %q:\n%s", guarantee, says, strings.Join(texts, "\n"))
}

// TestProofGuardsTheEngine previews, under the real Pulumi engine, a stack
// that would lock the sessions of its role out.
func TestProofGuardsTheEngine(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	name := "needs-mfa"
	text := `{"Version": "2012-10-17", "Statement": {"Sid": "NeedsMFA", "Effect": "Deny", "Action": "*", "Resource": "*",
		"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"}}}}`
	_, err := c.iam.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &text})
	require.NoError(t, err)
	d := newDeployment(t, c, `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user:
      policies: [PowerUserAccess, 'arn:aws:iam::111122223333:policy/needs-mfa']
      groups: [developers]
`)
	_, previewErr := d.Preview(t.Context())
	_, upErr := d.Up(t.Context())
	for _, err := range []error{previewErr, upErr} {
		require.ErrorContains(t, err, "refusing to deploy stack dev: the documents break what this project guarantees")
		require.ErrorContains(t, err, "G3 (With MFA a trusted user can assume the role")
		require.ErrorContains(t, err, "with credential role-session")
		require.ErrorContains(t, err, "denied by NeedsMFA of arn:aws:iam::111122223333:policy/needs-mfa")
		require.NotContains(t, err.Error(), "G4")
	}
	state, err := d.Export(t.Context())
	require.NoError(t, err)
	for _, r := range state.Resources {
		require.Contains(t, []string{"pulumi:pulumi:Stack", "pulumi:providers:aws"}, string(r.Type), "nothing may be registered")
	}
}
