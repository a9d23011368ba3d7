package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

func auditJSON(t *testing.T, stdout string) audit.Report {
	t.Helper()
	var report audit.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report), stdout)
	require.Equal(t, audit.ReportVersion, report.Version)
	return report
}

func TestAuditSaysWhoWouldBeLockedOut(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t) // alice has an access key, bob has none
	path := write(t, string(outputs), t.TempDir(), "outputs.json")
	sources := [][]string{{"--project", "../.."}, {"--outputs", path}, {"--group", "developers"}}
	for _, source := range sources {
		stdout, stderr := m.fails(t, append([]string{"audit", "--rate", "1000"}, source...)...)
		require.Empty(t, stderr, "no bar without a terminal, and nothing to add")
		when, counted := "is locked out", "1 locked out"
		if source[0] == "--group" { // which says nothing of a deny
			when, counted = "would be locked out by enforce: true", "1 would be locked out"
		}
		require.Contains(t, stdout, "failure  alice "+when+": an active access key, and no MFA device.\n"+
			"         Have alice run awsmfa enrol.")
		require.Regexp(t, `(?m)^bob +developers +- +no +- +no active access key$`, stdout)
		require.True(t, strings.HasSuffix(stdout,
			"\n2 users in 1 group of account "+a.ID()+": "+counted+", 1 without an active access key.\n"), stdout)
		require.NotContains(t, stdout, "\x1b")
	}
	old := regexp.MustCompile(`"settings":\{[^}]*\}`).ReplaceAllString(string(outputs), `"settings":null`)
	stdout, _ := m.fails(t, "audit", "--outputs", write(t, old, t.TempDir(), "outputs.json"), "--enrolment", "admin",
		"--rate", "1000", "--json")
	report := auditJSON(t, stdout)
	require.Equal(t, []string{"alice"}, report.LockedOut)
	require.Equal(t, "dev", report.Stack)
	require.Equal(t, a.ID(), report.AccountID)
	require.False(t, report.Users[0].CanEnrol)
	require.True(t, report.Groups[0].OwnPolicyAttached)
	require.Equal(t, []string{"alice", "bob"}, report.Roles[0].TrustedUsers)

	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	for _, source := range sources {
		stdout, _ := m.succeeds(t, append([]string{"audit", "--json", "--rate", "1000"}, source...)...)
		report := auditJSON(t, stdout)
		require.Empty(t, report.LockedOut)
		require.Empty(t, report.Findings)
		require.Equal(t, audit.VerdictOK, report.Users[0].Verdict)
	}
}

func TestAuditReadsTheStackFile(t *testing.T) {
	t.Parallel()
	m, _, _ := deployDev(t)
	project := projectWith(t, map[string]string{"qa": `
  aws:region: eu-west-1
  aws-cli-mfa:enforce: false
  aws-cli-mfa:enrolment: admin
  aws-cli-mfa:namePrefix: cli-dev-
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers], users: [alice, zoe]}
    new: {policies: [PowerUserAccess], groups: [developers]}
`})
	stdout, _ := m.fails(t, "audit", "--project", project, "--stack", "qa", "--rate", "1000", "--json")
	report := auditJSON(t, stdout)
	require.Equal(t, "qa", report.Stack)
	require.False(t, *report.Enforce)
	require.False(t, report.Users[0].CanEnrol)
	require.True(t, report.Groups[0].OwnPolicyAttached)
	found := map[audit.Kind]string{}
	for _, f := range report.Findings {
		found[f.Kind] = f.Role + " " + f.User
	}
	require.Equal(t, map[audit.Kind]string{
		audit.KindLockedOut:       " alice",
		audit.KindTrustedNotMeant: "cli-dev-power-user bob",
		audit.KindNamedNoMember:   "cli-dev-power-user zoe",
		audit.KindRoleNotDeployed: "cli-dev-new ",
	}, found)
}

// Whom the users of every role leave out the audit does not call fine.
func TestAuditOfMembersWhomNoRoleIsFor(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	for _, name := range []string{"alice", "bob"} {
		_, err := story.MFADevice(a, name)
		require.NoError(t, err)
	}
	project := projectWith(t, map[string]string{"dev": `
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers], users: [alice]}
`})
	stdout, _ := m.succeeds(t, "audit", "--project", project, "--rate", "1000")
	require.Regexp(t, `(?m)^alice .* ok$`, stdout)
	require.Regexp(t, `(?m)^bob .* ok, no role$`, stdout)
	require.Contains(t, stdout, "\nwarning  No role of the stack is for bob, who is in group developers: ")
}

// Each way of saying what to audit is about one account, if it names any.
func TestAuditOfAnotherAccount(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	config := func(accounts string) string {
		return projectWith(t, map[string]string{"dev": "  aws:" + accounts +
			"\n  aws-cli-mfa:roles:\n    power-user: {policies: [PowerUserAccess], groups: [developers]}\n"})
	}
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	m.succeeds(t, "audit", "--rate", "1000", "--project", config(`allowedAccountIds: ["`+a.ID()+`"]`))
	for accounts, want := range map[string]string{
		`allowedAccountIds: ["999999999999"]`:     "awsmfa: wrong account: aws:allowedAccountIds of the stack is 999999999999",
		`forbiddenAccountIds: ["` + a.ID() + `"]`: "awsmfa: wrong account: aws:forbiddenAccountIds of the stack has",
		`allowedAccountIds: prod`:                 "aws:allowedAccountIds: \"prod\": it must be a list of account ids",
	} {
		require.Contains(t, m.refuses(t, "audit", "--project", config(accounts)), want)
	}
	path := write(t, strings.ReplaceAll(string(outputs), a.ID(), "999999999999"), t.TempDir(), "outputs.json")
	stderr := m.refuses(t, "audit", "--outputs", path)
	require.Contains(t, stderr, "awsmfa: wrong account: the stack is in account 999999999999, the credentials belong to account "+a.ID())
}

// Outputs that name nobody to look at say nothing about anybody.
func TestAuditOfOutputsWithoutGrants(t *testing.T) {
	t.Parallel()
	m, _, outputs := deployDev(t)
	for grants, want := range map[string]string{
		`{}`:                "the stack outputs have no grants",
		`null`:              "the stack outputs have no grants",
		`{"developers":[]}`: "the stack outputs: no group may assume role arn:aws:iam::",
	} {
		changed := regexp.MustCompile(`"grants":\{[^}]*\}`).ReplaceAllString(string(outputs), `"grants":`+grants)
		require.NotEqual(t, string(outputs), changed)
		path := write(t, changed, t.TempDir(), "outputs.json")
		stderr := m.refuses(t, "audit", "--outputs", path)
		require.Contains(t, stderr, want)
	}
}

func TestAuditOfNothing(t *testing.T) {
	t.Parallel()
	m, _, _ := deployDev(t)
	for _, test := range []struct{ args, want string }{
		{"--group nobodies", "awsmfa: group nobodies: the account has no such group: correct the name"},
		{"--stack none --project ../..", "awsmfa: "},
		{"--outputs /no/such/file", "awsmfa: reading the stack outputs: open /no/such/file"},
		{"--group developers --profile none", "awsmfa: there is no profile none in your AWS configuration"},
	} {
		stderr := m.refuses(t, append([]string{"audit"}, strings.Fields(test.args)...)...)
		require.True(t, strings.HasPrefix(stderr, test.want), stderr)
	}
	// Alice may see herself and her group's name, which is not enough.
	stdout, _ := m.fails(t, "audit", "--group", "developers", "--profile", "alice", "--rate", "1000", "--json")
	report := auditJSON(t, stdout)
	require.Empty(t, report.Users)
	require.Equal(t, audit.KindUnread, report.Findings[0].Kind)
}

// screen runs the program with a terminal for standard error, and gives what
// the terminal showed.
func (m machine) screen(t *testing.T, args ...string) (code int, stdout, shown string) {
	t.Helper()
	master, terminal, err := pty.Open()
	require.NoError(t, err)
	defer func() { require.NoError(t, master.Close()) }()
	require.NoError(t, pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 100}))
	read := make(chan string)
	go func() {
		var text bytes.Buffer
		_, _ = text.ReadFrom(master) // ends with an error when the terminal is closed
		read <- text.String()
	}()
	var out bytes.Buffer
	code = run(t.Context(), args, m.environment(strings.NewReader(""), &out, terminal))
	require.NoError(t, terminal.Close())
	return code, out.String(), <-read
}

func TestAuditShowsItsProgress(t *testing.T) {
	t.Parallel()
	unixOnly(t, "it has a pseudo-terminal")
	m, a, _ := deployDev(t)
	const more = 58 // with alice and bob
	for i := range more {
		name := fmt.Sprintf("user-%d", i)
		_, err := a.CreateUser(account.CreateUserInput{UserName: name})
		require.NoError(t, err)
		require.NoError(t, a.AddUserToGroup("developers", name))
	}
	code, stdout, shown := m.screen(t, "audit", "--group", "developers", "--rate", "150")
	require.Equal(t, program.Failure, code)
	require.Contains(t, stdout, "60 users in 1 group of ")
	require.Contains(t, shown, "Reading users")
	var counts []int
	for _, match := range regexp.MustCompile(`(\d+)/60\b`).FindAllStringSubmatch(shown, -1) {
		n, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		counts = append(counts, n)
	}
	require.IsNonDecreasing(t, counts, shown)
	require.GreaterOrEqual(t, len(counts), 3, "it moves")
	require.Less(t, counts[0], 20)
	require.Greater(t, counts[len(counts)-1], 40, "the last steps are not drawn, for the bar is taken away: %q", shown)
	require.Regexp(t, `\r +\r+$`, shown)

	for i := range more - 17 {
		require.NoError(t, a.RemoveUserFromGroup("developers", fmt.Sprintf("user-%d", i)))
	}
	_, stdout, shown = m.screen(t, "audit", "--group", "developers", "--rate", "1000")
	require.Contains(t, stdout, "19 users in 1 group of ")
	require.Empty(t, shown, "few users need no bar")
}
