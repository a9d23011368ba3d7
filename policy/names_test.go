package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCheckNames(t *testing.T) {
	t.Parallel()
	for kind, test := range map[string]struct {
		check func(string) error
		limit int
	}{
		"role":   {policy.CheckRoleName, 64},
		"policy": {policy.CheckPolicyName, 128},
		"group":  {policy.CheckGroupName, 128},
		"user":   {policy.CheckUserName, 64},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{
				"a", "0", "-", "_", "power-user", "alice@example.com", "a+b=c,d.e@f_g-h", strings.Repeat("x", test.limit),
			} {
				require.NoError(t, test.check(name), name)
			}
			for name, reason := range map[string]string{
				"":                                  "a " + kind + " name must not be empty",
				strings.Repeat("x", test.limit+1):   "at most",
				"power user":                        "letters, digits and _+=,.@- only",
				"a/b":                               "letters, digits and _+=,.@- only",
				"a*":                                "letters, digits and _+=,.@- only",
				"a?":                                "letters, digits and _+=,.@- only",
				"${aws:username}":                   "letters, digits and _+=,.@- only",
				"a:b":                               "letters, digits and _+=,.@- only",
				"zürich":                            "letters, digits and _+=,.@- only",
				"a\n":                               "letters, digits and _+=,.@- only",
				"\x00":                              "letters, digits and _+=,.@- only",
				`a"b`:                               "letters, digits and _+=,.@- only",
				strings.Repeat("x", 3*test.limit):   "characters, at most",
				strings.Repeat("é", test.limit/2+1): "letters, digits and _+=,.@- only",
			} {
				err := test.check(name)
				require.ErrorIs(t, err, policy.ErrName, name)
				require.ErrorContains(t, err, reason)
				require.ErrorContains(t, err, kind)
			}
		})
	}
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/", "/a/", "/team/blue/", `/!"#%&'()+,-./`, "/" + strings.Repeat("x", 510) + "/", "/:;<=>@[]^_`{|}~/",
	} {
		require.NoError(t, policy.CheckPath(path), path)
	}
	for _, path := range []string{
		"", "a", "/a", "a/", "//", "/a//b/", "/a*/", "/a?/", "/${aws:username}/", "/$/", "/a b/", "/é/", "/a/\n",
		"/\x7f/", "/" + strings.Repeat("x", 511) + "/",
	} {
		err := policy.CheckPath(path)
		require.ErrorIs(t, err, policy.ErrName, path)
		require.ErrorContains(t, err, "it must begin and end with a slash")
	}
}

func TestCheckSessionDuration(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{time.Hour, time.Hour + time.Second, 90 * time.Minute, 12 * time.Hour} {
		require.NoError(t, policy.CheckSessionDuration(d), d)
	}
	for _, d := range []time.Duration{
		0, -time.Hour, time.Minute, time.Hour - time.Second, time.Hour - 1, time.Hour + time.Millisecond,
		12*time.Hour + time.Second, 12*time.Hour + 1, 13 * time.Hour,
	} {
		err := policy.CheckSessionDuration(d)
		require.ErrorIs(t, err, policy.ErrSessionDuration, d)
		require.ErrorContains(t, err, d.String())
		require.ErrorContains(t, err, "from 1h0m0s to 12h0m0s, in whole seconds")
	}
}

func TestCheckRoleDescription(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "Run production", "a\tb\r\n", "¡Equipo de Müller! ÿ", "~", strings.Repeat("x", 1000), strings.Repeat("é", 500),
	} {
		require.NoError(t, policy.CheckRoleDescription(text), text)
	}
	for text, want := range map[string]string{
		strings.Repeat("x", 1001): "1001 bytes, at most 1000 are allowed",
		strings.Repeat("é", 501):  "1002 bytes",
		"開発者":                     `IAM takes no '開' (U+958B)`,
		"Run — production":        `IAM takes no '—' (U+2014)`,
		"“quoted”":                `'“' (U+201C)`,
		"no\u00a0break":           `'\u00a0' (U+00A0)`,
		"del\x7f":                 `'\x7f' (U+007F)`,
		"nul\x00":                 `'\x00' (U+0000)`,
		"bad\xff":                 `'�' (U+FFFD)`,
		"Ā":                       `(U+0100)`,
	} {
		err := policy.CheckRoleDescription(text)
		require.ErrorIs(t, err, policy.ErrDescription, text)
		require.ErrorContains(t, err, want)
	}
}
