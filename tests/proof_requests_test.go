package tests

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// randomRequests is how many are tried; once in a while try -requests 10000000.
var randomRequests = flag.Int("requests", 20_000, "random requests to hold against what is proved")

// TestRandomRequestsFindNoLeak changes some tokens of golden documents at once, and
// tries random requests against what is then still proved: by the words of the
// guarantees and [policy.Evaluate] alone.
func TestRandomRequestsFindNoLeak(t *testing.T) {
	t.Parallel()
	goods := goodDeployments(t)
	names := slices.Sorted(maps.Keys(goods))
	const each = 100
	judged, leaks := 0, 0
	for seed := range *randomRequests / each {
		d := guess{rand.New(rand.NewPCG(uint64(seed), 11))} //nolint:gosec // a test wants to be repeated
		good := goods[oneOf(d, names...)]
		changed := cloneDeployment(t, good.deployment)
		applied := d.change(&changed, good.mutants)
		report := policy.Verify(changed)
		holds := map[policy.Guarantee]bool{}
		for _, result := range report.Results {
			holds[result.Guarantee] = result.Verdict == policy.Proved
		}
		if !holds[policy.G8] {
			continue
		}
		judged++
		texts := textsOf(changed)
		for range each {
			r, policies := d.request(t, changed, texts)
			if policy.Evaluate(r, policies).Allowed {
				g := brokenByAllowing(changed, r, policies)
				require.False(t, holds[g], "%s is proved, but after %q this is allowed: %+v", g, applied, r)
				if g != "" {
					leaks++
				}
			}
		}
	}
	t.Logf("%d deployments, %d requests, %d of them leaks, all of what is not proved", judged, judged*each, leaks)
	require.Positive(t, leaks)
}

type guess struct{ *rand.Rand }

func oneOf[T any](d guess, list ...T) T { return list[d.IntN(len(list))] }

// change applies some mutants that do not touch the same statement of a list.
func (d guess) change(deployment *policy.Deployment, mutants []mutant) []string {
	var applied []string
	for range 1 + d.IntN(3) {
		m := oneOf(d, mutants...)
		func() {
			defer func() { _ = recover() }() // the token is gone already
			m.apply(deployment)
			applied = append(applied, m.name)
		}()
	}
	return applied
}

// spoken are the actions and resources of which documents speak, and condition keys.
type spoken struct{ actions, resources, keys []string }

func textsOf(d policy.Deployment) spoken {
	texts := spoken{
		actions: strings.Fields(`s3:GetObject iam:GetUser iam:EnableMFADevice iam:CreateVirtualMFADevice iam:CreateAccessKey
			sts:AssumeRole sts:GetSessionToken sts:TagSession iam:getuserx`),
		resources: []string{
			"*", "arn:" + d.Account.Partition + ":s3:::x", d.Account.UserARN("/", "alice"), d.Account.UserARN("/", "xalice"),
			d.Account.UserARN("/team/", "bob"), d.Account.UserARN("/team/", "bobx"), d.Account.VirtualMFADeviceARN("alice"),
			d.Account.VirtualMFADeviceARN("bobx"), d.Account.RoleARN("/", "deployer"),
		},
		keys: []string{"aws:SourceIp", "aws:UserAgent", "aws:SecureTransport"},
	}
	for _, group := range d.Groups {
		texts.resources = append(append(texts.resources, group.RoleARNs...), group.MemberARNs...)
		for _, named := range group.Policies {
			texts.add(named.Document)
		}
	}
	for _, role := range d.Roles {
		texts.add(role.Trust)
	}
	return texts
}

func (s *spoken) add(d policy.Document) {
	for _, statement := range d.Statements {
		s.actions = append(append(s.actions, statement.Action...), statement.NotAction...)
		s.resources = append(append(s.resources, statement.Resource...), statement.NotResource...)
		for _, block := range statement.Condition {
			s.keys = slices.AppendSeq(s.keys, maps.Keys(block))
		}
	}
}

// request is one of a user, with what would allow most.
func (d guess) request(t *testing.T, deployment policy.Deployment, texts spoken) (policy.Request, policy.Policies) {
	t.Helper()
	account, group := deployment.Account, oneOf(d, deployment.Groups...)
	user := oneOf(d, append(slices.Clip(group.MemberARNs), account.UserARN("/", "carol"), account.UserARN("/team/", "alice"))...)
	caller := policy.Caller{Kind: policy.UserCaller, ARN: user, Account: account.ID}
	fill := func(text string) string {
		text = strings.ReplaceAll(text, "${aws:username}", oneOf(d, "alice", user[strings.LastIndex(user, "/")+1:]))
		text = strings.ReplaceAll(text, "iam::*:", "iam::"+oneOf(d, account.ID, "444455556666")+":")
		return strings.NewReplacer("*", oneOf(d, "", "x", "a/b"), "?", "y").Replace(text)
	}
	r := policy.Request{Caller: caller, Action: fill(oneOf(d, texts.actions...)), Resource: fill(oneOf(d, texts.resources...))}
	credential := oneOf(d, policy.LongTermKey, policy.SessionToken, policy.Console, policy.SessionTokenMFA, policy.AssumeRoleCode)
	r.Context = credential.Context(caller)
	for range d.IntN(3) {
		key := oneOf(d, texts.keys...)
		if _, known := r.Context.Lookup(key); !known && !strings.EqualFold(key, policy.KeyMFAPresent) &&
			!strings.EqualFold(key, "aws:MultiFactorAuthAge") && !strings.EqualFold(key, policy.KeyViaAWSService) {
			r.Context = r.Context.With(key, oneOf(d, "true", "false", "192.0.2.7", "the console"))
		}
	}
	policies := policy.Policies{}
	for _, named := range group.Policies {
		policies.Identity = append(policies.Identity, attach(t, named.Name, named.Document))
	}
	if !deployment.WithoutDeny {
		policies.Identity = append(policies.Identity, attach(t, "all", policy.Document{Statements: []policy.Statement{{
			Effect: policy.Allow, Action: policy.Values{"*"}, Resource: policy.Values{"*"},
		}}}))
	}
	if i := slices.IndexFunc(deployment.Roles, func(role policy.Role) bool { return role.ARN == r.Resource }); i >= 0 &&
		strings.EqualFold(r.Action, "sts:AssumeRole") {
		trust := attach(t, "trust", deployment.Roles[i].Trust)
		policies.Trust = &trust
		if d.IntN(2) == 0 {
			policies.Identity = policies.Identity[len(policies.Identity)-1:]
		}
	}
	return r, policies
}

func attach(t *testing.T, name string, document policy.Document) policy.Attached {
	t.Helper()
	compiled, err := policy.Compile(document)
	require.NoError(t, err)
	return policy.Attached{Name: name, Policy: compiled}
}

// brokenByAllowing is the guarantee that an allowed request breaks, if it breaks one.
func brokenByAllowing(d policy.Deployment, r policy.Request, policies policy.Policies) policy.Guarantee {
	values, _ := r.Context.Lookup(policy.KeyMFAPresent)
	withMFA := slices.Equal(values, []string{"true"})
	action := strings.ToLower(r.Action)
	if policies.Trust == nil {
		if withMFA || strings.HasPrefix(action, "sts:assumerole") {
			return ""
		}
		return brokenWithoutMFA(d, r, action)
	}
	i := slices.IndexFunc(d.Roles, func(role policy.Role) bool { return role.ARN == r.Resource })
	switch {
	case !slices.Contains(d.Roles[i].TrustedUserARNs, r.Caller.ARN):
		return policy.G4
	case !withMFA:
		return policy.G5
	}
	return ""
}

func brokenWithoutMFA(d policy.Deployment, r policy.Request, action string) policy.Guarantee {
	enrols := slices.Contains(strings.Fields(
		"iam:createvirtualmfadevice iam:enablemfadevice iam:getuser iam:listmfadevices iam:resyncmfadevice"), action)
	exempt := slices.ContainsFunc(d.ExemptActions, func(exempt string) bool { return strings.EqualFold(exempt, action) })
	getsToken, onOwn := action == "sts:getsessiontoken", action == "iam:changepassword"
	switch {
	case d.Enrolment == policy.AdminEnrolment:
		if enrols || getsToken {
			return policy.G7
		}
		return policy.G1
	case getsToken, exempt && !onOwn, isOwn(d, r) && (enrols || exempt):
		return ""
	case enrols, d.WithoutDeny:
		return policy.G2
	}
	return policy.G1
}

// isOwn tells the caller's own user, and the devices that they may create.
func isOwn(d policy.Deployment, r policy.Request) bool {
	name := r.Caller.ARN[strings.LastIndex(r.Caller.ARN, "/")+1:]
	if strings.HasPrefix(r.Resource, d.Account.UserARN("/", "")) {
		return strings.HasSuffix(r.Resource, "/"+name)
	}
	return r.Resource == d.Account.VirtualMFADeviceARN(name) ||
		d.DeviceName == policy.AnyDevice && strings.HasPrefix(r.Resource, d.Account.VirtualMFADeviceARN(""))
}
