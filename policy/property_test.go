package policy_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// text is any text that JSON can hold; rapid's strings are valid UTF-8.
func text() *rapid.Generator[string] { return rapid.StringN(0, 12, -1) }

// values are never nil: nil is the absent element.
func values() *rapid.Generator[policy.Values] {
	return rapid.Custom(func(t *rapid.T) policy.Values {
		return policy.Values(rapid.SliceOfN(text(), 0, 4).Draw(t, "values"))
	})
}

func maybeValues() *rapid.Generator[policy.Values] {
	return rapid.OneOf(rapid.Just(policy.Values(nil)), values())
}

func principals() *rapid.Generator[*policy.Principal] {
	return rapid.Custom(func(t *rapid.T) *policy.Principal {
		if rapid.Bool().Draw(t, "everybody") {
			return &policy.Principal{All: true}
		}
		return &policy.Principal{
			AWS:           maybeValues().Draw(t, "AWS"),
			Service:       maybeValues().Draw(t, "Service"),
			Federated:     maybeValues().Draw(t, "Federated"),
			CanonicalUser: maybeValues().Draw(t, "CanonicalUser"),
		}
	})
}

func conditions() *rapid.Generator[policy.Condition] {
	block := rapid.MapOfN(text(), values(), 0, 3)
	return rapid.Custom(func(t *rapid.T) policy.Condition {
		return policy.Condition(rapid.MapOfN(text(), block, 0, 3).Draw(t, "condition"))
	})
}

func statements() *rapid.Generator[policy.Statement] {
	return rapid.Custom(func(t *rapid.T) policy.Statement {
		s := policy.Statement{
			Sid:    text().Draw(t, "Sid"),
			Effect: rapid.SampledFrom([]policy.Effect{policy.Allow, policy.Deny}).Draw(t, "Effect"),
		}
		*rapid.SampledFrom([]*policy.Values{&s.Action, &s.NotAction}).Draw(t, "action element") = values().Draw(t, "actions")
		*rapid.SampledFrom([]*policy.Values{&s.Resource, &s.NotResource}).Draw(t, "resource element") = maybeValues().
			Draw(t, "resources")
		if rapid.Bool().Draw(t, "has principal") {
			*rapid.SampledFrom([]**policy.Principal{&s.Principal, &s.NotPrincipal}).Draw(t, "principal element") = principals().
				Draw(t, "principal")
		}
		if rapid.Bool().Draw(t, "has condition") {
			s.Condition = conditions().Draw(t, "condition")
		}
		return s
	})
}

func documents() *rapid.Generator[policy.Document] {
	return rapid.Custom(func(t *rapid.T) policy.Document {
		return policy.Document{
			Version:    rapid.SampledFrom([]string{"", policy.Version20081017, policy.Version20121017}).Draw(t, "Version"),
			ID:         text().Draw(t, "Id"),
			Statements: rapid.SliceOfN(statements(), 0, 4).Draw(t, "Statement"),
		}
	})
}

func TestPropertyDocumentsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := documents().Draw(t, "document")
		for _, text := range []string{doc.String(), doc.Indent()} {
			back, err := policy.Parse(text)
			require.NoError(t, err)
			require.Equal(t, doc, back)
		}
		require.Equal(t, utf8.RuneCountInString(doc.String()), doc.Size())
		require.Equal(t, doc.Size(), policy.Size(doc.Indent()))
	})
}

func names() *rapid.Generator[string] { return rapid.StringMatching(`[A-Za-z0-9_+=,.@-]{1,64}`) }

func arns(kind string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		account := rapid.StringMatching(`[0-9]{12}`).Draw(t, "account")
		path := rapid.StringMatching(`/([a-z&<>"'\\]{1,5}/){0,2}`).Draw(t, "path")
		return "arn:aws:iam::" + account + ":" + kind + path + names().Draw(t, "name")
	})
}

func TestPropertyTrustPolicyNamesExactlyTheseUsers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		users := rapid.SliceOfNDistinct(arns("user"), 1, 12, rapid.ID).Draw(t, "users")
		doc, err := policy.TrustPolicy(users)
		require.NoError(t, err)
		requireTrustsOnlyWithMFA(t, doc, users)

		again, err := policy.TrustPolicy(rapid.Permutation(users).Draw(t, "in another order"))
		require.NoError(t, err)
		require.Equal(t, doc.String(), again.String())

		back, err := policy.Parse(doc.String())
		require.NoError(t, err)
		require.Equal(t, doc, back)
	})
}

func groupPolicies() *rapid.Generator[policy.GroupPolicy] {
	return rapid.Custom(func(t *rapid.T) policy.GroupPolicy {
		g := policy.GroupPolicy{
			Account:  policy.Account{Partition: "aws", ID: rapid.StringMatching(`[0-9]{12}`).Draw(t, "account")},
			RoleARNs: rapid.SliceOfNDistinct(arns("role"), 1, 4, rapid.ID).Draw(t, "roles"),
			Enrolment: rapid.SampledFrom([]policy.Enrolment{"", policy.SelfService, policy.AdminEnrolment}).
				Draw(t, "enrolment"),
			DeviceName: rapid.SampledFrom([]policy.DeviceName{"", policy.UsernameDevice, policy.AnyDevice}).
				Draw(t, "device name"),
			SelfServiceAccessKeys: rapid.Bool().Draw(t, "access keys"),
			WithoutDeny:           rapid.Bool().Draw(t, "without deny"),
		}
		if g.Enrolment != policy.AdminEnrolment {
			g.ExemptActions = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
				"iam:ChangePassword", "iam:ListAccessKeys", "iam:GetAccountSummary", "codecommit:GitPull",
			}), 0, 4, rapid.ID).Draw(t, "exempt actions")
			g.ExemptActionsAtMyRisk = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
				"s3:GetObject", "iam:CreateAccessKey", "sts:TagSession",
			}), 0, 3, rapid.ID).Draw(t, "exempt at risk")
		}
		return g
	})
}

func TestPropertyGroupPolicyKeepsItsGuards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := groupPolicies().Draw(t, "settings")
		doc, err := g.Document()
		require.NoError(t, err)
		require.NoError(t, doc.CheckIdentity())
		requireGuards(t, g, doc)
		require.ElementsMatch(t, g.RoleARNs, doc.Statements[0].Resource)

		isDeny := func(s policy.Statement) bool { return s.Effect == policy.Deny }
		require.Equal(t, !g.WithoutDeny, slices.ContainsFunc(doc.Statements, isDeny))

		g.WithoutDeny = !g.WithoutDeny
		other, err := g.Document()
		require.NoError(t, err)
		require.Equal(t, slices.DeleteFunc(doc.Statements, isDeny), slices.DeleteFunc(other.Statements, isDeny))
	})
}
