package onboarding_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func client() stack.ClientConfig {
	return stack.ClientConfig{
		Version: 1, Project: "aws-cli-mfa", Stack: "dev", Partition: "aws", AccountID: "111122223333", Region: "eu-west-1",
		Profiles: []stack.Profile{
			{Name: "dev-admin", RoleARN: "arn:aws:iam::111122223333:role/admin", DurationSeconds: 3600, TrustedUsers: []string{"bob"}},
			{Name: "dev-ops", RoleARN: "arn:aws:iam::111122223333:role/ops", DurationSeconds: 43200, TrustedUsers: []string{"alice", "bob"}},
			{Name: "dev-read", RoleARN: "arn:aws:iam::111122223333:role/read", DurationSeconds: 7200, TrustedUsers: []string{"alice"}},
		},
	}
}

func alice() onboarding.Person {
	return onboarding.Person{
		UserName: "alice", SerialNumber: "arn:aws:iam::111122223333:mfa/alice", SourceProfile: "default",
	}
}

const owner = "stack aws-cli-mfa/dev, account 111122223333"

func prompting(name, role, seconds string) awsconfig.Profile {
	return awsconfig.Profile{Name: name, Settings: []awsconfig.Setting{
		{Key: "role_arn", Value: "arn:aws:iam::111122223333:role/" + role},
		{Key: "source_profile", Value: "default"},
		{Key: "role_session_name", Value: "alice"},
		{Key: "mfa_serial", Value: "arn:aws:iam::111122223333:mfa/alice"},
		{Key: "duration_seconds", Value: seconds},
		{Key: "region", Value: "eu-west-1"},
	}}
}

func process(name, command string) awsconfig.Profile {
	return awsconfig.Profile{Name: name, Settings: []awsconfig.Setting{
		{Key: "credential_process", Value: command}, {Key: "region", Value: "eu-west-1"},
	}}
}

func chained(name, role string) awsconfig.Profile {
	return awsconfig.Profile{Name: name, Settings: []awsconfig.Setting{
		{Key: "role_arn", Value: "arn:aws:iam::111122223333:role/" + role},
		{Key: "source_profile", Value: "dev-session"},
		{Key: "role_session_name", Value: "alice"},
		{Key: "region", Value: "eu-west-1"},
	}}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	for mode, want := range map[onboarding.Mode][]awsconfig.Profile{
		onboarding.Prompt: {prompting("dev-ops", "ops", "43200"), prompting("dev-read", "read", "7200")},
		onboarding.SDK: {
			prompting("dev-ops", "ops", "43200"), process("dev-ops-sdk", "awsmfa credentials --profile dev-ops"),
			prompting("dev-read", "read", "7200"), process("dev-read-sdk", "awsmfa credentials --profile dev-read"),
		},
		onboarding.OneCode: {
			process("dev-session", "awsmfa credentials --session --profile default "+
				"--serial-number arn:aws:iam::111122223333:mfa/alice --duration 36h"),
			chained("dev-ops", "ops"), chained("dev-read", "read"),
		},
	} {
		block, err := onboarding.Block(client(), alice(), mode, "awsmfa")
		require.NoError(t, err)
		require.Equal(t, awsconfig.Block{Owner: owner, Profiles: want}, block, mode)
	}
}

// Profiles do not inherit the endpoints of their source.
func TestBlockHasTheEndpointsOfTheSource(t *testing.T) {
	t.Parallel()
	person := alice()
	person.EndpointURL, person.Services = "http://127.0.0.1:4566", "local"
	for _, mode := range []onboarding.Mode{onboarding.Prompt, onboarding.SDK, onboarding.OneCode, onboarding.Login} {
		block, err := onboarding.Block(client(), person, mode, "awsmfa")
		require.NoError(t, err)
		for _, profile := range block.Profiles {
			require.Contains(t, profile.Settings, awsconfig.Setting{Key: "endpoint_url", Value: person.EndpointURL}, mode)
			require.Contains(t, profile.Settings, awsconfig.Setting{Key: "services", Value: person.Services}, mode)
		}
		file, err := awsconfig.Parse(nil)
		require.NoError(t, err)
		require.NoError(t, file.Put(block, false))
	}
}

func TestBlockRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*stack.ClientConfig, *onboarding.Person)
		mode   onboarding.Mode
		want   string
	}{
		"source is a role's profile": {
			func(_ *stack.ClientConfig, p *onboarding.Person) { p.SourceProfile = "dev-ops" },
			onboarding.Prompt, `the source profile "dev-ops" is one of the profiles of the roles`,
		},
		"source is the session": {
			func(_ *stack.ClientConfig, p *onboarding.Person) { p.SourceProfile = "dev-session" },
			onboarding.OneCode, `the source profile "dev-session" is one of`,
		},
		"a role has the name of an SDK profile": {
			func(c *stack.ClientConfig, _ *onboarding.Person) { c.Profiles[2].Name = "dev-ops-sdk" },
			onboarding.SDK, `two profiles would be named "dev-ops-sdk"`,
		},
		"a role has the name of the session": {
			func(c *stack.ClientConfig, _ *onboarding.Person) { c.Profiles[2].Name = "dev-session" },
			onboarding.OneCode, `two profiles would be named "dev-session"`,
		},
		"a shell would run something": {
			func(_ *stack.ClientConfig, p *onboarding.Person) { p.SourceProfile = "$(reboot)" },
			onboarding.OneCode, `the word "$(reboot)"`,
		},
	} {
		c, p := client(), alice()
		test.change(&c, &p)
		_, err := onboarding.Block(c, p, test.mode, "awsmfa")
		require.ErrorContains(t, err, test.want, name)
	}
	for _, word := range []string{`a"b`, "a`b", "a$b", "a!b", "a%b", "a\nb", "a\rb", "a\x00b", `a\`} {
		_, err := onboarding.Block(client(), alice(), onboarding.SDK, onboarding.Command(word))
		require.ErrorContains(t, err, fmt.Sprintf("the word %q", word))
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	require.Equal(t, owner, onboarding.Owner(client()))
	require.True(t, onboarding.IsOf(owner, "dev"))
	require.True(t, onboarding.IsOf(owner, "aws-cli-mfa/dev"))
	require.False(t, onboarding.IsOf(owner, "mfa/dev"))
	require.False(t, onboarding.IsOf(owner, "other/dev"))
	require.False(t, onboarding.IsOf(owner, "aws-cli-mfa"))
	require.False(t, onboarding.IsOf(owner, ""))
	require.False(t, onboarding.IsOf(owner, "de"))
	require.False(t, onboarding.IsOf("stack aws-cli-mfa/dev2, account 111122223333", "dev"))
}
