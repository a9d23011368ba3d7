package stack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const goodOutputs = `{"clientConfig": {"version": 1, "project": "aws-cli-mfa", "stack": "dev", "partition": "aws",
	"accountId": "111122223333", "region": "eu-west-1", "profiles": [{"name": "dev-power-user",
	"roleArn": "arn:aws:iam::111122223333:role/cli/dev-power-user", "durationSeconds": 43200,
	"trustedUsers": ["alice", "b.o+b@x"]}]}}`

func TestParseOutputs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, err string }{
		"not JSON": {
			"Current stack outputs (5):",
			"stack outputs: this is not JSON (invalid character 'C' looking for beginning of value): " +
				"give what 'pulumi stack output --json' prints",
		},
		"empty":               {" \n", "the text is empty: give what 'pulumi stack output --json' prints"},
		"empty of PowerShell": {"\ufeff", "the text is empty"},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "the text is in UTF-16, as > of Windows PowerShell writes it: save it as UTF-8"},
		"UTF-16 BE":           {"\xfe\xff\x00{\x00}", "UTF-16"},
		"another JSON":        {`{"a": 1}`, "there is no clientConfig: give what 'pulumi stack output --json' prints, all of it"},
		"a part of it":        {`{"version": 1, "stack": "dev"}`, "there is no clientConfig"},
		"null":                {`{"clientConfig": null}`, "there is no clientConfig"},
		"an array":            {`[]`, "give what 'pulumi stack output --json' prints"},
		"cut off":             {goodOutputs[:len(goodOutputs)-1], "unexpected end of JSON input"},
		"text behind":         {goodOutputs + "\nPulumi 4 is out", "after top-level value"},
		"more JSON":           {goodOutputs + "{}", "after top-level value"},
		"wrong type":          {`{"clientConfig": {"stack": 1}}`, "clientConfig.stack"},
		"other version":       {`{"clientConfig": {"version": 2}}`, "is of version 2, this program reads version 1"},
		"no version":          {`{"clientConfig": {}}`, "is of version 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.ParseOutputs([]byte(test.text))
			require.ErrorContains(t, err, test.err)
		})
	}
	outputs, err := stack.ParseOutputs([]byte("\ufeff" + goodOutputs + "\n"))
	require.NoError(t, err)
	require.Equal(t, 12*time.Hour, outputs.ClientConfig.Profiles[0].Duration())
	require.Equal(t, "aws-cli-mfa", outputs.ClientConfig.Project)

	// Only onboarding needs the project.
	_, err = stack.ParseOutputs([]byte(strings.Replace(goodOutputs, `"project": "aws-cli-mfa", `, "", 1)))
	require.NoError(t, err)
}

func TestParseOutputsRefusesValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, err string }{
		"a redirection": {`"dev-power-user"`, `"dev>pwned"`, `clientConfig.profiles[0].name is "dev>pwned"`},
		"a pipe":        {`"dev-power-user"`, `"dev|touch<x"`, `clientConfig.profiles[0].name is "dev|touch<x"`},
		"a line break":  {`"dev-power-user"`, `"dev\n[default]"`, `clientConfig.profiles[0].name is "dev\n[default]"`},
		"no name":       {`"dev-power-user"`, `""`, `clientConfig.profiles[0].name is ""`},
		"stack":         {`"stack": "dev"`, `"stack": "dev)"`, `clientConfig.stack is "dev)"`},
		"no stack":      {`"stack": "dev"`, `"stack": ""`, `clientConfig.stack is ""`},
		"long stack":    {`"stack": "dev"`, `"stack": "` + strings.Repeat("d", 101) + `"`, "clientConfig.stack is"},
		"project":       {`"aws-cli-mfa"`, `"a/b"`, `clientConfig.project is "a/b"`},
		"partition":     {`"partition": "aws"`, `"partition": "gcp"`, `partition "gcp"`},
		"account":       {`"accountId": "111122223333"`, `"accountId": "1"`, `account id "1"`},
		"region":        {`"eu-west-1"`, `"eu-west-1 x"`, `clientConfig.region is "eu-west-1 x"`},
		"no region":     {`"eu-west-1"`, `""`, `clientConfig.region is ""`},
		"role":          {`role/cli/`, `role/cli/ x`, "clientConfig.profiles[0].roleArn is"},
		"user":          {`:role/cli/`, `:user/cli/`, "clientConfig.profiles[0].roleArn is"},
		"other account": {`::111122223333:role`, `::444455556666:role`, "clientConfig.profiles[0].roleArn is"},
		"other partition": {
			`arn:aws:iam`, `arn:aws-cn:iam`,
			"clientConfig.profiles[0].roleArn is \"arn:aws-cn:iam::111122223333:role/cli/dev-power-user\": " +
				"it must be the ARN of a role of the account",
		},
		"too short":    {`43200`, `899`, "clientConfig.profiles[0].durationSeconds is 899: it must be from 900 to 43200"},
		"too long":     {`43200`, `43201`, "clientConfig.profiles[0].durationSeconds is 43201"},
		"trusted user": {`"alice"`, `"a b"`, `clientConfig.profiles[0].trustedUsers[0]: invalid name: user name "a b"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(goodOutputs, test.from, test.to, 1)
			require.NotEqual(t, goodOutputs, changed)
			_, err := stack.ParseOutputs([]byte(changed))
			require.ErrorContains(t, err, test.err)
		})
	}
	_, err := stack.ParseOutputs([]byte(`{"clientConfig": {"version": 1, "profiles": [{"name": "a"}, {"name": "b c"}]}}`))
	for _, key := range []string{
		"stack", "partition", "accountId", "region", "profiles[0].roleArn", "profiles[0].durationSeconds", "profiles[1].name",
	} {
		require.ErrorContains(t, err, "clientConfig."+key, "all at once")
	}
}

func FuzzParseOutputs(f *testing.F) {
	f.Add([]byte(goodOutputs))
	f.Add([]byte(strings.ReplaceAll(goodOutputs, "dev", "dev>x")))
	f.Fuzz(func(t *testing.T, text []byte) {
		outputs, err := stack.ParseOutputs(text)
		if err != nil {
			return
		}
		client := outputs.ClientConfig
		require.NotContains(t, client.Stack+client.Project, "/")
		for _, profile := range client.Profiles {
			require.NotRegexp(t, `[^A-Za-z0-9_+=,.@-]`, profile.Name)
			_, err := policy.ParseIAMARN(profile.RoleARN)
			require.NoError(t, err)
		}
		again, err := json.Marshal(outputs)
		require.NoError(t, err)
		same, err := stack.ParseOutputs(again)
		require.NoError(t, err)
		require.Equal(t, client, same.ClientConfig)
	})
}
