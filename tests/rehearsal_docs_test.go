package tests

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const rehearsalDoc = "../docs/rehearsal.md"

// The scenes that the documentation lists are those of the story, with their
// commands. Nothing is deployed here, so that they do not end well.
func TestDocumentedScenes(t *testing.T) {
	t.Parallel()
	told := undeployedStory(t)
	var shown bytes.Buffer
	require.Error(t, told.Tell(t.Context(), &shown))
	scenes := regexp.MustCompile(`(?m)^\((\w)\) (.+)$`).FindAllStringSubmatch(shown.String(), -1)
	commands := regexp.MustCompile(`(?m)^    \w+\$ (aws .+)$`).FindAllStringSubmatch(shown.String(), -1)
	rows := regexp.MustCompile("(?m)^\\| (\\w) \\| (.+?) \\| `(aws .+?)` \\|").
		FindAllStringSubmatch(read(t, rehearsalDoc), -1)
	require.Len(t, rows, len(scenes))
	require.Len(t, rows, len(commands))
	for i, row := range rows {
		require.Equal(t, scenes[i][1:], row[1:3])
		beginning, end, _ := strings.Cut(row[3], "…")
		require.True(t, strings.HasPrefix(commands[i][1], beginning), "%s: %s", row[3], commands[i][1])
		require.Contains(t, commands[i][1], end)
	}
}

// The profile that the documentation shows is the one that people get.
func TestDocumentedProfile(t *testing.T) {
	t.Parallel()
	told := undeployedStory(t)
	got := regexp.MustCompile(`http://127.0.0.1:\d+`).ReplaceAllString(read(t, told.Insider.Config()), "http://127.0.0.1:41234")
	require.Contains(t, got, blocks(t, rehearsalDoc, "ini")[0])
}

// The lines that the documentation shows are those that are printed.
func TestDocumentedExports(t *testing.T) {
	t.Parallel()
	alice := story.Person{Name: "alice", Home: "/…/.sandbox/people/alice"}
	require.Contains(t, blocks(t, rehearsalDoc, "sh"), strings.Join(story.Exports(alice, "http://127.0.0.1:41234"), "\n")+"\n")
}

// The commands of the page exist.
func TestDocumentedRehearsal(t *testing.T) {
	t.Parallel()
	text := read(t, rehearsalDoc)
	require.Contains(t, read(t, "../README.md"), "(docs/rehearsal.md)")
	command := read(t, "../cmd/awsmfa-sandbox/sandbox.go") + read(t, "../cmd/awsmfa-sandbox/code.go") +
		read(t, "../cmd/awsmfa-sandbox/shell.go")
	for _, m := range regexp.MustCompile(`--(serve|no-story|json)`).FindAllStringSubmatch(text, -1) {
		require.Contains(t, command, `"`+m[1]+`"`)
	}
	for _, use := range []string{"code USER", "shell USER"} {
		require.Contains(t, command, `Use:     "`+use+`"`)
	}
}

// undeployedStory is that of stack dev in an account without the stack.
func undeployedStory(t *testing.T) *story.Story {
	t.Helper()
	a := account.New(accountID, "aws")
	profile := stack.Profile{Name: profile, RoleARN: roleARN, DurationSeconds: 3600, TrustedUsers: []string{"alice", "bob"}}
	homes := story.Homes{
		Dir: t.TempDir(), Endpoint: accounttest.Serve(t, a), Account: a,
		Client: stack.ClientConfig{
			Project: "aws-cli-mfa", Stack: "dev", AccountID: accountID, Region: "eu-west-1", Profiles: []stack.Profile{profile},
		},
	}
	var people []story.Person
	for _, user := range []string{"alice", "mallory"} {
		_, err := a.CreateUser(account.CreateUserInput{UserName: user})
		require.NoError(t, err)
		person, err := homes.Settle(user)
		require.NoError(t, err)
		people = append(people, person)
	}
	return &story.Story{
		Client: story.NewSDK(homes.Endpoint), Codes: story.Codes{Account: a}, Profile: profile,
		Insider: people[0], Outsider: &people[1], Enforced: true, RoleListsBuckets: true,
	}
}
