package policy_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCheckTags(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 51 {
		many[strconv.Itoa(i)] = ""
	}
	for want, tags := range map[string]map[string]string{
		"":                                 {"Team": "platform 1/2", "aws-cli-mfa:stack": "aws-cli-mfa/dev", "開発": ""},
		"at most 50 are allowed, not 51":   many,
		`key "AWS:x": AWS keeps`:           {"AWS:x": ""},
		`keys "A" and "a" are one to IAM`:  {"A": "", "a": ""},
		`key "": 1 to 128`:                 {"": "x"},
		`key "` + strings.Repeat("x", 129): {strings.Repeat("x", 129): ""},
		`key "a;b": 1 to 128`:              {"a;b": ""},
		`value of a: "<x>": at most 256`:   {"a": "<x>"},
		`value of a: "xx`:                  {"a": strings.Repeat("x", 257)},
	} {
		if want == "" {
			require.NoError(t, policy.CheckTags(tags))
			continue
		}
		err := policy.CheckTags(tags)
		require.ErrorIs(t, err, policy.ErrTags, want)
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, policy.CheckTags(map[string]string{strings.Repeat("é", 128): strings.Repeat("é", 256)}))
}
