package deploy_test

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
)

// TestDeployOfThreeRoles is what TestEveryDocumentIsBuiltOnce counts: three roles,
// and two groups.
func TestDeployOfThreeRoles(t *testing.T) {
	t.Parallel()
	const document = `{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}`
	users := []any{map[string]any{"userName": "alice", "arn": "arn:aws:iam::111122223333:user/alice"}}
	opts := pulumitest.Options{
		Config: map[string]string{"aws-cli-mfa:roles": `{"power-user": {"policies": ["PowerUserAccess"], "groups": ["developers"]},
			"reader": {"policies": ["ReadOnlyAccess"], "groups": ["developers", "operators"]},
			"operator": {"policies": ["PowerUserAccess"], "groups": ["operators"]}}`},
		Answers: map[pulumitest.Key]map[string]any{
			{Token: "aws:index/getCallerIdentity:getCallerIdentity"}:                                {"accountId": "111122223333", "arn": "arn:aws:iam::111122223333:user/administrator"},
			{Token: "aws:index/getRegion:getRegion"}:                                                {"name": "eu-west-1"},
			{Token: "aws:iam/getPolicy:getPolicy", Name: "arn:aws:iam::aws:policy/PowerUserAccess"}: {"policy": document},
			{Token: "aws:iam/getPolicy:getPolicy", Name: "arn:aws:iam::aws:policy/ReadOnlyAccess"}:  {"policy": document},
			{Token: "aws:iam/getGroup:getGroup", Name: "developers"}:                                {"users": users},
			{Token: "aws:iam/getGroup:getGroup", Name: "operators"}:                                 {"users": users},
		},
	}
	pulumitest.Run(t, opts, deploy.Program(func() []string { return slices.Collect(maps.Keys(opts.Config)) }))
}

// A deploy builds each document once: the proof judges what is registered, and
// not its twin. Go's coverage counts.
func TestEveryDocumentIsBuiltOnce(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile")
	run := exec.CommandContext(t.Context(), "go", "test", ".", "-run", "^TestDeployOfThreeRoles$", "-count=1",
		"-covermode=count", "-coverpkg=github.com/aws-cli-mfa/aws-cli-mfa/policy", "-coverprofile", profile)
	output, err := run.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Equal(t, 3, calls(t, profile, "trust.go", "func TrustPolicy("))
	require.Equal(t, 2, calls(t, profile, "group_policy.go", "func (g GroupPolicy) Document("))
}

// calls is how often a function of package policy was entered.
func calls(t *testing.T, profile, file, function string) int {
	t.Helper()
	source, err := os.ReadFile("../policy/" + file)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(source), "\n"+function)
	require.True(t, found)
	line := strings.Count(before, "\n") + 2
	counts, err := os.Open(profile)
	require.NoError(t, err)
	defer func() { _ = counts.Close() }()
	row := regexp.MustCompile("/policy/" + regexp.QuoteMeta(file) + ":" + strconv.Itoa(line) + `\..* ([0-9]+)$`)
	for lines := bufio.NewScanner(counts); lines.Scan(); {
		if m := row.FindStringSubmatch(lines.Text()); m != nil {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			return n
		}
	}
	t.Fatalf("%s:%d is not in the profile", file, line)
	return 0
}
