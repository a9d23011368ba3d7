package policy_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata/golden")

// requireGolden compares doc with testdata/golden/NAME.json, or writes the
// file when the test runs with -update.
func requireGolden(t *testing.T, name string, doc policy.Document) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".json")
	got := doc.Indent() + "\n"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with: go test ./policy -update")
	require.Equal(t, string(want), got)
}

// requireReadsBack holds that nothing of doc is lost in its JSON.
func requireReadsBack(t *testing.T, doc policy.Document) {
	t.Helper()
	for _, text := range []string{doc.String(), doc.Indent()} {
		back, err := policy.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, doc, back)
	}
}

// statement finds the one statement of that Sid.
func statement(t *testing.T, doc policy.Document, sid string) policy.Statement {
	t.Helper()
	var found []policy.Statement
	for _, s := range doc.Statements {
		if s.Sid == sid {
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, "statements with Sid %s", sid)
	return found[0]
}

// sids are the Sids of doc in order.
func sids(doc policy.Document) []string {
	var list []string
	for _, s := range doc.Statements {
		list = append(list, s.Sid)
	}
	return list
}
