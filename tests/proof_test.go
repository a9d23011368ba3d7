package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// The stack files of the repository keep every guarantee.
func TestProofOfTheStackFiles(t *testing.T) {
	t.Parallel()
	for name, region := range map[string]string{"dev": "eu-west-1", "prod": "us-gov-west-1"} {
		config, err := project.ReadStack(environment.Environment{}, "..", name)
		require.NoError(t, err)
		resolved, err := stack.ResolveOffline(config.Config, region, nil)
		require.NoError(t, err)
		report := policy.Verify(resolved.Deployment)
		require.NoError(t, report.Err(), name)
		requireProved(t, report, policy.G7)
		if name == "dev" {
			require.LessOrEqual(t, report.Classes(), 500)
		}
	}
}

// requireProved holds that every guarantee is proved, but for those.
func requireProved(t *testing.T, report policy.Report, but ...policy.Guarantee) {
	t.Helper()
	require.Len(t, report.Results, len(policy.Guarantees()))
	for i, result := range report.Results {
		require.Equal(t, policy.Guarantees()[i], result.Guarantee)
		if slices.Contains(but, result.Guarantee) {
			require.Equal(t, policy.NotJudged, result.Verdict, result.Guarantee)
			require.NotEmpty(t, result.Note, result.Guarantee)
			continue
		}
		require.Equal(t, policy.Proved, result.Verdict, result.Guarantee)
		require.Positive(t, result.Classes, result.Guarantee)
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
			if settings.policy.WithoutDeny {
				but = append(but, policy.G1)
			}
			if settings.policy.Enrolment != policy.AdminEnrolment {
				but = append(but, policy.G7)
			} else if !settings.policy.WithoutDeny && !settings.policy.SelfServiceAccessKeys {
				but = append(but, policy.G2)
			}
			requireProved(t, report, but...)
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
		Enrolment: policy.AdminEnrolment, DeviceName: policy.AnyDevice, SelfServiceAccessKeys: true,
	}, {SelfServiceAccessKeys: true}}
	for _, device := range []policy.DeviceName{policy.UsernameDevice, policy.AnyDevice} {
		for _, exempt := range [][]string{
			nil,
			{"iam:ChangePassword"},
			{"iam:GetAccountPasswordPolicy"},
			{"codecommit:GitPull"},
			{"iam:ChangePassword", "iam:ListAccessKeys", "iam:GetAccountPasswordPolicy", "codecommit:GitPull"},
		} {
			all = append(all, policy.GroupPolicy{Enrolment: policy.SelfService, DeviceName: device, ExemptActions: exempt})
		}
		all = append(all, policy.GroupPolicy{
			Enrolment: policy.SelfService, DeviceName: device, ExemptActions: []string{"codecommit:GitPull"},
			ExemptActionsAtMyRisk: []string{"s3:GetObject", "iam:CreateAccessKey", "lambda:UpdateFunctionCode"},
		})
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
		ExemptActionsAtMyRisk: g.ExemptActionsAtMyRisk, WithoutDeny: g.WithoutDeny,
		SelfServiceAccessKeys: g.SelfServiceAccessKeys,
		Roles:                 []policy.Role{{Name: "power-user", ARN: role, Trust: trust, TrustedUserARNs: trusted}},
		Groups: []policy.Group{{
			Name: "developers", RoleARNs: []string{role}, MemberARNs: members,
			Policies: []policy.NamedDocument{{Name: "cli-dev-developers", Document: document}},
		}},
	}
}

// known is a policy that people deploy and that does not do what they think.
type known struct {
	// trust and group replace the documents of a good deployment.
	trust, group string
	// cut is cut out of the group's document, and paste put there.
	cut, paste string
	// onRole is a further policy of the role.
	onRole string
	want   map[policy.Guarantee]string
}

const (
	noMFA           = `"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"}}`
	allowRole       = `{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/cli-dev-power-user"}`
	exceptEnrolment = `"NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices",
		"iam:ResyncMFADevice", "iam:GetUser", "sts:GetSessionToken"`
)

func document(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

func trusting(principal, condition string) string {
	return document(`{"Sid": "Trust", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "` + principal +
		`"}, "Condition": ` + condition + `}`)
}

// knownBad are the mistakes that the peers make, and AWS's own pages.
func knownBad() map[string]known {
	deny := func(rest string) string { return `{"Sid": "Deny", "Effect": "Deny", ` + rest + `}` }
	const alice = "arn:aws:iam::111122223333:user/alice"
	const withMFA = `{"Bool": {"aws:MultiFactorAuthPresent": "true"}}`
	return map[string]known{
		// https://repost.aws/knowledge-center/mfa-iam-user-aws-cli says why not.
		"plain Bool in the deny": {
			group: document(allowRole, deny(exceptEnrolment+`], "Resource": "*",
				"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}`)),
			want: map[policy.Guarantee]string{
				policy.G1: "credential long-term-key and AdministratorAccess attached: allowed by statement 1 of AdministratorAccess",
			},
		},
		"BoolIfExists in the trust": {
			trust: trusting(alice, `{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}`),
			want:  map[policy.Guarantee]string{policy.G5: "credential long-term-key and nothing attached: allowed by Trust of"},
		},
		"the account root is trusted": {
			trust: trusting("arn:aws:iam::111122223333:root", withMFA),
			want:  map[policy.Guarantee]string{policy.G4: "user/somebody-else with credential session-token-mfa and AdministratorAccess attached: allowed by Trust of"},
		},
		"iam:DeactivateMFADevice is exempt": {
			group: document(allowRole, deny(exceptEnrolment+`, "iam:DeactivateMFADevice"], "Resource": "*", `+noMFA)),
			want:  map[policy.Guarantee]string{policy.G1: "iam:DeactivateMFADevice on * is allowed to arn:aws:iam::111122223333:user/alice with credential long-term-key"},
		},
		"sts:AssumeRole is exempt": {
			group: document(allowRole, deny(exceptEnrolment+`, "sts:AssumeRole"], "Resource": "*", `+noMFA)),
			want:  map[policy.Guarantee]string{policy.G1: "sts:AssumeRole on arn:aws:iam::111122223333:role/cli-dev-power-user is allowed to arn:aws:iam::111122223333:user/alice with credential long-term-key and nothing attached: allowed by statement 1 of cli-dev-developers"},
		},
		"user/*${aws:username}": {
			group: document(allowRole, `{"Sid": "Own", "Effect": "Allow", "Action": ["iam:EnableMFADevice", "iam:ResyncMFADevice"],
				"Resource": "arn:aws:iam::111122223333:user/*${aws:username}"}`),
			want: map[policy.Guarantee]string{policy.G2: "user/xalice is allowed to arn:aws:iam::111122223333:user/alice with credential long-term-key and nothing attached: allowed by Own of"},
		},
		"mfa/* where the user's own is meant": {
			group: document(allowRole, `{"Sid": "Own", "Effect": "Allow", "Action": "iam:CreateVirtualMFADevice",
				"Resource": "arn:aws:iam::111122223333:mfa/*"}`),
			want: map[policy.Guarantee]string{policy.G2: "iam:CreateVirtualMFADevice on arn:aws:iam::111122223333:mfa/somebody-else is allowed"},
		},
		"no form for users under a path": {
			cut: `,"arn:aws:iam::111122223333:user/*/${aws:username}"`,
			want: map[policy.Guarantee]string{
				policy.G2: "user/team/example-user with credential long-term-key and nothing attached: denied by DenyOthersWithoutMFA",
			},
		},
		"the deny on the role": {
			onRole: document(deny(exceptEnrolment + `], "Resource": "*", ` + noMFA)),
			want:   map[policy.Guarantee]string{policy.G3: "credential role-session and AdministratorAccess attached: denied by Deny of on-role"},
		},
		"no aws:ViaAWSService": {
			group: document(allowRole, deny(exceptEnrolment+`], "Resource": "*",
				"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}`)),
			want: map[policy.Guarantee]string{policy.G6: "credential via-aws-service and AdministratorAccess attached: denied by Deny of"},
		},
		"policy variables in version 2008-10-17": {
			cut: "2012-10-17", paste: "2008-10-17",
			want: map[policy.Guarantee]string{policy.G2: "iam:EnableMFADevice on arn:aws:iam::111122223333:user/alice is denied"},
		},
		"an external id instead of the user": {
			trust: trusting("444455556666", `{"StringEquals": {"sts:ExternalId": "shared"}}`),
			want:  map[policy.Guarantee]string{policy.G4: "arn:aws:iam::444455556666:user/somebody-else with credential"},
		},
	}
}

func TestProofFindsWellKnownMistakes(t *testing.T) {
	t.Parallel()
	for name, bad := range knownBad() {
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
			if bad.trust != "" {
				d.Roles[0].Trust = parse(bad.trust)
			}
			if bad.group != "" {
				d.Groups[0].Policies[0].Document = parse(bad.group)
			}
			if bad.cut != "" {
				text := d.Groups[0].Policies[0].Document.String()
				require.Contains(t, text, bad.cut)
				d.Groups[0].Policies[0].Document = parse(strings.ReplaceAll(text, bad.cut, bad.paste))
			}
			if bad.onRole != "" {
				d.Roles[0].Policies = []policy.NamedDocument{{Name: "on-role", Document: parse(bad.onRole)}}
			}
			report := policy.Verify(d)
			require.Error(t, report.Err())
			for guarantee, says := range bad.want {
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
