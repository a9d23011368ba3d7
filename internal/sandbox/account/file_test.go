package account_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	key, err := a.CreateAccessKey("alice")
	require.NoError(t, err)
	require.NoError(t, a.AttachRolePolicy("power-user", adminARN))
	directory := t.TempDir()
	path := filepath.Join(directory, "account.json")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Chmod(path, 0o644)) // which must not decide
	require.NoError(t, a.Save(path))

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left beside the file")

	loaded, err := account.Load(path)
	require.NoError(t, err)
	require.Equal(t, snapshot(t, a), snapshot(t, loaded))
	require.Equal(t, accountID, loaded.ID())
	require.Equal(t, "aws", loaded.Partition())
	_, caller, err := loaded.Credentials(key.AccessKeyID, "")
	require.NoError(t, err)
	require.Equal(t, "alice", caller.UserName)
	require.Equal(t, trustOf(t, a), trustOf(t, loaded))
	_, err = loaded.CreateUser(account.CreateUserInput{UserName: "carol"})
	require.NoError(t, err)

	require.ErrorContains(t, a.Save(filepath.Join(directory, "none", "account.json")), "saving the sandbox account to")
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	saved := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, newAccount(t).Save(saved))
	data, err := os.ReadFile(saved)
	require.NoError(t, err)
	replace := func(old, replacement string) string {
		require.Contains(t, string(data), old)
		return strings.Replace(string(data), old, replacement, 1)
	}
	for name, text := range map[string]string{
		"an empty file":             "",
		"half a file":               string(data[:len(data)/2]),
		"another version":           replace(`"version":1`, `"version":2`),
		"no version":                replace(`"version":1,`, ``),
		"two accounts":              string(data) + string(data),
		"an unknown field":          replace(`"version":1`, `"version":1, "devices":{}`),
		"no users":                  `{"version": 1, "accountId": "111122223333", "partition": "aws"}`,
		"a bad account id":          replace(accountID, "1"),
		"a user under another name": replace(`"bob":{`, `"rob":{`),
		"an empty user":             replace(`"bob":{`, `"carol": null, "bob":{`),
		"a user without an id":      regexp.MustCompile(`"AIDA[A-Z2-7]+"`).ReplaceAllString(string(data), `""`),
		"a group that is not there": replace(`"groups":[`, `"groups":["none", `),
		"a damaged trust policy":    replace(`"trustPolicy":"`, `"trustPolicy":"x`),
		"no default version":        replace(`"defaultVersion":1`, `"defaultVersion": 3`),
		"an empty policy":           replace(`"mine":{`, `"other": null, "mine":{`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "account.json")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := account.Load(path)
			require.ErrorIs(t, err, account.ErrFormat)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, "remove the file to begin with a new account")
		})
	}
	_, err = account.Load(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, account.ErrFormat)
}
