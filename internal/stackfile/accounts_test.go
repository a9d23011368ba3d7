package stackfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackfile"
)

func TestReadAccounts(t *testing.T) {
	t.Parallel()
	one, two := "111122223333", "000000000012"
	for text, want := range map[string]stackfile.Accounts{
		`{}`:                            {},
		`{aws:region: eu-west-1}`:       {},
		`{aws:allowedAccountIds: }`:     {},
		`{aws:allowedAccountIds: ""}`:   {},
		`{aws:allowedAccountIds: []}`:   {},
		`{aws:allowedAccountIds: ~}`:    {},
		`{aws:allowedAccountIds: "[]"}`: {},
		`{"aws:allowedAccountIds": ["` + one + `", "` + two + `"]}`: {Allowed: []string{one, two}},
		`{aws:allowedAccountIds: [` + one + `, ` + two + `]}`:       {Allowed: []string{one, two}},
		`{aws:allowedAccountIds: '["` + one + `"]'}`:                {Allowed: []string{one}},
		`{x: &ids ["` + one + `"], aws:forbiddenAccountIds: *ids}`:  {Forbidden: []string{one}},
		`{aws:allowedAccountIds: ["` + one + `"], aws:forbiddenAccountIds: ["` + two + `"]}`: {
			Allowed: []string{one}, Forbidden: []string{two},
		},
	} {
		path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		require.NoError(t, os.WriteFile(path, []byte("config: "+text+"\n"), 0o600))
		got, err := stackfile.ReadAccounts(path)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestReadAccountsRefusesWhatIsNoList(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	for _, key := range []string{"aws:allowedAccountIds", "aws:forbiddenAccountIds"} {
		for _, value := range []string{
			`"111122223333"`, `111122223333`, `prod`, `'["1111"]'`, `["1111"]`, `[[]]`, `{a: "111122223333"}`, `"["`,
			`{secure: v1:abc}`, `{}`, `true`,
		} {
			require.NoError(t, os.WriteFile(path, []byte("config:\n  "+key+": "+value+"\n"), 0o600))
			_, err := stackfile.ReadAccounts(path)
			require.ErrorContains(t, err, path+": "+key+": expected a list of account ids", value)
		}
	}
	require.NoError(t, os.WriteFile(path, []byte("config: [\n"), 0o600))
	_, err := stackfile.ReadAccounts(path)
	require.ErrorContains(t, err, "stack file "+path+": ")
	_, err = stackfile.ReadAccounts(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
