package sandbox

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func twoGroups() stack.Config {
	return stack.Config{Access: stack.Access{Roles: map[string]stack.Role{
		"power-user": {Groups: []string{"developers"}},
		"operator":   {Groups: []string{"operators"}, Users: []string{"oscar", "olivia"}},
		"read-only":  {Groups: []string{"operators"}},
	}}}
}

// members is the whole population, group by group.
func members(t *testing.T, a *account.Account) map[string][]string {
	t.Helper()
	groups, err := a.ListGroups("")
	require.NoError(t, err)
	found := map[string][]string{}
	for _, group := range groups {
		_, users, err := a.GetGroup(group.GroupName)
		require.NoError(t, err)
		for _, user := range users {
			found[group.GroupName] = append(found[group.GroupName], user.UserName)
		}
	}
	return found
}

func users(t *testing.T, a *account.Account) []string {
	t.Helper()
	list, err := a.ListUsers("")
	require.NoError(t, err)
	var names []string
	for _, user := range list {
		names = append(names, user.UserName)
	}
	return names
}

func text(t *testing.T, a *account.Account) string {
	t.Helper()
	encoded, err := json.Marshal(a)
	require.NoError(t, err)
	return string(encoded)
}

func TestSeedPopulatesTheAccount(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))

	require.Equal(t, map[string][]string{
		"developers": {"alice", "bob"},
		"operators":  {"olivia", "oscar"},
	}, members(t, a))
	require.Equal(t, []string{"alice", "bob", "mallory", "olivia", "oscar", administrator}, users(t, a))
	attached, err := a.ListAttachedUserPolicies(administrator, "")
	require.NoError(t, err)
	require.Len(t, attached, 1)
	require.Equal(t, "arn:aws:iam::aws:policy/AdministratorAccess", attached[0].PolicyARN)
}

func TestSeedAgainChangesNothing(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))
	before := text(t, a)
	require.NoError(t, seed(a, twoGroups()))
	require.Equal(t, before, text(t, a))
}

func TestSeedLeavesWhatPeopleChanged(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))
	require.NoError(t, a.RemoveUserFromGroup("developers", "bob"))
	require.NoError(t, a.AddUserToGroup("developers", "mallory"))

	require.NoError(t, seed(a, twoGroups()))
	require.Equal(t, []string{"alice", "mallory"}, members(t, a)["developers"])
}

func TestSeedAddsWhatTheConfigurationNamesLater(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))

	config := twoGroups()
	config.Roles["operator"] = stack.Role{Groups: []string{"operators", "night-shift"}, Users: []string{"oscar", "nora"}}
	require.NoError(t, seed(a, config))
	require.Equal(t, map[string][]string{
		"developers":  {"alice", "bob"},
		"operators":   {"nora", "olivia", "oscar"},
		"night-shift": {"nora", "oscar"},
	}, members(t, a))
}

func TestSeedReportsWhatIAMRefuses(t *testing.T) {
	t.Parallel()
	for name, role := range map[string]stack.Role{
		"group bad/name": {Groups: []string{"bad/name"}},
		"user bad/name":  {Groups: []string{"good"}, Users: []string{"bad/name"}},
	} {
		a := account.New(accountID, "aws")
		err := seed(a, stack.Config{Access: stack.Access{Roles: map[string]stack.Role{"r": role}}})
		require.ErrorContains(t, err, name)
		failure := &account.Error{}
		require.ErrorAs(t, err, &failure)
	}
}

func TestEverybodyIsEquippedOnce(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))
	for _, user := range []string{"alice", "bob", "mallory", "olivia", "oscar"} {
		keys, err := a.ListAccessKeys(user)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		devices, err := a.ListMFADevices(user)
		require.NoError(t, err)
		if user == "bob" {
			require.Empty(t, devices, "enrolling is to be rehearsed")
			continue
		}
		require.Len(t, devices, 1)
		require.Equal(t, "arn:aws:iam::111122223333:mfa/"+user, devices[0].SerialNumber)
	}
}

// What people may do without a second factor is what a stack takes away from
// them: without it the rehearsal would show a denial that is none.
func TestPeopleMayDoThingsBeforeThereIsAStack(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws")
	require.NoError(t, seed(a, twoGroups()))
	for _, user := range []string{"alice", "olivia", "mallory"} {
		key, err := story.AccessKey(a, user)
		require.NoError(t, err)
		_, caller, err := a.Credentials(key.AccessKeyID, "")
		require.NoError(t, err)
		for action, allowed := range map[string]bool{
			"s3:ListAllMyBuckets": true, "iam:CreateUser": false,
		} {
			decision, _ := a.Authorize(caller, account.Request{Action: action, Resource: "*"})
			require.Equal(t, allowed, decision.Allowed, "%s %s", user, action)
		}
	}
}

func TestOpenAccountKeepsItsPartition(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "account.json")
	for range 2 {
		const partition = "aws"
		a, err := openAccount(path, partition)
		require.NoError(t, err)
		require.Equal(t, []string{accountID, partition}, []string{a.ID(), a.Partition()})
	}

	require.NoError(t, account.New(accountID, "aws-cn").Save(path))
	_, err := openAccount(path, "aws-cn")
	require.NoError(t, err)
	_, err = openAccount(path, "aws")
	require.ErrorContains(t, err, "--dir")
}

func TestServedUserIsAliceOrTheFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, "alice", servedUser(twoGroups()))
	require.Equal(t, "yara", servedUser(stack.Config{Access: stack.Access{Roles: map[string]stack.Role{
		"r": {Groups: []string{"g"}, Users: []string{"zoe", "yara"}},
	}}}))
}
