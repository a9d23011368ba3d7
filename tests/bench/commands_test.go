package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func commandRows() []row {
	return []row{
		{
			what: "awsmfa credentials, kept session", against: "a Go program that loads the SDK's configuration",
			of: "CPU", reach: 1.3, quick: true, run: keptSession,
		},
		{
			what: "awsmfa onboard, 100 profiles into 5,000 lines", against: "aws configure set, 700 keys (700 times one)",
			of: "CPU", reach: 1.0 / 3000, run: onboardHundred,
		},
		{
			what: "awsmfa onboard, 100 profiles into 1,000,000 lines", against: "into 100,000 lines",
			of: "CPU", reach: 11, run: onboardMillion,
		},
		{
			what: "go build of awsmfa, relink", against: "of a program that loads the SDK's configuration",
			of: "wall", reach: 2, run: relink,
		},
		{
			what: "size of awsmfa", against: "20 MB", of: "bytes", reach: 1, quick: true, run: size,
		},
	}
}

func keptSession(t *testing.T) result {
	t.Helper()
	c := newCloud(t, "")
	c.addUser(t, "alice", "developers")
	trust, err := policy.Parse(fmt.Sprintf(`{"Version":"2012-10-17","Statement":{
		"Effect":"Allow","Principal":{"AWS":%q},"Action":"sts:AssumeRole"}}`, userARN("alice")))
	require.NoError(t, err)
	c.addRole(t, "bench", trust)
	home, environ := c.home(t, "alice")
	require.NoError(t, os.WriteFile(filepath.Join(home, ".aws", "config"), []byte("[profile dev]\nrole_arn = arn:aws:iam::"+
		accountID+":role/bench\nsource_profile = default\nregion = eu-west-1\nduration_seconds = 43200\n"), 0o600))
	awsmfa, other := build(t, "./cmd/awsmfa"), build(t, "./tests/bench/testdata/loadconfig")
	ours := func(t *testing.T) sample {
		t.Helper()
		return command(t, environ, awsmfa, "credentials", "--profile", "dev")
	}
	ours(t) // begins the session that is kept
	return interleave(t, 51, ours, func(t *testing.T) sample {
		t.Helper()
		return command(t, append(environ, "AWS_PROFILE=dev"), other)
	}).cpu()
}

// outputsOfProfiles are those of a stack of n roles for alice.
func outputsOfProfiles(t *testing.T, n int) string {
	t.Helper()
	outputs := stack.Outputs{}
	outputs.ClientConfig = stack.ClientConfig{
		Version: stack.ClientConfigVersion, Project: "aws-cli-mfa", Stack: "dev", Partition: "aws",
		AccountID: accountID, Region: "eu-west-1",
	}
	for i := range n {
		outputs.ClientConfig.Profiles = append(outputs.ClientConfig.Profiles, stack.Profile{
			Name: fmt.Sprintf("dev-role-%d", i), RoleARN: fmt.Sprintf("arn:aws:iam::%s:role/cli-dev-role-%d", accountID, i),
			DurationSeconds: 3600, TrustedUsers: []string{"alice"},
		})
	}
	text, err := json.Marshal(outputs)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// onboard gives alice, who has that many lines in her file, 100 profiles each time.
func onboard(t *testing.T, lines int) (run, set side) {
	t.Helper()
	c := newCloud(t, "")
	c.addUser(t, "alice", "developers")
	home, environ := c.home(t, "alice")
	text := strings.Builder{}
	for i := range lines / 5 {
		fmt.Fprintf(&text, "[profile other-%d]\nregion = eu-west-1\noutput = json\n# theirs\n\n", i)
	}
	write := func(t *testing.T) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(text.String()), 0o600))
	}
	awsmfa, outputs := build(t, "./cmd/awsmfa"), outputsOfProfiles(t, 100)
	return func(t *testing.T) sample {
			t.Helper()
			write(t)
			return command(t, environ, awsmfa, "onboard", "--outputs", outputs, "--serial-number",
				"arn:aws:iam::"+accountID+":mfa/alice", "--source-profile", "default")
		}, func(t *testing.T) sample {
			t.Helper()
			write(t)
			return command(t, environ, "aws", "configure", "set", "region", "eu-west-1", "--profile", "dev-role-1")
		}
}

func onboardHundred(t *testing.T) result {
	t.Helper()
	ours, set := onboard(t, 5000)
	m := interleave(t, 7, ours, set)
	m.theirs.CPU *= 700
	return m.cpu()
}

func onboardMillion(t *testing.T) result {
	t.Helper()
	ours, _ := onboard(t, 1_000_000)
	theirs, _ := onboard(t, 100_000)
	return interleave(t, 7, ours, theirs).cpu()
}

func relink(t *testing.T) result {
	t.Helper()
	of := func(pkg string) side {
		return func(t *testing.T) sample {
			t.Helper()
			start := time.Now()
			build(t, pkg) // to another path each time: go build keeps packages, but no program
			return sample{Wall: time.Since(start)}
		}
	}
	return interleave(t, 7, of("./cmd/awsmfa"), of("./tests/bench/testdata/loadconfig")).wall()
}

func size(t *testing.T) result {
	t.Helper()
	sizes := make([]string, 0, 2)
	var whole int64
	for _, flags := range [][]string{nil, {"-ldflags", "-s -w"}} {
		info, err := os.Stat(build(t, "./cmd/awsmfa", flags...))
		require.NoError(t, err)
		whole = max(whole, info.Size())
		sizes = append(sizes, fmt.Sprintf("%.1f MB", float64(info.Size())/1e6))
	}
	slices.Sort(sizes)
	return result{
		ratio: float64(whole) / 20e6, ours: sizes[1] + ", stripped " + sizes[0], theirs: "20 MB",
	}
}
