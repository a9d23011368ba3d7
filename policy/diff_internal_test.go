package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trust draws trust policies of the whole grammar.
func (d dice) trust() Document {
	document := Document{Version: Version20121017}
	const iam = "arn:aws:iam::"
	principal := func() string {
		return oneOf(d, "*", iam+"111122223333:root", "444455556666", iam+"111122223333:user/alice", iam+"444455556666:user/bob",
			iam+"111122223333:role/r", "arn:aws:sts::111122223333:assumed-role/r/session")
	}
	for range 1 + d.IntN(3) {
		s := Statement{Effect: oneOf(d, Allow, Allow, Deny), Condition: Condition{}}
		*oneOf(d, &s.Action, &s.Action, &s.NotAction) = d.some(2, func() string {
			return oneOf(d, assumeRole, "sts:TagSession", "sts:Assume*", "sts:*")
		})
		*oneOf(d, &s.Principal, &s.Principal, &s.NotPrincipal) = &Principal{AWS: d.some(2, principal)}
		for range d.IntN(3) {
			operator, key, values := d.keyed()
			if d.IntN(3) == 0 {
				operator, key = oneOf(d, "StringLike", "StringNotLike"), "aws:PrincipalAccount"
				values = Values{oneOf(d, "444455556666", "4*", "?1*3")}
			}
			if d.IntN(4) == 0 {
				operator, key = oneOf(d, "ArnLike", "StringLike", "StringNotLike"), "aws:PrincipalArn"
				values = Values{oneOf(d, iam+"*:user/al*", iam+"4*:role/?", "arn:aws:iam::777788889999:*", iam+"*:root")}
			}
			s.Condition[operator] = map[string]Values{key: values}
		}
		document.Statements = append(document.Statements, s)
	}
	return document
}

// changed is the document with one token of it edited.
func (d dice) changed(document Document, fresh Document) Document {
	statements := append([]Statement(nil), document.Statements...)
	at, other := d.IntN(len(statements)), fresh.Statements[0]
	switch s := &statements[at]; d.IntN(5) {
	case 0:
		statements = append(statements, other)
	case 1:
		s.Condition = nil
	case 2:
		s.Condition = other.Condition
	case 3:
		s.Action, s.NotAction = other.Action, other.NotAction
	default:
		s.Effect = other.Effect
	}
	return Document{Version: document.Version, Statements: statements}
}

// asker is somebody who may ask, the named and the unnamed.
func (d dice) asker() Caller {
	account := oneOf(d, "111122223333", "444455556666", "411111111113", "777788889999", "123456789012")
	iam, name := Account{"aws", account}, oneOf(d, "alice", "bob", "albert", "r", "q", "ab")
	path := oneOf(d, "/", "/", "/team/")
	switch d.IntN(5) {
	case 0:
		return Caller{Kind: RootCaller, ARN: iam.iam("root"), Account: account}
	case 1, 2:
		return roleCaller(IAMARN{Partition: "aws", Account: account, Name: name}, iam.RoleARN(path, name))
	}
	return userCaller(IAMARN{Account: account}, iam.UserARN(path, name))
}

// checkDiff holds random requests against a difference: none is found where the
// difference says there is none, and what it shows is as it says.
func checkDiff(t *testing.T, d dice, n int) (added, undecided bool) {
	t.Helper()
	account := Account{"aws", "111122223333"}
	change := Change{Account: account, Holder: HeldByAnybody, RoleARN: account.RoleARN("/", "the-role")}
	draw := d.document
	if d.IntN(2) == 0 {
		change.Holder, draw = TrustOfRole, d.trust
	}
	before := draw()
	after := d.changed(before, draw())
	change.Before, change.After = []NamedDocument{{"before", before}}, []NamedDocument{{"after", after}}
	if d.IntN(4) == 0 {
		change.SCPs = []NamedDocument{{"scp", d.document()}}
	}
	found, err := Diff(change)
	require.NoError(t, err, "%s", after)
	about := fmt.Sprintf("%s\n%s\n%v\n%+v", before, after, change.SCPs, found)
	sides := newSides(t, change)
	for added, list := range map[bool][]Access{true: found.Added, false: found.Removed} {
		for _, access := range list {
			require.Equal(t, access.Before, sides.decide(access.Request, access.Attached, 0), about)
			require.Equal(t, access.After, sides.decide(access.Request, access.Attached, 1), about)
			require.Equal(t, added, access.After.Allowed, about)
			require.Equal(t, added, !access.Before.Allowed, about)
		}
	}
	if len(found.Undecided) > 0 {
		return len(found.Added) > 0, true
	}
	for range n {
		request, attached := d.asked(change), oneOf(d, nothingElse, administrator)
		a, b := sides.decide(request, attached, 0).Allowed, sides.decide(request, attached, 1).Allowed
		require.False(t, b && !a && len(found.Added) == 0, "missed as added: %+v %s\n%s", request, attached, about)
		require.False(t, a && !b && len(found.Removed) == 0, "missed as removed: %+v %s\n%s", request, attached, about)
	}
	return len(found.Added) > 0, false
}

// readable draws keys of which every operator can read the value.
func (d dice) readable(context Context) Context {
	context = d.context(context)
	for key, values := range context.values {
		if len(values) == 1 && values[0] == "no arn" || len(values) != 1 && key != "k:text" {
			context = context.Without(key)
		}
	}
	return context
}

// asked is a request that AWS may get, for whom the change is.
func (d dice) asked(change Change) Request {
	possible := map[CallerKind][]Credential{
		UserCaller: {LongTermKey, SessionToken, SessionTokenMFA, Console, ConsoleMFA, AssumeRoleCode, ViaService},
		RootCaller: {LongTermKey}, RoleSessionCaller: {RoleSession, RoleChain, ViaService},
	}
	for {
		request := Request{Caller: d.asker()}
		credential := oneOf(d, possible[request.Caller.Kind]...)
		request.Context = d.readable(newSubject(request.Caller, credential).context)
		if change.Holder == TrustOfRole {
			request.Action, request.Resource = oneOf(d, ofTrust(request.Caller.Kind)...), change.RoleARN
			return request
		}
		request.Action, request.Resource = d.request()
		isCall := strings.EqualFold(request.Action, assumeRole)
		isReal := isCall == strings.Contains(request.Resource, ":role/") && (isCall || credential != AssumeRoleCode)
		if isReal && request.Caller.Account == change.Account.ID && request.Caller.Kind != RootCaller {
			return request
		}
	}
}

// sides evaluates by the words of [Access], without the classes.
type sides struct {
	*prover

	trust    bool
	policies [2]Policies
}

func newSides(t *testing.T, change Change) sides {
	t.Helper()
	s := sides{prover: newProver(Deployment{Account: change.Account}), trust: change.Holder == TrustOfRole}
	s.prepare()
	var err error
	s.scps, err = compileSCPs(change.SCPs)
	require.NoError(t, err)
	for i, documents := range [][]NamedDocument{change.Before, change.After} {
		list, err := compileAll(documents)
		require.NoError(t, err)
		if s.trust {
			s.policies[i].Trust = &list[0]
		} else {
			s.policies[i] = Policies{Identity: list, ResourceAccount: change.Account.ID}
		}
	}
	return s
}

func (s sides) decide(request Request, attached string, side int) Decision {
	policies := s.limited(subject{caller: request.Caller}, s.policies[side])
	if attached == administrator {
		policies.Identity = append([]Attached{}, append(policies.Identity, s.administrator)...)
	}
	if !s.trust && strings.EqualFold(request.Action, assumeRole) {
		policies.Trust = &s.delegating
	}
	decision := Evaluate(request, policies)
	if decision.Allowed && decision.Policy == delegatingTrust {
		return findIn(&request, policies.Identity, SideIdentity, false)
	}
	return decision
}

func TestDiffMissesNothing(t *testing.T) {
	t.Parallel()
	const each = 1000
	added, undecided, all := 0, 0, *requests/each
	for seed := range all {
		found, unknown := checkDiff(t, dice{seeded(uint64(seed), 11)}, each)
		if found {
			added++
		}
		if unknown {
			undecided++
		}
	}
	t.Logf("%d changes: %d added something, %d were undecided", all, added, undecided)
	require.Greater(t, added, all/10)
	require.Less(t, undecided, all/3)
}

// One difference of random documents took 12 s before there was a bound.
func TestDiffHasABound(t *testing.T) {
	t.Parallel()
	_, undecided := checkDiff(t, dice{seeded(0, 7)}, 50)
	require.True(t, undecided)
}

// What a policy variable names is another resource with another credential.
func TestDiffLooksAtVariablesForEachCredential(t *testing.T) {
	t.Parallel()
	account := Account{"aws", "111122223333"}
	found, err := Diff(Change{
		Account: account, Holder: HeldByUsers, UserARNs: []string{account.UserARN("/", "alice")},
		Before: []NamedDocument{{"before", Document{Version: Version20121017, Statements: []Statement{{
			Effect: Allow, Action: Values{"s3:GetObject"}, Resource: Values{"arn:aws:s3:::b/${aws:MultiFactorAuthPresent}"},
		}}}}},
	})
	require.NoError(t, err)
	require.Empty(t, found.Added)
	var resources []string
	for _, access := range found.Removed {
		resources = append(resources, access.Resources...)
	}
	require.ElementsMatch(t, []string{"arn:aws:s3:::b/false", "arn:aws:s3:::b/true"}, resources)
}

func TestDiffOfTheSameIsEmpty(t *testing.T) {
	t.Parallel()
	account := Account{"aws", "111122223333"}
	for seed := range 40 {
		d := dice{seeded(uint64(seed), 13)}
		for holder, document := range map[Holder]Document{HeldByAnybody: d.document(), TrustOfRole: d.trust()} {
			same := []NamedDocument{{"same", document}}
			found, err := Diff(Change{
				Account: account, Holder: holder, RoleARN: account.RoleARN("/", "r"), Before: same, After: same,
			})
			require.NoError(t, err)
			require.Empty(t, found.Added)
			require.Empty(t, found.Removed)
			require.Positive(t, found.Classes+len(found.Undecided))
		}
	}
}
