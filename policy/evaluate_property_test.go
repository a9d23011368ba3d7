package policy_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// The generators draw from small sets, so that requests and statements meet.

func someActions() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"*", "s3:*", "s3:GetObject", "s3:Get*", "iam:CreateUser", assumeRole})
}

func someResources() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"*", bucketARN, "arn:aws:s3:::*", bobARN, "arn:aws:iam::*:user/${aws:username}", opsRole})
}

func someConditions() *rapid.Generator[policy.Condition] {
	operator := rapid.SampledFrom([]string{
		"StringEquals", "StringNotEquals", "StringLikeIfExists", "Bool", "BoolIfExists", "Null",
		"ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAllValues:Bool",
	})
	key := rapid.SampledFrom([]string{policy.KeyMFAPresent, "aws:username", "a:b"})
	value := rapid.SampledFrom([]policy.Values{{"true"}, {"false"}, {"true", "false"}})
	return rapid.Custom(func(t *rapid.T) policy.Condition {
		block := rapid.MapOfN(key, value, 1, 2)
		return policy.Condition(rapid.MapOfN(operator, block, 0, 2).Draw(t, "condition"))
	})
}

func compilableStatements(effect policy.Effect, ofResource bool) *rapid.Generator[policy.Statement] {
	return rapid.Custom(func(t *rapid.T) policy.Statement {
		s := policy.Statement{Effect: effect, Condition: someConditions().Draw(t, "condition")}
		actions := policy.Values(rapid.SliceOfN(someActions(), 1, 3).Draw(t, "actions"))
		resources := policy.Values(rapid.SliceOfN(someResources(), 1, 3).Draw(t, "resources"))
		*rapid.SampledFrom([]*policy.Values{&s.Action, &s.NotAction}).Draw(t, "action element") = actions
		*rapid.SampledFrom([]*policy.Values{&s.Resource, &s.NotResource}).Draw(t, "resource element") = resources
		if ofResource {
			p := &policy.Principal{AWS: rapid.SliceOfN(rapid.SampledFrom([]string{
				"*", bobARN, devARN, devSession, account, otherAccount,
			}), 1, 3).Draw(t, "principals")}
			*rapid.SampledFrom([]**policy.Principal{&s.Principal, &s.NotPrincipal}).Draw(t, "principal element") = p
		}
		return s
	})
}

func anyStatements(ofResource bool) *rapid.Generator[[]policy.Statement] {
	return rapid.SliceOfN(rapid.OneOf(
		compilableStatements(policy.Allow, ofResource), compilableStatements(policy.Deny, ofResource),
	), 1, 4)
}

func someRequests() *rapid.Generator[policy.Request] {
	return rapid.Custom(func(t *rapid.T) policy.Request {
		caller := rapid.SampledFrom([]policy.Caller{
			bob(), otherBob(), devRole(), federatedBob(), rootUser(account), ec2Service(), samlProvider(), {},
		}).Draw(t, "caller")
		ctx := caller.Context()
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"true", "false", "", "x"}), 0, 2)
		for _, key := range []string{policy.KeyMFAPresent, "a:b"} {
			if rapid.Bool().Draw(t, key+" is present") {
				ctx = ctx.With(key, values.Draw(t, key)...)
			}
		}
		return policy.Request{
			Caller: caller, Context: ctx,
			Action:   rapid.SampledFrom([]string{"s3:GetObject", "iam:CreateUser", assumeRole}).Draw(t, "action"),
			Resource: rapid.SampledFrom([]string{"*", bucketARN, bobARN, opsRole}).Draw(t, "resource"),
		}
	})
}

// sides are the documents of one request, one for each side that has any.
type sides map[policy.Side][]policy.Statement

func someSides() *rapid.Generator[sides] {
	return rapid.Custom(func(t *rapid.T) sides {
		s := sides{}
		for side := policy.SideIdentity; side <= policy.SideTrust; side++ {
			if rapid.Bool().Draw(t, side.String()) {
				s[side] = anyStatements(ofResource(side)).Draw(t, side.String())
			}
		}
		return s
	})
}

func ofResource(side policy.Side) bool {
	return side == policy.SideResource || side == policy.SideTrust
}

func (s sides) policies(t require.TestingT) policy.Policies {
	list := func(side policy.Side) []policy.Attached {
		if s[side] == nil {
			return nil
		}
		c, err := policy.Compile(policy.Document{Version: policy.Version20121017, Statements: s[side]})
		require.NoError(t, err)
		return []policy.Attached{{Name: side.String(), Policy: c}}
	}
	one := func(side policy.Side) *policy.Attached {
		if s[side] == nil {
			return nil
		}
		return &list(side)[0]
	}
	return policy.Policies{
		Identity: list(policy.SideIdentity), Boundary: one(policy.SideBoundary), Session: list(policy.SideSession),
		Resource: one(policy.SideResource), Trust: one(policy.SideTrust),
	}
}

func (s sides) evaluate(t require.TestingT, r policy.Request) policy.Decision {
	d := policy.Evaluate(r, s.policies(t))
	requireConsistent(t, d)
	return d
}

// with is s with one statement more in a policy that is there.
func (s sides) with(side policy.Side, statement policy.Statement) sides {
	changed := maps.Clone(s)
	changed[side] = append([]policy.Statement{statement}, s[side]...)
	return changed
}

func presentSide(t *rapid.T, s sides) policy.Side {
	var present []policy.Side
	for side := policy.SideIdentity; side <= policy.SideTrust; side++ {
		if s[side] != nil {
			present = append(present, side)
		}
	}
	if present == nil {
		t.Skip("no policy to add to")
	}
	return rapid.SampledFrom(present).Draw(t, "side")
}

func TestPropertyAddingADenyAllowsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, r := someSides().Draw(t, "policies"), someRequests().Draw(t, "request")
		before := s.evaluate(t, r)
		side := presentSide(t, s)
		after := s.with(side, compilableStatements(policy.Deny, ofResource(side)).Draw(t, "deny")).evaluate(t, r)
		require.False(t, !before.Allowed && after.Allowed)
		if before.Outcome == policy.ExplicitDeny {
			require.Equal(t, policy.ExplicitDeny, after.Outcome)
		}
	})
}

func TestPropertyAddingAnAllowDeniesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, r := someSides().Draw(t, "policies"), someRequests().Draw(t, "request")
		before := s.evaluate(t, r)
		side := presentSide(t, s)
		after := s.with(side, compilableStatements(policy.Allow, ofResource(side)).Draw(t, "allow")).evaluate(t, r)
		require.False(t, before.Allowed && !after.Allowed)
		require.Equal(t, before.Outcome == policy.ExplicitDeny, after.Outcome == policy.ExplicitDeny)
	})
}

func TestPropertyOrderAndCaseDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, r := someSides().Draw(t, "policies"), someRequests().Draw(t, "request")
		d := s.evaluate(t, r)
		shuffled := sides{}
		for side := policy.SideIdentity; side <= policy.SideTrust; side++ {
			if s[side] != nil {
				shuffled[side] = rapid.Permutation(s[side]).Draw(t, "order")
			}
		}
		other := shuffled.evaluate(t, r)
		require.Equal(t, []any{d.Outcome, d.Side}, []any{other.Outcome, other.Side})

		r.Action = rapid.SampledFrom([]string{strings.ToUpper(r.Action), strings.ToLower(r.Action)}).Draw(t, "case")
		require.Equal(t, d, s.evaluate(t, r))
	})
}
