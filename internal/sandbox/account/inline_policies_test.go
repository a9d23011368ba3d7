package account_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func TestInlinePolicies(t *testing.T) {
	t.Parallel()
	for kind, test := range map[string]struct {
		name  string
		limit int
	}{"user": {"alice", 2048}, "group": {"developers", 5120}, "role": {"power-user", 10240}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			of := account.Identity{Kind: kind, Name: test.name}
			before := snapshot(t, a)
			require.NoError(t, a.PutInlinePolicy(of, "b", document))
			require.NoError(t, a.PutInlinePolicy(of, "a", identityDocument(100)))
			require.NoError(t, a.PutInlinePolicy(of, "a", document), "the policy of that name is replaced")
			names, err := a.ListInlinePolicies(of)
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, names)
			got, err := a.GetInlinePolicy(of, "a")
			require.NoError(t, err)
			require.Equal(t, document, got)
			require.NoError(t, a.DeleteInlinePolicy(of, "a"))
			_, err = a.GetInlinePolicy(of, "a")
			missing := "The " + kind + " policy with name a cannot be found."
			requireError(t, err, 404, "NoSuchEntity", missing)
			requireError(t, a.DeleteInlinePolicy(of, "a"), 404, "NoSuchEntity", missing)
			require.NoError(t, a.DeleteInlinePolicy(of, "b"))
			require.JSONEq(t, before, snapshot(t, a))

			require.NoError(t, a.PutInlinePolicy(of, "half", identityDocument(test.limit-100)))
			require.NoError(t, a.PutInlinePolicy(of, "rest", identityDocument(100)+strings.Repeat(" ", 100)))
			requireError(t, a.PutInlinePolicy(of, "rest", identityDocument(101)), 409, "LimitExceeded",
				"Maximum policy size of")
			requireError(t, a.PutInlinePolicy(of, "x", `{"Statement":[{"Effect":"Allow","Action":"*"}]}`),
				400, "MalformedPolicyDocument", "Policy statement must contain resources")
			requireError(t, a.PutInlinePolicy(of, "a b", document), 400, "ValidationError", "policyName")
			of.Name = "nobody"
			requireError(t, a.PutInlinePolicy(of, "x", document), 404, "NoSuchEntity", "The "+kind+" with name nobody cannot")
			_, err = a.ListInlinePolicies(of)
			requireError(t, err, 404, "NoSuchEntity", "cannot be found.")
		})
	}
}
