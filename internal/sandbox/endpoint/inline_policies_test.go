package endpoint_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const (
	allowsListUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`
	deniesListUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`
)

// TestInlinePolicies puts, reads and deletes the inline policies of a role, a
// group and a user, as the real provider does.
func TestInlinePolicies(t *testing.T) {
	t.Parallel()
	for kind, name := range map[string]string{"Role": "power-user", "Group": "developers", "User": "alice"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := startPeople(t, time.Now())
			do := func(action string, pairs ...string) string {
				_, body := p.post(t, form(action, append(pairs, kind+"Name", name)...))
				return body
			}
			require.NotContains(t, do("Put"+kind+"Policy", "PolicyName", "own", "PolicyDocument", allowsListUsers), "<Error>")
			body := do("Get"+kind+"Policy", "PolicyName", "own")
			require.Contains(t, body, "<"+kind+"Name>"+name+"</"+kind+"Name>")
			encoded := regexp.MustCompile(`<PolicyDocument>(.*)</PolicyDocument>`).FindStringSubmatch(body)
			require.Len(t, encoded, 2, body)
			decoded, err := url.PathUnescape(encoded[1])
			require.NoError(t, err)
			require.Equal(t, allowsListUsers, decoded)
			require.Contains(t, do("List"+kind+"Policies"), "<member>own</member>")
			require.NotContains(t, do("Delete"+kind+"Policy", "PolicyName", "own"), "<Error>")
			require.Contains(t, do("Get"+kind+"Policy", "PolicyName", "own"), "<Code>NoSuchEntity</Code>")
		})
	}
}

// TestInlinePoliciesDecide: of the user, of the user's group, and of the role.
func TestInlinePoliciesDecide(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	session, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	require.NoError(t, p.account.AddUserToGroup("developers", "mallory"))
	require.NoError(t, p.account.DetachGroupPolicy("developers", "arn:aws:iam::"+accountID+":policy/mfa"))
	for _, test := range []struct {
		of          account.Identity
		credentials aws.Credentials
	}{
		{account.Identity{Kind: "user", Name: "alice"}, p.alice},
		{account.Identity{Kind: "group", Name: "developers"}, p.mallory},
		{account.Identity{Kind: "role", Name: "power-user"}, session},
	} {
		listUsers := func() error {
			_, err := p.iamAs(test.credentials).ListUsers(t.Context(), &iam.ListUsersInput{})
			return err
		}
		requireAWSError(t, listUsers(), 403, "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")
		require.NoError(t, p.account.PutInlinePolicy(test.of, "allows", allowsListUsers))
		require.NoError(t, listUsers(), test.of)
		require.NoError(t, p.account.PutInlinePolicy(test.of, "denies", deniesListUsers))
		requireAWSError(t, listUsers(), 403, "AccessDenied", "with an explicit deny in an identity-based policy")
		require.NoError(t, p.account.DeleteInlinePolicy(test.of, "denies"))
		require.NoError(t, p.account.DeleteInlinePolicy(test.of, "allows"))
	}
}
