package policy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// someUser is a caller, and the same user's own user and device.
func someUser(t *rapid.T, of policy.Account) policy.Caller {
	path := rapid.SampledFrom([]string{"/", "/team/", "/a/b/"}).Draw(t, "path")
	arn := of.UserARN(path, names().Draw(t, "user"))
	return policy.Caller{Kind: policy.UserCaller, ARN: arn, Account: of.ID}
}

// someAllow is any allow of an identity-based policy, broad ones included.
func someAllow() *rapid.Generator[policy.Statement] {
	return rapid.OneOf(
		compilableStatements(policy.Allow, false),
		rapid.Just(policy.Statement{Effect: policy.Allow, Action: policy.Values{"*"}, Resource: policy.Values{"*"}}),
	)
}

func withoutMFA() *rapid.Generator[policy.Credential] {
	return rapid.SampledFrom([]policy.Credential{policy.LongTermKey, policy.SessionToken, policy.Console})
}

func attachedAs(t require.TestingT, name string, d policy.Document) policy.Attached {
	c, err := policy.Compile(d)
	require.NoError(t, err)
	return policy.Attached{Name: name, Policy: c}
}

// inEnrolmentSet tells what may be allowed without MFA, by the words of G2.
func inEnrolmentSet(g policy.GroupPolicy, action string) bool {
	return g.Enrolment != policy.AdminEnrolment && slices.Contains(slices.Concat(g.ExemptActions, g.ExemptActionsAtMyRisk, []string{
		"iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice",
		"sts:GetSessionToken",
	}), action)
}

// Whatever else is attached, without MFA nothing is allowed outside the
// enrolment set; and what is irrelevant in the context does not matter.
func TestPropertyAnyAllowIsDeniedWithoutMFA(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := groupPolicies().Draw(t, "group")
		g.WithoutDeny = false
		document, err := g.Document()
		require.NoError(t, err)
		caller := someUser(t, g.Account)
		ctx := withoutMFA().Draw(t, "credential").Context(caller)
		for range rapid.IntRange(0, 3).Draw(t, "keys") {
			key := rapid.SampledFrom([]string{"aws:SourceIp", "aws:RequestTag/x", "iam:PolicyARN", "a:b"}).Draw(t, "key")
			ctx = ctx.With(key, rapid.SliceOf(rapid.String()).Draw(t, "values")...)
		}
		action := rapid.SampledFrom([]string{
			"s3:GetObject", "iam:CreateUser", "iam:CreateAccessKey", "iam:DeactivateMFADevice", "iam:EnableMFADevice",
			"iam:CreateVirtualMFADevice", "sts:AssumeRole", "sts:GetSessionToken", "iam:ChangePassword", "codecommit:GitPull",
		}).Draw(t, "action")
		allows := rapid.SliceOfN(someAllow(), 1, 3).Draw(t, "allows")
		extra := attachedAs(t, "extra", policy.Document{Version: policy.Version20121017, Statements: allows})
		everybody := policy.Statement{
			Effect: policy.Allow, Principal: &policy.Principal{All: true}, Action: policy.Values{"sts:AssumeRole"},
		}
		trust := attachedAs(t, "trust", policy.Document{Statements: []policy.Statement{everybody}})
		policies := policy.Policies{Identity: []policy.Attached{extra, attachedAs(t, "group", document)}}
		if action == assumeRole {
			policies.Trust = &trust
		}
		resource := rapid.SampledFrom([]string{"*", bucketARN, bobARN, caller.ARN, g.RoleARNs[0]}).Draw(t, "resource")
		decision := policy.Evaluate(policy.Request{Caller: caller, Action: action, Resource: resource, Context: ctx}, policies)
		if !inEnrolmentSet(g, action) {
			require.Equal(t, policy.ExplicitDeny, decision.Outcome, "%+v", decision)
		}
	})
}

// someDeployment is what the builders make of random plain values.
func someDeployment(t *rapid.T) policy.Deployment {
	g := groupPolicies().Draw(t, "settings")
	partition := rapid.SampledFrom([]string{"aws", "aws-cn", "aws-us-gov"}).Draw(t, "partition")
	g.Account.Partition = partition
	d := policy.Deployment{
		Account: g.Account, Enrolment: g.Enrolment, DeviceName: g.DeviceName, ExemptActions: g.ExemptActions,
		ExemptActionsAtMyRisk: g.ExemptActionsAtMyRisk, WithoutDeny: g.WithoutDeny,
		SelfServiceAccessKeys: g.SelfServiceAccessKeys,
	}
	g.RoleARNs = nil
	for range rapid.IntRange(1, 3).Draw(t, "roles") {
		role := g.Account.RoleARN(rapid.SampledFrom([]string{"/", "/x/"}).Draw(t, "path"), names().Draw(t, "role"))
		if slices.Contains(g.RoleARNs, role) {
			continue
		}
		g.RoleARNs = append(g.RoleARNs, role)
		var trusted []string
		for range rapid.IntRange(1, 5).Draw(t, "users") {
			if user := someUser(t, g.Account).ARN; !slices.Contains(trusted, user) {
				trusted = append(trusted, user)
			}
		}
		trust, err := policy.TrustPolicy(trusted)
		require.NoError(t, err)
		d.Roles = append(d.Roles, policy.Role{Name: role, ARN: role, Trust: trust, TrustedUserARNs: trusted})
	}
	document, err := g.Document()
	require.NoError(t, err)
	d.Groups = []policy.Group{{
		Name: "group", RoleARNs: g.RoleARNs, MemberARNs: d.Roles[0].TrustedUserARNs,
		Policies: []policy.NamedDocument{{Name: "policy of group", Document: document}},
	}}
	return d
}

func TestPropertyWhatTheBuildersMakeKeepsTheGuarantees(t *testing.T) {
	t.Parallel()
	for _, d := range samples(someDeployment) {
		require.NoError(t, policy.Verify(d).Err())
	}
}

// samples are some random values, the same ones in each run: a property that
// takes a hundred runs of Verify takes too long under the race detector.
func samples[T any](draw func(*rapid.T) T) []T {
	const enough = 12
	generator := rapid.Custom(draw)
	var drawn []T
	for seed := range enough {
		drawn = append(drawn, generator.Example(seed))
	}
	return drawn
}

// What the role may do, and a further group's policies, are no way in.
func TestPropertyAllowsElsewhereLeaveTheTrustAlone(t *testing.T) {
	t.Parallel()
	deployments := samples(func(t *rapid.T) policy.Deployment {
		d := someDeployment(t)
		random := func(name string) policy.NamedDocument {
			allows := rapid.SliceOfN(someAllow(), 1, 3).Draw(t, name)
			return policy.NamedDocument{Name: name, Document: policy.Document{
				Version: policy.Version20121017, Statements: allows,
			}}
		}
		d.Roles[0].Policies = []policy.NamedDocument{random("of the role")}
		d.Groups = append(d.Groups, policy.Group{
			Name: "another", RoleARNs: d.Groups[0].RoleARNs, MemberARNs: d.Groups[0].MemberARNs,
			Policies: []policy.NamedDocument{random("of another group")},
		})
		return d
	})
	for _, d := range deployments {
		for _, violation := range policy.Verify(d).Violations() {
			require.NotEqual(t, policy.G5, violation.Guarantee, violation.String())
			if violation.Guarantee == policy.G4 {
				require.Equal(t, "of another group", violation.Decision.Policy, violation.String())
			}
		}
	}
}

// Verify does not change what it is given, and says the same twice.
func TestPropertyVerifyIsPure(t *testing.T) {
	t.Parallel()
	for _, d := range samples(someDeployment)[:3] {
		before := d.Groups[0].Policies[0].Document.String() + d.Roles[0].Trust.String()
		first := policy.Verify(d)
		require.Equal(t, first, policy.Verify(d))
		require.Equal(t, before, d.Groups[0].Policies[0].Document.String()+d.Roles[0].Trust.String())
	}
}
